//! The ledger, newest first.

use crate::door::Door;
use crate::extract::{Asks, Signed};
use crate::paging::{self, List};
use crate::problem::{Answer, Refusal};
use crate::wire::{Id, Time};
use axum::extract::{OriginalUri, State};
use axum::http::Uri;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soundkeep_app::audit::read::{self, Entry, EventFilter};
use soundkeep_app::domain::audit::{EventKind, Outcome as DomainOutcome};
use soundkeep_app::domain::{EventId, Timestamp};
use utoipa::{IntoParams, ToSchema};

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEvent {
    #[schema(value_type = Id)]
    id: String,
    /// Its number in the tree; null for the moment before it has one.
    #[schema(required = true)]
    index: Option<i64>,
    #[schema(value_type = Time)]
    at: Timestamp,
    /// What happened.
    kind: String,
    outcome: Outcome,
    actor: LedgerActor,
    /// From which network address; null when none is known or it was forgotten.
    #[schema(required = true)]
    address: Option<String>,
    #[schema(required = true)]
    object: Option<LedgerObject>,
    /// The value before.
    #[schema(value_type = Value, required = true)]
    old: Value,
    /// The value after.
    #[schema(value_type = Value, required = true)]
    new: Value,
    /// Why, in the actor's words.
    #[schema(required = true)]
    reason: Option<String>,
    /// More members by name.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    detail: Map<String, Value>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was done.
    Success,
    /// It was not allowed.
    Refused,
    /// It was allowed and did not work.
    Failed,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerActor {
    #[serde(rename = "type")]
    kind: ActorKind,
    /// The id, or the name of inner work.
    #[schema(required = true)]
    id: Option<String>,
    #[schema(required = true)]
    name: Option<String>,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActorKind {
    /// A person.
    User,
    /// A program with a key.
    ApiKey,
    /// A directory that speaks SCIM.
    ScimToken,
    /// Inner work.
    System,
    /// Somebody who was not signed in.
    Anonymous,
}

/// The thing it was done to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerObject {
    /// `conversation`, `recording`, `user`, ...
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[schema(required = true)]
    name: Option<String>,
}

/// The text of a member. A commitment whose value was forgotten is an object, and no text.
fn text(members: &Value, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).map(str::to_owned)
}

impl From<Entry> for LedgerEvent {
    fn from(entry: Entry) -> Self {
        let Entry { id, index, mut event } = entry;
        let actor = event.get("actor").cloned().unwrap_or_default();
        let object = event.get("object").filter(|object| object.is_object()).map(|object| LedgerObject {
            kind: text(object, "kind").unwrap_or_default(),
            id: text(object, "id").unwrap_or_default(),
            name: text(object, "name"),
        });
        let mut taken = |name: &str| event.get_mut(name).map(Value::take).unwrap_or_default();
        let (old, new) = (taken("old"), taken("new"));
        let detail = match taken("detail") {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self {
            id: id.to_string(),
            index,
            at: Timestamp::from_unix_micros(event.get("at").and_then(Value::as_i64).unwrap_or_default()),
            kind: text(&event, "kind").unwrap_or_default(),
            outcome: match text(&event, "outcome").as_deref() {
                Some("refused") => Outcome::Refused,
                Some("failed") => Outcome::Failed,
                _ => Outcome::Success,
            },
            actor: LedgerActor {
                kind: match text(&actor, "kind").as_deref() {
                    Some("user") => ActorKind::User,
                    Some("api_key") => ActorKind::ApiKey,
                    Some("scim_token") => ActorKind::ScimToken,
                    Some("system") => ActorKind::System,
                    _ => ActorKind::Anonymous,
                },
                id: text(&actor, "id"),
                name: text(&actor, "name"),
            },
            address: text(&event, "address"),
            object,
            old,
            new,
            reason: text(&event, "reason"),
            detail,
        }
    }
}

/// A page of entries, one more of which was read to know whether it goes on.
pub(crate) fn events_page(uri: &Uri, mut entries: Vec<Entry>, limit: u32) -> Response {
    let next = paging::cut(&mut entries, limit, |entry| entry.id.to_string());
    paging::page(uri, entries.into_iter().map(LedgerEvent::from).collect(), next)
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Narrowed {
    /// One of the kinds.
    #[serde(default)]
    #[param(nullable = false)]
    kind: Option<String>,
    /// Id of a user or key, or name of inner work.
    #[serde(default)]
    #[param(nullable = false)]
    actor: Option<String>,
    /// Id of a thing.
    #[serde(default)]
    #[param(nullable = false)]
    object: Option<String>,
    #[serde(default)]
    #[param(nullable = false)]
    outcome: Option<Outcome>,
    /// At or after.
    #[serde(default)]
    #[param(value_type = Option<Time>, nullable = false)]
    from: Option<Timestamp>,
    /// Before.
    #[serde(default)]
    #[param(value_type = Option<Time>, nullable = false)]
    until: Option<Timestamp>,
    /// Rows of a page.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    limit: Option<u32>,
    /// Where the page before said that it goes on.
    #[serde(default)]
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// Lists the ledger, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/events", tag = "audit", params(Narrowed),
    responses((status = 200, description = "A page.", body = List<LedgerEvent>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(query): Asks<Narrowed>,
) -> Answer<Response> {
    let before: Option<EventId> = query
        .cursor
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::invalid("cursor", "not a cursor of this list"))?;
    let kind = match query.kind.as_deref() {
        Some(kind) => Some(EventKind::from_key(kind).ok_or_else(|| Refusal::invalid("kind", "there is no such kind"))?),
        None => None,
    };
    let filter = EventFilter {
        kind,
        actor: query.actor,
        object: query.object,
        conversation: None,
        outcome: query.outcome.map(|outcome| match outcome {
            Outcome::Success => DomainOutcome::Success,
            Outcome::Refused => DomainOutcome::Refused,
            Outcome::Failed => DomainOutcome::Failed,
        }),
        from: query.from,
        until: query.until,
    };
    let limit = paging::rows(query.limit)?;
    let entries = read::list(&door.vault, &caller, &filter, before, limit + 1).await?;
    Ok(events_page(&uri, entries, limit))
}
