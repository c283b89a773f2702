//! Coming in through an identity provider: who somebody is here, what they hold, and who isn't let in.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use super::openid::{ORIGIN, OpenId, sent};
use serde_json::{Value, json};
use soundkeep_app::domain::access::{BuiltInRole, Limit, Permission, RoleKey};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{Gives, ProviderState, Step};
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::identity::federation::{
    Came, CodeAnswer, Departure, come_back, sign_in_through, signed_out_there, step_up_through, test_finding,
    test_provider, unlink_user, ways_in,
};
use soundkeep_app::identity::{
    self, Credentials, Entered, Invitation, ListOptions, ProviderView, ProviderWish, Said, SignedIn, UserChange,
    change_provider, continue_sign_in, create_provider, delete_provider, sign_in, users,
};
use soundkeep_app::settings::change;
use soundkeep_app::{Caller, Error};

pub(super) const SLUG: &str = "okta";
pub(super) const ADA: &str = "ada@example.org";

pub(super) fn ada() -> Value {
    json!({"sub": "00ada", "email": "Ada@example.org", "email_verified": true, "name": "Ada Lovelace"})
}

fn with(mut claims: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// Sets a provider up, tests it and switches it on.
pub(super) async fn switched_on(house: &House, admin: &Caller, openid: &OpenId, wish: ProviderWish) -> ProviderView {
    let made = create_provider(&house.vault, admin, wish.clone()).await.unwrap();
    let departure = test_provider(&house.vault, admin, made.id, ORIGIN).await.unwrap();
    let tester = json!({"sub": "00admin", "email": "admin@example.org", "email_verified": true});
    let answer = openid.lets_in(house, &departure, &tester);
    let slug = &wish.provider.slug;
    let came = back(house, slug, &departure, &answer).await.unwrap();
    assert!(matches!(came, Came::Tested(id) if id == made.id));
    let on = ProviderWish { state: ProviderState::On, secret: None, ..wish };
    change_provider(&house.vault, admin, made.id, made.version, on).await.unwrap()
}

async fn back(house: &House, slug: &str, departure: &Departure, answer: &CodeAnswer) -> Result<Came, Error> {
    come_back(&house.vault, (slug, ORIGIN), Some(&departure.kept), answer, &visitor(HERE)).await
}

async fn departs(house: &House) -> Departure {
    sign_in_through(&house.vault, (SLUG, ORIGIN), "/conversations", None).await.unwrap()
}

pub(super) async fn comes(house: &House, openid: &OpenId, claims: &Value) -> Result<Entered, Error> {
    let departure = departs(house).await;
    let answer = openid.lets_in(house, &departure, claims);
    match back(house, SLUG, &departure, &answer).await? {
        Came::In(entered, to) => {
            assert_eq!(to, "/conversations");
            Ok(*entered)
        }
        Came::Proven(..) | Came::Tested(_) => panic!("it was to sign in"),
    }
}

pub(super) async fn comes_in(house: &House, openid: &OpenId, claims: &Value) -> SignedIn {
    comes(house, openid, claims).await.unwrap().signed_in().unwrap()
}

pub(super) fn why(came: Result<impl Sized, Error>) -> &'static str {
    match came {
        Err(Error::AtProvider(code, _)) => code,
        Err(error) => panic!("{error}"),
        Ok(_) => "in",
    }
}

async fn names(house: &House, admin: &Caller) -> Vec<String> {
    let options = ListOptions { limit: 50, ..ListOptions::default() };
    let page = users(&house.vault, admin, &options).await.unwrap();
    page.items.into_iter().map(|user| user.email).collect()
}

async fn names_of(house: &House, admin: &Caller, search: &str) -> soundkeep_app::domain::UserId {
    let options = ListOptions { search: Some(search.to_owned()), limit: 5, ..ListOptions::default() };
    users(&house.vault, admin, &options).await.unwrap().items.remove(0).id
}

#[tokio::test]
async fn a_provider_lets_people_in_once_a_test_of_it_passed() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let wish = openid.wish(SLUG, &["example.org"]);
        let made = create_provider(&house.vault, &admin, wish.clone()).await.unwrap();
        assert!(made.state == ProviderState::Off && made.tested_at.is_none() && made.has_secret);
        let begun = sign_in_through(&house.vault, (SLUG, ORIGIN), "/", None).await;
        assert!(matches!(begun, Err(Error::NotFound)));
        assert!(ways_in(&house.vault, ADA).await.unwrap().is_empty());
        let on = ProviderWish { state: ProviderState::On, secret: None, ..wish.clone() };
        let untested = change_provider(&house.vault, &admin, made.id, made.version, on.clone()).await;
        assert!(matches!(untested, Err(Error::Conflict(_))));

        // A test that fails says why, with what the provider said, and switches nothing on.
        let departure = test_provider(&house.vault, &admin, made.id, ORIGIN).await.unwrap();
        let answer = openid.lets_in(&house, &departure, &with(ada(), json!({"email": "ada@elsewhere.org"})));
        back(&house, SLUG, &departure, &answer).await.unwrap();
        let found = test_finding(&house.vault, &admin, made.id).await.unwrap();
        assert_eq!((found.passed, found.code.as_deref()), (false, Some("domain")));
        assert_eq!(found.said["email"], "ada@elsewhere.org");
        let untested = change_provider(&house.vault, &admin, made.id, made.version, on).await;
        assert!(matches!(untested, Err(Error::Conflict(_))));

        let on = {
            delete_provider(&house.vault, &admin, made.id).await.unwrap();
            switched_on(&house, &admin, &openid, wish).await
        };
        let found = test_finding(&house.vault, &admin, on.id).await.unwrap();
        assert!(found.passed && found.email.as_deref() == Some("admin@example.org"));
        let way = ways_in(&house.vault, "anybody@example.org").await.unwrap();
        assert_eq!(way.iter().map(|way| way.slug.as_str()).collect::<Vec<_>>(), [SLUG]);
        // What a test found holds what was said of a person: it is gone after a while.
        house.clock.turn(15 * 60);
        assert!(matches!(test_finding(&house.vault, &admin, on.id).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn who_has_the_address_that_a_provider_vouches_for_comes_in_and_is_known_by_its_name_from_then_on() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        let (user, _) = house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let signed_in = comes_in(&house, &openid, &ada()).await;
        assert_eq!(signed_in.me.user.id, user.id.to_string());
        let linked = house.events(&admin, EventKind::IdentityLinked).await;
        assert_eq!(linked.len(), 1);
        // Their address there has changed since: they are still the same.
        let later = comes_in(&house, &openid, &with(ada(), json!({"email": "lovelace@other.org"}))).await;
        assert_eq!(later.me.user.id, user.id.to_string());
        assert_eq!(house.events(&admin, EventKind::IdentityLinked).await.len(), 1);
        // Who was invited and never chose a password comes in as well.
        let invitation =
            Invitation { email: "new@example.org".to_owned(), name: "New".to_owned(), assignments: Vec::new() };
        let invited = identity::invite(&house.vault, &admin, &invitation).await.unwrap();
        let new = json!({"sub": "00new", "email": "new@example.org", "email_verified": true});
        assert_eq!(comes_in(&house, &openid, &new).await.me.user.id, invited.user.id.to_string());
        assert!(identity::inspect_link(&house.vault, &invited.link.token).await.is_err());
    }
}

#[tokio::test]
async fn who_isnt_known_is_made_only_when_the_organisation_says_so_and_holds_what_their_groups_mean() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        let agent = Gives::Role(RoleKey::BuiltIn(BuiltInRole::Agent), Limit::None);
        let auditor = Gives::Role(RoleKey::BuiltIn(BuiltInRole::Analyst), Limit::None);
        wish.mappings = vec![("agents".to_owned(), agent), ("auditors".to_owned(), auditor)];
        let on = switched_on(&house, &admin, &openid, wish.clone()).await;
        assert_eq!(why(comes(&house, &openid, &ada()).await), "unknown");
        assert_eq!(names(&house, &admin).await, ["admin@example.org"]);
        wish.provider.document.creates_users = true;
        let change = ProviderWish { state: ProviderState::On, secret: None, ..wish.clone() };
        let on = change_provider(&house.vault, &admin, on.id, on.version, change).await.unwrap();
        assert!(on.tested_at.is_some(), "who is made has nothing to do with the test");

        let groups = |groups: &[&str]| with(ada(), json!({"groups": groups}));
        let roles = |signed_in: SignedIn| {
            let mut keys: Vec<String> = signed_in.me.roles.into_iter().map(|role| role.key.to_string()).collect();
            keys.sort();
            keys
        };
        assert_eq!(roles(comes_in(&house, &openid, &groups(&["agents", "Agents", "nobody"])).await), ["agent"]);
        // Groups that were left out take nothing and give nothing: nobody knows.
        let left_out = with(ada(), json!({"_claim_names": {"groups": "src1"}}));
        assert_eq!(why(comes(&house, &openid, &left_out).await), "groups");
        // A role given by hand stays; the provider's go with its groups.
        let options = ListOptions { search: Some("ada".to_owned()), limit: 5, ..ListOptions::default() };
        let user = users(&house.vault, &admin, &options).await.unwrap().items.remove(0);
        identity::assign(&house.vault, &admin, user.id, &super::house::role(BuiltInRole::Supervisor)).await.unwrap();
        assert_eq!(roles(comes_in(&house, &openid, &groups(&["auditors"])).await), ["analyst", "supervisor"]);
        assert_eq!(roles(comes_in(&house, &openid, &ada()).await), ["supervisor"]);
        // What isn't mapped any more is taken at once, from everybody.
        assert_eq!(roles(comes_in(&house, &openid, &groups(&["agents"])).await), ["agent", "supervisor"]);
        let without = ProviderWish { mappings: Vec::new(), state: ProviderState::On, secret: None, ..wish };
        change_provider(&house.vault, &admin, on.id, on.version, without).await.unwrap();
        let user = identity::user(&house.vault, &admin, user.id).await.unwrap();
        assert_eq!(user.assignments.len(), 1);
    }
}

#[tokio::test]
async fn the_last_who_manages_users_keeps_that_whatever_a_provider_says() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        let gives = Gives::Role(RoleKey::BuiltIn(BuiltInRole::Admin), Limit::None);
        wish.mappings = vec![("bosses".to_owned(), gives)];
        switched_on(&house, &admin, &openid, wish).await;
        house.clock.turn(1);
        let boss = json!({"sub": "00admin", "email": "admin@example.org", "email_verified": true});
        let signed_in = comes_in(&house, &openid, &with(boss.clone(), json!({"groups": ["bosses"]}))).await;
        let caller = house.caller(&signed_in.token).await.unwrap();
        let me = identity::user(&house.vault, &caller, caller.user().unwrap()).await.unwrap();
        let by_hand = me.assignments.first().unwrap().id;
        identity::unassign(&house.vault, &caller, me.id, by_hand).await.unwrap();
        assert_eq!(why(comes(&house, &openid, &boss).await), "rules");
        let told = house.events(&admin, EventKind::ProviderRefused).await;
        assert!(told.len() == 1 && format!("{:?}", told[0]).contains("rules"), "administrators find out why");
        assert!(comes(&house, &openid, &with(boss, json!({"groups": ["bosses"]}))).await.is_ok());
    }
}

#[tokio::test]
async fn nobody_comes_in_whom_the_provider_may_not_vouch_for() {
    for house in houses().await {
        let (admin, openid, rogue) = (house.admin().await, OpenId::start().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        wish.provider.document.creates_users = true;
        switched_on(&house, &admin, &openid, wish).await;
        for (claims, wanted) in [
            (json!({"email_verified": false}), "address"),
            (json!({"email_verified": null}), "address"),
            (json!({"email": null}), "address"),
            (json!({"email": "no address"}), "address"),
            (json!({"email": "ada@elsewhere.org"}), "domain"),
            (json!({"email": "ada@sub.example.org"}), "domain"),
            (json!({"email": "ada@example.org.elsewhere.org"}), "domain"),
        ] {
            assert_eq!(why(comes(&house, &openid, &with(ada(), claims.clone())).await), wanted, "{claims}");
        }
        let refused = house.events(&admin, EventKind::ProviderRefused).await;
        assert_eq!(refused.len(), 7);
        let (user, _) = house.user(&admin, "Ada", &[]).await;
        comes_in(&house, &openid, &ada()).await;

        // Another provider can't take the account, be it of another domain or of this one.
        let mut other = rogue.wish("rogue", &["rogue.org"]);
        other.provider.document.vouches_for_email = true;
        let made = create_provider(&house.vault, &admin, other.clone()).await.unwrap();
        let taken = ProviderWish {
            provider: {
                let mut it = other.provider.clone();
                it.domains = vec!["example.org".to_owned()];
                it
            },
            ..other.clone()
        };
        let moved = change_provider(&house.vault, &admin, made.id, made.version, taken).await;
        assert!(matches!(moved, Err(Error::Conflict(_))), "a domain has one provider");
        delete_provider(&house.vault, &admin, made.id).await.unwrap();
        // The same address under another name at the same provider is somebody else.
        assert_eq!(why(comes(&house, &openid, &with(ada(), json!({"sub": "00eve"}))).await), "elsewhere");
        unlink_user(&house.vault, &admin, user.id).await.unwrap();
        assert_eq!(why(comes(&house, &openid, &with(ada(), json!({"sub": "00eve"}))).await), "in");

        let off =
            UserChange { state: Some(soundkeep_app::domain::access::AccountState::Disabled), ..UserChange::default() };
        let version = identity::user(&house.vault, &admin, user.id).await.unwrap().version;
        identity::change_user(&house.vault, &admin, user.id, version, &off).await.unwrap();
        assert_eq!(why(comes(&house, &openid, &with(ada(), json!({"sub": "00eve"}))).await), "switched_off");
    }
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_asked_and_from_the_provider_that_was_asked() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let (first, second) = (departs(&house).await, departs(&house).await);
        let place = (SLUG, ORIGIN);
        let here = visitor(HERE);
        // Another browser, or none.
        let answer = openid.lets_in(&house, &first, &ada());
        for kept in [None, Some(""), Some("nonsense"), Some(second.kept.as_str())] {
            assert_eq!(why(come_back(&house.vault, place, kept, &answer, &here).await), "lost", "{kept:?}");
        }
        let mut torn = first.kept.clone();
        torn.replace_range(40..41, if &torn[40..41] == "A" { "B" } else { "A" });
        assert_eq!(why(come_back(&house.vault, place, Some(&torn), &answer, &here).await), "lost");
        let stateless = CodeAnswer { state: None, ..answer.clone() };
        assert_eq!(why(back(&house, SLUG, &first, &stateless).await), "lost");
        // Another provider answers (RFC 9207).
        for issuer in [Some("https://evil.example".to_owned()), None] {
            let answer = CodeAnswer { issuer, ..answer.clone() };
            assert_eq!(why(back(&house, SLUG, &first, &answer).await), "issuer");
        }
        // A token of another sign-in.
        let mixed = openid.lets_in(&house, &second, &with(ada(), json!({"nonce": "another"})));
        assert_eq!(why(back(&house, SLUG, &second, &mixed).await), "nonce");
        // The good one works, once: neither a second time nor with another code.
        assert!(back(&house, SLUG, &first, &answer).await.is_ok());
        assert_eq!(why(back(&house, SLUG, &first, &answer).await), "token_answer");
        let again = openid.lets_in(&house, &first, &ada());
        assert_eq!(why(back(&house, SLUG, &first, &again).await), "again");
        // They said no, or it took too long.
        let declined = departs(&house).await;
        let no = CodeAnswer {
            state: Some(sent(&declined).state),
            issuer: Some(openid.issuer().to_owned()),
            error: Some("access_denied".to_owned()),
            ..CodeAnswer::default()
        };
        assert_eq!(why(back(&house, SLUG, &declined, &no).await), "declined");
        let late = departs(&house).await;
        let answer = openid.lets_in(&house, &late, &ada());
        house.clock.turn(10 * 60);
        assert_eq!(why(back(&house, SLUG, &late, &answer).await), "lost");
    }
}

#[tokio::test]
async fn a_key_that_a_provider_changed_is_asked_for_and_not_for_every_token_that_names_another() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        house.clock.turn(61);
        openid.rotate("two");
        comes_in(&house, &openid, &ada()).await;
        let asked = openid.asked_for_keys();
        openid.rotate("three");
        assert_eq!(why(comes(&house, &openid, &ada()).await), "unknown_key");
        assert_eq!(openid.asked_for_keys(), asked);
        house.clock.turn(61);
        comes_in(&house, &openid, &ada()).await;
    }
}

#[tokio::test]
async fn signing_out_at_the_provider_ends_the_session_here() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let one = comes_in(&house, &openid, &with(ada(), json!({"sid": "a"}))).await;
        let two = comes_in(&house, &openid, &with(ada(), json!({"sid": "b"}))).await;
        let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        let told = openid.token(&house, &json!({"events": event, "jti": "1", "sid": "a"}));
        signed_out_there(&house.vault, SLUG, &told, &visitor(HERE)).await.unwrap();
        assert!(house.caller(&one.token).await.is_err() && house.caller(&two.token).await.is_ok());
        let ended = house.events(&admin, EventKind::ProviderSignOut).await;
        assert_eq!(ended.len(), 1);
        let told = openid.token(&house, &json!({"events": event, "jti": "2", "sub": "00ada"}));
        signed_out_there(&house.vault, SLUG, &told, &visitor(HERE)).await.unwrap();
        assert!(house.caller(&two.token).await.is_err());
        // The same message once more ends nothing that began since, and no other token is such a message.
        let three = comes_in(&house, &openid, &ada()).await;
        assert_eq!(why(signed_out_there(&house.vault, SLUG, &told, &visitor(HERE)).await), "again");
        let claims = json!({"events": event, "jti": "4", "sub": "00ada"});
        let other = openid.typed("at+jwt", &house, &claims);
        assert_eq!(why(signed_out_there(&house.vault, SLUG, &other, &visitor(HERE)).await), "token_type");
        assert!(house.caller(&three.token).await.is_ok());
        let typed = openid.typed("logout+jwt", &house, &claims);
        signed_out_there(&house.vault, SLUG, &typed, &visitor(HERE)).await.unwrap();
        assert!(house.caller(&three.token).await.is_err());
        let forged = OpenId::start().await.token(&house, &json!({"events": event, "jti": "3", "sub": "00ada"}));
        assert_eq!(why(signed_out_there(&house.vault, SLUG, &forged, &visitor(HERE)).await), "signature");
    }
}

#[tokio::test]
async fn proving_oneself_at_the_provider_wants_the_same_person_and_a_fresh_proof() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        house.user(&admin, "Eve", &[]).await;
        let signed_in = comes_in(&house, &openid, &ada()).await;
        comes_in(&house, &openid, &json!({"sub": "00eve", "email": "eve@example.org", "email_verified": true})).await;
        let caller = house.caller(&signed_in.token).await.unwrap();
        house.clock.turn(10 * 60);
        let now = house.vault.now().as_unix_micros() / 1_000_000;
        let prove = async |claims: Value| {
            let departure = step_up_through(&house.vault, &caller, ORIGIN, "/account").await.unwrap();
            assert_eq!(sent(&departure).pairs.get("prompt").map(String::as_str), Some("login"));
            let answer = openid.lets_in(&house, &departure, &claims);
            back(&house, SLUG, &departure, &answer).await
        };
        assert_eq!(why(prove(ada()).await), "not_anew");
        assert_eq!(why(prove(with(ada(), json!({"auth_time": now - 90}))).await), "not_anew");
        let eve = json!({"sub": "00eve", "email": "eve@example.org", "email_verified": true, "auth_time": now});
        assert_eq!(why(prove(eve).await), "somebody_else");
        let Ok(Came::Proven(_, renewed, to)) = prove(with(ada(), json!({"auth_time": now}))).await else {
            panic!("a fresh proof counts")
        };
        assert_eq!(to, "/account");
        let proven = house.caller(&renewed.token).await.unwrap();
        assert_eq!(proven.proven_at(), Some(house.vault.now()));
        // Whoever came with a password has no provider to go to.
        assert!(matches!(step_up_through(&house.vault, &admin, ORIGIN, "/").await, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn a_provider_that_lets_somebody_in_unasked_proves_nothing_of_now() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let now = house.vault.now();
        let seconds = now.as_unix_micros() / 1_000_000;
        for (told, proven_at) in
            [(json!(seconds - 7_200), now.plus_seconds(-7_200)), (json!(seconds + 50), now), (Value::Null, now)]
        {
            let signed_in = comes_in(&house, &openid, &with(ada(), json!({"auth_time": told}))).await;
            assert_eq!(house.caller(&signed_in.token).await.unwrap().proven_at(), Some(proven_at), "{told}");
        }
    }
}

#[tokio::test]
async fn whoever_makes_answers_up_is_stopped_and_nobody_in_another_network() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let departure = departs(&house).await;
        let made_up = CodeAnswer {
            state: Some(sent(&departure).state),
            issuer: Some(openid.issuer().to_owned()),
            code: Some("made up".to_owned()),
            ..CodeAnswer::default()
        };
        let mut stopped = 0;
        for _ in 0..80 {
            match back(&house, SLUG, &departure, &made_up).await {
                Err(Error::TooMany(seconds)) => stopped += u32::from(seconds > 0),
                other => assert_eq!(why(other), "token_answer"),
            }
        }
        assert_eq!(stopped, 20);
        assert_eq!(house.events(&admin, EventKind::ProviderRefused).await.len(), 60);
        let answer = openid.lets_in(&house, &departure, &ada());
        assert!(matches!(back(&house, SLUG, &departure, &answer).await, Err(Error::TooMany(_))));
        let elsewhere = visitor("198.51.100.77");
        assert!(come_back(&house.vault, (SLUG, ORIGIN), Some(&departure.kept), &answer, &elsewhere).await.is_ok());
    }
}

#[tokio::test]
async fn the_names_of_an_issuer_never_become_those_of_another() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let wish = openid.wish(SLUG, &["example.org"]);
        let on = switched_on(&house, &admin, &openid, wish.clone()).await;
        house.user(&admin, "Ada", &[]).await;
        comes_in(&house, &openid, &ada()).await;
        let other = OpenId::start().await;
        let moved = ProviderWish { state: ProviderState::Off, secret: None, ..other.wish(SLUG, &["example.org"]) };
        let refused = change_provider(&house.vault, &admin, on.id, on.version, moved.clone()).await;
        assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].0 == "issuer"));
        let user = names_of(&house, &admin, "ada").await;
        unlink_user(&house.vault, &admin, user).await.unwrap();
        change_provider(&house.vault, &admin, on.id, on.version, moved).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_factor_of_the_provider_counts_only_when_the_organisation_says_so() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        let on = switched_on(&house, &admin, &openid, wish.clone()).await;
        house.user(&admin, "Ada", &[]).await;
        house.set(&admin, "second_factor", "always".into()).await;
        let strong = with(ada(), json!({"amr": ["pwd", "mfa"]}));
        let Ok(Entered::Next(next)) = comes(&house, &openid, &strong).await else { panic!("let in at once") };
        assert_eq!(next.step, Step::Enrolment);
        // The browser that came back asks what comes next.
        let again = continue_sign_in(&house.vault, &next.token, Said::Nothing, &visitor(HERE)).await.unwrap();
        assert!(matches!(again, Entered::Next(next) if next.step == Step::Enrolment && next.enrolment.is_some()));
        wish.provider.document.second_factor_counts = true;
        let counts = ProviderWish { state: ProviderState::On, secret: None, ..wish };
        change_provider(&house.vault, &admin, on.id, on.version, counts).await.unwrap();
        comes_in(&house, &openid, &strong).await;
        assert!(matches!(comes(&house, &openid, &ada()).await, Ok(Entered::Next(_))));
    }
}

#[tokio::test]
async fn where_people_sign_in_through_providers_alone_a_password_and_a_recovery_code_are_the_way_back() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let only = Wish { key: "sso_only".to_owned(), channel: None, value: Some(true.into()) };
        let switch = async || change(&house.vault, &admin, None, std::slice::from_ref(&only)).await;
        let refused = |done: Result<_, Error>| matches!(done, Err(Error::Invalid(fields)) if fields[0].0 == "organisation.sso_only");
        assert!(refused(switch().await.map(|_| ())), "no provider was tested");
        let on = switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        assert!(refused(switch().await.map(|_| ())), "no way back");
        let codes = identity::renew_recovery_codes(&house.vault, &admin).await.unwrap();
        house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        switch().await.unwrap();

        assert!(matches!(house.sign_in(ADA, PASSWORD, HERE).await, Err(Error::Conflict(_))));
        comes_in(&house, &openid, &ada()).await;
        let off = ProviderWish { secret: None, ..openid.wish(SLUG, &["example.org"]) };
        let last = change_provider(&house.vault, &admin, on.id, on.version, off).await;
        assert!(matches!(last, Err(Error::Conflict(_))));
        assert!(matches!(delete_provider(&house.vault, &admin, on.id).await, Err(Error::Conflict(_))));

        let email = "admin@example.org".to_owned();
        let credentials = Credentials { email, password: PASSWORD.to_owned(), organisation: None };
        let Ok(Entered::Next(next)) = sign_in(&house.vault, credentials, &visitor(HERE)).await else { panic!() };
        assert_eq!(next.step, Step::WayBack);
        let say = async |said| continue_sign_in(&house.vault, &next.token, said, &visitor(HERE)).await;
        assert!(matches!(say(Said::Code("123456".to_owned())).await, Err(Error::Conflict(_))));
        assert!(say(Said::RecoveryCode("nonsense".to_owned())).await.is_err());
        let signed_in = say(Said::RecoveryCode(codes[0].clone())).await.unwrap().signed_in().unwrap();
        assert!(signed_in.me.permissions.iter().any(|(one, _)| *one == Permission::SecuritySettingsManage));
        // And the operator's.
        let organisation = admin.organisation();
        assert!(identity::recover_passwords(&house.vault, organisation).await.unwrap());
        assert!(!identity::recover_passwords(&house.vault, organisation).await.unwrap());
        house.sign_in(ADA, PASSWORD, HERE).await.unwrap();
    }
}

#[tokio::test]
async fn a_provider_that_cant_be_reached_is_said_to_be() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        if let Some(oidc) = &mut wish.provider.document.oidc {
            oidc.issuer = "http://127.0.0.1:1".to_owned();
        }
        let made = create_provider(&house.vault, &admin, wish).await.unwrap();
        assert_eq!(why(test_provider(&house.vault, &admin, made.id, ORIGIN).await), "unreachable");
        for bad in ["", "Okta", "a/b"] {
            let unfit = create_provider(&house.vault, &admin, openid.wish(bad, &["example.org"])).await;
            assert!(matches!(unfit, Err(Error::Invalid(_))), "{bad}");
        }
        let taken = create_provider(&house.vault, &admin, openid.wish(SLUG, &["other.org"])).await;
        assert!(matches!(taken, Err(Error::Conflict(_))));
        let (_, other) = house.other_admin().await;
        assert!(matches!(identity::provider(&house.vault, &other, made.id).await, Err(Error::NotFound)));
        let (_, agent) = house.user(&admin, "Ada", &[BuiltInRole::Agent]).await;
        let agent = house.caller(&agent.token).await.unwrap();
        assert!(matches!(identity::providers(&house.vault, &agent).await, Err(Error::Denied(_))));
    }
}

#[tokio::test]
async fn what_the_operators_file_says_is_set_up_and_only_once() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let wish = ProviderWish { state: ProviderState::On, ..openid.wish(SLUG, &["example.org"]) };
        let organisation = admin.organisation();
        assert!(identity::declare_provider(&house.vault, organisation, wish.clone()).await.unwrap());
        assert!(!identity::declare_provider(&house.vault, organisation, wish.clone()).await.unwrap());
        house.user(&admin, "Ada", &[]).await;
        comes_in(&house, &openid, &ada()).await;
        let off = ProviderWish { state: ProviderState::Off, ..wish };
        assert!(identity::declare_provider(&house.vault, organisation, off).await.unwrap());
        assert!(sign_in_through(&house.vault, (SLUG, ORIGIN), "/", None).await.is_err());
        assert_eq!(house.events(&admin, EventKind::ProviderChange).await.len(), 2);
    }
}
