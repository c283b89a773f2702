//! Giving agent ids and ending them.

use super::change::{begin, plain};
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::conversations::FIELD_CHARACTERS_MAX;
use soundkeep_domain::{AgentIdId, Timestamp, UserId};
use soundkeep_store::identity::{agent_ids as rows, users};

/// An extension, login or phone id of a user.
#[derive(Debug, Clone)]
pub struct AgentId {
    /// Its id.
    pub id: AgentIdId,
    /// The extension, login or phone id, as sources name it.
    pub value: String,
    /// From when on.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

impl From<rows::AgentId> for AgentId {
    fn from(row: rows::AgentId) -> Self {
        Self { id: row.id, value: row.value, from: row.from, until: row.until }
    }
}

/// An agent id that is given.
#[derive(Debug, Clone)]
pub struct NewAgentId {
    /// The extension, login or phone id, exactly as sources name it.
    pub value: String,
    /// From when on; now, when nothing is said.
    pub from: Option<Timestamp>,
    /// Until when, not included; open, when nothing is said.
    pub until: Option<Timestamp>,
}

fn told(agent_id: &rows::AgentId) -> Value {
    json!({
        "value": agent_id.value, "from": agent_id.from.to_string(),
        "until": agent_id.until.map(|until| until.to_string()),
    })
}

/// Gives a user an agent id. Conversations that came in before stay as they were attributed.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`]: also when it is somebody's at that time, with their name.
pub async fn give_agent_id(vault: &Vault, caller: &Caller, user: UserId, new: &NewAgentId) -> Result<AgentId> {
    let value = new.value.trim();
    let fits =
        !value.is_empty() && value.chars().count() <= FIELD_CHARACTERS_MAX && !value.chars().any(char::is_control);
    if !fits {
        return Err(Error::invalid("value", format!("1 to {FIELD_CHARACTERS_MAX} characters in one line")));
    }
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let user = users::get(&mut transaction, organisation, user).await?;
    let row = rows::AgentId {
        id: AgentIdId::make(now, &vault.random()?),
        user: user.id,
        value: value.to_owned(),
        from: new.from.unwrap_or(now),
        until: new.until,
    };
    if row.until.is_some_and(|until| until <= row.from) {
        return Err(Error::invalid("until", "a time after the beginning"));
    }
    if let Some(other) = rows::add(&mut transaction, organisation, &row).await? {
        let holder = users::get(&mut transaction, organisation, other.user).await?;
        let until = other.until.map_or_else(|| "on".to_owned(), |until| format!("until {until}"));
        let sentence = format!("{value} belongs to {} from {} {until}: end that first", holder.name, other.from);
        return Err(Error::invalid("value", sentence));
    }
    let draft = Draft::of(vault, caller, EventKind::AgentIdChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .new_value(plain(told(&row)));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(row.into())
}

/// Ends an agent id now; one that hasn't begun yet never will.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn end_agent_id(vault: &Vault, caller: &Caller, user: UserId, id: AgentIdId) -> Result<()> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let user = users::get(&mut transaction, organisation, user).await?;
    let old = rows::end(&mut transaction, organisation, user.id, id, now).await?;
    let new = rows::AgentId { until: Some(now.max(old.from)), ..old.clone() };
    let draft = Draft::of(vault, caller, EventKind::AgentIdChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(told(&old)))
        .new_value(plain(told(&new)));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}
