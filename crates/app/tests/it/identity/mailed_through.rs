//! What mail and sign-in providers have to do with each other: codes after a provider, and mails where only it lets in.

use super::federation::{ADA, SLUG, ada, comes, comes_in, switched_on};
use super::house::{HERE, houses, visitor};
use super::openid::OpenId;
use super::sent_codes::code;
use crate::messages::{forgot, head, post, set_up_mail, wishes};
use serde_json::json;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    self, Entered, Invitation, Proof, Said, SentBy, continue_sign_in, invite_by_mail, send_sign_in_code,
    send_step_up_code, step_up,
};
use soundkeep_app::settings::change;

#[tokio::test]
async fn whoever_a_provider_sends_shows_a_code_by_mail_where_the_organisation_wants_that() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let server = set_up_mail(&house, &admin).await;
        let wished = wishes(json!({"second_factor_mode": "email", "second_factor": "always"}));
        change(&house.vault, &admin, None, &wished).await.unwrap();
        let Ok(Entered::Next(next)) = comes(&house, &openid, &ada()).await else { panic!("in with one factor") };
        assert_eq!((next.step, next.code_sent_by), (Step::SecondFactor, Some(SentBy::Mail)));
        assert!(next.second_factors.is_empty());
        let sent = send_sign_in_code(&house.vault, &next.token, &head("en"), &visitor(HERE)).await.unwrap();
        assert_eq!(sent.to, "a…@example.org");
        let right = code(&house, &server).await;
        let entered = continue_sign_in(&house.vault, &next.token, Said::Code(right), &visitor(HERE)).await.unwrap();
        let caller = house.caller(&entered.signed_in().unwrap().token).await.unwrap();
        let own = identity::account(&house.vault, &caller).await.unwrap();
        assert!(own.code_sent_by.is_some() && own.came_through.is_some());
        let event = &house.events(&admin, EventKind::SignIn).await[0]["detail"];
        assert_eq!((&event["by"], &event["second_factor"]), (&json!("oidc"), &json!("email")));
        // Such a code proves anew who they are, as the provider does.
        send_step_up_code(&house.vault, &caller, &head("en")).await.unwrap();
        let right = code(&house, &server).await;
        step_up(&house.vault, &caller, Proof::Code(right)).await.unwrap();
    }
}

#[tokio::test]
async fn where_people_sign_in_through_providers_alone_mails_lead_nobody_to_a_closed_door() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        identity::renew_recovery_codes(&house.vault, &admin).await.unwrap();
        house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let server = set_up_mail(&house, &admin).await;
        house.set(&admin, "sso_only", json!(true)).await;
        forgot(&house, ADA, HERE).await.unwrap();
        assert_eq!(post(&house).await, 0, "a password opens nothing to her");
        forgot(&house, "admin@example.org", HERE).await.unwrap();
        assert_eq!(post(&house).await, 1, "and is half of the way back to him");
        assert_eq!(server.letter().to(), "admin@example.org");
        let cy = Invitation { email: "cy@example.org".to_owned(), name: "Cy".to_owned(), assignments: Vec::new() };
        invite_by_mail(&house.vault, &admin, &cy, &head("en")).await.unwrap();
        post(&house).await;
        let read = server.letter().read();
        assert!(read.text.contains("/sign-in") && !read.text.contains("/welcome"), "{}", read.text);
        comes_in(&house, &openid, &json!({"sub": "00cy", "email": "cy@example.org", "email_verified": true})).await;
    }
}
