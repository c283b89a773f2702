//! Choosing passwords: one's own, by a link, too old ones; and those that can't be used again.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    Credentials, Entered, Redeem, Said, account, change_password, continue_sign_in, me, new_user_link, redeem_link,
    sign_in,
};
use soundkeep_app::{Caller, Error};

const DAY: i64 = 24 * 60 * 60;

async fn chosen(house: &House, caller: &Caller, now: &str, new: &str) -> Result<(), Error> {
    change_password(&house.vault, caller, now.to_owned(), new.to_owned()).await.map(|_| ())
}

/// The field and sentence of a password that doesn't fit.
fn complaint(result: Result<(), Error>) -> (String, String) {
    match result {
        Err(Error::Invalid(mut fields)) => fields.remove(0),
        Ok(()) => panic!("it was taken"),
        Err(error) => panic!("{error}"),
    }
}

async fn again(house: &House, email: &str, password: &str) -> Caller {
    let signed_in = house.sign_in(email, password, HERE).await.unwrap();
    house.caller(&signed_in.token).await.unwrap()
}

#[tokio::test]
async fn another_password_is_chosen_with_the_present_one_and_ends_all_other_sessions() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        let elsewhere = house.sign_in("bob@example.org", PASSWORD, HERE).await.unwrap();
        let here = house.caller(&bob.token).await.unwrap();
        let (field, _) = complaint(chosen(&house, &here, "wrong horse battery", "another horse battery").await);
        assert_eq!(field, "current_password");
        let (field, why) = complaint(chosen(&house, &here, PASSWORD, "qwertyuiopasdfghjkl").await);
        assert_eq!(field, "new_password");
        assert!(why.starts_with("easy to guess: "), "{why}");
        house.caller(&elsewhere.token).await.unwrap();
        chosen(&house, &here, PASSWORD, "another horse battery").await.unwrap();
        house.caller(&bob.token).await.unwrap();
        assert!(matches!(house.caller(&elsewhere.token).await, Err(Error::NotSignedIn)));
        assert!(house.sign_in("bob@example.org", PASSWORD, HERE).await.is_err());
        house.sign_in("bob@example.org", "another horse battery", HERE).await.unwrap();
        let events = house.events(&admin, EventKind::PasswordChange).await;
        assert_eq!(events.len(), 1);
        assert!(!format!("{events:?}").contains("horse"), "no event holds a password");
        assert_eq!(house.events(&admin, EventKind::StepUpRefused).await.len(), 1);
    }
}

#[tokio::test]
async fn guessing_the_present_password_in_a_session_that_was_left_open_is_slowed_down() {
    for house in houses().await {
        let admin = house.admin().await;
        let mut refused = 0;
        while refused < 100 {
            match chosen(&house, &admin, "wrong horse battery", "another horse battery").await {
                Err(Error::Invalid(_)) => refused += 1,
                Err(Error::TooMany(_)) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(refused, 10);
    }
}

#[tokio::test]
async fn a_history_of_two_bars_the_present_password_and_the_last_two() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        let bob = house.caller(&bob.token).await.unwrap();
        let phrases: Vec<String> = (1..=4).map(|number| format!("horse {number} of the battery stable")).collect();
        let mut now = PASSWORD.to_owned();
        for phrase in &phrases {
            chosen(&house, &bob, &now, phrase).await.unwrap();
            now.clone_from(phrase);
        }
        for used in &phrases[1..] {
            let (field, why) = complaint(chosen(&house, &bob, &now, used).await);
            assert_eq!((field.as_str(), why.as_str()), ("new_password", "you used this one before: choose another"));
        }
        chosen(&house, &bob, &now, &phrases[0]).await.unwrap();
        // A link bars the same ones.
        let link = new_user_link(&house.vault, &admin, bob.user().unwrap()).await.unwrap();
        for (used, fits) in [(&phrases[0], false), (&phrases[3], false), (&phrases[1], true)] {
            let said = Redeem { password: Some(used.clone()), ..Redeem::default() };
            let redeemed = redeem_link(&house.vault, &link.token, said, &visitor(HERE)).await;
            assert_eq!(redeemed.is_ok(), fits, "{used}");
        }
    }
}

#[tokio::test]
async fn without_a_history_only_the_present_one_is_barred() {
    for house in houses().await {
        let admin = house.admin().await;
        house.set(&admin, "password_history", 0.into()).await;
        complaint(chosen(&house, &admin, PASSWORD, PASSWORD).await);
        chosen(&house, &admin, PASSWORD, "another horse battery").await.unwrap();
        chosen(&house, &admin, "another horse battery", PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn a_password_that_is_too_new_is_changed_by_a_link_alone() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        house.set(&admin, "password_minimum_days", 5.into()).await;
        house.clock.turn(5 * DAY - 60);
        let bob = again(&house, "bob@example.org", PASSWORD).await;
        let facts = account(&house.vault, &bob).await.unwrap();
        assert!(facts.password_changeable_from.is_some());
        let early = chosen(&house, &bob, PASSWORD, "another horse battery").await;
        assert!(matches!(early, Err(Error::Conflict(_))));
        house.clock.turn(60);
        assert_eq!(account(&house.vault, &bob).await.unwrap().password_changeable_from, None);
        chosen(&house, &bob, PASSWORD, "another horse battery").await.unwrap();
        let admin = again(&house, "admin@example.org", PASSWORD).await;
        let link = new_user_link(&house.vault, &admin, bob.user().unwrap()).await.unwrap();
        let said = Redeem { password: Some("a third horse battery".to_owned()), ..Redeem::default() };
        redeem_link(&house.vault, &link.token, said, &visitor(HERE)).await.unwrap();
    }
}

#[tokio::test]
async fn whose_password_is_too_old_chooses_another_before_they_are_in() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        house.set(&admin, "password_maximum_days", 30.into()).await;
        house.clock.turn(30 * DAY - 60);
        let before = again(&house, "bob@example.org", PASSWORD).await;
        house.clock.turn(60);
        let credentials =
            Credentials { email: "bob@example.org".into(), password: PASSWORD.into(), organisation: None };
        let Entered::Next(step) = sign_in(&house.vault, credentials, &visitor(HERE)).await.unwrap() else {
            panic!("let in with a password that is too old")
        };
        assert_eq!(step.step, Step::NewPassword);
        // Somebody else who knows the old password comes as far as here.
        let credentials =
            Credentials { email: "bob@example.org".into(), password: PASSWORD.into(), organisation: None };
        let Entered::Next(theirs) = sign_in(&house.vault, credentials, &visitor("203.0.113.7")).await.unwrap() else {
            panic!("let in with a password that is too old")
        };
        let say = async |password: &str| {
            let said = Said::NewPassword(password.to_owned());
            continue_sign_in(&house.vault, &step.token, said, &visitor(HERE)).await
        };
        assert!(matches!(say(PASSWORD).await, Err(Error::Invalid(_))), "the same one again");
        assert!(matches!(say("short").await, Err(Error::Invalid(_))));
        let bob = say("another horse battery").await.unwrap().signed_in().unwrap();
        assert!(matches!(me(&house.vault, &before).await, Err(Error::NotSignedIn)));
        assert!(matches!(say("a third horse battery").await, Err(Error::NotSignedIn)), "once");
        let late = continue_sign_in(&house.vault, &theirs.token, Said::Kept, &visitor("203.0.113.7")).await;
        assert!(matches!(late, Err(Error::NotSignedIn)), "and no further");
        let bob = house.caller(&bob.token).await.unwrap();
        let facts = account(&house.vault, &bob).await.unwrap();
        assert_eq!(facts.password_expires_at, Some(house.vault.now().plus_seconds(30 * DAY)));
        again(&house, "bob@example.org", "another horse battery").await;
    }
}
