//! What a request may do, and what it does with what comes.

use crate::servers::{Server, answer, outbound};
use soundkeep_outbound::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use soundkeep_outbound::{Limits, Outbound, OutboundConfig, OutboundError, SystemResolver, Url};
use std::sync::Arc;
use std::time::Duration;

const HOUSE: &[&str] = &["127.0.0.1"];
const LOOPBACK: &[&str] = &["127.0.0.0/8"];

async fn get(outbound: &Outbound, url: &Url) -> Result<soundkeep_outbound::Answer, OutboundError> {
    outbound.get(url, &HeaderMap::new(), Limits::default()).await
}

fn parsed(url: &str) -> Url {
    Url::parse(url).unwrap()
}

#[tokio::test]
async fn an_answer_comes_with_status_kind_and_body() {
    let server = Server::secured(vec![answer("404 Not Found", "content-type: application/json\r\n", "{}")]).await;
    let out = outbound(LOOPBACK, &[HOUSE]);
    let came = get(&out, &server.url("https", "server.test", "/keys?x=1")).await.unwrap();
    assert_eq!((came.status, came.content_type(), &came.body[..]), (404, Some("application/json"), &b"{}"[..]));
    assert!(!came.is_success());
    assert!(server.asked()[0].starts_with("GET /keys?x=1 HTTP/1.1\r\n"), "{:?}", server.asked());
}

#[tokio::test]
async fn addresses_of_the_house_are_refused_however_they_are_written() {
    let server = Server::plain(vec![answer("200 OK", "", "secret")], 0).await;
    let out = outbound(&[], &[HOUSE]);
    let port = server.port;
    for host in [
        "server.test",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "localhost.",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "10.0.0.1",
    ] {
        for scheme in ["http", "https"] {
            let refused = get(&out, &parsed(&format!("{scheme}://{host}:{port}/"))).await.unwrap_err();
            assert!(matches!(refused, OutboundError::Refused(_)), "{scheme} {host}: {refused}");
        }
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_leads_inside_and_outside_is_asked_outside_only() {
    let server = Server::plain(vec![answer("200 OK", "", "secret")], 0).await;
    let out = outbound(&[], &[&["127.0.0.1", "::1", "192.0.2.1"]]);
    let refused = get(&out, &server.url("https", "server.test", "/")).await.unwrap_err();
    assert_eq!(refused, OutboundError::Refused("server.test".to_owned()));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_second_time_is_not_followed_there() {
    let server = Server::plain(vec![answer("200 OK", "", "secret")], 0).await;
    // What was checked is 127.7.7.7, where nobody listens; every later answer is the server.
    let out = outbound(&["127.7.7.7/32"], &[&["127.7.7.7"], HOUSE]);
    let failed = get(&out, &server.url("http", "server.test", "/")).await.unwrap_err();
    assert!(matches!(failed, OutboundError::Unreachable { .. }), "{failed}");
    let refused = get(&out, &server.url("http", "server.test", "/")).await.unwrap_err();
    assert_eq!(refused, OutboundError::Refused("server.test".to_owned()));
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn networks_that_the_operator_allows_are_asked_also_without_tls() {
    let server = Server::plain(vec![answer("200 OK", "", "yes")], 0).await;
    let out = outbound(LOOPBACK, &[HOUSE]);
    for host in ["server.test", "127.0.0.1", "[::ffff:127.0.0.1]"] {
        let came = get(&out, &server.url("http", host, "/")).await.unwrap();
        assert_eq!(&came.body[..], b"yes", "{host}");
    }
}

#[tokio::test]
async fn the_internet_is_asked_with_tls_only() {
    let out = outbound(LOOPBACK, &[&["1.1.1.1"]]);
    let refused = get(&out, &parsed("http://server.test/")).await.unwrap_err();
    assert_eq!(refused, OutboundError::Plain("server.test".to_owned()));
    for url in ["ftp://server.test/", "file:///etc/passwd", "https://ada:secret@server.test/", "data:,x"] {
        let refused = get(&out, &parsed(url)).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Address(_)), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_or_of_another_name_ends_it() {
    let server = Server::secured(vec![answer("200 OK", "", "yes")]).await;
    let out = outbound(LOOPBACK, &[HOUSE]);
    let failed = get(&out, &server.url("https", "other.test", "/")).await.unwrap_err();
    assert!(failed.to_string().contains("certificate"), "{failed}");
    let allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    let config = OutboundConfig { allowed_networks, authorities: None, resolver: Arc::new(SystemResolver) };
    let stranger = Outbound::new(config).unwrap();
    let failed = get(&stranger, &server.url("https", "localhost", "/")).await.unwrap_err();
    assert!(failed.to_string().contains("certificate"), "{failed}");
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = Server::plain(vec![answer("200 OK", "", "secret")], 0).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("location: {}\r\n", inner.url("http", "127.0.0.1", "/"));
        let server = Server::plain(vec![answer(status, &location, "")], 0).await;
        let out = outbound(LOOPBACK, &[HOUSE]);
        let failed = get(&out, &server.url("http", "server.test", "/")).await.unwrap_err();
        assert_eq!(failed, OutboundError::Redirect("server.test".to_owned()), "{status}");
    }
    assert_eq!(inner.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_longer_than_the_limit_ends_it_announced_or_not() {
    let limits = Limits { body_bytes_max: 1000, ..Limits::default() };
    let out = outbound(LOOPBACK, &[HOUSE]);
    let fits = answer("200 OK", "", &"x".repeat(1000));
    let announced = answer("200 OK", "", &"x".repeat(1001));
    let mut streamed = vec![b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec()];
    streamed.extend(std::iter::repeat_n(vec![b'x'; 300], 1000));
    for (pieces, taken) in [(vec![fits], true), (vec![announced], false), (streamed, false)] {
        let server = Server::plain(pieces, 0).await;
        let came = out.get(&server.url("http", "server.test", "/"), &HeaderMap::new(), limits).await;
        match came {
            Ok(came) => assert!(taken && came.body.len() == 1000),
            Err(error) => {
                let expected = OutboundError::TooLong { host: "server.test".to_owned(), bytes_max: 1000 };
                assert!(!taken && error == expected, "{error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_trickles_has_an_end() {
    let mut pieces = vec![b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".to_vec()];
    pieces.extend(std::iter::repeat_n(b"x".to_vec(), 1000));
    let server = Server::plain(pieces, 20).await;
    let limits = Limits { total: Duration::from_millis(300), ..Limits::default() };
    let out = outbound(LOOPBACK, &[HOUSE]);
    let failed = out.get(&server.url("http", "server.test", "/"), &HeaderMap::new(), limits).await.unwrap_err();
    assert_eq!(failed, OutboundError::TooSlow("server.test".to_owned()));
}

#[tokio::test]
async fn what_was_sent_stands_in_no_error() {
    let broken = Server::plain(vec![b"no HTTP at all\r\n\r\n".to_vec()], 0).await;
    let short = Server::plain(vec![b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx".to_vec()], 0).await;
    let out = outbound(LOOPBACK, &[HOUSE]);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer hidden"));
    for server in [broken, short] {
        let url = server.url("http", "server.test", "/hidden?code=hidden");
        let failed = out.post_form(&url, &[("code", "hidden")], &headers, Limits::default()).await.unwrap_err();
        assert!(!format!("{failed} {failed:?}").contains("hidden"), "{failed:?}");
    }
}

#[tokio::test]
async fn forms_and_documents_are_sent_with_headers() {
    let server = Server::plain(vec![answer("200 OK", "", "")], 0).await;
    let out = outbound(LOOPBACK, &[HOUSE]);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer key"));
    let url = server.url("http", "server.test", "/token");
    out.post_form(&url, &[("code", "a&b ü"), ("x", "")], &headers, Limits::default()).await.unwrap();
    let document = serde_json::json!({"to": "+49"});
    out.post_json(&url, &document, &headers, Limits::default()).await.unwrap();
    let [form, json] = &server.asked()[..] else { panic!("{:?}", server.asked()) };
    assert!(form.contains("authorization: Bearer key\r\n"), "{form}");
    assert!(form.contains("content-type: application/x-www-form-urlencoded\r\n"), "{form}");
    assert!(form.ends_with("\r\n\r\ncode=a%26b+%C3%BC&x="), "{form}");
    assert!(
        json.contains("content-type: application/json\r\n") && json.ends_with("\r\n\r\n{\"to\":\"+49\"}"),
        "{json}"
    );
}

#[tokio::test]
async fn certificates_that_are_none_are_refused_at_the_start() {
    for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let authorities = Some(text.as_bytes().to_vec());
        let config = OutboundConfig { allowed_networks: Vec::new(), authorities, resolver: Arc::new(SystemResolver) };
        let refused = Outbound::new(config).err().unwrap();
        assert!(matches!(refused, OutboundError::Certificates(_)), "{text:?}");
    }
}
