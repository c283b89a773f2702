//! The conversation list: filters, full-text search, sort, pages.

use crate::door::Door;
use crate::extract::{Asks, Signed};
use crate::paging::{self, List};
use crate::problem::{Answer, Refusal};
use crate::wire::{AudioState, Channel, Direction, Id, Named, Source, Status, Time, named};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::Caller;
use soundkeep_app::conversations::list::{self, Conversation as Row, Filter, Query, Sort, SortBy};
use soundkeep_app::domain::access::{Column, Numbers};
use soundkeep_app::domain::{GroupId, Timestamp, UserId};
use soundkeep_app::recordings::play::may_play;
use utoipa::ToSchema;

/// A conversation. A column that an access group hides from the caller isn't there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    #[schema(value_type = Id)]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Time, required = false)]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, required = false)]
    duration_ms: Shown<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    direction: Option<Direction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    channel: Option<Channel>,
    /// The number that called; masked where only the masked number is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    from_number: Shown<String>,
    /// The number that was called; masked where only the masked number is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    to_number: Shown<String>,
    /// Who was on the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    contact: Shown<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agents: Option<Vec<AgentName>>,
    /// The agent's groups at its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    groups: Option<Vec<Named>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    audio: Option<Audio>,
    /// Grows with every change.
    version: i64,
}

/// A value that may be null, and isn't there at all when its column is hidden.
pub(crate) type Shown<T> = Option<Option<T>>;

/// An agent who took part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentName {
    /// Null while only the source's own name for them is known.
    #[schema(value_type = Option<Id>, required = true)]
    user_id: Option<String>,
    name: String,
}

/// What there is to hear.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audio {
    /// Not there when the status is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<AudioState>,
    #[schema(value_type = Option<Id>, required = true)]
    recording_id: Option<String>,
    /// Whether the caller may hear it.
    may_play: bool,
}

impl Conversation {
    pub(crate) fn of(row: Row, caller: &Caller) -> Self {
        let (facts, columns) = (&row.facts, row.columns);
        let mut agents: Vec<AgentName> =
            row.agents.into_iter().map(|(id, name)| AgentName { user_id: Some(id.to_string()), name }).collect();
        if agents.is_empty() {
            agents.extend(row.agent_label.map(|name| AgentName { user_id: None, name }));
        }
        let has_numbers = columns.numbers() != Numbers::Hidden;
        Self {
            id: facts.conversation().to_string(),
            started_at: row.started_at,
            duration_ms: columns.has(Column::Duration).then_some(row.duration_ms),
            direction: row.direction.map(Into::into),
            channel: row.channel.map(Into::into),
            from_number: has_numbers.then_some(row.from_number),
            to_number: has_numbers.then_some(row.to_number),
            contact: columns.has(Column::Contact).then_some(row.contact),
            agents: columns.has(Column::Agents).then_some(agents),
            groups: columns.has(Column::Groups).then(|| named(row.groups)),
            tags: columns.has(Column::Tags).then_some(row.tags),
            status: row.state.map(Into::into),
            source: row.source.map(Into::into),
            audio: columns.has(Column::Audio).then(|| Audio {
                state: row.state.map(Into::into),
                recording_id: facts.recording().map(|id| id.to_string()),
                may_play: may_play(caller.facts(), facts),
            }),
            version: row.version,
        }
    }
}

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(crate) enum Order {
    /// Oldest first.
    #[serde(rename = "started_at")]
    Oldest,
    /// Newest first.
    #[serde(rename = "-started_at")]
    Newest,
    /// Shortest first.
    #[serde(rename = "duration")]
    Shortest,
    /// Longest first.
    #[serde(rename = "-duration")]
    Longest,
}

impl From<Order> for Sort {
    fn from(order: Order) -> Self {
        match order {
            Order::Oldest => Self { by: SortBy::Started, descending: false },
            Order::Newest => Self { by: SortBy::Started, descending: true },
            Order::Shortest => Self { by: SortBy::Duration, descending: false },
            Order::Longest => Self { by: SortBy::Duration, descending: true },
        }
    }
}

macro_rules! filtered_query {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$doc])*
        #[derive(serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Words to be found in metadata and notes; the last may be unfinished. Digits find numbers.
            #[serde(default)]
            #[param(nullable = false)]
            q: Option<String>,
            /// Started at or after.
            #[serde(default)]
            #[param(value_type = Option<$crate::wire::Time>, nullable = false)]
            from: Option<soundkeep_app::domain::Timestamp>,
            /// Started before.
            #[serde(default)]
            #[param(value_type = Option<$crate::wire::Time>, nullable = false)]
            until: Option<soundkeep_app::domain::Timestamp>,
            #[serde(default)]
            #[param(nullable = false)]
            direction: Option<$crate::wire::Direction>,
            #[serde(default)]
            #[param(nullable = false)]
            channel: Option<$crate::wire::Channel>,
            /// A user who took part as agent.
            #[serde(default)]
            #[param(value_type = Option<$crate::wire::Id>, nullable = false)]
            agent: Option<soundkeep_app::domain::UserId>,
            /// A group of the agent at its start.
            #[serde(default)]
            #[param(value_type = Option<$crate::wire::Id>, nullable = false)]
            group: Option<soundkeep_app::domain::GroupId>,
            #[serde(default)]
            #[param(nullable = false)]
            tag: Option<String>,
            #[serde(default)]
            #[param(nullable = false)]
            status: Option<$crate::wire::Status>,
            /// A phone number, or a part of its beginning or end.
            #[serde(default)]
            #[param(nullable = false)]
            number: Option<String>,
            #[serde(default)]
            #[param(minimum = 0, nullable = false)]
            min_duration_ms: Option<u32>,
            #[serde(default)]
            #[param(minimum = 0, nullable = false)]
            max_duration_ms: Option<u32>,
            /// Only what could not be attributed to an agent.
            #[serde(default)]
            #[param(default = false, nullable = false)]
            unattributed: Option<bool>,
            $($more)*
        }

        impl $name {
            /// The filter in the words of the use case.
            pub(crate) fn filter(&self) -> $crate::problem::Answer<soundkeep_app::conversations::list::Filter> {
                $crate::conversations::list::filter($crate::conversations::list::Wishes {
                    q: self.q.as_deref(),
                    from: self.from,
                    until: self.until,
                    direction: self.direction,
                    channel: self.channel,
                    agent: self.agent,
                    group: self.group,
                    tag: self.tag.as_deref(),
                    status: self.status,
                    number: self.number.as_deref(),
                    min_duration_ms: self.min_duration_ms,
                    max_duration_ms: self.max_duration_ms,
                    unattributed: self.unattributed.unwrap_or(false),
                })
            }
        }
    };
}
pub(crate) use filtered_query;

/// What a query wishes, before it is understood.
pub(crate) struct Wishes<'query> {
    pub(crate) q: Option<&'query str>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) direction: Option<Direction>,
    pub(crate) channel: Option<Channel>,
    pub(crate) agent: Option<UserId>,
    pub(crate) group: Option<GroupId>,
    pub(crate) tag: Option<&'query str>,
    pub(crate) status: Option<Status>,
    pub(crate) number: Option<&'query str>,
    pub(crate) min_duration_ms: Option<u32>,
    pub(crate) max_duration_ms: Option<u32>,
    pub(crate) unattributed: bool,
}

/// The filter that a query wishes. A search without a word in it finds everything.
pub(crate) fn filter(wishes: Wishes<'_>) -> Answer<Filter> {
    let typed = wishes.q.and_then(Query::typed);
    let number = match wishes.number.filter(|number| !number.trim().is_empty()) {
        Some(number) => {
            let query = Query::number(number).ok_or_else(|| Refusal::invalid("number", "a number has digits"))?;
            Some(query)
        }
        None => None,
    };
    Ok(Filter {
        words: typed,
        number,
        from: wishes.from,
        until: wishes.until,
        direction: wishes.direction.map(Into::into),
        channel: wishes.channel.map(Into::into),
        agent: wishes.agent,
        group: wishes.group,
        tag: wishes.tag.map(str::to_owned),
        state: wishes.status.map(Into::into),
        duration_ms_min: wishes.min_duration_ms.map(i64::from),
        duration_ms_max: wishes.max_duration_ms.map(i64::from),
        unattributed: wishes.unattributed,
        numbers_hidden_in: Vec::new(),
    })
}

filtered_query! {
    /// Which conversations, in which order.
    Listed {
        #[serde(default)]
        #[param(nullable = false)]
        #[param(inline)]
        sort: Option<Order>,
        /// Rows of a page.
        #[serde(default)]
        #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
        limit: Option<u32>,
        /// Where the page before said that it goes on.
        #[serde(default)]
        #[param(nullable = false)]
        cursor: Option<String>,
    }
}

/// Lists the conversations that the caller may see.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(Listed),
    responses((status = 200, description = "A page.", body = List<Conversation>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(query): Asks<Listed>,
) -> Answer<Response> {
    let limit = paging::rows(query.limit)?;
    let (sort, after) = (query.sort.map(Into::into), query.cursor.as_deref());
    let page = list::list(&door.vault, &caller, &query.filter()?, sort, after, limit).await?;
    let items = page.items.into_iter().map(|row| Conversation::of(row, &caller)).collect();
    Ok(paging::page(&uri, items, page.next))
}
