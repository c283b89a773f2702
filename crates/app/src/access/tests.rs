//! Access tests: what an organisation wants to stay true of its rights, kept, asked, and held against every change.
//!
//! A test that names somebody or something keeps meaning it when it is called something else. Knows no way in which
//! rights change: whoever changes them asks [`keep`] before the commit.

mod examine;
mod names;

pub use examine::{BrokenLine, Finding, Holder, LineFinding, MissingName, Through, Witness};

use super::plain_permit;
use crate::event::{Draft, record, record_alone};
use crate::identity::change::{begin, personal};
use crate::{Caller, Error, Result, Vault};
use examine::Examiner;
use names::{ByName, bindings, current};
use serde_json::json;
use soundkeep_domain::access::assertion::{Line, ParseError, parse};
use soundkeep_domain::access::{Permission, decide_plain, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_store::Transaction;
use soundkeep_store::access_tests as rows;
use soundkeep_store::policy::Policy;

/// Longest document, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most assertions of an organisation.
pub const LINES_MAX: usize = 500;

/// The access tests of an organisation.
#[derive(Debug, Clone)]
pub struct Document {
    /// Grows with every change; 0 before the first.
    pub version: i64,
    /// As it was written, with the names that everything has now.
    pub text: String,
    /// What its lines say.
    pub lines: Vec<Line>,
}

/// A line that can't be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnfitLine {
    /// It can't be read.
    Unreadable(ParseError),
    /// It names what isn't there: which line, and the name.
    Missing(usize, MissingName),
}

impl UnfitLine {
    /// Which line, from 1.
    #[must_use]
    pub const fn number(&self) -> usize {
        match self {
            Self::Unreadable(error) => error.line,
            Self::Missing(line, _) => *line,
        }
    }
}

/// What was found when the tests were run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Each assertion with what was found.
    pub lines: Vec<LineFinding>,
    /// Lines that can't be read.
    pub unreadable: Vec<ParseError>,
}

impl Run {
    /// Whether every line can be read and holds.
    #[must_use]
    pub fn all_hold(&self) -> bool {
        self.unreadable.is_empty() && self.lines.iter().all(|line| line.finding == Finding::Holds)
    }
}

/// Managing access groups, or asking why for others, lets somebody read and run them.
async fn may_read(vault: &Vault, caller: &Caller) -> Result<()> {
    if decide_plain(caller.facts(), Permission::AccessGroupsManage).allowed() {
        return Ok(());
    }
    plain_permit::<marks::AccessExplain>(vault, caller).await.map(|_| ())
}

/// The access tests.
///
/// # Errors
/// [`Error::Denied`] without `access_groups.manage` and without `access.explain`.
pub async fn access_tests(vault: &Vault, caller: &Caller) -> Result<Document> {
    may_read(vault, caller).await?;
    read(vault, caller).await
}

async fn read(vault: &Vault, caller: &Caller) -> Result<Document> {
    let mut reader = vault.store().reader();
    let policy = Policy::load(&mut reader, caller.organisation(), vault.now()).await?;
    let stored = rows::get(&mut reader, caller.organisation()).await?;
    let (text, _) = current(&stored, &policy);
    let (lines, _) = parse(&text);
    Ok(Document { version: stored.version, text, lines })
}

/// Puts a document in the place of the one that stands at this version. An assertion that is broken now may be saved:
/// it holds nothing up that doesn't make it worse.
///
/// # Errors
/// [`Error::Changed`] when another stands there; [`Error::UnfitAssertions`] when lines can't be read, or name what isn't
/// there; [`Error::Invalid`]; [`Error::Denied`] without `access_groups.manage`.
pub async fn replace(vault: &Vault, caller: &Caller, version: i64, text: &str) -> Result<Document> {
    let text = normal(text)?;
    // The lock of rights too: a change that is under way is held against what stands here when it ends.
    let mut transaction = begin::<marks::AccessGroupsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation).await?;
    if before.version != version {
        return Err(Error::Changed);
    }
    let policy = Policy::load(&mut transaction, organisation, vault.now()).await?;
    let (old_text, old_names) = current(&before, &policy);
    let names = checked(&text, &policy)?;
    if (&text, &names) != (&old_text, &old_names) {
        rows::replace(&mut transaction, organisation, version, (&text, &names), vault.now()).await?;
        let draft = Draft::of(vault, caller, EventKind::AccessTestsChange)?
            .object(Object::new("access_tests", organisation))
            .old(personal(json!({"text": old_text})))
            .new_value(personal(json!({"text": text})));
        record(vault, &mut transaction, draft).await?;
        transaction.commit().await?;
    }
    read(vault, caller).await
}

/// A document in lines that end as ours do, short enough, and without control characters.
fn normal(text: &str) -> Result<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLarge("access tests take at most 64 KiB"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Error::invalid("text", "no control characters"));
    }
    Ok(text)
}

/// The ids that the names of a document mean.
fn checked(text: &str, policy: &Policy) -> Result<Vec<rows::BoundName>> {
    let (lines, unreadable) = parse(text);
    if lines.len() > LINES_MAX {
        return Err(Error::invalid("text", format!("at most {LINES_MAX} assertions")));
    }
    let mut unfit: Vec<UnfitLine> = unreadable.into_iter().map(UnfitLine::Unreadable).collect();
    let ids = ByName(policy);
    for line in &lines {
        for name in line.assertion.bind(&ids).err().unwrap_or_default() {
            unfit.push(UnfitLine::Missing(line.number, MissingName { kind: name.kind, text: name.text }));
        }
    }
    unfit.sort_by_key(UnfitLine::number);
    if unfit.is_empty() { Ok(bindings(&lines, policy)) } else { Err(Error::UnfitAssertions(unfit)) }
}

/// Asks every assertion whether it is true now: of the document that is kept, or of one that isn't saved.
///
/// # Errors
/// [`Error::Denied`] without `access_groups.manage` and without `access.explain`; [`Error::TooLarge`].
pub async fn run(vault: &Vault, caller: &Caller, draft: Option<&str>) -> Result<Run> {
    may_read(vault, caller).await?;
    let draft = draft.map(normal).transpose()?;
    let event = Draft::of(vault, caller, EventKind::AccessExplain)?
        .object(Object::new("access_tests", caller.organisation()))
        .detail("draft", draft.is_some());
    record_alone(vault, event).await?;
    let mut reader = vault.store().reader();
    let policy = Policy::load(&mut reader, caller.organisation(), vault.now()).await?;
    let examiner = Examiner::of(&policy)?;
    if let Some(text) = draft {
        let (lines, unreadable) = parse(&text);
        if lines.len() > LINES_MAX {
            return Err(Error::invalid("text", format!("at most {LINES_MAX} assertions")));
        }
        return Ok(Run { lines: examiner.examine(&lines, &ByName(&policy)), unreadable });
    }
    let stored = rows::get(&mut reader, caller.organisation()).await?;
    let (text, names) = current(&stored, &policy);
    let (lines, unreadable) = parse(&text);
    Ok(Run { lines: examiner.examine(&lines, &names::Bound { names: &names, policy: &policy }), unreadable })
}

/// Whether an organisation keeps any access test.
pub(crate) async fn are_kept(
    transaction: &mut Transaction,
    organisation: soundkeep_domain::OrganisationId,
) -> Result<bool> {
    let stored = rows::get(transaction, organisation).await?;
    Ok(!stored.names.is_empty() || !stored.text.trim().is_empty())
}

/// Holds the access tests against a change of rights that isn't committed yet: what held before must hold after it,
/// and what was broken already must not be broken by more people.
///
/// # Errors
/// [`Error::AssertionBroken`], naming each assertion that the change would break, and by whom.
pub(crate) async fn keep(transaction: &mut Transaction, before: &Policy, after: &Policy) -> Result<()> {
    let stored = rows::get(transaction, after.organisation()).await?;
    if stored.names.is_empty() && stored.text.trim().is_empty() {
        return Ok(());
    }
    let broken = examine::newly_broken(&stored, before, after)?;
    if broken.is_empty() { Ok(()) } else { Err(Error::AssertionBroken(broken)) }
}
