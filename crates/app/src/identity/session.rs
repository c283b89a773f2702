//! From a token to a caller, and what callers may know of themselves.
//!
//! A caller is kept in memory with the policy epoch at which session and rights were read. While that epoch is
//! the one in force nothing is read anew; whatever ends a session or changes rights advances it.

use super::programs::{self, Presented};
use super::refusals::{self, KEY_NETWORK, NETWORK};
use super::{Named, Network, scim};
use crate::caller::{CameBy, DirectoryKey};
use crate::{Caller, Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_crypto::token::TokenKind;
use soundkeep_domain::access::{AccountState, CallerFacts, CallerKind, Limit, Permission, RoleKey, Scope};
use soundkeep_domain::identity::ProgramWay;
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::networks::Networks;
use soundkeep_domain::{ApiKeyId, OrganisationId, ScimTokenId, SessionId, Timestamp, UserId};
use soundkeep_store::access::KeyRights;
use soundkeep_store::directory::tokens;
use soundkeep_store::identity::{api_keys, assignments, caller_now, sessions, users};
use soundkeep_store::{access, organisations};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// More callers than this aren't kept; the rest is read from the database each time.
const KEPT_MAX: usize = 20_000;

#[derive(Clone, Copy)]
pub(super) enum Which {
    Session(SessionId),
    ApiKey(ApiKeyId),
    Scim(ScimTokenId),
}

/// A caller as last read.
pub(super) struct Kept {
    pub(super) which: Which,
    pub(super) facts: CallerFacts,
    pub(super) session: String,
    pub(super) name: String,
    pub(super) expires_at: Option<Timestamp>,
    /// A session ends when it wasn't used for so long.
    pub(super) idle_seconds: Option<i64>,
    pub(super) used_at_micros: AtomicI64,
    /// When its person last proved who they are.
    pub(super) proven_at: Option<Timestamp>,
    /// From where it may be used.
    pub(super) networks: Networks,
    /// From where its key itself may be used besides.
    pub(super) own_networks: Networks,
    /// It may be used from elsewhere too: by somebody who may, and showed a second factor.
    pub(super) is_remote: bool,
    /// When the use was last written down, which is done once a minute.
    pub(super) written_at_micros: AtomicI64,
    /// The epoch of the very query that found the session: rights may be newer, and then it is read again.
    pub(super) epoch: i64,
    /// What a program came in with.
    pub(super) came_by: Option<CameBy>,
    /// What a directory came in with.
    pub(super) directory: Option<DirectoryKey>,
}

/// Callers that were seen lately, by the hash of their token.
#[derive(Default)]
pub(crate) struct Callers(Mutex<HashMap<[u8; 32], Arc<Kept>>>);

impl Callers {
    /// Keeps what was just read; what is no caller any more is forgotten.
    fn keep(&self, hash: [u8; 32], read: Option<Kept>) -> Option<Arc<Kept>> {
        let mut kept = self.0.lock();
        let Some(read) = read.map(Arc::new) else {
            kept.remove(&hash);
            return None;
        };
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(hash, Arc::clone(&read));
        Some(read)
    }
}

impl Kept {
    fn idle_ends_at(&self) -> Option<Timestamp> {
        let used_at = Timestamp::from_unix_micros(self.used_at_micros.load(Ordering::Relaxed));
        self.idle_seconds.map(|seconds| used_at.plus_seconds(seconds))
    }

    fn holds(&self, now: Timestamp) -> bool {
        let ended = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        !ended(self.idle_ends_at()) && !ended(self.expires_at) && !ended(self.facts.valid_until())
    }

    fn judge(&self, address: Option<IpAddr>) -> Result<()> {
        if !(self.is_remote || self.networks.lets_in(address)) {
            return Err(wrong_network(address));
        }
        match self.own_networks.lets_in(address) {
            true => Ok(()),
            false => Err(Error::WrongKeyNetwork(told(address))),
        }
    }

    /// Judges where it comes from. A program that comes from elsewhere stands in the ledger, with whose list that says; of
    /// people their sign-in does.
    async fn let_in(&self, vault: &Vault, address: Option<IpAddr>) -> Result<()> {
        let Err(error) = self.judge(address) else { return Ok(()) };
        if !matches!(self.which, Which::Session(_)) {
            let why = if matches!(error, Error::WrongKeyNetwork(_)) { KEY_NETWORK } else { NETWORK };
            let organisation = Some(self.facts.organisation());
            refusals::refuse_program(vault, Network::of(address), organisation, why).await?;
        }
        Err(error)
    }

    fn caller(&self, address: Option<IpAddr>) -> Caller {
        let caller = Caller::new(self.facts.clone(), self.session.clone(), self.name.clone(), address);
        let caller = caller.idle_until(self.idle_ends_at()).proven(self.proven_at);
        caller.coming_by(self.came_by).with_directory(self.directory)
    }
}

/// Whether asking counts as using the session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Counts,
    Quiet,
}

fn told(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "nowhere".to_owned(), |address| address.to_canonical().to_string())
}

pub(super) fn wrong_network(address: Option<IpAddr>) -> Error {
    Error::WrongNetwork(told(address))
}

/// Whether somebody may come from outside of the organisation's networks: by their role, with a second factor, where the
/// organisation asks for one at all.
pub(crate) fn may_come_from_outside(facts: &CallerFacts, second_factor: bool, settings: &Settings) -> bool {
    let asked = settings.second_factor() != "off";
    asked && second_factor && facts.grants().scope(Permission::RemoteAccessUse) != Scope::None
}

/// Whether a caller may still come from where they come from, and a program in the way in which it came.
async fn judge_coming(vault: &Vault, caller: &Caller, facts: &CallerFacts) -> Result<()> {
    let settings = vault.settings(caller.organisation()).await?;
    let address = caller.address();
    let (list, second_factor) = match facts.kind() {
        CallerKind::System(_) => return Ok(()),
        CallerKind::ApiKey(key) => {
            programs::judge_way(&settings, caller.came_by())?;
            let own = api_keys::networks(&mut vault.store().reader(), caller.organisation(), key).await?;
            if !Networks::of(&own).lets_in(address) {
                return Err(Error::WrongKeyNetwork(told(address)));
            }
            (settings.api_networks(), false)
        }
        CallerKind::User(_) => {
            let session: SessionId = caller.session().parse().map_err(|_| Error::NotSignedIn)?;
            let mut reader = vault.store().reader();
            let shown = sessions::shows_second_factor(&mut reader, caller.organisation(), session).await?;
            (settings.console_networks(), shown)
        }
    };
    let is_on = Networks::of(&list).lets_in(address);
    match is_on || may_come_from_outside(facts, second_factor, &settings) {
        true => Ok(()),
        false => Err(wrong_network(address)),
    }
}

/// The door that somebody knocks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Doorstep<'door> {
    /// Where they ask from.
    pub address: Option<IpAddr>,
    /// Scheme, host and port under which the vault is reached: signed secrets may be meant for it.
    pub origin: Option<&'door str>,
}

/// The caller of a session's token, or of what a program shows: its key, a signed secret, an access token.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is none, or not any more; [`Error::WrongNetwork`]; [`Error::WrongWay`];
/// [`Error::Unavailable`] when that can't be known.
pub async fn check(vault: &Vault, token: &str, address: Option<IpAddr>) -> Result<Caller> {
    check_at(vault, token, Doorstep { address, origin: None }).await
}

/// The same at a door that has a name.
///
/// # Errors
/// As [`check`].
pub async fn check_at(vault: &Vault, token: &str, door: Doorstep<'_>) -> Result<Caller> {
    find(vault, token, door, Use::Counts).await
}

/// The same for what happens without anybody doing anything, such as a page that refreshes itself: a session that
/// only does this ends as idle.
///
/// # Errors
/// As [`check`].
pub async fn check_quietly(vault: &Vault, token: &str, door: Doorstep<'_>) -> Result<Caller> {
    find(vault, token, door, Use::Quiet).await
}

async fn find(vault: &Vault, text: &str, door: Doorstep<'_>, how: Use) -> Result<Caller> {
    let address = door.address;
    let shown = Presented::of(text).ok_or(Error::NotSignedIn)?;
    let hash = shown.hash();
    let callers = &vault.identity_state().callers;
    let held = callers.0.lock().get(&hash).cloned();
    if let Some(held) = &held
        && held.holds(vault.now())
        && vault.policy_epoch(held.facts.organisation()).await? == held.epoch
    {
        held.let_in(vault, address).await?;
        touch(vault, held, how).await;
        return Ok(held.caller(address));
    }
    let used_at = held.map_or(0, |held| held.used_at_micros.load(Ordering::Relaxed));
    let read = match &shown {
        Presented::Token(token) if token.kind() == TokenKind::Session => read_session(vault, &hash, used_at).await?,
        Presented::Token(token) if token.kind() == TokenKind::Directory => scim::read(vault, &hash).await?,
        shown => programs::read(vault, shown, door).await?,
    };
    let read = callers.keep(hash, read).ok_or(Error::NotSignedIn)?;
    read.let_in(vault, address).await?;
    touch(vault, &read, how).await;
    Ok(read.caller(address))
}

/// A session that was used at this time as far as this node knows: what is written down is up to a minute older.
async fn read_session(vault: &Vault, hash: &[u8; 32], used_at_micros: i64) -> Result<Option<Kept>> {
    let now = vault.now();
    let mut reader = vault.store().reader();
    let Some(found) = sessions::find(&mut reader, hash, now).await? else {
        return Ok(None);
    };
    let settings = vault.settings_since(found.organisation, found.policy_epoch).await?;
    let written_at = found.used_at.as_unix_micros();
    let facts = access::user_caller(&mut reader, found.organisation, found.user, now).await?;
    let active = facts.account() == AccountState::Active;
    let is_remote = may_come_from_outside(&facts, found.second_factor, &settings);
    let kept = Kept {
        which: Which::Session(found.id),
        facts,
        session: found.id.to_string(),
        name: found.name,
        expires_at: Some(found.expires_at),
        idle_seconds: Some(settings.session_idle_minutes() * 60),
        used_at_micros: AtomicI64::new(written_at.max(used_at_micros)),
        proven_at: found.proven_at,
        networks: Networks::of(&settings.console_networks()),
        own_networks: Networks::of(&[]),
        is_remote,
        written_at_micros: AtomicI64::new(written_at),
        epoch: found.policy_epoch,
        came_by: None,
        directory: None,
    };
    let idle = kept.idle_ends_at().is_some_and(|at| at <= now);
    Ok((active && !idle).then_some(kept))
}

/// The same caller with their rights as they are now, for what goes on for longer than a request.
///
/// # Errors
/// [`Error::NotSignedIn`] when the session, key or account has ended meanwhile, [`Error::WrongNetwork`].
pub(crate) async fn refreshed(vault: &Vault, caller: &Caller) -> Result<Caller> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let (kind, shown) = (caller.facts().kind(), caller.shown());
    let facts = caller_now(&mut vault.store().reader(), organisation, kind, shown, now).await;
    match facts {
        Ok(facts) if facts.account() == AccountState::Active => {
            judge_coming(vault, caller, &facts).await?;
            let (session, name) = (caller.session().to_owned(), caller.name().to_owned());
            let anew = Caller::new(facts, session, name, caller.address());
            Ok(anew.coming_by(caller.came_by().copied()).with_directory(caller.directory()))
        }
        Ok(_) | Err(soundkeep_store::Error::NotFound) => Err(Error::NotSignedIn),
        Err(error) => Err(error.into()),
    }
}

/// Writes the use down at most once a minute. It may fail: what is done with the session decides for itself
/// whether it can go on without a database that takes writes.
async fn touch(vault: &Vault, kept: &Kept, how: Use) {
    if how == Use::Quiet {
        return;
    }
    let now = vault.now().as_unix_micros();
    kept.used_at_micros.fetch_max(now, Ordering::Relaxed);
    let written_at = kept.written_at_micros.load(Ordering::Relaxed);
    if now - written_at < sessions::TOUCH_SECONDS * 1_000_000 {
        return;
    }
    // Of many requests at once, one writes.
    if kept.written_at_micros.compare_exchange(written_at, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return;
    }
    let now = vault.now();
    let organisation = kept.facts.organisation();
    let written = async {
        let mut transaction = vault.store().begin().await?;
        match kept.which {
            Which::Session(id) => sessions::touch(&mut transaction, organisation, id, now).await?,
            Which::ApiKey(id) => api_keys::touch(&mut transaction, organisation, id, now).await?,
            Which::Scim(id) => tokens::touch(&mut transaction, organisation, id, now).await?,
        }
        transaction.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "the use of a session could not be written down");
    }
}

/// Who somebody is and what they may do.
#[derive(Debug, Clone)]
pub struct Me {
    /// The user, or the key under its own name and without an address.
    pub user: MyUser,
    /// Their organisation.
    pub organisation: MyOrganisation,
    /// Their roles that are in force.
    pub roles: Vec<MyRole>,
    /// What they hold of each permission whose feature exists: `none own groups all`, or `no yes`.
    pub permissions: Vec<(Permission, &'static str)>,
    /// When the session or key ends whatever happens.
    pub session_expires_at: Option<Timestamp>,
    /// When the session ends unless it is used before; nothing for a key.
    pub session_idle_ends_at: Option<Timestamp>,
}

/// A person or program, to itself.
#[derive(Debug, Clone)]
pub struct MyUser {
    /// The user's or the key's id.
    pub id: String,
    /// The email address of a person.
    pub email: Option<String>,
    /// The name.
    pub name: String,
}

/// The caller's organisation.
#[derive(Debug, Clone)]
pub struct MyOrganisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// The language for those who have chosen none: `en`, `de`, or `own` for that of their browser.
    pub language: String,
    /// The time zone for those who have chosen none, by its IANA name, or `own` for that of their browser.
    pub time_zone: String,
    /// What programs come in with.
    pub programs: ProgramWay,
}

/// A role that the caller has.
#[derive(Debug, Clone)]
pub struct MyRole {
    /// Which.
    pub key: RoleKey,
    /// Its name.
    pub name: String,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// Names of the groups that it is limited to.
    pub groups: Vec<Named<soundkeep_domain::GroupId>>,
}

/// What the caller may know of itself.
///
/// # Errors
/// [`Error::NotSignedIn`] when the account is gone.
pub async fn me(vault: &Vault, caller: &Caller) -> Result<Me> {
    let organisation = organisations::get(&mut vault.store().reader(), caller.organisation()).await?;
    let settings = vault.settings(caller.organisation()).await?;
    let (user, roles, session_expires_at) = match caller.facts().kind() {
        CallerKind::User(id) => my_user(vault, caller, id).await?,
        CallerKind::ApiKey(id) => my_key(vault, caller, id).await?,
        CallerKind::System(_) => return Err(Error::NotSignedIn),
    };
    let grants = caller.facts().grants();
    let permissions =
        Permission::available().map(|permission| (permission, grants.scope(permission).word(permission.row().kind)));
    Ok(Me {
        user,
        organisation: MyOrganisation {
            id: organisation.id,
            name: organisation.name,
            slug: organisation.slug,
            language: settings.language(),
            time_zone: settings.time_zone(),
            programs: programs::asked_way(&settings),
        },
        roles,
        permissions: permissions.collect(),
        session_expires_at,
        session_idle_ends_at: caller.idle_ends_at(),
    })
}

type Own = (MyUser, Vec<MyRole>, Option<Timestamp>);

async fn my_user(vault: &Vault, caller: &Caller, id: UserId) -> Result<Own> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let mut reader = vault.store().reader();
    let user = users::get(&mut reader, organisation, id).await?;
    let given = assignments::of_users(&mut reader, organisation, &[id]).await?;
    let in_force = given.into_iter().filter(|given| given.until.is_none_or(|until| until > now));
    let role = |given: assignments::Given| MyRole {
        key: given.role,
        name: given.role_name,
        limit: given.limit,
        groups: given.groups.into_iter().map(Named::from).collect(),
    };
    let session = caller.session().parse::<SessionId>().ok();
    let expires_at = match session.filter(|_| matches!(caller.facts().kind(), CallerKind::User(_))) {
        Some(session) => match sessions::expires_at(&mut reader, organisation, session).await {
            Err(soundkeep_store::Error::NotFound) => return Err(Error::NotSignedIn),
            found => Some(found?),
        },
        None => None,
    };
    let me = MyUser { id: user.id.to_string(), email: Some(user.email), name: user.name };
    Ok((me, in_force.map(role).collect(), expires_at))
}

async fn my_key(vault: &Vault, caller: &Caller, id: ApiKeyId) -> Result<Own> {
    let mut reader = vault.store().reader();
    let key = api_keys::get(&mut reader, caller.organisation(), id).await?;
    let ends_at = caller.came_by().and_then(|came_by| came_by.ends_at).or(key.expires_at);
    match key.rights {
        KeyRights::User(user) => {
            let (me, roles, _) = my_user(vault, caller, user).await?;
            Ok((me, roles, ends_at))
        }
        KeyRights::Role(role) => {
            let role = MyRole { key: role, name: key.rights_name, limit: Limit::None, groups: Vec::new() };
            Ok((MyUser { id: id.to_string(), email: None, name: key.name }, vec![role], ends_at))
        }
    }
}
