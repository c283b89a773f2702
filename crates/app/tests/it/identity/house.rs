//! A vault with a clock that is turned by hand, and people in it.

use serde_json::Value;
use soundkeep_app::access::weigh::Intent;
use soundkeep_app::audit::read::{EventFilter, list};
use soundkeep_app::domain::access::{BuiltInRole, Limit, RoleKey};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::domain::{OrganisationId, Timestamp};
use soundkeep_app::identity::{
    self, Credentials, Invitation, NewAssignment, Redeem, SignedIn, User, Visitor, redeem_link, sign_in,
};
use soundkeep_app::settings::change;
use soundkeep_app::{Caller, Error, MediaWorker, Parts, Vault};
use soundkeep_blobs::DiskBlobs;
use soundkeep_crypto::SystemEntropy;
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_store::Store;
use soundkeep_testkit::{Backend, TestClock};
use std::process::Command;
use std::sync::Arc;

/// A password that fits everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Where people ask from unless a test says otherwise.
pub(crate) const HERE: &str = "192.0.2.10";

pub(crate) struct House {
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
    backend: Backend,
}

/// An empty vault on each database that is at hand.
pub(crate) async fn houses() -> Vec<House> {
    let mut houses = Vec::new();
    for backend in Backend::all() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::from_unix_micros(1_790_000_000_000_000)));
        let entropy = SystemEntropy::new();
        let root_key = EnvironmentRootKey::parse(&generate_root_key_text(&entropy).unwrap()).unwrap();
        let parts = Parts {
            store: backend.open().await,
            blobs: Arc::new(DiskBlobs::open(folder.path()).unwrap()),
            root_key: Arc::new(root_key),
            clock: Arc::<TestClock>::clone(&clock),
            entropy: Arc::new(entropy),
            media_worker: MediaWorker::InProcess,
            checkpoints: None,
            reserve_bytes: 0,
            breached_passwords: None,
            outbound: soundkeep_testkit::outbound(),
            node: "test".to_owned(),
        };
        let vault = Vault::open(parts).await.unwrap();
        houses.push(House { vault, clock, _folder: folder, backend });
    }
    houses
}

/// Somebody at this address.
pub(crate) fn visitor(address: &str) -> Visitor {
    Visitor { address: Some(address.parse().unwrap()), ..Visitor::default() }
}

pub(crate) fn role(role: BuiltInRole) -> NewAssignment {
    NewAssignment { role: RoleKey::BuiltIn(role), limit: Limit::None, until: None }
}

/// What somebody says to an invitation.
pub(crate) fn accept() -> Redeem {
    Redeem { password: Some(PASSWORD.to_owned()), ..Redeem::default() }
}

impl AsRef<Vault> for House {
    fn as_ref(&self) -> &Vault {
        &self.vault
    }
}

impl House {
    /// Sets the vault up, and answers its first administrator.
    pub(crate) async fn admin(&self) -> Caller {
        let link = identity::prepare_setup(&self.vault).await.unwrap().unwrap();
        self.set_up(&link.token, "admin@example.org").await
    }

    /// Makes another organisation, and answers its first administrator.
    pub(crate) async fn other_admin(&self) -> (OrganisationId, Caller) {
        let new = identity::NewOrganisation { slug: "other".to_owned(), name: "Other".to_owned() };
        let link = identity::create_organisation(&self.vault, &new).await.unwrap();
        (link.organisation, self.set_up(&link.token, "boss@example.net").await)
    }

    async fn set_up(&self, token: &str, email: &str) -> Caller {
        let said = Redeem {
            email: Some(email.to_owned()),
            name: Some("Grace".to_owned()),
            password: Some(PASSWORD.to_owned()),
            organisation_name: Some("Example".to_owned()),
            ..Redeem::default()
        };
        let signed_in = redeem_link(&self.vault, token, said, &visitor(HERE)).await.unwrap().signed_in().unwrap();
        self.caller(&signed_in.token).await.unwrap()
    }

    /// The caller of a token, who confirms whatever they ask for.
    pub(crate) async fn caller(&self, token: &str) -> Result<Caller, Error> {
        let caller = identity::check(&self.vault, token, Some(HERE.parse().unwrap())).await?;
        Ok(caller.wanting(Intent::Decided))
    }

    /// Invites somebody, who comes in.
    pub(crate) async fn user(&self, admin: &Caller, name: &str, roles: &[BuiltInRole]) -> (User, SignedIn) {
        let invitation = Invitation {
            email: format!("{}@example.org", name.to_lowercase()),
            name: name.to_owned(),
            assignments: roles.iter().copied().map(role).collect(),
        };
        let invited = identity::invite(&self.vault, admin, &invitation).await.unwrap();
        let entered = redeem_link(&self.vault, &invited.link.token, accept(), &visitor(HERE)).await.unwrap();
        let signed_in = entered.signed_in().unwrap();
        (identity::user(&self.vault, admin, invited.user.id).await.unwrap(), signed_in)
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str, address: &str) -> Result<SignedIn, Error> {
        let credentials = Credentials { email: email.to_owned(), password: password.to_owned(), organisation: None };
        sign_in(&self.vault, credentials, &visitor(address)).await?.signed_in()
    }

    /// The first administrator, signed in once more.
    pub(crate) async fn back(&self) -> Caller {
        let signed_in = self.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap();
        self.caller(&signed_in.token).await.unwrap()
    }

    /// Changes one setting.
    pub(crate) async fn set(&self, admin: &Caller, key: &str, value: Value) {
        let wish = Wish { key: key.to_owned(), channel: None, value: Some(value) };
        change(&self.vault, admin, None, &[wish]).await.unwrap();
    }

    /// The code that an authenticator app of this secret shows so many seconds from now, by somebody else's program.
    pub(crate) fn code(&self, secret: &str, seconds: i64) -> String {
        let now = format!("@{}", self.vault.now().plus_seconds(seconds).as_unix_micros() / 1_000_000);
        let ran = Command::new("oathtool").args(["--totp", "--base32", "--now", &now, secret]).output();
        let ran = ran.expect("oathtool is installed by `cargo xtask test`");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    }

    /// The rows below the vault.
    pub(crate) async fn store(&self) -> Store {
        self.backend.open().await
    }

    /// The events of a kind, newest first.
    pub(crate) async fn events(&self, admin: &Caller, kind: EventKind) -> Vec<Value> {
        let filter = EventFilter { kind: Some(kind), ..EventFilter::default() };
        let entries = list(&self.vault, admin, &filter, None, 200).await.unwrap();
        entries.into_iter().map(|entry| entry.event).collect()
    }
}
