//! Several sessions of one person: which are open, ending one, how many there may be; and who wasn't here for long.

use super::house::{HERE, House, PASSWORD, houses};
use soundkeep_app::domain::UserId;
use soundkeep_app::domain::access::{AccountState, BuiltInRole};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{
    Credentials, Device, Proof, UserChange, Visitor, change_user, end_own_other_sessions, end_own_session,
    end_session_of, end_sessions_of, me, own_sessions, sessions_of, sign_in, step_up, user,
};
use soundkeep_app::{Caller, Error};

const DAY: i64 = 24 * 60 * 60;

async fn come(house: &House, email: &str, device: &str, is_mobile: bool) -> Result<String, Error> {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    let device = Device { name: Some(device.to_owned()), is_mobile };
    let visitor = Visitor { address: Some(HERE.parse().unwrap()), device, ..Visitor::default() };
    let signed_in = sign_in(&house.vault, credentials, &visitor).await?.signed_in()?;
    // A second apart: the oldest is the one that began first.
    house.clock.turn(1);
    Ok(signed_in.token)
}

async fn devices(house: &House, caller: &Caller) -> Vec<String> {
    let sessions = own_sessions(&house.vault, caller).await.unwrap();
    sessions.into_iter().map(|session| session.device.unwrap_or_default()).collect()
}

#[tokio::test]
async fn sessions_are_listed_with_what_they_came_with_and_ended_by_their_owner_and_administrators() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        house.clock.turn(1);
        let desk = come(&house, "bob@example.org", "Firefox on Linux", false).await.unwrap();
        let phone = come(&house, "bob@example.org", "Safari on iPhone", true).await.unwrap();
        let here = house.caller(&phone).await.unwrap();
        let sessions = own_sessions(&house.vault, &here).await.unwrap();
        assert_eq!(devices(&house, &here).await, ["Safari on iPhone", "Firefox on Linux", ""]);
        assert_eq!(sessions.iter().map(|session| session.is_own).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!((sessions[0].address.as_deref(), sessions[0].way.as_deref()), (Some(HERE), Some("password")));
        end_own_session(&house.vault, &here, sessions[1].id).await.unwrap();
        assert!(matches!(house.caller(&desk).await, Err(Error::NotSignedIn)));
        let again = end_own_session(&house.vault, &here, sessions[1].id).await;
        assert!(matches!(again, Err(Error::NotFound)));
        let of_others = end_own_session(&house.vault, &admin, sessions[0].id).await;
        assert!(matches!(of_others, Err(Error::NotFound)), "not one's own");
        assert!(matches!(sessions_of(&house.vault, &here, bob.id).await, Err(Error::Denied(_))));
        let denied = end_session_of(&house.vault, &here, bob.id, sessions[0].id).await;
        assert!(matches!(denied, Err(Error::Denied(_))));
        let elsewhere = end_session_of(&house.vault, &admin, admin.user().unwrap(), sessions[0].id).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "not of that user");
        assert_eq!(sessions_of(&house.vault, &admin, bob.id).await.unwrap().len(), 2);
        end_session_of(&house.vault, &admin, bob.id, sessions[0].id).await.unwrap();
        assert!(matches!(house.caller(&phone).await, Err(Error::NotSignedIn)));
        assert_eq!(house.events(&admin, EventKind::SessionEnded).await.len(), 2);
    }
}

#[tokio::test]
async fn all_other_sessions_end_at_once_by_their_owner_and_all_by_an_administrator() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        house.user(&admin, "Eve", &[]).await;
        let eve = come(&house, "eve@example.org", "desk", false).await.unwrap();
        let desk = come(&house, "bob@example.org", "desk", false).await.unwrap();
        let phone = come(&house, "bob@example.org", "phone", true).await.unwrap();
        let here = house.caller(&phone).await.unwrap();
        end_own_other_sessions(&house.vault, &here).await.unwrap();
        assert_eq!(devices(&house, &house.caller(&phone).await.unwrap()).await, ["phone"]);
        assert!(matches!(house.caller(&desk).await, Err(Error::NotSignedIn)));
        // There is nothing more to end, and nothing more to tell.
        end_own_other_sessions(&house.vault, &here).await.unwrap();
        let ended = house.events(&admin, EventKind::SessionEnded).await;
        assert_eq!(ended.len(), 1);
        // That of the invitation, and the desk.
        assert_eq!(ended[0]["detail"]["sessions_ended"], 2);
        let desk = come(&house, "bob@example.org", "desk", false).await.unwrap();
        assert!(matches!(end_sessions_of(&house.vault, &here, bob.id).await, Err(Error::Denied(_))));
        end_sessions_of(&house.vault, &admin, bob.id).await.unwrap();
        for token in [desk, phone] {
            assert!(matches!(house.caller(&token).await, Err(Error::NotSignedIn)));
        }
        // Administrators don't throw themselves out.
        end_sessions_of(&house.vault, &admin, admin.user().unwrap()).await.unwrap();
        assert_eq!(sessions_of(&house.vault, &admin, admin.user().unwrap()).await.unwrap().len(), 1);
        house.caller(&eve).await.unwrap();
        let nobody = end_sessions_of(&house.vault, &admin, UserId::from_bytes([7; 16])).await;
        assert!(matches!(nobody, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest_and_one_phone_too_many_the_oldest_on_a_phone() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        house.clock.turn(1);
        house.set(&admin, "sessions_max", 4.into()).await;
        house.set(&admin, "sessions_mobile_max", 2.into()).await;
        // The one of the invitation is the first.
        let mut last = String::new();
        for (device, is_mobile) in [("desk 1", false), ("phone 1", true), ("phone 2", true)] {
            last = come(&house, "bob@example.org", device, is_mobile).await.unwrap();
        }
        let now = async |token: &str| devices(&house, &house.caller(token).await.unwrap()).await;
        assert_eq!(now(&last).await, ["phone 2", "phone 1", "desk 1", ""]);
        last = come(&house, "bob@example.org", "phone 3", true).await.unwrap();
        assert_eq!(now(&last).await, ["phone 3", "phone 2", "desk 1", ""]);
        last = come(&house, "bob@example.org", "desk 2", false).await.unwrap();
        assert_eq!(now(&last).await, ["desk 2", "phone 3", "phone 2", "desk 1"]);
        // Two at once don't both find room.
        let (one, two) = tokio::join!(
            come(&house, "bob@example.org", "desk 3", false),
            come(&house, "bob@example.org", "desk 4", false)
        );
        assert_eq!(now(&one.unwrap()).await.len(), 4);
        two.unwrap();
        assert_eq!(house.events(&admin, EventKind::SessionEnded).await.len(), 4);
    }
}

#[tokio::test]
async fn a_session_that_is_idle_takes_no_room_and_stands_in_no_list() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        come(&house, "bob@example.org", "desk", false).await.unwrap();
        house.clock.turn(15 * 60);
        let token = come(&house, "bob@example.org", "phone", true).await.unwrap();
        assert_eq!(devices(&house, &house.caller(&token).await.unwrap()).await, ["phone"]);
    }
}

#[tokio::test]
async fn a_proof_gives_the_session_another_token_and_the_one_before_ends_in_a_moment() {
    for house in houses().await {
        house.admin().await;
        let before = come(&house, "admin@example.org", "desk", false).await.unwrap();
        let caller = house.caller(&before).await.unwrap();
        let renewed = step_up(&house.vault, &caller, Proof::Password(PASSWORD.to_owned())).await.unwrap();
        let after = house.caller(&renewed.token).await.unwrap();
        assert_eq!(after.session(), caller.session(), "what is open goes on");
        house.caller(&before).await.unwrap();
        house.clock.turn(10);
        assert!(matches!(house.caller(&before).await, Err(Error::NotSignedIn)));
        house.caller(&renewed.token).await.unwrap();
    }
}

#[tokio::test]
async fn who_was_not_here_for_long_is_inactive_and_let_in_again_by_an_administrator() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        house.user(&admin, "Eve", &[BuiltInRole::Admin]).await;
        house.set(&admin, "inactive_days", 30.into()).await;
        house.clock.turn(30 * DAY - 60);
        let eve = house.caller(&come(&house, "eve@example.org", "desk", false).await.unwrap()).await.unwrap();
        let inactive = async |eve: &Caller| user(&house.vault, eve, bob.id).await.unwrap().inactive;
        assert!(!inactive(&eve).await);
        house.clock.turn(60);
        assert!(inactive(&eve).await);
        house.set(&eve, "inactive_refused", true.into()).await;
        let refused = come(&house, "bob@example.org", "desk", false).await;
        assert!(matches!(refused, Err(Error::Conflict(why)) if why.contains("administrator")));
        // Another administrator is here, so that this one is kept out too.
        assert!(matches!(come(&house, "admin@example.org", "desk", false).await, Err(Error::Conflict(_))));
        let version = user(&house.vault, &eve, bob.id).await.unwrap().version;
        let again = UserChange { state: Some(AccountState::Active), name: None };
        change_user(&house.vault, &eve, bob.id, version, &again).await.unwrap();
        assert!(!inactive(&eve).await);
        let token = come(&house, "bob@example.org", "desk", false).await.unwrap();
        me(&house.vault, &house.caller(&token).await.unwrap()).await.unwrap();
        let refusals = house.events(&eve, EventKind::SignInRefused).await;
        let told = refusals.iter().filter(|event| event.pointer("/detail/why").is_some_and(|why| why == "inactive"));
        assert_eq!(told.count(), 2);
        // When nobody is here any more, whoever manages users comes in.
        house.clock.turn(40 * DAY);
        assert!(matches!(come(&house, "bob@example.org", "desk", false).await, Err(Error::Conflict(_))));
        come(&house, "admin@example.org", "desk", false).await.unwrap();
    }
}

#[tokio::test]
async fn who_is_invited_late_switched_on_or_recovered_is_not_inactive() {
    use super::house::{accept, visitor};
    use soundkeep_app::identity::{Invitation, invite, new_user_link, recover_user, redeem_link};
    for house in houses().await {
        let admin = house.admin().await;
        let (off, _) = house.user(&admin, "Off", &[]).await;
        let (lost, _) = house.user(&admin, "Lost", &[]).await;
        let late = Invitation { email: "late@example.org".into(), name: "Late".into(), assignments: Vec::new() };
        let late = invite(&house.vault, &admin, &late).await.unwrap().user;
        house.set(&admin, "inactive_days", 30.into()).await;
        house.set(&admin, "inactive_refused", true.into()).await;
        let state = async |admin: &Caller, state| {
            let version = user(&house.vault, admin, off.id).await.unwrap().version;
            let change = UserChange { state: Some(state), name: None };
            change_user(&house.vault, admin, off.id, version, &change).await.unwrap();
        };
        state(&admin, AccountState::Disabled).await;
        house.clock.turn(40 * DAY);
        let admin = house.caller(&come(&house, "admin@example.org", "desk", false).await.unwrap()).await.unwrap();
        state(&admin, AccountState::Active).await;
        come(&house, "off@example.org", "desk", false).await.unwrap();
        let link = new_user_link(&house.vault, &admin, late.id).await.unwrap();
        redeem_link(&house.vault, &link.token, accept(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
        assert!(come(&house, "lost@example.org", "desk", false).await.is_err());
        recover_user(&house.vault, admin.organisation(), &lost.email).await.unwrap();
        come(&house, "lost@example.org", "desk", false).await.unwrap();
    }
}
