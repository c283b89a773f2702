//! Many conversations at once: rows without recordings, for moving in from elsewhere and for benchmarks.
//!
//! Writes what [`crate::conversations::add`] writes, with one statement per table instead of one per row.

use crate::conversations::{NewConversation, tokens};
use crate::counts;
use crate::database::{Dialect, Queries, Sql};
use crate::search::{self, Indexed};
use crate::{Result, Store, Transaction};
use soundkeep_domain::{OrganisationId, UserId};
use std::collections::{BTreeSet, HashMap};

/// Rows per statement: both databases take this many places in one.
const ROWS: usize = 384;
/// Rows per statement where a row has many values: the driver walks through all of a statement's values for each.
const WIDE_ROWS: usize = 64;

/// Lets one transaction hold many rows in memory before it writes: pages of the indices that rows fall into at random
/// are then written once, not once per row.
///
/// # Errors
/// When the database refuses.
pub async fn begin(store: &Store) -> Result<Transaction> {
    let mut transaction = store.begin().await?;
    if transaction.dialect() == Dialect::Sqlite {
        transaction.execute(Sql::new("PRAGMA cache_size = -2000000")).await?;
    }
    Ok(transaction)
}

/// Adds conversations at places that the caller knows to be free, in rising order of `ord`.
///
/// `names` are the names of agents, for the search index.
///
/// # Errors
/// [`crate::Error::Conflict`] when a place or an id is taken; nothing is added then.
pub async fn add_at(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    rows: &[(i64, NewConversation)],
    names: &HashMap<UserId, String>,
) -> Result<()> {
    for chunk in rows.chunks(ROWS) {
        for wide in chunk.chunks(WIDE_ROWS) {
            conversations(transaction, organisation, wide).await?;
        }
        let agents = chunk.iter().filter_map(|(ord, new)| Some((*ord, new.agent?)));
        pairs(transaction, organisation, "conversation_agents (organisation_id, ord, user_id)", agents).await?;
        let groups = chunk.iter().flat_map(|(ord, new)| new.groups.iter().map(|group| (*ord, *group)));
        pairs(transaction, organisation, "conversation_groups (organisation_id, ord, group_id)", groups).await?;
        let tags = chunk.iter().flat_map(|(ord, new)| new.tags.iter().map(|tag| (*ord, tag)));
        pairs(transaction, organisation, "conversation_tags (organisation_id, ord, tag)", tags).await?;
        words(transaction, organisation, chunk, names).await?;
        for (_, new) in chunk {
            counts::enter(transaction, organisation, &new.member());
        }
    }
    Ok(())
}

async fn conversations(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    rows: &[(i64, NewConversation)],
) -> Result<()> {
    let mut query = Sql::new(
        "INSERT INTO conversations (ord, organisation_id, id, started_at, duration_ms, direction, channel, from_number,
         to_number, contact, agent_label, source, external_id, record_state, attributed, received_at, version) VALUES ",
    );
    for (at, (ord, new)) in rows.iter().enumerate() {
        query.push(if at == 0 { "(" } else { ", (" });
        query.bind(*ord).push(", ").bind(organisation).push(", ").bind(new.id).push(", ").bind(new.started_at);
        query.push(", ").bind(new.duration_ms).push(", ").bind(new.direction.word()).push(", ");
        query.bind(new.channel.word()).push(", ").bind(new.from_number.clone()).push(", ");
        query.bind(new.to_number.clone()).push(", ").bind(new.contact.clone()).push(", ");
        query.bind(new.agent_label.clone()).push(", ").bind(new.source.word()).push(", ");
        query.bind(new.external_id.clone()).push(", ").bind(new.state.word()).push(", ");
        query.bind(new.agent.is_some()).push(", ").bind(new.received_at).push(", 1)");
    }
    transaction.execute(query).await.map(|_| ())
}

async fn pairs<V: Into<crate::database::Value>>(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    table: &str,
    pairs: impl Iterator<Item = (i64, V)>,
) -> Result<()> {
    let mut query = Sql::new(&format!("INSERT INTO {table} VALUES "));
    let mut any = false;
    for (ord, value) in pairs {
        query.push(if any { ", (" } else { "(" });
        any = true;
        query.bind(organisation).push(", ").bind(ord).push(", ").bind(value).push(")");
    }
    if any {
        transaction.execute(query).await?;
    }
    Ok(())
}

async fn words(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    rows: &[(i64, NewConversation)],
    names: &HashMap<UserId, String>,
) -> Result<()> {
    let tokens = tokens(transaction, organisation).await?;
    let mut terms = BTreeSet::new();
    let joined: Vec<(i64, String)> = rows
        .iter()
        .map(|(ord, new)| {
            let name = new.agent.and_then(|agent| names.get(&agent)).map(String::as_str);
            let indexed = Indexed {
                numbers: new.from_number.iter().chain(&new.to_number).map(String::as_str).collect(),
                contact: new.contact.as_deref(),
                agent_names: new.agent_label.as_deref().into_iter().chain(name).collect(),
                tags: new.tags.iter().map(String::as_str).collect(),
                agents: new.agent.into_iter().collect(),
                groups: new.groups.clone(),
            };
            let of_row = search::metadata_tokens(&tokens, &indexed);
            let text = search::joined(&of_row);
            terms.extend(of_row);
            (*ord, text)
        })
        .collect();
    let postgres = transaction.dialect() == Dialect::Postgres;
    let mut source = Sql::new("INSERT INTO search_words (organisation_id, ord, words) VALUES ");
    let mut index = Sql::new("INSERT INTO search (rowid, words) VALUES ");
    for (at, (ord, text)) in joined.iter().enumerate() {
        source.push(if at == 0 { "(" } else { ", (" });
        source.bind(organisation).push(", ").bind(*ord).push(", ");
        match postgres {
            true => source.push("array_to_tsvector(string_to_array(").bind(text).push(", ' ')))"),
            false => source.bind(text).push(")"),
        };
        index.push(if at == 0 { "(" } else { ", (" });
        index.bind(*ord).push(", ").bind(text).push(")");
    }
    transaction.execute(source).await?;
    if !postgres {
        transaction.execute(index).await?;
    }
    search::take_up(transaction, organisation, &tokens, terms.iter()).await
}
