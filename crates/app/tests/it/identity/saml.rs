//! Signing in and out through a SAML provider.

use super::house::{HERE, House, houses, visitor};
use soundkeep_app::domain::ProviderId;
use soundkeep_app::domain::access::BuiltInRole;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{Claims, Guide, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_app::identity::federation::{
    self, Came, Departure, GivenMetadata, LogoutMessage, SamlAnswer, SignedOut, come_back_with_form, renew_saml_key,
    saml_metadata, saml_of_metadata, sign_in_anew_through, sign_in_through, sign_out_by_saml, sign_out_there,
    step_up_through, test_finding, test_provider,
};
use soundkeep_app::identity::{
    Entered, NextStep, ProviderView, ProviderWish, Said as Step, change_provider, continue_sign_in, create_provider,
    provider, tend,
};
use soundkeep_app::{Caller, Error};
use soundkeep_testkit::saml::{Idp, Said};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const ORIGIN: &str = "https://vault.test";
const PLACE: (&str, &str) = ("idp", ORIGIN);
const ACS: &str = "https://vault.test/saml/idp/acs";
const SLO: &str = "https://vault.test/saml/idp/slo";

fn wish(idp: &Idp, change: impl Fn(&mut ProviderDocument)) -> ProviderWish {
    let mut document = ProviderDocument {
        saml: Some(saml_of_metadata(&idp.metadata(), None).unwrap()),
        claims: Claims::default(),
        ..ProviderDocument::default()
    };
    change(&mut document);
    ProviderWish {
        provider: Provider {
            slug: "idp".to_owned(),
            name: "Our IdP".to_owned(),
            guide: Guide::Other,
            protocol: Protocol::Saml,
            domains: vec!["example.org".to_owned()],
            document,
        },
        secret: None,
        state: ProviderState::On,
        mappings: Vec::new(),
    }
}

/// A provider through which people come in, after its test passed.
async fn set_up(house: &House, admin: &Caller, idp: &Idp, change: impl Fn(&mut ProviderDocument)) -> ProviderView {
    let wish = wish(idp, change);
    let made = create_provider(&house.vault, admin, wish.clone()).await.unwrap();
    let departure = test_provider(&house.vault, admin, made.id, ORIGIN).await.unwrap();
    let answer = idp.answer(&departure.address, &Said::of("admin@example.org"), house.vault.now());
    assert!(matches!(back(house, &departure, answer).await, Ok(Came::Tested(_))));
    let finding = test_finding(&house.vault, admin, made.id).await.unwrap();
    assert!(finding.passed, "{finding:?}");
    assert!(finding.said["Response"].as_str().unwrap().contains("<saml:Assertion"));
    change_provider(&house.vault, admin, made.id, made.version, wish).await.unwrap()
}

async fn back(house: &House, departure: &Departure, answer: SamlAnswer) -> Result<Came, Error> {
    come_back_with_form(&house.vault, PLACE, Some(&departure.kept), answer, &visitor(HERE)).await
}

/// Goes there and back as somebody.
async fn come_in(house: &House, idp: &Idp, said: &Said<'_>) -> Result<String, Error> {
    let departure = sign_in_through(&house.vault, PLACE, "/conversations", None).await?;
    token(back(house, &departure, idp.answer(&departure.address, said, house.vault.now())).await?)
}

fn token(came: Came) -> Result<String, Error> {
    match came {
        Came::In(entered, _) => match *entered {
            Entered::In(signed_in) => Ok(signed_in.token.clone()),
            Entered::Next(_) => panic!("something is still to be done"),
        },
        _ => panic!("they came in otherwise"),
    }
}

fn code(refused: Result<impl Sized, Error>) -> &'static str {
    match refused.err() {
        Some(Error::AtProvider(code, _)) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn somebody_comes_in_by_the_name_that_the_provider_signed() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[BuiltInRole::Agent]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        let token = come_in(&house, &idp, &Said::of("ida@example.org")).await.unwrap();
        let ida = house.caller(&token).await.unwrap();
        assert_eq!(
            soundkeep_app::identity::me(&house.vault, &ida).await.unwrap().user.email.unwrap(),
            "ida@example.org"
        );
        // The second time by the link that was made.
        come_in(&house, &idp, &Said::of("ida@example.org")).await.unwrap();
        assert_eq!(code(come_in(&house, &idp, &Said::of("nobody@example.org")).await), "unknown");
        assert_eq!(code(come_in(&house, &idp, &Said::of("ida@example.net")).await), "domain");
    }
}

#[tokio::test]
async fn an_attribute_counts_as_address_only_where_the_provider_vouches_for_it() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        let view = set_up(&house, &admin, &idp, |_| ()).await;
        let lasting = Said {
            format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            attributes: &[("email", "ida@example.org"), ("name", "Ida B.")],
            ..Said::of("u-17")
        };
        assert_eq!(code(come_in(&house, &idp, &lasting).await), "address");
        let typed = Said { attributes: &[("email", "admin@example.org")], ..Said::of("ida@example.net") };
        assert_eq!(code(come_in(&house, &idp, &typed).await), "domain", "the name counts, not what stands in a form");
        let vouching = wish(&idp, |document| document.vouches_for_email = true);
        change_provider(&house.vault, &admin, view.id, view.version, vouching).await.unwrap();
        come_in(&house, &idp, &lasting).await.unwrap();
        let passing = Said { format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", ..lasting };
        assert_eq!(code(come_in(&house, &idp, &passing).await), "transient");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_in_the_browser_that_asked() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        let mine = sign_in_through(&house.vault, PLACE, "/", None).await.unwrap();
        let theirs = sign_in_through(&house.vault, PLACE, "/", None).await.unwrap();
        let answer = idp.answer(&mine.address, &Said::of("ida@example.org"), house.vault.now());
        assert_eq!(code(back(&house, &theirs, answer.clone()).await), "lost");
        // Also without the RelayState: the response names the request.
        let bare = SamlAnswer { relay_state: None, ..answer.clone() };
        assert_eq!(code(back(&house, &theirs, bare.clone()).await), "wrong_request");
        token(back(&house, &mine, bare).await.unwrap()).unwrap();
        assert_eq!(code(back(&house, &mine, answer.clone()).await), "again");
        // The same assertion for a request that was made anew is refused before.
        house.clock.turn(601);
        assert_eq!(code(back(&house, &mine, answer).await), "lost");
    }
}

#[tokio::test]
async fn nobody_comes_unasked_unless_the_provider_may_send_them_and_each_assertion_counts_once() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        let view = set_up(&house, &admin, &idp, |_| ()).await;
        let unasked = |relay_state: &str| SamlAnswer {
            response: idp.response(&Said::of("ida@example.org"), None, ACS, house.vault.now()),
            relay_state: Some(relay_state.to_owned()),
        };
        let come = async |answer| come_back_with_form(&house.vault, PLACE, None, answer, &visitor(HERE)).await;
        assert_eq!(code(come(unasked("/")).await), "lost");
        let taking = wish(&idp, |document| document.saml.as_mut().unwrap().takes_unasked = true);
        change_provider(&house.vault, &admin, view.id, view.version, taking).await.unwrap();
        let answer = unasked("https://evil.test/");
        match come(answer.clone()).await.unwrap() {
            Came::In(_, to) => assert_eq!(to, "/", "only our own paths"),
            _ => panic!("they came in otherwise"),
        }
        assert_eq!(code(come(answer).await), "again");
        match come(unasked("/conversations")).await.unwrap() {
            Came::In(_, to) => assert_eq!(to, "/conversations"),
            _ => panic!("they came in otherwise"),
        }
    }
}

#[tokio::test]
async fn a_provider_ends_the_sessions_that_came_in_through_it() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        let said = |session| Said { session, ..Said::of("ida@example.org") };
        let one = come_in(&house, &idp, &said("_one")).await.unwrap();
        let two = come_in(&house, &idp, &said("_two")).await.unwrap();
        let out = async |message| sign_out_by_saml(&house.vault, PLACE, message, &visitor(HERE)).await;
        let stranger = Idp::new(house.vault.now());
        let forged = stranger.logout(&said("_one"), Some("_one"), SLO, house.vault.now());
        assert!(matches!(code(out(LogoutMessage::Post(forged)).await), "unknown_certificate" | "bad_signature"));
        house.caller(&one).await.unwrap();

        let request = idp.logout(&said("_one"), Some("_one"), SLO, house.vault.now());
        let answer = out(LogoutMessage::Post(request.clone())).await.unwrap();
        let SignedOut::Answer(address) = answer else { panic!("the provider is answered") };
        assert!(address.starts_with("https://idp.test/slo?SAMLResponse="), "{address}");
        assert_eq!(Idp::fields(&address)["RelayState"], "theirs");
        assert!(Idp::message(&address, "SAMLResponse").contains("status:Success"));
        assert!(matches!(house.caller(&one).await, Err(Error::NotSignedIn)));
        house.caller(&two).await.unwrap();
        assert_eq!(code(out(LogoutMessage::Post(request)).await), "wrong_request");
        // No session named: all of them.
        out(LogoutMessage::Post(idp.logout(&said(""), None, SLO, house.vault.now()))).await.unwrap();
        assert!(matches!(house.caller(&two).await, Err(Error::NotSignedIn)));
        assert_eq!(house.events(&admin, EventKind::ProviderSignOut).await.len(), 2);
    }
}

#[tokio::test]
async fn nothing_outlives_the_session_at_the_provider() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        let said = |seconds| Said { session_seconds: Some(seconds), ..Said::of("ida@example.org") };
        // Clocks may differ by a minute.
        let short = come_in(&house, &idp, &said(120)).await.unwrap();
        let long = come_in(&house, &idp, &said(30 * 24 * 3600)).await.unwrap();
        assert_eq!(code(come_in(&house, &idp, &said(-60)).await), "expired");
        let ends = async |token: &str| {
            let caller = house.caller(token).await.unwrap();
            soundkeep_app::identity::me(&house.vault, &caller).await.unwrap().session_expires_at.unwrap()
        };
        assert_eq!(ends(&short).await, house.vault.now().plus_seconds(180));
        assert_eq!(ends(&long).await, house.vault.now().plus_seconds(12 * 3600));
        house.clock.turn(179);
        assert!(house.caller(&short).await.is_ok());
        house.clock.turn(1);
        assert!(house.caller(&short).await.is_err() && house.caller(&long).await.is_ok());

        // Also what is still to be done on the way in.
        let admin = house.back().await;
        house.set(&admin, "second_factor", "always".into()).await;
        let begins = async || {
            let departure = sign_in_through(&house.vault, PLACE, "/", None).await.unwrap();
            let answer = idp.answer(&departure.address, &said(120), house.vault.now());
            let Came::In(entered, _) = back(&house, &departure, answer).await.unwrap() else { panic!() };
            let Entered::Next(next) = *entered else { panic!("let in at once") };
            next
        };
        let say = async |next: &NextStep, said| continue_sign_in(&house.vault, &next.token, said, &visitor(HERE)).await;
        let late = begins().await;
        assert_eq!(late.expires_at, house.vault.now().plus_seconds(180));
        house.clock.turn(180);
        assert!(matches!(say(&late, Step::Nothing).await, Err(Error::NotSignedIn)));
        let next = begins().await;
        let ends_at = house.vault.now().plus_seconds(180);
        house.clock.turn(60);
        let shown = house.code(&next.enrolment.as_ref().unwrap().secret, 0);
        say(&next, Step::Code(shown)).await.unwrap();
        let signed_in = say(&next, Step::Kept).await.unwrap().signed_in().unwrap();
        assert_eq!(signed_in.expires_at, ends_at);
    }
}

#[tokio::test]
async fn whoever_signs_out_here_is_sent_to_sign_out_there() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        let token = come_in(&house, &idp, &Said::of("ida@example.org")).await.unwrap();
        let ida = house.caller(&token).await.unwrap();
        let address = sign_out_there(&house.vault, &ida, ORIGIN).await.unwrap().unwrap();
        let request = Idp::message(&address, "SAMLRequest");
        for part in ["<samlp:SessionIndex>_session<", ">ida@example.org<", "nameid-format:emailAddress"] {
            assert!(request.contains(part), "{part} in {request}");
        }
        assert_eq!(sign_out_there(&house.vault, &admin, ORIGIN).await.unwrap(), None);
    }
}

#[tokio::test]
async fn somebody_proves_anew_who_they_are_at_their_provider() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Ida", &[]).await;
        house.user(&admin, "Uma", &[]).await;
        let idp = Idp::new(house.vault.now());
        set_up(&house, &admin, &idp, |_| ()).await;
        come_in(&house, &idp, &Said::of("uma@example.org")).await.unwrap();
        let token = come_in(&house, &idp, &Said::of("ida@example.org")).await.unwrap();
        let ida = house.caller(&token).await.unwrap();
        let departure = step_up_through(&house.vault, &ida, ORIGIN, "/account").await.unwrap();
        let forces =
            |departure: &Departure| Idp::message(&departure.address, "SAMLRequest").contains("ForceAuthn=\"true\"");
        assert!(forces(&departure));
        assert!(!forces(&sign_in_through(&house.vault, PLACE, "/", None).await.unwrap()));
        assert!(forces(&sign_in_anew_through(&house.vault, PLACE, "/", None).await.unwrap()), "who was too long ago");
        let answer = |name| idp.answer(&departure.address, &Said::of(name), house.vault.now());
        assert_eq!(code(back(&house, &departure, answer("uma@example.org")).await), "somebody_else");
        let departure = step_up_through(&house.vault, &ida, ORIGIN, "/account").await.unwrap();
        let answer = idp.answer(&departure.address, &Said::of("ida@example.org"), house.vault.now());
        assert!(matches!(back(&house, &departure, answer).await, Ok(Came::Proven(_, _, to)) if to == "/account"));
    }
}

#[tokio::test]
async fn a_test_shows_what_was_wrong() {
    for house in houses().await {
        let admin = house.admin().await;
        let idp = Idp::new(house.vault.now());
        let made = create_provider(&house.vault, &admin, wish(&idp, |_| ())).await.unwrap();
        let stranger = Idp::new(house.vault.now());
        let departure = test_provider(&house.vault, &admin, made.id, ORIGIN).await.unwrap();
        let answer = stranger.answer(&departure.address, &Said::of("admin@example.org"), house.vault.now());
        assert!(matches!(back(&house, &departure, answer).await, Ok(Came::Tested(_))));
        let finding = test_finding(&house.vault, &admin, made.id).await.unwrap();
        assert!(!finding.passed);
        assert_eq!(finding.code.as_deref(), Some("unknown_certificate"));
        let said = |name: &str| finding.said[name].as_str().unwrap();
        assert!(said("error").contains("isn't among this provider's") && !said("error").contains('<'));
        assert!(said("Response").starts_with("<samlp:Response"), "{}", said("Response"));
        let switched = change_provider(&house.vault, &admin, made.id, made.version, wish(&idp, |_| ())).await;
        assert!(matches!(switched, Err(Error::Conflict(_))), "not without a test that passed");
    }
}

#[tokio::test]
async fn our_key_is_changed_in_two_steps_so_that_the_provider_can_learn_it() {
    for house in houses().await {
        let admin = house.admin().await;
        let idp = Idp::new(house.vault.now());
        let id = create_provider(&house.vault, &admin, wish(&idp, |_| ())).await.unwrap().id;
        let own = async || provider(&house.vault, &admin, id).await.unwrap().own_certificates;
        let first = own().await;
        renew_saml_key(&house.vault, &admin, id).await.unwrap();
        let both = own().await;
        assert_eq!((both.len(), &both[0]), (2, &first[0]));
        let metadata = saml_metadata(&house.vault, "idp", ORIGIN).await.unwrap();
        for certificate in &both {
            let body: String = certificate.pem.lines().filter(|line| !line.starts_with('-')).collect();
            assert!(metadata.contains(&body));
        }
        renew_saml_key(&house.vault, &admin, id).await.unwrap();
        assert_eq!(own().await, both[1..]);
        assert_eq!(house.events(&admin, EventKind::ProviderChange).await.len(), 2);
    }
}

/// Answers one request with a document, and says where.
async fn published(document: String) -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://127.0.0.1:{}/metadata", listener.local_addr().unwrap().port());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", document.len());
        stream.write_all(format!("{head}{document}").as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    (address, served)
}

async fn with_metadata_at(house: &House, admin: &Caller, idp: &Idp, address: &str) -> ProviderId {
    let wish = wish(idp, |document| {
        let saml = document.saml.as_mut().unwrap();
        saml.metadata_url = Some(address.to_owned());
        saml.takes_unasked = true;
    });
    create_provider(&house.vault, admin, wish).await.unwrap().id
}

#[tokio::test]
async fn metadata_is_read_anew_and_another_providers_changes_nothing() {
    for house in houses().await {
        let admin = house.admin().await;
        let (idp, next) = (Idp::new(house.vault.now()), Idp::new(house.vault.now()));
        let (address, served) = published(next.metadata()).await;
        let id = with_metadata_at(&house, &admin, &idp, &address).await;
        let fingerprints = async || -> Vec<String> {
            let view = provider(&house.vault, &admin, id).await.unwrap();
            view.certificates.into_iter().map(|certificate| certificate.fingerprint).collect()
        };
        assert_eq!(fingerprints().await, [idp.key.certificate().fingerprint()]);
        house.clock.turn(3601);
        tend(&house.vault).await.unwrap();
        served.await.unwrap();
        assert_eq!(fingerprints().await, [next.key.certificate().fingerprint()]);
        let view = provider(&house.vault, &admin, id).await.unwrap();
        assert!(view.provider.document.saml.unwrap().takes_unasked, "what was set here stays");
        // Within the day it isn't asked again; nobody listens there any more, and that is no failure either.
        house.clock.turn(3601);
        tend(&house.vault).await.unwrap();
        house.clock.turn(24 * 3600);
        tend(&house.vault).await.unwrap();
        assert_eq!(fingerprints().await, [next.key.certificate().fingerprint()]);
    }
}

#[tokio::test]
async fn metadata_of_somebody_else_is_left_alone() {
    for house in houses().await {
        let admin = house.admin().await;
        let idp = Idp::new(house.vault.now());
        let (address, served) = published(idp.metadata().replace("idp.test/metadata", "evil.test/metadata")).await;
        let id = with_metadata_at(&house, &admin, &idp, &address).await;
        house.clock.turn(3601);
        tend(&house.vault).await.unwrap();
        served.await.unwrap();
        let view = provider(&house.vault, &admin, id).await.unwrap();
        assert_eq!(view.provider.document.saml.unwrap().entity_id, idp.name);
    }
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_told_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let idp = Idp::new(house.vault.now());
        let id = create_provider(&house.vault, &admin, wish(&idp, |_| ())).await.unwrap().id;
        let told = async || house.events(&admin, EventKind::ProviderCertificateEnds).await.len();
        house.clock.turn(3601);
        tend(&house.vault).await.unwrap();
        assert_eq!(told().await, 0);
        assert!(!provider(&house.vault, &admin, id).await.unwrap().certificates[0].ends_soon);
        let ends_at = idp.key.certificate().not_after();
        house.clock.turn(ends_at.as_unix_seconds() - house.vault.now().as_unix_seconds() - 30 * 86_400);
        for _ in 0..2 {
            house.clock.turn(3601);
            tend(&house.vault).await.unwrap();
        }
        let admin = house.sign_in("admin@example.org", super::house::PASSWORD, HERE).await.unwrap();
        let admin = house.caller(&admin.token).await.unwrap();
        assert_eq!(house.events(&admin, EventKind::ProviderCertificateEnds).await.len(), 1);
        assert!(provider(&house.vault, &admin, id).await.unwrap().certificates[0].ends_soon);
    }
}

#[tokio::test]
async fn metadata_that_is_given_is_read_or_said_to_be_wrong() {
    for house in houses().await {
        let admin = house.admin().await;
        let idp = Idp::new(house.vault.now());
        let (address, served) = published(idp.metadata()).await;
        let by_address = federation::read_saml_metadata(&house.vault, &admin, GivenMetadata::Address(address.clone()));
        let by_address = by_address.await.unwrap();
        served.await.unwrap();
        assert_eq!(by_address.metadata_url.as_deref(), Some(address.as_str()));
        let here = GivenMetadata::Document(idp.metadata());
        let here = federation::read_saml_metadata(&house.vault, &admin, here).await.unwrap();
        assert_eq!(here.certificates, by_address.certificates);
        for given in [
            GivenMetadata::Document("<html/>".to_owned()),
            GivenMetadata::Document("<a>".repeat(100_000)),
            GivenMetadata::Address("https://10.0.0.1/metadata".to_owned()),
            GivenMetadata::Address("nonsense".to_owned()),
        ] {
            let read = federation::read_saml_metadata(&house.vault, &admin, given).await;
            assert!(matches!(read, Err(Error::Invalid(_))), "{read:?}");
        }
    }
}
