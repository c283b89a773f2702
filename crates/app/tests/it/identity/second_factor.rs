//! Second factors: set up, asked for, lost; and proving oneself anew.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    Credentials, Enrolment, Entered, NextStep, Proof, Said, SignedIn, account, begin_app, check, confirm_app,
    continue_sign_in, me, needs_step_up, remove_factor, renew_recovery_codes, reset_second_factor, sign_in, step_up,
};
use soundkeep_app::{Caller, Error};
use soundkeep_crypto::otp::TotpSecret;
use std::cell::RefCell;

/// How long an app shows a code, in seconds.
const STEP: i64 = 30;

/// The code that an app shows now.
fn shown(house: &House, enrolment: &Enrolment) -> String {
    house.code(&enrolment.secret, 0)
}

fn shown_at(house: &House, enrolment: &Enrolment, seconds: i64) -> String {
    house.code(&enrolment.secret, seconds)
}

async fn enter(house: &House, email: &str) -> Result<Entered, Error> {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    sign_in(&house.vault, credentials, &visitor(HERE)).await
}

fn next(entered: Result<Entered, Error>) -> NextStep {
    match entered {
        Ok(Entered::Next(next)) => *next,
        Ok(Entered::In(_)) => panic!("let in at once"),
        Err(error) => panic!("{error}"),
    }
}

async fn say(house: &House, step: &NextStep, said: Said) -> Result<Entered, Error> {
    continue_sign_in(&house.vault, &step.token, said, &visitor(HERE)).await
}

async fn caller(house: &House, signed_in: &SignedIn) -> Caller {
    house.caller(&signed_in.token).await.unwrap()
}

/// Somebody with an app, its secret and their recovery codes.
async fn with_app(house: &House, admin: &Caller, name: &str) -> (Caller, Enrolment, Vec<String>) {
    let (_, signed_in) = house.user(admin, name, &[BuiltInRole::Supervisor]).await;
    let caller = caller(house, &signed_in).await;
    let enrolment = begin_app(&house.vault, &caller).await.unwrap();
    let codes = confirm_app(&house.vault, &caller, &shown(house, &enrolment)).await.unwrap();
    (caller, enrolment, codes)
}

async fn ask_everybody(house: &House, admin: &Caller) {
    house.set(admin, "second_factor", "always".into()).await;
}

#[tokio::test]
async fn who_has_an_app_shows_a_code_of_it_and_a_code_works_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, enrolment, codes) = with_app(&house, &admin, "Bob").await;
        assert_eq!(codes.len(), 10);
        // The code that confirmed the app was its one use.
        let used = shown(&house, &enrolment);
        let first = next(enter(&house, "bob@example.org").await);
        assert_eq!(first.step, Step::SecondFactor);
        assert!(check(&house.vault, &first.token, None).await.is_err(), "half a sign-in opens nothing");
        assert!(matches!(say(&house, &first, Said::Code(used)).await, Err(Error::Invalid(_))));
        house.clock.turn(STEP);
        let code = shown(&house, &enrolment);
        let signed_in = say(&house, &first, Said::Code(code.clone())).await.unwrap().signed_in().unwrap();
        assert_eq!(signed_in.me.user.name, "Bob");
        assert!(matches!(say(&house, &first, Said::Code(code.clone())).await, Err(Error::NotSignedIn)), "it is done");
        let second = next(enter(&house, "bob@example.org").await);
        assert!(matches!(say(&house, &second, Said::Code(code)).await, Err(Error::Invalid(_))), "used");
        let events = house.events(&admin, EventKind::SignIn).await;
        assert_eq!(events[0].pointer("/detail/second_factor").and_then(|value| value.as_str()), Some("app"));
        assert_eq!(house.events(&admin, EventKind::SignInStep).await.len(), 2);
        assert_eq!(house.events(&admin, EventKind::SecondFactorRefused).await.len(), 2);
    }
}

#[tokio::test]
async fn two_who_show_one_code_at_once_are_not_both_let_in() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, enrolment, _) = with_app(&house, &admin, "Bob").await;
        house.clock.turn(STEP);
        let (one, two) = (next(enter(&house, "bob@example.org").await), next(enter(&house, "bob@example.org").await));
        let code = shown(&house, &enrolment);
        let (one, two) =
            tokio::join!(say(&house, &one, Said::Code(code.clone())), say(&house, &two, Said::Code(code.clone())));
        assert!(one.is_ok() != two.is_ok());
    }
}

#[tokio::test]
async fn five_wrong_codes_end_a_sign_in_and_it_ends_by_itself_after_a_quarter_of_an_hour() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, enrolment, _) = with_app(&house, &admin, "Bob").await;
        house.clock.turn(STEP);
        let step = next(enter(&house, "bob@example.org").await);
        let wrong = shown_at(&house, &enrolment, 3600);
        for _ in 0..4 {
            assert!(matches!(say(&house, &step, Said::Code(wrong.clone())).await, Err(Error::Invalid(_))));
        }
        assert!(matches!(say(&house, &step, Said::Code(wrong)).await, Err(Error::NotSignedIn)));
        let right = shown(&house, &enrolment);
        assert!(matches!(say(&house, &step, Said::Code(right.clone())).await, Err(Error::NotSignedIn)));
        let step = next(enter(&house, "bob@example.org").await);
        house.clock.turn(15 * 60);
        let right = shown(&house, &enrolment);
        assert!(matches!(say(&house, &step, Said::Code(right)).await, Err(Error::NotSignedIn)));
        assert!(matches!(
            continue_sign_in(&house.vault, "sn_x", Said::Kept, &visitor(HERE)).await,
            Err(Error::NotSignedIn)
        ));
    }
}

#[tokio::test]
async fn codes_of_one_account_are_slowed_down_however_often_the_sign_in_begins_anew() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, enrolment, codes) = with_app(&house, &admin, "Bob").await;
        let wrong = shown_at(&house, &enrolment, 3600);
        let mut refused = 0;
        'guessing: for host in 0..250 {
            let here = visitor(&format!("203.0.{host}.1"));
            let credentials =
                Credentials { email: "bob@example.org".into(), password: PASSWORD.into(), organisation: None };
            let step = next(sign_in(&house.vault, credentials, &here).await);
            for _ in 0..5 {
                match continue_sign_in(&house.vault, &step.token, Said::Code(wrong.clone()), &here).await {
                    Err(Error::Invalid(_) | Error::NotSignedIn) => refused += 1,
                    Err(Error::TooMany(_)) => break 'guessing,
                    _ => panic!("a wrong code did something else"),
                }
            }
        }
        assert!((10..=20).contains(&refused), "{refused}");
        // Their owner isn't locked out.
        let step = next(enter(&house, "bob@example.org").await);
        let entered = say(&house, &step, Said::RecoveryCode(codes[0].clone())).await.unwrap();
        assert_eq!(entered.signed_in().unwrap().me.user.name, "Bob");
    }
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_and_new_ones_end_those_before() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _, codes) = with_app(&house, &admin, "Bob").await;
        let step = next(enter(&house, "bob@example.org").await);
        let typed = codes[3].to_lowercase().replace('-', " ");
        say(&house, &step, Said::RecoveryCode(typed.clone())).await.unwrap().signed_in().unwrap();
        assert_eq!(account(&house.vault, &bob).await.unwrap().recovery_codes_left, 9);
        let step = next(enter(&house, "bob@example.org").await);
        for nonsense in [typed, String::new(), "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA".to_owned()] {
            assert!(matches!(say(&house, &step, Said::RecoveryCode(nonsense)).await, Err(Error::Invalid(_))));
        }
        let renewed = renew_recovery_codes(&house.vault, &bob).await.unwrap();
        assert!(matches!(say(&house, &step, Said::RecoveryCode(codes[4].clone())).await, Err(Error::Invalid(_))));
        say(&house, &step, Said::RecoveryCode(renewed[0].clone())).await.unwrap().signed_in().unwrap();
        assert_eq!(house.events(&admin, EventKind::RecoveryCodeUsed).await.len(), 2);
    }
}

#[tokio::test]
async fn where_everybody_is_asked_an_app_is_set_up_at_the_next_sign_in() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        ask_everybody(&house, &admin).await;
        let step = next(enter(&house, "bob@example.org").await);
        assert_eq!(step.step, Step::Enrolment);
        let enrolment = step.enrolment.clone().unwrap();
        assert!(enrolment.uri.starts_with("otpauth://totp/Soundkeep%20Example:bob%40example.org?secret="));
        for early in [Said::Kept, Said::RecoveryCode("x".into()), Said::NewPassword("x".into())] {
            assert!(matches!(say(&house, &step, early).await, Err(Error::Conflict(_))), "first things first");
        }
        assert!(matches!(say(&house, &step, Said::Code("000000".into())).await, Err(Error::Invalid(_))));
        let code = shown(&house, &enrolment);
        house.clock.turn(1);
        let codes = next(say(&house, &step, Said::Code(code)).await);
        assert_eq!(codes.expires_at, step.expires_at, "a step makes the sign-in no longer");
        assert_eq!((codes.step, codes.recovery_codes.len()), (Step::RecoveryCodes, 10));
        let bob = say(&house, &codes, Said::Kept).await.unwrap().signed_in().unwrap();
        let bob = caller(&house, &bob).await;
        let facts = account(&house.vault, &bob).await.unwrap();
        assert_eq!((facts.factors.len(), facts.recovery_codes_left), (1, 10));
        assert_eq!(facts.password_characters_min, 8, "a password that is one of two may be shorter");
        let last = remove_factor(&house.vault, &bob, facts.factors[0].id).await;
        assert!(matches!(last, Err(Error::Conflict(_))));
        let step = next(enter(&house, "bob@example.org").await);
        assert_eq!(step.step, Step::SecondFactor, "once is enough");
    }
}

#[tokio::test]
async fn a_link_is_no_way_around_a_second_factor() {
    use soundkeep_app::identity::{Redeem, new_user_link, redeem_link};
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _, _) = with_app(&house, &admin, "Bob").await;
        let link = new_user_link(&house.vault, &admin, bob.user().unwrap()).await.unwrap();
        let said = Redeem { password: Some("another horse battery".to_owned()), ..Redeem::default() };
        let step = next(redeem_link(&house.vault, &link.token, said, &visitor(HERE)).await);
        assert_eq!(step.step, Step::SecondFactor);
    }
}

#[tokio::test]
async fn an_administrator_takes_a_lost_factor_away_and_ends_what_it_opened() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _, _) = with_app(&house, &admin, "Bob").await;
        let half = next(enter(&house, "bob@example.org").await);
        let (eve, signed_in) = house.user(&admin, "Eve", &[BuiltInRole::Supervisor]).await;
        let eve_calls = caller(&house, &signed_in).await;
        let id = bob.user().unwrap();
        assert!(matches!(reset_second_factor(&house.vault, &eve_calls, id).await, Err(Error::Denied(_))));
        reset_second_factor(&house.vault, &admin, id).await.unwrap();
        assert!(matches!(me(&house.vault, &bob).await, Err(Error::NotSignedIn)));
        assert!(matches!(say(&house, &half, Said::Kept).await, Err(Error::NotSignedIn)));
        enter(&house, "bob@example.org").await.unwrap().signed_in().unwrap();
        assert!(matches!(reset_second_factor(&house.vault, &admin, eve.id).await, Err(Error::Conflict(_))));
        assert_eq!(house.events(&admin, EventKind::SecondFactorRemoved).await.len(), 1);
    }
}

#[tokio::test]
async fn an_hour_after_a_proof_it_is_asked_for_anew_and_given_by_what_one_has() {
    for house in houses().await {
        house.admin().await;
        let token = RefCell::new(house.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap().token);
        let fresh = async || {
            let token = token.borrow().clone();
            house.caller(&token).await.unwrap()
        };
        assert!(!needs_step_up(&fresh().await, house.vault.now()));
        // In steps: a session that isn't used ends.
        for _ in 0..6 {
            fresh().await;
            house.clock.turn(10 * 60);
        }
        assert!(needs_step_up(&fresh().await, house.vault.now()));
        let prove = async |proof| {
            let renewed = step_up(&house.vault, &fresh().await, proof).await?;
            *token.borrow_mut() = renewed.token;
            Ok::<(), Error>(())
        };
        assert!(matches!(prove(Proof::Password("wrong horse battery".into())).await, Err(Error::Invalid(_))));
        assert!(matches!(prove(Proof::Code("123456".into())).await, Err(Error::Invalid(_))));
        assert!(needs_step_up(&fresh().await, house.vault.now()));
        prove(Proof::Password(PASSWORD.into())).await.unwrap();
        assert!(!needs_step_up(&fresh().await, house.vault.now()));
        let enrolment = begin_app(&house.vault, &fresh().await).await.unwrap();
        confirm_app(&house.vault, &fresh().await, &shown(&house, &enrolment)).await.unwrap();
        let with_password = prove(Proof::Password(PASSWORD.into())).await;
        assert!(matches!(with_password, Err(Error::Conflict(_))), "who has a second factor shows it");
        house.clock.turn(STEP);
        prove(Proof::Code(shown(&house, &enrolment))).await.unwrap();
        assert_eq!(house.events(&fresh().await, EventKind::StepUp).await.len(), 2);
        assert_eq!(house.events(&fresh().await, EventKind::StepUpRefused).await.len(), 2);
    }
}

#[tokio::test]
async fn a_secret_lies_sealed_in_the_database() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, enrolment, _) = with_app(&house, &admin, "Bob").await;
        let store = house.store().await;
        let organisation = bob.organisation();
        let rows =
            soundkeep_store::identity::factors::of_user(&mut store.reader(), organisation, bob.user().unwrap()).await;
        let sealed = rows.unwrap().remove(0).sealed_secret;
        let secret = enrolment.secret.as_bytes();
        assert!(TotpSecret::from_bytes(&sealed).is_none());
        assert!(!sealed.windows(secret.len()).any(|part| part == secret));
    }
}

#[tokio::test]
async fn a_password_does_not_open_the_window_of_who_has_a_second_factor() {
    use soundkeep_app::identity::change_password;
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, enrolment, _) = with_app(&house, &admin, "Bob").await;
        house.clock.turn(60);
        let step = next(enter(&house, "bob@example.org").await);
        let token = say(&house, &step, Said::Code(shown(&house, &enrolment))).await.unwrap().signed_in().unwrap().token;
        for _ in 0..6 {
            house.caller(&token).await.unwrap();
            house.clock.turn(10 * 60);
        }
        let later = house.caller(&token).await.unwrap();
        let change = async |caller: &Caller| {
            change_password(&house.vault, caller, PASSWORD.to_owned(), "another horse battery".to_owned()).await
        };
        assert!(matches!(change(&later).await, Err(Error::StepUpNeeded)));
        let renewed = step_up(&house.vault, &later, Proof::Code(shown(&house, &enrolment))).await.unwrap();
        // The token before goes on for a moment, and opens nothing sensitive.
        assert!(needs_step_up(&house.caller(&token).await.unwrap(), house.vault.now()));
        change(&house.caller(&renewed.token).await.unwrap()).await.unwrap();
        assert!(change(&bob).await.is_err(), "the session of the invitation has ended");
    }
}

#[tokio::test]
async fn a_code_that_is_right_comes_too_late_after_five_wrong_ones_at_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, enrolment, _) = with_app(&house, &admin, "Bob").await;
        house.clock.turn(STEP);
        let step = next(enter(&house, "bob@example.org").await);
        let wrong = shown_at(&house, &enrolment, 3600);
        let wrong = || say(&house, &step, Said::Code(wrong.clone()));
        let (one, two, three, four, five) = tokio::join!(wrong(), wrong(), wrong(), wrong(), wrong());
        assert!([one, two, three, four, five].iter().all(Result::is_err));
        let right = Said::Code(shown(&house, &enrolment));
        assert!(matches!(say(&house, &step, right).await, Err(Error::NotSignedIn)));
    }
}
