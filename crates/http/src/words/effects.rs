//! Words about what a change of rights does.

use super::Language;
use soundkeep_app::access::weigh::Ask;

/// What a person types to say that they have read what a change does.
#[must_use]
pub fn effect_phrase(language: Language, gaining: usize, losing: usize) -> String {
    let (gain, lose) = match language {
        Language::English => ("gain", "lose"),
        Language::German => ("gewinnen", "verlieren"),
    };
    match (gaining, losing) {
        (gaining, 0) => format!("{gaining} {gain}"),
        (0, losing) => format!("{losing} {lose}"),
        (gaining, losing) => format!("{gaining} {gain}, {losing} {lose}"),
    }
}

/// Why a change has to be confirmed.
#[must_use]
pub fn effect_ask(language: Language, ask: Ask) -> String {
    match (language, ask) {
        (Language::English, Ask::Hearing(1)) => "1 user hears or downloads more than before.".to_owned(),
        (Language::English, Ask::Hearing(users)) => format!("{users} users hear or download more than before."),
        (Language::English, Ask::ProgramsHearing(1)) => "1 program hears or downloads more than before.".to_owned(),
        (Language::English, Ask::ProgramsHearing(programs)) => {
            format!("{programs} programs hear or download more than before.")
        }
        (Language::English, Ask::Losing(1)) => "1 user loses something that they reach.".to_owned(),
        (Language::English, Ask::Losing(users)) => format!("{users} users lose something that they reach."),
        (Language::German, Ask::Hearing(1)) => "1 Person hört oder lädt mehr herunter als bisher.".to_owned(),
        (Language::German, Ask::Hearing(users)) => {
            format!("{users} Personen hören oder laden mehr herunter als bisher.")
        }
        (Language::German, Ask::ProgramsHearing(1)) => "1 Programm hört oder lädt mehr herunter als bisher.".to_owned(),
        (Language::German, Ask::ProgramsHearing(programs)) => {
            format!("{programs} Programme hören oder laden mehr herunter als bisher.")
        }
        (Language::German, Ask::Losing(1)) => "1 Person verliert etwas, das sie erreicht.".to_owned(),
        (Language::German, Ask::Losing(users)) => format!("{users} Personen verlieren etwas, das sie erreichen."),
    }
}
