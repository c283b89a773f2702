//! What is kept for SAML beside a provider: our key pairs towards it, its metadata read anew each day, and warnings before
//! its certificates end.

use super::saml::{described, saml_of};
use crate::event::{Draft, record};
use crate::identity::change::{self, plain};
use crate::identity::providers::{seal, secret};
use crate::{Caller, Error, Result, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use soundkeep_domain::access::{SystemCaller, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::{Protocol, Saml};
use soundkeep_domain::{OrganisationId, ProviderId, Timestamp};
use soundkeep_federation::saml::{Binding, Certificate, IdentityProvider, ServiceKey, read_metadata};
use soundkeep_outbound::header::HeaderMap;
use soundkeep_outbound::{Limits, Url};
use soundkeep_store::identity::providers::{self as rows, Stored};
use soundkeep_store::identity::seen::{self, Kind};
use soundkeep_store::organisations;
use zeroize::{Zeroize as _, Zeroizing};

/// Before a certificate ends, this is told so early; seconds.
pub const CERTIFICATE_WARNING_SECONDS: i64 = 30 * 24 * 60 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A key pair as it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    private_key: String,
    certificate: Certificate,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

/// A certificate, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// Whom it names.
    pub subject: String,
    /// From when it is good.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// Whether that is soon, or was.
    pub ends_soon: bool,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// PEM.
    pub pem: String,
}

impl CertificateView {
    pub(in crate::identity) fn of(certificate: &Certificate, now: Timestamp) -> Self {
        Self {
            subject: certificate.subject().to_owned(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            ends_soon: certificate.not_after() <= now.plus_seconds(CERTIFICATE_WARNING_SECONDS),
            fingerprint: certificate.fingerprint(),
            pem: certificate.pem(),
        }
    }
}

/// A new key pair towards a provider.
async fn fresh(vault: &Vault, common_name: String) -> Result<ServiceKey> {
    let (serial, now) = (vault.random()?, vault.now());
    // Looking for prime numbers takes a while.
    let made = tokio::task::spawn_blocking(move || ServiceKey::generate(&common_name, serial, now)).await;
    made.map_err(Error::bug)?.map_err(Error::bug)
}

fn packed(keys: &[ServiceKey]) -> Result<Zeroizing<Vec<u8>>> {
    let kept: Vec<Kept> = keys
        .iter()
        .map(|key| Kept { private_key: STANDARD.encode(key.private_key()), certificate: key.certificate().clone() })
        .collect();
    serde_json::to_vec(&kept).map(Zeroizing::new).map_err(Error::bug)
}

/// A first key pair towards a SAML provider, to be sealed.
pub(in crate::identity) async fn first(vault: &Vault, slug: &str) -> Result<Zeroizing<Vec<u8>>> {
    packed(&[fresh(vault, format!("Soundkeep {slug}")).await?])
}

/// Our key pairs towards a provider: the first signs, and what is encrypted for any of them can be opened.
pub(super) async fn keys(vault: &Vault, stored: &Stored) -> Result<Vec<ServiceKey>> {
    let text = Zeroizing::new(secret(vault, stored).await?.unwrap_or_default());
    let kept: Vec<Kept> = serde_json::from_slice(&text).map_err(Error::bug)?;
    let restore = |kept: Kept| {
        let private_key = Zeroizing::new(STANDARD.decode(kept.private_key.as_bytes()).map_err(Error::bug)?);
        ServiceKey::restore(&private_key, kept.certificate.clone()).map_err(Error::bug)
    };
    kept.into_iter().map(restore).collect()
}

/// The certificates of the provider and of ours, as administrators see them; none for other protocols.
pub(in crate::identity) async fn certificates(
    vault: &Vault,
    stored: &Stored,
) -> Result<(Vec<CertificateView>, Vec<CertificateView>)> {
    let now = vault.now();
    let view = |certificate: &Certificate| CertificateView::of(certificate, now);
    match saml_of(stored) {
        Ok(saml) => {
            let theirs = described(saml).map_err(Error::bug)?.certificates;
            let ours = keys(vault, stored).await?;
            Ok((theirs.iter().map(view).collect(), ours.iter().map(|key| view(key.certificate())).collect()))
        }
        Err(_) => Ok((Vec::new(), Vec::new())),
    }
}

/// Goes one step of changing our key pair: the first time another certificate is published beside the one in use, so that
/// the provider can learn it; the second time the other one is used, and the old one is gone.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`] when there is no such SAML provider; [`Error::Changed`] when somebody else changed
/// it meanwhile.
pub async fn renew_saml_key(vault: &Vault, caller: &Caller, id: ProviderId) -> Result<()> {
    change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut vault.store().reader(), organisation, id).await?;
    saml_of(&before)?;
    let mut pairs = keys(vault, &before).await?;
    let step = if pairs.len() < 2 {
        pairs.push(fresh(vault, format!("Soundkeep {}", before.provider.slug)).await?);
        "published"
    } else {
        pairs.remove(0);
        "used"
    };
    let mut transaction = change::begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let mut after = rows::get(&mut transaction, organisation, id).await?;
    if after.version != before.version {
        return Err(Error::Changed);
    }
    after.sealed_secret = Some(seal(vault, organisation, id, &packed(&pairs)?).await?);
    rows::change(&mut transaction, &after, &after.provider).await?;
    let newest = pairs.last().map(|key| key.certificate().fingerprint()).unwrap_or_default();
    let draft = Draft::of(vault, caller, EventKind::ProviderChange)?
        .object(Object::new("identity_provider", id).named(&before.provider.name))
        .detail("own_certificate", newest)
        .detail("step", step);
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Where metadata is.
#[derive(Debug, Clone)]
pub enum Given {
    /// Here.
    Document(String),
    /// At an address.
    Address(String),
}

/// Reads metadata into what is kept of a provider.
pub(super) async fn metadata(vault: &Vault, given: Given) -> Result<Saml> {
    let (document, address) = match given {
        Given::Document(document) => (document, None),
        Given::Address(address) => {
            let url = Url::parse(address.trim()).map_err(|_| Error::invalid("url", "this is no address"))?;
            (fetched(vault, &url).await.map_err(|sentence| Error::invalid("url", &sentence))?, Some(url.to_string()))
        }
    };
    let field = if address.is_some() { "url" } else { "document" };
    let reading = move || saml_of_metadata(&document, address);
    let read = tokio::task::spawn_blocking(reading).await.map_err(Error::bug)?;
    read.map_err(|sentence| Error::invalid(field, &sentence))
}

/// What is kept of a provider with this metadata; else a sentence that says what is wrong with it.
///
/// # Errors
/// The sentence.
pub fn saml_of_metadata(document: &str, metadata_url: Option<String>) -> std::result::Result<Saml, String> {
    let read = read_metadata(document).map_err(|bad| bad.to_string())?;
    let none = "the metadata names no address for sign-in by redirect (HTTP-Redirect)";
    kept_of(read, metadata_url).ok_or_else(|| none.to_owned())
}

fn kept_of(read: IdentityProvider, metadata_url: Option<String>) -> Option<Saml> {
    let sign_in = read.sign_in.into_iter().find(|endpoint| endpoint.binding == Binding::Redirect)?;
    let logout = read.logout.into_iter().find(|endpoint| endpoint.binding == Binding::Redirect);
    let (logout_url, logout_answer_url) =
        logout.map_or((None, None), |endpoint| (Some(endpoint.url), endpoint.response_url));
    Some(Saml {
        entity_id: read.entity_id,
        sign_in_url: sign_in.url,
        logout_url,
        logout_answer_url,
        certificates: read.certificates.iter().map(Certificate::pem).collect(),
        metadata_url,
        encrypted_only: false,
        takes_unasked: false,
        asked_context: None,
    })
}

async fn fetched(vault: &Vault, url: &Url) -> std::result::Result<String, String> {
    let limits = Limits { body_bytes_max: 2 * 1024 * 1024, ..Limits::default() };
    let answer = vault.outbound().get(url, &HeaderMap::new(), limits).await.map_err(|error| error.to_string())?;
    if !answer.is_success() {
        return Err(format!("the server answers with {}", answer.status));
    }
    String::from_utf8(answer.body.to_vec()).map_err(|_| "the document isn't UTF-8".to_owned())
}

/// Reads the metadata of providers anew, once a day, and warns once of each certificate that ends soon.
///
/// # Errors
/// When the database refuses; a provider that doesn't answer is none.
pub(in crate::identity) async fn tend(vault: &Vault) -> Result<()> {
    for organisation in organisations::all(&mut vault.store().reader()).await? {
        for stored in rows::all(&mut vault.store().reader(), organisation.id).await? {
            if stored.provider.protocol == Protocol::Saml {
                tend_one(vault, organisation.id, stored).await?;
            }
        }
        let mut transaction = vault.store().begin().await?;
        seen::forget(&mut transaction, organisation.id, vault.now()).await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn tend_one(vault: &Vault, organisation: OrganisationId, stored: Stored) -> Result<()> {
    let now = vault.now();
    let caller = crate::operator::system_caller(vault, organisation, SystemCaller::Directory).await?;
    let mut stored = stored;
    if let Some(address) = saml_of(&stored)?.metadata_url.clone() {
        let day = (now.as_unix_seconds() / DAY_SECONDS).to_string();
        let mut transaction = vault.store().begin().await?;
        let until = now.plus_seconds(2 * DAY_SECONDS);
        let is_due = seen::first_time(&mut transaction, organisation, stored.id, (Kind::Metadata, &day), until).await?;
        transaction.commit().await?;
        if is_due {
            stored = refreshed(vault, &caller, stored, address).await?;
        }
    }
    for certificate in described(saml_of(&stored)?).map_err(Error::bug)?.certificates {
        if certificate.not_after() > now.plus_seconds(CERTIFICATE_WARNING_SECONDS) {
            continue;
        }
        let mut transaction = vault.store().begin().await?;
        let warned = (Kind::Certificate, certificate.fingerprint());
        let until = certificate.not_after().plus_seconds(365 * DAY_SECONDS);
        if seen::first_time(&mut transaction, organisation, stored.id, (warned.0, &warned.1), until).await? {
            let draft = Draft::of(vault, &caller, EventKind::ProviderCertificateEnds)?
                .object(Object::new("identity_provider", stored.id).named(&stored.provider.name))
                .detail("fingerprint", warned.1.as_str())
                .detail("ends_at", certificate.not_after().to_string());
            record(vault, &mut transaction, draft).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// The provider with what its metadata says now. What was set here, and its name, stay; a document of another provider
/// changes nothing.
async fn refreshed(vault: &Vault, caller: &Caller, stored: Stored, address: String) -> Result<Stored> {
    let read = match metadata(vault, Given::Address(address)).await {
        Ok(read) => read,
        Err(Error::Invalid(wrong)) => {
            let why = wrong.first().map(|(_, sentence)| sentence.as_str()).unwrap_or_default();
            tracing::warn!(provider = %stored.provider.slug, why, "metadata of an identity provider can't be read anew");
            return Ok(stored);
        }
        Err(error) => return Err(error),
    };
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, stored.organisation).await?;
    let current = rows::get(&mut transaction, stored.organisation, stored.id).await?;
    let Ok(known) = saml_of(&current).cloned() else { return Ok(current) };
    let said = Saml {
        encrypted_only: known.encrypted_only,
        takes_unasked: known.takes_unasked,
        asked_context: known.asked_context.clone(),
        metadata_url: known.metadata_url.clone(),
        ..read
    };
    if said.entity_id != known.entity_id {
        tracing::warn!(provider = %current.provider.slug, "metadata names another identity provider, and is left alone");
        return Ok(current);
    }
    if same(&said, &known) {
        return Ok(current);
    }
    let mut provider = current.provider.clone();
    provider.document.saml = Some(said.clone());
    rows::change(&mut transaction, &current, &provider).await?;
    let draft = Draft::of(vault, caller, EventKind::ProviderChange)?
        .object(Object::new("identity_provider", current.id).named(&provider.name))
        .old(plain(json!({"saml": known})))
        .new_value(plain(json!({"saml": said})))
        .detail("by", "metadata");
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(rows::get(&mut vault.store().reader(), current.organisation, current.id).await?)
}

/// Whether two descriptions are one, however their certificates are written.
fn same(one: &Saml, other: &Saml) -> bool {
    let certificates = |saml: &Saml| described(saml).map(|described| described.certificates).ok();
    certificates(one) == certificates(other)
        && Saml { certificates: Vec::new(), ..one.clone() } == Saml { certificates: Vec::new(), ..other.clone() }
}
