//! Identity providers of an organisation: describing them, switching them on, and what their groups mean here.
//!
//! Whoever decides which provider to believe decides who comes in as whom, so that this is among the security
//! settings. A client secret is sealed and never shown again.

use super::change::plain;
use super::federation::mapping::take_back;
use super::federation::saml::described;
use super::federation::saml_keys::{self, CertificateView};
use super::scim;
use crate::access::weigh;
use crate::access::what_if::begin;
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_crypto::sealed;
use soundkeep_domain::access::{Limit, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::{Gives, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_domain::settings::networks::read_domains;
use soundkeep_domain::{MappingId, OrganisationId, ProviderId, Timestamp};
use soundkeep_store::Transaction;
use soundkeep_store::directory::groups as directory_groups;
use soundkeep_store::identity::providers::{self as rows, Mapping, Stored};
use soundkeep_store::identity::{external, through};
use zeroize::Zeroizing;

/// Most providers of an organisation.
const PROVIDERS_MAX: usize = 100;
/// Most mappings of a provider.
const MAPPINGS_MAX: usize = 500;
/// Longest name of a group at a provider, in characters.
const VALUE_CHARACTERS_MAX: usize = 500;
/// Longest client secret, in bytes.
const SECRET_BYTES_MAX: usize = 4096;

/// A provider as administrators see it.
#[derive(Debug, Clone)]
pub struct ProviderView {
    /// Its id.
    pub id: ProviderId,
    /// How it is described.
    pub provider: Provider,
    /// Whether people come in through it.
    pub state: ProviderState,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// When a test of it, as it is described now, last passed.
    pub tested_at: Option<Timestamp>,
    /// What its groups and roles mean here.
    pub mappings: Vec<Mapping>,
    /// The certificates with which a SAML provider signs.
    pub certificates: Vec<CertificateView>,
    /// Those of ours towards a SAML provider: the first is in use, another one comes next.
    pub own_certificates: Vec<CertificateView>,
    /// Grows with every change.
    pub version: i64,
}

/// A provider as somebody wants it.
#[derive(Clone)]
pub struct ProviderWish {
    /// How it is described.
    pub provider: Provider,
    /// Its secret; nothing leaves it as it was.
    pub secret: Option<String>,
    /// Whether people come in through it.
    pub state: ProviderState,
    /// What its groups and roles mean here: what it calls them, and what that gives.
    pub mappings: Vec<(String, Gives)>,
}

/// What binds a sealed secret to its place.
fn context(organisation: OrganisationId, provider: ProviderId) -> Vec<u8> {
    [b"provider:".as_slice(), organisation.as_bytes(), provider.as_bytes()].concat()
}

pub(super) async fn seal(
    vault: &Vault,
    organisation: OrganisationId,
    id: ProviderId,
    secret: &[u8],
) -> Result<Vec<u8>> {
    let key = vault.keys(organisation).await?.key.object_key("provider", id.as_bytes())?;
    Ok(sealed::seal_whole(&key, &context(organisation, id), secret, vault.entropy())?)
}

/// A provider's secret, if it has one.
pub(super) async fn secret(vault: &Vault, stored: &Stored) -> Result<Option<Vec<u8>>> {
    let Some(sealed) = &stored.sealed_secret else { return Ok(None) };
    let key = vault.keys(stored.organisation).await?.key.object_key("provider", stored.id.as_bytes())?;
    let opened = sealed::open_whole(&key, &context(stored.organisation, stored.id), sealed.clone())?;
    Ok(Some(opened.to_vec()))
}

async fn view(vault: &Vault, stored: Stored) -> Result<ProviderView> {
    let mappings = rows::mappings(&mut vault.store().reader(), stored.organisation, stored.id).await?;
    let (certificates, own_certificates) = saml_keys::certificates(vault, &stored).await?;
    Ok(ProviderView {
        id: stored.id,
        // What is sealed of a SAML provider is ours.
        has_secret: stored.sealed_secret.is_some() && stored.provider.protocol != Protocol::Saml,
        certificates,
        own_certificates,
        provider: stored.provider,
        state: stored.state,
        tested_at: stored.tested_at,
        mappings,
        version: stored.version,
    })
}

/// The providers of the organisation, oldest first.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`.
pub async fn providers(vault: &Vault, caller: &Caller) -> Result<Vec<ProviderView>> {
    super::change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let mut views = Vec::new();
    for stored in rows::all(&mut vault.store().reader(), caller.organisation()).await? {
        views.push(view(vault, stored).await?);
    }
    Ok(views)
}

/// One provider.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn provider(vault: &Vault, caller: &Caller, id: ProviderId) -> Result<ProviderView> {
    super::change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    view(vault, rows::get(&mut vault.store().reader(), caller.organisation(), id).await?).await
}

/// The wish in its normal form, or what doesn't fit in it.
fn fitting(mut wish: ProviderWish) -> Result<ProviderWish> {
    let mut wrong: Vec<(String, String)> = Vec::new();
    wish.provider.name = wish.provider.name.trim().to_owned();
    match read_domains(&wish.provider.domains) {
        Ok(domains) => wish.provider.domains = domains,
        Err(sentence) => wrong.push(("domains".to_owned(), sentence)),
    }
    let unfit = wish.provider.unfit();
    wrong.extend(unfit.into_iter().map(|(field, sentence)| (field.to_owned(), sentence.to_owned())));
    if wish.secret.as_ref().is_some_and(|secret| secret.is_empty() || secret.len() > SECRET_BYTES_MAX) {
        wrong.push(("client_secret".to_owned(), format!("1 to {SECRET_BYTES_MAX} bytes")));
    }
    if wish.secret.is_some() && wish.provider.protocol == Protocol::Saml {
        wrong.push(("client_secret".to_owned(), "only for OpenID Connect".to_owned()));
    }
    if let Some(Err(bad)) = wish.provider.document.saml.as_ref().map(described) {
        wrong.push(("saml.certificates".to_owned(), bad.to_string()));
    }
    if wish.mappings.len() > MAPPINGS_MAX {
        wrong.push(("mappings".to_owned(), format!("at most {MAPPINGS_MAX}")));
    }
    for (at, (value, gives)) in wish.mappings.iter().enumerate() {
        if value.trim().is_empty() || value.chars().count() > VALUE_CHARACTERS_MAX {
            wrong.push((format!("mappings[{at}].value"), "what the provider calls the group or role".to_owned()));
        }
        if matches!(gives, Gives::Role(_, Limit::Named(groups)) if groups.len() != 1) {
            wrong.push((format!("mappings[{at}].groups"), "one group".to_owned()));
        }
    }
    if wish.provider.protocol == Protocol::None && wish.state == ProviderState::On {
        wrong.push((
            "state".to_owned(),
            "nobody signs in through a provider that only keeps users up to date".to_owned(),
        ));
    }
    if wrong.is_empty() { Ok(wish) } else { Err(Error::Invalid(wrong)) }
}

fn told(provider: &Provider, state: ProviderState) -> Value {
    json!({
        "name": provider.name, "guide": provider.guide, "protocol": provider.protocol, "domains": provider.domains,
        "document": provider.document, "state": state,
    })
}

fn told_mappings(mappings: &[Mapping]) -> Value {
    let gives = |gives: &Gives| match gives {
        Gives::Role(role, Limit::None) => json!({"role": role.to_string()}),
        Gives::Role(role, Limit::Supervised) => json!({"role": role.to_string(), "limit": "supervised"}),
        Gives::Role(role, Limit::Named(groups)) => {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            json!({"role": role.to_string(), "groups": groups})
        }
        Gives::Member(group) => json!({"member": group.to_string()}),
        Gives::Supervisor(group) => json!({"supervisor": group.to_string()}),
    };
    let one = |mapping: &Mapping| json!({"value": mapping.value, "gives": gives(&mapping.gives)});
    mappings.iter().map(one).collect()
}

async fn set_mappings(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, id): (OrganisationId, ProviderId),
    wishes: &[(String, Gives)],
) -> Result<Vec<Mapping>> {
    let mut mappings = Vec::new();
    for (value, gives) in wishes {
        let mapping_id = MappingId::make(vault.now(), &vault.random()?);
        mappings.push(Mapping { id: mapping_id, value: value.trim().to_owned(), gives: gives.clone() });
    }
    let set = rows::set_mappings(transaction, organisation, id, &mappings).await;
    set.map_err(|error| match error {
        soundkeep_store::Error::NotFound => Error::invalid("mappings", "there is no such role or group"),
        error => error.into(),
    })?;
    Ok(mappings)
}

/// Sets a provider up. It is off, whatever the wish says: a test comes first.
///
/// # Errors
/// [`Error::Denied`]; [`Error::Invalid`] with all that doesn't fit; [`Error::Conflict`] when another has its short name or
/// one of its domains.
pub async fn create_provider(vault: &Vault, caller: &Caller, wish: ProviderWish) -> Result<ProviderView> {
    let wish = fitting(ProviderWish { state: ProviderState::Off, ..wish })?;
    super::change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let secret = secret_of(vault, &wish).await?;
    let transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let stored = add(vault, caller, transaction, (wish, secret)).await?;
    view(vault, stored).await
}

/// What is sealed of a new provider: its secret, or a key pair of ours, which takes a while to make.
async fn secret_of(vault: &Vault, wish: &ProviderWish) -> Result<Option<Zeroizing<Vec<u8>>>> {
    match wish.provider.protocol {
        Protocol::Saml => saml_keys::first(vault, &wish.provider.slug).await.map(Some),
        Protocol::Oidc | Protocol::None => {
            Ok(wish.secret.as_ref().map(|secret| Zeroizing::new(secret.as_bytes().to_vec())))
        }
    }
}

async fn add(
    vault: &Vault,
    caller: &Caller,
    mut transaction: Transaction,
    (wish, secret): (ProviderWish, Option<Zeroizing<Vec<u8>>>),
) -> Result<Stored> {
    let (organisation, now) = (caller.organisation(), vault.now());
    if rows::all(&mut transaction, organisation).await?.len() >= PROVIDERS_MAX {
        return Err(Error::Conflict("there are a hundred providers: delete one first"));
    }
    let id = ProviderId::make(now, &vault.random()?);
    let sealed_secret = match &secret {
        Some(secret) => Some(seal(vault, organisation, id, secret).await?),
        None => None,
    };
    let place = (organisation, id);
    rows::add(&mut transaction, place, &wish.provider, sealed_secret.as_deref(), now).await?;
    let mappings = set_mappings(vault, &mut transaction, place, &wish.mappings).await?;
    let draft = Draft::of(vault, caller, EventKind::ProviderCreated)?
        .object(Object::new("identity_provider", id).named(&wish.provider.name))
        .new_value(plain(told(&wish.provider, ProviderState::Off)))
        .detail("slug", wish.provider.slug.as_str())
        .detail("mappings", told_mappings(&mappings));
    record(vault, &mut transaction, draft).await?;
    let stored = rows::get(&mut transaction, organisation, id).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(stored)
}

/// Whether a test of one description tells something of the other.
fn is_tested_alike(one: &ProviderDocument, other: &ProviderDocument) -> bool {
    let with_rights = |document: &ProviderDocument| ProviderDocument { creates_users: false, ..document.clone() };
    with_rights(one) == with_rights(other)
}

/// Changes a provider that stands at this version.
///
/// # Errors
/// [`Error::Changed`] when it doesn't; [`Error::Conflict`] when it is switched on untested, or when nobody could come in
/// any more; [`Error::Invalid`], [`Error::Denied`], [`Error::NotFound`]; as [`weigh::commit`] when it takes rights.
pub async fn change_provider(
    vault: &Vault,
    caller: &Caller,
    id: ProviderId,
    version: i64,
    wish: ProviderWish,
) -> Result<ProviderView> {
    let wish = fitting(wish)?;
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let before = rows::get(&mut transaction, caller.organisation(), id).await?;
    if before.version != version {
        return Err(Error::Changed);
    }
    if before.provider.slug != wish.provider.slug {
        return Err(Error::invalid("slug", "it stays as it is: addresses at the provider hold it"));
    }
    change(vault, caller, transaction, before, wish, false).await?;
    view(vault, rows::get(&mut vault.store().reader(), caller.organisation(), id).await?).await
}

async fn change(
    vault: &Vault,
    caller: &Caller,
    mut transaction: Transaction,
    before: Stored,
    wish: ProviderWish,
    is_declared: bool,
) -> Result<()> {
    let (organisation, id) = (before.organisation, before.id);
    let names = before.provider.document.namespace();
    if let Some((field, _)) = names
        && names != wish.provider.document.namespace()
        && external::has_people(&mut transaction, organisation, id).await?
    {
        let sentence = "people come in by the names that this one gives them: add the other as a provider of its own";
        return Err(Error::invalid(field, sentence));
    }
    let mut after = before.clone();
    let alike = is_tested_alike(&before.provider.document, &wish.provider.document)
        && before.provider.protocol == wish.provider.protocol;
    if !alike || wish.secret.is_some() {
        after.tested_at = None;
    }
    let (was_saml, is_saml) = (before.provider.protocol == Protocol::Saml, wish.provider.protocol == Protocol::Saml);
    if is_saml && !was_saml {
        let first = saml_keys::first(vault, &wish.provider.slug).await?;
        after.sealed_secret = Some(seal(vault, organisation, id, &first).await?);
    } else if was_saml && !is_saml {
        after.sealed_secret = None;
    }
    if let Some(secret) = &wish.secret {
        after.sealed_secret = Some(seal(vault, organisation, id, secret.as_bytes()).await?);
    }
    // Switching on wants a test of what is switched on. Whoever is on already goes on: an administrator who renews a
    // secret must not shut everybody out until somebody has tested it.
    let switches_on = before.state == ProviderState::Off && wish.state == ProviderState::On;
    if switches_on && after.tested_at.is_none() && !is_declared {
        return Err(Error::Conflict("test the sign-in through this provider first"));
    }
    after.state = wish.state;
    if before.state == ProviderState::On && after.state == ProviderState::Off {
        keep_a_way_in(vault, &mut transaction, organisation, id).await?;
        through::end_sign_ins(&mut transaction, organisation, id, vault.now()).await?;
    }
    rows::change(&mut transaction, &after, &wish.provider).await?;
    let old_mappings = rows::mappings(&mut transaction, organisation, id).await?;
    let mappings = set_mappings(vault, &mut transaction, (organisation, id), &wish.mappings).await?;
    let kept: Vec<&Gives> = mappings.iter().map(|mapping| &mapping.gives).collect();
    take_back(vault, &mut transaction, caller, &before, &kept).await?;
    // Groups that a directory pushed give at once what they mean from now on.
    let pushed = directory_groups::everybody(&mut transaction, organisation, id).await?;
    scim::apply_mappings(vault, &mut transaction, caller, &before, &pushed).await?;
    let mut draft = Draft::of(vault, caller, EventKind::ProviderChange)?
        .object(Object::new("identity_provider", id).named(&wish.provider.name))
        .old(plain(told(&before.provider, before.state)))
        .new_value(plain(told(&wish.provider, after.state)))
        .detail("secret_changed", wish.secret.is_some());
    let (old, new) = (told_mappings(&old_mappings), told_mappings(&mappings));
    if old != new {
        draft = draft.detail("old_mappings", old).detail("new_mappings", new);
    }
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await
}

/// Refuses to take the last provider away through which people sign in where they sign in through providers alone.
async fn keep_a_way_in(
    vault: &Vault,
    transaction: &mut Transaction,
    organisation: OrganisationId,
    going: ProviderId,
) -> Result<()> {
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    let others = rows::all(transaction, organisation).await?;
    let stays = others.iter().any(|other| other.id != going && other.state == ProviderState::On);
    if settings.sso_only() && !stays {
        return Err(Error::Conflict(
            "people sign in through this provider alone: let them sign in with passwords again first",
        ));
    }
    Ok(())
}

/// Deletes a provider. What it gave to people is taken from them; they stay, with what they were given by hand.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Conflict`] when nobody could come in any more; as [`weigh::commit`].
pub async fn delete_provider(vault: &Vault, caller: &Caller, id: ProviderId) -> Result<()> {
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation, id).await?;
    if before.state == ProviderState::On {
        keep_a_way_in(vault, &mut transaction, organisation, id).await?;
    }
    through::end_sign_ins(&mut transaction, organisation, id, vault.now()).await?;
    take_back(vault, &mut transaction, caller, &before, &[]).await?;
    soundkeep_store::directory::groups::forget_provider(&mut transaction, organisation, id).await?;
    rows::delete(&mut transaction, organisation, id).await?;
    let draft = Draft::of(vault, caller, EventKind::ProviderDeleted)?
        .object(Object::new("identity_provider", id).named(&before.provider.name))
        .old(plain(told(&before.provider, before.state)))
        .detail("slug", before.provider.slug.as_str());
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await
}

/// Whether a provider that the operator's file describes could be set up, as far as that can be told without looking at
/// what there is.
///
/// # Errors
/// [`Error::Invalid`] with what doesn't fit.
pub fn check_declared_provider(wish: &ProviderWish) -> Result<()> {
    fitting(wish.clone()).map(|_| ())
}

/// Sets a provider up as the operator's file says, or changes it so; switched on untested when the file says so, because
/// whoever writes it holds the machine. Says whether anything changed.
///
/// # Errors
/// As [`create_provider`] and [`change_provider`]; [`Error::Conflict`] when another organisation has the short name.
pub async fn declare_provider(vault: &Vault, organisation: OrganisationId, wish: ProviderWish) -> Result<bool> {
    use soundkeep_domain::access::SystemCaller;
    let caller = crate::operator::system_caller(vault, organisation, SystemCaller::Operator).await?;
    let wish = fitting(wish)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let before = match rows::by_slug(&mut transaction, &wish.provider.slug).await {
        Ok(stored) if stored.organisation != organisation => {
            return Err(Error::Conflict("another organisation has a provider of this short name"));
        }
        Ok(stored) => stored,
        Err(soundkeep_store::Error::NotFound) => {
            let state = wish.state;
            drop(transaction);
            let secret = secret_of(vault, &wish).await?;
            transaction = vault.store().begin().await?;
            soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
            let stored = add(vault, &caller, transaction, (wish.clone(), secret)).await?;
            if state == ProviderState::Off {
                return Ok(true);
            }
            transaction = vault.store().begin().await?;
            soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
            stored
        }
        Err(error) => return Err(error.into()),
    };
    let known_secret = secret(vault, &before).await?;
    let secret = wish.secret.clone().filter(|secret| known_secret.as_deref() != Some(secret.as_bytes()));
    let mappings = rows::mappings(&mut transaction, organisation, before.id).await?;
    let mapped: Vec<(String, Gives)> = mappings.into_iter().map(|one| (one.value, one.gives)).collect();
    let stands = before.provider == wish.provider && before.state == wish.state && mapped == wish.mappings;
    if stands && secret.is_none() {
        return Ok(false);
    }
    change(vault, &caller, transaction, before, ProviderWish { secret, ..wish }, true).await?;
    Ok(true)
}
