//! Fills the vault of a stopped demo with any number of metadata rows, for benchmarks.
//!
//! `soundkeep-fill DATA_DIR ROWS [POSTGRES_URL]` makes 500 groups, 2,000 agents and that many conversations,
//! and prints a JSON object with an API key of a supervisor of three groups and one of the administrator.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use soundkeep_app::access::weigh::Intent;
use soundkeep_app::identity::{self, Bond, Invitation, KeyRights, NewApiKey, NewAssignment, Redeem, Visitor};
use soundkeep_app::{Caller, MediaWorker, Parts, Vault, operator};
use soundkeep_blobs::DiskBlobs;
use soundkeep_crypto::SystemEntropy;
use soundkeep_crypto::keys::FileRootKey;
use soundkeep_domain::access::{BuiltInRole, Limit, RoleKey};
use soundkeep_domain::time::Clock;
use soundkeep_domain::{GroupId, Timestamp, UserId};
use soundkeep_store::{Location, Store, bulk};
use soundkeep_testkit::statistics::Statistics;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const GROUPS: usize = 500;
const AGENTS: usize = 2000;
/// Rows of a commit: so many that pages of the indices aren't written for each row, and no more, because SQLite walks
/// through all that a transaction changed at the end of each statement.
const BATCH: u64 = 5000;
/// Rows of a call.
const CHUNK: u64 = 2500;
const SPAN_SECONDS: i64 = 2 * 365 * 86_400;

struct MachineClock;

impl Clock for MachineClock {
    #[allow(clippy::disallowed_methods)] // a tool of its own, with nobody above it to take the time from
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(0))
    }
}

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, rows, database @ ..] = arguments.as_slice() else {
        return Err("usage: soundkeep-fill DATA_DIR ROWS [POSTGRES_URL]".into());
    };
    let (folder, rows): (PathBuf, u64) = (folder.into(), rows.parse()?);
    let location = match database.first() {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(folder.join("soundkeep.db")),
    };
    let store = Store::open(&location).await?;
    let parts = Parts {
        store: store.clone(),
        blobs: Arc::new(DiskBlobs::open(&folder.join("objects"))?),
        root_key: Arc::new(FileRootKey::open(&folder.join("root.key"))?.0),
        clock: Arc::new(MachineClock),
        entropy: Arc::new(SystemEntropy::new()),
        media_worker: MediaWorker::InProcess,
        checkpoints: None,
        reserve_bytes: 0,
        breached_passwords: None,
        outbound: soundkeep_testkit::outbound(),
        node: "fill".to_owned(),
    };
    let vault = Vault::open(parts).await?;
    let organisation = operator::all_organisations(&vault).await?.first().ok_or("no organisation")?.id;
    let (_, admin_id) = operator::user_by_email(&vault, Some(organisation), "ines.albrecht@example.org").await?;
    let link = identity::demo_link(&vault, organisation, admin_id).await?;
    let visitor = Visitor::default();
    let token = identity::redeem_link(&vault, &link.token, Redeem::default(), &visitor).await?.signed_in()?.token;
    // Nobody is there to confirm anything.
    let fresh = async || -> soundkeep_app::Result<Caller> {
        Ok(identity::check(&vault, &token, None).await?.wanting(Intent::Decided))
    };
    let groups = make_groups(&vault, &fresh().await?).await?;
    let (agents, names) = make_agents(&vault, &fresh().await?, &groups).await?;
    let scoped = make_supervisor(&vault, &fresh().await?, &groups, &visitor).await?;
    let scoped_key = make_key(&vault, &fresh().await?, "bench supervisor", scoped).await?;
    let admin_key = make_key(&vault, &fresh().await?, "bench administrator", admin_id).await?;
    let now = vault.now();
    let mut statistics = Statistics::new(7, agents, now.plus_seconds(-SPAN_SECONDS), now.plus_seconds(-3600), rows);
    let mut made = 0;
    while made < rows {
        let mut transaction = bulk::begin(&store).await?;
        let until = rows.min(made + BATCH);
        while made < until {
            let count = CHUNK.min(until - made);
            let batch: Vec<_> = (0..count).map(|_| statistics.next_row()).collect();
            bulk::add_at(&mut transaction, organisation, &batch, &names).await?;
            made += count;
        }
        transaction.commit().await?;
        if made % 200_000 == 0 {
            eprintln!("{made} of {rows}");
        }
    }
    println!("{{\"supervisor_key\":\"{scoped_key}\",\"admin_key\":\"{admin_key}\",\"rows\":{rows}}}");
    Ok(())
}

async fn make_groups(vault: &Vault, admin: &Caller) -> Outcome<Vec<GroupId>> {
    let mut groups = Vec::with_capacity(GROUPS);
    for number in 0..GROUPS {
        groups.push(identity::create_group(vault, admin, &format!("Team {number:03}")).await?.id);
    }
    Ok(groups)
}

type Agents = (Vec<(UserId, Vec<GroupId>)>, HashMap<UserId, String>);

async fn make_agents(vault: &Vault, admin: &Caller, groups: &[GroupId]) -> Outcome<Agents> {
    let (mut agents, mut names) = (Vec::new(), HashMap::new());
    for number in 0..AGENTS {
        let name = format!("Agent {number:04}");
        let role = NewAssignment { role: RoleKey::BuiltIn(BuiltInRole::Agent), limit: Limit::None, until: None };
        let email = format!("agent{number:04}@example.org");
        let invitation = Invitation { email, name: name.clone(), assignments: vec![role] };
        let user = identity::invite(vault, admin, &invitation).await?.user.id;
        let group = groups[number % groups.len()];
        identity::join_group(vault, admin, Bond::Member, (group, user), None).await?;
        agents.push((user, vec![group]));
        names.insert(user, name);
    }
    Ok((agents, names))
}

async fn make_supervisor(vault: &Vault, admin: &Caller, groups: &[GroupId], visitor: &Visitor) -> Outcome<UserId> {
    let limit = Limit::Named(vec![groups[3], groups[170], groups[411]]);
    let role = NewAssignment { role: RoleKey::BuiltIn(BuiltInRole::Supervisor), limit, until: None };
    let (email, name) = ("bench.supervisor@example.org".to_owned(), "Bench Supervisor".to_owned());
    let invitation = Invitation { email, name: name.clone(), assignments: vec![role] };
    let invited = identity::invite(vault, admin, &invitation).await?;
    let password = Some("a long phrase of a benchmark 4711".to_owned());
    let said = Redeem { name: Some(name), password, ..Redeem::default() };
    identity::redeem_link(vault, &invited.link.token, said, visitor).await?;
    Ok(invited.user.id)
}

async fn make_key(vault: &Vault, admin: &Caller, name: &str, user: UserId) -> Outcome<String> {
    let new = NewApiKey {
        name: name.to_owned(),
        rights: KeyRights::User(user),
        scopes: None,
        networks: Vec::new(),
        expires_in_days: Some(30),
        never_expires: false,
    };
    Ok(identity::create_api_key(vault, admin, &new).await?.key)
}
