//! What happens to somebody's account is told to them by mail, where the organisation has mail and wants that.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use crate::messages::{post, set_up_mail};
use serde_json::json;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::identity::{
    Credentials, SignedIn, Visitor, begin_app, change_password, change_phone_of, confirm_app, reset_second_factor,
    sign_in,
};
use soundkeep_testkit::MailServer;

/// The subjects of all that is sent now, each to this address.
async fn told(house: &House, server: &MailServer, to: &str) -> Vec<String> {
    let count = post(house).await;
    let letters = (0..count).map(|_| server.letter());
    letters
        .map(|letter| {
            assert_eq!(letter.to(), to);
            letter.read().subject
        })
        .collect()
}

async fn come(house: &House, known: Option<String>) -> SignedIn {
    let credentials =
        Credentials { email: "bob@example.org".to_owned(), password: PASSWORD.to_owned(), organisation: None };
    let from = Visitor { known, ..visitor(HERE) };
    sign_in(&house.vault, credentials, &from).await.unwrap().signed_in().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_owns_an_account_is_told_what_is_changed_of_it() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        house.set(&admin, "account_notices", json!(true)).await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let own = house.caller(&signed_in.token).await.unwrap();
        let told = async || told(&house, &server, "bob@example.org").await;
        assert!(told().await.is_empty(), "he came in for the first time, and knows");
        let app = begin_app(&house.vault, &own).await.unwrap();
        confirm_app(&house.vault, &own, &house.code(&app.secret, 0)).await.unwrap();
        assert_eq!(told().await, ["A second factor was added to your account"]);
        change_phone_of(&house.vault, &admin, bob.id, Some("+49 30 123456")).await.unwrap();
        assert_eq!(told().await, ["Your phone number was changed"]);
        reset_second_factor(&house.vault, &admin, bob.id).await.unwrap();
        assert_eq!(told().await, ["A second factor was removed from your account"]);
        let own = house.caller(&come(&house, Some(signed_in.known.clone())).await.token).await.unwrap();
        let new = "another horse battery".to_owned();
        change_password(&house.vault, &own, PASSWORD.to_owned(), new).await.unwrap();
        assert_eq!(told().await, ["Your password was changed"]);
        house.set(&admin, "account_notices", json!(false)).await;
        change_phone_of(&house.vault, &admin, bob.id, Some("+49 30 654321")).await.unwrap();
        assert!(told().await.is_empty(), "the organisation wants none");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_in_on_a_device_that_is_not_known_is_told() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        house.set(&admin, "account_notices", json!(true)).await;
        house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let new = come(&house, None).await;
        assert_eq!(post(&house).await, 1);
        let letter = server.letter();
        assert_eq!(letter.to(), "bob@example.org");
        let read = letter.read();
        assert_eq!(read.subject, "A sign-in on a new device");
        assert!(read.text.contains(HERE) && read.text.contains("choose another password"), "{read:?}");
        come(&house, Some(new.known)).await;
        assert_eq!(post(&house).await, 0, "that device is known by now");
        house.set(&admin, "account_notices", json!(false)).await;
        come(&house, None).await;
        assert_eq!(post(&house).await, 0);
    }
}
