//! SQL behind the store's back: looking at what it wrote, and rows that must count for nothing.

use soundkeep_domain::access::RecordState;
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, OrganisationId};
use soundkeep_store::conversations::{self, NewConversation};
use soundkeep_store::search::{self, Indexed};
use soundkeep_store::{Dialect, Location, Store, organisations};
use soundkeep_testkit::Backend;
use soundkeep_testkit::world::World;
use soundkeep_testkit::world::filing::{self, Places};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// A value of 16 or more bytes in the words of the database.
pub(crate) fn bytes(dialect: Dialect, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match dialect {
        Dialect::Sqlite => format!("x'{hex}'"),
        Dialect::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// Runs statements.
pub(crate) async fn execute(backend: &Backend, text: &str) {
    let statements = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    match backend.location() {
        Location::Sqlite(path) => {
            let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            statements.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            statements.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// The only number that a query gives.
pub(crate) async fn number(backend: &Backend, text: &str) -> i64 {
    let text = AssertSqlSafe(text.to_owned());
    match backend.location() {
        Location::Sqlite(path) => {
            let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            let number = sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            number
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let number = sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            number
        }
    }
}

/// Adds rows that say they belong to one organisation and point at things of another, everywhere where a query that
/// forgets the organisation would meet them.
pub(crate) async fn poison(world: &World, backend: &Backend, store: &Store, places: &Places) {
    let dialect = backend.dialect();
    let mut text = String::new();
    for home in &world.organisations {
        let other = world.organisations.iter().find(|one| one.id != home.id).unwrap();
        let own = bytes(dialect, home.id.as_bytes());
        let foreign = bytes(dialect, other.id.as_bytes());
        let users: Vec<String> = home.users.iter().map(|user| bytes(dialect, user.id.as_bytes())).collect();
        let groups: Vec<String> = home.groups.iter().take(4).map(|group| bytes(dialect, group.as_bytes())).collect();
        for (at, user) in users.iter().enumerate() {
            let mut id = *home.users[at].id.as_bytes();
            id[14] = 0xff;
            let id = bytes(dialect, &id);
            text +=
                &format!("INSERT INTO assignments VALUES ({foreign}, {id}, {user}, 'admin', 'none', NULL, 0, NULL);\n");
            for group in &groups {
                for table in ["group_members", "group_supervisors"] {
                    text += &format!("INSERT INTO {table} VALUES ({foreign}, {user}, {group}, 0, NULL, NULL);\n");
                }
            }
        }
        for assignment in &home.assignments {
            let id = bytes(dialect, assignment.id.as_bytes());
            for group in &groups {
                text += &format!("INSERT INTO assignment_groups VALUES ({foreign}, {id}, {group});\n");
            }
        }
        for role in &home.roles {
            let id = bytes(dialect, role.id.as_bytes());
            for permission in ["conversations.view", "recordings.play", "recordings.delete", "audit.view"] {
                text += &format!("INSERT INTO role_permissions VALUES ({foreign}, {id}, '{permission}', 'all');\n");
            }
        }
        let rows_at = |organisation: &str, ord: i64| {
            let mut text = String::new();
            for user in &users {
                text += &format!(
                    "INSERT INTO conversation_agents VALUES ({organisation}, {user}, {ord}) ON CONFLICT DO NOTHING;\n"
                );
            }
            for group in &groups {
                text += &format!(
                    "INSERT INTO conversation_groups VALUES ({organisation}, {group}, {ord}) ON CONFLICT DO NOTHING;\n"
                );
            }
            for tag in ["vip", "refund", "none"] {
                text += &format!(
                    "INSERT INTO conversation_tags VALUES ({organisation}, '{tag}', {ord}) ON CONFLICT DO NOTHING;\n"
                );
            }
            text
        };
        for conversation in &home.conversations {
            text += &rows_at(&foreign, places[&conversation.id]);
        }
        for conversation in &other.conversations {
            text += &rows_at(&own, places[&conversation.id]);
        }
    }
    execute(backend, &format!("BEGIN;\n{text}COMMIT;")).await;
    foreign_words(world, store).await;
}

/// A third organisation has conversations whose index holds the words, groups and agents of the others.
async fn foreign_words(world: &World, store: &Store) {
    let mut id = *world.organisations[0].id.as_bytes();
    id[4] = 0xff;
    let third = OrganisationId::from_bytes(id);
    let mut transaction = store.begin().await.unwrap();
    organisations::add(&mut transaction, &filing::keyless_organisation(third, world.now)).await.unwrap();
    for home in &world.organisations {
        let mut id = *home.id.as_bytes();
        id[14] = 0xff;
        let new = NewConversation {
            id: ConversationId::from_bytes(id),
            started_at: world.now,
            duration_ms: Some(1000),
            direction: Direction::Inbound,
            channel: Channel::Voice,
            from_number: None,
            to_number: None,
            contact: None,
            agent_label: None,
            source: Source::Import,
            external_id: None,
            tags: Vec::new(),
            agent: None,
            groups: Vec::new(),
            state: RecordState::Ready,
            received_at: world.now,
        };
        let ord = conversations::add(&mut transaction, third, &new).await.unwrap();
        let tokens = conversations::tokens(&mut transaction, home.id).await.unwrap();
        let indexed = Indexed {
            numbers: vec!["+49 30 1234567", "201", "+49301239999"],
            contact: Some("Anna Annabel Berg Jürgen Müller refund vip Ärger Иван ida's 24 201"),
            agent_names: Vec::new(),
            tags: vec!["vip", "refund", "Ärger"],
            agents: home.users.iter().map(|user| user.id).collect(),
            groups: home.groups.clone(),
        };
        search::index_metadata(&mut transaction, third, &tokens, ord, &indexed).await.unwrap();
    }
    transaction.commit().await.unwrap();
}
