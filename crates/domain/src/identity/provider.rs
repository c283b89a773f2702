//! Identity providers: how one is described, and what it may say of people.
//!
//! Pure: no document of a provider is read here, and nobody is looked up.

use crate::Timestamp;
use crate::access::{Limit, RoleKey};
use crate::conversations::words;
use crate::ids::GroupId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// Which language a provider speaks when people sign in.
    Protocol {
        /// OpenID Connect.
        Oidc = "oidc",
        /// SAML 2.0.
        Saml = "saml",
        /// None: it only keeps users up to date.
        None = "none",
    }
}

words! {
    /// Whose guide its set-up page shows.
    Guide {
        /// Okta.
        Okta = "okta",
        /// Microsoft Entra ID.
        Entra = "entra",
        /// Google Workspace.
        Google = "google",
        /// Keycloak.
        Keycloak = "keycloak",
        /// Any other.
        Other = "other",
    }
}

words! {
    /// Whether people come in through it.
    ProviderState {
        /// Not yet, or not any more.
        Off = "off",
        /// They do.
        On = "on",
    }
}

words! {
    /// Why somebody is sent to a provider.
    Purpose {
        /// To sign in.
        SignIn = "sign_in",
        /// To prove anew who they are.
        StepUp = "step_up",
        /// To find out whether it works.
        Test = "test",
    }
}

/// How an OpenID provider is reached (OpenID Connect Discovery 1.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oidc {
    /// Its issuer, exactly as it names itself.
    pub issuer: String,
    /// Under which name it knows us.
    pub client_id: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
}

/// How a SAML provider is reached, from its metadata or typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saml {
    /// Its name, exactly as it stands in what it sends.
    pub entity_id: String,
    /// Where people are sent to sign in, by redirect.
    pub sign_in_url: String,
    /// Where people are sent to sign out, by redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout_url: Option<String>,
    /// Where answers about signing out go, when that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout_answer_url: Option<String>,
    /// The certificates that it signs with, in PEM or Base64; several while one replaces another.
    pub certificates: Vec<String>,
    /// Where its metadata is read anew each day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<String>,
    /// Whether only encrypted assertions are taken.
    #[serde(default)]
    pub encrypted_only: bool,
    /// Whether it may send people who didn't begin here.
    #[serde(default)]
    pub takes_unasked: bool,
    /// The way of signing in that is asked for, an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_context: Option<String>,
}

/// Most certificates of a provider.
const CERTIFICATES_MAX: usize = 10;

impl Saml {
    /// What doesn't fit, but for what stands in certificates.
    fn unfit(&self) -> Vec<Unfit> {
        let is_address = |text: &str| {
            (text.starts_with("https://") || text.starts_with("http://"))
                && text.len() <= 2048
                && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        };
        let optional = |text: &Option<String>| text.as_deref().is_none_or(is_address);
        let checks = [
            (
                !self.entity_id.trim().is_empty() && self.entity_id.chars().count() <= 1024,
                ("saml.entity_id", "what the provider calls itself, at most 1024 characters"),
            ),
            (is_address(&self.sign_in_url), ("saml.sign_in_url", "an address such as https://login.example.org/saml")),
            (optional(&self.logout_url), ("saml.logout_url", "an address, or nothing")),
            (optional(&self.logout_answer_url), ("saml.logout_answer_url", "an address, or nothing")),
            (optional(&self.metadata_url), ("saml.metadata_url", "an address, or nothing")),
            (
                (1..=CERTIFICATES_MAX).contains(&self.certificates.len()),
                ("saml.certificates", "one to ten certificates that the provider signs with"),
            ),
            (
                self.asked_context.as_deref().is_none_or(is_text),
                ("saml.asked_context", "the name of a way to sign in, or nothing"),
            ),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, unfit)| unfit).collect()
    }
}

/// Under which names a provider says what. Empty ones aren't looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The email address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Groups or roles.
    pub groups: String,
}

impl Default for Claims {
    fn default() -> Self {
        Self { email: "email".to_owned(), name: "name".to_owned(), groups: "groups".to_owned() }
    }
}

/// What a provider is set to, but for its names, its domains, its secret and its mappings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderDocument {
    /// How it is reached by OpenID Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
    /// How it is reached by SAML 2.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saml: Option<Saml>,
    /// Under which names it says what.
    pub claims: Claims,
    /// Whether the addresses that it names are its people's, also where it doesn't say that it checked them.
    pub vouches_for_email: bool,
    /// Whether whoever it sends is made a user, when nobody has their address.
    pub creates_users: bool,
    /// Whether a second factor that it asked for counts here.
    pub second_factor_counts: bool,
    /// Values of `acr` that stand for a second factor, besides those of `amr` (RFC 8176).
    pub second_factor_contexts: Vec<String>,
    /// Who signed in there longer ago than so many hours isn't let in without doing it again; 0 lets in whom it lets in.
    pub sign_in_hours_max: i64,
}

/// The longest time since a sign-in at a provider that can be asked for; hours.
const SIGN_IN_HOURS_MAX: i64 = 30 * 24;

impl ProviderDocument {
    /// Whose names its names for people are, with the field that says so: another issuer's are other people's.
    #[must_use]
    pub fn namespace(&self) -> Option<(&'static str, &str)> {
        let oidc = self.oidc.as_ref().map(|oidc| ("issuer", oidc.issuer.as_str()));
        oidc.or_else(|| self.saml.as_ref().map(|saml| ("entity_id", saml.entity_id.as_str())))
    }
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// What stands in addresses; unique in the vault.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whose guide its page shows.
    pub guide: Guide,
    /// How people come in through it.
    pub protocol: Protocol,
    /// Whose addresses it vouches for.
    pub domains: Vec<String>,
    /// Everything else.
    pub document: ProviderDocument,
}

/// What a value of a provider gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gives {
    /// A role, unlimited, limited to one group, or to the groups that they supervise.
    Role(RoleKey, Limit),
    /// They belong to a group as a member.
    Member(GroupId),
    /// They look after a group.
    Supervisor(GroupId),
}

/// What a provider said of somebody, after its signature held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrived {
    /// Its own, lasting name for them.
    pub subject: String,
    /// Their address, if it named one.
    pub email: Option<String>,
    /// Whether it says that the address is theirs.
    pub email_verified: bool,
    /// Their name, if it named one.
    pub name: Option<String>,
    /// Groups and roles.
    pub groups: Vec<String>,
    /// The groups were left out, because there are too many: nothing is known of them.
    pub groups_left_out: bool,
    /// Whether they showed a second factor there.
    pub second_factor: bool,
    /// What their session is called there, for signing out.
    pub session: Option<String>,
    /// Which kind of name the subject is there, where there are several.
    pub name_format: Option<String>,
    /// When their session ends there, if it said so.
    pub session_ends_at: Option<Timestamp>,
    /// The token by which it said all this, sealed, where it wants to see it again.
    pub sealed_token: Option<Vec<u8>>,
    /// When they last showed who they are, in seconds since 1970, if it said so.
    pub authenticated_at: Option<i64>,
    /// All that was said, for the page that tests it.
    pub said: BTreeMap<String, serde_json::Value>,
}

/// What doesn't fit in a provider's description: the field and a sentence.
pub type Unfit = (&'static str, &'static str);

const SLUG_CHARACTERS_MAX: usize = 40;
const TEXT_CHARACTERS_MAX: usize = 500;
const LIST_MAX: usize = 50;

/// Whether a text can stand in addresses: lower case letters, digits, and hyphens inside.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= SLUG_CHARACTERS_MAX
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The domain of an address in its normal form.
#[must_use]
pub fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// A path of our own console, to which a browser may be sent back; the start where it is anything else. What another
/// site could be behind (`//host`, `/\host`) is none.
#[must_use]
pub fn own_path(wish: &str) -> &str {
    let is_plain = |character: char| !character.is_control() && character != '\\' && !character.is_whitespace();
    let fits = wish.starts_with('/')
        && !wish.starts_with("//")
        && wish.chars().count() <= TEXT_CHARACTERS_MAX
        && wish.chars().all(is_plain);
    if fits { wish } else { "/" }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARACTERS_MAX && !text.chars().any(char::is_control)
}

impl Provider {
    /// What doesn't fit.
    #[must_use]
    pub fn unfit(&self) -> Vec<Unfit> {
        let mut unfit = Vec::new();
        let mut want = |fits: bool, field, sentence| {
            if !fits {
                unfit.push((field, sentence));
            }
        };
        want(is_slug(&self.slug), "slug", "lower case letters, digits and hyphens, at most 40");
        want(
            is_text(&self.name) && self.name.chars().count() <= super::NAME_CHARACTERS_MAX,
            "name",
            "a name is needed",
        );
        want(self.domains.len() <= LIST_MAX, "domains", "at most 50 domains");
        let document = &self.document;
        let oidc = document.oidc.as_ref();
        match self.protocol {
            Protocol::Oidc => want(oidc.is_some(), "oidc", "issuer and client id are needed for OpenID Connect"),
            Protocol::Saml | Protocol::None => want(oidc.is_none(), "oidc", "only for OpenID Connect"),
        }
        match self.protocol {
            Protocol::Saml => {
                want(document.saml.is_some(), "saml", "name, address and certificates are needed for SAML")
            }
            Protocol::Oidc | Protocol::None => want(document.saml.is_none(), "saml", "only for SAML"),
        }
        for (field, sentence) in document.saml.iter().flat_map(Saml::unfit) {
            want(false, field, sentence);
        }
        if let Some(oidc) = oidc {
            let is_url = oidc.issuer.starts_with("https://") || oidc.issuer.starts_with("http://");
            let is_bare = !oidc.issuer.contains(['?', '#', ' ']);
            want(
                is_url && is_bare && is_text(&oidc.issuer),
                "oidc.issuer",
                "an address such as https://login.example.org",
            );
            want(is_text(&oidc.client_id), "oidc.client_id", "what the provider calls this application");
            let scopes =
                oidc.scopes.len() <= LIST_MAX && oidc.scopes.iter().all(|scope| is_text(scope) && !scope.contains(' '));
            want(scopes, "oidc.scopes", "words without spaces, such as email");
        }
        let claims = [&document.claims.email, &document.claims.name, &document.claims.groups];
        want(claims.iter().all(|claim| claim.is_empty() || is_text(claim)), "claims", "names of claims or attributes");
        want(!document.claims.email.is_empty(), "claims.email", "people are known by their email address");
        let contexts = &document.second_factor_contexts;
        want(
            contexts.len() <= LIST_MAX && contexts.iter().all(|one| is_text(one)),
            "second_factor_contexts",
            "at most 50",
        );
        want((0..=SIGN_IN_HOURS_MAX).contains(&document.sign_in_hours_max), "sign_in_hours_max", "from 0 to 720 hours");
        let no_domain = self.domains.is_empty() && self.protocol != Protocol::None;
        want(!no_domain, "domains", "at least one domain: a provider vouches for addresses of its domains alone");
        unfit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        let oidc = Oidc {
            issuer: "https://login.example.org".to_owned(),
            client_id: "soundkeep".to_owned(),
            scopes: vec!["email".to_owned()],
        };
        Provider {
            slug: "okta".to_owned(),
            name: "Okta".to_owned(),
            guide: Guide::Okta,
            protocol: Protocol::Oidc,
            domains: vec!["example.org".to_owned()],
            document: ProviderDocument { oidc: Some(oidc), ..ProviderDocument::default() },
        }
    }

    fn fields(change: impl Fn(&mut Provider)) -> Vec<&'static str> {
        let mut changed = provider();
        change(&mut changed);
        changed.unfit().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn what_does_not_fit_a_provider_is_named() {
        assert!(provider().unfit().is_empty());
        assert_eq!(fields(|it| it.slug = "Okta!".to_owned()), ["slug"]);
        assert_eq!(fields(|it| it.name = " ".to_owned()), ["name"]);
        assert_eq!(fields(|it| it.document.oidc = None), ["oidc"]);
        assert_eq!(fields(|it| it.protocol = Protocol::Saml), ["oidc", "saml"]);
        assert_eq!(fields(|it| it.domains.clear()), ["domains"]);
        assert_eq!(fields(|it| it.document.claims.email.clear()), ["claims.email"]);
        for issuer in ["login.example.org", "ftp://x", "https://x?y", "https://x#y", "https://x y"] {
            let named = fields(|it| it.document.oidc.iter_mut().for_each(|oidc| oidc.issuer = issuer.to_owned()));
            assert_eq!(named, ["oidc.issuer"], "{issuer}");
        }
    }

    #[test]
    fn what_does_not_fit_a_saml_provider_is_named() {
        let saml = Saml {
            entity_id: "https://idp.example.org".to_owned(),
            sign_in_url: "https://idp.example.org/sso?a=1".to_owned(),
            logout_url: None,
            logout_answer_url: None,
            certificates: vec!["one".to_owned(), "two".to_owned()],
            metadata_url: None,
            encrypted_only: false,
            takes_unasked: false,
            asked_context: None,
        };
        let fields = |change: &dyn Fn(&mut Saml)| {
            let mut changed = Provider { protocol: Protocol::Saml, ..provider() };
            let mut saml = saml.clone();
            change(&mut saml);
            changed.document = ProviderDocument { saml: Some(saml), ..ProviderDocument::default() };
            changed.unfit().into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        assert!(fields(&|_| ()).is_empty());
        assert_eq!(fields(&|it| it.entity_id.clear()), ["saml.entity_id"]);
        assert_eq!(fields(&|it| it.sign_in_url = "javascript:alert(1)".to_owned()), ["saml.sign_in_url"]);
        assert_eq!(fields(&|it| it.logout_url = Some("x".to_owned())), ["saml.logout_url"]);
        assert_eq!(fields(&|it| it.certificates.clear()), ["saml.certificates"]);
        assert_eq!(fields(&|it| it.metadata_url = Some("file:///x".to_owned())), ["saml.metadata_url"]);
    }

    #[test]
    fn a_browser_is_sent_back_to_our_own_pages_alone() {
        for own in ["/", "/conversations?group=a", "/account#sessions"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\nb",
            "/\tb",
            "evil",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }

    #[test]
    fn a_slug_fits_into_addresses() {
        assert!(is_slug("okta-2") && is_slug("a"));
        for bad in ["", "-a", "a-", "A", "a_b", "a/b", "ä", &"a".repeat(41)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
