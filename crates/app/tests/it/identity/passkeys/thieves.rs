//! What thieves and copies try with passkeys.

use super::super::house::{HERE, PASSWORD, houses, visitor};
use super::{ORIGIN, answered, asked_in, enter, half, invited, made, say, signed, site, somebody, with_passkey};
use serde_json::Value;
use soundkeep_app::Error;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::identity::{
    Answered, Asked, Entered, NewPasskey, Proof, Redeem, Said, UserChange, account, add_passkey, ask_by_link,
    ask_for_new_passkey, ask_in_sign_in, ask_to_sign_in, ask_to_step_up, change_user, new_user_link, redeem_link,
    remove_factor, reset_second_factor, sign_in_with_passkey, step_up, user,
};
use soundkeep_domain::access::AccountState;
use soundkeep_testkit::passkeys::Device;
#[tokio::test]
async fn an_assertion_works_once_and_only_for_what_was_asked() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let answer = signed(&device, &asked).await;
        let mut elsewhere = answer.clone();
        elsewhere.challenge = ask_to_sign_in(&house.vault, &site()).await.unwrap().challenge;
        let come = async |answer: Answered| sign_in_with_passkey(&house.vault, answer, &visitor(HERE)).await;
        assert!(matches!(come(elsewhere).await, Err(Error::NotSignedIn)), "it was signed for another question");
        come(answer.clone()).await.unwrap().signed_in().unwrap();
        assert!(matches!(come(answer).await, Err(Error::NotSignedIn)), "replayed");
        // A wrong answer uses the question up as well.
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let answer = signed(&device, &asked).await;
        let mut damaged = answer.clone();
        damaged.credential["response"]["signature"] = "AAAA".into();
        assert!(matches!(come(damaged).await, Err(Error::NotSignedIn)));
        assert!(matches!(come(answer).await, Err(Error::NotSignedIn)));
        // And time does.
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let answer = signed(&device, &asked).await;
        house.clock.turn(10 * 60);
        assert!(matches!(come(answer).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn of_two_who_show_one_assertion_at_once_one_is_let_in() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let answer = signed(&device, &asked).await;
        let here = visitor(HERE);
        let come = || sign_in_with_passkey(&house.vault, answer.clone(), &here);
        let (one, two) = tokio::join!(come(), come());
        assert!(one.is_ok() != two.is_ok());
    }
}

#[tokio::test]
async fn what_was_asked_in_one_place_is_answered_in_no_other() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, device, _) = somebody(&house, &admin, "Bob").await;
        let (eve, eves, _) = somebody(&house, &admin, "Eve").await;
        // Bob's device answers what was asked at the door, in a session, and in another's.
        let at_door = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let answer = signed(&device, &at_door).await;
        assert!(matches!(step_up(&house.vault, &bob, Proof::Passkey(answer)).await, Err(Error::Invalid(_))));
        let in_session = ask_to_step_up(&house.vault, &site(), &bob).await.unwrap();
        let answer = signed(&device, &in_session).await;
        let at_door = sign_in_with_passkey(&house.vault, answer.clone(), &visitor(HERE)).await;
        assert!(matches!(at_door, Err(Error::NotSignedIn)));
        assert!(matches!(step_up(&house.vault, &eve, Proof::Passkey(answer)).await, Err(Error::Invalid(_))));
        // Eve's own question, answered by Bob's device, and with what she claims of hers.
        let asked = ask_to_step_up(&house.vault, &site(), &eve).await.unwrap();
        let mut options = asked.options.clone();
        options["allowCredentials"] = serde_json::json!([]);
        let stranger = answered(&asked, device.sign(ORIGIN, &options).await.unwrap());
        assert!(matches!(step_up(&house.vault, &eve, Proof::Passkey(stranger)).await, Err(Error::Invalid(_))));
        let forged = device.clone();
        forged.claim_to_be(*eve.user().unwrap().as_bytes());
        let asked = ask_to_step_up(&house.vault, &site(), &eve).await.unwrap();
        let mut options = asked.options.clone();
        options["allowCredentials"] = serde_json::json!([]);
        let stranger = answered(&asked, forged.sign(ORIGIN, &options).await.unwrap());
        let proof = step_up(&house.vault, &eve, Proof::Passkey(stranger)).await;
        assert!(matches!(proof, Err(Error::Invalid(_))), "Bob's passkey, and her name");
        eves.claim_to_be(*bob.user().unwrap().as_bytes());
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let claimed = sign_in_with_passkey(&house.vault, signed(&eves, &asked).await, &visitor(HERE)).await;
        assert!(matches!(claimed, Err(Error::NotSignedIn)), "her passkey, and Bob's name");
        // What was asked for a new passkey of Bob makes none of Eve's.
        let asked = ask_for_new_passkey(&house.vault, &site(), &bob).await.unwrap();
        let new = made(&eves, &asked, "Mine").await;
        assert!(matches!(add_passkey(&house.vault, &eve, new).await, Err(Error::Invalid(_))));
        assert_eq!(account(&house.vault, &eve).await.unwrap().factors.len(), 1);
    }
}

#[tokio::test]
async fn a_copy_of_a_passkey_is_refused_and_its_owner_hears_of_it() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        enter(&house, &device).await.unwrap();
        let copy = device.clone();
        enter(&house, &device).await.unwrap();
        copy.turn_counters_back(1);
        assert!(matches!(enter(&house, &copy).await, Err(Error::NotSignedIn)));
        let refused = house.events(&admin, EventKind::SecondFactorRefused).await;
        assert_eq!(refused[0].pointer("/detail/why").and_then(Value::as_str), Some("counter"));
        enter(&house, &device).await.unwrap();
    }
}

#[tokio::test]
async fn a_device_that_verifies_nobody_is_refused_everywhere() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, device, _) = somebody(&house, &admin, "Bob").await;
        let careless = device.without_verification();
        let unasked = async |asked: &Asked| {
            let mut options = asked.options.clone();
            options["userVerification"] = "discouraged".into();
            answered(asked, careless.sign(ORIGIN, &options).await.unwrap())
        };
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let entered = sign_in_with_passkey(&house.vault, unasked(&asked).await, &visitor(HERE)).await;
        assert!(matches!(entered, Err(Error::NotSignedIn)));
        let asked = ask_to_step_up(&house.vault, &site(), &bob).await.unwrap();
        let proof = Proof::Passkey(unasked(&asked).await);
        assert!(matches!(step_up(&house.vault, &bob, proof).await, Err(Error::Invalid(_))));
        let step = half(&house, "bob@example.org").await;
        let asked = asked_in(&house, &step).await;
        let said = Said::Passkey(unasked(&asked).await);
        assert!(matches!(say(&house, &step, said).await, Err(Error::Invalid(_))));
        let asked = ask_for_new_passkey(&house.vault, &site(), &bob).await.unwrap();
        let mut options = asked.options.clone();
        options["authenticatorSelection"]["userVerification"] = "discouraged".into();
        let answered =
            answered(&asked, Device::default().without_verification().register(ORIGIN, &options).await.unwrap());
        let new = NewPasskey { answered, name: "Careless".to_owned() };
        assert!(matches!(add_passkey(&house.vault, &bob, new).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn nobody_comes_in_who_is_switched_off_or_whose_passkey_was_taken_away() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, device, _) = somebody(&house, &admin, "Bob").await;
        let id = bob.user().unwrap();
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let before = signed(&device, &asked).await;
        let state = |state| UserChange { state: Some(state), ..UserChange::default() };
        let version = user(&house.vault, &admin, id).await.unwrap().version;
        change_user(&house.vault, &admin, id, version, &state(AccountState::Disabled)).await.unwrap();
        let sign_ins = house.events(&admin, EventKind::SignIn).await.len();
        let late = sign_in_with_passkey(&house.vault, before, &visitor(HERE)).await;
        assert!(matches!(late, Err(Error::NotSignedIn)), "asked before, and answered after");
        assert!(matches!(enter(&house, &device).await, Err(Error::NotSignedIn)));
        assert_eq!(house.events(&admin, EventKind::SignIn).await.len(), sign_ins, "not even for a moment");
        let version = user(&house.vault, &admin, id).await.unwrap().version;
        change_user(&house.vault, &admin, id, version, &state(AccountState::Active)).await.unwrap();
        let signed_in = enter(&house, &device).await.unwrap();
        let bob = house.caller(&signed_in.token).await.unwrap();
        let factor = account(&house.vault, &bob).await.unwrap().factors[0].id;
        remove_factor(&house.vault, &bob, factor).await.unwrap();
        assert!(matches!(enter(&house, &device).await, Err(Error::NotSignedIn)));
        let (bobs, _) = with_passkey(&house, &bob).await;
        reset_second_factor(&house.vault, &admin, id).await.unwrap();
        assert!(matches!(enter(&house, &bobs).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn a_passkey_leads_into_its_own_organisation_and_proves_nothing_in_another() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, boss) = house.other_admin().await;
        let (device, _) = with_passkey(&house, &boss).await;
        let signed_in = enter(&house, &device).await.unwrap();
        assert_eq!(signed_in.me.organisation.id, boss.organisation());
        let (own, _) = with_passkey(&house, &admin).await;
        let asked = ask_to_step_up(&house.vault, &site(), &admin).await.unwrap();
        let mut options = asked.options.clone();
        options["allowCredentials"] = serde_json::json!([]);
        let stranger = answered(&asked, device.sign(ORIGIN, &options).await.unwrap());
        assert!(matches!(step_up(&house.vault, &admin, Proof::Passkey(stranger)).await, Err(Error::Invalid(_))));
        assert_eq!(enter(&house, &own).await.unwrap().me.organisation.id, admin.organisation());
        // The same credential is nobody else's, wherever they are.
        let asked = ask_for_new_passkey(&house.vault, &site(), &boss).await.unwrap();
        let known = asked.options["excludeCredentials"].as_array().unwrap();
        assert_eq!(known.len(), 1, "and only one's own are told");
    }
}

#[tokio::test]
async fn five_passkeys_that_are_not_taken_end_a_sign_in() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        let (_, eves, _) = somebody(&house, &admin, "Eve").await;
        let step = half(&house, "bob@example.org").await;
        for tried in 1..=5 {
            let asked = asked_in(&house, &step).await;
            let mut options = asked.options.clone();
            options["allowCredentials"] = serde_json::json!([]);
            let said = Said::Passkey(answered(&asked, eves.sign(ORIGIN, &options).await.unwrap()));
            let refused = say(&house, &step, said).await.err();
            assert!(matches!((tried, refused), (5, Some(Error::NotSignedIn)) | (1..=4, Some(Error::Invalid(_)))));
        }
        assert!(ask_in_sign_in(&house.vault, &site(), &step.token, &visitor(HERE)).await.is_err());
        assert_eq!(house.events(&admin, EventKind::SecondFactorRefused).await.len(), 5);
        enter(&house, &device).await.unwrap();
    }
}

#[tokio::test]
async fn an_invitation_takes_a_passkey_of_its_own_question_and_no_other() {
    for house in houses().await {
        let admin = house.admin().await;
        let (ida, joe) = (invited(&house, &admin, "Ida").await, invited(&house, &admin, "Joe").await);
        let device = Device::default();
        let redeem = async |token: &str, passkey: NewPasskey, password: Option<String>| {
            let said = Redeem { passkey: Some(passkey), password, ..Redeem::default() };
            redeem_link(&house.vault, token, said, &visitor(HERE)).await
        };
        let of_joe = ask_by_link(&house.vault, &site(), &joe.link.token).await.unwrap();
        let stolen = made(&device, &of_joe, "Mine").await;
        assert!(matches!(redeem(&ida.link.token, stolen, None).await, Err(Error::Invalid(_))));
        let asked = ask_by_link(&house.vault, &site(), &ida.link.token).await.unwrap();
        let both = redeem(&ida.link.token, made(&device, &asked, "Mine").await, Some(PASSWORD.to_owned())).await;
        assert!(matches!(both, Err(Error::Invalid(_))), "one or the other");
        let nameless = redeem(&ida.link.token, made(&Device::default(), &asked, "").await, None).await;
        assert!(matches!(nameless, Err(Error::Invalid(_))));
        // The link can still be used, and once.
        let asked = ask_by_link(&house.vault, &site(), &ida.link.token).await.unwrap();
        let again = ask_by_link(&house.vault, &site(), &ida.link.token).await.unwrap();
        let first = made(&device, &asked, "Mine").await;
        redeem(&ida.link.token, first, None).await.unwrap().signed_in().unwrap();
        let second = made(&Device::default(), &again, "Mine").await;
        assert!(matches!(redeem(&ida.link.token, second, None).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn a_link_is_no_way_around_a_passkey() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, device, _) = somebody(&house, &admin, "Bob").await;
        let link = new_user_link(&house.vault, &admin, bob.user().unwrap()).await.unwrap();
        assert!(matches!(ask_by_link(&house.vault, &site(), &link.token).await, Err(Error::Conflict(_))));
        let said = Redeem { password: Some("another horse battery".to_owned()), ..Redeem::default() };
        let entered = redeem_link(&house.vault, &link.token, said, &visitor(HERE)).await.unwrap();
        let Entered::Next(step) = entered else { panic!("let in") };
        assert_eq!(step.step, Step::SecondFactor);
        let said = Said::Passkey(signed(&device, &asked_in(&house, &step).await).await);
        say(&house, &step, said).await.unwrap().signed_in().unwrap();
    }
}

#[tokio::test]
async fn refused_passkeys_are_counted_per_network_and_slowed_down() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, device, _) = somebody(&house, &admin, "Bob").await;
        let thief = visitor("203.0.113.5");
        let asked = ask_to_sign_in(&house.vault, &site()).await.unwrap();
        let nonsense = answered(&asked, serde_json::json!({"id": "x"}));
        let mut refused = 0;
        while matches!(sign_in_with_passkey(&house.vault, nonsense.clone(), &thief).await, Err(Error::NotSignedIn)) {
            refused += 1;
        }
        assert_eq!(refused, 60);
        enter(&house, &device).await.unwrap();
    }
}

#[tokio::test]
async fn a_passkey_lies_sealed_in_the_database() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _, _) = somebody(&house, &admin, "Bob").await;
        let store = house.store().await;
        let (organisation, id) = (bob.organisation(), bob.user().unwrap());
        let rows = soundkeep_store::identity::factors::of_user(&mut store.reader(), organisation, id).await.unwrap();
        assert!(soundkeep_crypto::passkeys::Passkey::from_bytes(&rows[0].sealed_secret).is_err());
        // Exchanged in the database, it isn't taken for another's.
        let (eve, device, _) = somebody(&house, &admin, "Eve").await;
        let eves =
            soundkeep_store::identity::factors::of_user(&mut store.reader(), organisation, eve.user().unwrap()).await;
        let eves = eves.unwrap().remove(0);
        let mut transaction = store.begin().await.unwrap();
        let exchanged = (rows[0].sealed_secret.as_slice(), eves.sealed_secret.as_slice());
        let now = house.vault.now();
        soundkeep_store::identity::passkeys::used(&mut transaction, organisation, rows[0].id, exchanged, now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        assert!(matches!(ask_to_step_up(&house.vault, &site(), &bob).await, Err(Error::Damaged)));
        enter(&house, &device).await.unwrap();
    }
}
