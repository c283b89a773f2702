//! What a change of rights does, weighed before it is committed: who gains and who loses what.
//!
//! A change runs in its transaction as it always does; the rights are read as it would leave them, beside those that
//! stand, and everybody whose decisions differ is counted over the conversations that there are. So the preview is the
//! change itself, and nothing can be saved whose preview was another. Nothing that widens what is heard, or takes
//! something from many, is committed unconfirmed; nothing that breaks an access test is committed at all.

mod tally;
mod walk;

use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::access::{CallerFacts, CallerKind, Column, Permission, Profile, ScopeKind};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{ApiKeyId, OrganisationId, UserId};
pub use soundkeep_store::policy::Program;
use soundkeep_store::policy::{Person, Policy};
use soundkeep_store::{Transaction, Whose, settings};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tally::Tally;
pub(crate) use walk::Walks;

/// What whoever asks for a change wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Intent {
    /// That it happens, unless it has to be confirmed.
    #[default]
    Act,
    /// To see what it would do, and nothing more.
    WhatIf,
    /// That it happens, having seen what this token stands for.
    Confirmed(String),
    /// That it happens, whatever it does: it was decided elsewhere. No door gives this to a person.
    Decided,
}

/// How many conversations a change gives to or takes from each of several users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The fewest.
    pub least: i64,
    /// The most.
    pub most: i64,
}

/// What a change does to one permission of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The permission.
    pub permission: Permission,
    /// It reaches more than before, now or later.
    pub gains: bool,
    /// It reaches less than before, now or later.
    pub loses: bool,
    /// Conversations that are reached from now on; nothing while they are being counted, or when the permission isn't
    /// about conversations.
    pub gained: Option<Range>,
    /// Conversations that aren't reached any more.
    pub lost: Option<Range>,
}

/// Users and programs to whom a change does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Who, in the order of their names.
    pub people: Vec<Person>,
    /// Programs whose keys have a role of their own, or are only about to be made, oldest first. One that acts for a user
    /// moves with that user otherwise.
    pub programs: Vec<Program>,
    /// What it does to each.
    pub shifts: Vec<Shift>,
    /// Columns that they see from now on.
    pub shown: Vec<Column>,
    /// Columns that they don't see any more.
    pub hidden: Vec<Column>,
}

/// Why a change has to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// So many users hear what they couldn't hear.
    Hearing(usize),
    /// So many programs do.
    ProgramsHearing(usize),
    /// So many users lose something, more than the organisation lets pass.
    Losing(usize),
}

/// How far the counting is, in conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// Looked at.
    pub done: i64,
    /// To be looked at.
    pub total: i64,
}

/// What a change of rights does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Everybody whose rights differ, grouped by what differs.
    pub parties: Vec<Party>,
    /// Why it has to be confirmed, if it has.
    pub asks: Vec<Ask>,
    /// How far the counting is, when rules over numbers or tags make that longer work. Nothing is saved before its end.
    pub counting: Option<Counting>,
    /// What confirms exactly this.
    pub token: String,
}

impl Effect {
    /// How many users gain anything.
    #[must_use]
    pub fn gaining(&self) -> usize {
        self.users(|shift| shift.gains)
    }
    /// How many users lose anything.
    #[must_use]
    pub fn losing(&self) -> usize {
        self.users(|shift| shift.loses)
    }
    /// How many programs gain anything.
    #[must_use]
    pub fn programs_gaining(&self) -> usize {
        self.parties_that(|shift| shift.gains).map(|party| party.programs.len()).sum()
    }
    /// How many programs lose anything.
    #[must_use]
    pub fn programs_losing(&self) -> usize {
        self.parties_that(|shift| shift.loses).map(|party| party.programs.len()).sum()
    }
    fn users(&self, what: impl Fn(&Shift) -> bool) -> usize {
        self.parties_that(what).map(|party| party.people.len()).sum()
    }
    fn parties_that(&self, what: impl Fn(&Shift) -> bool) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(move |party| party.shifts.iter().any(&what))
    }
}

/// Users whose rights a change moves from one profile to another.
struct Moved {
    old: CallerFacts,
    new: CallerFacts,
    before: Profile,
    after: Profile,
    /// Each with their own facts: what is theirs differs.
    people: Vec<(Person, CallerFacts, CallerFacts)>,
    programs: Vec<MovedProgram>,
}

/// A program that a change moves.
struct MovedProgram {
    program: Program,
    /// Its key is only about to be made.
    is_new: bool,
    /// Its own facts: what is the user's that it acts for differs.
    facts: (CallerFacts, CallerFacts),
}

impl Moved {
    /// Whether when a conversation began matters.
    fn has_beginnings(&self) -> bool {
        self.before.beginnings().chain(self.after.beginnings()).next().is_some()
    }
}

/// Commits a change of rights, once it is weighed, or says what it would do.
///
/// # Errors
/// [`Error::Weighed`] when the caller only asked; [`Error::Unconfirmed`] when it has to be confirmed, or is still being
/// counted; [`Error::AssertionBroken`] when it breaks an access test. Then nothing of it happened.
pub(crate) async fn commit(vault: &Vault, caller: &Caller, mut transaction: Transaction) -> Result<()> {
    let what_if = *caller.intent() == Intent::WhatIf;
    let Some(whose) = transaction.changes_rights_of().cloned() else {
        if what_if {
            return Err(Error::Weighed(Box::new(nothing())));
        }
        return Ok(transaction.commit().await?);
    };
    let organisation = caller.organisation();
    let now = vault.now();
    // What a test asserts may hang on anybody's rights; without any, those that a change moves are enough.
    let whose = if super::tests::are_kept(&mut transaction, organisation).await? { Whose::Everybody } else { whose };
    let before = Policy::of(&mut vault.store().reader(), organisation, &whose, now).await?;
    let after = Policy::of(&mut transaction, organisation, &whose, now).await?;
    super::tests::keep(&mut transaction, &before, &after).await?;
    // Whoever stands at the vault's own command line answers to nobody in it.
    let is_decided = *caller.intent() == Intent::Decided || matches!(caller.facts().kind(), CallerKind::System(_));
    if is_decided && !what_if {
        return Ok(transaction.commit().await?);
    }
    // By the thresholds that stood before: nobody passes by lifting them in the same breath.
    let settings = settings::in_force(&mut vault.store().reader(), vault.registry(), organisation).await?;
    let moved = Arc::new(moved(&before.as_if_all_came(), &after.as_if_all_came()));
    let token = token(organisation, &moved);
    let asks = asks(&settings, &moved);
    walk::begin(vault, organisation, &token, &moved).await?;
    let confirmed = asks.is_empty() || matches!(caller.intent(), Intent::Confirmed(said) if *said == token);
    if !what_if && confirmed && walk::progress(vault, &token).is_none() {
        return Ok(transaction.commit().await?);
    }
    // Counting takes its time: nobody waits for this change meanwhile.
    drop(transaction);
    let counting = walk::progress(vault, &token);
    let tallies = tally::of(vault, organisation, &token, &moved).await?;
    let parties = moved.iter().zip(tallies).map(|(moved, tally)| party(moved, tally)).collect();
    let effect = Box::new(Effect { parties, asks, counting, token });
    Err(if what_if { Error::Weighed(effect) } else { Error::Unconfirmed(effect) })
}

/// The effect of what changes nobody's rights.
#[must_use]
pub fn nothing() -> Effect {
    Effect { parties: Vec::new(), asks: Vec::new(), counting: None, token: String::new() }
}

/// Everybody whose rights differ, grouped by both profiles, in the order of the first name in each group.
fn moved(before: &Policy, after: &Policy) -> Vec<Moved> {
    let mut old: HashMap<UserId, CallerFacts> = before.callers().map(|(person, facts)| (person.id, facts)).collect();
    let mut groups: Vec<Moved> = Vec::new();
    let mut places: HashMap<(Profile, Profile), usize> = HashMap::new();
    let mut party_of = |old: &CallerFacts, new: &CallerFacts, join: &mut dyn FnMut(&mut Moved)| {
        let profiles = (old.profile(), new.profile());
        if profiles.0 == profiles.1 {
            return;
        }
        let place = *places.entry(profiles.clone()).or_insert_with(|| {
            let (before, after) = profiles;
            let (old, new) = (old.clone(), new.clone());
            groups.push(Moved { old, new, before, after, people: Vec::new(), programs: Vec::new() });
            groups.len() - 1
        });
        groups.get_mut(place).into_iter().for_each(join);
    };
    for (person, new) in after.callers() {
        let old = old.remove(&person.id).unwrap_or_else(|| before.nobody(person.id));
        party_of(&old, &new, &mut |group| group.people.push((person.clone(), old.clone(), new.clone())));
    }
    let known: HashSet<ApiKeyId> = before.programs().iter().chain(before.helpers()).map(|known| known.id).collect();
    // One that acts for a user and is there already moves with that user.
    let new_helpers = after.helpers().iter().filter(|helper| !known.contains(&helper.id));
    for program in after.programs().iter().chain(new_helpers) {
        let is_new = !known.contains(&program.id);
        let old = if is_new { Ok(before.no_program(program.id)) } else { before.program(program) };
        if let (Ok(old), Ok(new)) = (old, after.program(program)) {
            party_of(&old, &new, &mut |group| {
                let facts = (old.clone(), new.clone());
                group.programs.push(MovedProgram { program: program.clone(), is_new, facts });
            });
        }
    }
    groups
}

/// What confirms exactly this change: who moves from where to where. Ids of people who are only about to be made differ
/// with every try, so addresses stand for them, and names for keys.
fn token(organisation: OrganisationId, moved: &[Moved]) -> String {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for group in moved {
        let step = format!("{} > {}", group.before.text(), group.after.text());
        for (person, ..) in &group.people {
            lines.insert(person.email.clone(), step.clone());
        }
        for moved in &group.programs {
            let key = &moved.program;
            let line = if moved.is_new { format!("new key {}", key.name) } else { key.id.to_string() };
            lines.insert(line, step.clone());
        }
    }
    let mut digest = hex::encode(sha256(format!("{organisation} {lines:?}").as_bytes()));
    digest.truncate(TOKEN_CHARACTERS);
    digest
}

/// 96 bits.
const TOKEN_CHARACTERS: usize = 24;

/// Permissions by which conversations are heard.
const HEARING: [Permission; 3] =
    [Permission::RecordingsPlay, Permission::RecordingsListenLive, Permission::RecordingsDownload];

fn asks(settings: &Settings, moved: &[Moved]) -> Vec<Ask> {
    let mut asks = Vec::new();
    let users = |what: &dyn Fn(&Moved) -> bool| -> usize {
        moved.iter().filter(|group| what(group)).map(|group| group.people.len()).sum()
    };
    let hears = |group: &Moved| HEARING.iter().any(|permission| group.after.adds(&group.before, *permission));
    if settings.confirm_hearing() {
        let hearing = users(&hears);
        asks.extend((hearing > 0).then_some(Ask::Hearing(hearing)));
        let programs = moved.iter().filter(|group| hears(group)).map(|group| group.programs.len()).sum();
        asks.extend((programs > 0).then_some(Ask::ProgramsHearing(programs)));
    }
    let losing = users(&|group| Permission::available().any(|permission| group.before.adds(&group.after, permission)));
    if usize::try_from(settings.confirm_losing_more_than()).is_ok_and(|most| losing > most) {
        asks.push(Ask::Losing(losing));
    }
    asks
}

fn party(moved: &Moved, tally: Option<Tally>) -> Party {
    let Moved { before, after, .. } = moved;
    let people: Vec<Person> = moved.people.iter().map(|(person, ..)| person.clone()).collect();
    let programs: Vec<Program> = moved.programs.iter().map(|moved| moved.program.clone()).collect();
    let shift = |permission: Permission| {
        let counted = tally.as_ref().filter(|_| permission.row().kind == ScopeKind::Scoped);
        let (gained, lost) = counted.map(|tally| tally.ranges(permission, &people, &programs)).unzip();
        let shift = Shift {
            permission,
            gains: after.adds(before, permission),
            loses: before.adds(after, permission),
            gained,
            lost,
        };
        (shift.gains || shift.loses).then_some(shift)
    };
    let shifts = Permission::available().filter_map(shift).collect();
    let columns = |here: &Profile, there: &Profile| {
        let only_here = |column: &Column| here.shows(*column) && !there.shows(*column);
        Column::ALL.iter().copied().filter(only_here).collect()
    };
    Party { shown: columns(after, before), hidden: columns(before, after), people, programs, shifts }
}
