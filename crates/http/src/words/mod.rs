//! Sentences for people: what problems, gates, permissions and events are called, per language.
//!
//! Everything below travels as code and parameters; here it becomes words. Decides nothing.

mod access_tests;
mod effects;
mod english;
mod events;
mod german;
mod permissions;
mod reach;
mod roles;
pub mod settings;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use soundkeep_app::access::explain::ExplainedGate;
use soundkeep_app::domain::access::Permission;

pub use access_tests::{assertions_broken, finding, missing, unfit, unreadable, witness};
pub use effects::{effect_ask, effect_phrase};
pub use events::event;
pub use permissions::permission;
pub use reach::{reach_way, row_rules};
pub use roles::{in_use, role_warning};

/// A language that sentences come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, when nothing else is asked for.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        [Self::English, Self::German].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The best of what a request accepts (RFC 9110, section 12.5.4).
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        Self::asked_for(headers).unwrap_or_default()
    }

    /// The language of this tag, when there is one.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        Self::from_tag(tag)
    }

    /// The same, or nothing when the request asks for no language.
    pub(crate) fn asked_for(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())?;
        let mut best = (0.0_f32, Self::default());
        for range in value.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse().ok());
            if let (Some(language), Some(quality)) = (Self::from_tag(tag), quality)
                && quality > best.0
            {
                best = (quality, language);
            }
        }
        Some(best.1)
    }
}

/// Whom a sentence about a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// Whoever reads it.
    You,
    /// Somebody else, by name.
    Other(String),
}

/// The title of a problem.
#[must_use]
pub fn title(language: Language, code: &str) -> &'static str {
    match language {
        Language::English => english::title(code),
        Language::German => german::title(code),
    }
}

/// What a problem says when there is nothing more to say.
#[must_use]
pub fn detail(language: Language, code: &str) -> &'static str {
    match language {
        Language::English => english::detail(code),
        Language::German => german::detail(code),
    }
}

/// A sentence of a use case in this language; the English one where there is no other.
pub(crate) fn translated(language: Language, english: &str) -> String {
    match language {
        Language::English => english::sentence(english),
        Language::German => german::sentence(english),
    }
}

/// What a gate said.
#[must_use]
pub fn gate(language: Language, gate: &ExplainedGate, permission: Permission, person: &Person) -> String {
    match language {
        Language::English => english::gate(gate, permission, person),
        Language::German => german::gate(gate, permission, person),
    }
}

/// Where in the console what a gate stands on can be changed.
#[must_use]
pub fn set_in(language: Language, gate: &ExplainedGate) -> Option<&'static str> {
    match (gate.code, language) {
        ("not_granted" | "out_of_reach", Language::English) => Some("People → Roles"),
        ("not_granted" | "out_of_reach", Language::German) => Some("Personen → Rollen"),
        ("account_invited" | "account_disabled", Language::English) => Some("People → Users"),
        ("account_invited" | "account_disabled", Language::German) => Some("Personen → Benutzer"),
        ("outside_rows" | "column_hidden", Language::English) => Some("People → Access groups"),
        ("outside_rows" | "column_hidden", Language::German) => Some("Personen → Zugriffsgruppen"),
        ("state_failed", Language::English) => Some("Quarantine"),
        ("state_failed", Language::German) => Some("Quarantäne"),
        _ => None,
    }
}

/// A phrase as it stands at the beginning of a line.
#[must_use]
pub fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundkeep_app::domain::access::{Gate, Scope};

    fn accepted(value: &str) -> Language {
        Language::accepted(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, value.parse().unwrap())]))
    }

    #[test]
    fn the_preferred_language_that_there_is_wins() {
        assert_eq!(accepted("de-AT,de;q=0.9,en;q=0.5"), Language::German);
        assert_eq!(accepted("fr, en;q=0.2, de;q=0.7"), Language::German);
        assert_eq!(accepted("fr"), Language::English);
        assert_eq!(accepted("de;q=0"), Language::English);
        assert_eq!(Language::accepted(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn a_refusal_says_who_may_not_do_what() {
        let gate = |code, scope| ExplainedGate {
            gate: Gate::RoleAndScope,
            passed: false,
            code,
            role: None,
            group: None,
            scope,
            access_group: None,
            by: None,
        };
        let play = Permission::RecordingsPlay;
        assert_eq!(
            super::gate(Language::English, &gate("not_granted", None), play, &Person::You),
            "None of your roles allows you to play audio recordings."
        );
        assert_eq!(set_in(Language::English, &gate("not_granted", None)), Some("People → Roles"));
        assert_eq!(
            super::gate(Language::German, &gate("not_granted", None), play, &Person::You),
            "Keine Ihrer Rollen erlaubt Ihnen, Tonaufnahmen anzuhören."
        );
        assert_eq!(
            super::gate(
                Language::English,
                &gate("out_of_reach", Some(Scope::Groups)),
                play,
                &Person::Other("Ada".to_owned())
            ),
            "Ada may play audio recordings in conversations of certain groups; this one belongs to none of them."
        );
    }
}
