//! The route table: every path that the API answers, who may come in, and what the ledger says of it.
//!
//! A route exists by standing here, and nowhere else. Permissions about conversations are decided against the
//! thing by `app`, whose permits storage demands; those about the organisation already at the door.

use crate::door::Door;
use crate::idempotency::Repeats;
use crate::{access, audit, conversations, identity, jobs, oauth, recordings, scim, settings, system};
use axum::http::Method;
use soundkeep_app::domain::access::Permission;
use soundkeep_app::domain::audit::EventKind;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// A directory with a SCIM token, and nobody else.
    Directory,
    /// Whoever holds this permission, and, where it is about conversations, as far as they hold it.
    Permission(Permission),
}

/// A route.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
    /// Who may come in.
    pub access: Access,
    /// What the ledger says when it was carried out: one of these at least. Empty for what neither reads
    /// content nor changes anything.
    pub events: &'static [EventKind],
    /// What becomes of a request that is sent twice.
    pub repeats: Repeats,
    /// Whether it changes rights, so that what it would do can be asked for and may have to be confirmed.
    pub weighed: bool,
    /// Whether it may take as long as the transfer takes.
    pub patient: bool,
    /// Whether it isn't counted against limits.
    pub unlimited: bool,
    /// Whether somebody signed in must have proven lately who they are.
    pub sensitive: bool,
    /// Whether a browser may be made to send it by another site: what it says proves itself.
    pub from_other_sites: bool,
    pub(crate) mount: fn() -> UtoipaMethodRouter<Door>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

type Mount = fn() -> UtoipaMethodRouter<Door>;

const fn route(
    method: Method,
    path: &'static str,
    access: Access,
    events: &'static [EventKind],
    mount: Mount,
) -> Route {
    Route {
        method,
        path,
        access,
        events,
        repeats: Repeats::Plain,
        weighed: false,
        patient: false,
        unlimited: false,
        sensitive: false,
        from_other_sites: false,
        mount,
    }
}

impl Route {
    const fn remembered(mut self) -> Self {
        self.repeats = Repeats::Remembered;
        self
    }
    const fn shown_once(mut self) -> Self {
        self.repeats = Repeats::ShownOnce;
        self
    }
    /// What changes rights is sensitive.
    const fn weighed(mut self) -> Self {
        self.weighed = true;
        self.sensitive()
    }
    const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
    const fn posted_by_other_sites(mut self) -> Self {
        self.from_other_sites = true;
        self
    }
    const fn patient(mut self) -> Self {
        self.patient = true;
        self
    }
    const fn unlimited(mut self) -> Self {
        self.unlimited = true;
        self
    }
}

const OPEN: Access = Access::Open;
const SIGNED_IN: Access = Access::SignedIn;
const DIRECTORY: Access = Access::Directory;
const fn may(permission: Permission) -> Access {
    Access::Permission(permission)
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

use EventKind as E;
use Permission as P;

/// All routes.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    route(GET, "/livez", OPEN, &[], || routes!(system::health::live)).unlimited(),
    route(GET, "/readyz", OPEN, &[], || routes!(system::health::ready)).unlimited(),
    route(GET, "/metrics", OPEN, &[], || routes!(system::metrics::show)).unlimited(),
    route(GET, "/api/v1/openapi.json", OPEN, &[], || routes!(system::description::show)),
    route(GET, "/api/v1/about", OPEN, &[], || routes!(system::about::show)),

    route(POST, "/api/v1/session", OPEN, &[E::SignIn, E::SignInStep], || routes!(identity::session::create)),
    route(POST, "/api/v1/session/step", OPEN, &[E::SignIn, E::SecondFactorAdded, E::PasswordChange], || routes!(identity::steps::go_on)),
    // The event comes with what follows, beside the request: the answer must not hang on whether anything does.
    route(POST, "/api/v1/session/reset", OPEN, &[E::PasswordLinkCreated], || routes!(identity::reset::create)),
    route(POST, "/api/v1/session/step/code", OPEN, &[E::CodeSent], || routes!(identity::steps::send_code)),
    route(POST, "/api/v1/session/step-up/code", SIGNED_IN, &[E::CodeSent], || routes!(identity::account::send_code)),
    route(POST, "/api/v1/session/step-up", SIGNED_IN, &[E::StepUp], || routes!(identity::account::step_up)),
    route(POST, "/api/v1/session/step-up/provider", SIGNED_IN, &[], || routes!(identity::federation::step_up)),
    route(POST, "/api/v1/session/ways", OPEN, &[], || routes!(identity::federation::ways)),
    route(POST, "/api/v1/session/provider", OPEN, &[], || routes!(identity::federation::depart)),
    route(GET, "/api/v1/session/provider", SIGNED_IN, &[], || routes!(identity::federation::sign_out_there)),
    route(GET, "/oidc/{provider}/callback", OPEN, &[E::SignIn, E::SignInStep, E::StepUp, E::ProviderTest], || routes!(identity::federation::come_back)),
    route(GET, "/oidc/{provider}/logout", OPEN, &[], || routes!(identity::federation::signed_out)),
    route(POST, "/oidc/{provider}/logout", OPEN, &[E::ProviderSignOut], || routes!(identity::federation::sign_out)),
    route(GET, "/saml/{provider}/metadata", OPEN, &[], || routes!(identity::saml::metadata)),
    route(POST, "/saml/{provider}/acs", OPEN, &[E::SignIn, E::SignInStep, E::StepUp, E::ProviderTest], || routes!(identity::saml::come_back)).posted_by_other_sites(),
    route(GET, "/saml/{provider}/slo", OPEN, &[E::ProviderSignOut], || routes!(identity::saml::sign_out_by_redirect)),
    route(POST, "/saml/{provider}/slo", OPEN, &[E::ProviderSignOut], || routes!(identity::saml::sign_out_by_form)).posted_by_other_sites(),
    route(POST, "/api/v1/session/passkey/options", OPEN, &[], || routes!(identity::passkeys::ask_to_sign_in)),
    route(POST, "/api/v1/session/passkey", OPEN, &[E::SignIn], || routes!(identity::passkeys::sign_in)),
    route(POST, "/api/v1/session/step/passkey", OPEN, &[], || routes!(identity::passkeys::ask_in_sign_in)),
    route(POST, "/api/v1/session/step-up/passkey", SIGNED_IN, &[], || routes!(identity::passkeys::ask_to_step_up)),
    route(POST, "/api/v1/links/passkey", OPEN, &[], || routes!(identity::passkeys::ask_by_link)),
    route(GET, "/api/v1/session", SIGNED_IN, &[], || routes!(identity::session::show)),
    route(DELETE, "/api/v1/session", SIGNED_IN, &[E::SignOut], || routes!(identity::session::delete)),
    route(POST, "/api/v1/links/inspect", OPEN, &[], || routes!(identity::links::inspect)),
    route(POST, "/api/v1/links/redeem", OPEN, &[E::SignIn, E::SignInStep], || routes!(identity::links::redeem)),
    route(GET, "/api/v1/account", SIGNED_IN, &[], || routes!(identity::account::show)),
    route(GET, "/api/v1/account/sessions", SIGNED_IN, &[], || routes!(identity::sessions::own)),
    route(DELETE, "/api/v1/account/sessions", SIGNED_IN, &[E::SessionEnded], || routes!(identity::sessions::end_own_others)),
    route(DELETE, "/api/v1/account/sessions/{id}", SIGNED_IN, &[E::SessionEnded], || routes!(identity::sessions::end_own)),
    route(PUT, "/api/v1/account/password", SIGNED_IN, &[E::PasswordChange], || routes!(identity::account::change_password)),
    route(POST, "/api/v1/account/factors", SIGNED_IN, &[E::SecondFactorBegun], || routes!(identity::account::begin_app)).sensitive(),
    route(POST, "/api/v1/account/factors/confirm", SIGNED_IN, &[E::SecondFactorAdded], || routes!(identity::account::confirm_app)).sensitive(),
    route(POST, "/api/v1/account/passkeys/options", SIGNED_IN, &[E::SecondFactorBegun], || routes!(identity::passkeys::ask_for_new)).sensitive(),
    route(POST, "/api/v1/account/passkeys", SIGNED_IN, &[E::SecondFactorAdded], || routes!(identity::passkeys::add)).sensitive(),
    route(PATCH, "/api/v1/account/factors/{id}", SIGNED_IN, &[E::SecondFactorRenamed], || routes!(identity::account::rename_factor)),
    route(DELETE, "/api/v1/account/factors/{id}", SIGNED_IN, &[E::SecondFactorRemoved], || routes!(identity::account::remove_factor)).sensitive(),
    route(PUT, "/api/v1/account/phone", SIGNED_IN, &[E::CodeSent], || routes!(identity::phones::set_own)).sensitive(),
    route(POST, "/api/v1/account/phone/confirm", SIGNED_IN, &[E::PhoneChange], || routes!(identity::phones::confirm_own)).sensitive(),
    route(DELETE, "/api/v1/account/phone", SIGNED_IN, &[E::PhoneChange], || routes!(identity::phones::remove_own)).sensitive(),
    route(POST, "/api/v1/account/recovery-codes", SIGNED_IN, &[E::RecoveryCodesCreated], || routes!(identity::account::renew_recovery_codes)).sensitive(),

    route(GET, "/api/v1/conversations", may(P::ConversationsView), &[], || routes!(conversations::list::list)),
    route(GET, "/api/v1/conversations/count", may(P::ConversationsView), &[], || routes!(conversations::count::count)),
    route(GET, "/api/v1/conversations/{id}", may(P::ConversationsView), &[], || routes!(conversations::conversation::show)),
    route(PATCH, "/api/v1/conversations/{id}", may(P::ConversationsEdit), &[E::ConversationEdit, E::AttributionChange], || routes!(conversations::conversation::change)),
    route(DELETE, "/api/v1/conversations/{id}", may(P::RecordingsDelete), &[E::ConversationDelete], || routes!(conversations::conversation::delete)).sensitive(),
    route(GET, "/api/v1/conversations/{id}/notes", may(P::ConversationsView), &[E::NoteView], || routes!(conversations::notes::list)),
    route(POST, "/api/v1/conversations/{id}/notes", may(P::ConversationsEdit), &[E::NoteAdd], || routes!(conversations::notes::create)).remembered(),
    route(DELETE, "/api/v1/conversations/{id}/notes/{note_id}", may(P::ConversationsEdit), &[E::NoteDelete], || routes!(conversations::notes::delete)),
    route(GET, "/api/v1/conversations/{id}/access", may(P::ConversationsView), &[], || routes!(access::explain::show)),
    route(GET, "/api/v1/conversations/{id}/access/users", may(P::AccessExplain), &[E::AccessExplain], || routes!(access::who::list)),
    route(GET, "/api/v1/conversations/{id}/access/then", may(P::AccessExplain), &[E::AccessExplain], || routes!(access::then::show)),
    route(GET, "/api/v1/conversations/{id}/history", may(P::AuditView), &[E::LedgerView], || routes!(conversations::history::list)),

    route(POST, "/api/v1/recordings", may(P::RecordingsIngest), &[E::RecordingIngest, E::RecordingDuplicate], || routes!(recordings::upload::create)).patient(),
    route(GET, "/api/v1/recordings/{id}", may(P::ConversationsView), &[], || routes!(recordings::recording::show)),
    route(GET, "/api/v1/recordings/{id}/audio", may(P::RecordingsPlay), &[E::RecordingPlay], || routes!(recordings::audio::serve)).patient().unlimited(),
    route(GET, "/api/v1/recordings/{id}/peaks", may(P::RecordingsPlay), &[E::WaveformView], || routes!(recordings::peaks::show)),
    route(GET, "/api/v1/quarantine", may(P::QuarantineManage), &[], || routes!(recordings::quarantine::list)),
    route(POST, "/api/v1/quarantine/{id}/retry", may(P::QuarantineManage), &[E::QuarantineRetry], || routes!(recordings::quarantine::retry)),
    route(DELETE, "/api/v1/quarantine/{id}", may(P::QuarantineManage), &[E::QuarantineDelete], || routes!(recordings::quarantine::delete)).sensitive(),

    route(GET, "/api/v1/users", may(P::UsersManage), &[], || routes!(identity::users::list)),
    route(POST, "/api/v1/users", may(P::UsersManage), &[E::UserCreated], || routes!(identity::users::create)).shown_once().weighed(),
    route(GET, "/api/v1/users/{id}", may(P::UsersManage), &[], || routes!(identity::user::show)),
    route(PATCH, "/api/v1/users/{id}", may(P::UsersManage), &[E::UserChange, E::UserDeprovisioned], || routes!(identity::user::change)).weighed(),
    route(GET, "/api/v1/users/{id}/reach", SIGNED_IN, &[], || routes!(access::reach::show)),
    route(POST, "/api/v1/users/{id}/invitation", may(P::UsersManage), &[E::InvitationCreated, E::PasswordLinkCreated], || routes!(identity::invitations::create)).shown_once().sensitive(),
    route(GET, "/api/v1/users/{id}/sessions", may(P::UsersManage), &[], || routes!(identity::sessions::of_user)),
    route(DELETE, "/api/v1/users/{id}/sessions", may(P::UsersManage), &[E::SessionEnded], || routes!(identity::sessions::end_all_of_user)),
    route(DELETE, "/api/v1/users/{id}/sessions/{session_id}", may(P::UsersManage), &[E::SessionEnded], || routes!(identity::sessions::end_of_user)),
    route(DELETE, "/api/v1/users/{id}/factors", may(P::UsersManage), &[E::SecondFactorRemoved], || routes!(identity::account::reset)).sensitive(),
    route(PUT, "/api/v1/users/{id}/phone", may(P::UsersManage), &[E::PhoneChange], || routes!(identity::phones::set)).sensitive(),
    route(DELETE, "/api/v1/users/{id}/phone", may(P::UsersManage), &[E::PhoneChange], || routes!(identity::phones::remove)).sensitive(),
    route(DELETE, "/api/v1/users/{id}/identities", may(P::UsersManage), &[E::IdentityUnlinked], || routes!(identity::federation::unlink)).sensitive(),
    route(POST, "/api/v1/users/{id}/assignments", may(P::UsersManage), &[E::RoleChange], || routes!(identity::assignments::create)).remembered().weighed(),
    route(DELETE, "/api/v1/users/{id}/assignments/{assignment_id}", may(P::UsersManage), &[E::RoleChange], || routes!(identity::assignments::delete)).weighed(),
    route(POST, "/api/v1/users/{id}/agent-ids", may(P::UsersManage), &[E::AgentIdChange], || routes!(identity::agent_ids::create)).remembered(),
    route(DELETE, "/api/v1/users/{id}/agent-ids/{agent_id}", may(P::UsersManage), &[E::AgentIdChange], || routes!(identity::agent_ids::delete)),
    route(GET, "/api/v1/groups", may(P::UsersManage), &[], || routes!(identity::groups::list)),
    route(POST, "/api/v1/groups", may(P::UsersManage), &[E::GroupCreated], || routes!(identity::groups::create)).remembered(),
    route(GET, "/api/v1/groups/{id}", may(P::UsersManage), &[], || routes!(identity::group::show)),
    route(PATCH, "/api/v1/groups/{id}", may(P::UsersManage), &[E::GroupChange], || routes!(identity::group::rename)),
    route(DELETE, "/api/v1/groups/{id}", may(P::UsersManage), &[E::GroupDeleted], || routes!(identity::group::delete)).weighed(),
    route(PUT, "/api/v1/groups/{id}/members/{user_id}", may(P::UsersManage), &[E::MembershipChange], || routes!(identity::bonds::add_member)).weighed(),
    route(DELETE, "/api/v1/groups/{id}/members/{user_id}", may(P::UsersManage), &[E::MembershipChange], || routes!(identity::bonds::remove_member)).weighed(),
    route(PUT, "/api/v1/groups/{id}/supervisors/{user_id}", may(P::UsersManage), &[E::MembershipChange], || routes!(identity::bonds::add_supervisor)).weighed(),
    route(DELETE, "/api/v1/groups/{id}/supervisors/{user_id}", may(P::UsersManage), &[E::MembershipChange], || routes!(identity::bonds::remove_supervisor)).weighed(),
    route(GET, "/api/v1/identity-providers", may(P::SecuritySettingsManage), &[], || routes!(identity::providers::list)),
    route(POST, "/api/v1/identity-providers", may(P::SecuritySettingsManage), &[E::ProviderCreated], || routes!(identity::providers::create)).remembered().sensitive(),
    route(POST, "/api/v1/identity-providers/metadata", may(P::SecuritySettingsManage), &[], || routes!(identity::saml::read_metadata)).sensitive(),
    route(POST, "/api/v1/identity-providers/{id}/keys", may(P::SecuritySettingsManage), &[E::ProviderChange], || routes!(identity::saml::renew_key)).sensitive(),
    route(GET, "/api/v1/identity-providers/{id}", may(P::SecuritySettingsManage), &[], || routes!(identity::provider::show)),
    route(PUT, "/api/v1/identity-providers/{id}", may(P::SecuritySettingsManage), &[E::ProviderChange], || routes!(identity::provider::change)).weighed(),
    route(POST, "/api/v1/identity-providers/{id}/test", may(P::SecuritySettingsManage), &[], || routes!(identity::federation::test)).sensitive(),
    route(GET, "/api/v1/identity-providers/{id}/test", may(P::SecuritySettingsManage), &[], || routes!(identity::federation::finding)),
    route(DELETE, "/api/v1/identity-providers/{id}", may(P::SecuritySettingsManage), &[E::ProviderDeleted], || routes!(identity::provider::delete)).weighed(),
    route(DELETE, "/api/v1/identity-providers/{id}/sessions", may(P::SecuritySettingsManage), &[E::SessionEnded], || routes!(identity::sessions::end_through)),
    route(GET, "/api/v1/identity-providers/{id}/scim-tokens", may(P::SecuritySettingsManage), &[], || routes!(identity::scim_tokens::list)),
    route(POST, "/api/v1/identity-providers/{id}/scim-tokens", may(P::SecuritySettingsManage), &[E::ScimTokenCreated], || routes!(identity::scim_tokens::create)).shown_once().sensitive(),
    route(POST, "/api/v1/identity-providers/{id}/scim-tokens/{token_id}/rotate", may(P::SecuritySettingsManage), &[E::ScimTokenRotated], || routes!(identity::scim_tokens::rotate)).shown_once().sensitive(),
    route(DELETE, "/api/v1/identity-providers/{id}/scim-tokens/{token_id}", may(P::SecuritySettingsManage), &[E::ScimTokenRevoked], || routes!(identity::scim_tokens::delete)),
    route(GET, "/api/v1/identity-providers/{id}/directory-groups", may(P::SecuritySettingsManage), &[], || routes!(identity::scim_tokens::groups)),
    route(GET, "/api/v1/directory", SIGNED_IN, &[], || routes!(identity::directory::show)),
    route(GET, "/api/v1/api-keys", may(P::ApiKeysManage), &[], || routes!(identity::api_keys::list)),
    route(POST, "/api/v1/api-keys", may(P::ApiKeysManage), &[E::ApiKeyCreated], || routes!(identity::api_keys::create)).shown_once().weighed(),
    route(GET, "/api/v1/api-keys/networks", may(P::ApiKeysManage), &[], || routes!(identity::api_keys::test_address)),
    route(PUT, "/api/v1/api-keys/{id}/networks", may(P::ApiKeysManage), &[E::ApiKeyChange], || routes!(identity::api_keys::change_networks)).sensitive(),
    route(POST, "/api/v1/api-keys/{id}/rotate", may(P::ApiKeysManage), &[E::ApiKeyRotated], || routes!(identity::api_keys::rotate)).shown_once().sensitive(),
    route(DELETE, "/api/v1/api-keys/{id}", may(P::ApiKeysManage), &[E::ApiKeyRevoked], || routes!(identity::api_keys::delete)),

    route(DELETE, "/api/v1/api-keys/{id}/access-tokens", may(P::ApiKeysManage), &[E::AccessTokenRevoked], || routes!(identity::api_keys::end_tokens)),
    route(POST, "/oauth2/token", OPEN, &[E::AccessTokenIssued], || routes!(oauth::token::create)),
    route(POST, "/oauth2/revoke", OPEN, &[E::AccessTokenRevoked], || routes!(oauth::revoke::create)),
    route(POST, "/oauth2/introspect", OPEN, &[], || routes!(oauth::introspect::create)),
    route(GET, "/.well-known/oauth-authorization-server", OPEN, &[], || routes!(oauth::metadata::show)),

    route(GET, "/api/v1/roles", SIGNED_IN, &[], || routes!(access::roles::list)),
    route(POST, "/api/v1/roles", may(P::UsersManage), &[E::RoleChange], || routes!(access::roles::create)).remembered().weighed(),
    route(GET, "/api/v1/roles/{id}", SIGNED_IN, &[], || routes!(access::role::show)),
    route(PATCH, "/api/v1/roles/{id}", may(P::UsersManage), &[E::RoleChange], || routes!(access::role::change)).weighed(),
    route(DELETE, "/api/v1/roles/{id}", may(P::UsersManage), &[E::RoleChange], || routes!(access::role::delete)).weighed(),
    route(GET, "/api/v1/access-groups", may(P::AccessGroupsManage), &[], || routes!(access::groups::list)),
    route(POST, "/api/v1/access-groups", may(P::AccessGroupsManage), &[E::AccessGroupChange], || routes!(access::groups::create)).remembered().weighed(),
    route(POST, "/api/v1/access-groups/preview", may(P::AccessGroupsManage), &[E::AccessExplain], || routes!(access::groups::preview)),
    route(GET, "/api/v1/access-groups/{id}", may(P::AccessGroupsManage), &[], || routes!(access::groups::show)),
    route(PUT, "/api/v1/access-groups/{id}", may(P::AccessGroupsManage), &[E::AccessGroupChange], || routes!(access::groups::replace)).weighed(),
    route(DELETE, "/api/v1/access-groups/{id}", may(P::AccessGroupsManage), &[E::AccessGroupChange], || routes!(access::groups::delete)).weighed(),
    route(GET, "/api/v1/access-tests", SIGNED_IN, &[], || routes!(access::tests::show)),
    route(PUT, "/api/v1/access-tests", may(P::AccessGroupsManage), &[E::AccessTestsChange], || routes!(access::tests::replace)).sensitive(),
    route(GET, "/api/v1/access-tests/file", SIGNED_IN, &[], || routes!(access::tests::file)),
    route(POST, "/api/v1/access-tests/run", SIGNED_IN, &[E::AccessExplain], || routes!(access::tests::run)),
    route(GET, "/api/v1/access/matrix", SIGNED_IN, &[], || routes!(access::matrix::show)),

    route(GET, "/api/v1/settings", may(P::SecuritySettingsManage), &[], || routes!(settings::document::show)),
    route(PATCH, "/api/v1/settings", may(P::SecuritySettingsManage), &[E::SettingsChange], || routes!(settings::document::change)).weighed(),
    route(GET, "/api/v1/settings/networks", may(P::SecuritySettingsManage), &[], || routes!(settings::networks::test)),
    route(POST, "/api/v1/settings/mail/test", may(P::SecuritySettingsManage), &[E::MailTest], || routes!(settings::mail::test)).sensitive(),
    route(POST, "/api/v1/settings/sms/test", may(P::SecuritySettingsManage), &[E::SmsTest], || routes!(settings::mail::test_sms)).sensitive(),
    route(GET, "/api/v1/settings/history", may(P::SecuritySettingsManage), &[], || routes!(settings::history::list)),
    route(POST, "/api/v1/settings/history/{version}/restore", may(P::SecuritySettingsManage), &[E::SettingsChange], || routes!(settings::history::restore)).weighed(),
    route(GET, "/api/v1/unattributed", may(P::ConversationsEdit), &[], || routes!(jobs::attribution::list)),
    route(POST, "/api/v1/jobs/attribution-corrections", may(P::ConversationsEdit), &[E::JobStarted], || routes!(jobs::attribution::create)).remembered(),
    route(GET, "/api/v1/jobs", SIGNED_IN, &[], || routes!(jobs::list::list)),
    route(GET, "/api/v1/jobs/{id}", SIGNED_IN, &[], || routes!(jobs::job::show)),
    route(DELETE, "/api/v1/jobs/{id}", SIGNED_IN, &[E::JobCancelled], || routes!(jobs::job::cancel)),

    route(GET, "/scim/v2/ServiceProviderConfig", DIRECTORY, &[], || routes!(scim::discovery::service_provider_config)),
    route(GET, "/scim/v2/ResourceTypes", DIRECTORY, &[], || routes!(scim::discovery::resource_types)),
    route(GET, "/scim/v2/ResourceTypes/{name}", DIRECTORY, &[], || routes!(scim::discovery::resource_type)),
    route(GET, "/scim/v2/Schemas", DIRECTORY, &[], || routes!(scim::discovery::schemas)),
    route(GET, "/scim/v2/Schemas/{id}", DIRECTORY, &[], || routes!(scim::discovery::schema)),
    route(GET, "/scim/v2/Users", DIRECTORY, &[], || routes!(scim::users::list)),
    route(POST, "/scim/v2/Users", DIRECTORY, &[E::UserCreated, E::UserChange], || routes!(scim::users::create)),
    route(POST, "/scim/v2/Users/.search", DIRECTORY, &[], || routes!(scim::users::search)),
    route(GET, "/scim/v2/Users/{id}", DIRECTORY, &[], || routes!(scim::users::show)),
    route(PUT, "/scim/v2/Users/{id}", DIRECTORY, &[E::UserChange, E::UserDeprovisioned], || routes!(scim::users::replace)),
    route(PATCH, "/scim/v2/Users/{id}", DIRECTORY, &[E::UserChange, E::UserDeprovisioned], || routes!(scim::users::change)),
    route(DELETE, "/scim/v2/Users/{id}", DIRECTORY, &[E::UserDeprovisioned, E::UserChange], || routes!(scim::users::delete)),
    route(GET, "/scim/v2/Groups", DIRECTORY, &[], || routes!(scim::groups::list)),
    route(POST, "/scim/v2/Groups", DIRECTORY, &[E::DirectoryGroupChange], || routes!(scim::groups::create)),
    route(POST, "/scim/v2/Groups/.search", DIRECTORY, &[], || routes!(scim::groups::search)),
    route(GET, "/scim/v2/Groups/{id}", DIRECTORY, &[], || routes!(scim::groups::show)),
    route(PUT, "/scim/v2/Groups/{id}", DIRECTORY, &[E::DirectoryGroupChange], || routes!(scim::groups::replace)),
    route(PATCH, "/scim/v2/Groups/{id}", DIRECTORY, &[E::DirectoryGroupChange], || routes!(scim::groups::change)),
    route(DELETE, "/scim/v2/Groups/{id}", DIRECTORY, &[E::DirectoryGroupChange], || routes!(scim::groups::delete)),
    route(POST, "/scim/v2/Bulk", DIRECTORY, &[E::UserCreated, E::UserChange, E::UserDeprovisioned, E::DirectoryGroupChange], || routes!(scim::bulk::bulk)).patient(),
    route(GET, "/scim/v2", DIRECTORY, &[], || routes!(scim::search::list)),
    route(POST, "/scim/v2/.search", DIRECTORY, &[], || routes!(scim::search::search)),
    route(GET, "/scim/v2/Me", DIRECTORY, &[], || routes!(scim::search::me)),

    route(GET, "/api/v1/ledger/events", may(P::AuditView), &[E::LedgerView], || routes!(audit::events::list)),
    route(GET, "/api/v1/ledger/kinds", SIGNED_IN, &[], || routes!(audit::kinds::list)),
    route(GET, "/api/v1/ledger/checkpoint", may(P::AuditView), &[], || routes!(audit::checkpoint::show)),
    route(GET, "/api/v1/ledger/export", may(P::AuditExport), &[E::LedgerExport], || routes!(audit::export::show)).patient().sensitive(),
];
