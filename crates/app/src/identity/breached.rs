//! Passwords that were leaked: a list of their SHA-1 hashes in a file of the operator, searched where it lies.
//!
//! Its form is that in which Have I Been Pwned gives its whole set away, ordered by hash: a line each, of 40 hexadecimal
//! digits, and after a colon how often it was seen. Nobody else is asked: they would learn when somebody here chooses a
//! password. Must not know: whose password it is, and what is said of one that is found.

use soundkeep_crypto::digest::{SHA1_BYTES, sha1};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A longer line is none of such a list; with its end.
const LINE_BYTES_MAX: u64 = 128;
/// Lines this close together are read one after another; bytes.
const NEAR_BYTES: u64 = 4096;

/// A list of leaked passwords.
#[derive(Debug)]
pub struct BreachedPasswords {
    file: File,
    bytes: u64,
}

impl BreachedPasswords {
    /// Opens a list, and looks at its first and last lines.
    ///
    /// # Errors
    /// When it can't be read, is empty, has lines that are no SHA-1 hashes, or isn't in their order.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let list = Self { file, bytes };
        let (first, _) = list.line_at(0)?;
        let last = match bytes > LINE_BYTES_MAX {
            true => list.scan(list.start_after(bytes - LINE_BYTES_MAX)?..bytes)?,
            false => list.scan(0..bytes)?,
        };
        match last.last() {
            Some(last) if first <= *last => Ok(list),
            _ => Err(unfit("its lines aren't in the order of their hashes")),
        }
    }

    /// Whether a password is in the list. Reads some forty pieces of the file.
    ///
    /// # Errors
    /// When the file can't be read, or has a line that is no SHA-1 hash.
    pub fn contains(&self, password: &str) -> io::Result<bool> {
        let sought = sha1(password.as_bytes());
        // Where a line begins, and where none that is sought begins any more.
        let (mut from, mut until) = (0, self.bytes);
        while until - from > NEAR_BYTES {
            let start = self.start_after(from + (until - from) / 2)?;
            let (found, next) = self.line_at(start)?;
            match found.cmp(&sought) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => from = next,
                std::cmp::Ordering::Greater => until = start,
            }
        }
        Ok(self.scan(from..until)?.contains(&sought))
    }

    /// The first beginning of a line after a place.
    fn start_after(&self, place: u64) -> io::Result<u64> {
        let piece = self.piece(place, LINE_BYTES_MAX)?;
        let end = piece.iter().position(|byte| *byte == b'\n').ok_or_else(|| not_a_hash(place))?;
        Ok(place + u64::try_from(end).map_err(io::Error::other)? + 1)
    }

    /// The hash of the line that begins here, and where the next begins.
    fn line_at(&self, start: u64) -> io::Result<([u8; SHA1_BYTES], u64)> {
        let piece = self.piece(start, LINE_BYTES_MAX)?;
        let end = piece.iter().position(|byte| *byte == b'\n');
        if end.is_none() && start + LINE_BYTES_MAX < self.bytes {
            return Err(not_a_hash(start));
        }
        let line = end.map_or(piece.as_slice(), |end| piece.get(..end).unwrap_or_default());
        let hash = hash_of(line).ok_or_else(|| not_a_hash(start))?;
        Ok((hash, start + u64::try_from(line.len()).map_err(io::Error::other)? + 1))
    }

    /// The hashes of the lines that begin in a range, which begins with one.
    fn scan(&self, range: std::ops::Range<u64>) -> io::Result<Vec<[u8; SHA1_BYTES]>> {
        let piece = self.piece(range.start, range.end - range.start + LINE_BYTES_MAX)?;
        let (mut start, mut found) = (range.start, Vec::new());
        for line in piece.split(|byte| *byte == b'\n') {
            if start >= range.end {
                break;
            }
            found.push(hash_of(line).ok_or_else(|| not_a_hash(start))?);
            start += u64::try_from(line.len()).map_err(io::Error::other)? + 1;
        }
        Ok(found)
    }

    /// At most so many bytes from here on: fewer at the end of the file.
    fn piece(&self, from: u64, bytes: u64) -> io::Result<Vec<u8>> {
        let length = bytes.min(self.bytes.saturating_sub(from));
        let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut piece, from)?;
        Ok(piece)
    }
}

/// The hash at the beginning of a line, which a colon or the line's end follows.
fn hash_of(line: &[u8]) -> Option<[u8; SHA1_BYTES]> {
    let (digits, rest) = line.split_at_checked(2 * SHA1_BYTES)?;
    if !matches!(rest.first(), None | Some(b':' | b'\r')) {
        return None;
    }
    let mut hash = [0; SHA1_BYTES];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    Some(hash)
}

fn unfit(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

fn not_a_hash(place: u64) -> io::Error {
    unfit(format!("near byte {place} there is no line with a SHA-1 hash"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn list(text: &str) -> io::Result<BreachedPasswords> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        BreachedPasswords::open(file.path())
    }

    fn line(password: &str, times: u32, ending: &str) -> String {
        format!("{}:{times}{ending}", hex::encode_upper(sha1(password.as_bytes())))
    }

    #[test]
    fn the_hash_is_that_of_the_published_list() {
        // "password", as its line reads in the published set.
        let published = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179\r\n";
        let found = list(published).unwrap();
        assert!(found.contains("password").unwrap());
        assert!(!found.contains("Password").unwrap());
    }

    #[test]
    fn what_is_no_such_list_is_refused_when_it_is_opened() {
        let long = "x".repeat(1000);
        let ntlm = "8846F7EAEE8FB117AD06BDD830B7586C:52256179\n";
        let backwards = format!("{}{}", line("hunter2", 1, "\n"), line("password", 1, "\n"));
        assert!(sha1(b"hunter2") > sha1(b"password"), "the two stand in the wrong order");
        for text in ["", "\n", "password\n", &long, ntlm, &backwards, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8x\n"] {
            assert_eq!(list(text).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text:?}");
        }
        assert!(BreachedPasswords::open(Path::new("/nowhere/at/all")).is_err());
    }

    #[test]
    fn a_list_that_breaks_off_or_changes_is_an_error_and_never_a_no() {
        let mut lines: Vec<String> = (0..500).map(|number| line(&number.to_string(), number, "\n")).collect();
        lines.sort();
        let text = lines.concat();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let found = BreachedPasswords::open(file.path()).unwrap();
        file.as_file().set_len(text.len() as u64 / 4).unwrap();
        assert!(found.contains("7").is_err());
        std::fs::write(file.path(), "?".repeat(text.len())).unwrap();
        assert!(found.contains("7").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_in_the_list_is_found_and_nothing_else(
            numbers in proptest::collection::btree_set(0_u32..900, 1..600),
            dos in any::<bool>(), ended in any::<bool>(), lower in any::<bool>(), counted in any::<bool>(),
        ) {
            let ending = if dos { "\r\n" } else { "\n" };
            let mut lines: Vec<String> =
                numbers.iter().map(|number| line(&number.to_string(), number * number, ending)).collect();
            lines.sort();
            let mut text = lines.concat();
            if !counted {
                text = text.lines().map(|line| format!("{}{ending}", &line[..40])).collect();
            }
            if lower {
                text = text.to_lowercase();
            }
            if !ended {
                text.truncate(text.trim_end().len());
            }
            let found = list(&text).unwrap();
            for number in 0..900_u32 {
                prop_assert_eq!(found.contains(&number.to_string()).unwrap(), numbers.contains(&number), "{}", number);
            }
        }
    }
}
