//! No statement walks through a table that grows with what people record: every one that the routes cause is asked for
//! its plan, in a vault without statistics.

use crate::house::House;
use crate::walk;
use axum::http::Method;
use serde_json::json;
use soundkeep_app::audit::sequence;
use soundkeep_app::domain::access::Column;
use soundkeep_app::{Vault, identity, jobs, operator, recordings};
use soundkeep_http::ROUTES;
use soundkeep_store::Location;
use soundkeep_testkit::{Backend, backend};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Tables that grow with conversations, listenings or changes.
const LARGE: [&str; 18] = [
    "conversations",
    "conversation_groups",
    "conversation_agents",
    "conversation_tags",
    "notes",
    "search_words",
    "search_terms",
    "recordings",
    "recording_versions",
    "objects",
    "intake_files",
    "listenings",
    "idempotency",
    "jobs",
    "conversation_history",
    "events",
    "ledger_hashes",
    "checkpoints",
];

#[derive(Default, Clone)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut said = Said::default();
            event.record(&mut said);
            let text = if said.statement.trim().is_empty() { said.summary } else { said.statement };
            self.0.lock().unwrap().insert(text.trim().to_owned());
        }
    }
}

#[derive(Default)]
struct Said {
    statement: String,
    summary: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "db.statement" => value.clone_into(&mut self.statement),
            "summary" => value.clone_into(&mut self.summary),
            _ => {}
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// What a plan calls this table in a statement: its alias, or its name.
fn table_of<'name>(statement: &'name str, called: &'name str) -> &'name str {
    let words: Vec<&str> =
        statement.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let named = words
        .windows(3)
        .find(|three| matches!(three[0].to_ascii_uppercase().as_str(), "FROM" | "JOIN") && three[2] == called);
    named.map_or(called, |three| three[1])
}

/// Statements that read many rows because many rows are what they are asked about.
const ASKS_FOR_MANY: [&str; 3] = [
    // How many conversations nobody is known for, by the name that the source gave.
    "AND c.attributed = 0",
    // The smallest of an index: one row.
    "min(t.tag) FROM conversation_tags",
    // That nothing points at an organisation that is only made.
    "coalesce(max(number), 0) + 1",
];

/// Indices of what is open now, and of nothing else.
const OF_WHAT_IS_OPEN: [&str; 2] = ["USING INDEX jobs_waiting", "USING INDEX listenings_open"];

/// Why this step of a plan reads more than it must, if it does.
fn complaint(statement: &str, steps: &[String], step: &str) -> Option<&'static str> {
    let mut words = step.split_whitespace();
    let how = words.next()?;
    let called = words.next()?;
    let for_many = ASKS_FOR_MANY.iter().any(|fragment| statement.contains(fragment));
    if for_many || !LARGE.contains(&table_of(statement, called)) {
        return None;
    }
    if how == "SCAN" && !OF_WHAT_IS_OPEN.iter().any(|index| step.ends_with(index)) {
        return Some("walks through a whole table");
    }
    let only_organisation = step.ends_with("(organisation_id=?)");
    let sorted_after = steps.iter().any(|other| other.contains("TEMP B-TREE FOR ORDER BY"));
    (how == "SEARCH" && only_organisation && (sorted_after || !statement.contains("LIMIT")))
        .then_some("reads all rows of an organisation")
}

#[test]
fn no_statement_walks_through_what_grows() {
    let statements = Statements::default();
    let subscriber = tracing_subscriber::registry().with(statements.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let backend = Backend::sqlite();
    backend::runtime().block_on(async {
        tour(&backend).await;
        let Location::Sqlite(path) = backend.location() else { unreachable!() };
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let mut complaints = String::new();
        let statements = statements.0.lock().unwrap().clone();
        for statement in &statements {
            let verb = statement.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb.as_str()) {
                continue;
            }
            let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
            let steps: Vec<String> =
                plan.fetch_all(&mut connection).await.unwrap().iter().map(|row| row.get("detail")).collect();
            for step in &steps {
                if let Some(complaint) = complaint(statement, &steps, step) {
                    let _ = writeln!(complaints, "{complaint}: {step}\n    {statement}\n");
                }
            }
        }
        connection.close().await.unwrap();
        assert!(statements.len() > 150, "only {} statements were seen", statements.len());
        assert!(complaints.is_empty(), "{complaints}");
    });
}

/// Asks every route, and the lists in every way that they can be asked for.
async fn tour(backend: &Backend) {
    let house = House::new(backend).await;
    let admin = house.organisation("main").await;
    let group = admin.post("/api/v1/groups", &json!({"name": "Sales"})).await.expect(201).json();
    let group = group["id"].as_str().unwrap();
    let limit = json!([{"role": "supervisor", "limit": "groups", "groups": [group]}]);
    let (supervisor, user) = house.user(&admin, "supervisor@main.example", &limit).await;
    let columns: Vec<&str> = Column::ALL.iter().map(|column| column.key()).collect();
    let narrowed = json!({"name": "Narrow", "columns": columns, "targets": [{"kind": "user", "id": user}],
        "rows": {"numbers": ["+4930*"], "tags": ["vip"], "channels": ["voice"], "groups": [group]}});
    let conversations = "/api/v1/conversations";
    let events = "/api/v1/ledger/events";
    let one = house.conversation(&admin, &json!({"tags": ["vip"]})).await.conversation;
    let asked = [
        format!("{conversations}?q=Mey"),
        format!("{conversations}?q=meyer&sort=duration"),
        format!("{conversations}?number=4930"),
        format!("{conversations}?tag=vip"),
        format!("{conversations}?agent={user}"),
        format!("{conversations}?group={group}"),
        format!("{conversations}?from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z"),
        format!("{conversations}/count"),
        format!("{conversations}/count?q=meyer"),
        format!("{events}?object={one}"),
        format!("{events}?actor={user}"),
        format!("/api/v1/conversations/{one}/history"),
        format!("{events}?kind=recording_play"),
        format!("{events}?from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z"),
    ];
    for narrow in [false, true] {
        if narrow {
            let made = admin.ask(Method::POST, "/api/v1/access-groups", &narrowed).await;
            assert!(made.status.is_success(), "{:?}", made.body);
        }
        for path in &asked {
            for client in [&admin, &supervisor] {
                let status = client.get(path).await.status.as_u16();
                assert!(matches!(status, 200 | 403), "{path}: {status}");
            }
        }
    }
    for route in ROUTES.iter().filter(|route| route.path != "/api/v1/session") {
        let case = walk::case(&house, &admin, route).await;
        let clients = match case.owner() {
            // Whose token it renews.
            Some(owner) => vec![owner],
            None => vec![&supervisor, &admin],
        };
        for client in clients {
            case.send_with(route, client, &[]).await;
            if route.weighed {
                case.send_with(route, client, &[("soundkeep-what-if", "true")]).await;
            }
        }
    }
    tend(&house.vault).await;
    // What was heard is closed, and what lies half is found.
    house.clock.turn(3600);
    tend(&house.vault).await;
}

/// What a server does besides answering.
async fn tend(vault: &Vault) {
    operator::sweep(vault).await.unwrap();
    sequence::sequence(vault).await.unwrap();
    sequence::publish(vault, true).await.unwrap();
    recordings::listening::close_silent(vault).await.unwrap();
    recordings::erase::delete_doomed(vault).await.unwrap();
    identity::tend(vault).await.unwrap();
    jobs::work(vault, || true).await.unwrap();
}
