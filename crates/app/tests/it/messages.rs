//! Mail: its settings, the test of them, and messages between being written and being sent.

use crate::identity::house::{House, PASSWORD, accept, houses, visitor};
use serde_json::{Value, json};
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::identity::{
    Entered, Invitation, Redeem, Visitor, ask_for_reset, invite_by_mail, redeem_link, send_user_link, work_at_resets,
};
use soundkeep_app::messages::{Letterhead, send_due, test};
use soundkeep_app::settings::{change, history, preview, restore, view};
use soundkeep_app::{Caller, Error};
use soundkeep_store::messages::{Message, claim};
use soundkeep_testkit::{MailServer, Secured};

const HERE: &str = "192.0.2.10";

pub(crate) fn head(language: &str) -> Letterhead {
    Letterhead { origin: "https://vault.example.org".to_owned(), language: language.to_owned() }
}

pub(crate) fn wishes(of: Value) -> Vec<Wish> {
    let Value::Object(of) = of else { panic!("an object") };
    of.into_iter().map(|(key, value)| Wish { channel: None, key, value: Some(value) }).collect()
}

/// Settings of a mail server on this machine.
pub(crate) fn mail_settings(server: &MailServer) -> Vec<Wish> {
    wishes(json!({"mail_host": "mail.test", "mail_port": server.port, "mail_security": "plain",
        "mail_from": "vault@example.org", "mail_from_name": "Tresor", "account_notices": false}))
}

pub(crate) async fn set_up_mail(house: &House, admin: &Caller) -> MailServer {
    let server = MailServer::start(Secured::Not, None);
    change(&house.vault, admin, None, &mail_settings(&server)).await.unwrap();
    server
}

pub(crate) async fn post(house: &House) -> usize {
    send_due(&house.vault, || true).await.unwrap()
}

fn token(link: &str) -> String {
    link.split_once("/welcome#").unwrap().1.to_owned()
}

pub(crate) async fn forgot(house: &House, email: &str, address: &str) -> Result<(), Error> {
    ask_for_reset(&house.vault, email, None, head("en"), &visitor(address)).await?;
    work_at_resets(&house.vault).await.unwrap();
    Ok(())
}

/// Everything that waits to be sent, as rows have it; left as it was.
async fn waiting(house: &House) -> Vec<Message> {
    let store = house.store().await;
    let mut transaction = store.begin().await.unwrap();
    let (late, later) = (house.vault.now().plus_seconds(1 << 30), house.vault.now().plus_seconds(1 << 31));
    let mut found = Vec::new();
    while let Some(message) = claim(&mut transaction, late, later).await.unwrap() {
        found.push(message);
    }
    found
}

#[tokio::test]
async fn a_mail_password_is_kept_sealed_and_shown_to_nobody() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = MailServer::start(Secured::Not, Some(("vault", "hunter2-secret")));
        let mut all = mail_settings(&server);
        all.extend(wishes(json!({"mail_user": "vault", "mail_password": "hunter2-secret"})));
        let would = preview(&house.vault, &admin, None, &all).await.unwrap();
        assert!(!format!("{would:?}").contains("hunter2"));
        let saved = change(&house.vault, &admin, None, &all).await.unwrap();
        assert!(!format!("{saved:?}").contains("hunter2"));
        let told = history(&house.vault, &admin, None, 10).await.unwrap();
        assert!(!format!("{told:?}").contains("hunter2") && !format!("{told:?}").contains("sealed:"), "{told:?}");
        let event = format!("{:?}", house.events(&admin, EventKind::SettingsChange).await);
        assert!(event.contains("withheld") && !event.contains("hunter2") && !event.contains("sealed:"), "{event}");
        // And yet it opens the mail server's door.
        let tested = test(&house.vault, &admin, &head("en")).await.unwrap();
        assert_eq!((tested.taken, tested.answer.as_str()), (true, "250 2.0.0 kept"));
        assert_eq!(server.letter().0["user"], "vault");
        // What somebody sends is a password, even where it looks like one that is kept.
        let kept = view(&house.vault, &admin).await.unwrap().mail_password();
        assert!(kept.starts_with("sealed:"), "{kept}");
        let again = wishes(json!({"mail_password": kept}));
        change(&house.vault, &admin, None, &again).await.unwrap();
        let tested = test(&house.vault, &admin, &head("en")).await.unwrap();
        assert!(!tested.taken && tested.answer.contains("535"), "{tested:?}");
    }
}

#[tokio::test]
async fn a_mail_password_goes_nowhere_that_it_was_not_typed_for() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = MailServer::start(Secured::Not, Some(("vault", "first")));
        let mut all = mail_settings(&server);
        all.extend(wishes(json!({"mail_user": "vault", "mail_password": "first"})));
        change(&house.vault, &admin, None, &all).await.unwrap();
        for elsewhere in
            [json!({"mail_host": "evil.test"}), json!({"mail_port": 2525}), json!({"mail_security": "tls"})]
        {
            let refused = change(&house.vault, &admin, None, &wishes(elsewhere.clone())).await.unwrap_err();
            let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
            assert_eq!(fields[0].0, "organisation.mail_password", "{elsewhere}");
            assert!(preview(&house.vault, &admin, None, &wishes(elsewhere)).await.is_err());
        }
        change(&house.vault, &admin, None, &wishes(json!({"mail_from_name": "Other"}))).await.unwrap();
        let typed = wishes(json!({"mail_host": "elsewhere.test", "mail_password": "second"}));
        change(&house.vault, &admin, None, &typed).await.unwrap();
        // An earlier version comes back with the password that it had.
        restore(&house.vault, &admin, None, 1).await.unwrap();
        assert!(test(&house.vault, &admin, &head("en")).await.unwrap().taken);
        let gone = wishes(json!({"mail_host": "evil.test", "mail_password": "", "mail_user": ""}));
        change(&house.vault, &admin, None, &gone).await.unwrap();
        assert_eq!(view(&house.vault, &admin).await.unwrap().mail_password(), "");
    }
}

#[tokio::test]
async fn mail_settings_that_do_not_fit_together_are_refused_with_a_sentence() {
    for house in houses().await {
        let admin = house.admin().await;
        for (wished, field) in [
            (json!({"mail_host": "smtp.example.org"}), "organisation.mail_from"),
            (json!({"mail_password": "x"}), "organisation.mail_user"),
            (json!({"mail_user": "x"}), "organisation.mail_user"),
            (json!({"mail_host": "smtp.example.org:25", "mail_from": "a@b.org"}), "organisation.mail_host"),
            (json!({"mail_password": "a\nb", "mail_user": "x"}), "organisation.mail_password"),
            (json!({"mail_password": 7, "mail_user": "x"}), "organisation.mail_password"),
            (json!({"mail_from_name": "a\r\nBcc: b"}), "organisation.mail_from_name"),
        ] {
            let refused = change(&house.vault, &admin, None, &wishes(wished.clone())).await.unwrap_err();
            let Error::Invalid(fields) = refused else { panic!("{refused:?}") };
            assert!(fields.iter().any(|(name, _)| name == field), "{wished}: {fields:?}");
        }
    }
}

#[tokio::test]
async fn a_test_mail_goes_to_whoever_asks_and_the_answer_is_told_and_written_down() {
    for house in houses().await {
        let admin = house.admin().await;
        assert!(matches!(test(&house.vault, &admin, &head("en")).await, Err(Error::Conflict(_))));
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let bob = house.caller(&bob.token).await.unwrap();
        assert!(matches!(test(&house.vault, &bob, &head("en")).await, Err(Error::Denied(_))));
        let server = set_up_mail(&house, &admin).await;
        let tested = test(&house.vault, &admin, &head("de")).await.unwrap();
        assert_eq!((tested.address.as_str(), tested.taken), ("admin@example.org", true));
        let read = server.letter().read();
        assert_eq!(read.subject, "Mail von Soundkeep funktioniert");
        assert_eq!(read.from, "Tresor <vault@example.org>");
        assert!(read.text.contains("Guten Tag Grace,"), "{}", read.text);
        drop(server);
        let tested = test(&house.vault, &admin, &head("de")).await.unwrap();
        assert!(!tested.taken && tested.answer.contains("mail.test can't be reached"), "{tested:?}");
        let events = house.events(&admin, EventKind::MailTest).await;
        let outcomes: Vec<_> = events.iter().map(|event| event["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["failed", "success"]);
    }
}

#[tokio::test]
async fn whoever_forgot_a_password_chooses_another_by_a_mail_that_works_once_and_for_an_hour() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        let (user, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        forgot(&house, " BOB@example.org ", HERE).await.unwrap();
        assert_eq!(post(&house).await, 1);
        let letter = server.letter();
        assert_eq!(letter.to(), "bob@example.org");
        assert!(letter.read().text.contains("If that wasn't you"), "{letter:?}");
        let link = letter.link();
        let made = &house.events(&admin, EventKind::PasswordLinkCreated).await[0];
        assert_eq!(
            (made["actor"]["kind"].as_str(), made["object"]["id"].as_str()),
            (Some("anonymous"), Some(user.id.to_string().as_str()))
        );
        let sent = &house.events(&admin, EventKind::MessageSent).await[0];
        assert_eq!(
            (sent["outcome"].as_str(), sent["detail"]["kind"].as_str()),
            (Some("success"), Some("password_link"))
        );
        let ledger = format!("{made} {sent}");
        assert!(!ledger.contains(&token(&link)), "{ledger}");
        // The old password and the session go on until the link is used.
        house.caller(&bob.token).await.unwrap();
        let other = Redeem { password: Some("another fine sentence".to_owned()), ..Redeem::default() };
        let entered = redeem_link(&house.vault, &token(&link), other.clone(), &visitor(HERE)).await.unwrap();
        entered.signed_in().unwrap();
        assert!(matches!(house.caller(&bob.token).await, Err(Error::NotSignedIn)));
        assert!(house.sign_in("bob@example.org", PASSWORD, HERE).await.is_err());
        let again = redeem_link(&house.vault, &token(&link), other.clone(), &visitor(HERE)).await;
        assert!(matches!(again, Err(Error::NotFound)));
        house.clock.turn(301);
        forgot(&house, "bob@example.org", HERE).await.unwrap();
        post(&house).await;
        let link = server.letter().link();
        house.clock.turn(3600);
        let late = redeem_link(&house.vault, &token(&link), other, &visitor(HERE)).await;
        assert!(matches!(late, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn a_link_by_mail_is_no_way_around_a_second_factor() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let bob = house.caller(&bob.token).await.unwrap();
        let app = soundkeep_app::identity::begin_app(&house.vault, &bob).await.unwrap();
        soundkeep_app::identity::confirm_app(&house.vault, &bob, &house.code(&app.secret, 0)).await.unwrap();
        forgot(&house, "bob@example.org", HERE).await.unwrap();
        post(&house).await;
        let other = Redeem { password: Some("another fine sentence".to_owned()), ..Redeem::default() };
        let entered = redeem_link(&house.vault, &token(&server.letter().link()), other, &visitor(HERE)).await.unwrap();
        let Entered::Next(next) = entered else { panic!("in without a second factor") };
        assert_eq!(next.step, soundkeep_app::domain::identity::Step::SecondFactor);
    }
}

#[tokio::test]
async fn asking_tells_nothing_of_accounts_and_sends_only_to_those_who_could_sign_in() {
    for house in houses().await {
        let admin = house.admin().await;
        let invited = Invitation { email: "cy@example.org".to_owned(), name: "Cy".to_owned(), assignments: Vec::new() };
        soundkeep_app::identity::invite(&house.vault, &admin, &invited).await.unwrap();
        let (bob, _) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        // No mail server: nothing happens, and nothing is told.
        forgot(&house, "bob@example.org", HERE).await.unwrap();
        assert_eq!(house.events(&admin, EventKind::PasswordLinkCreated).await.len(), 0);
        let server = set_up_mail(&house, &admin).await;
        let off = soundkeep_app::identity::UserChange {
            state: Some(soundkeep_app::domain::access::AccountState::Disabled),
            ..Default::default()
        };
        soundkeep_app::identity::change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        house.clock.turn(301);
        for (number, email) in
            ["nobody@example.org", "cy@example.org", "bob@example.org", "no address"].iter().enumerate()
        {
            forgot(&house, email, &format!("198.51.{number}.1")).await.unwrap();
        }
        assert_eq!(post(&house).await, 0);
        assert!(server.is_empty());
        assert_eq!(house.events(&admin, EventKind::PasswordLinkCreated).await.len(), 0);
    }
}

#[tokio::test]
async fn asking_is_limited_and_nobody_can_use_that_or_a_flood_of_mails_against_another() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        for _ in 0..5 {
            forgot(&house, "admin@example.org", "203.0.113.1").await.unwrap();
        }
        assert!(matches!(forgot(&house, "admin@example.org", "203.0.113.1").await, Err(Error::TooMany(_))));
        // Elsewhere nobody notices, and the one mail of these five minutes has a link that works.
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        assert_eq!(post(&house).await, 1);
        let link = server.letter().link();
        for number in 0..30 {
            let asked = forgot(&house, &format!("{number}@example.org"), "203.0.113.1").await;
            assert_eq!(asked.is_ok(), number < 15, "{number}");
        }
        let other = Redeem { password: Some("another fine sentence".to_owned()), ..Redeem::default() };
        redeem_link(&house.vault, &token(&link), other, &visitor(HERE)).await.unwrap();
        house.clock.turn(301);
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        assert_eq!(post(&house).await, 1);
    }
}

#[tokio::test]
async fn a_password_that_is_too_new_is_not_changed_by_mail_and_its_owner_is_told() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        house.set(&admin, "password_minimum_days", json!(2)).await;
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        post(&house).await;
        let read = server.letter().read();
        assert!(read.subject.contains("can't be changed yet") && !read.text.contains("http"), "{read:?}");
        assert_eq!(house.events(&admin, EventKind::PasswordLinkCreated).await[0]["outcome"], "refused");
    }
}

#[tokio::test]
async fn an_administrator_starts_a_reset_and_sees_no_link_of_it_where_mail_is_set_up() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let shown = send_user_link(&house.vault, &admin, bob.id, &head("en")).await.unwrap();
        assert!(shown.token.is_some() && shown.sent_to.is_none());
        let server = set_up_mail(&house, &admin).await;
        let sent = send_user_link(&house.vault, &admin, bob.id, &head("en")).await.unwrap();
        assert_eq!((sent.token, sent.sent_to.as_deref()), (None, Some("bob@example.org")));
        post(&house).await;
        let other = Redeem { password: Some("another fine sentence".to_owned()), ..Redeem::default() };
        redeem_link(&house.vault, &token(&server.letter().link()), other, &visitor(HERE)).await.unwrap();
        // An invitation is sent, and shown as well: whoever invites may hand it over.
        let cy = Invitation { email: "cy@example.org".to_owned(), name: "Cy".to_owned(), assignments: Vec::new() };
        let invited = invite_by_mail(&house.vault, &admin, &cy, &head("de")).await.unwrap();
        assert_eq!(invited.sent_to.as_deref(), Some("cy@example.org"));
        post(&house).await;
        let letter = server.letter();
        assert_eq!(token(&letter.link()), invited.link.token);
        assert!(letter.read().subject.starts_with("Ihre Einladung"), "{:?}", letter.read());
        redeem_link(&house.vault, &invited.link.token, accept(), &Visitor::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_waits_sealed_is_tried_again_and_is_gone_in_the_end() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        let [kept] = &waiting(&house).await[..] else { panic!("one message") };
        let text = String::from_utf8_lossy(&kept.sealed).into_owned();
        assert_eq!(kept.kind, "password_link");
        assert!(!text.contains("welcome") && !text.contains("admin@"), "{text}");
        let (port, moved) = (server.port, wishes(json!({"mail_port": 1})));
        change(&house.vault, &admin, None, &moved).await.unwrap();
        assert_eq!(post(&house).await, 1);
        assert_eq!(house.events(&admin, EventKind::MessageSent).await.len(), 0);
        assert_eq!(post(&house).await, 0);
        change(&house.vault, &admin, None, &wishes(json!({"mail_port": port}))).await.unwrap();
        house.clock.turn(60);
        assert_eq!(post(&house).await, 1);
        assert_eq!(server.letter().to(), "admin@example.org");
        assert!(waiting(&house).await.is_empty());
        // What can't be delivered within the time of its link is given up, and the ledger says so.
        change(&house.vault, &admin, None, &wishes(json!({"mail_port": 1}))).await.unwrap();
        house.clock.turn(300);
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        for _ in 0..30 {
            post(&house).await;
            house.clock.turn(600);
        }
        assert!(waiting(&house).await.is_empty());
        assert_eq!(house.events(&admin, EventKind::MessageSent).await[0]["outcome"], "failed");
    }
}
