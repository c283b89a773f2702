//! Writing events down: from a typed event to a canonical leaf with commitments, in the change's transaction.
//!
//! An action whose event can't be written doesn't happen: every use case calls [`record`] before its commit.

use crate::{Caller, Error, Result, Vault, messages};
use serde_json::{Map, Value, json};
use soundkeep_domain::audit::{Actor, Event, EventKind, Field, Object, Outcome};
use soundkeep_domain::{ConversationId, EventId, OrganisationId, Timestamp};
use soundkeep_ledger::{Salt, commitment};
use soundkeep_store::Transaction;
use soundkeep_store::audit::NewEvent;
use std::sync::{Mutex, PoisonError};

/// Gives events ids that grow, so that a list tells them in the order in which they happened on this node,
/// within one millisecond too (RFC 9562, section 6.2, method 2).
#[derive(Debug, Default)]
pub(crate) struct EventOrder(Mutex<Option<(Timestamp, [u8; 10])>>);

impl EventOrder {
    /// The next id: of this time, or of the newest time so far when the clock stands or runs back.
    pub(crate) fn next(&self, at: Timestamp, mut random: [u8; 10]) -> EventId {
        // Room to count up in, above which a carry would run into the bits of the version.
        random[2] &= 0x1f;
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match *newest {
            Some((time, last)) if at.as_unix_millis() <= time.as_unix_millis() => (time, after(last)),
            _ => (at, random),
        };
        *newest = Some(next);
        EventId::make(next.0, &next.1)
    }
}

fn after(mut random: [u8; 10]) -> [u8; 10] {
    for byte in random.iter_mut().rev() {
        let (sum, carries) = byte.overflowing_add(1);
        *byte = sum;
        if !carries {
            break;
        }
    }
    random
}

/// An event on its way to the ledger.
pub(crate) struct Draft {
    event: Event,
    conversation: Option<ConversationId>,
}

impl Draft {
    /// An event of somebody's doing.
    pub(crate) fn of(vault: &Vault, caller: &Caller, kind: EventKind) -> Result<Self> {
        let mut draft = Self::by(vault, caller.organisation(), caller.actor(), kind)?;
        draft.event.address = caller.address().map(|address| address.to_string());
        draft.event.reason = caller.reason().map(str::to_owned);
        Ok(draft)
    }
    /// An event in an organisation, by an actor who may not be signed in.
    pub(crate) fn by(vault: &Vault, organisation: OrganisationId, actor: Actor, kind: EventKind) -> Result<Self> {
        let at = vault.now();
        let event = Event {
            id: vault.event_order().next(at, vault.random()?),
            organisation,
            at,
            kind,
            outcome: Outcome::Success,
            actor,
            address: None,
            object: None,
            old: None,
            new: None,
            reason: None,
            detail: Vec::new(),
        };
        Ok(Self { event, conversation: None })
    }
    pub(crate) fn object(mut self, object: Object) -> Self {
        self.event.object = Some(object);
        self
    }
    pub(crate) fn conversation(mut self, conversation: ConversationId) -> Self {
        self.conversation = Some(conversation);
        self
    }
    pub(crate) fn outcome(mut self, outcome: Outcome) -> Self {
        self.event.outcome = outcome;
        self
    }
    pub(crate) fn address(mut self, address: Option<String>) -> Self {
        self.event.address = address;
        self
    }
    pub(crate) fn old(mut self, old: Field) -> Self {
        self.event.old = Some(old);
        self
    }
    pub(crate) fn new_value(mut self, new: Field) -> Self {
        self.event.new = Some(new);
        self
    }
    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.event.detail.push((name, Field::Plain(value.into())));
        self
    }
    pub(crate) fn personal_detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.event.detail.push((name, Field::Personal(value.into())));
        self
    }
}

/// Writes an event down in the transaction of its change. Whose account it changes is told by mail.
///
/// # Errors
/// When it can't be written; the change must not be committed then.
pub(crate) async fn record(vault: &Vault, transaction: &mut Transaction, draft: Draft) -> Result<()> {
    messages::tell_of(vault, transaction, &draft.event).await?;
    let new = prepare(vault, draft)?;
    soundkeep_store::audit::append(transaction, &new).await?;
    vault.metrics().event_written();
    Ok(())
}

/// Writes an event down that tells of no change of rows: reading of content, a refusal.
///
/// # Errors
/// When it can't be written; what it tells of must not happen then.
pub(crate) async fn record_alone(vault: &Vault, draft: Draft) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// The event as it is written down: canonical, with its personal parts behind commitments.
pub(crate) fn prepare(vault: &Vault, draft: Draft) -> Result<NewEvent> {
    let Draft { event, conversation } = draft;
    let (mut value, personal) = leaf_value(&event);
    let salts = personal.len();
    let mut random = vec![0_u8; salts * 32];
    vault.entropy().fill(&mut random)?;
    let mut salts = random.chunks_exact(32);
    let paths: Vec<&str> = personal.iter().map(String::as_str).collect();
    let openings = commitment::conceal(&mut value, &paths, || {
        let mut salt = [0_u8; 32];
        salt.copy_from_slice(salts.next().unwrap_or(&[0; 32]));
        Salt::from_bytes(salt)
    })
    .map_err(Error::bug)?;
    let leaf = soundkeep_ledger::canonical::to_string(&value).map_err(Error::bug)?;
    let openings = match openings.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&openings).map_err(Error::bug)?),
    };
    Ok(NewEvent {
        id: event.id,
        organisation: event.organisation,
        at: event.at,
        kind: event.kind,
        outcome: event.outcome,
        actor_kind: event.actor.kind,
        actor_id: event.actor.id,
        object_kind: event.object.as_ref().map(|object| object.kind),
        object_id: event.object.map(|object| object.id),
        conversation,
        leaf,
        openings,
    })
}

/// The leaf with its values in the clear, and the paths of those that are personal.
fn leaf_value(event: &Event) -> (Value, Vec<String>) {
    let mut personal: Vec<String> = ["/actor/name", "/address", "/object/name", "/reason"].map(str::to_owned).into();
    let mut leaf = Map::new();
    leaf.insert("v".to_owned(), EventKind::VERSION.into());
    leaf.insert("id".to_owned(), event.id.to_string().into());
    leaf.insert("organisation".to_owned(), event.organisation.to_string().into());
    leaf.insert("at".to_owned(), event.at.as_unix_micros().into());
    leaf.insert("kind".to_owned(), event.kind.key().into());
    leaf.insert("outcome".to_owned(), event.outcome.word().into());
    leaf.insert("actor".to_owned(), json!({"kind": event.actor.kind, "id": event.actor.id, "name": event.actor.name}));
    if let Some(object) = &event.object {
        leaf.insert("object".to_owned(), json!({"kind": object.kind, "id": object.id, "name": object.name}));
    }
    for (member, text) in [("address", &event.address), ("reason", &event.reason)] {
        if let Some(text) = text {
            leaf.insert(member.to_owned(), text.as_str().into());
        }
    }
    let mut place = |holder: &mut Map<String, Value>, path: String, member: &str, field: &Field| {
        let (Field::Plain(value) | Field::Personal(value)) = field;
        holder.insert(member.to_owned(), value.clone());
        if matches!(field, Field::Personal(value) if !value.is_null()) {
            personal.push(path);
        }
    };
    for (member, field) in [("old", &event.old), ("new", &event.new)] {
        if let Some(field) = field {
            place(&mut leaf, format!("/{member}"), member, field);
        }
    }
    if !event.detail.is_empty() {
        let mut detail = Map::new();
        for (member, field) in &event.detail {
            place(&mut detail, format!("/detail/{member}"), member, field);
        }
        leaf.insert("detail".to_owned(), detail.into());
    }
    (Value::Object(leaf), personal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_while_the_clock_stands_or_runs_back() {
        let order = EventOrder::default();
        let at = |millis: i64| Timestamp::from_unix_micros(millis * 1000);
        let times = [(5, 0), (5, 255), (5, 0), (4, 255), (6, 0), (6, 0), (2, 9)];
        let ids: Vec<EventId> = times.map(|(time, random)| order.next(at(time), [random; 10])).to_vec();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        let full = EventOrder::default();
        let first = full.next(at(1), [255; 10]);
        assert!(first < full.next(at(1), [0; 10]));
    }
}
