//! Where people sign in through providers alone: what lets nobody in any more, and what becomes of who is in. And what
//! becomes of who came in through a provider that is switched off.

use super::federation::{ADA, SLUG, ada, comes, comes_in, switched_on, why};
use super::house::{HERE, House, PASSWORD, accept, houses, visitor};
use super::openid::{ORIGIN, OpenId};
use super::passkeys::{an_hour, enter, enter_as_far, invited, passkey_instead, proof, with_passkey, without_password};
use serde_json::{Value, json};
use soundkeep_app::Error;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{ProviderState, Step};
use soundkeep_app::identity::federation::{Came, come_back, sign_in_through, signed_out_there, step_up_through};
use soundkeep_app::identity::{
    self, Credentials, Entered, Proof, ProviderWish, Redeem, Said, account, change_password, change_provider,
    continue_sign_in, delete_provider, end_sessions_through, needs_step_up, new_user_link, redeem_link, sign_in,
    step_up,
};

const OTHER: &str = "another horse battery";

/// Somebody's password, as far as it leads.
async fn password(house: &House, email: &str) -> Result<Entered, Error> {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    sign_in(&house.vault, credentials, &visitor(HERE)).await
}

/// The token of a sign-in that isn't complete, and what comes next.
fn half(entered: Result<Entered, Error>) -> (String, Step) {
    match entered {
        Ok(Entered::Next(next)) => (next.token, next.step),
        Ok(Entered::In(_)) => panic!("let in at once"),
        Err(error) => panic!("{error}"),
    }
}

fn is_refused(done: &Result<impl Sized, Error>) -> bool {
    matches!(done, Err(Error::Conflict(_)))
}

#[tokio::test]
async fn where_only_providers_let_in_neither_a_passkey_nor_an_invitation_nor_a_link_for_a_password_does() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let (vault, here) = (&house.vault, visitor(HERE));
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        let (boss_device, codes) = with_passkey(&house, &admin).await;
        let (_, ida_device) = without_password(&house, &admin, "Ida").await;
        let (user, _) = house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let (max, _) = house.user(&admin, "Max", &[BuiltInRole::Admin]).await;
        let (joe, kim) = (invited(&house, &admin, "Joe").await, invited(&house, &admin, "Kim").await);
        let instead = passkey_instead(&house, &kim.link.token).await;
        let link = new_user_link(vault, &admin, user.id).await.unwrap();
        // Somebody is half way in when the switch goes on.
        house.set(&admin, "second_factor", "always".into()).await;
        let (half_way, _) = half(password(&house, ADA).await);
        house.set(&admin, "second_factor", "off".into()).await;
        house.set(&admin, "sso_only", json!(true)).await;

        assert!(is_refused(&password(&house, ADA).await), "a password");
        assert!(is_refused(&enter(&house, &ida_device).await), "a passkey alone");
        assert!(is_refused(&continue_sign_in(vault, &half_way, Said::Nothing, &here).await), "half way in");
        assert!(is_refused(&redeem_link(vault, &joe.link.token, accept(), &here).await), "invited");
        let said = Redeem { passkey: Some(instead), ..Redeem::default() };
        assert!(is_refused(&redeem_link(vault, &kim.link.token, said, &here).await), "invited, with a passkey");
        let other = Redeem { password: Some(OTHER.to_owned()), ..Redeem::default() };
        assert!(is_refused(&redeem_link(vault, &link.token, other.clone(), &here).await), "a new password");
        let refused = house.events(&admin, EventKind::SignInRefused).await;
        assert_eq!(refused.iter().filter(|event| event["detail"]["why"] == "sso_only").count(), 6);
        let link = new_user_link(vault, &admin, user.id).await.map(|_| ());
        assert!(is_refused(&link), "another link for a password");
        // Who may change the security settings shows a recovery code besides, whatever they begin with.
        let max_link = new_user_link(vault, &admin, max.id).await.unwrap();
        assert_eq!(half(redeem_link(vault, &max_link.token, other, &here).await).1, Step::WayBack);
        let (token, step) = half(enter_as_far(&house, &boss_device).await);
        assert_eq!(step, Step::WayBack);
        let code = Said::RecoveryCode(codes[0].clone());
        continue_sign_in(vault, &token, code, &here).await.unwrap().signed_in().unwrap();

        // What was refused changed nothing, and used nothing up.
        assert!(identity::recover_passwords(vault, admin.organisation()).await.unwrap());
        house.sign_in(ADA, PASSWORD, HERE).await.unwrap();
        enter(&house, &ida_device).await.unwrap();
        redeem_link(vault, &joe.link.token, accept(), &here).await.unwrap().signed_in().unwrap();
    }
}

#[tokio::test]
async fn the_switch_to_providers_alone_ends_no_session_and_a_password_proves_nothing_in_those_of_a_provider() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let vault = &house.vault;
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        identity::renew_recovery_codes(vault, &admin).await.unwrap();
        let (_, by_password) = house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let through = comes_in(&house, &openid, &ada()).await;
        let caller = house.caller(&through.token).await.unwrap();
        let by = |text: &str| Proof::Password(text.to_owned());
        assert!(account(vault, &caller).await.unwrap().password_proves);
        step_up(vault, &caller, by(PASSWORD)).await.unwrap();
        let through = comes_in(&house, &openid, &ada()).await;
        house.set(&admin, "sso_only", json!(true)).await;

        // Whoever is in stays in. Who began with a password has nothing else to prove it with.
        let caller = house.caller(&by_password.token).await.unwrap();
        assert!(account(vault, &caller).await.unwrap().password_proves);
        step_up(vault, &caller, by(PASSWORD)).await.unwrap();
        // Who came through a provider proves it there, and the password opens nothing on another way either.
        let caller = an_hour(&house, &through.token).await;
        assert!(needs_step_up(&caller, vault.now()));
        let told = account(vault, &caller).await.unwrap();
        assert!(!told.password_proves && told.came_through.is_some() && told.password_set_at.is_some());
        assert!(is_refused(&step_up(vault, &caller, by(PASSWORD)).await));
        let changed = change_password(vault, &caller, PASSWORD.to_owned(), OTHER.to_owned()).await;
        assert!(matches!(changed, Err(Error::StepUpNeeded)));
        let departure = step_up_through(vault, &caller, ORIGIN, "/account").await.unwrap();
        let mut claims = ada();
        claims["auth_time"] = json!(vault.now().as_unix_micros() / 1_000_000);
        let answer = openid.lets_in(&house, &departure, &claims);
        let back = come_back(vault, (SLUG, ORIGIN), Some(&departure.kept), &answer, &visitor(HERE)).await;
        let Ok(Came::Proven(_, renewed, _)) = back else { panic!("a proof of the provider counts") };
        // A passkey of their own does, too.
        let caller = house.caller(&renewed.token).await.unwrap();
        let (device, _) = with_passkey(&house, &caller).await;
        let caller = an_hour(&house, &renewed.token).await;
        assert!(needs_step_up(&caller, vault.now()));
        step_up(vault, &caller, proof(&house, &device, &caller).await).await.unwrap();
    }
}

#[tokio::test]
async fn a_provider_that_is_switched_off_lets_nobody_in_and_proves_nobody_and_ends_no_session_by_itself() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let (vault, here) = (&house.vault, visitor(HERE));
        let wish = openid.wish(SLUG, &["example.org"]);
        let on = switched_on(&house, &admin, &openid, wish.clone()).await;
        house.user(&admin, "Ada", &[]).await;
        let (_, agent) = house.user(&admin, "Eve", &[BuiltInRole::Agent]).await;
        let said = |sid: &str| {
            let mut claims = ada();
            claims["sid"] = json!(sid);
            claims["auth_time"] = json!(vault.now().as_unix_micros() / 1_000_000);
            claims
        };
        let (one, two) = (comes_in(&house, &openid, &said("a")).await, comes_in(&house, &openid, &said("b")).await);
        let caller = house.caller(&one.token).await.unwrap();
        // Somebody is on the way there, somebody proves themselves there, and somebody is half way in.
        let departure = sign_in_through(vault, (SLUG, ORIGIN), "/", None).await.unwrap();
        let on_the_way = openid.lets_in(&house, &departure, &said("c"));
        let proving = step_up_through(vault, &caller, ORIGIN, "/").await.unwrap();
        let proven = openid.lets_in(&house, &proving, &said("a"));
        house.set(&admin, "second_factor", "always".into()).await;
        let (half_way, _) = half(comes(&house, &openid, &said("d")).await);
        let (other_half_way, _) = half(comes(&house, &openid, &said("e")).await);
        house.set(&admin, "second_factor", "off".into()).await;
        let change = |state| ProviderWish { state, secret: None, ..wish.clone() };
        let off = change_provider(vault, &admin, on.id, on.version, change(ProviderState::Off)).await.unwrap();

        let back = come_back(vault, (SLUG, ORIGIN), Some(&departure.kept), &on_the_way, &here).await;
        assert_eq!(why(back), "provider_off");
        let back = come_back(vault, (SLUG, ORIGIN), Some(&proving.kept), &proven, &here).await;
        assert_eq!(why(back), "provider_off");
        assert!(is_refused(&step_up_through(vault, &caller, ORIGIN, "/").await));
        assert_eq!(account(vault, &caller).await.unwrap().came_through, None, "nothing to offer");
        let over = continue_sign_in(vault, &half_way, Said::Nothing, &here).await;
        assert!(matches!(over, Err(Error::NotSignedIn)), "half way in");
        // Whoever is in stays in; what the provider tells of its end is still believed.
        house.caller(&one.token).await.unwrap();
        let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        let told = openid.token(&house, &json!({"events": event, "jti": "1", "sid": "b"}));
        signed_out_there(vault, SLUG, &told, &here).await.unwrap();
        assert!(house.caller(&two.token).await.is_err());
        house.caller(&one.token).await.unwrap();

        // On again, sessions end when that is asked for, and nobody is half way in when it is deleted.
        let on = change_provider(vault, &admin, on.id, off.version, change(ProviderState::On)).await.unwrap();
        let again = continue_sign_in(vault, &other_half_way, Said::Nothing, &here).await;
        assert!(matches!(again, Err(Error::NotSignedIn)), "on again, what was over stays over");
        house.set(&admin, "second_factor", "always".into()).await;
        let (ended_half_way, _) = half(comes(&house, &openid, &said("f")).await);
        let eve = house.caller(&agent.token).await.unwrap();
        assert!(matches!(end_sessions_through(vault, &eve, on.id).await, Err(Error::Denied(_))));
        house.caller(&one.token).await.unwrap();
        end_sessions_through(vault, &admin, on.id).await.unwrap();
        assert!(house.caller(&one.token).await.is_err());
        house.caller(&agent.token).await.expect("only those of the provider");
        let over = continue_sign_in(vault, &ended_half_way, Said::Nothing, &here).await;
        assert!(matches!(over, Err(Error::NotSignedIn)));
        let ended = house.events(&admin, EventKind::SessionEnded).await;
        assert_eq!((ended.len(), &ended[0]["detail"]["provider"]), (1, &Value::from(SLUG)));
        let (half_way, _) = half(comes(&house, &openid, &said("g")).await);
        house.set(&admin, "second_factor", "off".into()).await;
        delete_provider(vault, &admin, on.id).await.unwrap();
        let over = continue_sign_in(vault, &half_way, Said::Nothing, &here).await;
        assert!(matches!(over, Err(Error::NotSignedIn)), "deleted meanwhile");
        assert!(matches!(end_sessions_through(vault, &admin, on.id).await, Err(Error::NotFound)));
    }
}
