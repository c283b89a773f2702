//! Passkeys: alone, as a second factor, as a proof, in place of a password.

mod thieves;

use super::house::{HERE, House, PASSWORD, accept, houses, visitor};
use serde_json::Value;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{FactorKind, Step};
use soundkeep_app::identity::{
    Answered, Asked, AskedInStep, Credentials, Entered, Invitation, Invited, NewPasskey, NextStep, Proof, Redeem, Said,
    SignedIn, Site, UserChange, account, add_passkey, ask_by_link, ask_for_new_passkey, ask_in_sign_in, ask_to_sign_in,
    ask_to_step_up, begin_app, change_user, check, confirm_app, continue_sign_in, invite, me, needs_step_up,
    new_user_link, own_sessions, recover_user, redeem_link, remove_factor, rename_factor, reset_second_factor, sign_in,
    sign_in_with_passkey, step_up, user,
};
use soundkeep_app::{Caller, Error};
use soundkeep_domain::access::AccountState;
use soundkeep_testkit::passkeys::Device;

const ORIGIN: &str = "https://vault.example.org";

fn site() -> Site {
    Site::new(ORIGIN)
}

fn answered(asked: &Asked, credential: Value) -> Answered {
    Answered { site: site(), challenge: asked.challenge.clone(), credential }
}

async fn signed(device: &Device, asked: &Asked) -> Answered {
    answered(asked, device.sign(ORIGIN, &asked.options).await.unwrap())
}

async fn made(device: &Device, asked: &Asked, name: &str) -> NewPasskey {
    let answered = answered(asked, device.register(ORIGIN, &asked.options).await.unwrap());
    NewPasskey { answered, name: name.to_owned() }
}

/// Adds a passkey on a new device; answers it with the recovery codes.
pub(super) async fn with_passkey(house: &House, caller: &Caller) -> (Device, Vec<String>) {
    let device = Device::default();
    let asked = ask_for_new_passkey(&house.vault, &site(), caller).await.unwrap();
    let codes = add_passkey(&house.vault, caller, made(&device, &asked, "Phone").await).await.unwrap();
    (device, codes)
}

/// Somebody with a password and a passkey.
async fn somebody(house: &House, admin: &Caller, name: &str) -> (Caller, Device, Vec<String>) {
    let (_, signed_in) = house.user(admin, name, &[BuiltInRole::Supervisor]).await;
    let caller = house.caller(&signed_in.token).await.unwrap();
    let (device, codes) = with_passkey(house, &caller).await;
    (caller, device, codes)
}

pub(super) async fn invited(house: &House, admin: &Caller, name: &str) -> Invited {
    let email = format!("{}@example.org", name.to_lowercase());
    invite(&house.vault, admin, &Invitation { email, name: name.to_owned(), assignments: Vec::new() }).await.unwrap()
}

/// Somebody who came in with a passkey in place of a password.
pub(super) async fn without_password(house: &House, admin: &Caller, name: &str) -> (Caller, Device) {
    let invited = invited(house, admin, name).await;
    let device = Device::default();
    let asked = ask_by_link(&house.vault, &site(), &invited.link.token).await.unwrap();
    let said = Redeem { passkey: Some(made(&device, &asked, "Laptop").await), ..Redeem::default() };
    let entered = redeem_link(&house.vault, &invited.link.token, said, &visitor(HERE)).await.unwrap();
    (house.caller(&entered.signed_in().unwrap().token).await.unwrap(), device)
}

/// Signs in with a passkey alone.
pub(super) async fn enter(house: &House, device: &Device) -> Result<SignedIn, Error> {
    enter_as_far(house, device).await?.signed_in()
}

/// The same, as far as it leads.
pub(super) async fn enter_as_far(house: &House, device: &Device) -> Result<Entered, Error> {
    let asked = ask_to_sign_in(&house.vault, &site()).await?;
    sign_in_with_passkey(&house.vault, signed(device, &asked).await, &visitor(HERE)).await
}

/// A passkey in place of a password, by an invitation.
pub(super) async fn passkey_instead(house: &House, token: &str) -> NewPasskey {
    let asked = ask_by_link(&house.vault, &site(), token).await.unwrap();
    made(&Device::default(), &asked, "Laptop").await
}

/// What a passkey shows in a session that is open.
pub(super) async fn proof(house: &House, device: &Device, caller: &Caller) -> Proof {
    let asked = ask_to_step_up(&house.vault, &site(), caller).await.unwrap();
    Proof::Passkey(signed(device, &asked).await)
}

async fn half(house: &House, email: &str) -> NextStep {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    match sign_in(&house.vault, credentials, &visitor(HERE)).await.unwrap() {
        Entered::Next(next) => *next,
        Entered::In(_) => panic!("let in at once"),
    }
}

async fn asked_in(house: &House, step: &NextStep) -> Asked {
    match ask_in_sign_in(&house.vault, &site(), &step.token, &visitor(HERE)).await.unwrap() {
        AskedInStep::Existing(asked) | AskedInStep::New(asked) => asked,
    }
}

async fn say(house: &House, step: &NextStep, said: Said) -> Result<Entered, Error> {
    continue_sign_in(&house.vault, &step.token, said, &visitor(HERE)).await
}

/// An hour in which a session is used.
pub(super) async fn an_hour(house: &House, token: &str) -> Caller {
    for _ in 0..6 {
        house.caller(token).await.unwrap();
        house.clock.turn(10 * 60);
    }
    house.caller(token).await.unwrap()
}

#[tokio::test]
async fn a_passkey_alone_signs_in_and_counts_as_both_factors() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        house.set(&admin, "second_factor", "always".into()).await;
        let signed_in = enter(&house, &device).await.unwrap();
        assert_eq!(signed_in.me.user.name, "Bob");
        let bob = house.caller(&signed_in.token).await.unwrap();
        let events = house.events(&admin, EventKind::SignIn).await;
        let detail = |name: &str| events[0].pointer(&format!("/detail/{name}")).cloned();
        assert_eq!((detail("by"), detail("second_factor")), (Some("passkey".into()), Some("passkey".into())));
        assert!(!needs_step_up(&bob, house.vault.now()));
        let used = account(&house.vault, &bob).await.unwrap().factors;
        assert_eq!((used[0].kind, used[0].name.as_str()), (FactorKind::Passkey, "Phone"));
        assert_eq!(used[0].used_at, Some(house.vault.now()));
        let sessions = own_sessions(&house.vault, &bob).await.unwrap();
        assert!(sessions.iter().any(|session| session.way.as_deref() == Some("passkey")));
    }
}

#[tokio::test]
async fn after_a_password_a_passkey_is_the_second_factor() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, device, codes) = somebody(&house, &admin, "Bob").await;
        assert_eq!(codes.len(), 10, "for the day on which it is lost");
        let step = half(&house, "bob@example.org").await;
        assert_eq!((step.step, step.second_factors.as_slice()), (Step::SecondFactor, &[FactorKind::Passkey][..]));
        assert!(check(&house.vault, &step.token, None).await.is_err());
        let asked = asked_in(&house, &step).await;
        let said = Said::Passkey(signed(&device, &asked).await);
        let signed_in = say(&house, &step, said).await.unwrap().signed_in().unwrap();
        assert_eq!(signed_in.me.user.name, "Bob");
        let events = house.events(&admin, EventKind::SignIn).await;
        let detail = |name: &str| events[0].pointer(&format!("/detail/{name}")).cloned();
        assert_eq!((detail("by"), detail("second_factor")), (Some("password".into()), Some("passkey".into())));
        // Another sign-in's question, and a recovery code instead.
        let (one, two) = (half(&house, "bob@example.org").await, half(&house, "bob@example.org").await);
        let said = Said::Passkey(signed(&device, &asked_in(&house, &one).await).await);
        assert!(matches!(say(&house, &two, said).await, Err(Error::Invalid(_))));
        say(&house, &two, Said::RecoveryCode(codes[0].clone())).await.unwrap().signed_in().unwrap();
        // With an app beside it, both are told.
        let enrolment = begin_app(&house.vault, &bob).await.unwrap();
        confirm_app(&house.vault, &bob, &house.code(&enrolment.secret, 0)).await.unwrap();
        let step = half(&house, "bob@example.org").await;
        assert_eq!(step.second_factors, [FactorKind::App, FactorKind::Passkey]);
        house.clock.turn(30);
        say(&house, &step, Said::Code(house.code(&enrolment.secret, 0))).await.unwrap().signed_in().unwrap();
    }
}

#[tokio::test]
async fn where_everybody_is_asked_a_passkey_may_be_set_up_instead_of_an_app() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[]).await;
        house.set(&admin, "second_factor", "always".into()).await;
        let device = Device::default();
        let step = half(&house, "bob@example.org").await;
        assert_eq!(step.step, Step::Enrolment);
        let asked = asked_in(&house, &step).await;
        let too_early = Said::Passkey(answered(&asked, device.register(ORIGIN, &asked.options).await.unwrap()));
        assert!(matches!(say(&house, &step, too_early).await, Err(Error::Invalid(_))), "a proof isn't a new passkey");
        let said = Said::NewPasskey(made(&device, &asked, "Phone").await);
        let Entered::Next(kept) = say(&house, &step, said).await.unwrap() else { panic!("without recovery codes") };
        assert_eq!((kept.step, kept.recovery_codes.len()), (Step::RecoveryCodes, 10));
        let bob = say(&house, &kept, Said::Kept).await.unwrap().signed_in().unwrap();
        let bob = house.caller(&bob.token).await.unwrap();
        let last = account(&house.vault, &bob).await.unwrap().factors[0].id;
        assert!(matches!(remove_factor(&house.vault, &bob, last).await, Err(Error::Conflict(_))));
        enter(&house, &device).await.unwrap();
    }
}

#[tokio::test]
async fn a_passkey_proves_anew_who_somebody_is() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        let token = enter(&house, &device).await.unwrap().token;
        let bob = an_hour(&house, &token).await;
        assert!(needs_step_up(&bob, house.vault.now()));
        let asked = ask_to_step_up(&house.vault, &site(), &bob).await.unwrap();
        let answer = signed(&device, &asked).await;
        let renewed = step_up(&house.vault, &bob, Proof::Passkey(answer.clone())).await.unwrap();
        let proven = house.caller(&renewed.token).await.unwrap();
        assert!(!needs_step_up(&proven, house.vault.now()));
        let again = step_up(&house.vault, &proven, Proof::Passkey(answer)).await;
        assert!(matches!(again, Err(Error::Invalid(_))), "replayed");
        let with_password = step_up(&house.vault, &proven, Proof::Password(PASSWORD.into())).await;
        assert!(matches!(with_password, Err(Error::Conflict(_))), "who has a second factor shows it");
        let events = house.events(&admin, EventKind::StepUp).await;
        assert_eq!(events[0].pointer("/detail/by").and_then(Value::as_str), Some("passkey"));
    }
}

#[tokio::test]
async fn who_is_invited_comes_in_with_a_passkey_and_has_no_password() {
    for house in houses().await {
        let admin = house.admin().await;
        house.set(&admin, "second_factor", "always".into()).await;
        let (ida, device) = without_password(&house, &admin, "Ida").await;
        let facts = account(&house.vault, &ida).await.unwrap();
        assert_eq!((facts.password_set_at, facts.factors.len(), facts.recovery_codes_left), (None, 1, 0));
        let wrong = house.sign_in("ida@example.org", "", HERE).await;
        assert!(matches!(wrong, Err(Error::NotSignedIn)), "no password isn't an empty one");
        let token = enter(&house, &device).await.unwrap().token;
        // Neither the last nor, without a password, the only way in.
        house.set(&admin, "second_factor", "off".into()).await;
        let only = remove_factor(&house.vault, &ida, facts.factors[0].id).await;
        assert!(matches!(only, Err(Error::Conflict(_))));
        let (_, codes) = with_passkey(&house, &ida).await;
        assert!(codes.is_empty(), "they would stand in for nothing");
        remove_factor(&house.vault, &ida, facts.factors[0].id).await.unwrap();
        assert!(matches!(enter(&house, &device).await, Err(Error::NotSignedIn)));
        me(&house.vault, &house.caller(&token).await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn who_has_only_a_passkey_is_switched_on_again_and_let_in_anew() {
    for house in houses().await {
        let admin = house.admin().await;
        let (ida, device) = without_password(&house, &admin, "Ida").await;
        let id = ida.user().unwrap();
        for state in [AccountState::Disabled, AccountState::Active] {
            let version = user(&house.vault, &admin, id).await.unwrap().version;
            let change = UserChange { state: Some(state), ..UserChange::default() };
            change_user(&house.vault, &admin, id, version, &change).await.unwrap();
        }
        assert_eq!(user(&house.vault, &admin, id).await.unwrap().state, AccountState::Active);
        enter(&house, &device).await.unwrap();
        // A lost device: the administrator takes it away, and a link lets them choose a password.
        reset_second_factor(&house.vault, &admin, id).await.unwrap();
        assert!(matches!(enter(&house, &device).await, Err(Error::NotSignedIn)));
        let link = new_user_link(&house.vault, &admin, id).await.unwrap();
        assert!(matches!(ask_by_link(&house.vault, &site(), &link.token).await, Err(Error::Conflict(_))));
        redeem_link(&house.vault, &link.token, accept(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
        // And the operator's way back invites whoever has no password.
        let (joe, _) = without_password(&house, &admin, "Joe").await;
        let link = recover_user(&house.vault, joe.organisation(), "joe@example.org").await.unwrap();
        redeem_link(&house.vault, &link.token, accept(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
    }
}

#[tokio::test]
async fn one_names_ones_own_and_has_ten_at_most_of_one_device_one() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _, _) = somebody(&house, &admin, "Bob").await;
        let (eve, _, _) = somebody(&house, &admin, "Eve").await;
        let factor = account(&house.vault, &bob).await.unwrap().factors[0].id;
        rename_factor(&house.vault, &bob, factor, "  Old phone ").await.unwrap();
        assert_eq!(account(&house.vault, &bob).await.unwrap().factors[0].name, "Old phone");
        assert!(matches!(rename_factor(&house.vault, &bob, factor, " ").await, Err(Error::Invalid(_))));
        assert!(matches!(rename_factor(&house.vault, &eve, factor, "Mine").await, Err(Error::NotFound)));
        assert!(matches!(remove_factor(&house.vault, &eve, factor).await, Err(Error::NotFound)));
        assert_eq!(house.events(&admin, EventKind::SecondFactorRenamed).await.len(), 1);
        let asked = ask_for_new_passkey(&house.vault, &site(), &bob).await.unwrap();
        let known = asked.options["excludeCredentials"].as_array().map(Vec::len);
        assert_eq!(known, Some(1), "a device that has one makes no other");
        let waiting = made(&Device::default(), &asked, "Eleventh").await;
        for _ in 1..10 {
            with_passkey(&house, &bob).await;
        }
        assert!(matches!(ask_for_new_passkey(&house.vault, &site(), &bob).await, Err(Error::Conflict(_))));
        assert!(matches!(add_passkey(&house.vault, &bob, waiting).await, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn where_the_address_is_a_number_there_are_no_passkeys() {
    for house in houses().await {
        let admin = house.admin().await;
        let numbered = Site::new("http://127.0.0.1:8080");
        assert!(!numbered.has_passkeys() && site().has_passkeys());
        assert!(matches!(ask_to_sign_in(&house.vault, &numbered).await, Err(Error::Conflict(_))));
        assert!(matches!(ask_for_new_passkey(&house.vault, &numbered, &admin).await, Err(Error::Conflict(_))));
        assert!(matches!(ask_to_step_up(&house.vault, &site(), &admin).await, Err(Error::Conflict(_))), "none yet");
    }
}
