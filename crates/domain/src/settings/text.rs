//! Settings that are texts: which of them fit, and the form in which they are kept. An empty one says that there is none.
//!
//! No text holds a control character, so that none of them can break out of a header or a line. Knows no setting by name.

use crate::identity::normal_email;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest text, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 300;
/// Longest secret, in characters.
pub const SECRET_CHARACTERS_MAX: usize = 1000;
/// How a sealed secret begins.
const SEALED: &str = "sealed:";

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// One line.
    Line,
    /// The name or address of a server, such as `smtp.example.org`.
    Host,
    /// An email address.
    Email,
    /// The address of an end point, such as `https://sms.example.org/send`.
    Url,
    /// The name of a header, such as `Authorization`.
    Header,
}

impl Text {
    /// What it looks like.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Line => "",
            Self::Host => "smtp.example.org",
            Self::Email => "soundkeep@example.org",
            Self::Url => "https://sms.example.org/send",
            Self::Header => "Authorization",
        }
    }

    /// The text in the form in which it is kept.
    ///
    /// # Errors
    /// A sentence that says what would fit.
    pub fn read(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        if text.chars().count() > TEXT_CHARACTERS_MAX {
            return Err(format!("at most {TEXT_CHARACTERS_MAX} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err("one line without control characters is expected".to_owned());
        }
        match self {
            Self::Line => Ok(text.to_owned()),
            Self::Host => host(&text.to_ascii_lowercase())
                .ok_or_else(|| "the name of a server such as smtp.example.org is expected, without a port".to_owned()),
            Self::Email => normal_email(text)
                .filter(|email| email.is_ascii() && !email.contains(['<', '>', '"', ',', ';', ':']))
                .ok_or_else(|| "an email address such as soundkeep@example.org is expected".to_owned()),
            Self::Url => url(text).ok_or_else(|| {
                "an address such as https://sms.example.org/send is expected, without a user".to_owned()
            }),
            Self::Header => is_header(text)
                .then(|| text.to_owned())
                .ok_or_else(|| "the name of a header such as Authorization is expected".to_owned()),
        }
    }
}

/// An address as it is kept: without a user, which would stand in plain, and without a fragment, which is sent to nobody.
fn url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port.parse::<u16>().ok()?)),
        _ => (authority, None),
    };
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'<' | b'>' | b'"' | b'`');
    if !matches!(scheme.as_str(), "http" | "https") || !path.bytes().all(plain) {
        return None;
    }
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{}{port}{path}", host(&name.to_ascii_lowercase())?))
}

/// Whether it is a name that a header can have and a secret may stand in. Those that say how a request goes are none.
fn is_header(text: &str) -> bool {
    let taken =
        ["host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer"];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() <= 64 && text.bytes().all(token) && !taken.contains(&text.to_ascii_lowercase().as_str())
}

fn host(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Some(format!("[{address}]"));
    }
    is_host_name(text).then(|| text.to_owned())
}

/// Whether it is the name of a host, or an IPv4 address. What looks like a number otherwise is none: it would mean an
/// address that nobody sees.
fn is_host_name(text: &str) -> bool {
    let labels = text.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with(|first: char| first.is_ascii_digit())
        && (last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x"));
    labels && text.len() <= 253 && (!is_number || text.parse::<Ipv4Addr>().is_ok())
}

/// A secret in the form in which it is kept: sealed, so that whoever reads rows reads no secret.
///
/// # Errors
/// A sentence that says what is expected.
pub fn sealed(text: &str) -> Result<String, String> {
    let is_sealed = |body: &str| {
        !body.is_empty()
            && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'))
    };
    match text.strip_prefix(SEALED) {
        Some(body) if is_sealed(body) => Ok(text.to_owned()),
        None if text.is_empty() => Ok(String::new()),
        _ => Err("a secret is sealed before it is kept".to_owned()),
    }
}

/// What is kept of a secret with this sealed text (base 64).
#[must_use]
pub fn of_sealed(base64: &str) -> String {
    format!("{SEALED}{base64}")
}

/// The sealed text (base 64) of what is kept; nothing where there is no secret.
#[must_use]
pub fn sealed_text(kept: &str) -> Option<&str> {
    kept.strip_prefix(SEALED)
}

/// A secret as somebody typed it.
///
/// # Errors
/// A sentence that says what would fit.
pub fn plain_secret(text: &str) -> Result<&str, String> {
    if text.chars().count() > SECRET_CHARACTERS_MAX {
        return Err(format!("at most {SECRET_CHARACTERS_MAX} characters"));
    }
    match text.chars().any(char::is_control) {
        true => Err("no control characters".to_owned()),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_nothing_more() {
        for (typed, kept) in [
            (" SMTP.Example.org ", "smtp.example.org"),
            ("localhost", "localhost"),
            ("192.0.2.7", "192.0.2.7"),
            ("2001:DB8::1", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("", ""),
        ] {
            assert_eq!(Text::Host.read(typed), Ok(kept.to_owned()), "{typed}");
        }
        for typed in [
            "smtp.example.org:25",
            "https://a.org",
            "a b",
            "a..b",
            "-a.org",
            "127.1",
            "2130706433",
            "0x7f000001",
            "ü.de",
            "a@b",
            "[::1",
            "a\r\nb",
        ] {
            assert!(Text::Host.read(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn an_address_is_one_address() {
        assert_eq!(Text::Email.read(" Vault@Example.org "), Ok("vault@example.org".to_owned()));
        for typed in ["vault", "a@b,c@d", "<a@b.org>", "a@b.org;c", "a@b.org\nbcc: c@d.org", "ä@example.org"] {
            assert!(Text::Email.read(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn an_end_point_has_no_user_and_a_header_says_nothing_of_how_a_request_goes() {
        for (typed, kept) in [
            ("https://SMS.example.org", "https://sms.example.org"),
            ("HTTP://10.0.0.7:8080/send?x=%20y", "http://10.0.0.7:8080/send?x=%20y"),
            ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]:443/"),
        ] {
            assert_eq!(Text::Url.read(typed), Ok(kept.to_owned()), "{typed}");
        }
        for typed in [
            "sms.example.org/send",
            "ftp://a.org/",
            "https://user:word@a.org/",
            "https://a.org/#b",
            "https://a.org:99999/",
            "https:///send",
            "https://a.org/a b",
            "https://a.org\\@b.org/",
            "https://127.1/",
        ] {
            assert!(Text::Url.read(typed).is_err(), "{typed}");
        }
        assert!(Text::Header.read("X-Api-Key").is_ok());
        for typed in ["Host", "content-length", "a:b", "a b", "ä"] {
            assert!(Text::Header.read(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_secret_is_kept_sealed_only() {
        assert_eq!(sealed("sealed:QUJD"), Ok("sealed:QUJD".to_owned()));
        assert_eq!(sealed_text(&of_sealed("QUJD")), Some("QUJD"));
        for typed in ["hunter2", "sealed:", "sealed:a b", " sealed:QUJD"] {
            assert!(sealed(typed).is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_a_control_character_and_reading_again_changes_nothing(typed in "\\PC{0,40}|.{0,40}|[a-z0-9.:\\[\\]@-]{0,20}") {
            for kind in [Text::Line, Text::Host, Text::Email, Text::Url, Text::Header] {
                if let Ok(kept) = kind.read(&typed) {
                    prop_assert!(!kept.chars().any(char::is_control));
                    prop_assert_eq!(kind.read(&kept), Ok(kept.clone()));
                }
            }
        }
    }
}
