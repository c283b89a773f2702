//! What people are told by mail of what happened, in English and German: nothing to click, and what to do when it wasn't them.

use super::letter::Language;
use soundkeep_domain::audit::{Event, EventKind, Outcome};
use soundkeep_domain::{Timestamp, UserId};

const ENGLISH_ADVICE: &str = "If that was you, or somebody told you of it, there is nothing to do. If not, choose another password at once, and tell your administrator.";
const GERMAN_ADVICE: &str = "Waren Sie das, oder wissen Sie davon, ist nichts zu tun. Sonst wählen Sie sofort ein anderes Passwort, und sagen Sie es Ihrem Administrator.";

/// Something that happened, or will.
#[derive(Debug, Clone)]
pub(crate) enum Notice {
    /// A key of programs or a token of a directory ends.
    KeyEnds {
        /// The name of the key, or of the token's provider.
        name: String,
        /// When.
        at: Timestamp,
        /// Which of both: the event that tells of it.
        of: EventKind,
    },
    /// What somebody comes in with was changed.
    Account {
        /// What was: the event that tells of it.
        what: EventKind,
        /// When.
        at: Timestamp,
        /// Whether its owner did it, as far as can be told.
        by_owner: bool,
    },
    /// Somebody came in on a device that wasn't known.
    NewDevice {
        /// What it said of itself.
        device: Option<String>,
        /// From which address.
        address: Option<String>,
        /// When.
        at: Timestamp,
    },
}

impl Notice {
    /// What is told of this event, and to whom; nothing where it concerns nobody's account.
    pub(super) fn concerning(event: &Event) -> Option<(UserId, Self)> {
        let told = matches!(
            event.kind,
            EventKind::SecondFactorAdded
                | EventKind::SecondFactorRemoved
                | EventKind::PasswordChange
                | EventKind::PhoneChange
        );
        let object = event.object.as_ref().filter(|object| object.kind == "user")?;
        let user: UserId = object.id.parse().ok()?;
        let by_owner = event.actor.kind == "user" && event.actor.id.as_deref() == Some(object.id.as_str());
        let notice = Self::Account { what: event.kind, at: event.at, by_owner };
        (told && event.outcome == Outcome::Success).then_some((user, notice))
    }
}

/// A moment, to a minute.
fn moment(language: Language, at: Timestamp) -> String {
    let text = at.to_string();
    let time = text.get(11..16).unwrap_or_default();
    format!("{} {time} UTC", day(language, at))
}

/// A day, as it is written in the language; in UTC, because nobody's zone is known here.
fn day(language: Language, at: Timestamp) -> String {
    let text = at.to_string();
    let date = text.get(..10).unwrap_or(&text);
    let parts: Vec<&str> = date.split('-').collect();
    match (language, parts.as_slice()) {
        (Language::German, [year, month, day]) => format!("{day}.{month}.{year}"),
        _ => date.to_owned(),
    }
}

impl Notice {
    /// What it tells, in one word.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::KeyEnds { .. } => "key_ends",
            Self::Account { .. } => "account_change",
            Self::NewDevice { .. } => "new_device",
        }
    }

    /// Subject and paragraphs.
    pub(super) fn write(&self, language: Language, house: &str) -> (String, Vec<String>) {
        match language {
            Language::English => self.english(house),
            Language::German => self.german(house),
        }
    }

    fn english(&self, house: &str) -> (String, Vec<String>) {
        match self {
            Self::KeyEnds { name, at, of } => {
                let day = day(Language::English, *at);
                let (subject, what, place) = match of {
                    EventKind::ScimTokenEnds => (
                        format!("A directory's token ends on {day}"),
                        format!(
                            "a SCIM token for {name} ends at {house} on {day} (UTC). From then on the directory there is refused, and users are no longer kept up to date."
                        ),
                        "Rotate it on the page Directories, and enter its new text at the directory.",
                    ),
                    _ => (
                        format!("An API key ends on {day}: {name}"),
                        format!(
                            "the API key {name} ends at {house} on {day} (UTC). From then on programs that use it are refused."
                        ),
                        "Rotate it on the page API keys: the text that is in use now can go on for up to 30 days meanwhile.",
                    ),
                };
                (
                    subject,
                    vec![
                        what,
                        place.to_owned(),
                        "If it isn't needed any more, do nothing: it ends by itself.".to_owned(),
                    ],
                )
            }
            Self::Account { what, at, by_owner } => {
                let (subject, what) = match what {
                    EventKind::SecondFactorAdded => {
                        ("A second factor was added to your account", "a second factor was added to")
                    }
                    EventKind::SecondFactorRemoved => {
                        ("A second factor was removed from your account", "a second factor was removed from")
                    }
                    EventKind::PhoneChange => {
                        ("Your phone number was changed", "the phone number for codes was changed of")
                    }
                    _ => ("Your password was changed", "the password was changed of"),
                };
                let who = if *by_owner { "" } else { ", by somebody who manages users" };
                let told =
                    format!("{what} your Soundkeep account at {house}, on {}{who}.", moment(Language::English, *at));
                (subject.to_owned(), vec![told, ENGLISH_ADVICE.to_owned()])
            }
            Self::NewDevice { device, address, at } => {
                let device = device.as_deref().unwrap_or("a device that says nothing of itself");
                let address = address.as_deref().unwrap_or("this machine");
                let told = format!(
                    "somebody signed in to your Soundkeep account at {house} on a device that isn't known: {device}, from {address}, on {}.",
                    moment(Language::English, *at)
                );
                ("A sign-in on a new device".to_owned(), vec![told, ENGLISH_ADVICE.to_owned()])
            }
        }
    }

    fn german(&self, house: &str) -> (String, Vec<String>) {
        match self {
            Self::KeyEnds { name, at, of } => {
                let day = day(Language::German, *at);
                let (subject, what, place) = match of {
                    EventKind::ScimTokenEnds => (
                        format!("Das Token eines Verzeichnisses endet am {day}"),
                        format!(
                            "ein SCIM-Token für {name} endet bei {house} am {day} (UTC). Von da an wird das Verzeichnis abgewiesen, und Benutzer werden nicht mehr auf dem Laufenden gehalten."
                        ),
                        "Erneuern Sie es auf der Seite Verzeichnisse, und tragen Sie den neuen Text beim Verzeichnis ein.",
                    ),
                    _ => (
                        format!("Ein API-Schlüssel endet am {day}: {name}"),
                        format!(
                            "der API-Schlüssel {name} endet bei {house} am {day} (UTC). Von da an werden Programme abgewiesen, die ihn benutzen."
                        ),
                        "Erneuern Sie ihn auf der Seite API-Schlüssel: Der jetzige Text kann dabei noch bis zu 30 Tage gelten.",
                    ),
                };
                (
                    subject,
                    vec![
                        what,
                        place.to_owned(),
                        "Wird das nicht mehr gebraucht, tun Sie nichts: Es endet von selbst.".to_owned(),
                    ],
                )
            }
            Self::Account { what, at, by_owner } => {
                let (subject, what) = match what {
                    EventKind::SecondFactorAdded => {
                        ("Ihr Konto hat einen weiteren zweiten Faktor", "kam ein zweiter Faktor hinzu")
                    }
                    EventKind::SecondFactorRemoved => {
                        ("Ein zweiter Faktor Ihres Kontos wurde entfernt", "wurde ein zweiter Faktor entfernt")
                    }
                    EventKind::PhoneChange => {
                        ("Ihre Telefonnummer wurde geändert", "wurde die Telefonnummer für Codes geändert")
                    }
                    _ => ("Ihr Passwort wurde geändert", "wurde das Passwort geändert"),
                };
                let who = if *by_owner { "" } else { ", durch jemanden, der Benutzer verwaltet" };
                let told = format!(
                    "bei Ihrem Konto bei Soundkeep ({house}) {what}, am {}{who}.",
                    moment(Language::German, *at)
                );
                (subject.to_owned(), vec![told, GERMAN_ADVICE.to_owned()])
            }
            Self::NewDevice { device, address, at } => {
                let device = device.as_deref().unwrap_or("ein Gerät, das nichts von sich sagt");
                let address = address.as_deref().unwrap_or("diesem Rechner");
                let told = format!(
                    "an Ihrem Konto bei Soundkeep ({house}) hat sich jemand an einem unbekannten Gerät angemeldet: {device}, von {address}, am {}.",
                    moment(Language::German, *at)
                );
                ("Anmeldung an einem neuen Gerät".to_owned(), vec![told, GERMAN_ADVICE.to_owned()])
            }
        }
    }
}
