//! What settings are called and do, and what a difference of them is in words.
//!
//! English stands in the registry; a setting without German words comes in English.

use super::Language;
use soundkeep_app::domain::conversations::Channel;
use soundkeep_app::domain::settings::{InForce, Kind, OWN, Origin, Section, Setting, Unit, Value, Words};

/// A setting in German.
struct German {
    key: &'static str,
    title: &'static str,
    sentence: &'static str,
    warning: Option<&'static str>,
}

const GERMAN: &[German] = &[
    German {
        key: "session_idle_minutes",
        title: "Bei Untätigkeit abmelden nach",
        sentence: "Wer so lange nichts tut, wird abgemeldet. Eine Aufnahme zu hören zählt als Tun; eine Seite, die sich selbst auffrischt, nicht.",
        warning: Some("Je länger es ist, desto länger steht ein verlassener Bildschirm anderen offen."),
    },
    German {
        key: "session_hours",
        title: "In jedem Fall abmelden nach",
        sentence: "Eine Sitzung endet nach so langer Zeit, wie viel auch darin getan wird. Eine kürzere Zeit gilt auch für offene Sitzungen.",
        warning: None,
    },
    German {
        key: "sessions_max",
        title: "Sitzungen einer Person zugleich",
        sentence: "Wer sich noch einmal anmeldet, beendet seine älteste Sitzung. 0 erlaubt beliebig viele.",
        warning: None,
    },
    German {
        key: "sessions_mobile_max",
        title: "Davon auf Telefonen und Tablets",
        sentence: "Wer sich auf einem weiteren Telefon oder Tablet anmeldet, beendet seine älteste Sitzung auf einem. 0 erlaubt beliebig viele.",
        warning: None,
    },
    German {
        key: "inactive_days",
        title: "Benutzer sind inaktiv nach",
        sentence: "Wer sich so lange nicht angemeldet hat, wird als inaktiv gekennzeichnet. 0 kennzeichnet niemanden.",
        warning: None,
    },
    German {
        key: "inactive_refused",
        title: "Inaktive Benutzer können sich nicht anmelden",
        sentence: "Ein inaktiver Benutzer muss von einem Administrator wieder eingelassen werden. Der letzte Benutzer, der Benutzer verwaltet, kommt immer herein.",
        warning: None,
    },
    German {
        key: "password_history",
        title: "Frühere Passwörter, die nicht wieder gehen",
        sentence: "Wer ein Passwort wählt, kann weder sein jetziges noch so viele davor nehmen.",
        warning: None,
    },
    German {
        key: "password_minimum_days",
        title: "Ein Passwort kann wieder geändert werden nach",
        sentence: "Bis dahin kann nur ein Administrator mit einem Link eine Änderung beginnen. 0 lässt es jederzeit zu.",
        warning: None,
    },
    German {
        key: "password_maximum_days",
        title: "Ein Passwort muss geändert werden nach",
        sentence: "Wessen Passwort älter ist, muss bei der nächsten Anmeldung ein anderes wählen. 0 verlangt es von niemandem.",
        warning: Some(
            "Passwörter, die man von Zeit zu Zeit ändern muss, werden schwächer: NIST SP 800-63B und OWASP raten davon ab. Ändern Sie eines, wenn andere es kennen könnten.",
        ),
    },
    German {
        key: "second_factor_mode",
        title: "Welcher zweite Faktor",
        sentence: "Mit Codes per Mail bekommt, wer weder App noch Passkey hat, einen Code geschickt, wenn er danach gefragt wird. Codes per Textnachricht bekommt, wer hier eine Telefonnummer hat; andere richten App oder Passkey ein. Wer eines davon eingerichtet hat, wird trotzdem danach gefragt. Ohne zweiten Faktor kommt niemand von außerhalb der Netze.",
        warning: Some(
            "Wer die Mails oder Textnachrichten eines anderen liest, kommt mit einem solchen Code herein. Eine App oder ein Passkey ist sicherer.",
        ),
    },
    German {
        key: "second_factor",
        title: "Zweiten Faktor verlangen",
        sentence: "Neben dem Passwort zeigt man einen Passkey oder einen Code: einer Authenticator-App, oder einen, der per Mail oder Textnachricht kommt. Wer nichts zu zeigen hat, richtet es bei der nächsten Anmeldung ein.",
        warning: Some("Ohne zweiten Faktor kommt herein, wer ein Passwort kennt."),
    },
    German {
        key: "sso_only",
        title: "Nur über Identitätsanbieter anmelden",
        sentence: "Niemand meldet sich mehr mit Passwort oder Passkey an. Antwortet kein Anbieter, kommen Administratoren mit ihrem Passwort und einem ihrer Wiederherstellungscodes herein.",
        warning: Some(
            "Probieren Sie zuerst die Anmeldung über Ihren Anbieter aus und bewahren Sie Ihre Wiederherstellungscodes auf: Sie sind der Rückweg.",
        ),
    },
    German {
        key: "clock_skew_seconds",
        title: "Fremde Uhren dürfen abweichen um",
        sentence: "Was Identitätsanbieter und Programme unterschreiben, gilt von einer Zeit bis zu einer anderen. Um so viel früher und später wird es angenommen, denn Uhren gehen verschieden.",
        warning: Some("Je länger es ist, desto länger lässt sich Gestohlenes verwenden."),
    },
    German {
        key: "console_networks",
        title: "Netze der Menschen",
        sentence: "Von wo aus man sich anmeldet und die Konsole benutzt. Wer von außen kommen darf, tut es mit einem zweiten Faktor; sonst niemand. Leer lässt Menschen von überall kommen.",
        warning: Some("Wessen Adresse nicht aufgeführt ist, wird sofort ausgeschlossen, auch in offenen Sitzungen."),
    },
    German {
        key: "api_networks",
        title: "Netze der Programme",
        sentence: "Von wo aus API-Schlüssel benutzt werden. Leer lässt Programme von überall kommen.",
        warning: Some("Ein Programm, dessen Adresse nicht aufgeführt ist, wird sofort abgewiesen."),
    },
    German {
        key: "api_authentication",
        title: "Programme weisen sich aus mit",
        sentence: "Was Programme mit jeder Anfrage schicken. Beim zweiten und dritten wird der Schlüssel selbst abgelehnt, damit er selten oder nie auf die Reise geht.",
        warning: Some("Programme, die anders kommen, werden sofort abgewiesen."),
    },
    German {
        key: "access_token_minutes",
        title: "Zugriffstoken gelten",
        sentence: "Danach muss ein Programm um ein neues bitten. Schon ausgegebene behalten ihre Zeit.",
        warning: None,
    },
    German {
        key: "domains_approved",
        title: "Nur freigegebene E-Mail-Domains",
        sentence: "Nur Benutzer der Domains unten können eingeladen werden und sich anmelden.",
        warning: Some("Benutzer anderer Domains kommen ab ihrer nächsten Anmeldung nicht mehr herein."),
    },
    German {
        key: "email_domains",
        title: "Freigegebene E-Mail-Domains",
        sentence: "Etwa example.org. Domains unterhalb einer anderen werden für sich aufgeführt.",
        warning: None,
    },
    German {
        key: "mail_host",
        title: "Mailserver",
        sentence: "Der Server, der Mails von Soundkeep annimmt, etwa smtp.example.org. Ohne ihn wird keine Mail verschickt. Einen Server im Haus muss der Betreiber erlauben.",
        warning: None,
    },
    German {
        key: "mail_port",
        title: "Port des Mailservers",
        sentence: "Meist 587 mit STARTTLS oder 465 mit TLS von Anfang an.",
        warning: None,
    },
    German {
        key: "mail_security",
        title: "Wie Mails unterwegs geschützt sind",
        sentence: "Ohne Schutz gehen Mails nur an Server in Netzen, die der Betreiber erlaubt hat.",
        warning: None,
    },
    German {
        key: "mail_user",
        title: "Benutzer am Mailserver",
        sentence: "Leer, wenn der Server keinen verlangt.",
        warning: None,
    },
    German {
        key: "mail_password",
        title: "Passwort am Mailserver",
        sentence: "Es wird niemandem wieder gezeigt. Ändert sich der Server, muss es neu eingegeben werden.",
        warning: None,
    },
    German {
        key: "mail_from",
        title: "Adresse des Absenders",
        sentence: "Die Adresse, von der Mails kommen, etwa soundkeep@example.org.",
        warning: None,
    },
    German {
        key: "mail_from_name",
        title: "Name des Absenders",
        sentence: "Der Name neben dieser Adresse. Leer heißt Soundkeep.",
        warning: None,
    },
    German {
        key: "account_notices",
        title: "Menschen sagen, was sich an ihrem Konto ändert",
        sentence: "Mit einem Mailserver: Wessen Passwort, zweiter Faktor oder Telefonnummer geändert wird, und wer sich an einem unbekannten Gerät anmeldet, bekommt eine Mail. So merken sie, wenn sie es nicht waren.",
        warning: None,
    },
    German {
        key: "sms_url",
        title: "Gateway für Textnachrichten",
        sentence: "Die Adresse, der jede Textnachricht gesagt wird, etwa https://sms.example.org/send. Ohne sie wird keine verschickt. Ein Gateway im Haus muss der Betreiber erlauben.",
        warning: None,
    },
    German {
        key: "sms_format",
        title: "Wie es dem Gateway gesagt wird",
        sentence: "Immer per POST. In der Anleitung des Gateways steht, was es will.",
        warning: None,
    },
    German {
        key: "sms_body",
        title: "Was dem Gateway gesagt wird",
        sentence: "Mit {to} für die Nummer und {text} für den Text. Leer heißt {\"to\": \"{to}\", \"text\": \"{text}\"}, oder als Formular to={to}&text={text}.",
        warning: None,
    },
    German {
        key: "sms_header",
        title: "Header mit dem Schlüssel des Gateways",
        sentence: "Leer heißt Authorization.",
        warning: None,
    },
    German {
        key: "sms_secret",
        title: "Schlüssel des Gateways",
        sentence: "Alles, was im Header steht, etwa Bearer und ein Token. Er wird niemandem wieder gezeigt. Ändert sich das Gateway, muss er neu eingegeben werden.",
        warning: None,
    },
    German {
        key: "embedding",
        title: "Soundkeep in anderen Websites zeigen",
        sentence: "Die Konsole darf in einem Rahmen der Websites unten gezeigt werden, etwa in einem CRM. Überall sonst lehnen Browser das ab.",
        warning: Some(
            "Eine Website, die die Konsole zeigt, kann Menschen darüber täuschen, worauf sie klicken. Tragen Sie nur Websites ein, denen Sie wie dieser vertrauen.",
        ),
    },
    German {
        key: "embedding_origins",
        title: "Websites, die es zeigen dürfen",
        sentence: "Eine Website je Zeile, etwa https://crm.example.org: ohne Pfad und ohne Platzhalter.",
        warning: None,
    },
    German {
        key: "mask_numbers",
        title: "Telefonnummern verbergen",
        sentence: "Von Telefonnummern werden allen nur die letzten Ziffern gezeigt, und man kann nicht nach ihnen suchen. Was gespeichert ist, bleibt, wie es ist.",
        warning: None,
    },
    German {
        key: "groups_since_appointment",
        title: "Supervisoren sehen nur, was seit ihrer Ernennung kam",
        sentence: "Ein Supervisor erreicht die Gespräche einer Gruppe von dem Tag an, an dem er begann, sich um sie zu kümmern, und keine davor.",
        warning: None,
    },
    German {
        key: "confirm_hearing",
        title: "Änderungen bestätigen, durch die jemand mehr hört",
        sentence: "Eine Änderung einer Rolle, Zugriffsgruppe, Zugehörigkeit oder Einstellung, durch die jemand mehr hören, mithören oder herunterladen kann, muss durch Tippen bestätigt werden.",
        warning: Some(
            "Ohne das kann eine unbedachte Änderung Aufnahmen für Menschen öffnen, die sie nicht hören dürfen.",
        ),
    },
    German {
        key: "confirm_losing_more_than",
        title: "Änderungen bestätigen, durch die mehr etwas verlieren als",
        sentence: "Eine Änderung, durch die mehr Personen als so viele etwas verlieren, das sie erreichen, muss durch Tippen bestätigt werden.",
        warning: None,
    },
    German {
        key: "language",
        title: "Sprache",
        sentence: "Die Sprache für alle, die keine gewählt haben, und von Antworten an Programme, die keine verlangen.",
        warning: None,
    },
    German {
        key: "time_zone",
        title: "Zeitzone",
        sentence: "Die Zeitzone, in der die Konsole denen Zeiten zeigt, die keine gewählt haben.",
        warning: None,
    },
];

fn german(language: Language, setting: &Setting) -> Option<&'static German> {
    let known = || GERMAN.iter().find(|german| german.key == setting.key);
    if language == Language::German { known() } else { None }
}

/// Its name for people.
#[must_use]
pub fn title(language: Language, setting: &Setting) -> &'static str {
    german(language, setting).map_or(setting.title, |german| german.title)
}

/// What it does.
#[must_use]
pub fn sentence(language: Language, setting: &Setting) -> &'static str {
    german(language, setting).map_or(setting.sentence, |german| german.sentence)
}

/// What to think of before changing it.
#[must_use]
pub fn warning(language: Language, setting: &Setting) -> Option<&'static str> {
    german(language, setting).map_or(setting.warning, |german| german.warning)
}

/// The name of a part of the screen.
#[must_use]
pub const fn section(language: Language, section: Section) -> &'static str {
    match (language, section) {
        (Language::English, _) => section.title(),
        (Language::German, Section::Sessions) => "Sitzungen",
        (Language::German, Section::Passwords) => "Passwörter",
        (Language::German, Section::Networks) => "Woher man kommt",
        (Language::German, Section::Programs) => "Programme",
        (Language::German, Section::SecondFactor) => "Zweiter Faktor",
        (Language::German, Section::Mail) => "Mail",
        (Language::German, Section::Sms) => "Textnachrichten",
        (Language::German, Section::Embedding) => "Einbettung",
        (Language::German, Section::Privacy) => "Datenschutz",
        (Language::German, Section::Access) => "Zugriff",
        (Language::German, Section::Region) => "Sprache und Zeit",
    }
}

/// The name of a channel.
#[must_use]
pub const fn channel(language: Language, channel: Channel) -> &'static str {
    match (language, channel) {
        (Language::English, Channel::Voice) => "calls",
        (Language::English, Channel::Chat) => "chats",
        (Language::English, Channel::Email) => "emails",
        (Language::English, Channel::Other) => "other channels",
        (Language::German, Channel::Voice) => "Anrufe",
        (Language::German, Channel::Chat) => "Chats",
        (Language::German, Channel::Email) => "E-Mails",
        (Language::German, Channel::Other) => "andere Kanäle",
    }
}

const fn each_their_own(language: Language) -> &'static str {
    match language {
        Language::English => "each person's own",
        Language::German => "die eigene jeder Person",
    }
}

/// The name of a word that may be chosen.
pub(crate) fn choice(language: Language, words: &Words) -> String {
    match (language, words.word) {
        (Language::German, OWN) => "Die eigene jeder Person".to_owned(),
        (Language::German, "off") => "Nur von denen, die einen eingerichtet haben".to_owned(),
        (Language::German, "outside") => "Von denen, die von außen kommen".to_owned(),
        (Language::German, "tls") => "TLS von Anfang an".to_owned(),
        (Language::German, "app") => "App oder Passkey (empfohlen)".to_owned(),
        (Language::German, "email") => "Ein Code per Mail".to_owned(),
        (Language::German, "sms") => "Ein Code per Textnachricht".to_owned(),
        (Language::German, "json") => "Als JSON".to_owned(),
        (Language::German, "form") => "Als Formular".to_owned(),
        (Language::German, "plain") => "Gar nicht".to_owned(),
        (Language::German, "none") => "Keiner".to_owned(),
        (Language::German, "always") => "Immer und von allen".to_owned(),
        _ => words.title.to_owned(),
    }
}

fn unit(language: Language, unit: Unit, number: i64) -> &'static str {
    match (language, unit, number == 1) {
        (_, Unit::Port, _) => "",
        (Language::English, Unit::Seconds, true) => "second",
        (Language::English, Unit::Seconds, false) => "seconds",
        (Language::English, Unit::Minutes, true) => "minute",
        (Language::English, Unit::Minutes, false) => "minutes",
        (Language::English, Unit::Hours, true) => "hour",
        (Language::English, Unit::Hours, false) => "hours",
        (Language::English, Unit::Users, true) => "user",
        (Language::English, Unit::Users, false) => "users",
        (Language::English, Unit::Sessions, true) => "session",
        (Language::English, Unit::Sessions, false) => "sessions",
        (Language::German, Unit::Sessions, true) => "Sitzung",
        (Language::German, Unit::Sessions, false) => "Sitzungen",
        (Language::English, Unit::Days, true) => "day",
        (Language::English, Unit::Days, false) => "days",
        (Language::English, Unit::Passwords, true) => "password",
        (Language::English, Unit::Passwords, false) => "passwords",
        (Language::German, Unit::Days, true) => "Tag",
        (Language::German, Unit::Days, false) => "Tage",
        (Language::German, Unit::Passwords, true) => "Passwort",
        (Language::German, Unit::Passwords, false) => "Passwörter",
        (Language::German, Unit::Seconds, true) => "Sekunde",
        (Language::German, Unit::Seconds, false) => "Sekunden",
        (Language::German, Unit::Minutes, true) => "Minute",
        (Language::German, Unit::Minutes, false) => "Minuten",
        (Language::German, Unit::Hours, true) => "Stunde",
        (Language::German, Unit::Hours, false) => "Stunden",
        (Language::German, Unit::Users, true) => "Person",
        (Language::German, Unit::Users, false) => "Personen",
    }
}

/// A value in words.
#[must_use]
pub fn value(language: Language, setting: &Setting, value: &Value) -> String {
    let english = language == Language::English;
    match (&setting.kind, value) {
        (_, Value::Flag(true)) => if english { "on" } else { "an" }.to_owned(),
        (_, Value::Flag(false)) => if english { "off" } else { "aus" }.to_owned(),
        (Kind::Number { unit: counted, .. }, Value::Number(number)) => {
            format!("{number} {}", unit(language, *counted, *number)).trim_end().to_owned()
        }
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Word(word)) if word.is_empty() => if english { "none" } else { "keine Angabe" }.to_owned(),
        (_, Value::Word(word)) if word == OWN => each_their_own(language).to_owned(),
        (Kind::Choice(words), Value::Word(word)) => {
            let known = words.iter().find(|one| one.word == word.as_str());
            known.map_or_else(|| word.clone(), |one| choice(language, one))
        }
        (_, Value::Word(word)) => word.clone(),
        (_, Value::List(list)) if list.is_empty() => if english { "none" } else { "keine" }.to_owned(),
        (_, Value::List(list)) => list.join(", "),
    }
}

fn side(language: Language, setting: &Setting, in_force: &InForce, own: bool) -> String {
    let value = value(language, setting, &in_force.value);
    let from = match (language, in_force.origin) {
        (Language::English, Origin::Default) if !own => " (default)",
        (Language::German, Origin::Default) if !own => " (Standard)",
        (Language::English, Origin::Default | Origin::Organisation) if own => " (as the organisation)",
        (Language::German, Origin::Default | Origin::Organisation) if own => " (wie die Organisation)",
        _ => "",
    };
    format!("{value}{from}")
}

/// A difference in words: `Sign out when idle for: 15 minutes (default) → 30 minutes`.
#[must_use]
pub fn difference(
    language: Language,
    setting: Option<&Setting>,
    key: &str,
    of: Option<Channel>,
    sides: (Option<&InForce>, Option<&InForce>),
) -> String {
    let mut text = setting.map_or(key, |setting| title(language, setting)).to_owned();
    if let Some(of) = of {
        text.push_str(match language {
            Language::English => ", for ",
            Language::German => ", für ",
        });
        text.push_str(channel(language, of));
    }
    text.push_str(": ");
    let own = of.is_some();
    match (setting, sides) {
        (Some(setting), (Some(old), Some(new))) => {
            text.push_str(&side(language, setting, old, own));
            text.push_str(" → ");
            text.push_str(&side(language, setting, new, own));
        }
        _ => text.push_str(match language {
            Language::English => "changed",
            Language::German => "geändert",
        }),
    }
    text
}

/// The reference page of settings, in English.
#[must_use]
pub fn reference(registry: soundkeep_app::domain::settings::Registry) -> String {
    let mut page = "# Settings\n\nMade by `cargo xtask generate`. Administrators set them in the console under \
                    Settings, programs by `PATCH /api/v1/settings`; what they do in practice stands in \
                    [settings for administrators](../operate/settings.md).\n"
        .to_owned();
    for part in Section::ALL {
        let settings: Vec<_> = registry.all().iter().filter(|setting| setting.section == *part).collect();
        if settings.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {}\n\n", part.title()));
        page.push_str("| setting | what it does | values | default | channels |\n|---|---|---|---|---|\n");
        for setting in settings {
            let values = match setting.kind {
                Kind::Flag => "on, off".to_owned(),
                Kind::Number { from, to, unit: counted } => {
                    format!("{from} to {to} {}", unit(Language::English, counted, to)).trim_end().to_owned()
                }
                Kind::Choice(words) => words.iter().map(|one| format!("`{}`", one.word)).collect::<Vec<_>>().join(", "),
                Kind::Networks { most } => format!("up to {most} networks such as `192.0.2.0/24`"),
                Kind::Domains { most } => format!("up to {most} domains such as `example.org`"),
                Kind::Origins { most } => format!("up to {most} origins such as `https://crm.example.org`"),
                Kind::TimeZone => format!("an IANA time zone, or `{OWN}`"),
                Kind::Text(text) if text.example().is_empty() => "one line".to_owned(),
                Kind::Text(text) => format!("a text such as `{}`", text.example()),
                Kind::Secret => "a text".to_owned(),
            };
            let default = value(Language::English, setting, &setting.default.value());
            let secret = if setting.sensitive { " A secret: no answer, history or event holds its value." } else { "" };
            let warning = setting.warning.map(|warning| format!(" {warning}")).unwrap_or_default();
            page.push_str(&format!(
                "| **{}** `{}` | {}{warning}{secret} | {values} | {default} | {} |\n",
                setting.title,
                setting.key,
                setting.sentence,
                if setting.by_channel { "may differ" } else { "" },
            ));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundkeep_app::domain::settings::REGISTRY;

    #[test]
    fn every_setting_speaks_german() {
        for setting in REGISTRY.all() {
            let german = german(Language::German, setting).unwrap_or_else(|| panic!("no German for {}", setting.key));
            assert_eq!(german.warning.is_some(), setting.warning.is_some(), "{}", setting.key);
        }
        assert_eq!(GERMAN.len(), REGISTRY.all().len());
    }

    #[test]
    fn a_difference_is_told_in_words() {
        let idle = REGISTRY.find("session_idle_minutes").unwrap();
        let old = InForce { value: Value::Number(15), origin: Origin::Default };
        let new = InForce { value: Value::Number(1), origin: Origin::Organisation };
        let told = |language| difference(language, Some(idle), idle.key, None, (Some(&old), Some(&new)));
        assert_eq!(told(Language::English), "Sign out when idle for: 15 minutes (default) → 1 minute");
        assert_eq!(told(Language::German), "Bei Untätigkeit abmelden nach: 15 Minuten (Standard) → 1 Minute");
        let mask = REGISTRY.find("mask_numbers").unwrap();
        let old = InForce { value: Value::Flag(false), origin: Origin::Organisation };
        let new = InForce { value: Value::Flag(true), origin: Origin::Channel };
        assert_eq!(
            difference(Language::English, Some(mask), mask.key, Some(Channel::Chat), (Some(&old), Some(&new))),
            "Hide phone numbers, for chats: off (as the organisation) → on"
        );
    }
}
