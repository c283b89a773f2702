//! Mail, taken by a server that others wrote and read by somebody else's reader.

use crate::servers::outbound;
use soundkeep_outbound::{Mail, MailError, MailServer, Outbound, OutboundError, Party, Security};
use soundkeep_testkit::{MailServer as Receiver, Secured};
use std::path::{Path, PathBuf};
use std::time::Duration;

const TOTAL: Duration = Duration::from_secs(15);

fn files() -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    (folder.join("server.pem"), folder.join("server.key"))
}

/// Names lead to this machine, where the operator allows to ask.
fn out() -> Outbound {
    outbound(&["127.0.0.0/8"], &[&["127.0.0.1"]])
}

fn server(receiver: &Receiver, security: Security, login: Option<(&str, &str)>) -> MailServer {
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    MailServer { host: "server.test".to_owned(), port: receiver.port, security, login }
}

fn party(name: &str, address: &str) -> Party {
    Party { name: name.to_owned(), address: address.to_owned() }
}

fn mail(to: Party, subject: &str) -> Mail {
    Mail {
        id: "0192f1c0".to_owned(),
        at_unix_seconds: 1_790_000_000,
        from: party("Soundkeep", "vault@example.org"),
        to,
        subject: subject.to_owned(),
        text: "Grüße, and a link: https://vault.example.org/welcome#abc\n.\nafter the dot".to_owned(),
        html: "<p>Grüße</p>".to_owned(),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_by_each_kind_of_connection() {
    let (certificate, key) = files();
    let login = Some(("vault", "correct horse"));
    for (secured, security, login) in [
        (Secured::Not, Security::None, None),
        (Secured::StartTls(&certificate, &key), Security::StartTls, login),
        (Secured::Tls(&certificate, &key), Security::Tls, None),
    ] {
        let receiver = Receiver::start(secured, login);
        let sent = mail(party("Žofie Müller, \"Z\"", "zofie@müller.example"), "Neues Passwort wählen");
        let answer = out().send_mail(&server(&receiver, security, login), &sent, TOTAL).await.unwrap();
        assert_eq!(answer, "250 2.0.0 kept", "{security:?}");
        let letter = receiver.letter();
        assert_eq!(letter.to(), "zofie@xn--mller-kva.example");
        assert_eq!(letter.0["tls"], security != Security::None, "{security:?}");
        assert_eq!(letter.0["user"].as_str(), login.map(|(user, _)| user));
        assert_eq!(letter.0["hello"], "example.org");
        assert_eq!(letter.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(letter.header("Message-ID").as_deref(), Some("<0192f1c0@example.org>"));
        assert_eq!(letter.header("Date").as_deref(), Some("Mon, 21 Sep 2026 14:13:20 +0000"));
        let read = letter.read();
        assert_eq!(read.subject, "Neues Passwort wählen");
        assert_eq!(read.from, "Soundkeep <vault@example.org>");
        assert!(read.to.contains("Žofie Müller") && read.to.contains("zofie@xn--mller-kva.example"), "{}", read.to);
        assert_eq!(read.text.replace("\r\n", "\n").trim_end(), sent.text);
        assert_eq!(read.html.trim_end(), sent.html);
    }
}

#[tokio::test]
async fn no_name_and_no_subject_becomes_a_header_or_a_recipient() {
    let receiver = Receiver::start(Secured::Not, None);
    let server = server(&receiver, Security::None, None);
    for text in ["Ada\r\nBcc: eve@example.org", "Ada\nBcc: eve@example.org\n\nbody", "Ada\rBcc: eve@example.org"] {
        for (name, subject) in [(text, "x"), ("Ada", text)] {
            let mail = mail(party(name, "ada@example.org"), subject);
            let failed = out().send_mail(&server, &mail, TOTAL).await.unwrap_err();
            assert!(matches!(failed, MailError::Address(_)) && failed.is_for_good(), "{text:?}: {failed}");
        }
    }
    for address in
        ["ada@example.org>\r\nRCPT TO:<eve@example.org", "ada@example.org\r\nDATA", "a b@example.org", "ada", ""]
    {
        let failed = out().send_mail(&server, &mail(party("Ada", address), "x"), TOTAL).await.unwrap_err();
        assert!(matches!(failed, MailError::Address(_)) && failed.is_for_good(), "{address:?}: {failed}");
    }
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn nothing_is_sent_where_the_connection_is_less_safe_than_it_has_to_be() {
    let plain = Receiver::start(Secured::Not, None);
    let failed = out()
        .send_mail(&server(&plain, Security::StartTls, None), &mail(party("Ada", "ada@example.org"), "x"), TOTAL)
        .await
        .unwrap_err();
    assert!(failed.to_string().contains("offers no STARTTLS"), "{failed}");
    let failed = out()
        .send_mail(&server(&plain, Security::Tls, None), &mail(party("Ada", "ada@example.org"), "x"), TOTAL)
        .await
        .unwrap_err();
    assert!(matches!(failed, MailError::Outbound(OutboundError::Unreachable { .. })), "{failed}");
    assert!(plain.is_empty());
    let (certificate, key) = files();
    let secured = Receiver::start(Secured::StartTls(&certificate, &key), None);
    let elsewhere = MailServer { host: "other.test".to_owned(), ..server(&secured, Security::StartTls, None) };
    let failed = out().send_mail(&elsewhere, &mail(party("Ada", "ada@example.org"), "x"), TOTAL).await.unwrap_err();
    assert!(failed.to_string().contains("certificate"), "{failed}");
    assert!(secured.is_empty());
}

#[tokio::test]
async fn a_mail_server_inside_of_the_house_is_refused_unless_it_is_allowed() {
    let receiver = Receiver::start(Secured::Not, None);
    let closed = outbound(&[], &[&["127.0.0.1"]]);
    let to = || mail(party("Ada", "ada@example.org"), "x");
    for security in [Security::None, Security::StartTls, Security::Tls] {
        let failed = closed.send_mail(&server(&receiver, security, None), &to(), TOTAL).await.unwrap_err();
        assert_eq!(failed, OutboundError::Refused("server.test".to_owned()).into(), "{security:?}");
    }
    let outside = outbound(&[], &[&["1.1.1.1"]]);
    let failed = outside.send_mail(&server(&receiver, Security::None, None), &to(), TOTAL).await.unwrap_err();
    assert_eq!(failed, OutboundError::Plain("server.test".to_owned()).into());
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_server_and_whether_it_is_for_good() {
    let (certificate, key) = files();
    let receiver = Receiver::start(Secured::StartTls(&certificate, &key), Some(("vault", "correct horse")));
    for (password, to, words, for_good) in [
        ("wrong", "ada@example.org", "535", true),
        ("correct horse", "nobody@example.org", "nobody of that name", true),
        ("correct horse", "later@example.org", "come back later", false),
    ] {
        let server = server(&receiver, Security::StartTls, Some(("vault", password)));
        let failed = out().send_mail(&server, &mail(party("Ada", to), "x"), TOTAL).await.unwrap_err();
        assert!(failed.to_string().contains(words), "{failed}");
        assert_eq!(failed.is_for_good(), for_good, "{failed}");
        assert!(!format!("{failed:?}").contains(password), "{failed:?}");
    }
}
