//! The registry: every setting, once. What it does stands where it is asked for. Knows no stored value.

use super::document::Settings;
use super::kind::{Kind, OWN, Standard, Unit, Value, Words};
use super::networks::NETWORKS_MAX;
use super::sms;
use super::text::Text;
use crate::conversations::Channel;

/// A part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// How long people stay signed in.
    Sessions,
    /// How passwords are chosen and how long they last.
    Passwords,
    /// What is asked for besides a password.
    SecondFactor,
    /// From where people and programs come in.
    Networks,
    /// How programs show who they are.
    Programs,
    /// The mail server.
    Mail,
    /// The gateway for text messages.
    Sms,
    /// Other sites that show the console inside.
    Embedding,
    /// What is shown of people outside.
    Privacy,
    /// Who reaches what, and how changes of it are confirmed.
    Access,
    /// Language and time.
    Region,
}

impl Section {
    /// All of them, in the order of the screen.
    pub const ALL: &[Section] = &[
        Self::Sessions,
        Self::Passwords,
        Self::SecondFactor,
        Self::Networks,
        Self::Programs,
        Self::Mail,
        Self::Sms,
        Self::Embedding,
        Self::Privacy,
        Self::Access,
        Self::Region,
    ];
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Passwords => "passwords",
            Self::SecondFactor => "second_factor",
            Self::Networks => "networks",
            Self::Programs => "programs",
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Embedding => "embedding",
            Self::Privacy => "privacy",
            Self::Access => "access",
            Self::Region => "region",
        }
    }
    /// Its name on the screen.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Passwords => "Passwords",
            Self::SecondFactor => "Second factor",
            Self::Networks => "Where people come from",
            Self::Programs => "Programs",
            Self::Mail => "Mail",
            Self::Sms => "Text messages",
            Self::Embedding => "Embedding",
            Self::Privacy => "Privacy",
            Self::Access => "Access",
            Self::Region => "Language and time",
        }
    }
}

/// A setting: everything that is known of it but its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its stable name.
    pub key: &'static str,
    /// Where it stands on the screen.
    pub section: Section,
    /// What kind of value it has, with bounds and unit.
    pub kind: Kind,
    /// Its value unless somebody decides otherwise.
    pub default: Standard,
    /// Its name on the screen.
    pub title: &'static str,
    /// What it does.
    pub sentence: &'static str,
    /// What to think of before changing it.
    pub warning: Option<&'static str>,
    /// Whether its value is a secret: then no event, history or answer holds it.
    pub sensitive: bool,
    /// Whether a channel may have a value of its own.
    pub by_channel: bool,
}

impl Setting {
    const fn new(section: Section, kind: Kind, default: Standard, title: &'static str) -> Self {
        Self {
            key: "",
            section,
            kind,
            default,
            title,
            sentence: "",
            warning: None,
            sensitive: false,
            by_channel: false,
        }
    }
    /// A setting that is on or off.
    #[must_use]
    pub const fn flag(section: Section, title: &'static str, default: bool) -> Self {
        Self::new(section, Kind::Flag, Standard::Flag(default), title)
    }
    /// A setting that is a whole number within bounds, both included.
    #[must_use]
    pub const fn number(
        section: Section,
        title: &'static str,
        default: i64,
        (from, to): (i64, i64),
        unit: Unit,
    ) -> Self {
        Self::new(section, Kind::Number { from, to, unit }, Standard::Number(default), title)
    }
    /// A setting that is one of several words.
    #[must_use]
    pub const fn choice(section: Section, title: &'static str, default: &'static str, words: &'static [Words]) -> Self {
        Self::new(section, Kind::Choice(words), Standard::Word(default), title)
    }
    /// A setting that is a list of origins, empty at first.
    #[must_use]
    pub const fn origins(section: Section, title: &'static str, most: usize) -> Self {
        Self::new(section, Kind::Origins { most }, Standard::Nothing, title)
    }
    /// A setting that is a list of networks, empty at first.
    #[must_use]
    pub const fn networks(section: Section, title: &'static str, most: usize) -> Self {
        Self::new(section, Kind::Networks { most }, Standard::Nothing, title)
    }
    /// A setting that is a list of domains of email addresses, empty at first.
    #[must_use]
    pub const fn domains(section: Section, title: &'static str, most: usize) -> Self {
        Self::new(section, Kind::Domains { most }, Standard::Nothing, title)
    }
    /// A setting that is a time zone, everybody's own at first.
    #[must_use]
    pub const fn time_zone(section: Section, title: &'static str) -> Self {
        Self::new(section, Kind::TimeZone, Standard::Word(OWN), title)
    }
    /// A setting that is a text, empty at first.
    #[must_use]
    pub const fn text(section: Section, title: &'static str, text: Text) -> Self {
        Self::new(section, Kind::Text(text), Standard::Word(""), title)
    }
    /// A setting that nobody is shown again, empty at first.
    #[must_use]
    pub const fn sealed(section: Section, title: &'static str) -> Self {
        Self::new(section, Kind::Secret, Standard::Word(""), title).secret()
    }
    /// The same under a name.
    #[must_use]
    pub const fn keyed(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }
    /// The same with a sentence that says what it does.
    #[must_use]
    pub const fn saying(mut self, sentence: &'static str) -> Self {
        self.sentence = sentence;
        self
    }
    /// The same with a warning.
    #[must_use]
    pub const fn warning(mut self, warning: &'static str) -> Self {
        self.warning = Some(warning);
        self
    }
    /// The same as a secret.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.sensitive = true;
        self
    }
    /// The same, with which channels may differ.
    #[must_use]
    pub const fn per_channel(mut self) -> Self {
        self.by_channel = true;
        self
    }
}

/// The settings that there are.
#[derive(Debug, Clone, Copy)]
pub struct Registry(&'static [Setting]);

impl Registry {
    /// A registry of these; tests bring their own.
    #[must_use]
    pub const fn of(settings: &'static [Setting]) -> Self {
        Self(settings)
    }
    /// All settings.
    #[must_use]
    pub const fn all(self) -> &'static [Setting] {
        self.0
    }
    /// The setting of this name.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static Setting> {
        self.0.iter().find(|setting| setting.key == key)
    }
}

/// A value in the type that is asked for.
trait FromValue: Sized {
    fn from_value(value: Value) -> Option<Self>;
}
impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Flag(flag) = value { Some(flag) } else { None }
    }
}
impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(number) } else { None }
    }
}
impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Word(word) = value { Some(word) } else { None }
    }
}
impl FromValue for Vec<String> {
    fn from_value(value: Value) -> Option<Self> {
        if let Value::List(list) = value { Some(list) } else { None }
    }
}

macro_rules! settings {
    (
        organisation { $($name:ident: $type:ty = $setting:expr;)* }
        channels { $($own:ident: $own_type:ty = $own_setting:expr;)* }
    ) => {
        const ALL: &[Setting] = &[
            $($setting.keyed(stringify!($name)),)*
            $($own_setting.per_channel().keyed(stringify!($own)),)*
        ];
        impl Settings {
            $(
                #[doc = concat!("The value in force of `", stringify!($name), "`.")]
                #[must_use]
                pub fn $name(&self) -> $type {
                    let setting = const { $setting.keyed(stringify!($name)) };
                    <$type>::from_value(self.in_force(&setting, None).value).unwrap_or_default()
                }
            )*
            $(
                #[doc = concat!("The value in force of `", stringify!($own), "` for a channel.")]
                #[must_use]
                pub fn $own(&self, channel: Channel) -> $own_type {
                    let setting = const { $own_setting.per_channel().keyed(stringify!($own)) };
                    <$own_type>::from_value(self.in_force(&setting, Some(channel)).value).unwrap_or_default()
                }
            )*
        }
        #[cfg(test)]
        fn typed_defaults() -> Vec<(&'static str, bool)> {
            vec![
                $((stringify!($name), <$type>::from_value($setting.default.value()).is_some()),)*
                $((stringify!($own), <$own_type>::from_value($own_setting.default.value()).is_some()),)*
            ]
        }
    };
}

settings! {
    organisation {
        session_idle_minutes: i64 = Setting::number(Section::Sessions, "Sign out when idle for", 15, (5, 720), Unit::Minutes)
            .saying("Whoever does nothing for so long is signed out. Listening to a recording counts as doing something; a page that refreshes itself does not.")
            .warning("The longer it is, the longer a screen that somebody walked away from stays open to others.");
        session_hours: i64 = Setting::number(Section::Sessions, "Sign out in any case after", 12, (1, 168), Unit::Hours)
            .saying("A session ends after so long, however busy it is. A shorter time holds for open sessions too.");
        sessions_max: i64 = Setting::number(Section::Sessions, "Sessions of a person at once", 0, (0, 100), Unit::Sessions)
            .saying("Who signs in once more ends their oldest session. 0 allows any number.");
        sessions_mobile_max: i64 = Setting::number(Section::Sessions, "Of these, on phones and tablets", 0, (0, 100), Unit::Sessions)
            .saying("Who signs in on one more phone or tablet ends their oldest session on one. 0 allows any number.");
        inactive_days: i64 = Setting::number(Section::Sessions, "Users are inactive after", 0, (0, 3650), Unit::Days)
            .saying("Who hasn't signed in for so long is marked inactive. 0 marks nobody.");
        inactive_refused: bool = Setting::flag(Section::Sessions, "Inactive users can't sign in", false)
            .saying("An inactive user has to be let in again by an administrator. The last user who manages users always comes in.");
        password_history: i64 = Setting::number(Section::Passwords, "Former passwords that can't be used again", 2, (0, 24), Unit::Passwords)
            .saying("Whoever chooses a password can't take the one they have, nor so many before it.");
        password_minimum_days: i64 = Setting::number(Section::Passwords, "A password can be changed again after", 0, (0, 30), Unit::Days)
            .saying("Until then only an administrator can start a change, with a link. 0 lets people change it at any time.");
        password_maximum_days: i64 = Setting::number(Section::Passwords, "A password has to be changed after", 0, (0, 3650), Unit::Days)
            .saying("Whose password is older has to choose another at their next sign-in. 0 asks nobody.")
            .warning("Passwords that have to be changed from time to time get weaker: NIST SP 800-63B and OWASP advise against it. Change one when it may be known to others.");
        second_factor_mode: String = Setting::choice(Section::SecondFactor, "Which second factor", "app", &[
                Words { word: "app", title: "An app or passkey (recommended)" },
                Words { word: "email", title: "A code by mail" },
                Words { word: "sms", title: "A code by text message" },
                Words { word: "none", title: "None" },
            ])
            .saying("With codes by mail, whoever has neither app nor passkey gets a code sent when they are asked for one. Codes by text message go to whoever has a phone number here; others set an app or passkey up. Whoever set one up is asked for that all the same. Without a second factor nobody comes from outside of the networks.")
            .warning("Whoever reads somebody's mail or text messages comes in with such a code. An app or passkey is safer.");
        second_factor: String = Setting::choice(Section::SecondFactor, "Ask for a second factor", "off", &[
                Words { word: "off", title: "Only of those who have set one up" },
                Words { word: "outside", title: "Of whoever comes from outside" },
                Words { word: "always", title: "Of everybody, always" },
            ])
            .saying("Besides their password, people show a passkey or a code: of an authenticator app, or one that comes by mail or text message. Whoever has nothing to show sets it up at their next sign-in.")
            .warning("Without a second factor, whoever knows a password comes in.");
        sso_only: bool = Setting::flag(Section::SecondFactor, "Sign in through identity providers alone", false)
            .saying("Nobody signs in with a password or passkey any more. When no provider answers, administrators come in with their password and one of their recovery codes.")
            .warning("Test a sign-in through your provider first, and keep your recovery codes: they are the way back.");
        clock_skew_seconds: i64 = Setting::number(Section::SecondFactor, "Clocks of others may differ by", 60, (0, 300), Unit::Seconds)
            .saying("What identity providers and programs sign holds from one time to another. It is taken so much earlier and later, because clocks differ.")
            .warning("The longer it is, the longer something that was stolen can be used.");
        console_networks: Vec<String> = Setting::networks(Section::Networks, "Networks of people", NETWORKS_MAX)
            .saying("From where people sign in and use the console. Whoever may come from outside does so with a second factor; nobody else does. Empty lets people come from anywhere.")
            .warning("Somebody whose address isn't listed is shut out at once, in open sessions too.");
        api_networks: Vec<String> = Setting::networks(Section::Networks, "Networks of programs", NETWORKS_MAX)
            .saying("From where API keys are used. A key may have a list of its own besides; both must allow. Empty lets programs come from anywhere.")
            .warning("A program whose address isn't listed is refused at once.");
        api_authentication: String = Setting::choice(Section::Programs, "Programs come in with", "key", &[
                Words { word: "key", title: "Their API key, or any of the ways below" },
                Words { word: "signed", title: "A secret signed with the key, another one each day" },
                Words { word: "oauth", title: "An access token (OAuth 2.0)" },
            ])
            .saying("What programs send with each request. With the second or third the key itself is refused, so that it travels seldom or never.")
            .warning("Programs that come in another way are refused at once.");
        access_token_minutes: i64 = Setting::number(Section::Programs, "Access tokens last", 60, (5, 1440), Unit::Minutes)
            .saying("After so long a program has to ask for another one. Those that were given out keep their time.");
        domains_approved: bool = Setting::flag(Section::Networks, "Only approved email domains", false)
            .saying("Only users of the domains below can be invited and sign in.")
            .warning("Users of other domains are kept out from their next sign-in on.");
        email_domains: Vec<String> = Setting::domains(Section::Networks, "Approved email domains", 200)
            .saying("Such as example.org. Domains below one are listed by themselves.");
        mail_host: String = Setting::text(Section::Mail, "Mail server", Text::Host)
            .saying("The server that takes mail from Soundkeep, such as smtp.example.org. Without one no mail is sent. A server inside the house has to be allowed by the operator.");
        mail_port: i64 = Setting::number(Section::Mail, "Port of the mail server", 587, (1, 65535), Unit::Port)
            .saying("Mostly 587 with STARTTLS, or 465 with TLS from the start.");
        mail_security: String = Setting::choice(Section::Mail, "How mail is protected on its way", "starttls", &[
                Words { word: "starttls", title: "STARTTLS" },
                Words { word: "tls", title: "TLS from the start" },
                Words { word: "plain", title: "Not at all" },
            ])
            .saying("Without protection mail goes only to servers inside networks that the operator allowed.");
        mail_user: String = Setting::text(Section::Mail, "User at the mail server", Text::Line)
            .saying("Empty where the server asks for none.");
        mail_password: String = Setting::sealed(Section::Mail, "Password at the mail server")
            .saying("Nobody is shown it again. When the server changes, it has to be typed anew.");
        mail_from: String = Setting::text(Section::Mail, "Sender's address", Text::Email)
            .saying("The address that mail comes from, such as soundkeep@example.org.");
        mail_from_name: String = Setting::text(Section::Mail, "Sender's name", Text::Line)
            .saying("The name beside that address. Empty means Soundkeep.");
        account_notices: bool = Setting::flag(Section::Mail, "Tell people what changes in their account", true)
            .saying("With a mail server: whoever's password, second factor or phone number is changed, and who signs in on a device that isn't known, gets a mail. So they notice when it wasn't them.");
        sms_url: String = Setting::text(Section::Sms, "Gateway for text messages", Text::Url)
            .saying("The address that is told each text message, such as https://sms.example.org/send. Without one none is sent. A gateway inside the house has to be allowed by the operator.");
        sms_format: String = Setting::choice(Section::Sms, "How the gateway is told", "json", &[
                Words { word: "json", title: "As JSON" },
                Words { word: "form", title: "As a form" },
            ])
            .saying("Always by POST. The documentation of the gateway says which it wants.");
        sms_body: String = Setting::text(Section::Sms, "What the gateway is told", Text::Line)
            .saying("With {to} for the number and {text} for the text. Empty means {\"to\": \"{to}\", \"text\": \"{text}\"}, or to={to}&text={text} as a form.");
        sms_header: String = Setting::text(Section::Sms, "Header with the key of the gateway", Text::Header)
            .saying("Empty means Authorization.");
        sms_secret: String = Setting::sealed(Section::Sms, "Key of the gateway")
            .saying("All that stands in the header, such as Bearer and a token. Nobody is shown it again. When the gateway changes, it has to be typed anew.");
        embedding: bool = Setting::flag(Section::Embedding, "Let listed sites show Soundkeep inside", false)
            .saying("The console may be shown in a frame of the sites below, such as a CRM. Everywhere else browsers refuse to.")
            .warning("A site that shows the console inside can mislead people about what they click. List only sites that you trust like this one.");
        embedding_origins: Vec<String> = Setting::origins(Section::Embedding, "Sites that may show it", 20)
            .saying("One site per line, such as https://crm.example.org: no path, no wildcard.");
        groups_since_appointment: bool = Setting::flag(Section::Access, "Supervisors see only what came since their appointment", false)
            .saying("A supervisor reaches the conversations of a group from the day on which they began to look after it, and none from before.");
        confirm_hearing: bool = Setting::flag(Section::Access, "Confirm changes that let somebody hear more", true)
            .saying("A change of a role, access group, membership or setting that lets somebody hear, listen to or download more has to be confirmed by typing.")
            .warning("Without it, one careless change can open recordings to people who must not hear them.");
        confirm_losing_more_than: i64 = Setting::number(Section::Access, "Confirm changes by which more lose something than", 10, (0, 1_000_000), Unit::Users)
            .saying("A change by which more users than this lose something they reach has to be confirmed by typing.");
        language: String = Setting::choice(Section::Region, "Language", OWN, &[
                Words { word: OWN, title: "Each person's own" },
                Words { word: "en", title: "English" },
                Words { word: "de", title: "Deutsch" },
            ])
            .saying("The language for people who have chosen none, and of answers to programs that ask for none.");
        time_zone: String = Setting::time_zone(Section::Region, "Time zone")
            .saying("The time zone in which the console shows times to people who have chosen none.");
    }
    channels {
        mask_numbers: bool = Setting::flag(Section::Privacy, "Hide phone numbers", false)
            .saying("Phone numbers are shown with their last digits only, to everybody, and can't be searched for. What is stored stays as it is.");
    }
}

/// The settings of Soundkeep.
pub const REGISTRY: Registry = Registry::of(ALL);

/// What doesn't go together, by setting and with a sentence.
pub(super) fn contradictions(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if settings.session_idle_minutes() > settings.session_hours() * 60 {
        found.push(("session_idle_minutes", "longer than a session lasts in any case".to_owned()));
    }
    if settings.password_maximum_days() > 0 && settings.password_minimum_days() >= settings.password_maximum_days() {
        found.push(("password_minimum_days", "shorter than the time after which it has to be changed".to_owned()));
    }
    if settings.second_factor_mode() == "none" && settings.second_factor() != "off" {
        found.push(("second_factor", "only of those who have set one up, when there is no second factor".to_owned()));
    }
    if settings.second_factor_mode() == "email" && settings.mail_host().is_empty() {
        found.push(("second_factor_mode", "a mail server first, when codes come by mail".to_owned()));
    }
    if settings.second_factor_mode() == "sms" && settings.sms_url().is_empty() {
        let sentence = "a gateway for text messages first, when codes come by them";
        found.push(("second_factor_mode", sentence.to_owned()));
    }
    if !sms::fits(sms::Format::of(&settings.sms_format()), &settings.sms_body()) {
        let sentence = match sms::Format::of(&settings.sms_format()) {
            sms::Format::Json => "a JSON document with {to} and {text} in it",
            sms::Format::Form => "fields such as to={to}&text={text}",
        };
        found.push(("sms_body", sentence.to_owned()));
    }
    if settings.second_factor() == "outside" && settings.console_networks().is_empty() {
        found.push((
            "console_networks",
            "at least one network, when those outside of it are asked for a second factor".to_owned(),
        ));
    }
    if settings.domains_approved() && settings.email_domains().is_empty() {
        found.push(("email_domains", "at least one domain, when only approved ones may come in".to_owned()));
    }
    if !settings.mail_host().is_empty() && settings.mail_from().is_empty() {
        found.push(("mail_from", "an address that mail comes from, when there is a mail server".to_owned()));
    }
    if settings.mail_user().is_empty() != settings.mail_password().is_empty() {
        found.push(("mail_user", "a user and a password, or neither".to_owned()));
    }
    if settings.embedding() && settings.embedding_origins().is_empty() {
        found.push(("embedding_origins", "at least one site, when sites may show Soundkeep inside".to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_setting_has_words_a_fitting_default_and_the_type_that_it_is_asked_for_in() {
        let keys: BTreeSet<_> = REGISTRY.all().iter().map(|setting| setting.key).collect();
        assert_eq!(keys.len(), REGISTRY.all().len());
        for setting in REGISTRY.all() {
            let key = setting.key;
            assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{key}");
            assert!(!setting.title.is_empty() && !setting.title.ends_with('.'), "{key}");
            for sentence in [Some(setting.sentence), setting.warning].into_iter().flatten() {
                assert!(sentence.ends_with('.'), "{key}: {sentence}");
            }
            let default = setting.default.value();
            assert_eq!(setting.kind.read(&default.json()), Ok(default), "{key}");
        }
        for (key, fits) in typed_defaults() {
            assert!(fits, "{key}");
        }
        assert_eq!(contradictions(&Settings::defaults(REGISTRY)), []);
    }
}
