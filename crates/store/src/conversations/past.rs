//! Conversations as they were: what a decision asks of them, kept whenever an edit, a correction or an erasure changes
//! it. Filing keeps nothing, so that it costs nothing.
//!
//! What is erased is erased in here too. Decides nothing.

use crate::access::{record_state, thing};
use crate::database::{Queries, Row, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{RecordState, ThingFacts, Traits};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, Timestamp, UserId};

/// The policy epoch of past facts. None that is in force has it.
const PAST: i64 = -1;

/// A conversation as it was at a time.
#[derive(Debug, Clone)]
pub enum Then {
    /// It came in later, at this time: nobody could see it.
    NotYet(Timestamp),
    /// It was there.
    There {
        /// What decisions ask of it.
        thing: Box<ThingFacts>,
        /// Whether numbers and tags are known; they are not, for the time before it was erased.
        traits_are_known: bool,
    },
}

fn words<T: ToString>(all: &[T]) -> Result<String> {
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    serde_json::to_string(&words).or(Err(UNREADABLE))
}

const UNREADABLE: Error = Error::Corrupt("a conversation's history that can't be read");

fn parsed<T: std::str::FromStr>(text: &str) -> Result<Vec<T>> {
    let words: Vec<String> = serde_json::from_str(text).or(Err(UNREADABLE))?;
    words.iter().map(|word| word.parse().or(Err(UNREADABLE))).collect()
}

/// Keeps a conversation as it is before it is changed. Must go before each change of what decisions ask of it.
pub(crate) async fn keep(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ConversationId,
    now: Timestamp,
) -> Result<()> {
    let facts = thing(transaction, organisation, id).await?;
    let newest = "SELECT seq, until_at FROM conversation_history WHERE organisation_id = $1 AND conversation_id = $2
                  ORDER BY seq DESC LIMIT 1";
    let (seq, until) = match transaction.row(sql!(newest, organisation, id)).await? {
        // Clocks of several nodes differ: nothing ends before what it followed.
        Some(row) => (row.get::<i64>(0)? + 1, now.max(row.get(1)?)),
        None => (1, now),
    };
    let insert = "INSERT INTO conversation_history (organisation_id, conversation_id, seq, until_at, record_state,
         agents, stamp, numbers, tags) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let traits = facts.traits();
    transaction
        .execute_one(sql!(
            insert,
            organisation,
            id,
            seq,
            until,
            facts.state().word(),
            words(facts.agents())?,
            words(facts.groups())?,
            words(&traits.numbers)?,
            words(&traits.tags)?
        ))
        .await
}

/// Takes what is personal out of what is kept.
pub(crate) async fn forget(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ConversationId,
) -> Result<()> {
    let update = "UPDATE conversation_history SET numbers = NULL, tags = NULL
                  WHERE organisation_id = $1 AND conversation_id = $2";
    transaction.execute(sql!(update, organisation, id)).await.map(|_| ())
}

/// A conversation as it was at a time.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn at_time(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: ConversationId,
    time: Timestamp,
) -> Result<Then> {
    let now = thing(queries, organisation, id).await?;
    let received = "SELECT received_at FROM conversations WHERE organisation_id = $1 AND id = $2";
    let received = queries.scalar(sql!(received, organisation, id)).await?.ok_or(Error::NotFound)?;
    if time < received {
        return Ok(Then::NotYet(received));
    }
    let kept = "SELECT record_state, agents, stamp, numbers, tags FROM conversation_history
                WHERE organisation_id = $1 AND conversation_id = $2 AND until_at > $3 ORDER BY seq LIMIT 1";
    let row = queries.row(sql!(kept, organisation, id, time)).await?;
    let then = match row {
        Some(row) => Facts::kept(&row)?,
        None => Facts::of(&now),
    };
    Ok(Then::There { traits_are_known: then.traits_are_known, thing: Box::new(then.witnessed(&now)) })
}

/// What may have been otherwise.
struct Facts {
    state: RecordState,
    agents: Vec<UserId>,
    groups: Vec<GroupId>,
    numbers: Vec<String>,
    tags: Vec<String>,
    traits_are_known: bool,
}

impl Facts {
    fn of(now: &ThingFacts) -> Self {
        Self {
            state: now.state(),
            agents: now.agents().to_vec(),
            groups: now.groups().to_vec(),
            numbers: now.traits().numbers.clone(),
            tags: now.traits().tags.clone(),
            traits_are_known: true,
        }
    }

    fn kept(row: &Row) -> Result<Self> {
        let mut columns = row.columns();
        let state = record_state(&columns.next::<String>()?)?;
        let (agents, groups): (String, String) = (columns.next()?, columns.next()?);
        let (numbers, tags): (Option<String>, Option<String>) = (columns.next()?, columns.next()?);
        Ok(Self {
            state,
            agents: parsed(&agents)?,
            groups: parsed(&groups)?,
            traits_are_known: numbers.is_some() && tags.is_some(),
            numbers: parsed(numbers.as_deref().unwrap_or("[]"))?,
            tags: parsed(tags.as_deref().unwrap_or("[]"))?,
        })
    }

    #[allow(clippy::disallowed_methods)] // this is the place where past facts are witnessed
    fn witnessed(self, now: &ThingFacts) -> ThingFacts {
        let recording = now.recording().map(|recording| (recording, 0));
        let traits = Traits { numbers: self.numbers, tags: self.tags, ..now.traits().clone() };
        let (organisation, id) = (now.organisation(), now.conversation());
        ThingFacts::witnessed(organisation, id, recording, self.agents, self.groups, self.state, traits, PAST)
    }
}
