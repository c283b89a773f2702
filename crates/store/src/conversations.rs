//! Conversations in rows: adding, stamping, listing by scope, counting, changing.
//!
//! A list takes the scope that the same decision made as guards single conversations; the scope becomes
//! an indexed condition here and nowhere else. Knows nothing of sound or keys.

pub mod attribution;
mod list;
pub mod names;
mod notes;
pub mod past;

pub use list::{COUNT_EXACT_MAX, Cursor, Filter, Sort, SortBy, count, list};
pub use notes::{Note, add_note, delete_note, index_notes, notes, notes_count, notes_for_edit};

use crate::access::{self, record_state};
use crate::counts::{self, Class, Member};
use crate::database::{Queries, Row, Sql, sql};
use crate::search::{self, Indexed, Tokens};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{
    Column, Columns, Numbers, PermissionKind, Permit, RecordState, ThingFacts, Traits, marks, number_digits,
};
use soundkeep_domain::conversations::{Channel, Direction, Source, masked};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, RecordingId, Timestamp, UserId};
use std::collections::HashMap;

/// Slots per microsecond in the order of all conversations.
const SLOTS: i64 = 1024;
/// The latest start that the order of conversations can hold (the year 2255).
pub const STARTED_AT_MAX: Timestamp = Timestamp::from_unix_micros(i64::MAX / SLOTS - 1);

/// A conversation that comes in.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// Its id.
    pub id: ConversationId,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it was, when that is known already; in milliseconds.
    pub duration_ms: Option<i64>,
    /// Which way it went.
    pub direction: Direction,
    /// By what means.
    pub channel: Channel,
    /// The number that called.
    pub from_number: Option<String>,
    /// The number that was called.
    pub to_number: Option<String>,
    /// Who was on the other side.
    pub contact: Option<String>,
    /// The agent id that the source named.
    pub agent_label: Option<String>,
    /// How it came in.
    pub source: Source,
    /// The id that the source gave it.
    pub external_id: Option<String>,
    /// Tags, without doubles.
    pub tags: Vec<String>,
    /// The user whose agent id it was, if there is one.
    pub agent: Option<UserId>,
    /// That agent's groups at the start: the stamp.
    pub groups: Vec<GroupId>,
    /// The state of its recording.
    pub state: RecordState,
    /// When it came in.
    pub received_at: Timestamp,
}

impl NewConversation {
    /// Where it is counted.
    pub(crate) fn member(&self) -> Member {
        let class = Class::new(self.channel, self.direction, self.source, self.state, self.groups.iter().copied());
        Member::new(class, self.started_at, self.agent.as_slice())
    }
}

/// A conversation as lists and pages show it, with the facts that decisions about it need. What the access groups of
/// whoever asks hide isn't in it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// What decisions need. Nothing of it is for showing.
    pub facts: ThingFacts,
    /// The columns that are in it.
    pub columns: Columns,
    /// Its place in the order of all conversations.
    pub ord: i64,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// How long it was, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// By what means.
    pub channel: Option<Channel>,
    /// The state of its recording.
    pub state: Option<RecordState>,
    /// The number that called.
    pub from_number: Option<String>,
    /// The number that was called.
    pub to_number: Option<String>,
    /// Who was on the other side.
    pub contact: Option<String>,
    /// The agent id that the source named.
    pub agent_label: Option<String>,
    /// How it came in.
    pub source: Option<Source>,
    /// The id that the source gave it.
    pub external_id: Option<String>,
    /// When it came in.
    pub received_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: i64,
    /// The agents, with their names.
    pub agents: Vec<(UserId, String)>,
    /// The stamp, with names.
    pub groups: Vec<(GroupId, String)>,
    /// Tags in alphabetical order.
    pub tags: Vec<String>,
}

impl Conversation {
    /// Takes out what isn't left.
    fn keep(&mut self, columns: Columns) {
        fn take<T: Default>(columns: Columns, column: Column, value: &mut T) {
            if !columns.has(column) {
                *value = T::default();
            }
        }
        self.columns = columns;
        take(columns, Column::Started, &mut self.started_at);
        take(columns, Column::Duration, &mut self.duration_ms);
        take(columns, Column::Direction, &mut self.direction);
        take(columns, Column::Channel, &mut self.channel);
        take(columns, Column::Status, &mut self.state);
        take(columns, Column::Contact, &mut self.contact);
        take(columns, Column::Agents, &mut self.agents);
        take(columns, Column::Agents, &mut self.agent_label);
        take(columns, Column::Groups, &mut self.groups);
        take(columns, Column::Tags, &mut self.tags);
        take(columns, Column::Source, &mut self.source);
        take(columns, Column::ExternalId, &mut self.external_id);
        take(columns, Column::Received, &mut self.received_at);
        for number in [&mut self.from_number, &mut self.to_number] {
            match columns.numbers() {
                Numbers::Whole => {}
                Numbers::Masked => *number = number.as_deref().map(masked),
                Numbers::Hidden => *number = None,
            }
        }
    }
}

/// The number of an organisation, which its search tokens begin with.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation.
pub async fn tokens(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Tokens> {
    let number = queries.scalar(sql!("SELECT number FROM organisations WHERE id = $1", organisation)).await?;
    Ok(Tokens::of(number.ok_or(Error::NotFound)?))
}

/// The user whose agent id this was at that time, if it was anybody's.
///
/// # Errors
/// When the database is away.
pub async fn attribute(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    agent_id: &str,
    at: Timestamp,
) -> Result<Option<UserId>> {
    queries
        .scalar(sql!(
            "SELECT user_id FROM agent_ids WHERE organisation_id = $1 AND value = $2
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $3) ORDER BY from_at DESC LIMIT 1",
            organisation,
            agent_id,
            at
        ))
        .await
}

/// The groups that a user was a member of at that time: the stamp of a conversation.
///
/// # Errors
/// When the database is away.
pub async fn stamp(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    at: Timestamp,
) -> Result<Vec<GroupId>> {
    let rows = queries
        .rows(sql!(
            "SELECT DISTINCT group_id FROM group_members WHERE organisation_id = $1 AND user_id = $2
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)",
            organisation,
            user,
            at
        ))
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Adds a conversation with its stamp, tags and index words, and says its place in the order.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewConversation) -> Result<i64> {
    let ord = claim_place(transaction, organisation, new).await?;
    set_agents(transaction, organisation, ord, new.agent.as_slice(), &new.groups).await?;
    set_tags(transaction, organisation, ord, &new.tags).await?;
    counts::enter(transaction, organisation, &new.member());
    reindex(transaction, organisation, new.id).await?;
    Ok(ord)
}

async fn claim_place(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    new: &NewConversation,
) -> Result<i64> {
    let start = new.started_at.min(STARTED_AT_MAX).as_unix_micros() * SLOTS;
    let [.., high, low] = *new.id.as_bytes();
    let mut ord = start + i64::from(u16::from_be_bytes([high, low])) % SLOTS;
    loop {
        let inserted = transaction
            .execute(sql!(
                "INSERT INTO conversations (ord, organisation_id, id, started_at, duration_ms, direction, channel,
                 from_number, to_number, contact, agent_label, source, external_id, record_state, attributed,
                 received_at, version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1)
                 ON CONFLICT (ord) DO NOTHING",
                ord,
                organisation,
                new.id,
                new.started_at,
                new.duration_ms,
                new.direction.word(),
                new.channel.word(),
                new.from_number.clone(),
                new.to_number.clone(),
                new.contact.clone(),
                new.agent_label.clone(),
                new.source.word(),
                new.external_id.clone(),
                new.state.word(),
                new.agent.is_some(),
                new.received_at
            ))
            .await?;
        if inserted > 0 {
            return Ok(ord);
        }
        ord += 1;
    }
}

async fn set_agents(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    ord: i64,
    agents: &[UserId],
    groups: &[GroupId],
) -> Result<()> {
    for table in ["conversation_agents", "conversation_groups"] {
        let delete = format!("DELETE FROM {table} WHERE organisation_id = $1 AND ord = $2");
        transaction.execute(sql!(&delete, organisation, ord)).await?;
    }
    for agent in agents {
        let insert = "INSERT INTO conversation_agents (organisation_id, user_id, ord) VALUES ($1, $2, $3)";
        transaction.execute(sql!(insert, organisation, *agent, ord)).await?;
    }
    for group in groups {
        let insert = "INSERT INTO conversation_groups (organisation_id, group_id, ord) VALUES ($1, $2, $3)";
        transaction.execute(sql!(insert, organisation, *group, ord)).await?;
    }
    Ok(())
}

async fn set_tags(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    ord: i64,
    tags: &[String],
) -> Result<()> {
    let delete = "DELETE FROM conversation_tags WHERE organisation_id = $1 AND ord = $2";
    transaction.execute(sql!(delete, organisation, ord)).await?;
    for tag in tags {
        let insert = "INSERT INTO conversation_tags (organisation_id, tag, ord) VALUES ($1, $2, $3)
                      ON CONFLICT DO NOTHING";
        transaction.execute(sql!(insert, organisation, tag, ord)).await?;
    }
    Ok(())
}

/// Writes the metadata part of the search index from the rows as they are now.
async fn reindex(transaction: &mut Transaction, organisation: OrganisationId, id: ConversationId) -> Result<()> {
    let conversation = get(transaction, organisation, id, Columns::ALL).await?;
    let tokens = tokens(transaction, organisation).await?;
    let names = conversation.agents.iter().map(|(_, name)| name.as_str());
    let indexed = Indexed {
        numbers: conversation.from_number.iter().chain(&conversation.to_number).map(String::as_str).collect(),
        contact: conversation.contact.as_deref(),
        agent_names: names.chain(conversation.agent_label.as_deref()).collect(),
        tags: conversation.tags.iter().map(String::as_str).collect(),
        agents: conversation.facts.agents().to_vec(),
        groups: conversation.facts.groups().to_vec(),
    };
    search::index_metadata(transaction, organisation, &tokens, conversation.ord, &indexed).await
}

const COLUMNS: &str = "c.ord, c.id, c.started_at, c.duration_ms, c.direction, c.channel, c.from_number, c.to_number,
     c.contact, c.agent_label, c.source, c.external_id, c.record_state, c.recording_id, c.received_at, c.version";

/// One conversation with everything that its page shows; not yet permitted to anybody.
pub(crate) async fn get(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: ConversationId,
    columns: Columns,
) -> Result<Conversation> {
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM conversations c WHERE c.organisation_id = ").bind(organisation);
    query.push(" AND c.id = ").bind(id);
    let rows = queries.rows(query).await?;
    complete(queries, organisation, rows, 0, columns).await?.into_iter().next().ok_or(Error::NotFound)
}

/// One conversation, for whom the decision permits to see it.
///
/// # Errors
/// [`Error::NotFound`] when it is gone.
pub async fn view(queries: &mut impl Queries, permit: &Permit<marks::ConversationsView>) -> Result<Conversation> {
    get(queries, permit.organisation(), permit.conversation(), permit.columns()).await
}

/// Adds agents, groups, tags and facts to rows of [`COLUMNS`].
#[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
async fn complete(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    rows: Vec<Row>,
    epoch: i64,
    kept: Columns,
) -> Result<Vec<Conversation>> {
    let ords: Vec<i64> = rows.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
    let agents = with_names(queries, organisation, &ords, "conversation_agents", "user_id", "users").await?;
    let groups = with_names(queries, organisation, &ords, "conversation_groups", "group_id", "groups").await?;
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    if !ords.is_empty() {
        let mut query = Sql::new("SELECT ord, tag FROM conversation_tags WHERE organisation_id = ");
        query.bind(organisation).push(" AND ord IN (").bind_all(ords.iter().copied()).push(")");
        for row in queries.rows(query).await? {
            tags.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        // Asked for in order, SQLite would walk through all tags of the organisation.
        tags.values_mut().for_each(|tags| tags.sort_unstable());
    }
    let mut conversations = Vec::with_capacity(rows.len());
    for row in rows {
        let mut columns = row.columns();
        let (ord, id): (i64, ConversationId) = (columns.next()?, columns.next()?);
        let (started_at, duration_ms): (Timestamp, _) = (columns.next()?, columns.next()?);
        let direction = Direction::from_word(&columns.next::<String>()?);
        let channel = Channel::from_word(&columns.next::<String>()?);
        let (from_number, to_number): (Option<String>, Option<String>) = (columns.next()?, columns.next()?);
        let (contact, agent_label) = (columns.next()?, columns.next()?);
        let source = Source::from_word(&columns.next::<String>()?);
        let external_id = columns.next()?;
        let state = record_state(&columns.next::<String>()?)?;
        let recording: Option<RecordingId> = columns.next()?;
        let agents: Vec<(UserId, String)> = named(agents.get(&ord), UserId::from_slice)?;
        let groups: Vec<(GroupId, String)> = named(groups.get(&ord), GroupId::from_slice)?;
        let unknown = || Error::Corrupt("an unknown word in a conversation");
        let (direction, channel) = (direction.ok_or_else(unknown)?, channel.ok_or_else(unknown)?);
        let source = source.ok_or_else(unknown)?;
        let tags = tags.remove(&ord).unwrap_or_default();
        let traits = Traits {
            started_at,
            channel,
            direction,
            source,
            numbers: from_number.iter().chain(&to_number).map(|number| number_digits(number)).collect(),
            tags: tags.clone(),
        };
        let mut conversation = Conversation {
            columns: Columns::ALL,
            facts: ThingFacts::witnessed(
                organisation,
                id,
                recording.map(|recording| (recording, 0)),
                agents.iter().map(|(id, _)| *id).collect(),
                groups.iter().map(|(id, _)| *id).collect(),
                state,
                traits,
                epoch,
            ),
            ord,
            started_at: Some(started_at),
            duration_ms,
            direction: Some(direction),
            channel: Some(channel),
            state: Some(state),
            from_number,
            to_number,
            contact,
            agent_label,
            source: Some(source),
            external_id,
            received_at: Some(columns.next()?),
            version: columns.next()?,
            agents,
            groups,
            tags,
        };
        conversation.keep(kept);
        conversations.push(conversation);
    }
    Ok(conversations)
}

type Named = HashMap<i64, Vec<(Vec<u8>, String)>>;

async fn with_names(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    ords: &[i64],
    table: &str,
    column: &str,
    names: &str,
) -> Result<Named> {
    let mut found: Named = HashMap::new();
    if ords.is_empty() {
        return Ok(found);
    }
    let mut query = Sql::new(&format!(
        "SELECT x.ord, x.{column}, n.name FROM {table} x
         LEFT JOIN {names} n ON n.organisation_id = x.organisation_id AND n.id = x.{column} WHERE x.organisation_id = "
    ));
    query.bind(organisation).push(" AND x.ord IN (").bind_all(ords.iter().copied()).push(") ORDER BY n.name");
    for row in queries.rows(query).await? {
        let name: Option<String> = row.get(2)?;
        found.entry(row.get(0)?).or_default().push((row.get(1)?, name.unwrap_or_default()));
    }
    Ok(found)
}

fn named<Id, E>(
    found: Option<&Vec<(Vec<u8>, String)>>,
    parse: impl Fn(&[u8]) -> std::result::Result<Id, E>,
) -> Result<Vec<(Id, String)>> {
    let id = |bytes: &[u8]| parse(bytes).map_err(|_| Error::Corrupt("an id isn't 16 bytes long"));
    found.into_iter().flatten().map(|(bytes, name)| Ok((id(bytes)?, name.clone()))).collect()
}

/// What is changed of a conversation; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// All tags anew.
    pub tags: Option<Vec<String>>,
    /// The contact, or none.
    pub contact: Option<Option<String>>,
    /// The agent anew, with the stamp at the conversation's start.
    pub agent: Option<(Option<UserId>, Vec<GroupId>)>,
}

/// Changes a conversation that stands at this version. Another agent changes who reaches it, so that whatever was
/// decided before is out of date.
///
/// # Errors
/// [`Error::Conflict`] when it doesn't, [`Error::StalePermit`] when rights changed since the decision.
pub async fn change(
    transaction: &mut Transaction,
    permit: &Permit<marks::ConversationsEdit>,
    version: i64,
    change: &Change,
    now: Timestamp,
) -> Result<()> {
    let (organisation, id) = (permit.organisation(), permit.conversation());
    match change.agent {
        None => hold(transaction, permit).await?,
        Some(_) => hold_alone(transaction, permit).await?,
    }
    let ord: i64 = transaction
        .scalar(sql!(
            "UPDATE conversations SET version = version + 1 WHERE organisation_id = $1 AND id = $2 AND version = $3
             RETURNING ord",
            organisation,
            id,
            version
        ))
        .await?
        .ok_or(Error::Conflict("the conversation was changed in between"))?;
    if change.tags.is_some() || change.agent.is_some() {
        past::keep(transaction, organisation, id, now).await?;
    }
    if let Some(contact) = &change.contact {
        let update = "UPDATE conversations SET contact = $3 WHERE organisation_id = $1 AND ord = $2";
        transaction.execute(sql!(update, organisation, ord, contact.clone())).await?;
    }
    if let Some(tags) = &change.tags {
        set_tags(transaction, organisation, ord, tags).await?;
    }
    if let Some((agent, groups)) = &change.agent {
        counts::take_out(transaction, organisation, ord).await?;
        set_agents(transaction, organisation, ord, agent.as_slice(), groups).await?;
        counts::take_in(transaction, organisation, ord).await?;
        let update = "UPDATE conversations SET attributed = $3 WHERE organisation_id = $1 AND ord = $2";
        transaction.execute(sql!(update, organisation, ord, agent.is_some())).await?;
        access::advance_policy_epoch(transaction, organisation).await?;
    }
    reindex(transaction, organisation, id).await
}

/// Refuses a permit that was decided under other rights than those in force now; a moment later they may be others.
pub(crate) async fn recheck<P: PermissionKind>(queries: &mut impl Queries, permit: &Permit<P>) -> Result<()> {
    in_force(permit, access::policy_epoch(queries, permit.organisation()).await?)
}

/// Refuses a permit that was decided under other rights than those in force, which stay in force until the commit.
pub(crate) async fn hold<P: PermissionKind>(transaction: &mut Transaction, permit: &Permit<P>) -> Result<()> {
    in_force(permit, access::hold_policy(transaction, permit.organisation()).await?)
}

/// As [`hold`], for what changes who reaches what: nobody acts on a decision until the commit.
pub(crate) async fn hold_alone<P: PermissionKind>(transaction: &mut Transaction, permit: &Permit<P>) -> Result<()> {
    in_force(permit, access::lock_policy(transaction, permit.organisation()).await?)
}

/// Whether a permit was decided under the rights of this epoch.
pub(crate) fn in_force<P: PermissionKind>(permit: &Permit<P>, epoch: i64) -> Result<()> {
    if epoch == permit.policy_epoch() { Ok(()) } else { Err(Error::StalePermit) }
}

/// Every tag in use, in alphabetical order, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn tags(queries: &mut impl Queries, organisation: OrganisationId, limit: u32) -> Result<Vec<String>> {
    // One index seek per tag instead of a walk over every row that has one.
    let query = sql!(
        "WITH RECURSIVE each_tag (tag, place) AS (
           SELECT (SELECT min(t.tag) FROM conversation_tags t WHERE t.organisation_id = $1), 1
           UNION ALL
           SELECT (SELECT min(t.tag) FROM conversation_tags t WHERE t.organisation_id = $1 AND t.tag > each_tag.tag),
                  each_tag.place + 1
           FROM each_tag WHERE each_tag.tag IS NOT NULL AND each_tag.place < $2
         ) SELECT tag FROM each_tag WHERE tag IS NOT NULL",
        organisation,
        limit
    );
    queries.rows(query).await?.iter().map(|row| row.get(0)).collect()
}
