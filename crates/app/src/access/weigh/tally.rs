//! Counting what a change of rights gives and takes: once per class of conversations and step from one profile to
//! another, and apart for what is somebody's own.

use super::{Moved, Range, walk};
use crate::{Result, Vault};
use soundkeep_domain::access::{CallerFacts, Permission, ThingFacts, decide};
use soundkeep_domain::{OrganisationId, Timestamp, UserId};
use soundkeep_store::counts::{self, Counts};
use soundkeep_store::policy::{Person, Program};
use soundkeep_store::things::{self, Which};
use std::collections::{BTreeSet, HashMap, HashSet};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Conversations gained and lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    gained: i64,
    lost: i64,
}

/// What a step between profiles gives and takes, by permission.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// For everybody who takes the step.
    shared: HashMap<Permission, Sum>,
    /// What is more or less for one of them, because it is their own.
    own: HashMap<(UserId, Permission), Sum>,
}

impl Tally {
    /// How many conversations these people and programs gain and lose with a permission.
    pub(super) fn ranges(&self, permission: Permission, people: &[Person], programs: &[Program]) -> (Range, Range) {
        let shared = self.shared.get(&permission).copied().unwrap_or_default();
        let each = people.iter().map(|person| {
            let own = self.own.get(&(person.id, permission)).copied().unwrap_or_default();
            (shared.gained + own.gained, shared.lost + own.lost)
        });
        // Nothing is a program's own, but what is of the user that it acts for.
        let of_program = |program: &Program| {
            let own = program.rights.user().and_then(|user| self.own.get(&(user, permission)));
            let own = own.copied().unwrap_or_default();
            (shared.gained + own.gained, shared.lost + own.lost)
        };
        let each = each.chain(programs.iter().map(of_program));
        let (gained, lost): (Vec<i64>, Vec<i64>) = each.unzip();
        let range = |each: &[i64]| Range {
            least: each.iter().copied().min().unwrap_or(0),
            most: each.iter().copied().max().unwrap_or(0),
        };
        (range(&gained), range(&lost))
    }
}

/// Counts for one step between profiles.
pub(super) struct Scale<'moved> {
    moved: &'moved Moved,
    /// The facts of each who moves.
    people: HashMap<UserId, (&'moved CallerFacts, &'moved CallerFacts)>,
    /// Permissions about conversations that either side holds.
    permissions: Vec<Permission>,
    pub(super) tally: Tally,
}

impl<'moved> Scale<'moved> {
    pub(super) fn new(moved: &'moved Moved, tally: Tally) -> Self {
        let differs = |permission: &Permission| {
            permission.is_scoped()
                && (moved.after.adds(&moved.before, *permission) || moved.before.adds(&moved.after, *permission))
        };
        let mut people: HashMap<_, _> = moved.people.iter().map(|(person, old, new)| (person.id, (old, new))).collect();
        for moved in &moved.programs {
            let (old, new) = &moved.facts;
            people.extend(new.user().map(|user| (user, (old, new))));
        }
        Self { moved, people, permissions: Permission::available().filter(differs).collect(), tally }
    }

    /// Takes so many conversations that are nobody's own.
    pub(super) fn take(&mut self, thing: &ThingFacts, conversations: i64) {
        for permission in &self.permissions {
            let step = step((&self.moved.old, &self.moved.new), *permission, thing);
            if step != Sum::default() {
                self.tally.shared.entry(*permission).or_default().add(step, conversations);
            }
        }
    }

    /// Takes so many conversations of somebody, which were taken as nobody's before.
    pub(super) fn take_own(&mut self, user: UserId, (own, another): (&ThingFacts, &ThingFacts), conversations: i64) {
        let Some((old, new)) = self.people.get(&user).copied() else { return };
        for permission in &self.permissions {
            let (with, without) = (step((old, new), *permission, own), step((old, new), *permission, another));
            if with != without {
                let sum = self.tally.own.entry((user, *permission)).or_default();
                sum.add(with, conversations);
                sum.add(without, -conversations);
            }
        }
    }
}

impl Sum {
    const fn add(&mut self, step: Self, times: i64) {
        self.gained += step.gained * times;
        self.lost += step.lost * times;
    }
}

fn step((old, new): (&CallerFacts, &CallerFacts), permission: Permission, thing: &ThingFacts) -> Sum {
    let then = decide(old, permission, thing).allowed();
    let now = decide(new, permission, thing).allowed();
    Sum { gained: i64::from(now && !then), lost: i64::from(then && !now) }
}

/// What each step gives and takes; nothing while that is still being counted.
pub(super) async fn of(
    vault: &Vault,
    organisation: OrganisationId,
    token: &str,
    moved: &[Moved],
) -> Result<Vec<Option<Tally>>> {
    if walk::is_needed(moved) {
        return Ok(walk::tallies(vault, token, moved.len()));
    }
    let by_day = moved.iter().any(Moved::has_beginnings);
    let counts = counts::load(&mut vault.store().reader(), organisation, by_day).await?;
    let mut tallies = Vec::with_capacity(moved.len());
    for moved in moved {
        tallies.push(Some(by_class(vault, organisation, moved, &counts).await?));
    }
    Ok(tallies)
}

async fn by_class(vault: &Vault, organisation: OrganisationId, moved: &Moved, counts: &Counts) -> Result<Tally> {
    let mut scale = Scale::new(moved, Tally::default());
    if scale.permissions.is_empty() {
        return Ok(scale.tally);
    }
    for counted in &counts.classes {
        scale.take(&counted.thing, counted.conversations);
    }
    for user in scale.people.keys().copied().collect::<BTreeSet<UserId>>() {
        let Some(own) = counts.of_agents.get(&user) else { continue };
        if moved.has_beginnings() {
            // Their own aren't told apart by day.
            let which = Which::OfAgent(user);
            for (_, thing) in things::facts(&mut vault.store().reader(), organisation, which).await? {
                scale.take_own(user, (&thing, &thing.as_anothers()), 1);
            }
        } else {
            for counted in own {
                scale.take_own(user, (&counted.own, &counted.another), counted.conversations);
            }
        }
    }
    split_days(vault, organisation, &mut scale).await?;
    Ok(scale.tally)
}

/// A group that is reached from a time on is reached from within a day: those days are counted one by one.
async fn split_days(vault: &Vault, organisation: OrganisationId, scale: &mut Scale<'_>) -> Result<()> {
    let Moved { before, after, .. } = scale.moved;
    let mut beginnings = HashSet::new();
    for reached in before.beginnings().chain(after.beginnings()) {
        let day = reached.since.map(|since| since.as_unix_micros().div_euclid(DAY_SECONDS * 1_000_000));
        beginnings.extend(day.map(|day| (reached.group, day)));
    }
    let mut seen = HashSet::new();
    for (group, day) in beginnings {
        let from = Timestamp::from_unix_micros(day * DAY_SECONDS * 1_000_000);
        let which = Which::OfGroup(group, from, from.plus_seconds(DAY_SECONDS));
        for (ord, thing) in things::facts(&mut vault.store().reader(), organisation, which).await? {
            if seen.insert(ord) {
                scale.take(&counts::roughly(&thing), -1);
                scale.take(&thing.as_anothers(), 1);
            }
        }
    }
    Ok(())
}
