//! Sessions: how long they live, and what ends them.

use super::house::{HERE, PASSWORD, houses};
use soundkeep_app::Error;
use soundkeep_app::domain::access::{AccountState, BuiltInRole, Permission, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{Doorstep, UserChange, assign, change_user, check_quietly, me, sign_out, unassign};

use super::house::role;

/// What the settings say unless somebody decides otherwise.
const IDLE_SECONDS: i64 = 15 * 60;
const LONGEST_SECONDS: i64 = 12 * 60 * 60;

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_goes_on() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, idle) = house.user(&admin, "Ida", &[]).await;
        let (_, used) = house.user(&admin, "Uma", &[]).await;
        for _ in 0..3 {
            house.clock.turn(IDLE_SECONDS / 2);
            house.caller(&used.token).await.unwrap();
        }
        assert!(matches!(house.caller(&idle.token).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn no_session_outlives_its_length_however_much_it_is_used() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        for _ in 1..(LONGEST_SECONDS / 600) {
            house.clock.turn(600);
            house.caller(&bob.token).await.unwrap();
        }
        house.clock.turn(600);
        assert!(matches!(house.caller(&bob.token).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn what_happens_by_itself_keeps_no_session_open() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        let quietly = async || check_quietly(&house.vault, &bob.token, Doorstep::default()).await;
        let ends_at = quietly().await.unwrap().idle_ends_at().unwrap();
        assert_eq!(ends_at, house.vault.now().plus_seconds(IDLE_SECONDS));
        house.clock.turn(IDLE_SECONDS - 1);
        assert_eq!(quietly().await.unwrap().idle_ends_at(), Some(ends_at));
        house.clock.turn(1);
        assert!(matches!(quietly().await, Err(Error::NotSignedIn)));
        assert!(matches!(house.caller(&bob.token).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn a_use_counts_to_the_second_also_after_rights_were_read_anew() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        // Written down once a minute; this node knows better.
        house.clock.turn(59);
        house.caller(&signed_in.token).await.unwrap();
        assign(&house.vault, &admin, bob.id, &role(BuiltInRole::Agent)).await.unwrap();
        house.clock.turn(IDLE_SECONDS - 1);
        house.caller(&signed_in.token).await.unwrap();
    }
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, one) = house.user(&admin, "Bob", &[]).await;
        let two = house.sign_in("bob@example.org", PASSWORD, HERE).await.unwrap();
        let caller = house.caller(&one.token).await.unwrap();
        sign_out(&house.vault, &caller).await.unwrap();
        sign_out(&house.vault, &caller).await.unwrap();
        assert!(matches!(house.caller(&one.token).await, Err(Error::NotSignedIn)));
        assert!(matches!(me(&house.vault, &caller).await, Err(Error::NotSignedIn)));
        house.caller(&two.token).await.unwrap();
        let events = house.events(&admin, EventKind::SignOut).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["actor"]["name"], "Bob");
    }
}

#[tokio::test]
async fn switching_a_user_off_ends_their_sessions_at_once_and_on_again_opens_none() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        house.caller(&signed_in.token).await.unwrap();
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        let bob = change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        assert!(matches!(house.caller(&signed_in.token).await, Err(Error::NotSignedIn)));
        let on = UserChange { state: Some(AccountState::Active), name: None };
        let bob = change_user(&house.vault, &admin, bob.id, bob.version, &on).await.unwrap();
        assert_eq!(bob.state, AccountState::Active);
        assert!(matches!(house.caller(&signed_in.token).await, Err(Error::NotSignedIn)));
        house.sign_in("bob@example.org", PASSWORD, HERE).await.unwrap();
        let events = house.events(&admin, EventKind::UserDeprovisioned).await;
        assert_eq!((&events[0]["old"]["state"], &events[0]["new"]["state"]), (&"active".into(), &"disabled".into()));
        assert_eq!(events[0]["object"]["name"], "Bob");
    }
}

#[tokio::test]
async fn rights_that_change_hold_at_the_very_next_request() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        let holds = async || {
            let caller = house.caller(&signed_in.token).await.unwrap();
            caller.facts().grants().scope(Permission::RecordingsPlay)
        };
        assert_eq!(holds().await, Scope::None);
        let given = assign(&house.vault, &admin, bob.id, &role(BuiltInRole::Manager)).await.unwrap();
        assert_eq!(holds().await, Scope::All);
        unassign(&house.vault, &admin, bob.id, given.id).await.unwrap();
        assert_eq!(holds().await, Scope::None);
    }
}

#[tokio::test]
async fn a_role_with_an_end_ends_without_anybody_doing_anything() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        let mut temporary = role(BuiltInRole::Manager);
        temporary.until = Some(house.vault.now().plus_seconds(100));
        assign(&house.vault, &admin, bob.id, &temporary).await.unwrap();
        let holds = async || {
            let caller = house.caller(&signed_in.token).await.unwrap();
            caller.facts().grants().scope(Permission::RecordingsPlay)
        };
        house.clock.turn(99);
        assert_eq!(holds().await, Scope::All);
        house.clock.turn(1);
        assert_eq!(holds().await, Scope::None);
    }
}

#[tokio::test]
async fn nonsense_and_tokens_of_other_kinds_open_nothing() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let link = soundkeep_app::identity::new_user_link(&house.vault, &admin, bob.id).await.unwrap();
        for token in ["", "ss_", "nonsense", link.token.as_str()] {
            assert!(matches!(house.caller(token).await, Err(Error::NotSignedIn)), "{token}");
        }
    }
}
