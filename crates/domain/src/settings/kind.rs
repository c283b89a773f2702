//! What kinds of values settings have, and which values fit. Knows no setting by name.

use super::networks;
use super::text::{self, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The word that leaves a choice to each person's own browser.
pub const OWN: &str = "own";
/// Longest origin, in characters.
const ORIGIN_CHARACTERS_MAX: usize = 200;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Users.
    Users,
    /// Days.
    Days,
    /// Passwords.
    Passwords,
    /// Sessions.
    Sessions,
    /// Nothing: it is the number of a port.
    Port,
}

impl Unit {
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Users => "users",
            Self::Days => "days",
            Self::Passwords => "passwords",
            Self::Sessions => "sessions",
            Self::Port => "port",
        }
    }
}

/// One of several words, with its name on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The word in the database and in answers.
    pub word: &'static str,
    /// Its name on the screen.
    pub title: &'static str,
}

/// What kind of value a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Flag,
    /// A whole number from and to, both included.
    Number {
        /// The least.
        from: i64,
        /// The greatest.
        to: i64,
        /// What it counts.
        unit: Unit,
    },
    /// One of these words.
    Choice(&'static [Words]),
    /// Origins of web sites, such as `https://crm.example.org`.
    Origins {
        /// How many at most.
        most: usize,
    },
    /// Networks and addresses, such as `192.0.2.0/24`.
    Networks {
        /// How many at most.
        most: usize,
    },
    /// Domains of email addresses, such as `example.org`.
    Domains {
        /// How many at most.
        most: usize,
    },
    /// An IANA time zone such as `Europe/Berlin`, or [`OWN`].
    TimeZone,
    /// A text of this kind, or none.
    Text(Text),
    /// A text that nobody is shown again, kept sealed.
    Secret,
}

/// A value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Flag(bool),
    /// A number, in the unit of the setting.
    Number(i64),
    /// A word, a time zone, a text, or a sealed secret.
    Word(String),
    /// Origins, without doubles.
    List(Vec<String>),
}

/// A default, which stands in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A word.
    Word(&'static str),
    /// No origins.
    Nothing,
}

impl Standard {
    /// The value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Flag(flag) => Value::Flag(flag),
            Self::Number(number) => Value::Number(number),
            Self::Word(word) => Value::Word(word.to_owned()),
            Self::Nothing => Value::List(Vec::new()),
        }
    }
}

impl Value {
    /// The same as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => (*number).into(),
            Self::Word(word) => word.as_str().into(),
            Self::List(list) => list.clone().into(),
        }
    }
}

impl Kind {
    /// Its stable name.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Number { .. } => "number",
            Self::Choice(_) => "choice",
            Self::Origins { .. } => "origins",
            Self::Networks { .. } => "networks",
            Self::Domains { .. } => "domains",
            Self::TimeZone => "time_zone",
            Self::Text(_) => "text",
            Self::Secret => "secret",
        }
    }

    /// The value that this JSON is, in the form in which it is kept.
    ///
    /// # Errors
    /// A sentence that says what would fit.
    pub fn read(&self, json: &serde_json::Value) -> Result<Value, String> {
        match self {
            Self::Flag => json.as_bool().map(Value::Flag).ok_or_else(|| "true or false is expected".to_owned()),
            Self::Number { from, to, .. } => match json.as_i64() {
                Some(number) if (*from..=*to).contains(&number) => Ok(Value::Number(number)),
                Some(_) | None => Err(format!("a whole number from {from} to {to} is expected")),
            },
            Self::Choice(words) => {
                let known = json.as_str().filter(|text| words.iter().any(|one| one.word == *text));
                known.map(|word| Value::Word(word.to_owned())).ok_or_else(|| {
                    let all: Vec<&str> = words.iter().map(|one| one.word).collect();
                    format!("one of these is expected: {}", all.join(", "))
                })
            }
            Self::Origins { most } => list(json, *most, ("origins such as https://crm.example.org", origin)),
            Self::Networks { most } => list(json, *most, ("networks such as 192.0.2.0/24", networks::network)),
            Self::Domains { most } => list(json, *most, ("domains such as example.org", networks::email_domain)),
            Self::TimeZone => match json.as_str() {
                Some(OWN) => Ok(Value::Word(OWN.to_owned())),
                Some(name) => time_zone(name),
                None => Err(NO_ZONE.to_owned()),
            },
            Self::Text(kind) => {
                let typed = json.as_str().ok_or_else(|| "a text is expected".to_owned())?;
                kind.read(typed).map(Value::Word)
            }
            Self::Secret => {
                let kept = json.as_str().ok_or_else(|| "a text is expected".to_owned())?;
                text::sealed(kept).map(Value::Word)
            }
        }
    }
}

const NO_ZONE: &str = "a time zone such as Europe/Berlin is expected, or own";

/// The zone by the name that the database of zones gives it, whatever case it was typed in.
fn time_zone(name: &str) -> Result<Value, String> {
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    let zone = zones.get(name).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    zone.map(Value::Word).ok_or_else(|| NO_ZONE.to_owned())
}

/// One text of a list, in the form in which it is kept; or a sentence that says what would fit.
type ReadOne = fn(&str) -> Result<String, String>;

/// A list of texts that are each read in the same way, without doubles.
fn list(json: &serde_json::Value, most: usize, (what, read): (&str, ReadOne)) -> Result<Value, String> {
    let expected = || format!("a list of {what} is expected");
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for item in json.as_array().ok_or_else(expected)? {
        let one = read(item.as_str().ok_or_else(expected)?)?;
        if seen.insert(one.clone()) {
            kept.push(one);
        }
    }
    if kept.len() > most {
        return Err(format!("at most {most} of them"));
    }
    Ok(Value::List(kept))
}

/// An origin (RFC 6454) as browsers write it: lower case, no path, no default port.
///
/// Only characters of host names come through, so that it can stand in a header among others.
fn origin(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let complain = |why: &str| Err(format!("{why} ({text})"));
    let Some((scheme, rest)) = text.split_once("://") else {
        return complain("an origin begins with https://");
    };
    if rest.contains('*') {
        return complain("no wildcards: list each site by its full name");
    }
    if rest.contains(['/', '?', '#']) {
        return complain("an origin has no path: https://crm.example.org, and nothing behind it");
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let named = |host: &str| {
        host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    let numbered = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    };
    if text.len() > ORIGIN_CHARACTERS_MAX || !(named(host) || numbered(host)) {
        return complain("a host name such as crm.example.org is expected behind https://");
    }
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return complain("a port is a number from 1 to 65535"),
    };
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let usual = match scheme {
        "https" => 443,
        "http" if local => 80,
        "http" => return complain("only https, because http can be changed on the way"),
        _ => return complain("an origin begins with https://"),
    };
    match port.filter(|port| *port != usual) {
        Some(port) => Ok(format!("{scheme}://{host}:{port}")),
        None => Ok(format!("{scheme}://{host}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_origin_is_a_site_by_its_full_name_and_nothing_more() {
        for (typed, kept) in [
            ("https://crm.example.org", "https://crm.example.org"),
            (" HTTPS://CRM.Example.org:443 ", "https://crm.example.org"),
            ("https://crm.example.org:8443", "https://crm.example.org:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ] {
            assert_eq!(origin(typed), Ok(kept.to_owned()), "{typed}");
        }
        for (typed, why) in [
            ("crm.example.org", "begins with https://"),
            ("https://*.example.org", "no wildcards"),
            ("https://crm.example.org/", "no path"),
            ("https://crm.example.org/app?x", "no path"),
            ("http://crm.example.org", "only https"),
            ("ftp://crm.example.org", "begins with https://"),
            ("https://user@crm.example.org", "host name"),
            ("https://", "host name"),
            ("https://a b", "host name"),
            ("https://a;script-src", "host name"),
            ("https://-a.org", "host name"),
            ("https://a.org:0", "a port"),
            ("https://a.org:99999", "a port"),
            ("https://[::1", "host name"),
            ("https://müller.example", "host name"),
            ("javascript:alert(1)", "begins with https://"),
        ] {
            let complaint = origin(typed).unwrap_err();
            assert!(complaint.contains(why), "{typed}: {complaint}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_what_would() {
        let minutes = Kind::Number { from: 5, to: 720, unit: Unit::Minutes };
        for wrong in [json!(4), json!(721), json!(1.5), json!("15"), json!(null), json!(true)] {
            assert_eq!(minutes.read(&wrong), Err("a whole number from 5 to 720 is expected".to_owned()), "{wrong}");
        }
        assert_eq!(minutes.read(&json!(5)), Ok(Value::Number(5)));
        for wrong in [json!("true"), json!(1), json!(null)] {
            assert!(Kind::Flag.read(&wrong).is_err(), "{wrong}");
        }
        let two = Kind::Origins { most: 2 };
        assert_eq!(
            two.read(&json!(["https://a.org", "https://A.org"])),
            Ok(Value::List(vec!["https://a.org".to_owned()]))
        );
        for wrong in [json!("https://a.org"), json!([1]), json!(["https://a.org", "https://b.org", "https://c.org"])] {
            assert!(two.read(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(Kind::TimeZone.read(&json!("europe/berlin")), Ok(Value::Word("Europe/Berlin".to_owned())));
        for wrong in [json!("Mars/Phobos"), json!(""), json!(1), json!("../etc/passwd")] {
            assert!(Kind::TimeZone.read(&wrong).is_err(), "{wrong}");
        }
    }
}
