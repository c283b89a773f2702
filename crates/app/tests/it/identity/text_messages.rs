//! Codes by text message: the gateway, phone numbers, at sign-in and for sensitive changes.

use super::gateway::Gateway;
use super::house::{HERE, House, PASSWORD, houses, visitor};
use super::sent_codes::{begun, go_on, next};
use crate::messages::{head, post, wishes};
use serde_json::json;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    Proof, SentBy, account, begin_app, change_phone_of, claim_own_phone, confirm_app, confirm_own_phone,
    recover_networks, recover_user, remove_own_phone, reset_second_factor, send_sign_in_code, send_step_up_code,
    step_up, user,
};
use soundkeep_app::messages::test_text_message;
use soundkeep_app::settings::{change, history, view};
use soundkeep_app::{Caller, Error};

const NUMBER: &str = "+4930123456";
const ADMIN: &str = "admin@example.org";

/// Sets somebody's own number, by the code that is sent there.
async fn own_phone(house: &House, caller: &Caller, gateway: &Gateway, number: &str) {
    claim_own_phone(&house.vault, caller, number, &head("en")).await.unwrap();
    post(house).await;
    confirm_own_phone(&house.vault, caller, &gateway.told().code()).await.unwrap();
}

/// Everybody is asked for a code, which comes by text message to whoever has a number.
async fn codes_by_text_message(house: &House) -> (Caller, Gateway) {
    let admin = house.admin().await;
    let gateway = Gateway::start().await;
    change(&house.vault, &admin, None, &gateway.settings()).await.unwrap();
    own_phone(house, &admin, &gateway, "+49 30 123456").await;
    let wished = wishes(json!({"second_factor_mode": "sms", "second_factor": "always"}));
    change(&house.vault, &admin, None, &wished).await.unwrap();
    (admin, gateway)
}

#[tokio::test]
async fn whoever_has_a_number_comes_in_with_a_code_by_text_message_that_works_once() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        let step = next(begun(&house, ADMIN, HERE).await.unwrap());
        assert_eq!((step.step, step.code_sent_by), (Step::SecondFactor, Some(SentBy::Sms)));
        let sent = send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await.unwrap();
        assert_eq!((sent.by, sent.to.as_str()), (SentBy::Sms, "…56"));
        post(&house).await;
        let told = gateway.told();
        assert!(told.head.starts_with("POST /send?v=1 HTTP/1.1"), "{}", told.head);
        assert_eq!(told.json()["to"], NUMBER);
        let right = told.code();
        let wrong = if right == "123456" { "654321" } else { "123456" };
        assert!(matches!(go_on(&house, &step.token, wrong).await, Err(Error::Invalid(_))));
        let entered = go_on(&house, &step.token, &right).await.unwrap().signed_in().unwrap();
        let caller = house.caller(&entered.token).await.unwrap();
        assert_eq!(account(&house.vault, &caller).await.unwrap().code_sent_by, Some(SentBy::Sms));
        let again = next(begun(&house, ADMIN, HERE).await.unwrap());
        assert!(matches!(go_on(&house, &again.token, &right).await, Err(Error::Invalid(_))), "used twice");
        assert_eq!(house.events(&admin, EventKind::SignIn).await[0]["detail"]["second_factor"], "sms");
        let made = &house.events(&admin, EventKind::CodeSent).await[0];
        let left = &house.events(&admin, EventKind::MessageSent).await[0];
        assert_eq!((&made["detail"]["by"], &left["detail"]["answer"]), (&json!("sms"), &json!("HTTP 202")));
        let ledger = format!("{made} {left}");
        assert!(!ledger.contains(&right) && !ledger.contains(NUMBER), "{ledger}");
        // And proves anew who they are; a password doesn't.
        let password = step_up(&house.vault, &caller, Proof::Password(PASSWORD.to_owned())).await;
        assert!(matches!(password, Err(Error::Conflict(_))));
        send_step_up_code(&house.vault, &caller, &head("de")).await.unwrap();
        post(&house).await;
        let told = gateway.told();
        assert!(told.body.contains("ist Ihr Code"), "{}", told.body);
        step_up(&house.vault, &caller, Proof::Code(told.code())).await.unwrap();
        assert_eq!(house.events(&admin, EventKind::StepUp).await[0]["detail"]["by"], "sms");
    }
}

#[tokio::test]
async fn whoever_has_no_number_or_an_app_gets_no_text_message() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        let wished = wishes(json!({"second_factor": "off"}));
        change(&house.vault, &admin, None, &wished).await.unwrap();
        house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        change(&house.vault, &admin, None, &wishes(json!({"second_factor": "always"}))).await.unwrap();
        let step = next(begun(&house, "bob@example.org", HERE).await.unwrap());
        assert_eq!((step.step, step.code_sent_by), (Step::Enrolment, None));
        let sent = send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await;
        assert!(matches!(sent, Err(Error::Conflict(_))));
        let app = begin_app(&house.vault, &admin).await.unwrap();
        confirm_app(&house.vault, &admin, &house.code(&app.secret, 0)).await.unwrap();
        let step = next(begun(&house, ADMIN, HERE).await.unwrap());
        assert_eq!(step.code_sent_by, None);
        let sent = send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await;
        assert!(matches!(sent, Err(Error::Conflict(_))));
        assert_eq!(post(&house).await, 0);
        assert!(gateway.is_empty());
    }
}

#[tokio::test]
async fn a_number_is_set_by_its_owner_or_an_administrator_and_told_in_the_ledger() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        change(&house.vault, &admin, None, &wishes(json!({"second_factor": "off"}))).await.unwrap();
        let (bob, signed_in) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let own = house.caller(&signed_in.token).await.unwrap();
        change(&house.vault, &admin, None, &wishes(json!({"second_factor": "always"}))).await.unwrap();
        for nonsense in ["", "030 123456", "+49", "+49 30 12345x"] {
            let refused = claim_own_phone(&house.vault, &own, nonsense, &head("en")).await;
            assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].0 == "number"), "{nonsense}");
        }
        change_phone_of(&house.vault, &admin, bob.id, Some("0049 171 5550100")).await.unwrap();
        assert_eq!(user(&house.vault, &admin, bob.id).await.unwrap().phone.as_deref(), Some("+491715550100"));
        assert_eq!(account(&house.vault, &own).await.unwrap().phone.as_deref(), Some("+491715550100"));
        let other = change_phone_of(&house.vault, &own, bob.id, Some(NUMBER)).await;
        assert!(matches!(other, Err(Error::Denied(_))), "one's own is set elsewhere");
        // A code that is on its way ends with the number that it goes to.
        let step = next(begun(&house, "bob@example.org", HERE).await.unwrap());
        send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await.unwrap();
        post(&house).await;
        let old = gateway.told().code();
        own_phone(&house, &own, &gateway, "+44 20 7946 0000").await;
        assert!(matches!(go_on(&house, &step.token, &old).await, Err(Error::Invalid(_))));
        // It is all that he has, and asked for.
        assert!(matches!(remove_own_phone(&house.vault, &own).await, Err(Error::Conflict(_))));
        let events = house.events(&admin, EventKind::PhoneChange).await;
        assert_eq!(events.len(), 3);
        assert_eq!(events[0]["object"]["id"], bob.id.to_string());
        // A lost phone takes its number with it.
        reset_second_factor(&house.vault, &admin, bob.id).await.unwrap();
        assert_eq!(user(&house.vault, &admin, bob.id).await.unwrap().phone, None);
        assert!(matches!(house.caller(&signed_in.token).await, Err(Error::NotSignedIn)));
        change_phone_of(&house.vault, &admin, bob.id, Some(NUMBER)).await.unwrap();
        recover_user(&house.vault, admin.organisation(), "bob@example.org").await.unwrap();
        assert_eq!(user(&house.vault, &admin, bob.id).await.unwrap().phone, None);
    }
}

#[tokio::test]
async fn a_gateway_is_told_in_its_own_words_and_its_key_goes_nowhere_else() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        let wished = wishes(json!({"sms_format": "form", "sms_body": "phone={to}&body=Vault: {text}&from=Vault",
            "sms_header": "X-Api-Key", "sms_secret": "hunter2-secret"}));
        let saved = change(&house.vault, &admin, None, &wished).await.unwrap();
        let tested = test_text_message(&house.vault, &admin, &head("en")).await.unwrap();
        assert_eq!((tested.taken, tested.answer.as_str(), tested.address.as_str()), (true, "HTTP 202", NUMBER));
        let told = gateway.told();
        assert!(told.head.to_lowercase().contains("x-api-key: hunter2-secret"), "{}", told.head);
        assert!(told.head.to_lowercase().contains("application/x-www-form-urlencoded"), "{}", told.head);
        assert!(told.body.starts_with("phone=%2B4930123456&body=Vault%3A+Text+messages"), "{}", told.body);
        assert!(told.body.ends_with("&from=Vault"), "{}", told.body);
        let told = format!("{:?} {saved:?}", history(&house.vault, &admin, None, 10).await.unwrap());
        let events = format!("{:?}", house.events(&admin, EventKind::SettingsChange).await);
        assert!(!told.contains("hunter2") && !events.contains("hunter2"));
        assert!(view(&house.vault, &admin).await.unwrap().sms_secret().starts_with("sealed:"));
        for elsewhere in [json!({"sms_url": "https://evil.example.org/"}), json!({"sms_header": "X-Other"})] {
            let refused = change(&house.vault, &admin, None, &wishes(elsewhere)).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(fields) if fields[0].0 == "organisation.sms_secret"));
        }
        // What can't be filled in, and what codes need, is refused.
        for (wished, field) in [
            (json!({"sms_body": "{to}"}), "organisation.sms_body"),
            (json!({"sms_format": "json"}), "organisation.sms_body"),
            (json!({"sms_url": "", "sms_secret": ""}), "organisation.second_factor_mode"),
            (json!({"sms_url": "https://u:p@a.org/", "sms_secret": "x"}), "organisation.sms_url"),
        ] {
            let refused = change(&house.vault, &admin, None, &wishes(wished.clone())).await.unwrap_err();
            let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
            assert!(fields.iter().any(|(name, _)| name == field), "{wished}: {fields:?}");
        }
    }
}

#[tokio::test]
async fn a_gateway_that_is_away_is_asked_again_and_one_that_says_no_is_not() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        let send = async || {
            let step = next(begun(&house, ADMIN, HERE).await.unwrap());
            send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await.unwrap();
            step
        };
        gateway.answers(503);
        let step = send().await;
        assert_eq!(post(&house).await, 1);
        let first = gateway.told();
        assert_eq!(house.events(&admin, EventKind::MessageSent).await.len(), 1, "the one that confirmed the number");
        gateway.answers(200);
        house.clock.turn(60);
        assert_eq!(post(&house).await, 1);
        let second = gateway.told();
        assert_eq!(first.body, second.body);
        go_on(&house, &step.token, &second.code()).await.unwrap().signed_in().unwrap();
        gateway.answers(403);
        send().await;
        assert_eq!(post(&house).await, 1);
        let left = &house.events(&admin, EventKind::MessageSent).await[0];
        assert_eq!(
            (&left["outcome"], &left["detail"]["why"]),
            (&json!("failed"), &json!("the gateway answered HTTP 403"))
        );
        let tested = test_text_message(&house.vault, &admin, &head("en")).await.unwrap();
        assert!(!tested.taken && tested.answer.contains("403"), "{tested:?}");
        let outcomes: Vec<_> = house.events(&admin, EventKind::SmsTest).await;
        assert_eq!(outcomes[0]["outcome"], "failed");
        // When it is gone for good, the operator has people set an app up.
        let changed = recover_networks(&house.vault, admin.organisation()).await.unwrap();
        assert_eq!(changed, ["second_factor_mode"]);
        assert_eq!(next(begun(&house, ADMIN, HERE).await.unwrap()).step, Step::Enrolment);
    }
}

#[tokio::test]
async fn a_test_needs_a_gateway_a_number_and_the_right_to_the_settings() {
    for house in houses().await {
        let admin = house.admin().await;
        let test = async |caller: &Caller| test_text_message(&house.vault, caller, &head("en")).await;
        assert!(matches!(test(&admin).await, Err(Error::Conflict(_))));
        let gateway = Gateway::start().await;
        change(&house.vault, &admin, None, &gateway.settings()).await.unwrap();
        assert!(matches!(test(&admin).await, Err(Error::Conflict(_))));
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let bob = house.caller(&bob.token).await.unwrap();
        own_phone(&house, &bob, &gateway, NUMBER).await;
        assert!(matches!(test(&bob).await, Err(Error::Denied(_))));
        assert!(gateway.is_empty());
    }
}

#[tokio::test]
async fn a_number_counts_once_its_owner_has_shown_the_code_that_was_sent_there() {
    for house in houses().await {
        let admin = house.admin().await;
        let gateway = Gateway::start().await;
        let claim = async |number: &str| claim_own_phone(&house.vault, &admin, number, &head("en")).await;
        assert!(matches!(claim(NUMBER).await, Err(Error::Conflict(_))), "without a gateway nothing can be confirmed");
        change(&house.vault, &admin, None, &gateway.settings()).await.unwrap();
        let sent = claim(NUMBER).await.unwrap();
        assert_eq!((sent.by, sent.to.as_str()), (SentBy::Sms, "…56"));
        let own = async || account(&house.vault, &admin).await.unwrap();
        assert_eq!((own().await.phone, own().await.phone_waiting.as_deref()), (None, Some(NUMBER)));
        post(&house).await;
        let told = gateway.told();
        assert_eq!(told.json()["to"], NUMBER);
        let right = told.code();
        let wrong = if right == "123456" { "654321" } else { "123456" };
        let confirm = async |code: &str| confirm_own_phone(&house.vault, &admin, code).await;
        assert!(matches!(confirm(wrong).await, Err(Error::Invalid(fields)) if fields[0].0 == "code"));
        confirm(&right).await.unwrap();
        assert_eq!((own().await.phone.as_deref(), own().await.phone_confirmed), (Some(NUMBER), true));
        assert!(own().await.phone_waiting.is_none() && confirm(&right).await.is_err(), "once");
        // Another number takes its place only once it is confirmed, and its code is good for nothing else.
        let wished = wishes(json!({"second_factor_mode": "sms", "second_factor": "always"}));
        change(&house.vault, &admin, None, &wished).await.unwrap();
        claim("+44 20 7946 0000").await.unwrap();
        assert_eq!(own().await.phone.as_deref(), Some(NUMBER));
        post(&house).await;
        let other = gateway.told().code();
        assert!(step_up(&house.vault, &admin, Proof::Code(other.clone())).await.is_err());
        send_step_up_code(&house.vault, &admin, &head("en")).await.unwrap();
        post(&house).await;
        let told = gateway.told();
        assert_eq!(told.json()["to"], NUMBER, "codes go to the number that was confirmed");
        assert!(confirm(&told.code()).await.is_err() && confirm(&other).await.is_err());
        // Its time ends it.
        house.clock.turn(61);
        claim("+44 20 7946 0000").await.unwrap();
        post(&house).await;
        let code = gateway.told().code();
        house.clock.turn(601);
        assert!(confirm(&code).await.is_err() && own().await.phone_waiting.is_none());
    }
}

#[tokio::test]
async fn a_number_that_an_administrator_entered_is_confirmed_by_the_first_code() {
    for house in houses().await {
        let (admin, gateway) = codes_by_text_message(&house).await;
        change(&house.vault, &admin, None, &wishes(json!({"second_factor": "off"}))).await.unwrap();
        let (bob, _) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        change_phone_of(&house.vault, &admin, bob.id, Some("+44 20 7946 0000")).await.unwrap();
        change(&house.vault, &admin, None, &wishes(json!({"second_factor": "always"}))).await.unwrap();
        let confirmed = async || user(&house.vault, &admin, bob.id).await.unwrap().phone_confirmed;
        assert!(!confirmed().await);
        let step = next(begun(&house, "bob@example.org", HERE).await.unwrap());
        send_sign_in_code(&house.vault, &step.token, &head("en"), &visitor(HERE)).await.unwrap();
        post(&house).await;
        let code = gateway.told().code();
        let wrong = if code == "123456" { "654321" } else { "123456" };
        assert!(go_on(&house, &step.token, wrong).await.is_err());
        assert!(!confirmed().await);
        go_on(&house, &step.token, &code).await.unwrap().signed_in().unwrap();
        assert!(confirmed().await);
        change_phone_of(&house.vault, &admin, bob.id, Some(NUMBER)).await.unwrap();
        assert!(!confirmed().await, "that is another");
    }
}
