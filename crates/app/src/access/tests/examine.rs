//! Asking assertions of everybody, and telling what a change would newly break.

use super::names::{Bound, current};
use crate::Result;
use soundkeep_domain::access::assertion::{Breach, Ids, Line, NameKind, Rule, parse};
use soundkeep_domain::access::{AccountState, AssignmentSource, Permission, Standing, Way};
use soundkeep_domain::{ApiKeyId, UserId};
use soundkeep_store::access_tests::StoredAccessTests;
use soundkeep_store::policy::{Person, Policy, Program};
use std::collections::HashSet;

/// How many witnesses an answer names.
const WITNESSES_MAX: usize = 50;

/// A name that means nothing, or nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingName {
    /// What it should name.
    pub kind: NameKind,
    /// As it is written.
    pub text: String,
}

/// Who could do what an assertion says that they never do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// Their name.
        name: String,
        /// Their email address.
        email: String,
        /// Invited, but not yet come in.
        invited: bool,
    },
    /// A program.
    Program {
        /// Its key.
        id: ApiKeyId,
        /// The name of its key.
        name: String,
    },
}

/// Through what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// Everything.
    All,
    /// A group.
    Group(String),
    /// Conversations that they take part in.
    Own,
}

/// Somebody who breaks an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Who.
    pub holder: Holder,
    /// What they could do.
    pub permission: Permission,
    /// The role that lets them.
    pub role: Option<String>,
    /// How far that role reaches them.
    pub through: Through,
}

/// What was found of an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is true, and stays so whatever conversations come.
    Holds,
    /// It isn't.
    Broken {
        /// Names that mean nothing; then nobody was asked.
        missing: Vec<MissingName>,
        /// The first of those who could, by name.
        witnesses: Vec<Witness>,
        /// How many could.
        count: usize,
    },
}

/// An assertion with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFinding {
    /// Which line, from 1.
    pub number: usize,
    /// The line.
    pub text: String,
    /// What was found.
    pub finding: Finding,
}

/// An assertion that a change would break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLine {
    /// Which line, from 1.
    pub number: usize,
    /// The line.
    pub text: String,
    /// Names that would mean nothing any more.
    pub missing: Vec<MissingName>,
    /// The first of those who could newly, by name.
    pub witnesses: Vec<Witness>,
    /// How many could newly.
    pub count: usize,
}

/// Everybody, ready to be asked about.
pub(super) struct Examiner<'policy> {
    policy: &'policy Policy,
    people: Vec<(&'policy Person, Vec<Standing>)>,
    programs: Vec<(&'policy Program, Standing)>,
}

impl<'policy> Examiner<'policy> {
    pub(super) fn of(policy: &'policy Policy) -> Result<Self> {
        let could_come_in = |(person, _): &(&Person, _)| person.state != AccountState::Disabled;
        let people = policy.standings().filter(could_come_in).collect();
        Ok(Self { policy, people, programs: policy.program_standings()? })
    }

    pub(super) fn examine(&self, lines: &[Line], ids: &impl Ids) -> Vec<LineFinding> {
        let finding = |line: &Line| match self.ask(line, ids) {
            Ok(witnesses) if witnesses.is_empty() => Finding::Holds,
            Ok(mut witnesses) => {
                let count = witnesses.len();
                witnesses.truncate(WITNESSES_MAX);
                Finding::Broken { missing: Vec::new(), witnesses, count }
            }
            Err(missing) => Finding::Broken { missing, witnesses: Vec::new(), count: 0 },
        };
        let found = lines.iter().map(|line| LineFinding {
            number: line.number,
            text: line.text.clone(),
            finding: finding(line),
        });
        found.collect()
    }

    /// Everybody who could do what the line says that they never do, or the names that mean nothing.
    fn ask(&self, line: &Line, ids: &impl Ids) -> Result<Vec<Witness>, Vec<MissingName>> {
        match line.assertion.bind(ids) {
            Ok(rule) => Ok(self.witnesses(&rule)),
            Err(names) => {
                let mut missing: Vec<MissingName> =
                    names.into_iter().map(|name| MissingName { kind: name.kind, text: name.text }).collect();
                missing.dedup();
                Err(missing)
            }
        }
    }

    fn witnesses(&self, rule: &Rule) -> Vec<Witness> {
        let question = rule.over(self.policy.stamps());
        let people = self.people.iter().filter_map(|(person, standings)| {
            let breach = standings.iter().find_map(|standing| question.broken_by(standing))?;
            let holder = Holder::User {
                id: person.id,
                name: person.name.clone(),
                email: person.email.clone(),
                invited: person.state == AccountState::Invited,
            };
            Some(self.witness(holder, breach))
        });
        let programs = self.programs.iter().filter_map(|(program, standing)| {
            let breach = question.broken_by(standing)?;
            Some(self.witness(Holder::Program { id: program.id, name: program.name.clone() }, breach))
        });
        people.chain(programs).collect()
    }

    fn witness(&self, holder: Holder, breach: Breach) -> Witness {
        let source = breach.way.source();
        let role = match (&holder, source) {
            (Holder::User { id, .. }, AssignmentSource::Assignment(_)) => {
                let given = self.policy.assignments_of(*id).iter().find(|given| given.source == source);
                given.map(|given| given.role.name.clone())
            }
            (Holder::Program { id, .. }, _) => {
                let program = self.policy.programs().iter().find(|program| program.id == *id);
                let role =
                    program.and_then(|program| self.policy.roles().find(|role| Some(role.key) == program.role()));
                role.map(|role| role.name.clone())
            }
            _ => None,
        };
        let through = match breach.way {
            Way::All(_) => Through::All,
            Way::Group(_, group) => Through::Group(self.policy.group_name(group).unwrap_or_default().to_owned()),
            Way::Own(_) => Through::Own,
        };
        Witness { holder, permission: breach.permission, role, through }
    }
}

/// The assertions that held before a change and don't after it, or that more people break after it.
pub(super) fn newly_broken(stored: &StoredAccessTests, before: &Policy, after: &Policy) -> Result<Vec<BrokenLine>> {
    let (text, names) = current(stored, after);
    let (lines, _) = parse(&text);
    let (now, ids) = (Examiner::of(after)?, Bound { names: &names, policy: after });
    let found: Vec<_> = lines.iter().map(|line| now.ask(line, &ids)).collect();
    if found.iter().all(|found| found.as_ref().is_ok_and(Vec::is_empty)) {
        return Ok(Vec::new());
    }
    // What things were called before, by the same ids: a change of names breaks nothing.
    let (text, names) = current(stored, before);
    let (lines_before, _) = parse(&text);
    let (then, ids) = (Examiner::of(before)?, Bound { names: &names, policy: before });
    let mut broken = Vec::new();
    for (line, found) in lines.into_iter().zip(found) {
        let was = lines_before.iter().find(|was| was.number == line.number);
        let was = was.map_or(Ok(Vec::new()), |was| then.ask(was, &ids));
        let (missing, witnesses) = match (found, was) {
            (Err(missing), Err(was)) if missing.len() <= was.len() => (Vec::new(), Vec::new()),
            (Err(missing), _) => (missing, Vec::new()),
            // Nobody could be asked before.
            (Ok(_), Err(_)) => (Vec::new(), Vec::new()),
            (Ok(witnesses), Ok(was)) => {
                let known: HashSet<Asker> = was.iter().map(|witness| Asker::of(&witness.holder)).collect();
                let newly = witnesses.into_iter().filter(|witness| !known.contains(&Asker::of(&witness.holder)));
                (Vec::new(), newly.collect::<Vec<_>>())
            }
        };
        if missing.is_empty() && witnesses.is_empty() {
            continue;
        }
        let count = witnesses.len();
        let witnesses = witnesses.into_iter().take(WITNESSES_MAX).collect();
        broken.push(BrokenLine { number: line.number, text: line.text, missing, witnesses, count });
    }
    Ok(broken)
}

#[derive(PartialEq, Eq, Hash)]
enum Asker {
    User(UserId),
    Program(ApiKeyId),
}

impl Asker {
    const fn of(holder: &Holder) -> Self {
        match holder {
            Holder::User { id, .. } => Self::User(*id),
            Holder::Program { id, .. } => Self::Program(*id),
        }
    }
}
