//! Checkpoints: the size and root of a log, stated in a signed note (c2sp.org/tlog-checkpoint).
//!
//! The origin of a log is the name of its key, so that a verifier key says which log it is for. One
//! extension line may give the time: `soundkeep-time 1763761200000000` (microseconds UTC).
//!
//! It must not know how roots come about.

use thiserror::Error;

use crate::hash::Hash;
use crate::note::{NoteError, SIGNATURE_BYTES, SignError, VerifierKey};
use crate::tree::SIZE_MAX;

const TIME_PREFIX: &str = "soundkeep-time ";

/// Why a checkpoint can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The signed note around it is at fault.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text isn't origin, size, root and extension lines.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// It is about a log of another name than the key's.
    #[error("the checkpoint belongs to another log")]
    Origin,
}

/// The state of a log: so many entries, this root, at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// States the size and root of the log named `origin`, at a time in microseconds UTC.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] when the origin can't name a key, or the size is beyond [`SIZE_MAX`].
    pub fn new(origin: &str, size: u64, root: Hash, at: Option<i64>) -> Result<Self, CheckpointError> {
        let extensions = at.map(|at| format!("{TIME_PREFIX}{at}")).into_iter().collect();
        let checkpoint = Self { origin: origin.to_owned(), size, root, extensions };
        // Reading back refuses whatever would make another text.
        if Self::parse_text(&checkpoint.text())? == checkpoint {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Malformed)
        }
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree of that many entries.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// When it was made, in microseconds UTC, as its maker says.
    #[must_use]
    pub fn at(&self) -> Option<i64> {
        self.extensions.iter().find_map(|line| parse_time(line))
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Signs with the closure, which gets [`Checkpoint::text`] and gives an Ed25519 signature.
    ///
    /// # Errors
    /// [`SignError::Signer`] with what the closure gave; [`SignError::Note`] when the signature isn't by
    /// this key.
    pub fn sign<E: std::error::Error + 'static>(
        &self,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_BYTES], E>,
    ) -> Result<String, SignError<E>> {
        if key.name() != self.origin {
            return Err(SignError::Note(NoteError::Name));
        }
        key.sign_note(&self.text(), sign)
    }

    /// Reads a signed note, checking signature, form, and that the log bears the key's name.
    ///
    /// # Errors
    /// Any [`CheckpointError`].
    pub fn verify(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse_text(key.open(note)?)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }

    /// Reads the text of a checkpoint, signed or not.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Malformed)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Malformed);
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let plain = |line: &str| !line.is_empty() && !line.contains(|character: char| character < ' ');
        let times = extensions.iter().filter(|line| line.starts_with(TIME_PREFIX));
        if !plain(origin)
            || !extensions.iter().all(|line| plain(line))
            || times.clone().count() > 1
            || times.clone().any(|line| parse_time(line).is_none())
        {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: parse_size(size).ok_or(CheckpointError::Malformed)?,
            root: Hash::from_text(root).ok_or(CheckpointError::Malformed)?,
            extensions,
        })
    }
}

/// The file name under which a checkpoint is published outside: it sorts by size.
#[must_use]
pub fn publish_name(size: u64) -> String {
    format!("{size:020}.checkpoint")
}

fn parse_size(text: &str) -> Option<u64> {
    let size: u64 = text.parse().ok()?;
    // The one text of a number: no sign, no leading zero.
    (size <= SIZE_MAX && size.to_string() == text).then_some(size)
}

fn parse_time(line: &str) -> Option<i64> {
    let text = line.strip_prefix(TIME_PREFIX)?;
    let at: i64 = text.parse().ok()?;
    (at.to_string() == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    #[test]
    fn the_text_is_that_of_the_specification() {
        let root = Hash::from_text(ROOT).unwrap();
        let checkpoint = Checkpoint::new("example.com/behind-the-sofa", 20_852_163, root, None).unwrap();
        assert_eq!(checkpoint.text(), format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n"));
        assert_eq!(Checkpoint::parse_text(&checkpoint.text()), Ok(checkpoint));
    }

    #[test]
    fn the_time_stands_in_an_extension_line() {
        let root = Hash::from_text(ROOT).unwrap();
        let checkpoint = Checkpoint::new("log", 0, root, Some(1_763_761_200_000_000)).unwrap();
        assert_eq!(checkpoint.text(), format!("log\n0\n{ROOT}\nsoundkeep-time 1763761200000000\n"));
        assert_eq!(Checkpoint::parse_text(&checkpoint.text()).unwrap().at(), Some(1_763_761_200_000_000));
    }

    #[test]
    fn a_malformed_text_is_refused() {
        for text in [
            String::new(),
            format!("log\n5\n{ROOT}"),
            "log\n5\n".to_owned(),
            format!("\n5\n{ROOT}\n"),
            format!("log\n05\n{ROOT}\n"),
            format!("log\n+5\n{ROOT}\n"),
            format!("log\n-1\n{ROOT}\n"),
            format!("log\n9007199254740992\n{ROOT}\n"),
            format!("log\n5\n{}\n", ROOT.trim_end_matches('=')),
            format!("log\n5\n{ROOT} \n"),
            format!("log\n5\n{ROOT}\n\n"),
            format!("log\n5\n{ROOT}\nsoundkeep-time 01\n"),
            format!("log\n5\n{ROOT}\nsoundkeep-time 1\nsoundkeep-time 1\n"),
            format!("log\r\n5\r\n{ROOT}\r\n"),
        ] {
            assert_eq!(Checkpoint::parse_text(&text), Err(CheckpointError::Malformed), "{text}");
        }
        let root = Hash::from_text(ROOT).unwrap();
        assert!(Checkpoint::new("a\nb", 5, root, None).is_err());
        assert!(Checkpoint::new("", 5, root, None).is_err());
        assert!(Checkpoint::new("log", SIZE_MAX + 1, root, None).is_err());
    }

    #[test]
    fn only_the_key_of_the_log_signs() {
        let root = Hash::from_text(ROOT).unwrap();
        let key = VerifierKey::new("other", [0; 32]).unwrap();
        let signed =
            Checkpoint::new("log", 5, root, None).unwrap().sign(&key, |_| Ok::<_, std::convert::Infallible>([0; 64]));
        assert!(matches!(signed, Err(SignError::Note(NoteError::Name))));
    }

    #[test]
    fn names_of_published_files_sort_by_size() {
        let mut names: Vec<String> = [9, 10, 0, SIZE_MAX].into_iter().map(publish_name).collect();
        let sizes = [publish_name(0), publish_name(9), publish_name(10), publish_name(SIZE_MAX)];
        names.sort();
        assert_eq!(names, sizes);
    }

    proptest! {
        #[test]
        fn what_was_read_is_written_the_same(text in "[a-z +]{0,3}\n{1,2}[0-9]{0,3}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n([a-z0-9 -]{0,6}\n){0,2}") {
            if let Ok(checkpoint) = Checkpoint::parse_text(&text) {
                prop_assert_eq!(checkpoint.text(), text);
            }
        }
    }
}
