//! The history of settings: who changed what and when, and going back to how they were.

use super::change::{Saved, expected, save};
use crate::access::plain_permit;
use crate::access::what_if::begin;
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::marks;
use soundkeep_domain::conversations::Channel;
use soundkeep_domain::settings::{Difference, InForce, Origin, Setting};
use soundkeep_domain::{ApiKeyId, OrganisationId, Timestamp, UserId};
use soundkeep_store::identity::{api_keys, users};
use soundkeep_store::settings as rows;
use std::collections::HashMap;

/// Who saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// `user` or `api_key`.
    pub kind: String,
    /// The id.
    pub id: String,
    /// The name that they have now.
    pub name: Option<String>,
}

/// A value that was changed, as it was told then. A secret has no values here.
#[derive(Debug, Clone)]
pub struct Change {
    /// The setting's key.
    pub key: String,
    /// What is known of the setting; nothing when there is none of that key any more.
    pub setting: Option<&'static Setting>,
    /// Of this channel, or of the organisation.
    pub channel: Option<Channel>,
    /// What was in force.
    pub old: Option<InForce>,
    /// What was from then on.
    pub new: Option<InForce>,
}

/// A save.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The version that it made.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Who,
    /// The version that it restored.
    pub restored: Option<i64>,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// Differences as they are kept.
pub(crate) fn told(differences: &[Difference]) -> Value {
    let side = |difference: &Difference, in_force: &InForce| match difference.setting.sensitive {
        true => json!({"from": in_force.origin.key()}),
        false => json!({"value": in_force.value.json(), "from": in_force.origin.key()}),
    };
    let told = differences.iter().map(|difference| {
        json!({
            "key": difference.setting.key,
            "channel": difference.channel.map(Channel::word),
            "old": side(difference, &difference.old),
            "new": side(difference, &difference.new),
        })
    });
    told.collect()
}

fn change(vault: &Vault, told: &Value) -> Option<Change> {
    let key = told.get("key")?.as_str()?;
    let setting = vault.registry().find(key);
    let side = |name: &str| {
        let side = told.get(name)?;
        let value = serde_json::from_value(side.get("value")?.clone()).ok()?;
        Some(InForce { value, origin: Origin::from_key(side.get("from")?.as_str()?)? })
    };
    Some(Change {
        key: key.to_owned(),
        setting,
        channel: told.get("channel").and_then(Value::as_str).and_then(Channel::from_word),
        old: side("old"),
        new: side("new"),
    })
}

async fn name(vault: &Vault, organisation: OrganisationId, kind: &str, id: &str) -> Option<String> {
    let mut reader = vault.store().reader();
    match kind {
        "user" => Some(users::get(&mut reader, organisation, id.parse::<UserId>().ok()?).await.ok()?.name),
        "api_key" => Some(api_keys::get(&mut reader, organisation, id.parse::<ApiKeyId>().ok()?).await.ok()?.name),
        _ => None,
    }
}

/// Saves, newest first, older than a version.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`.
pub async fn history(vault: &Vault, caller: &Caller, before: Option<i64>, limit: u32) -> Result<Vec<Entry>> {
    plain_permit::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let saves = rows::saves(&mut vault.store().reader(), organisation, before, limit).await?;
    let mut names: HashMap<(String, String), Option<String>> = HashMap::new();
    let mut entries = Vec::with_capacity(saves.len());
    for save in saves {
        if !names.contains_key(&save.by) {
            names.insert(save.by.clone(), name(vault, organisation, &save.by.0, &save.by.1).await);
        }
        let changes = save.changes.as_array().map(Vec::as_slice).unwrap_or_default();
        entries.push(Entry {
            version: save.version,
            at: save.at,
            restored: save.restored,
            changes: changes.iter().filter_map(|told| change(vault, told)).collect(),
            by: Who { name: names.get(&save.by).cloned().flatten(), kind: save.by.0, id: save.by.1 },
        });
    }
    Ok(entries)
}

/// Decides everything as it was decided at a version; a save like any other, at the version that the caller read.
///
/// # Errors
/// [`Error::NotFound`] when there was no such version, and as [`super::change`].
pub async fn restore(vault: &Vault, caller: &Caller, version: Option<i64>, restored: i64) -> Result<Saved> {
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let then = rows::at_version(&mut transaction, vault.registry(), organisation, restored).await?;
    let before = expected(vault, caller, &mut transaction, version).await?;
    // Checked again: what fitted then may not go together now.
    let after = then.with(&[]).map_err(|_| Error::Conflict("these settings don't fit together any more"))?;
    save(vault, caller, transaction, &before, after, Some(restored)).await
}
