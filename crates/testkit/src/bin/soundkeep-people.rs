//! Adds many users with rights of every kind to the vault of a stopped demo, for benchmarks.
//!
//! `soundkeep-people DATA_DIR USERS` makes 100 groups, 20 access groups and that many users: agents, analysts and
//! supervisors of groups, managers. Straight into the rows, so that it takes seconds; it must not know use cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use soundkeep_domain::access::{AccountState, BuiltInRole, Columns, Limit, RoleKey, RowRules, RowValues};
use soundkeep_domain::{AccessGroupId, AssignmentId, GroupId, Timestamp, UserId};
use soundkeep_store::access_groups::{self, StoredAccessGroup, Target};
use soundkeep_store::identity::{assignments, groups, users};
use soundkeep_store::{Location, Store, organisations};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

const GROUPS: usize = 100;
const ACCESS_GROUPS: usize = 20;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, count] = arguments.as_slice() else {
        return Err("usage: soundkeep-people DATA_DIR USERS".into());
    };
    let count: usize = count.parse()?;
    let store = Store::open(&Location::Sqlite(PathBuf::from(folder).join("soundkeep.db"))).await?;
    let organisation = organisations::all(&mut store.reader()).await?.first().ok_or("no organisation")?.id;
    let now = now();
    let mut transaction = store.begin().await?;
    let mut teams = Vec::new();
    for number in 0..GROUPS {
        let id = GroupId::make(now, &random(1, number));
        groups::add(&mut transaction, organisation, id, &format!("Crew {number:03}"), now).await?;
        teams.push(id);
    }
    for number in 0..count {
        let user = UserId::make(now, &random(2, number));
        let (name, email) = (format!("Person {number:05}"), format!("person{number:05}@example.org"));
        let state = if number % 50 == 49 { AccountState::Disabled } else { AccountState::Active };
        let new = users::NewUser { id: user, email: &email, name: &name, state, password_hash: None, created_at: now };
        users::add(&mut transaction, organisation, &new).await?;
        let team = teams[number % GROUPS];
        let (role, limit) = match number % 10 {
            0 => (BuiltInRole::Manager, Limit::None),
            1 => (BuiltInRole::Supervisor, Limit::Supervised),
            2 => (BuiltInRole::Analyst, Limit::Named(vec![team, teams[(number / 10) % GROUPS]])),
            _ => (BuiltInRole::Agent, Limit::None),
        };
        let given = assignments::NewAssignment {
            id: AssignmentId::make(now, &random(3, number)),
            user,
            role: RoleKey::BuiltIn(role),
            limit,
            until: None,
            created_at: now,
        };
        assignments::add(&mut transaction, organisation, &given).await?;
        let bond = if number % 10 == 1 { groups::Bond::Supervisor } else { groups::Bond::Member };
        groups::join(&mut transaction, organisation, bond, (team, user), now, now).await?;
    }
    for (number, team) in teams.iter().enumerate().take(ACCESS_GROUPS) {
        let numbers = (0..50).map(|prefix| format!("+{number:02}{prefix:02}*").parse()).collect::<Result<_, _>>()?;
        let group = StoredAccessGroup {
            id: AccessGroupId::make(now, &random(4, number)),
            name: format!("Rules {number:02}"),
            rows: RowRules::from(RowValues { numbers, ..RowValues::default() }),
            columns: Columns::ALL,
            targets: vec![Target::Members(*team)],
            version: 1,
        };
        access_groups::add(&mut transaction, organisation, &group, now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// What makes an id one of its kind.
fn random(kind: u8, number: usize) -> [u8; 10] {
    let mut bytes = [kind; 10];
    bytes[2..].copy_from_slice(&u64::try_from(number).unwrap_or(0).to_be_bytes());
    bytes
}

#[allow(clippy::disallowed_methods)] // a tool of its own, with nobody above it to take the time from
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(0))
}
