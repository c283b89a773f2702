//! Sends mail by SMTP (RFC 5321): one connection to an address that was checked, one message, and an end to everything.
//!
//! Messages are RFC 5322 with a plain and an HTML form. Every header is encoded by the library that writes it, so that no
//! name and no subject becomes a header of its own. Knows no template.

use crate::client::Outbound;
use crate::error::OutboundError;
use lettre::address::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use url::Host;

/// How a connection to a mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// With TLS from the first byte.
    Tls,
    /// With TLS before anything is said (RFC 3207); never without.
    StartTls,
    /// Not at all, which only networks allow that the operator named.
    None,
}

/// A mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// User and password, where it asks for them.
    pub login: Option<(String, String)>,
}

/// Somebody with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
}

/// A mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Makes its Message-ID: letters and digits that no other mail has.
    pub id: String,
    /// When it was written, in seconds since 1970.
    pub at_unix_seconds: u64,
    /// Who sends it.
    pub from: Party,
    /// Who gets it.
    pub to: Party,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a mail wasn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// An address that no mail can go to or come from.
    #[error("{0}")]
    Address(&'static str),
    /// The server can't be reached, or not safely.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The server said no.
    #[error("the mail server refused: {answer}")]
    Refused {
        /// In its words.
        answer: String,
        /// Whether it will say the same again.
        for_good: bool,
    },
}

impl MailError {
    /// Whether trying again is of no use.
    #[must_use]
    pub const fn is_for_good(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Refused { for_good: true, .. })
    }
}

/// Longest answer of a server that is told, in characters.
const ANSWER_CHARACTERS_MAX: usize = 300;

impl Outbound {
    /// Sends a mail, and answers what the server said.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send_mail(&self, server: &MailServer, mail: &Mail, total: Duration) -> Result<String, MailError> {
        let sent = self.send_patiently(server, mail, total);
        let too_slow = || Err(OutboundError::TooSlow(server.host.clone()).into());
        tokio::time::timeout(total, sent).await.unwrap_or_else(|_| too_slow())
    }

    async fn send_patiently(&self, server: &MailServer, mail: &Mail, total: Duration) -> Result<String, MailError> {
        let (from, to) = (address(&mail.from.address)?, address(&mail.to.address)?);
        let message = message(mail, &from, &to)?;
        let envelope = lettre::address::Envelope::new(Some(from.clone()), vec![to])
            .map_err(|_| MailError::Address("the mail has no recipient"))?;
        let host =
            Host::parse(&server.host).map_err(|_| MailError::Address("the mail server has no name that is one"))?;
        let (reached, name) = match &host {
            Host::Domain(name) => (Host::Domain(name.as_str()), name.clone()),
            Host::Ipv4(address) => (Host::Ipv4(*address), address.to_string()),
            Host::Ipv6(address) => (Host::Ipv6(*address), address.to_string()),
        };
        let addresses = self.addresses(&reached, server.port, server.security != Security::None).await?;
        let told = |error: lettre::transport::smtp::Error| failure(&server.host, &error);
        let tls = || self.tls_parameters(name.clone()).map_err(told);
        let hello = ClientId::Domain(from.domain().to_owned());
        let at_once = if server.security == Security::Tls { Some(tls()?) } else { None };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(addresses.as_slice(), Some(total), &hello, at_once, None)
                .await
                .map_err(told)?;
        if server.security == Security::StartTls {
            if !connection.can_starttls() {
                let reason = "it offers no STARTTLS, and without it nothing is sent".to_owned();
                return Err(OutboundError::Unreachable { host: server.host.clone(), reason }.into());
            }
            connection.starttls(tls()?, &hello).await.map_err(told)?;
        }
        if let Some((user, password)) = &server.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(told)?;
        }
        let answer = connection.send(&envelope, &message).await.map_err(told)?;
        // It is taken: how the server says goodbye changes nothing.
        let _ = connection.quit().await;
        Ok(words(&answer))
    }

    fn tls_parameters(&self, name: String) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut parameters = TlsParameters::builder(name).certificate_store(CertificateStore::None);
        for authority in self.readable_authorities() {
            parameters = parameters.add_root_certificate(Certificate::from_der(authority.to_vec())?);
        }
        parameters.build_rustls()
    }
}

/// An address as mail servers of all ages know it: the domain in letters of ASCII (RFC 5891).
fn address(text: &str) -> Result<Address, MailError> {
    let wrong = MailError::Address("no mail can go to this address, or come from it");
    let Some((local, domain)) = text.rsplit_once('@') else { return Err(wrong) };
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(wrong) };
    Address::new(local, domain).map_err(|_| wrong)
}

/// The mail as it goes over the wire.
fn message(mail: &Mail, from: &Address, to: &Address) -> Result<Vec<u8>, MailError> {
    // The library that writes headers gives up in a bad way over these.
    let one_line = |text: &str| !text.chars().any(char::is_control);
    if ![&mail.id, &mail.from.name, &mail.to.name, &mail.subject].into_iter().all(|text| one_line(text)) {
        return Err(MailError::Address("no name and no subject has a line break in it"));
    }
    let at = UNIX_EPOCH.checked_add(Duration::from_secs(mail.at_unix_seconds)).unwrap_or(SystemTime::UNIX_EPOCH);
    let part = |kind: ContentType, body: &str| {
        SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(body.to_owned())
    };
    // The boundary is told, because the library would make one of randomness that nobody handed in.
    let body = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let mailbox = |party: &Party, address: &Address| {
        let name = party.name.trim();
        Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address.clone())
    };
    let message = lettre::Message::builder()
        .date(at)
        .message_id(Some(format!("<{}@{}>", mail.id, from.domain())))
        .from(mailbox(&mail.from, from))
        .to(mailbox(&mail.to, to))
        .subject(mail.subject.as_str())
        .raw_header(automatic)
        .multipart(body)
        .map_err(|_| MailError::Address("this mail can't be written"))?;
    Ok(message.formatted())
}

/// What a server said, on one line.
fn words(answer: &Response) -> String {
    let lines: Vec<&str> = answer.message().collect();
    tidy(&format!("{} {}", answer.code(), lines.join(" ")))
}

fn tidy(text: &str) -> String {
    let kept = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    kept.take(ANSWER_CHARACTERS_MAX).collect::<String>().trim().to_owned()
}

fn failure(host: &str, error: &lettre::transport::smtp::Error) -> MailError {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if let Some(code) = error.status() {
        let answer = tidy(&format!("{code} {innermost}"));
        return MailError::Refused { answer, for_good: error.is_permanent() };
    }
    if error.is_timeout() {
        return OutboundError::TooSlow(host.to_owned()).into();
    }
    OutboundError::Unreachable { host: host.to_owned(), reason: tidy(&innermost.to_string()) }.into()
}
