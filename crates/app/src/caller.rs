//! Who asks: the facts that decisions need, and what the ledger says of them.
//!
//! Made by the session check alone; knows no token.

use crate::access::weigh::Intent;
use soundkeep_domain::access::{CallerFacts, CallerKind, PermissionSet, Restrictions};
use soundkeep_domain::audit::Actor;
use soundkeep_domain::identity::ProgramWay;
use soundkeep_domain::{OrganisationId, ProviderId, ScimTokenId, Timestamp, UserId};
use soundkeep_store::identity::Shown;
use std::net::IpAddr;

/// What a program came in with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CameBy {
    /// By which way.
    pub(crate) way: ProgramWay,
    /// SHA-256 of the key's text, shown or behind what was shown.
    pub(crate) key_text: [u8; 32],
    /// SHA-256 of the access token that was shown.
    pub(crate) access_token: Option<[u8; 32]>,
    /// When what was shown ends by itself.
    pub(crate) ends_at: Option<Timestamp>,
    /// What the key and its token are narrowed to; nothing is everything that role or user may.
    pub(crate) narrowed_to: Option<PermissionSet>,
}

/// What a directory came in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryKey {
    /// Its token.
    pub token: ScimTokenId,
    /// SHA-256 of the token's text.
    pub(crate) text: [u8; 32],
    /// The provider that the token is for.
    pub provider: ProviderId,
}

/// Somebody who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    facts: CallerFacts,
    /// What their requests belong to: a session, a key or inner work.
    session: String,
    name: String,
    address: Option<IpAddr>,
    idle_ends_at: Option<Timestamp>,
    proven_at: Option<Timestamp>,
    came_by: Option<CameBy>,
    directory: Option<DirectoryKey>,
    intent: Intent,
    reason: Option<String>,
}

impl Caller {
    pub(crate) const fn new(facts: CallerFacts, session: String, name: String, address: Option<IpAddr>) -> Self {
        Self {
            facts,
            session,
            name,
            address,
            idle_ends_at: None,
            proven_at: None,
            came_by: None,
            directory: None,
            intent: Intent::Act,
            reason: None,
        }
    }
    /// The same, with when the session ends unless it is used before.
    pub(crate) const fn idle_until(mut self, ends_at: Option<Timestamp>) -> Self {
        self.idle_ends_at = ends_at;
        self
    }
    /// The same, from this network address.
    pub(crate) const fn coming_from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }
    /// The same, with when they last proved who they are.
    pub(crate) const fn proven(mut self, at: Option<Timestamp>) -> Self {
        self.proven_at = at;
        self
    }
    /// When they last proved who they are in this session; nothing for a program.
    #[must_use]
    pub const fn proven_at(&self) -> Option<Timestamp> {
        self.proven_at
    }
    /// The same, as a program that came in with this.
    pub(crate) const fn coming_by(mut self, came_by: Option<CameBy>) -> Self {
        self.came_by = came_by;
        self
    }
    /// What they came in with, if they are a program.
    pub(crate) const fn came_by(&self) -> Option<&CameBy> {
        self.came_by.as_ref()
    }
    /// The same, as a directory with this token.
    pub(crate) const fn with_directory(mut self, directory: Option<DirectoryKey>) -> Self {
        self.directory = directory;
        self
    }
    /// The token and provider of a directory that speaks SCIM; nothing for anybody else.
    #[must_use]
    pub const fn directory(&self) -> Option<DirectoryKey> {
        self.directory
    }
    /// What they came in with.
    pub(crate) fn shown(&self) -> Shown {
        Shown {
            session: self.session.parse().ok(),
            key_text: self.came_by.map(|came_by| came_by.key_text),
            access_token: self.came_by.and_then(|came_by| came_by.access_token),
            ends_at: self.came_by.and_then(|came_by| came_by.ends_at),
        }
    }
    /// When their session ends unless it is used before; nothing for a program.
    #[must_use]
    pub const fn idle_ends_at(&self) -> Option<Timestamp> {
        self.idle_ends_at
    }
    /// The same, with what they want of the change that they ask for.
    #[must_use]
    pub fn wanting(&self, intent: Intent) -> Self {
        Self { intent, ..self.clone() }
    }
    /// The same, with why they do what they ask for. It stands in every event of it, and is personal.
    #[must_use]
    pub fn because(&self, reason: Option<String>) -> Self {
        Self { reason, ..self.clone() }
    }
    /// Why they do what they ask for.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
    /// What they want of the change that they ask for.
    #[must_use]
    pub const fn intent(&self) -> &Intent {
        &self.intent
    }
    /// The same caller, narrowed further: what somebody of these restrictions would see.
    pub(crate) fn narrowed(&self, restrictions: Restrictions) -> Self {
        Self { facts: self.facts.clone().narrowed(restrictions), ..self.clone() }
    }
    /// What decisions need.
    #[must_use]
    pub const fn facts(&self) -> &CallerFacts {
        &self.facts
    }
    /// The organisation that they belong to.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.facts.organisation()
    }
    /// The user, if a person asks.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.facts.user()
    }
    /// What their requests belong to.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }
    /// The address or name that people know them by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Where they ask from.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }
    /// Kind and id, as the ledger and listenings name them.
    #[must_use]
    pub fn identity(&self) -> (&'static str, String) {
        if let Some(directory) = self.directory {
            return ("scim_token", directory.token.to_string());
        }
        match self.facts.kind() {
            CallerKind::User(id) => ("user", id.to_string()),
            CallerKind::ApiKey(id) => ("api_key", id.to_string()),
            CallerKind::System(system) => ("system", system.name().to_owned()),
        }
    }
    /// Who did it, for the ledger.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let (kind, id) = self.identity();
        let name = (kind != "system").then(|| self.name.clone());
        Actor { kind, id: Some(id), name }
    }
}
