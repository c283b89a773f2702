//! Codes by mail: at sign-in, for sensitive changes, and what goes together with them.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use crate::messages::{mail_settings, set_up_mail, wishes};
use serde_json::json;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    Credentials, Entered, NextStep, Proof, Said, SentBy, Visitor, account, begin_app, confirm_app, continue_sign_in,
    recover_networks, send_sign_in_code, send_step_up_code, sign_in, step_up,
};
use soundkeep_app::messages::{Letterhead, send_due};
use soundkeep_app::settings::change;
use soundkeep_app::{Caller, Error};
use soundkeep_testkit::MailServer;

fn head() -> Letterhead {
    Letterhead { origin: "https://vault.example.org".to_owned(), language: "en".to_owned() }
}

pub(super) async fn begun(house: &House, email: &str, address: &str) -> Result<Entered, Error> {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    sign_in(&house.vault, credentials, &visitor(address)).await
}

pub(super) fn next(entered: Entered) -> NextStep {
    match entered {
        Entered::Next(next) => *next,
        Entered::In(_) => panic!("in already"),
    }
}

pub(super) async fn code(house: &House, server: &MailServer) -> String {
    send_due(&house.vault, || true).await.unwrap();
    let text = server.letter().read().text;
    let found = text.split_whitespace().find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
    found.expect("six digits").to_owned()
}

pub(super) async fn go_on(house: &House, token: &str, code: &str) -> Result<Entered, Error> {
    continue_sign_in(&house.vault, token, Said::Code(code.to_owned()), &visitor(HERE)).await
}

/// Everybody is asked for a code, which comes by mail to whoever has no app.
async fn codes_by_mail(house: &House) -> (Caller, MailServer) {
    let admin = house.admin().await;
    let server = set_up_mail(house, &admin).await;
    let wished = wishes(json!({"second_factor_mode": "email", "second_factor": "always"}));
    change(&house.vault, &admin, None, &wished).await.unwrap();
    (admin, server)
}

#[tokio::test]
async fn whoever_has_no_app_comes_in_with_a_code_by_mail_that_works_once() {
    for house in houses().await {
        let (admin, server) = codes_by_mail(&house).await;
        let step = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        assert_eq!((step.step, step.code_sent_by), (Step::SecondFactor, Some(SentBy::Mail)));
        assert!(matches!(go_on(&house, &step.token, "000000").await, Err(Error::Invalid(_))));
        let sent = send_sign_in_code(&house.vault, &step.token, &head(), &visitor(HERE)).await.unwrap();
        assert_eq!(sent.to, "a…@example.org");
        let right = code(&house, &server).await;
        let entered = go_on(&house, &step.token, &format!(" {}-{} ", &right[..3], &right[3..])).await.unwrap();
        let caller = house.caller(&entered.signed_in().unwrap().token).await.unwrap();
        assert!(account(&house.vault, &caller).await.unwrap().code_sent_by.is_some());
        let again = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        assert!(matches!(go_on(&house, &again.token, &right).await, Err(Error::Invalid(_))), "used twice");
        let sign_ins = house.events(&admin, EventKind::SignIn).await;
        assert_eq!(sign_ins[0]["detail"]["second_factor"], "email");
        let made = &house.events(&admin, EventKind::CodeSent).await[0];
        assert_eq!((&made["detail"]["for"], &made["detail"]["by"]), (&json!("sign_in"), &json!("email")));
        assert!(!made.to_string().contains(&right), "{made}");
    }
}

#[tokio::test]
async fn a_code_lives_ten_minutes_bears_five_tries_and_ends_with_a_newer_one() {
    for house in houses().await {
        let (_, server) = codes_by_mail(&house).await;
        let fresh = async || next(begun(&house, "admin@example.org", HERE).await.unwrap());
        let send = async |step: &NextStep| {
            send_sign_in_code(&house.vault, &step.token, &head(), &visitor(HERE)).await.unwrap();
            code(&house, &server).await
        };
        let wrong = |right: &str| if right == "123456" { "654321" } else { "123456" };
        // Too late.
        let step = fresh().await;
        let right = send(&step).await;
        house.clock.turn(600);
        assert!(matches!(go_on(&house, &step.token, &right).await, Err(Error::Invalid(_))));
        // A newer one.
        let step = fresh().await;
        let (older, newer) = (send(&step).await, send(&step).await);
        if older != newer {
            assert!(matches!(go_on(&house, &step.token, &older).await, Err(Error::Invalid(_))));
        }
        go_on(&house, &step.token, &newer).await.unwrap().signed_in().unwrap();
        // Five wrong answers, over two sign-ins, end the code.
        house.clock.turn(3600);
        let (one, two) = (fresh().await, fresh().await);
        let right = send(&one).await;
        for _ in 0..4 {
            assert!(matches!(go_on(&house, &one.token, wrong(&right)).await, Err(Error::Invalid(_))));
        }
        assert!(matches!(go_on(&house, &two.token, wrong(&right)).await, Err(Error::Invalid(_))));
        assert!(matches!(go_on(&house, &two.token, &right).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn sending_codes_is_limited_and_only_for_a_sign_in_that_waits_for_one() {
    for house in houses().await {
        let (admin, server) = codes_by_mail(&house).await;
        let step = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        for _ in 0..3 {
            send_sign_in_code(&house.vault, &step.token, &head(), &visitor(HERE)).await.unwrap();
        }
        let fourth = send_sign_in_code(&house.vault, &step.token, &head(), &visitor("198.51.100.1")).await;
        assert!(matches!(fourth, Err(Error::TooMany(_))));
        send_due(&house.vault, || true).await.unwrap();
        // In an open session, too.
        for _ in 0..3 {
            send_step_up_code(&house.vault, &admin, &head()).await.unwrap();
        }
        assert!(matches!(send_step_up_code(&house.vault, &admin, &head()).await, Err(Error::TooMany(_))));
        for nonsense in ["", "x", "sks_no_such"] {
            let sent = send_sign_in_code(&house.vault, nonsense, &head(), &visitor(HERE)).await;
            assert!(matches!(sent, Err(Error::NotSignedIn)), "{nonsense}");
        }
        // Whoever set an app up shows a code of it; a mailbox doesn't stand in for it.
        house.clock.turn(60);
        let app = begin_app(&house.vault, &admin).await.unwrap();
        confirm_app(&house.vault, &admin, &house.code(&app.secret, 0)).await.unwrap();
        let step = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        assert!(step.code_sent_by.is_none());
        let sent = send_sign_in_code(&house.vault, &step.token, &head(), &visitor(HERE)).await;
        assert!(matches!(sent, Err(Error::Conflict(_))));
        assert!(matches!(send_step_up_code(&house.vault, &admin, &head()).await, Err(Error::Conflict(_))));
        drop(server);
    }
}

#[tokio::test]
async fn whoever_knows_a_password_uses_up_nothing_of_a_known_device() {
    for house in houses().await {
        let (admin, server) = codes_by_mail(&house).await;
        let thief = "203.0.113.9";
        let first = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        send_sign_in_code(&house.vault, &first.token, &head(), &visitor(HERE)).await.unwrap();
        let right = code(&house, &server).await;
        let signed_in = go_on(&house, &first.token, &right).await.unwrap().signed_in().unwrap();
        let owner = Visitor { known: Some(signed_in.known.clone()), ..visitor(HERE) };
        // Somebody else has as many codes sent as they can, and guesses as often as they can.
        house.clock.turn(600);
        let step = next(begun(&house, "admin@example.org", thief).await.unwrap());
        for _ in 0..3 {
            send_sign_in_code(&house.vault, &step.token, &head(), &visitor(thief)).await.unwrap();
            code(&house, &server).await;
        }
        let limited = loop {
            let step = next(begun(&house, "admin@example.org", thief).await.unwrap());
            let said = Said::Code("000000".to_owned());
            if let Err(Error::TooMany(_)) = continue_sign_in(&house.vault, &step.token, said, &visitor(thief)).await {
                break step;
            }
        };
        let sent = send_sign_in_code(&house.vault, &limited.token, &head(), &visitor(HERE)).await;
        assert!(matches!(sent, Err(Error::TooMany(_))), "a device that isn't known is anybody's");
        // Their owner has a code sent, and comes in with it.
        let credentials =
            Credentials { email: "admin@example.org".to_owned(), password: PASSWORD.to_owned(), organisation: None };
        let step = next(sign_in(&house.vault, credentials, &owner).await.unwrap());
        send_sign_in_code(&house.vault, &step.token, &head(), &owner).await.unwrap();
        let right = code(&house, &server).await;
        let entered = continue_sign_in(&house.vault, &step.token, Said::Code(right), &owner).await.unwrap();
        entered.signed_in().unwrap();
        // So has an open session.
        let session = house.caller(&signed_in.token).await.unwrap();
        send_step_up_code(&house.vault, &session, &head()).await.unwrap();
        let right = code(&house, &server).await;
        step_up(&house.vault, &session, Proof::Code(right)).await.unwrap();
        drop(admin);
    }
}

#[tokio::test]
async fn sensitive_changes_take_a_code_by_mail_and_no_password() {
    for house in houses().await {
        let (admin, server) = codes_by_mail(&house).await;
        house.clock.turn(3601);
        // Its session went on being used.
        let step = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        send_sign_in_code(&house.vault, &step.token, &head(), &visitor(HERE)).await.unwrap();
        let right = code(&house, &server).await;
        let signed_in = go_on(&house, &step.token, &right).await.unwrap().signed_in().unwrap();
        let caller = house.caller(&signed_in.token).await.unwrap();
        let password = step_up(&house.vault, &caller, Proof::Password(PASSWORD.to_owned())).await;
        assert!(matches!(password, Err(Error::Conflict(_))));
        send_step_up_code(&house.vault, &caller, &head()).await.unwrap();
        let right = code(&house, &server).await;
        let wrong = if right == "123456" { "654321" } else { "123456" };
        for _ in 0..5 {
            let refused = step_up(&house.vault, &caller, Proof::Code(wrong.to_owned())).await;
            assert!(matches!(refused, Err(Error::Invalid(_))));
        }
        let ended = step_up(&house.vault, &caller, Proof::Code(right)).await;
        assert!(matches!(ended, Err(Error::Invalid(_))), "five wrong answers end it");
        send_step_up_code(&house.vault, &caller, &head()).await.unwrap();
        let right = code(&house, &server).await;
        step_up(&house.vault, &caller, Proof::Code(right)).await.unwrap();
        assert_eq!(house.events(&admin, EventKind::StepUp).await[0]["detail"]["by"], "email");
    }
}

#[tokio::test]
async fn whoever_comes_from_outside_does_so_with_a_code_by_mail_where_the_organisation_wants_that() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        let wished = wishes(json!({"second_factor_mode": "email", "second_factor": "outside",
            "console_networks": ["192.0.2.0/24"]}));
        change(&house.vault, &admin, None, &wished).await.unwrap();
        begun(&house, "admin@example.org", HERE).await.unwrap().signed_in().unwrap();
        let outside = "203.0.113.5";
        let step = next(begun(&house, "admin@example.org", outside).await.unwrap());
        assert!(step.code_sent_by.is_some());
        send_sign_in_code(&house.vault, &step.token, &head(), &visitor(outside)).await.unwrap();
        let right = code(&house, &server).await;
        let entered = continue_sign_in(&house.vault, &step.token, Said::Code(right), &visitor(outside)).await.unwrap();
        entered.signed_in().unwrap();
        house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        assert!(matches!(begun(&house, "bob@example.org", outside).await, Err(Error::WrongNetwork(_))));
        // Without a second factor nobody comes from outside.
        let none = wishes(json!({"second_factor_mode": "none", "second_factor": "off"}));
        change(&house.vault, &admin, None, &none).await.unwrap();
        assert!(matches!(begun(&house, "admin@example.org", outside).await, Err(Error::WrongNetwork(_))));
        begun(&house, "admin@example.org", HERE).await.unwrap().signed_in().unwrap();
        assert!(matches!(begin_app(&house.vault, &admin).await, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn modes_that_do_not_go_together_with_the_rest_are_refused_with_a_sentence() {
    for house in houses().await {
        let admin = house.admin().await;
        for (wished, field) in [
            (json!({"second_factor_mode": "email"}), "organisation.second_factor_mode"),
            (json!({"second_factor_mode": "none", "second_factor": "always"}), "organisation.second_factor"),
            (
                json!({"second_factor_mode": "none", "second_factor": "outside", "console_networks": ["192.0.2.0/24"]}),
                "organisation.second_factor",
            ),
            (json!({"second_factor": "outside"}), "organisation.console_networks"),
        ] {
            let refused = change(&house.vault, &admin, None, &wishes(wished.clone())).await.unwrap_err();
            let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
            assert!(fields.iter().any(|(name, _)| name == field), "{wished}: {fields:?}");
        }
        let server = MailServer::start(soundkeep_testkit::Secured::Not, None);
        change(&house.vault, &admin, None, &mail_settings(&server)).await.unwrap();
        change(&house.vault, &admin, None, &wishes(json!({"second_factor_mode": "email"}))).await.unwrap();
        // What codes need can't be taken away under them.
        let refused = change(&house.vault, &admin, None, &wishes(json!({"mail_host": ""}))).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_code_by_mail_makes_no_password_shorter() {
    for house in houses().await {
        let (admin, _server) = codes_by_mail(&house).await;
        assert_eq!(account(&house.vault, &admin).await.unwrap().password_characters_min, 15);
    }
}

#[tokio::test]
async fn where_no_mail_comes_any_more_the_operator_lets_people_in_by_an_app() {
    for house in houses().await {
        let (admin, server) = codes_by_mail(&house).await;
        drop(server);
        let changed = recover_networks(&house.vault, admin.organisation()).await.unwrap();
        assert_eq!(changed, ["second_factor_mode"]);
        let step = next(begun(&house, "admin@example.org", HERE).await.unwrap());
        assert_eq!(step.step, Step::Enrolment);
    }
}
