//! The facts of many conversations at once, for work over all of them: with numbers and tags, one by one.
//!
//! Gives nothing that is for showing, and decides nothing.

use crate::access::record_state;
use crate::database::{Queries, Row, Sql};
use crate::{Error, Result};
use soundkeep_domain::access::{ThingFacts, Traits, number_digits};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, Timestamp, UserId};
use std::collections::HashMap;

/// Conversations that start in the same microsecond have so many places; see `conversations::add`.
const SLOTS: i64 = 1024;
/// Places per statement.
const PLACES: usize = 5000;

/// Which conversations are meant.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// So many, in the order of all, after this place.
    After(i64, u32),
    /// Those of a group that began at or after the first time and before the second.
    OfGroup(GroupId, Timestamp, Timestamp),
    /// Those of an agent.
    OfAgent(UserId),
}

/// The facts of these conversations, each with its place, in the order of all.
///
/// # Errors
/// When the database is away.
pub async fn facts(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    which: Which,
) -> Result<Vec<(i64, ThingFacts)>> {
    let mut query = Sql::new(
        "SELECT c.ord, c.id, c.record_state, c.started_at, c.channel, c.direction, c.source, c.from_number, c.to_number
         FROM conversations c ",
    );
    match which {
        Which::After(ord, limit) => {
            query.push("WHERE c.organisation_id = ").bind(organisation).push(" AND c.ord > ").bind(ord);
            query.push(" ORDER BY c.ord LIMIT ").bind(limit);
        }
        Which::OfGroup(group, from, until) => {
            query.push("JOIN conversation_groups g ON g.organisation_id = c.organisation_id AND g.ord = c.ord");
            query.push(" WHERE g.organisation_id = ").bind(organisation).push(" AND g.group_id = ").bind(group);
            query.push(" AND g.ord >= ").bind(from.as_unix_micros().saturating_mul(SLOTS));
            query.push(" AND g.ord < ").bind(until.as_unix_micros().saturating_mul(SLOTS)).push(" ORDER BY c.ord");
        }
        Which::OfAgent(user) => {
            query.push("JOIN conversation_agents a ON a.organisation_id = c.organisation_id AND a.ord = c.ord");
            query.push(" WHERE a.organisation_id = ").bind(organisation).push(" AND a.user_id = ").bind(user);
            query.push(" ORDER BY c.ord");
        }
    }
    let rows = queries.rows(query).await?;
    let places: Vec<i64> = rows.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
    let mut agents: HashMap<i64, Vec<UserId>> = HashMap::new();
    let mut groups: HashMap<i64, Vec<GroupId>> = HashMap::new();
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for places in places.chunks(PLACES) {
        for row in beside(queries, organisation, "user_id FROM conversation_agents", places).await? {
            agents.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        for row in beside(queries, organisation, "group_id FROM conversation_groups", places).await? {
            groups.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        for row in beside(queries, organisation, "tag FROM conversation_tags", places).await? {
            tags.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
    }
    let taken =
        |ord: &i64| (agents.remove(ord).unwrap_or_default(), groups.remove(ord).unwrap_or_default(), tags.remove(ord));
    let taken: Vec<_> = places.iter().map(taken).collect();
    let each = rows.iter().zip(taken);
    each.map(|(row, (agents, groups, tags))| thing(organisation, row, agents, groups, tags.unwrap_or_default()))
        .collect()
}

/// What stands in another table at these places; they are in rising order.
async fn beside(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    what: &str,
    places: &[i64],
) -> Result<Vec<Row>> {
    let mut query = Sql::new(&format!("SELECT ord, {what} WHERE organisation_id = "));
    query.bind(organisation).push(" AND ord IN (").bind_all(places.iter().copied()).push(")");
    queries.rows(query).await
}

#[allow(clippy::disallowed_methods)] // facts are witnessed here as they are for one conversation
fn thing(
    organisation: OrganisationId,
    row: &Row,
    agents: Vec<UserId>,
    groups: Vec<GroupId>,
    tags: Vec<String>,
) -> Result<(i64, ThingFacts)> {
    let unknown = || Error::Corrupt("an unknown word in a conversation");
    let mut columns = row.columns();
    let (ord, id): (i64, ConversationId) = (columns.next()?, columns.next()?);
    let state = record_state(&columns.next::<String>()?)?;
    let started_at = columns.next()?;
    let channel = Channel::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let direction = Direction::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let source = Source::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let numbers: [Option<String>; 2] = [columns.next()?, columns.next()?];
    let numbers = numbers.iter().flatten().map(|number| number_digits(number)).collect();
    let traits = Traits { started_at, channel, direction, source, numbers, tags };
    Ok((ord, ThingFacts::witnessed(organisation, id, None, agents, groups, state, traits, 0)))
}
