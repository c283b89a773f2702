//! Identity providers: the forms in which they are told, listing and making.

use crate::door::Door;
use crate::extract::{Sent, Signed, from_json};
use crate::problem::{Answer, Refusal};
use crate::wire::{Guide, Id, Limit, Protocol, ProviderState, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::access::Limit as DomainLimit;
use soundkeep_app::domain::identity::{
    Claims as DomainClaims, Gives, Oidc as DomainOidc, Protocol as DomainProtocol, Provider, ProviderDocument,
    Saml as DomainSaml,
};
use soundkeep_app::identity::federation::{CertificateView, saml_addresses, saml_of_metadata};
use soundkeep_app::identity::{self, Mapping, ProviderView, ProviderWish};
use utoipa::ToSchema;

/// How an OpenID provider is reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Oidc {
    /// Its issuer, exactly as it names itself.
    issuer: String,
    /// What it calls this application.
    client_id: String,
    /// What is asked for besides `openid`.
    #[serde(default = "scopes")]
    #[schema(required = false)]
    scopes: Vec<String>,
}

fn scopes() -> Vec<String> {
    ["email", "profile"].map(str::to_owned).into()
}

/// How a SAML provider is reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saml {
    /// What it calls itself, exactly.
    entity_id: String,
    /// Where people are sent to sign in (HTTP-Redirect).
    sign_in_url: String,
    /// Where people are sent to sign out (HTTP-Redirect).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    logout_url: Option<String>,
    /// Where answers about signing out go, when that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    logout_answer_url: Option<String>,
    /// The certificates that it signs with, in PEM or Base64; several while one replaces another.
    certificates: Vec<String>,
    /// Where its metadata is read anew each day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    metadata_url: Option<String>,
    /// Whether only encrypted assertions are taken.
    #[serde(default)]
    #[schema(required = false)]
    encrypted_only: bool,
    /// Whether it may send people who didn't begin here.
    #[serde(default)]
    #[schema(required = false)]
    takes_unasked: bool,
    /// The way of signing in that is asked for (`AuthnContextClassRef`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asked_context: Option<String>,
}

impl From<DomainSaml> for Saml {
    fn from(saml: DomainSaml) -> Self {
        Self {
            entity_id: saml.entity_id,
            sign_in_url: saml.sign_in_url,
            logout_url: saml.logout_url,
            logout_answer_url: saml.logout_answer_url,
            certificates: saml.certificates,
            metadata_url: saml.metadata_url,
            encrypted_only: saml.encrypted_only,
            takes_unasked: saml.takes_unasked,
            asked_context: saml.asked_context,
        }
    }
}

impl From<Saml> for DomainSaml {
    fn from(saml: Saml) -> Self {
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            entity_id: saml.entity_id.trim().to_owned(),
            sign_in_url: saml.sign_in_url.trim().to_owned(),
            logout_url: filled(saml.logout_url),
            logout_answer_url: filled(saml.logout_answer_url),
            certificates: saml.certificates,
            metadata_url: filled(saml.metadata_url),
            encrypted_only: saml.encrypted_only,
            takes_unasked: saml.takes_unasked,
            asked_context: filled(saml.asked_context),
        }
    }
}

/// A certificate of a provider, or of ours.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Certificate {
    /// Whom it names; nobody has checked that.
    subject: String,
    #[schema(value_type = Time)]
    not_before: Timestamp,
    #[schema(value_type = Time)]
    not_after: Timestamp,
    /// Whether it ends within thirty days, or ended.
    ends_soon: bool,
    /// SHA-256, in hexadecimal.
    fingerprint: String,
    /// PEM.
    pem: String,
}

impl From<CertificateView> for Certificate {
    fn from(view: CertificateView) -> Self {
        let CertificateView { subject, not_before, not_after, ends_soon, fingerprint, pem } = view;
        Self { subject, not_before, not_after, ends_soon, fingerprint, pem }
    }
}

/// Under which names a provider says what. An empty one isn't looked for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Claims {
    /// The email address.
    #[schema(required = false)]
    email: String,
    /// The name.
    #[schema(required = false)]
    name: String,
    /// Groups or roles.
    #[schema(required = false)]
    groups: String,
}

impl Default for Claims {
    fn default() -> Self {
        DomainClaims::default().into()
    }
}

impl From<DomainClaims> for Claims {
    fn from(claims: DomainClaims) -> Self {
        Self { email: claims.email, name: claims.name, groups: claims.groups }
    }
}

/// What a group or role of the provider gives: a role, or belonging to a group.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderMapping {
    /// The group or role, exactly as the provider calls it.
    value: String,
    /// Stable name of a built-in role, or id of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role: Option<String>,
    /// How the role is limited: `none`, `supervised`, or `groups` with one group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limit: Option<Limit>,
    /// The group: that the role is limited to, or that they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    group: Option<String>,
    /// As what they belong to the group, without a role: `member` or `supervisor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    belongs_as: Option<Belongs>,
}

/// As what somebody belongs to a group.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Belongs {
    /// As one of its agents.
    Member,
    /// As somebody who looks after it.
    Supervisor,
}

impl ProviderMapping {
    fn read(self, at: usize) -> Answer<(String, Gives)> {
        let wrong = |field: &str, sentence: &str| Refusal::invalid(&format!("mappings[{at}].{field}"), sentence);
        let group =
            self.group.map(|id| id.parse().map_err(|_| wrong("group", "there is no such group"))).transpose()?;
        let gives = match (self.role, self.belongs_as, group) {
            (Some(role), None, group) => {
                let role = role.parse().map_err(|_| wrong("role", "there is no such role"))?;
                let limit = match (self.limit.unwrap_or(Limit::None), group) {
                    (Limit::None, None) => DomainLimit::None,
                    (Limit::Supervised, None) => DomainLimit::Supervised,
                    (Limit::Groups, Some(group)) => DomainLimit::Named(vec![group]),
                    (Limit::Groups, None) => return Err(wrong("group", "the group that the role is limited to")),
                    (_, Some(_)) => return Err(wrong("limit", "groups, when a group is named")),
                };
                Gives::Role(role, limit)
            }
            (None, Some(Belongs::Member), Some(group)) => Gives::Member(group),
            (None, Some(Belongs::Supervisor), Some(group)) => Gives::Supervisor(group),
            _ => return Err(wrong("role", "either a role, or a group and as what they belong to it")),
        };
        Ok((self.value, gives))
    }
}

impl From<Mapping> for ProviderMapping {
    fn from(mapping: Mapping) -> Self {
        let mut told = Self { value: mapping.value, role: None, limit: None, group: None, belongs_as: None };
        match mapping.gives {
            Gives::Role(role, limit) => {
                told.role = Some(role.to_string());
                told.limit = Some((&limit).into());
                if let DomainLimit::Named(groups) = limit {
                    told.group = groups.first().map(ToString::to_string);
                }
            }
            Gives::Member(group) => (told.group, told.belongs_as) = (Some(group.to_string()), Some(Belongs::Member)),
            Gives::Supervisor(group) => {
                (told.group, told.belongs_as) = (Some(group.to_string()), Some(Belongs::Supervisor));
            }
        }
        told
    }
}

/// A provider as somebody wants it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIdentityProvider {
    /// What stands in addresses: lower case letters, digits and hyphens. It stays.
    slug: String,
    name: String,
    guide: Guide,
    protocol: Protocol,
    /// Whose addresses it vouches for.
    #[serde(default)]
    #[schema(required = false)]
    domains: Vec<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    oidc: Option<Oidc>,
    #[serde(default)]
    #[schema(nullable = false)]
    saml: Option<Saml>,
    /// The metadata of a SAML provider, instead of `saml`.
    #[serde(default)]
    #[schema(nullable = false)]
    saml_metadata: Option<String>,
    /// Its client secret; left out, it stays as it is. It is never shown again.
    #[serde(default)]
    #[schema(format = Password, nullable = false)]
    client_secret: Option<String>,
    #[serde(default)]
    #[schema(required = false)]
    claims: Claims,
    /// Whether the addresses that it names are its people's, also where it doesn't say that it checked them.
    #[serde(default)]
    #[schema(required = false)]
    vouches_for_email: bool,
    /// Whether whoever it sends is made a user, when nobody has their address.
    #[serde(default)]
    #[schema(required = false)]
    creates_users: bool,
    /// Whether a second factor that it asked for counts here.
    #[serde(default)]
    #[schema(required = false)]
    second_factor_counts: bool,
    /// Values of `acr` that stand for a second factor.
    #[serde(default)]
    #[schema(required = false)]
    second_factor_contexts: Vec<String>,
    /// Who signed in there longer ago than so many hours has to do it again; 0 for any time.
    #[serde(default)]
    #[schema(required = false, minimum = 0, maximum = 720)]
    sign_in_hours_max: i64,
    #[serde(default)]
    #[schema(required = false)]
    mappings: Vec<ProviderMapping>,
    /// `on` wants a test that passed.
    #[serde(default = "off")]
    #[schema(required = false)]
    state: ProviderState,
}

const fn off() -> ProviderState {
    ProviderState::Off
}

impl NewIdentityProvider {
    pub(crate) fn read(self) -> Answer<ProviderWish> {
        let oidc = self.oidc.map(|oidc| DomainOidc {
            issuer: oidc.issuer.trim().to_owned(),
            client_id: oidc.client_id.trim().to_owned(),
            scopes: oidc.scopes,
        });
        let saml = match (self.saml, self.saml_metadata) {
            (Some(_), Some(_)) => return Err(Refusal::invalid("saml_metadata", "either this or saml")),
            (None, Some(document)) => Some(
                saml_of_metadata(&document, None).map_err(|sentence| Refusal::invalid("saml_metadata", &sentence))?,
            ),
            (saml, None) => saml.map(DomainSaml::from),
        };
        let claims = DomainClaims { email: self.claims.email, name: self.claims.name, groups: self.claims.groups };
        let mappings = self.mappings.into_iter().enumerate().map(|(at, mapping)| mapping.read(at));
        Ok(ProviderWish {
            provider: Provider {
                slug: self.slug,
                name: self.name,
                guide: self.guide.into(),
                protocol: self.protocol.into(),
                domains: self.domains,
                document: ProviderDocument {
                    oidc,
                    saml,
                    claims,
                    vouches_for_email: self.vouches_for_email,
                    creates_users: self.creates_users,
                    second_factor_counts: self.second_factor_counts,
                    second_factor_contexts: self.second_factor_contexts,
                    sign_in_hours_max: self.sign_in_hours_max,
                },
            },
            secret: self.client_secret,
            state: self.state.into(),
            mappings: mappings.collect::<Answer<_>>()?,
        })
    }
}

/// A provider as the operator's file tells it.
#[derive(Deserialize)]
struct Declared {
    /// The organisation's short name; the only one when left out.
    #[serde(default)]
    organisation: Option<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// Reads the operator's file: a JSON list of providers in the form of the API, each with the short name of its
/// `organisation`.
///
/// # Errors
/// A sentence that names the line where it is no JSON, or the provider and the field that doesn't fit.
pub fn read_declared(text: &[u8]) -> Result<Vec<(Option<String>, ProviderWish)>, String> {
    // Whoever writes it has it before them in lines; the error of the parser ends with where it is.
    serde_json::from_slice::<serde::de::IgnoredAny>(text).map_err(|error| format!("line {}: {error}", error.line()))?;
    let declared: Vec<Declared> = from_json(text).map_err(|refusal| refusal.sentence())?;
    let read = |(at, declared): (usize, Declared)| {
        let text = serde_json::to_vec(&declared.rest).map_err(|error| error.to_string())?;
        let wish = from_json::<NewIdentityProvider>(&text).and_then(NewIdentityProvider::read);
        let wish = wish.map_err(|refusal| format!("provider {}: {}", at + 1, refusal.sentence()))?;
        Ok((declared.organisation, wish))
    };
    declared.into_iter().enumerate().map(read).collect()
}

/// Addresses that have to be known at the provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderAddresses {
    /// Where it sends people back to: the redirect address of OpenID Connect, or SAML's assertion consumer service.
    callback: String,
    /// Where it tells that somebody signed out there: OpenID Connect back-channel logout, or SAML single logout.
    sign_out: String,
    /// Our metadata, which is our entity id as well (SAML).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    metadata: Option<String>,
}

/// An identity provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityProvider {
    #[schema(value_type = Id)]
    id: String,
    slug: String,
    name: String,
    guide: Guide,
    protocol: Protocol,
    domains: Vec<String>,
    #[schema(required = true)]
    oidc: Option<Oidc>,
    #[schema(required = true)]
    saml: Option<Saml>,
    /// The certificates with which a SAML provider signs.
    certificates: Vec<Certificate>,
    /// Ours towards a SAML provider: the first is in use, another one comes next.
    own_certificates: Vec<Certificate>,
    /// Whether a client secret is kept.
    has_secret: bool,
    claims: Claims,
    vouches_for_email: bool,
    creates_users: bool,
    second_factor_counts: bool,
    second_factor_contexts: Vec<String>,
    sign_in_hours_max: i64,
    mappings: Vec<ProviderMapping>,
    state: ProviderState,
    /// When a test of it, as it is now, last passed.
    #[schema(value_type = Option<Time>, required = true)]
    tested_at: Option<Timestamp>,
    addresses: ProviderAddresses,
    version: i64,
}

impl IdentityProvider {
    pub(crate) fn of(door: &Door, view: ProviderView) -> Self {
        let Provider { slug, name, guide, protocol, domains, document } = view.provider;
        let origin = &door.config.public_origin;
        let addresses = if protocol == DomainProtocol::Saml {
            let [metadata, callback, sign_out] = saml_addresses(origin, &slug);
            ProviderAddresses { callback, sign_out, metadata: Some(metadata) }
        } else {
            let address = |end: &str| format!("{origin}/oidc/{slug}/{end}");
            ProviderAddresses { callback: address("callback"), sign_out: address("logout"), metadata: None }
        };
        Self {
            id: view.id.to_string(),
            addresses,
            slug,
            name,
            guide: guide.into(),
            protocol: protocol.into(),
            domains,
            oidc: document.oidc.map(|oidc| Oidc {
                issuer: oidc.issuer,
                client_id: oidc.client_id,
                scopes: oidc.scopes,
            }),
            saml: document.saml.map(Saml::from),
            certificates: view.certificates.into_iter().map(Certificate::from).collect(),
            own_certificates: view.own_certificates.into_iter().map(Certificate::from).collect(),
            has_secret: view.has_secret,
            claims: document.claims.into(),
            vouches_for_email: document.vouches_for_email,
            creates_users: document.creates_users,
            second_factor_counts: document.second_factor_counts,
            second_factor_contexts: document.second_factor_contexts,
            sign_in_hours_max: document.sign_in_hours_max,
            mappings: view.mappings.into_iter().map(ProviderMapping::from).collect(),
            state: view.state.into(),
            tested_at: view.tested_at,
            version: view.version,
        }
    }
}

/// Identity providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityProviders {
    items: Vec<IdentityProvider>,
}

/// Lists the identity providers, oldest first.
#[utoipa::path(get, path = "/api/v1/identity-providers", tag = "identity",
    responses((status = 200, description = "All of them.", body = IdentityProviders)))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<IdentityProviders>> {
    let views = identity::providers(&door.vault, &caller).await?;
    let items = views.into_iter().map(|view| IdentityProvider::of(&door, view)).collect();
    Ok(Json(IdentityProviders { items }))
}

/// Sets an identity provider up, which is off until a test of it passed.
#[utoipa::path(post, path = "/api/v1/identity-providers", tag = "identity", request_body = NewIdentityProvider,
    responses((status = 201, description = "The provider.", body = IdentityProvider)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<NewIdentityProvider>,
) -> Answer<(StatusCode, Json<IdentityProvider>)> {
    let view = identity::create_provider(&door.vault, &caller, sent.read()?).await?;
    Ok((StatusCode::CREATED, Json(IdentityProvider::of(&door, view))))
}
