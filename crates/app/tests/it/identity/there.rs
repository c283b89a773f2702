//! What a provider says of the session there: signing out shows it again, and nothing here outlives it. And how far its
//! clock may differ.

use super::federation::{ADA, SLUG, ada, comes, comes_in, switched_on};
use super::house::{HERE, House, houses, visitor};
use super::openid::{ORIGIN, OpenId, sent};
use soundkeep_app::Error;
use soundkeep_app::domain::SessionId;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{ProviderState, Step};
use soundkeep_app::identity::federation::{
    come_back, sign_in_anew_through, sign_in_through, sign_out_there, test_finding, test_provider,
};
use soundkeep_app::identity::{
    Entered, ProviderWish, Said, SignedIn, change_provider, continue_sign_in, create_provider, declare_provider,
};
use soundkeep_store::identity::through;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

/// The token that is shown where somebody of this session signs out.
async fn shown(house: &House, signed_in: &SignedIn) -> Option<String> {
    let caller = house.caller(&signed_in.token).await.unwrap();
    let address = sign_out_there(&house.vault, &caller, ORIGIN).await.unwrap().unwrap();
    let address: soundkeep_outbound::Url = address.parse().unwrap();
    assert_eq!(address.path(), "/out");
    address.query_pairs().find(|(name, _)| name == "id_token_hint").map(|(_, value)| value.into_owned())
}

/// Sets up the app that a sign-in asks for.
async fn sets_up(house: &House, entered: Entered) -> SignedIn {
    let Entered::Next(next) = entered else { panic!("nothing is asked for") };
    assert_eq!(next.step, Step::Enrolment);
    let code = house.code(&next.enrolment.as_ref().unwrap().secret, 0);
    let say = async |said| continue_sign_in(&house.vault, &next.token, said, &visitor(HERE)).await.unwrap();
    say(Said::Code(code)).await;
    say(Said::Kept).await.signed_in().unwrap()
}

#[tokio::test]
async fn signing_out_there_shows_the_token_that_they_came_with_which_is_kept_sealed() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let at_once = comes_in(&house, &openid, &ada()).await;
        let token = openid.last_token();
        assert_eq!(shown(&house, &at_once).await, Some(token.clone()));
        let caller = house.caller(&at_once.token).await.unwrap();
        let (session, mut store) = (caller.session().parse::<SessionId>().unwrap(), house.store().await.reader());
        let kept = through::of_session(&mut store, caller.organisation(), session).await.unwrap().unwrap();
        let sealed = kept.sealed_token.unwrap();
        assert!(!sealed.windows(16).any(|part| token.as_bytes().windows(16).any(|clear| clear == part)));

        house.set(&admin, "second_factor", "always".into()).await;
        let entered = comes(&house, &openid, &ada()).await.unwrap();
        let token = openid.last_token();
        let later = sets_up(&house, entered).await;
        assert_eq!(shown(&house, &later).await, Some(token), "also after another step");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_as_much_as_the_organisation_says() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        switched_on(&house, &admin, &openid, openid.wish(SLUG, &["example.org"])).await;
        house.user(&admin, "Ada", &[]).await;
        let early = |seconds: i64| {
            let mut claims = ada();
            claims["iat"] = (house.vault.now().as_unix_micros() / 1_000_000 + seconds).into();
            claims
        };
        for (skew, lets_in) in [(60, 60), (0, 0), (300, 300)] {
            house.set(&admin, "clock_skew_seconds", skew.into()).await;
            comes_in(&house, &openid, &early(lets_in)).await;
            let refused = comes(&house, &openid, &early(lets_in + 1)).await;
            assert!(matches!(refused, Err(Error::AtProvider("times", _))), "{skew}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_cant_be_reached_isnt_asked_by_everybody_who_begins() {
    for house in houses().await {
        let admin = house.admin().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&asked);
        let serves = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counting.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            }
        });
        let openid = OpenId::start().await;
        let mut wish = openid.wish(SLUG, &["example.org"]);
        wish.state = ProviderState::On;
        if let Some(oidc) = &mut wish.provider.document.oidc {
            oidc.issuer = issuer;
        }
        declare_provider(&house.vault, admin.organisation(), wish.clone()).await.unwrap();
        let begins = async || sign_in_through(&house.vault, (SLUG, ORIGIN), "/", Some(ADA)).await;
        for _ in 0..5 {
            assert!(matches!(begins().await, Err(Error::AtProvider("unreachable", _))));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        house.clock.turn(10);
        assert!(begins().await.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 2, "after a while it is");
        // Another one is asked by itself, and what was changed at once.
        let other = ProviderWish { state: wish.state, ..openid.wish("other", &["example.net"]) };
        declare_provider(&house.vault, admin.organisation(), other).await.unwrap();
        assert!(sign_in_through(&house.vault, ("other", ORIGIN), "/", None).await.is_ok());
        let mended = ProviderWish { state: wish.state, ..openid.wish(SLUG, &["example.org"]) };
        declare_provider(&house.vault, admin.organisation(), mended).await.unwrap();
        assert!(begins().await.is_ok());
        serves.abort();
    }
}

#[tokio::test]
async fn a_test_tells_whether_people_can_prove_themselves_anew_there() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let made = create_provider(&house.vault, &admin, openid.wish(SLUG, &["example.org"])).await.unwrap();
        for (said, says_when) in [(None, false), (Some(1_790_000_000), true)] {
            let departure = test_provider(&house.vault, &admin, made.id, ORIGIN).await.unwrap();
            let mut claims = ada();
            claims["auth_time"] = said.into();
            house.clock.turn(1);
            let answer = openid.lets_in(&house, &departure, &claims);
            come_back(&house.vault, (SLUG, ORIGIN), Some(&departure.kept), &answer, &visitor(HERE)).await.unwrap();
            let found = test_finding(&house.vault, &admin, made.id).await.unwrap();
            assert_eq!((found.says_when, found.code.as_deref()), (says_when, Some("unknown")));
        }
    }
}

#[tokio::test]
async fn who_signed_in_there_too_long_ago_has_to_do_it_again() {
    for house in houses().await {
        let (admin, openid) = (house.admin().await, OpenId::start().await);
        let mut wish = openid.wish(SLUG, &["example.org"]);
        let made = switched_on(&house, &admin, &openid, wish.clone()).await;
        house.user(&admin, "Ada", &[]).await;
        let ago = |seconds: i64| {
            let mut claims = ada();
            claims["auth_time"] = (house.vault.now().as_unix_micros() / 1_000_000 - seconds).into();
            claims
        };
        let (hour, skew) = (3600, 60);
        comes_in(&house, &openid, &ada()).await;
        // Asked for how long ago it may be, a provider has to say when it was.
        let any = sent(&sign_in_through(&house.vault, (SLUG, ORIGIN), "/", None).await.unwrap()).pairs;
        assert_eq!((any.get("max_age").map(String::as_str), any.get("prompt")), (Some("31536000"), None));
        wish.provider.document.sign_in_hours_max = 8;
        let limited = ProviderWish { state: ProviderState::On, secret: None, ..wish.clone() };
        let limited = change_provider(&house.vault, &admin, made.id, made.version, limited).await.unwrap();
        comes_in(&house, &openid, &ago(8 * hour + skew)).await;
        for late in [ago(8 * hour + skew + 1), ada()] {
            assert!(matches!(comes(&house, &openid, &late).await, Err(Error::AtProvider("too_long_ago", _))));
        }
        let refused = house.events(&admin, EventKind::ProviderRefused).await;
        assert_eq!(refused.len(), 2);
        assert_eq!(refused[0]["detail"]["why"], "too_long_ago");

        // The provider is told how old it may be, and to ask anew whoever was sent back.
        let pairs = |departure| sent(&departure).pairs;
        let first = pairs(sign_in_through(&house.vault, (SLUG, ORIGIN), "/", None).await.unwrap());
        assert_eq!((first.get("max_age").map(String::as_str), first.get("prompt")), (Some("28800"), None));
        let again = pairs(sign_in_anew_through(&house.vault, (SLUG, ORIGIN), "/", None).await.unwrap());
        let of = |name: &str| again.get(name).map(String::as_str);
        assert_eq!((of("max_age"), of("prompt")), (Some("0"), Some("login")));

        // A test finds it as well.
        house.clock.turn(1);
        let departure = test_provider(&house.vault, &admin, made.id, ORIGIN).await.unwrap();
        let answer = openid.lets_in(&house, &departure, &ada());
        come_back(&house.vault, (SLUG, ORIGIN), Some(&departure.kept), &answer, &visitor(HERE)).await.unwrap();
        let found = test_finding(&house.vault, &admin, made.id).await.unwrap();
        assert_eq!((found.passed, found.code.as_deref()), (false, Some("too_long_ago")));
        wish.provider.document.sign_in_hours_max = 721;
        let unfit = ProviderWish { state: ProviderState::On, secret: None, ..wish };
        let unfit = change_provider(&house.vault, &admin, made.id, limited.version, unfit).await;
        assert!(matches!(unfit, Err(Error::Invalid(fields)) if fields[0].0 == "sign_in_hours_max"));
    }
}
