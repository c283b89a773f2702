//! What messages say, in English and German: short, plain, and the same as text and as HTML.

use super::notice::Notice;
use serde::{Deserialize, Serialize};
use soundkeep_domain::settings::Settings;

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

impl Language {
    /// The organisation's language; where it leaves that to each person, the one that was asked in.
    pub(super) fn of(settings: &Settings, asked: &str) -> Self {
        let said = settings.language();
        match if matches!(said.as_str(), "en" | "de") { said.as_str() } else { asked } {
            "de" => Self::German,
            _ => Self::English,
        }
    }
}

/// Something to be told.
#[derive(Debug, Clone)]
pub(crate) enum Letter {
    /// Somebody forgot their password, and chooses another with this link.
    PasswordLink(String),
    /// Somebody asked for such a link, and their password is too new to be changed.
    PasswordTooNew,
    /// Somebody is invited by this link.
    Invitation(String),
    /// Somebody is invited where people sign in through providers alone: here, without a link of their own.
    Welcome(String),
    /// A code to prove who somebody is with.
    Code(String),
    /// Something happened, or will.
    Notice(Notice),
    /// Mail works.
    Test,
}

/// A message in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// A paragraph.
enum Part {
    Words(String),
    Link(String),
}

fn words(text: impl Into<String>) -> Part {
    Part::Words(text.into())
}

impl Letter {
    /// What it tells, in one word.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::PasswordLink(_) => "password_link",
            Self::PasswordTooNew => "password_too_new",
            Self::Invitation(_) | Self::Welcome(_) => "invitation",
            Self::Code(_) => "code",
            Self::Notice(notice) => notice.kind(),
            Self::Test => "test",
        }
    }

    /// The message to somebody of this name, in this organisation.
    pub(super) fn write(&self, language: Language, name: &str, house: &str) -> Written {
        let (subject, parts) = match language {
            Language::English => self.english(house),
            Language::German => self.german(house),
        };
        let greeting = match language {
            Language::English => format!("Hello {name},"),
            Language::German => format!("Guten Tag {name},"),
        };
        let mut all = vec![words(greeting)];
        all.extend(parts);
        let text = all.iter().map(|part| match part {
            Part::Words(words) | Part::Link(words) => format!("{words}\n"),
        });
        let html = all.iter().map(|part| match part {
            Part::Words(words) => format!("<p>{}</p>\n", escaped(words)),
            Part::Link(link) => format!("<p><a href=\"{0}\">{0}</a></p>\n", escaped(link)),
        });
        Written { subject, text: text.collect::<Vec<_>>().join("\n"), html: page(language, &html.collect::<String>()) }
    }

    fn english(&self, house: &str) -> (String, Vec<Part>) {
        match self {
            Self::PasswordLink(link) => (
                "Choose a new password".to_owned(),
                vec![
                    words(format!(
                        "somebody asked for a new password for your Soundkeep account at {house}. Choose one here, within an hour:"
                    )),
                    Part::Link(link.clone()),
                    words(
                        "If that wasn't you, do nothing: your password stays as it is, and the link ends by itself. If it happens again, tell your administrator.",
                    ),
                ],
            ),
            Self::PasswordTooNew => (
                "Your password can't be changed yet".to_owned(),
                vec![
                    words(format!(
                        "somebody asked for a new password for your Soundkeep account at {house}. Your password is too new to be changed this way: ask your administrator for a link."
                    )),
                    words("If that wasn't you, do nothing: your password stays as it is."),
                ],
            ),
            Self::Invitation(link) => (
                format!("Your invitation to Soundkeep at {house}"),
                vec![
                    words(format!(
                        "you are invited to Soundkeep, where {house} keeps its recorded conversations. Come in here, within seven days:"
                    )),
                    Part::Link(link.clone()),
                    words("The link works once and is for you alone. If you didn't expect it, do nothing."),
                ],
            ),
            Self::Welcome(address) => (
                format!("Your invitation to Soundkeep at {house}"),
                vec![
                    words(format!(
                        "you are invited to Soundkeep, where {house} keeps its recorded conversations. Sign in here, the way you sign in to other programs of {house}:"
                    )),
                    Part::Link(address.clone()),
                    words("If you didn't expect it, do nothing."),
                ],
            ),
            Self::Code(code) => (
                "Your code for Soundkeep".to_owned(),
                vec![
                    words(format!("this is your code for Soundkeep at {house}. It works once, within ten minutes:")),
                    words(code.clone()),
                    words(
                        "Tell it to nobody: nobody of Soundkeep asks for it. If you aren't signing in, somebody knows your password: choose another, and tell your administrator.",
                    ),
                ],
            ),
            Self::Notice(notice) => {
                let (subject, paragraphs) = notice.write(Language::English, house);
                (subject, paragraphs.into_iter().map(words).collect())
            }
            Self::Test => (
                "Mail from Soundkeep works".to_owned(),
                vec![words(format!("this is the test mail that you asked for. Soundkeep can send mail for {house}."))],
            ),
        }
    }

    fn german(&self, house: &str) -> (String, Vec<Part>) {
        match self {
            Self::PasswordLink(link) => (
                "Neues Passwort wählen".to_owned(),
                vec![
                    words(format!(
                        "jemand hat für Ihr Konto bei Soundkeep ({house}) ein neues Passwort verlangt. Wählen Sie es hier, innerhalb einer Stunde:"
                    )),
                    Part::Link(link.clone()),
                    words(
                        "Waren Sie das nicht, tun Sie nichts: Ihr Passwort bleibt, wie es ist, und der Link endet von selbst. Kommt es wieder vor, sagen Sie es Ihrem Administrator.",
                    ),
                ],
            ),
            Self::PasswordTooNew => (
                "Ihr Passwort kann noch nicht geändert werden".to_owned(),
                vec![
                    words(format!(
                        "jemand hat für Ihr Konto bei Soundkeep ({house}) ein neues Passwort verlangt. Ihr Passwort ist zu neu, um so geändert zu werden: Bitten Sie Ihren Administrator um einen Link."
                    )),
                    words("Waren Sie das nicht, tun Sie nichts: Ihr Passwort bleibt, wie es ist."),
                ],
            ),
            Self::Invitation(link) => (
                format!("Ihre Einladung zu Soundkeep ({house})"),
                vec![
                    words(format!(
                        "Sie sind zu Soundkeep eingeladen, wo {house} aufgezeichnete Gespräche aufbewahrt. Hier kommen Sie herein, innerhalb von sieben Tagen:"
                    )),
                    Part::Link(link.clone()),
                    words("Der Link gilt einmal und nur für Sie. Haben Sie ihn nicht erwartet, tun Sie nichts."),
                ],
            ),
            Self::Welcome(address) => (
                format!("Ihre Einladung zu Soundkeep ({house})"),
                vec![
                    words(format!(
                        "Sie sind zu Soundkeep eingeladen, wo {house} aufgezeichnete Gespräche aufbewahrt. Melden Sie sich hier an, so wie bei anderen Programmen von {house}:"
                    )),
                    Part::Link(address.clone()),
                    words("Haben Sie das nicht erwartet, tun Sie nichts."),
                ],
            ),
            Self::Code(code) => (
                "Ihr Code für Soundkeep".to_owned(),
                vec![
                    words(format!(
                        "dies ist Ihr Code für Soundkeep ({house}). Er gilt einmal, innerhalb von zehn Minuten:"
                    )),
                    words(code.clone()),
                    words(
                        "Sagen Sie ihn niemandem: Niemand von Soundkeep fragt danach. Melden Sie sich gerade nicht an, kennt jemand Ihr Passwort: Wählen Sie ein anderes, und sagen Sie es Ihrem Administrator.",
                    ),
                ],
            ),
            Self::Notice(notice) => {
                let (subject, paragraphs) = notice.write(Language::German, house);
                (subject, paragraphs.into_iter().map(words).collect())
            }
            Self::Test => (
                "Mail von Soundkeep funktioniert".to_owned(),
                vec![words(format!(
                    "dies ist die Testmail, die Sie verlangt haben. Soundkeep kann für {house} Mails verschicken."
                ))],
            ),
        }
    }
}

fn page(language: Language, body: &str) -> String {
    let tag = match language {
        Language::English => "en",
        Language::German => "de",
    };
    format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\"><title>Soundkeep</title></head>\n<body style=\"font-family:sans-serif;line-height:1.5\">\n{body}</body></html>\n"
    )
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundkeep_domain::Timestamp;
    use soundkeep_domain::audit::EventKind;

    #[test]
    fn a_message_says_the_same_in_both_forms_and_a_name_is_no_markup() {
        let at = Timestamp::from_unix_micros(0);
        let changed = |what| Letter::Notice(Notice::Account { what, at, by_owner: true });
        let letters = [
            Letter::PasswordLink("https://v.example/welcome#t".to_owned()),
            Letter::PasswordTooNew,
            Letter::Code("012345".to_owned()),
            Letter::Invitation("https://v.example/welcome#t".to_owned()),
            Letter::Welcome("https://v.example/welcome#t".to_owned()),
            Letter::Test,
            Letter::Notice(Notice::NewDevice {
                device: None,
                address: Some("192.0.2.7".to_owned()),
                at: Timestamp::from_unix_micros(0),
            }),
            changed(EventKind::PasswordChange),
            changed(EventKind::SecondFactorAdded),
            changed(EventKind::SecondFactorRemoved),
            changed(EventKind::PhoneChange),
        ];
        for letter in letters {
            for language in [Language::English, Language::German] {
                let written = letter.write(language, "Ada <b>&\"'", "A & <i>B</i>");
                assert!(written.text.contains("Ada <b>&\"'") && written.text.contains("A & <i>B</i>"), "{written:?}");
                assert!(written.html.contains("Ada &lt;b&gt;&amp;&quot;&#39;"), "{written:?}");
                assert!(!written.html.contains("<b>") && !written.html.contains("<i>"), "{written:?}");
                let has_link = matches!(letter, Letter::PasswordLink(_) | Letter::Invitation(_) | Letter::Welcome(_));
                assert_eq!(written.text.contains("https://v.example/welcome#t\n"), has_link);
                assert_eq!(written.html.contains("<a href=\"https://v.example/welcome#t\">"), has_link);
            }
        }
    }
}
