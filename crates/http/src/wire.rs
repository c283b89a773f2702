//! Forms that several end points share: ids, times, names, and words with a fixed set.

use serde::{Deserialize, Deserializer, Serialize};
use soundkeep_app::domain::access::{AccountState, Limit as DomainLimit, RecordState};
use soundkeep_app::domain::{conversations, identity};
use soundkeep_app::identity::Named as AppNamed;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

fn text(format: SchemaFormat, description: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(format))
        .description(Some(description))
        .examples([serde_json::Value::from(example)])
        .into()
}

/// How ids are described.
pub(crate) struct Id;
impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::Custom("uuid".to_owned());
        text(format, "A UUID in lower case.", "0190a1b2-0000-7000-8000-000000000000")
    }
}
impl ToSchema for Id {}

/// How times are described.
pub(crate) struct Time;
impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        text(format, "A time of RFC 3339; in answers always UTC.", "2026-11-21T09:00:00Z")
    }
}
impl ToSchema for Time {}

/// How uploaded bytes are described.
pub(crate) struct File;
impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("The file as it is."))
            .into()
    }
}
impl ToSchema for File {}

/// A thing with its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Named {
    /// The thing.
    #[schema(value_type = Id)]
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
}

impl<T: ToString> From<AppNamed<T>> for Named {
    fn from(named: AppNamed<T>) -> Self {
        Self { id: named.id.to_string(), name: named.name }
    }
}
impl<T: ToString> From<(T, String)> for Named {
    fn from((id, name): (T, String)) -> Self {
        Self { id: id.to_string(), name }
    }
}

/// Things with their names.
pub(crate) fn named<T>(things: impl IntoIterator<Item = T>) -> Vec<Named>
where
    Named: From<T>,
{
    things.into_iter().map(Named::from).collect()
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $domain:ty { $($(#[$vdoc:meta])* $variant:ident = $word:tt,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub(crate) enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }
        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                type Domain = $domain;
                match value { $(Domain::$variant => Self::$variant,)* }
            }
        }
        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                type Domain = $domain;
                match value { $($name::$variant => Domain::$variant,)* }
            }
        }
    )*};
}

words! {
    /// Which way a conversation went, seen from the organisation.
    Direction = conversations::Direction {
        /// Somebody called us.
        Inbound = "inbound",
        /// We called somebody.
        Outbound = "outbound",
        /// Between colleagues.
        Internal = "internal",
        /// Not known.
        Unknown = "unknown",
    }
    /// By what means people spoke.
    Channel = conversations::Channel {
        /// A call.
        Voice = "voice",
        /// A chat.
        Chat = "chat",
        /// Mail.
        Email = "email",
        /// Anything else.
        Other = "other",
    }
    /// How a conversation came in.
    Source = conversations::Source {
        /// By HTTP upload.
        Upload = "upload",
        /// From a watched folder.
        Folder = "folder",
        /// By `soundkeep import`.
        Import = "import",
        /// Made for the demo.
        Demo = "demo",
    }
    /// What there is to hear.
    AudioState = RecordState {
        /// No recording.
        NoRecording = "none",
        /// Being read; can't be heard yet.
        Processing = "processing",
        /// Can be heard.
        Ready = "ready",
        /// Could not be read.
        Failed = "failed",
        /// Its keys are destroyed.
        Erased = "erased",
    }
    /// How people come in through an identity provider.
    Protocol = identity::Protocol {
        /// OpenID Connect.
        Oidc = "oidc",
        /// SAML 2.0.
        Saml = "saml",
        /// Not at all: it only keeps users up to date.
        None = "none",
    }
    /// Whose guide a provider's page shows.
    Guide = identity::Guide {
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
    /// Whether people come in through a provider.
    ProviderState = identity::ProviderState {
        /// They don't.
        Off = "off",
        /// They do.
        On = "on",
    }
    /// What a one-time link is for.
    Purpose = identity::LinkPurpose {
        /// Make the first administrator.
        Setup = "setup",
        /// Come in for the first time, and choose a password.
        Invitation = "invitation",
        /// Choose a new password.
        Password = "password",
        /// Sign in to the demo.
        Demo = "demo",
    }
    /// What a second factor is.
    FactorKind = identity::FactorKind {
        /// An authenticator app.
        App = "app",
        /// A passkey.
        Passkey = "passkey",
    }
    /// How a code comes that is sent.
    SentBy = soundkeep_app::identity::SentBy {
        /// By mail.
        Mail = "email",
        /// By text message.
        Sms = "sms",
    }
    /// Whether an account may act.
    UserState = AccountState {
        /// Invited, not yet come in.
        Invited = "invited",
        /// It may.
        Active = "active",
        /// Switched off by an administrator.
        Disabled = "disabled",
    }
}

/// The state of a conversation. One without a recording is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Its recording is being read.
    Processing,
    /// Everything that there is can be used.
    Ready,
    /// Its recording could not be read.
    Failed,
    /// It is erased; only the fact remains.
    Erased,
}

impl From<RecordState> for Status {
    fn from(state: RecordState) -> Self {
        match state {
            RecordState::NoRecording | RecordState::Ready => Self::Ready,
            RecordState::Processing => Self::Processing,
            RecordState::Failed => Self::Failed,
            RecordState::Erased => Self::Erased,
        }
    }
}

impl From<Status> for RecordState {
    fn from(status: Status) -> Self {
        match status {
            Status::Processing => Self::Processing,
            Status::Ready => Self::Ready,
            Status::Failed => Self::Failed,
            Status::Erased => Self::Erased,
        }
    }
}

/// Which groups a role is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    /// Not limited.
    None,
    /// Named groups.
    Groups,
    /// The groups that the user supervises.
    Supervised,
}

impl From<&DomainLimit> for Limit {
    fn from(limit: &DomainLimit) -> Self {
        match limit {
            DomainLimit::None => Self::None,
            DomainLimit::Named(_) => Self::Groups,
            DomainLimit::Supervised => Self::Supervised,
        }
    }
}

/// A member that is there, also when it is null: for telling "leave it" from "take it away".
pub(crate) fn said<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
