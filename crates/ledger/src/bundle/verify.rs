//! Offline verification of a bundle, in one pass and with memory for one line and one frontier.
//!
//! Lines are checked first by themselves (order, form, hash, openings), which names a fault exactly.
//! Whoever renumbers and rehashes is found by the next root, which narrows the fault down to the
//! entries since the last checkpoint that matched. It must not know where the bundle came from.

use std::io::BufRead;

use super::Header;
use super::finding::{CutOffBy, Finding, LineFault};
use super::line::{EntryLine, Line, Lines, Next, parse_canonical, seal_text, shape};
use super::report::Report;
use super::trusted::TrustedCheckpoints;
use crate::checkpoint::Checkpoint;
use crate::event::Event;
use crate::note::VerifierKey;
use crate::tree::{Frontier, leaf_hash, verify_consistency};

/// How far a bundle must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// To the newest checkpoint published outside, or beyond: else its end was cut off.
    #[default]
    Newest,
    /// Only as far as its header says: somebody asked for a part.
    Part,
}

/// Verifies a bundle against the text form of the log's key and the checkpoints published outside.
/// The bundle must reach the newest of them.
///
/// # Errors
/// The first [`Finding`].
pub fn verify_bundle(
    reader: impl BufRead,
    verifier_key: &str,
    trusted_checkpoints: &[String],
) -> Result<Report, Finding> {
    verify_extent(reader, verifier_key, trusted_checkpoints, Extent::Newest)
}

/// Verifies a bundle that must reach as far as `extent` says.
///
/// # Errors
/// The first [`Finding`].
pub fn verify_extent(
    reader: impl BufRead,
    verifier_key: &str,
    trusted_checkpoints: &[String],
    extent: Extent,
) -> Result<Report, Finding> {
    let key = VerifierKey::parse(verifier_key).map_err(|why| Finding::Key { why: why.to_string() })?;
    let trusted = TrustedCheckpoints::read(trusted_checkpoints, &key)?;
    let mut lines = Lines::new(reader);
    let header = read_header(&mut lines, &key)?;
    let frontier = header
        .frontier()
        .ok_or_else(|| Finding::Header { why: "its prefix doesn't fit its first entry".to_owned() })?;
    let mut verifier = Verifier {
        key,
        trusted,
        lines,
        report: Report::of(&header, frontier.root()),
        frontier,
        confirmed: 0,
        confirmed_outside: 0,
        header,
    };
    verifier.check_prefix()?;
    verifier.check_published()?;
    verifier.run()?;
    verifier.check_end(extent)?;
    Ok(verifier.report)
}

fn read_header<R: BufRead>(lines: &mut Lines<R>, key: &VerifierKey) -> Result<Header, Finding> {
    let fault = |why: LineFault| Finding::Header { why: why.to_string() };
    match lines.advance().map_err(fault)? {
        Next::Line => {}
        Next::Unended => return Err(fault(LineFault::Unended)),
        Next::End => {
            return Err(Finding::Header { why: "the file is empty".to_owned() });
        }
    }
    let header: Header = parse_canonical(lines.bytes()).and_then(shape).map_err(fault)?;
    if !header.is_sound() {
        return Err(Finding::Header { why: "its format is another, or its entries can't be counted".to_owned() });
    }
    if header.origin != key.name() {
        return Err(Finding::Origin { wanted: key.name().to_owned(), found: header.origin });
    }
    Ok(header)
}

struct Verifier<R> {
    key: VerifierKey,
    trusted: TrustedCheckpoints,
    lines: Lines<R>,
    header: Header,
    frontier: Frontier,
    report: Report,
    /// Size up to which some checkpoint confirms the tree; 0 before a later start is confirmed.
    confirmed: u64,
    /// The same by checkpoints published outside.
    confirmed_outside: u64,
}

impl<R: BufRead> Verifier<R> {
    /// Connects older checkpoints with the tree on which the bundle builds.
    fn check_prefix(&mut self) -> Result<(), Finding> {
        let from = self.header.from_index;
        let proofs = self.header.prefix.as_ref().map(|prefix| prefix.consistency.as_slice()).unwrap_or_default();
        for older in self.trusted.before(from) {
            let size = older.size();
            let given = proofs.iter().find(|given| given.size == size).map(|given| given.proof.as_slice());
            // Every tree begins with the empty one: that takes no proof.
            let Some(proof) = given.or_else(|| (size == 0).then_some(&[])) else {
                self.report.published_untouched += 1;
                continue;
            };
            verify_consistency(size, older.root(), from, &self.frontier.root(), proof)
                .map_err(|_| Finding::Prefix { size, from_index: from })?;
            self.report.published_matched += 1;
            self.report.published_size = Some(size);
            self.confirmed = size;
            self.confirmed_outside = size;
        }
        Ok(())
    }

    fn run(&mut self) -> Result<(), Finding> {
        while self.advance()? {
            let line = Line::parse(self.lines.bytes()).map_err(|why| self.line_fault(&why))?;
            if self.report.sealed {
                return Err(self.line_fault(&LineFault::AfterSeal));
            }
            match line {
                Line::Entry(entry) => self.entry(&entry)?,
                Line::Checkpoint(note) => self.checkpoint(&note)?,
                Line::Seal(note) => self.seal(&note)?,
            }
        }
        Ok(())
    }

    /// Reads the next line; an unended one is the trace of a cut.
    fn advance(&mut self) -> Result<bool, Finding> {
        match self.lines.advance().map_err(|why| self.line_fault(&why))? {
            Next::Line => Ok(true),
            Next::End => Ok(false),
            Next::Unended if self.frontier.size() < self.header.until_index => Err(self.cut_off()),
            Next::Unended => Err(self.line_fault(&LineFault::Unended)),
        }
    }

    fn line_fault(&self, why: &LineFault) -> Finding {
        Finding::Line { line: self.lines.number(), index: self.frontier.size(), why: why.to_string() }
    }

    /// The file ends before its header says so: the numbers show what is missing.
    fn cut_off(&self) -> Finding {
        let have = self.frontier.size();
        Finding::CutOff { confirmed: have, have, wanted: self.header.until_index, by: CutOffBy::Header }
    }

    fn entry(&mut self, entry: &EntryLine) -> Result<(), Finding> {
        let index = self.frontier.size();
        if entry.i < index {
            return Err(Finding::Repeated { index: entry.i, line: self.lines.number() });
        }
        if entry.i >= self.header.until_index {
            return Err(Finding::Surplus { index: entry.i, until: self.header.until_index });
        }
        if entry.i > index {
            return Err(self.gap(entry.i));
        }
        let hash = leaf_hash(entry.leaf.as_bytes());
        if hash != entry.h {
            return Err(Finding::Changed { index });
        }
        let event = Event::parse(&entry.leaf).map_err(|why| Finding::Event { index, why: why.to_string() })?;
        let other = |organisation: &String| {
            event.value().get("organisation").is_some_and(|named| named.as_str() != Some(organisation))
        };
        if self.header.organisation.as_ref().is_some_and(other) {
            return Err(Finding::Organisation { index });
        }
        event.check_openings(&entry.openings).map_err(|(path, why)| Finding::Opening {
            index,
            path,
            why: why.to_string(),
        })?;
        self.report.count(&event, entry.openings.len() as u64);
        self.frontier.append(hash).map_err(|why| Finding::Event { index, why: why.to_string() })?;
        self.check_published()
    }

    /// Says whether the entries before `found` are gone or only stand elsewhere.
    fn gap(&mut self, found: u64) -> Finding {
        let first = self.frontier.size();
        while let Ok(Next::Line) = self.lines.advance() {
            if let Ok(Line::Entry(later)) = Line::parse(self.lines.bytes())
                && later.i == first
            {
                return Finding::Moved { index: first, line: self.lines.number() };
            }
        }
        Finding::Missing { first, last: found - 1 }
    }

    fn checkpoint(&mut self, note: &str) -> Result<(), Finding> {
        let found = self.frontier.size();
        let checkpoint = Checkpoint::verify(note, &self.key).map_err(|why| Finding::Checkpoint {
            line: self.lines.number(),
            size: found,
            why: why.to_string(),
        })?;
        if checkpoint.size() != found {
            return Err(self.displaced(checkpoint.size()));
        }
        if *checkpoint.root() != self.frontier.root() {
            return Err(self.root_finding(false));
        }
        self.report.checkpoints_matched += 1;
        self.report.checkpoint_at = checkpoint.at();
        self.confirmed = found;
        Ok(())
    }

    /// Says whether entries before a checkpoint were taken out, or something less plain happened.
    fn displaced(&mut self, size: u64) -> Finding {
        let found = self.frontier.size();
        let mut following = None;
        while following.is_none()
            && let Ok(Next::Line) = self.lines.advance()
        {
            if let Ok(Line::Entry(entry)) = Line::parse(self.lines.bytes()) {
                following = Some(entry.i);
            }
        }
        if size > found && following == Some(size) {
            // Nobody renumbered: the numbers themselves say what is gone.
            return self.gap(size);
        }
        Finding::Displaced { size, found, first: self.confirmed }
    }

    /// Compares the tree as it is now with the outside checkpoint of its size, if there is one.
    fn check_published(&mut self) -> Result<(), Finding> {
        let size = self.frontier.size();
        let Some(published) = self.trusted.at(size) else {
            return Ok(());
        };
        if *published.root() == self.frontier.root() {
            self.report.published_matched += 1;
            self.report.published_size = Some(size);
            self.confirmed = size;
            self.confirmed_outside = size;
            return Ok(());
        }
        // If the bundle carries a signed checkpoint for what it says, somebody signed both histories.
        if let Ok(Next::Line) = self.lines.advance()
            && let Ok(Line::Checkpoint(note)) = Line::parse(self.lines.bytes())
            && Checkpoint::verify(&note, &self.key)
                .is_ok_and(|own| own.size() == size && *own.root() == self.frontier.root())
        {
            return Err(Finding::Fork { size, first: self.confirmed_outside });
        }
        Err(self.root_finding(true))
    }

    fn root_finding(&self, published: bool) -> Finding {
        let size = self.frontier.size();
        // The tree before the first entry comes from the header and may be what is wrong.
        if size == self.header.from_index {
            return Finding::Prefix { size, from_index: size };
        }
        Finding::Root { size, first: self.confirmed_outside, likely_first: self.confirmed, last: size - 1, published }
    }

    fn seal(&mut self, note: &str) -> Result<(), Finding> {
        let text = self.key.open(note).map_err(|why| Finding::Seal { why: why.to_string() })?;
        if text != seal_text(&self.header.origin, self.lines.hash_before()) {
            return Err(Finding::Seal { why: "the bytes before it are not those that were sealed".to_owned() });
        }
        self.report.sealed = true;
        Ok(())
    }

    fn check_end(&mut self, extent: Extent) -> Result<(), Finding> {
        let size = self.frontier.size();
        if size < self.header.until_index {
            return Err(self.cut_off());
        }
        if let Some(newest) = self.trusted.newest().filter(|newest| newest.size() > size) {
            if extent == Extent::Newest {
                return Err(Finding::CutOff {
                    confirmed: self.confirmed,
                    have: size,
                    wanted: newest.size(),
                    by: CutOffBy::Published,
                });
            }
            self.report.published_untouched += self.trusted.after(size);
        }
        if self.confirmed != size {
            let first = self.confirmed.max(self.header.from_index).min(size - 1);
            return Err(Finding::Unsigned { first, last: size - 1 });
        }
        self.report.root = self.frontier.root();
        Ok(())
    }
}
