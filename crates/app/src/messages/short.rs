//! What text messages say, in English and German: one short line, so that it goes as one message.

use super::letter::Language;

/// Something to be told in a line.
#[derive(Debug, Clone)]
pub(crate) enum Short {
    /// A code to prove who somebody is with.
    Code(String),
    /// Text messages work.
    Test,
}

impl Short {
    /// What it tells, in one word.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Code(_) => "code",
            Self::Test => "test",
        }
    }

    /// The message, of this organisation.
    pub(super) fn write(&self, language: Language, house: &str) -> String {
        match (self, language) {
            (Self::Code(code), Language::English) => {
                format!("{code} is your code for Soundkeep ({house}). Tell it to nobody. It ends in ten minutes.")
            }
            (Self::Code(code), Language::German) => {
                format!("{code} ist Ihr Code für Soundkeep ({house}). Sagen Sie ihn niemandem. Er gilt zehn Minuten.")
            }
            (Self::Test, Language::English) => format!("Text messages from Soundkeep ({house}) work."),
            (Self::Test, Language::German) => format!("Textnachrichten von Soundkeep ({house}) funktionieren."),
        }
    }
}
