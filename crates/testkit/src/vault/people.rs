//! People of a test vault: made when they are first asked for, and signed in.

use super::TestVault;
use parking_lot::Mutex;
use soundkeep_app::Caller;
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::{AccountState, BuiltInRole, Limit, RoleKey};
use soundkeep_domain::{AgentIdId, ApiKeyId, AssignmentId, GroupId, OrganisationId, SessionId, Timestamp, UserId};
use soundkeep_store::access::KeyRights;
use soundkeep_store::identity::{agent_ids, api_keys, assignments, groups, sessions, users};
use std::collections::HashMap;

const WEEK_SECONDS: i64 = 7 * 86_400;

/// Tokens and groups by name.
#[derive(Default)]
pub(super) struct People {
    tokens: Mutex<HashMap<String, String>>,
    groups: Mutex<HashMap<String, GroupId>>,
}

/// What somebody is who is asked for by role.
struct Sketch<'name> {
    name: &'name str,
    role: BuiltInRole,
    limit: Limit,
    supervises: Option<GroupId>,
}

impl TestVault {
    /// The group of this name, made when it isn't there.
    pub async fn group(&self, name: &str) -> GroupId {
        if let Some(group) = self.people.groups.lock().get(name) {
            return *group;
        }
        let id = GroupId::make(self.now(), &self.random());
        let mut transaction = self.store.begin().await.unwrap();
        groups::add(&mut transaction, self.organisation, id, name, self.now()).await.unwrap();
        transaction.commit().await.unwrap();
        self.people.groups.lock().insert(name.to_owned(), id);
        id
    }

    /// Adds an active user to an organisation.
    pub async fn add_user(&self, organisation: OrganisationId, name: &str) -> UserId {
        let id = UserId::make(self.now(), &self.random());
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let new = users::NewUser {
            id,
            email: &email,
            name,
            state: AccountState::Active,
            password_hash: None,
            created_at: self.now(),
        };
        let mut transaction = self.store.begin().await.unwrap();
        users::add(&mut transaction, organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// Gives a user a role.
    pub async fn give(
        &self,
        organisation: OrganisationId,
        user: UserId,
        (role, limit, until): (BuiltInRole, Limit, Option<Timestamp>),
    ) -> AssignmentId {
        let new = assignments::NewAssignment {
            id: AssignmentId::make(self.now(), &self.random()),
            user,
            role: RoleKey::BuiltIn(role),
            limit,
            until,
            created_at: self.now(),
        };
        let mut transaction = self.store.begin().await.unwrap();
        assignments::add(&mut transaction, organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
        new.id
    }

    /// Lets a user belong to a group from long ago on.
    pub async fn join(&self, bond: groups::Bond, group: GroupId, user: UserId) {
        let mut transaction = self.store.begin().await.unwrap();
        let long_ago = self.now().plus_seconds(-WEEK_SECONDS);
        groups::join(&mut transaction, self.organisation, bond, (group, user), long_ago, self.now()).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Signs a user in, and gives the session's token.
    pub async fn sign_in(&self, organisation: OrganisationId, user: UserId) -> String {
        let token = Token::generate(TokenKind::Session, self.entropy.as_ref()).unwrap();
        let new = sessions::NewSession {
            id: SessionId::make(self.now(), &self.random()),
            token_hash: *token.hash().as_bytes(),
            user,
            created_at: self.now(),
            expires_at: self.now().plus_seconds(WEEK_SECONDS),
            address: None,
            way: "password",
            proven_at: self.now(),
            second_factor: None,
            device: None,
            is_mobile: false,
        };
        let mut transaction = self.store.begin().await.unwrap();
        sessions::add(&mut transaction, organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
        token.reveal().to_owned()
    }

    /// The token of an API key with these rights.
    pub async fn api_key(&self, organisation: OrganisationId, rights: KeyRights) -> String {
        let token = Token::generate(TokenKind::ApiKey, self.entropy.as_ref()).unwrap();
        let new = api_keys::NewApiKey {
            id: ApiKeyId::make(self.now(), &self.random()),
            token_hash: *token.hash().as_bytes(),
            prefix: "sk_test",
            name: "A program",
            rights,
            scopes: None,
            networks: &[],
            sealed_secret_key: None,
            created_by: None,
            created_at: self.now(),
            expires_at: None,
        };
        let mut transaction = self.store.begin().await.unwrap();
        api_keys::add(&mut transaction, organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
        token.reveal().to_owned()
    }

    /// The session token of somebody who was asked for by role before, such as `admin` or `supervisor of sales`.
    #[must_use]
    pub fn token_of(&self, name: &str) -> String {
        self.people.tokens.lock().get(name).cloned().expect("somebody who was asked for before")
    }

    async fn by_role(&self, sketch: Sketch<'_>) -> Caller {
        let held = self.people.tokens.lock().get(sketch.name).cloned();
        if let Some(token) = held {
            return self.caller(&token).await;
        }
        let user = self.add_user(self.organisation, sketch.name).await;
        if let Some(group) = sketch.supervises {
            self.join(groups::Bond::Supervisor, group, user).await;
        }
        self.give(self.organisation, user, (sketch.role, sketch.limit, None)).await;
        let token = self.sign_in(self.organisation, user).await;
        self.people.tokens.lock().insert(sketch.name.to_owned(), token.clone());
        self.caller(&token).await
    }

    async fn of_all(&self, name: &str, role: BuiltInRole) -> Caller {
        self.by_role(Sketch { name, role, limit: Limit::None, supervises: None }).await
    }

    /// An administrator of everything.
    pub async fn as_admin(&self) -> Caller {
        self.of_all("admin", BuiltInRole::Admin).await
    }

    /// A manager of everything.
    pub async fn as_manager(&self) -> Caller {
        self.of_all("manager", BuiltInRole::Manager).await
    }

    /// An analyst of everything.
    pub async fn as_analyst(&self) -> Caller {
        self.of_all("analyst", BuiltInRole::Analyst).await
    }

    /// The supervisor of a group, who reaches the groups that they supervise.
    pub async fn as_supervisor(&self, group: &str) -> Caller {
        let name = format!("supervisor of {group}");
        let supervises = Some(self.group(group).await);
        self.by_role(Sketch { name: &name, role: BuiltInRole::Supervisor, limit: Limit::Supervised, supervises }).await
    }

    /// An analyst who reaches one group.
    pub async fn as_analyst_of(&self, group: &str) -> Caller {
        let name = format!("analyst of {group}");
        let limit = Limit::Named(vec![self.group(group).await]);
        self.by_role(Sketch { name: &name, role: BuiltInRole::Analyst, limit, supervises: None }).await
    }

    /// The agent with this agent id, a member of this group from long ago on.
    pub async fn as_agent(&self, agent_id: &str, group: &str) -> Caller {
        let name = format!("agent {agent_id}");
        let is_new = !self.people.tokens.lock().contains_key(&name);
        let caller =
            self.by_role(Sketch { name: &name, role: BuiltInRole::Agent, limit: Limit::None, supervises: None }).await;
        if !is_new {
            return caller;
        }
        let user = caller.user().unwrap();
        self.join(groups::Bond::Member, self.group(group).await, user).await;
        let spell = agent_ids::AgentId {
            id: AgentIdId::make(self.now(), &self.random()),
            user,
            value: agent_id.to_owned(),
            from: self.now().plus_seconds(-WEEK_SECONDS),
            until: None,
        };
        let mut transaction = self.store.begin().await.unwrap();
        let taken = agent_ids::add(&mut transaction, self.organisation, &spell).await.unwrap();
        assert_eq!(taken, None, "the agent id was somebody's");
        transaction.commit().await.unwrap();
        self.caller(&self.token_of(&name)).await
    }

    /// Somebody without any role.
    pub async fn as_nobody(&self) -> Caller {
        let held = self.people.tokens.lock().get("nobody").cloned();
        if let Some(token) = held {
            return self.caller(&token).await;
        }
        let user = self.add_user(self.organisation, "nobody").await;
        let token = self.sign_in(self.organisation, user).await;
        self.people.tokens.lock().insert("nobody".to_owned(), token.clone());
        self.caller(&token).await
    }
}
