//! How many conversations there are of each class and day, kept with every change of them.
//!
//! A class is what a decision about a conversation depends on, but for its time, its agents, numbers and tags. So what
//! a change of rights makes in millions of conversations is decided once per class and not once per conversation.
//! A transaction gathers what it changes and writes it before its commit, in one order for all. Decides nothing.

use crate::access::record_state;
use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use sha2::{Digest, Sha256};
use soundkeep_domain::access::{RecordState, ThingFacts, Traits};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// Rows per statement.
const ROWS: usize = 200;

/// What a decision depends on of a conversation, but for its time, agents, numbers and tags.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class {
    channel: Channel,
    direction: Direction,
    source: Source,
    state: RecordState,
    groups: Vec<GroupId>,
}

impl Class {
    pub(crate) fn new(
        channel: Channel,
        direction: Direction,
        source: Source,
        state: RecordState,
        groups: impl IntoIterator<Item = GroupId>,
    ) -> Self {
        let groups: BTreeSet<GroupId> = groups.into_iter().collect();
        Self { channel, direction, source, state, groups: groups.into_iter().collect() }
    }

    /// The class that a conversation of these facts belongs to.
    #[must_use]
    pub fn of(thing: &ThingFacts) -> Self {
        let traits = thing.traits();
        let groups = thing.groups().iter().copied();
        Self::new(traits.channel, traits.direction, traits.source, thing.state(), groups)
    }

    fn text(&self) -> String {
        let mut words = [self.channel.word(), self.direction.word(), self.source.word(), self.state.word()].join(" ");
        for group in &self.groups {
            words.push(' ');
            words.push_str(&group.to_string());
        }
        words
    }

    fn parse(text: &str) -> Result<Self> {
        const BAD: Error = Error::Corrupt("a class of conversations that is none");
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(BAD);
        let channel = Channel::from_word(word()?).ok_or(BAD)?;
        let direction = Direction::from_word(word()?).ok_or(BAD)?;
        let source = Source::from_word(word()?).ok_or(BAD)?;
        let state = record_state(word()?)?;
        let groups: Vec<GroupId> = words.map(|word| word.parse().map_err(|_| BAD)).collect::<Result<_>>()?;
        Ok(Self::new(channel, direction, source, state, groups))
    }

    /// The facts of a conversation of this class.
    #[allow(clippy::disallowed_methods)] // what is counted here is witnessed here
    fn thing(&self, organisation: OrganisationId, started_at: Timestamp, agents: Vec<UserId>) -> ThingFacts {
        let traits = Traits {
            started_at,
            channel: self.channel,
            direction: self.direction,
            source: self.source,
            numbers: Vec::new(),
            tags: Vec::new(),
        };
        let id = ConversationId::from_bytes([0; 16]);
        ThingFacts::witnessed(organisation, id, None, agents, self.groups.clone(), self.state, traits, 0)
    }
}

/// Days since 1970, UTC.
const fn day_of(at: Timestamp) -> i64 {
    at.as_unix_micros().div_euclid(DAY_MICROS)
}

/// What a transaction changes of the counts, in the order in which it is written.
#[derive(Default)]
pub(crate) struct Deltas {
    classes: BTreeMap<(OrganisationId, i64), String>,
    by_day: BTreeMap<(OrganisationId, i64, i64), i64>,
    by_agent: BTreeMap<(OrganisationId, UserId, i64), i64>,
}

impl Deltas {
    fn add(&mut self, organisation: OrganisationId, member: &Member, sign: i64) {
        let text = member.class.text();
        // The first 64 bits of the hash of its text are its short name.
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(&text));
        let class = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
        self.classes.insert((organisation, class), text);
        *self.by_day.entry((organisation, class, member.day)).or_default() += sign;
        for agent in &member.agents {
            *self.by_agent.entry((organisation, *agent, class)).or_default() += sign;
        }
    }
}

/// Where a conversation is counted.
pub(crate) struct Member {
    class: Class,
    day: i64,
    agents: Vec<UserId>,
}

impl Member {
    pub(crate) fn new(class: Class, started_at: Timestamp, agents: &[UserId]) -> Self {
        Self { class, day: day_of(started_at), agents: agents.to_vec() }
    }
}

/// Counts a conversation that is new.
pub(crate) fn enter(transaction: &mut Transaction, organisation: OrganisationId, member: &Member) {
    transaction.counts().add(organisation, member, 1);
}

/// Where the conversation at a place is counted as it stands.
async fn member(queries: &mut impl Queries, organisation: OrganisationId, ord: i64) -> Result<Member> {
    let rows = queries
        .rows(sql!(
            "SELECT c.channel, c.direction, c.source, c.record_state, c.started_at, g.group_id, a.user_id
             FROM conversations c
             LEFT JOIN conversation_groups g ON g.organisation_id = c.organisation_id AND g.ord = c.ord
             LEFT JOIN conversation_agents a ON a.organisation_id = c.organisation_id AND a.ord = c.ord
             WHERE c.organisation_id = $1 AND c.ord = $2",
            organisation,
            ord
        ))
        .await?;
    let first = rows.first().ok_or(Error::NotFound)?;
    let started_at: Timestamp = first.get(4)?;
    let (mut groups, mut agents) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        groups.extend(row.get::<Option<GroupId>>(5)?);
        agents.extend(row.get::<Option<UserId>>(6)?);
    }
    let agents: Vec<UserId> = agents.into_iter().collect();
    Ok(Member::new(class_of(first, groups)?, started_at, &agents))
}

fn class_of(row: &Row, groups: BTreeSet<GroupId>) -> Result<Class> {
    let unknown = || Error::Corrupt("an unknown word in a conversation");
    Ok(Class::new(
        Channel::from_word(&row.get::<String>(0)?).ok_or_else(unknown)?,
        Direction::from_word(&row.get::<String>(1)?).ok_or_else(unknown)?,
        Source::from_word(&row.get::<String>(2)?).ok_or_else(unknown)?,
        record_state(&row.get::<String>(3)?)?,
        groups,
    ))
}

/// Counts no more what the conversation at a place is. Call it before a change and [`take_in`] after it.
///
/// # Errors
/// When the database is away.
pub(crate) async fn take_out(transaction: &mut Transaction, organisation: OrganisationId, ord: i64) -> Result<()> {
    let member = member(transaction, organisation, ord).await?;
    transaction.counts().add(organisation, &member, -1);
    Ok(())
}

/// Counts the conversation at a place as it now stands.
///
/// # Errors
/// When the database is away.
pub(crate) async fn take_in(transaction: &mut Transaction, organisation: OrganisationId, ord: i64) -> Result<()> {
    let member = member(transaction, organisation, ord).await?;
    transaction.counts().add(organisation, &member, 1);
    Ok(())
}

/// Counts a conversation at the record state that it is about to have, when nothing else of it changes.
///
/// # Errors
/// [`Error::NotFound`] when there is none at this place.
pub(crate) async fn change_state(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    ord: i64,
    state: RecordState,
) -> Result<()> {
    let mut member = member(transaction, organisation, ord).await?;
    transaction.counts().add(organisation, &member, -1);
    member.class.state = state;
    transaction.counts().add(organisation, &member, 1);
    Ok(())
}

/// Writes what a transaction changed: always in the same order, so that nobody waits in a ring.
pub(crate) async fn write(transaction: &mut Transaction) -> Result<()> {
    let Deltas { classes, mut by_day, mut by_agent } = std::mem::take(transaction.counts());
    by_day.retain(|_, change| *change != 0);
    by_agent.retain(|_, change| *change != 0);
    if by_day.is_empty() && by_agent.is_empty() {
        return Ok(());
    }
    let head = "INSERT INTO conversation_classes (organisation_id, id, class) VALUES ";
    add_rows(transaction, classes, (head, " ON CONFLICT DO NOTHING"), |insert, ((owner, id), text)| {
        insert.bind(owner).push(", ").bind(id).push(", ").bind(text);
    })
    .await?;
    let head = "INSERT INTO conversation_counts (organisation_id, class_id, day, conversations) VALUES ";
    let tail = " ON CONFLICT (organisation_id, class_id, day)
         DO UPDATE SET conversations = conversation_counts.conversations + excluded.conversations";
    add_rows(transaction, by_day, (head, tail), |insert, ((owner, class, day), change)| {
        insert.bind(owner).push(", ").bind(class).push(", ").bind(day).push(", ").bind(change);
    })
    .await?;
    let head = "INSERT INTO agent_counts (organisation_id, user_id, class_id, conversations) VALUES ";
    let tail = " ON CONFLICT (organisation_id, user_id, class_id)
         DO UPDATE SET conversations = agent_counts.conversations + excluded.conversations";
    add_rows(transaction, by_agent, (head, tail), |insert, ((owner, agent, class), change)| {
        insert.bind(owner).push(", ").bind(agent).push(", ").bind(class).push(", ").bind(change);
    })
    .await
}

async fn add_rows<T>(
    transaction: &mut Transaction,
    rows: impl IntoIterator<Item = T>,
    (head, tail): (&str, &str),
    values: impl Fn(&mut Sql, T),
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert = Sql::new(head);
        for (at, row) in rows.by_ref().take(ROWS).enumerate() {
            insert.push(if at == 0 { "(" } else { ", (" });
            values(&mut insert, row);
            insert.push(")");
        }
        insert.push(tail);
        transaction.execute(insert).await?;
    }
    Ok(())
}

/// So many conversations that a decision can't tell apart.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The facts of each; its agents, numbers and tags are left out.
    pub thing: ThingFacts,
    /// How many.
    pub conversations: i64,
}

/// So many conversations of one agent.
#[derive(Debug, Clone)]
pub struct OwnCounted {
    /// The facts of each, with the agent.
    pub own: ThingFacts,
    /// The same as somebody else's.
    pub another: ThingFacts,
    /// How many.
    pub conversations: i64,
}

/// The conversations of an organisation, by class.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// All of them.
    pub classes: Vec<Counted>,
    /// Those of which a user is an agent, each counted above as well.
    pub of_agents: HashMap<UserId, Vec<OwnCounted>>,
}

/// Counts conversations by class, and by day too when a decision depends on when they began. Those of agents aren't
/// told apart by day.
///
/// # Errors
/// When the database is away.
pub async fn load(queries: &mut impl Queries, organisation: OrganisationId, by_day: bool) -> Result<Counts> {
    let mut classes: HashMap<i64, Class> = HashMap::new();
    let query = "SELECT id, class FROM conversation_classes WHERE organisation_id = $1";
    for row in queries.rows(sql!(query, organisation)).await? {
        classes.insert(row.get(0)?, Class::parse(&row.get::<String>(1)?)?);
    }
    let class = |id: i64| classes.get(&id).ok_or(Error::Corrupt("a class that nobody knows"));
    let query = match by_day {
        // A sum of 64-bit numbers is a NUMERIC on PostgreSQL.
        false => {
            "SELECT class_id, CAST(0 AS BIGINT), CAST(sum(conversations) AS BIGINT) FROM conversation_counts
             WHERE organisation_id = $1 GROUP BY class_id HAVING sum(conversations) > 0"
        }
        true => {
            "SELECT class_id, day, conversations FROM conversation_counts
             WHERE organisation_id = $1 AND conversations > 0"
        }
    };
    let mut counts = Counts::default();
    for row in queries.rows(sql!(query, organisation)).await? {
        let started_at = Timestamp::from_unix_micros(row.get::<i64>(1)?.saturating_mul(DAY_MICROS));
        let thing = class(row.get(0)?)?.thing(organisation, started_at, Vec::new());
        counts.classes.push(Counted { thing, conversations: row.get(2)? });
    }
    let query = "SELECT user_id, class_id, conversations FROM agent_counts
                 WHERE organisation_id = $1 AND conversations > 0";
    for row in queries.rows(sql!(query, organisation)).await? {
        let (agent, class): (UserId, &Class) = (row.get(0)?, class(row.get(1)?)?);
        let thing = |agents| class.thing(organisation, Timestamp::from_unix_micros(0), agents);
        let counted = OwnCounted { own: thing(vec![agent]), another: thing(Vec::new()), conversations: row.get(2)? };
        counts.of_agents.entry(agent).or_default().push(counted);
    }
    Ok(counts)
}

/// How many conversations an organisation has.
///
/// # Errors
/// When the database is away.
pub async fn total(queries: &mut impl Queries, organisation: OrganisationId) -> Result<i64> {
    let query = "SELECT CAST(coalesce(sum(conversations), 0) AS BIGINT) FROM conversation_counts
                 WHERE organisation_id = $1";
    Ok(queries.scalar(sql!(query, organisation)).await?.unwrap_or(0))
}

/// The facts of a conversation as they are counted by class and day.
#[must_use]
pub fn roughly(thing: &ThingFacts) -> ThingFacts {
    let day = day_of(thing.traits().started_at).saturating_mul(DAY_MICROS);
    Class::of(thing).thing(thing.organisation(), Timestamp::from_unix_micros(day), Vec::new())
}
