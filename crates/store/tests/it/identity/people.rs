//! Users: unique, apart by organisation, found by name and by address.

use super::harness::{add_organisation, at, commit, random, stores};
use soundkeep_domain::UserId;
use soundkeep_domain::access::AccountState;
use soundkeep_store::Error;
use soundkeep_store::identity::{NamePage, users};

#[tokio::test]
async fn an_address_is_taken_once_per_organisation() {
    for fresh in stores().await {
        fresh.user("Ada").await;
        let again = users::NewUser {
            id: UserId::make(at(0), &random()),
            email: "ada@example.org",
            name: "Ada Two",
            state: AccountState::Invited,
            password_hash: None,
            created_at: at(0),
        };
        let refused = commit!(fresh, |transaction| users::add(transaction, fresh.organisation, &again));
        assert!(matches!(refused, Err(Error::Conflict(_))));
        let other = add_organisation(&fresh.store, "other").await;
        commit!(fresh, |transaction| users::add(transaction, other, &again)).unwrap();
    }
}

#[tokio::test]
async fn a_user_of_another_organisation_is_not_found() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let other = add_organisation(&fresh.store, "other").await;
        let mut reader = fresh.store.reader();
        assert!(matches!(users::get(&mut reader, other, ada).await, Err(Error::NotFound)));
        assert!(matches!(users::by_email(&mut reader, other, "ada@example.org").await, Err(Error::NotFound)));
        assert_eq!(users::count(&mut reader, other).await.unwrap(), 0);
        let off =
            commit!(fresh, |transaction| users::set_state(transaction, other, ada, AccountState::Disabled, at(1)));
        assert!(matches!(off, Err(Error::NotFound)));
        assert_eq!(users::get(&mut reader, fresh.organisation, ada).await.unwrap().state, AccountState::Active);
    }
}

#[tokio::test]
async fn pages_follow_names_and_searches_ignore_case_and_accents() {
    for fresh in stores().await {
        for name in ["Zoe", "ägidius", "Bert", "adam", "Berta_x", "Öz"] {
            fresh.user(name).await;
        }
        let mut reader = fresh.store.reader();
        let mut names = Vec::new();
        let mut page = NamePage { limit: 2, ..NamePage::default() };
        loop {
            let found = users::page(&mut reader, fresh.organisation, &page).await.unwrap();
            names.extend(found.iter().map(|user| user.name.clone()));
            match found.last() {
                Some(last) => page.after = Some(last.cursor()),
                None => break,
            }
        }
        assert_eq!(names, ["adam", "ägidius", "Bert", "Berta_x", "Öz", "Zoe"]);
        for (search, found) in
            [("BERT", 2), ("Agid", 1), ("oz@exam", 1), ("ÖZ", 1), ("_", 1), ("%", 0), ("\\", 0), ("example.org", 6)]
        {
            let page = NamePage { search: Some(search.to_owned()), limit: 9, ..NamePage::default() };
            assert_eq!(users::page(&mut reader, fresh.organisation, &page).await.unwrap().len(), found, "{search}");
        }
    }
}

#[tokio::test]
async fn of_several_accounts_the_one_that_can_sign_in_and_did_last_is_meant() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let other = add_organisation(&fresh.store, "other").await;
        let second = users::NewUser {
            id: UserId::make(at(0), &random()),
            email: "ada@example.org",
            name: "Ada",
            state: AccountState::Active,
            password_hash: Some("hash"),
            created_at: at(0),
        };
        commit!(fresh, |transaction| users::add(transaction, other, &second)).unwrap();
        let mut reader = fresh.store.reader();
        let mut meant = async |slug| {
            users::account(&mut reader, "ada@example.org", slug).await.unwrap().map(|account| account.user)
        };
        assert_eq!(meant(None).await, Some(ada));
        commit!(fresh, |transaction| users::signed_in(transaction, other, second.id, at(5))).unwrap();
        assert_eq!(meant(None).await, Some(second.id));
        let off = AccountState::Disabled;
        commit!(fresh, |transaction| users::set_state(transaction, other, second.id, off, at(1))).unwrap();
        assert_eq!(meant(None).await, Some(ada));
        assert_eq!(meant(Some("other")).await, Some(second.id));
        assert_eq!(meant(Some("nowhere")).await, None);
    }
}

#[tokio::test]
async fn a_change_that_was_based_on_an_older_version_is_refused() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let read = users::get(&mut fresh.store.reader(), fresh.organisation, ada).await.unwrap();
        commit!(fresh, |transaction| users::rename(transaction, fresh.organisation, &read, "Ada L", at(1))).unwrap();
        let late = commit!(fresh, |transaction| users::rename(transaction, fresh.organisation, &read, "Ada M", at(1)));
        assert!(matches!(late, Err(Error::Conflict(_))));
    }
}
