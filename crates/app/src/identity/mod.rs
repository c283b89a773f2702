//! People and programs: set-up, signing in and out, invitations, users, groups, roles given, API keys.
//!
//! Every change is decided, made and written down in one transaction, which first takes the lock of the
//! organisation's rights and looks at the caller's once more. Knows no cookie and no route.

mod account;
mod agent_ids;
mod api_keys;
mod assignments;
mod breached;
pub(crate) mod change;
mod codes;
mod devices;
mod directory;
mod endings;
mod entry;
mod factors;
pub mod federation;
mod groups;
mod limits;
mod links;
mod network;
mod oauth;
mod passkeys;
mod passwords;
mod phones;
mod programs;
mod providers;
mod recover;
mod redeem;
mod refusals;
mod refused_token;
mod reset;
pub mod scim;
mod session;
mod sessions;
mod setup;
mod sign_in;
mod sign_out;
mod steps;
mod users;

pub use account::{Account, Factor, Proof, Renewed, STEP_UP_SECONDS, account, change_password, needs_step_up, step_up};
pub use agent_ids::{AgentId, NewAgentId, end_agent_id, give_agent_id};
pub use api_keys::{
    ApiKey, CreatedApiKey, KeyRights, KeyRotation, NewApiKey, api_keys, change_key_networks, create_api_key,
    revoke_api_key, rotate_api_key, test_key_address,
};
pub use assignments::{Assignment, NewAssignment, assign, unassign};
pub use breached::BreachedPasswords;
pub use codes::{CODE_SECONDS, CodeSent, SentBy, send_sign_in_code, send_step_up_code};
pub use devices::DEVICE_SECONDS;
pub use directory::{Directory, directory};
pub use entry::{Entered, NextStep};
pub use factors::{Enrolment, begin_app, confirm_app, remove_factor, renew_recovery_codes, reset_second_factor};
pub use groups::{Bond, Group, create_group, delete_group, group, groups, join_group, leave_group, rename_group};
pub use links::{LinkFacts, NewLink, UserLink, demo_link, inspect_link, new_user_link, send_user_link};
pub use network::Network;
pub use oauth::{
    Client, IssuedToken, OAuthError, TokenFacts, end_access_tokens, introspect_token, issue_token, revoke_token,
};
pub use passkeys::{
    Answered, Asked, NewPasskey, Site, add_passkey, ask_for_new_passkey, ask_to_sign_in, ask_to_step_up, rename_factor,
    sign_in_with_passkey,
};
pub use phones::{change_phone_of, claim_own_phone, confirm_own_phone, remove_own_phone};
pub(crate) use programs::judge_way;
pub use providers::{
    ProviderView, ProviderWish, change_provider, check_declared_provider, create_provider, declare_provider,
    delete_provider, provider, providers,
};
pub use recover::{recover_networks, recover_passwords, recover_user};
pub use redeem::{Redeem, ask_by_link, redeem_link};
pub use refused_token::refused_token;
pub use reset::{ask_for_reset, work_at_resets};
pub use session::{Doorstep, Me, MyOrganisation, MyRole, MyUser, check, check_at, check_quietly, me};
pub(crate) use session::{may_come_from_outside, refreshed};
pub use sessions::{
    Session, end_own_other_sessions, end_own_session, end_session_of, end_sessions_of, end_sessions_through,
    own_sessions, sessions_of,
};
pub use setup::{NewOrganisation, SetupLink, create_organisation, needs_setup, prepare_setup};
pub use sign_in::{Credentials, Device, SignedIn, Visitor, sign_in};
pub use sign_out::sign_out;
pub use soundkeep_store::identity::external::Identity;
pub use soundkeep_store::identity::providers::Mapping;
pub use steps::{AskedInStep, Said, ask_in_sign_in, continue_sign_in};
pub use users::{Invitation, Invited, User, UserChange, change_user, invite, invite_by_mail, user, users};

use crate::{Result, Vault};
use soundkeep_store::identity::NamePage;
use soundkeep_store::organisations;
use std::sync::atomic::{AtomicI64, Ordering};

/// An invitation or set-up link can be used for so long; seconds.
pub const LINK_SECONDS: i64 = 7 * 24 * 60 * 60;
/// A link for a new password can be used for so long; seconds.
pub const PASSWORD_LINK_SECONDS: i64 = 60 * 60;
/// An API key lives so long unless told otherwise; days.
pub const API_KEY_DAYS: u32 = 90;
/// An API key lives at most so long; days.
pub const API_KEY_DAYS_MAX: u32 = 365;
/// After a rotation the text before is taken for so long at most; days.
pub const API_KEY_OVERLAP_DAYS_MAX: u32 = 30;
/// Most users and most groups that the directory names.
pub const DIRECTORY_MAX: u32 = 5000;
/// Sessions and links that ended are deleted after so long; seconds.
pub const FORGET_SECONDS: i64 = 30 * 24 * 60 * 60;
const FORGET_EVERY_MICROS: i64 = 60 * 60 * 1_000_000;
/// Longest page of a list, in rows.
pub const PAGE_ROWS_MAX: u32 = 200;

/// What the vault remembers of people in memory alone.
#[derive(Default)]
pub(crate) struct IdentityState {
    pub(crate) limits: limits::Limits,
    pub(crate) refusals: refusals::Refusals,
    pub(crate) resets: reset::Resets,
    pub(crate) hashing: passwords::Hashing,
    pub(crate) callers: session::Callers,
    pub(crate) openid: federation::oidc::KeptProviders,
    forgot_at_micros: AtomicI64,
}

/// A thing with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<Id> {
    /// The thing.
    pub id: Id,
    /// What people call it.
    pub name: String,
}

impl<Id> From<(Id, String)> for Named<Id> {
    fn from((id, name): (Id, String)) -> Self {
        Self { id, name }
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// A part of a name, of users of an email address too.
    pub search: Option<String>,
    /// Where the page before said that it goes on.
    pub cursor: Option<String>,
    /// How many rows; 1 to [`PAGE_ROWS_MAX`].
    pub limit: u32,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where it goes on, if it does.
    pub next: Option<String>,
}

impl ListOptions {
    const fn rows(&self) -> u32 {
        if self.limit == 0 {
            1
        } else if self.limit > PAGE_ROWS_MAX {
            PAGE_ROWS_MAX
        } else {
            self.limit
        }
    }

    /// The same in the store's words, with one row more that tells whether it goes on.
    fn name_page(&self) -> Result<NamePage> {
        let after = self.cursor.as_deref().map(soundkeep_store::identity::NameCursor::parse).transpose()?;
        Ok(NamePage { search: self.search.clone(), after, limit: self.rows() + 1 })
    }

    /// Cuts the row that is one too many, and says where the next page begins.
    fn cut<T>(&self, rows: &mut Vec<T>, cursor: impl Fn(&T) -> String) -> Option<String> {
        let limit = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        rows.last().filter(|_| goes_on).map(cursor)
    }
}

/// Does what the passing of time asks for: writes down sign-ins that were refused and not yet counted in the ledger,
/// and once an hour forgets sessions and links that ended [`FORGET_SECONDS`] ago, and access tokens that have expired, and
/// tells of keys, tokens and certificates that end soon. Call it every few seconds.
///
/// # Errors
/// When the ledger can't be written.
pub async fn tend(vault: &Vault) -> Result<()> {
    refusals::write_due(vault).await?;
    forget(vault).await
}

/// Writes down what is still counted in memory alone. Call it once before closing.
///
/// # Errors
/// When the ledger can't be written.
pub async fn settle(vault: &Vault) -> Result<()> {
    refusals::write_rest(vault).await
}

/// Sessions and links carry addresses of people, and the ledger has what matters of them.
async fn forget(vault: &Vault) -> Result<()> {
    let (now, last) = (vault.now(), &vault.identity_state().forgot_at_micros);
    let forgot_at = last.load(Ordering::Relaxed);
    if now.as_unix_micros() - forgot_at < FORGET_EVERY_MICROS {
        return Ok(());
    }
    last.store(now.as_unix_micros(), Ordering::Relaxed);
    for organisation in organisations::all(&mut vault.store().reader()).await? {
        let mut transaction = vault.store().begin().await?;
        let before = now.plus_seconds(-FORGET_SECONDS);
        soundkeep_store::identity::forget(&mut transaction, organisation.id, (before, now)).await?;
        transaction.commit().await?;
    }
    endings::tend(vault).await?;
    federation::saml_keys::tend(vault).await
}
