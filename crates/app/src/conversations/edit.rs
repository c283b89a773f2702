//! Editing a conversation: tags, contact, and the correction of whose it is.

use super::columns::check_change;
use super::view::{ConversationPage, view};
use crate::event::{self, Draft};
use crate::recordings::ingest::{checked_tags, clean};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Map, Value, json};
use soundkeep_domain::access::{Column, marks};
use soundkeep_domain::audit::{EventKind, Field, Object};
use soundkeep_domain::conversations::FIELD_CHARACTERS_MAX;
use soundkeep_domain::{ConversationId, UserId};
use soundkeep_store::conversations::{self, Change};

/// What is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// All tags anew.
    pub tags: Option<Vec<String>>,
    /// The contact, or none.
    pub contact: Option<Option<String>>,
    /// The agent whose conversation it is, or nobody's.
    pub agent: Option<Option<UserId>>,
}

/// Changes a conversation that stands at this version, and shows it as it is then.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Changed`] when it stands at another version, [`Error::Invalid`].
pub async fn edit(
    vault: &Vault,
    caller: &Caller,
    id: ConversationId,
    version: i64,
    edit: Edit,
) -> Result<ConversationPage> {
    let permit = crate::access::permit::<marks::ConversationsEdit>(vault, caller, id).await?;
    let organisation = caller.organisation();
    let before = view(vault, caller, id).await?.conversation;
    if before.version != version {
        return Err(Error::Changed);
    }
    let change = checked(edit)?;
    let left = permit.columns();
    for (field, column, is_meant) in [
        ("tags", Column::Tags, change.tags.is_some()),
        ("contact", Column::Contact, change.contact.is_some()),
        ("agent_user_id", Column::Agents, change.agent.is_some()),
    ] {
        if is_meant {
            check_change(field, column, left)?;
        }
    }
    let agent = change.agent;
    let mut store_change = Change { tags: change.tags.clone(), contact: change.contact.clone(), agent: None };
    let mut transaction = vault.store().begin().await?;
    if let Some(agent) = agent {
        let groups = match agent {
            Some(agent) => {
                soundkeep_store::access::user_name(&mut transaction, organisation, agent)
                    .await
                    .map_err(|_| Error::invalid("agent_user_id", "there is no such user"))?;
                conversations::stamp(&mut transaction, organisation, agent, before.facts.traits().started_at).await?
            }
            None => Vec::new(),
        };
        store_change.agent = Some((agent, groups));
    }
    match conversations::change(&mut transaction, &permit, version, &store_change, vault.now()).await {
        Err(soundkeep_store::Error::Conflict(_)) => return Err(Error::Changed),
        other => other?,
    }
    let (mut old, mut new) = (Map::new(), Map::new());
    if let Some(tags) = &change.tags {
        old.insert("tags".to_owned(), json!(before.tags));
        new.insert("tags".to_owned(), json!(tags));
    }
    if let Some(contact) = &change.contact {
        old.insert("contact".to_owned(), json!(before.contact));
        new.insert("contact".to_owned(), json!(contact));
    }
    if !new.is_empty() {
        let draft = Draft::of(vault, caller, EventKind::ConversationEdit)?
            .object(Object::new("conversation", id))
            .conversation(id)
            .old(Field::Personal(Value::Object(old)))
            .new_value(Field::Personal(Value::Object(new)));
        event::record(vault, &mut transaction, draft).await?;
    }
    if let Some(agent) = agent {
        let old: Vec<String> = before.agents.iter().map(|(id, _)| id.to_string()).collect();
        let new: Vec<String> = agent.iter().map(ToString::to_string).collect();
        let draft = Draft::of(vault, caller, EventKind::AttributionChange)?
            .object(Object::new("conversation", id))
            .conversation(id)
            .old(Field::Plain(json!({"agents": old})))
            .new_value(Field::Plain(json!({"agents": new})));
        event::record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    // Who gave a conversation away may not see it any more.
    view(vault, caller, id).await
}

fn checked(edit: Edit) -> Result<Edit> {
    let tags = edit.tags.map(checked_tags).transpose().map_err(|sentence| Error::invalid("tags", sentence))?;
    let contact = edit.contact.map(|contact| contact.map(|text| clean(&text)).filter(|text| !text.is_empty()));
    if let Some(Some(contact)) = &contact
        && contact.chars().count() > FIELD_CHARACTERS_MAX
    {
        return Err(Error::invalid("contact", format!("at most {FIELD_CHARACTERS_MAX} characters")));
    }
    Ok(Edit { tags, contact, agent: edit.agent })
}
