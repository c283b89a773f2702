//! Changing settings: all wishes or none, at the version that was read, with one event that tells old and new.

use super::history;
use super::secrets::{sealed_wishes, stay_where_they_are};
use crate::access::weigh;
use crate::access::what_if::begin;
use crate::event::{Draft, record};
use crate::identity::{judge_way, may_come_from_outside};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Map, Value, json};
use soundkeep_domain::access::{CallerKind, Permission, marks};
use soundkeep_domain::audit::{EventKind, Field, Object};
use soundkeep_domain::identity::ProviderState;
use soundkeep_domain::settings::networks::{Networks, is_of_domain};
use soundkeep_domain::settings::{Difference, Settings, Value as Kept, Wish, Wrong};
use soundkeep_store::Transaction;
use soundkeep_store::identity::{assignments, factors, providers, sessions, users};
use soundkeep_store::settings as rows;

/// What somebody else changed since the caller read the settings.
#[derive(Debug)]
pub struct Meanwhile {
    /// The version in force.
    pub version: i64,
    /// What differs from the version that the caller read.
    pub differences: Vec<Difference>,
}

/// What a change would make.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The version that it would be made at.
    pub version: i64,
    /// What would differ.
    pub differences: Vec<Difference>,
}

/// Settings that were saved.
#[derive(Debug, Clone)]
pub struct Saved {
    /// As they are now.
    pub settings: Settings,
    /// What differs from before.
    pub differences: Vec<Difference>,
}

/// Names of fields as the caller sent them.
fn invalid(wrong: Vec<Wrong>) -> Error {
    let field = |wrong: Wrong| {
        let field = match wrong.channel {
            Some(channel) => format!("channels.{}.{}", channel.word(), wrong.key),
            None => format!("organisation.{}", wrong.key),
        };
        (field, wrong.sentence)
    };
    Error::Invalid(wrong.into_iter().map(field).collect())
}

/// Says what a change would make, and changes nothing.
///
/// # Errors
/// As [`change`].
pub async fn preview(vault: &Vault, caller: &Caller, version: Option<i64>, wishes: &[Wish]) -> Result<Preview> {
    let before = super::view(vault, caller).await?;
    let organisation = caller.organisation();
    if let Some(version) = version.filter(|version| *version != before.version()) {
        let mut reader = vault.store().reader();
        let read = rows::at_version(&mut reader, vault.registry(), organisation, version).await;
        return Err(changed(&before, read.ok()));
    }
    let after = before.with(&sealed_wishes(vault, organisation, wishes).await?).map_err(invalid)?;
    let differences = after.since(&before);
    check_secrets(&after, &differences)?;
    Ok(Preview { version: before.version(), differences })
}

fn changed(now: &Settings, read: Option<Settings>) -> Error {
    match read {
        Some(read) => {
            Error::SettingsChanged(Box::new(Meanwhile { version: now.version(), differences: now.since(&read) }))
        }
        None => Error::Changed,
    }
}

/// Changes settings that stand at this version, or at any when none is said. What changes nothing is no save.
///
/// # Errors
/// [`Error::SettingsChanged`] with what somebody else changed since that version; [`Error::Invalid`] with all that is
/// wrong; [`Error::Denied`].
pub async fn change(vault: &Vault, caller: &Caller, version: Option<i64>, wishes: &[Wish]) -> Result<Saved> {
    let wishes = sealed_wishes(vault, caller.organisation(), wishes).await?;
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let before = expected(vault, caller, &mut transaction, version).await?;
    let after = before.with(&wishes).map_err(invalid)?;
    save(vault, caller, transaction, &before, after, None).await
}

/// The settings in force, which must stand at this version.
pub(super) async fn expected(
    vault: &Vault,
    caller: &Caller,
    transaction: &mut Transaction,
    version: Option<i64>,
) -> Result<Settings> {
    let organisation = caller.organisation();
    let before = rows::in_force(transaction, vault.registry(), organisation).await?;
    match version.filter(|version| *version != before.version()) {
        None => Ok(before),
        Some(version) => {
            let read = rows::at_version(transaction, vault.registry(), organisation, version).await;
            Err(changed(&before, read.ok()))
        }
    }
}

fn check_secrets(after: &Settings, differences: &[Difference]) -> Result<()> {
    let kept = |key: &str| after.registry().find(key).map(|setting| after.in_force(setting, None).value);
    stay_where_they_are(differences, |key| matches!(kept(key), Some(Kept::Word(word)) if !word.is_empty()))
}

/// Refuses what would shut out whoever saves it.
async fn lock_out(caller: &Caller, transaction: &mut Transaction, after: &Settings) -> Result<()> {
    let organisation = caller.organisation();
    let (field, list, may_be_outside) = match caller.facts().kind() {
        CallerKind::System(_) => return Ok(()),
        CallerKind::ApiKey(_) => {
            if judge_way(after, caller.came_by()).is_err() {
                let sentence = "this would lock you out: you came in another way than this one";
                return Err(Error::invalid("organisation.api_authentication", sentence));
            }
            ("api_networks", after.api_networks(), false)
        }
        CallerKind::User(user) => {
            let email = users::get(transaction, organisation, user).await?.email;
            if after.domains_approved() && !is_of_domain(&after.email_domains(), &email) {
                let sentence = format!("this would lock you out: your address is {email}");
                return Err(Error::invalid("organisation.email_domains", sentence));
            }
            let shown = match caller.session().parse() {
                Ok(session) => sessions::shows_second_factor(transaction, organisation, session).await?,
                Err(_) => false,
            };
            ("console_networks", after.console_networks(), may_come_from_outside(caller.facts(), shown, after))
        }
    };
    if may_be_outside || Networks::of(&list).lets_in(caller.address()) {
        return Ok(());
    }
    let address = caller.address().map(|address| address.to_canonical().to_string()).unwrap_or_default();
    Err(Error::invalid(&format!("organisation.{field}"), format!("this would lock you out: you come from {address}")))
}

/// Refuses to let people sign in through providers alone before one is known to work, and while whoever saves it would
/// have no way back when none answers.
async fn way_in(caller: &Caller, transaction: &mut Transaction, before: &Settings, after: &Settings) -> Result<()> {
    if !after.sso_only() || before.sso_only() {
        return Ok(());
    }
    let organisation = caller.organisation();
    let field = "organisation.sso_only";
    let stand = providers::all(transaction, organisation).await?;
    if !stand.iter().any(|one| one.state == ProviderState::On && one.tested_at.is_some()) {
        let sentence = "first switch an identity provider on through which a test sign-in passed";
        return Err(Error::invalid(field, sentence));
    }
    let holders = assignments::holders(transaction, organisation, Permission::SecuritySettingsManage).await?;
    let savers = match caller.facts().kind() {
        CallerKind::User(user) => vec![user],
        CallerKind::ApiKey(_) | CallerKind::System(_) => holders.into_iter().map(|(user, _)| user).collect(),
    };
    for user in savers {
        if users::has_password(transaction, organisation, user).await?
            && factors::recovery_codes_left(transaction, organisation, user).await? > 0
        {
            return Ok(());
        }
    }
    let sentence = "this could lock everybody out: have a password and recovery codes first, which are the way back";
    Err(Error::invalid(field, sentence))
}

/// Saves, and tells the ledger.
pub(super) async fn save(
    vault: &Vault,
    caller: &Caller,
    mut transaction: Transaction,
    before: &Settings,
    after: Settings,
    restored: Option<i64>,
) -> Result<Saved> {
    let differences = after.since(before);
    if differences.is_empty() {
        return Ok(Saved { settings: before.clone(), differences });
    }
    check_secrets(&after, &differences)?;
    lock_out(caller, &mut transaction, &after).await?;
    way_in(caller, &mut transaction, before, &after).await?;
    let organisation = caller.organisation();
    let settings = after.at_version(before.version() + 1);
    let (kind, id) = caller.identity();
    let save = rows::Save {
        version: settings.version(),
        at: vault.now(),
        by: (kind.to_owned(), id),
        restored,
        changes: history::told(&differences),
    };
    rows::save(&mut transaction, organisation, &settings, &save).await?;
    if settings.session_hours() < before.session_hours() {
        rows::shorten_sessions(&mut transaction, organisation, settings.session_hours() * 60 * 60).await?;
    }
    let values = |new: bool| -> Value {
        let value = |difference: &Difference| {
            let in_force = if new { &difference.new } else { &difference.old };
            let value = if difference.setting.sensitive { json!("withheld") } else { in_force.value.json() };
            (difference.address(), value)
        };
        differences.iter().map(value).collect::<Map<_, _>>().into()
    };
    let mut draft = Draft::of(vault, caller, EventKind::SettingsChange)?
        .object(Object::new("settings", settings.version()))
        .old(Field::Plain(values(false)))
        .new_value(Field::Plain(values(true)));
    if let Some(restored) = restored {
        draft = draft.detail("restored_version", restored);
    }
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(Saved { settings, differences })
}
