//! Sessions, API keys and links: found by a hash, and no longer than they may be.

use super::harness::{Fresh, at, commit, random, stores};
use soundkeep_domain::access::{AccountState, BuiltInRole, RoleKey};
use soundkeep_domain::identity::LinkPurpose;
use soundkeep_domain::{ApiKeyId, LinkId, SessionId, UserId};
use soundkeep_store::Error;
use soundkeep_store::access::KeyRights;
use soundkeep_store::identity::{self, api_keys, links, sessions, users};

const ADMIN: RoleKey = RoleKey::BuiltIn(BuiltInRole::Admin);

async fn session(fresh: &Fresh, user: UserId, mark: u8) -> SessionId {
    let id = SessionId::make(at(0), &random());
    let new = sessions::NewSession {
        id,
        token_hash: [mark; 32],
        user,
        created_at: at(0),
        expires_at: at(1000),
        address: Some("192.0.2.1"),
        way: "password",
        proven_at: at(0),
        second_factor: None,
        device: None,
        is_mobile: false,
    };
    commit!(fresh, |transaction| sessions::add(transaction, fresh.organisation, &new)).unwrap();
    id
}

#[tokio::test]
async fn a_session_is_found_until_it_ends_or_expires() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let id = session(&fresh, ada, 7).await;
        let find = async |now: i64| sessions::find(&mut fresh.store.reader(), &[7; 32], at(now)).await.unwrap();
        let found = find(10).await.unwrap();
        assert_eq!((found.organisation, found.id, found.user), (fresh.organisation, id, ada));
        assert_eq!(found.policy_epoch, fresh.epoch().await);
        assert!(find(1000).await.is_none(), "expired");
        let touch = async |seconds| {
            commit!(fresh, |transaction| sessions::touch(transaction, fresh.organisation, id, at(seconds))).unwrap();
            find(seconds).await.unwrap().used_at
        };
        assert_eq!(touch(59).await, at(0));
        assert_eq!(touch(60).await, at(60));
        let before = fresh.epoch().await;
        assert!(commit!(fresh, |transaction| sessions::end(transaction, fresh.organisation, id, at(70))).unwrap());
        assert!(!commit!(fresh, |transaction| sessions::end(transaction, fresh.organisation, id, at(71))).unwrap());
        assert!(find(72).await.is_none());
        assert_eq!(fresh.epoch().await, before + 1);
    }
}

#[tokio::test]
async fn a_disabled_users_session_opens_nothing() {
    for fresh in stores().await {
        let (ada, bob) = (fresh.user("Ada").await, fresh.user("Bob").await);
        session(&fresh, ada, 7).await;
        session(&fresh, ada, 8).await;
        session(&fresh, bob, 9).await;
        let open = async |mark: u8| {
            let found = sessions::find(&mut fresh.store.reader(), &[mark; 32], at(10)).await.unwrap();
            found.is_some()
        };
        let off = AccountState::Disabled;
        commit!(fresh, |transaction| users::set_state(transaction, fresh.organisation, bob, off, at(2))).unwrap();
        assert!(!open(9).await);
        let ended = commit!(fresh, |transaction| sessions::end_all(transaction, fresh.organisation, ada, at(5)));
        assert_eq!(ended.unwrap(), 2);
        assert!(!open(7).await && !open(8).await);
    }
}

#[tokio::test]
async fn an_api_key_acts_until_it_expires_or_is_revoked() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let id = ApiKeyId::make(at(0), &random());
        let new = api_keys::NewApiKey {
            id,
            token_hash: [7; 32],
            prefix: "sk_abcd",
            name: "Import",
            rights: KeyRights::Role(ADMIN),
            scopes: None,
            networks: &[],
            sealed_secret_key: None,
            created_by: Some(ada),
            created_at: at(0),
            expires_at: Some(at(100)),
        };
        commit!(fresh, |transaction| api_keys::add(transaction, fresh.organisation, &new)).unwrap();
        let find = async |now: i64| api_keys::find(&mut fresh.store.reader(), &[7; 32], at(now)).await.unwrap();
        assert_eq!(find(10).await.map(|key| (key.id, key.rights)), Some((id, KeyRights::Role(ADMIN))));
        assert!(find(100).await.is_none());
        commit!(fresh, |transaction| api_keys::touch(transaction, fresh.organisation, id, at(20))).unwrap();
        let mut reader = fresh.store.reader();
        let listed = api_keys::page(&mut reader, fresh.organisation, None, 9).await.unwrap();
        assert_eq!(listed[0].created_by, Some((ada, "Ada".to_owned())));
        assert_eq!((listed[0].used_at, listed[0].rights_name.as_str()), (Some(at(20)), "Admin"));
        assert_eq!(api_keys::page(&mut reader, fresh.organisation, Some(id), 9).await.unwrap(), []);
        let before = fresh.epoch().await;
        commit!(fresh, |transaction| api_keys::revoke(transaction, fresh.organisation, id, at(30))).unwrap();
        assert!(find(31).await.is_none());
        assert_eq!(fresh.epoch().await, before + 1);
        let again = commit!(fresh, |transaction| api_keys::revoke(transaction, fresh.organisation, id, at(32)));
        assert!(matches!(again, Err(Error::NotFound)));
    }
}

async fn link(fresh: &Fresh, user: UserId, purpose: LinkPurpose, mark: u8) -> LinkId {
    let id = LinkId::make(at(0), &random());
    let new = links::NewLink {
        id,
        token_hash: [mark; 32],
        purpose,
        user: Some(user),
        created_at: at(0),
        expires_at: at(100),
    };
    commit!(fresh, |transaction| links::add(transaction, fresh.organisation, &new)).unwrap();
    id
}

#[tokio::test]
async fn a_link_works_once_even_when_two_use_it_at_once() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let id = link(&fresh, ada, LinkPurpose::Invitation, 7).await;
        let use_up =
            async || commit!(fresh, |transaction| links::use_up(transaction, fresh.organisation, id, at(10))).is_ok();
        let (one, two) = tokio::join!(use_up(), use_up());
        assert!(one != two);
        assert!(links::find(&mut fresh.store.reader(), &[7; 32], at(11)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_link_expires_and_a_newer_one_takes_its_place() {
    for fresh in stores().await {
        let (ada, bob) = (fresh.user("Ada").await, fresh.user("Bob").await);
        let old = link(&fresh, ada, LinkPurpose::Invitation, 7).await;
        link(&fresh, bob, LinkPurpose::Invitation, 8).await;
        link(&fresh, ada, LinkPurpose::Invitation, 9).await;
        let there = async |mark: u8, now: i64| {
            links::find(&mut fresh.store.reader(), &[mark; 32], at(now)).await.unwrap().and_then(|link| link.email)
        };
        assert_eq!(there(7, 1).await, None);
        assert_eq!(there(8, 1).await.as_deref(), Some("bob@example.org"));
        assert_eq!(there(9, 99).await.as_deref(), Some("ada@example.org"));
        assert_eq!(there(9, 100).await, None);
        let late = commit!(fresh, |transaction| links::use_up(transaction, fresh.organisation, old, at(1)));
        assert!(matches!(late, Err(Error::NotFound)));
        commit!(fresh, |transaction| links::end_all(transaction, fresh.organisation, bob, at(2))).unwrap();
        assert_eq!(there(8, 3).await, None);
    }
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_and_nothing_else() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let ended = session(&fresh, ada, 7).await;
        session(&fresh, ada, 8).await;
        link(&fresh, ada, LinkPurpose::Invitation, 9).await;
        commit!(fresh, |transaction| sessions::end(transaction, fresh.organisation, ended, at(10))).unwrap();
        let forget = async |seconds| {
            let before = at(seconds);
            commit!(fresh, |transaction| identity::forget(transaction, fresh.organisation, (before, before))).unwrap();
            let open = sessions::find(&mut fresh.store.reader(), &[8; 32], at(20)).await.unwrap();
            let link = links::find(&mut fresh.store.reader(), &[9; 32], at(20)).await.unwrap();
            (open.is_some(), link.is_some())
        };
        assert_eq!(forget(11).await, (true, true));
        assert_eq!(forget(101).await, (true, false));
        assert_eq!(forget(1001).await, (false, false));
    }
}
