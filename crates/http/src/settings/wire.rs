//! Forms of settings in answers, all made from the registry. Knows no setting by name.

use crate::wire::Channel;
use crate::words::Language;
use crate::words::settings as words;
use serde::Serialize;
use soundkeep_app::domain::conversations::Channel as DomainChannel;
use soundkeep_app::domain::settings::{
    Difference, InForce, Kind, Origin as DomainOrigin, Section, Setting, Settings as DomainSettings, Value,
};
use soundkeep_app::settings::Change;
use utoipa::ToSchema;

/// A value: on or off, a number, a word, or a list of origins.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SettingValue {
    Flag(bool),
    Number(i64),
    Word(String),
    List(Vec<String>),
}

impl From<Value> for SettingValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Flag(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(number),
            Value::Word(word) => Self::Word(word),
            Value::List(list) => Self::List(list),
        }
    }
}

/// Where a value in force comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SettingOrigin)]
pub(crate) enum Origin {
    /// Nobody decided.
    Default,
    /// Decided for the organisation.
    Organisation,
    /// Decided for this channel.
    Channel,
}

impl From<DomainOrigin> for Origin {
    fn from(origin: DomainOrigin) -> Self {
        match origin {
            DomainOrigin::Default => Self::Default,
            DomainOrigin::Organisation => Self::Organisation,
            DomainOrigin::Channel => Self::Channel,
        }
    }
}

/// What kind of value a setting has.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SettingKind {
    /// On or off.
    Flag,
    /// A whole number of `unit`s from `from` to `to`.
    Number,
    /// One of `choices`.
    Choice,
    /// At most `most` origins.
    Origins,
    /// At most `most` networks, such as `192.0.2.0/24`.
    Networks,
    /// At most `most` domains, such as `example.org`.
    Domains,
    /// An IANA time zone, or `own`.
    TimeZone,
    /// A text that looks like `example`; empty where there is none.
    Text,
    /// A text that no answer holds; empty takes it away.
    Secret,
}

/// A word that may be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingChoice {
    value: &'static str,
    /// Its name for people.
    title: String,
}

/// The value in force for a channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelValue {
    channel: Channel,
    /// The value in force; null for a secret.
    #[schema(required = true)]
    value: Option<SettingValue>,
    origin: Origin,
}

/// A setting: what is known of it, and its value in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
pub(crate) struct SettingField {
    key: &'static str,
    /// Its name for people, in the language asked for.
    title: String,
    /// What it does.
    sentence: String,
    /// What to think of before changing it.
    #[schema(required = true)]
    warning: Option<String>,
    kind: SettingKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    choices: Option<Vec<SettingChoice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    most: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    example: Option<&'static str>,
    /// Whether it is a secret: then its value is in no answer.
    sensitive: bool,
    default: SettingValue,
    /// The value in force for the organisation; null for a secret.
    #[schema(required = true)]
    value: Option<SettingValue>,
    origin: Origin,
    /// What is in force per channel; empty when a channel can't have its own value.
    channels: Vec<ChannelValue>,
}

/// A part of the screen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsSection {
    key: &'static str,
    /// Its name for people.
    title: &'static str,
    settings: Vec<SettingField>,
}

/// All settings with their values in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settings {
    /// Grows with every save.
    version: i64,
    sections: Vec<SettingsSection>,
}

fn shown(setting: &Setting, in_force: InForce) -> Option<SettingValue> {
    (!setting.sensitive).then(|| in_force.value.into())
}

impl Settings {
    pub(crate) fn of(settings: &DomainSettings, language: Language) -> Self {
        let sections = Section::ALL.iter().map(|section| SettingsSection {
            key: section.key(),
            title: words::section(language, *section),
            settings: (settings.registry().all().iter())
                .filter(|setting| setting.section == *section)
                .map(|setting| SettingField::of(settings, setting, language))
                .collect(),
        });
        let sections = sections.filter(|section| !section.settings.is_empty()).collect();
        Self { version: settings.version(), sections }
    }
}

impl SettingField {
    fn of(settings: &DomainSettings, setting: &'static Setting, language: Language) -> Self {
        let (mut from, mut to, mut unit, mut choices, mut most, mut example) = (None, None, None, None, None, None);
        let kind = match setting.kind {
            Kind::Flag => SettingKind::Flag,
            Kind::Number { from: least, to: greatest, unit: counted } => {
                (from, to, unit) = (Some(least), Some(greatest), Some(counted.key()));
                SettingKind::Number
            }
            Kind::Choice(words) => {
                let choice = |one: &soundkeep_app::domain::settings::Words| SettingChoice {
                    value: one.word,
                    title: words::choice(language, one),
                };
                choices = Some(words.iter().map(choice).collect());
                SettingKind::Choice
            }
            Kind::Origins { most: many } => {
                most = Some(many);
                SettingKind::Origins
            }
            Kind::Networks { most: many } => {
                most = Some(many);
                SettingKind::Networks
            }
            Kind::Domains { most: many } => {
                most = Some(many);
                SettingKind::Domains
            }
            Kind::TimeZone => SettingKind::TimeZone,
            Kind::Text(text) => {
                example = Some(text.example());
                SettingKind::Text
            }
            Kind::Secret => SettingKind::Secret,
        };
        let channels = DomainChannel::ALL.iter().filter(|_| setting.by_channel).map(|channel| {
            let in_force = settings.in_force(setting, Some(*channel));
            ChannelValue { channel: (*channel).into(), origin: in_force.origin.into(), value: shown(setting, in_force) }
        });
        let in_force = settings.in_force(setting, None);
        Self {
            key: setting.key,
            title: words::title(language, setting).to_owned(),
            sentence: words::sentence(language, setting).to_owned(),
            warning: words::warning(language, setting).map(str::to_owned),
            kind,
            from,
            to,
            unit,
            choices,
            most,
            example,
            sensitive: setting.sensitive,
            default: setting.default.value().into(),
            origin: in_force.origin.into(),
            channels: channels.collect(),
            value: shown(setting, in_force),
        }
    }
}

/// What one decision was and is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingChange {
    key: String,
    /// Of this channel; null for the organisation.
    #[schema(required = true)]
    channel: Option<Channel>,
    /// What was in force; null for a secret.
    #[schema(required = true)]
    old: Option<SettingValue>,
    /// What is; null for a secret.
    #[schema(required = true)]
    new: Option<SettingValue>,
    /// The difference in words, in the language asked for.
    sentence: String,
}

impl SettingChange {
    fn told(
        setting: Option<&Setting>,
        key: &str,
        channel: Option<DomainChannel>,
        (old, new): (Option<&InForce>, Option<&InForce>),
        language: Language,
    ) -> Self {
        let told = |in_force: Option<&InForce>| in_force.map(|in_force| in_force.value.clone().into());
        Self {
            key: key.to_owned(),
            channel: channel.map(Into::into),
            sentence: words::difference(language, setting, key, channel, (old, new)),
            old: told(old),
            new: told(new),
        }
    }

    pub(crate) fn of(difference: &Difference, language: Language) -> Self {
        let setting = difference.setting;
        let told = |in_force| Some(in_force).filter(|_| !setting.sensitive);
        let sides = (told(&difference.old), told(&difference.new));
        Self::told(Some(setting), setting.key, difference.channel, sides, language)
    }

    pub(crate) fn kept(change: &Change, language: Language) -> Self {
        let sides = (change.old.as_ref(), change.new.as_ref());
        Self::told(change.setting, &change.key, change.channel, sides, language)
    }
}

/// Differences in the language of the reader.
pub(crate) fn changes(differences: &[Difference], language: Language) -> Vec<SettingChange> {
    differences.iter().map(|difference| SettingChange::of(difference, language)).collect()
}
