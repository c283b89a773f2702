//! What an organisation decided: the values that differ from the defaults, those in force, and changes of them.
//!
//! An address is a setting's key, or `channel/key` for a channel's own value. Knows neither who decides nor when.

use super::kind::Value;
use super::registry::{Registry, Setting, contradictions};
use crate::conversations::Channel;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Where a value in force comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody decided.
    Default,
    /// Decided for the organisation.
    Organisation,
    /// Decided for this channel.
    Channel,
}

impl Origin {
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Organisation => "organisation",
            Self::Channel => "channel",
        }
    }
    /// The origin of this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Default, Self::Organisation, Self::Channel].into_iter().find(|origin| origin.key() == key)
    }
}

/// A value in force, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// What somebody wants to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// For this channel, or for the organisation.
    pub channel: Option<Channel>,
    /// Which setting.
    pub key: String,
    /// The new value; none takes the decision back.
    pub value: Option<Json>,
}

/// Why a wish can't be fulfilled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// For which channel it was wished, or for the organisation.
    pub channel: Option<Channel>,
    /// Which setting.
    pub key: String,
    /// What is wrong, lower case and without a full stop.
    pub sentence: String,
}

/// A decision that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which setting.
    pub setting: &'static Setting,
    /// Of this channel, or of the organisation.
    pub channel: Option<Channel>,
    /// What was in force.
    pub old: InForce,
    /// What is.
    pub new: InForce,
}

impl Difference {
    /// Key of the setting, with the channel before it where it is a channel's.
    #[must_use]
    pub fn address(&self) -> String {
        address(self.setting.key, self.channel)
    }
}

fn address(key: &str, channel: Option<Channel>) -> String {
    match channel {
        Some(channel) => format!("{}/{key}", channel.word()),
        None => key.to_owned(),
    }
}

/// The settings of an organisation at one version.
#[derive(Debug, Clone)]
pub struct Settings {
    registry: Registry,
    version: i64,
    values: BTreeMap<String, Value>,
    /// What a newer version of the program decided on; kept as it is.
    unknown: BTreeMap<String, Json>,
}

impl Settings {
    /// What is in force where nobody decided anything.
    #[must_use]
    pub const fn defaults(registry: Registry) -> Self {
        Self { registry, version: 0, values: BTreeMap::new(), unknown: BTreeMap::new() }
    }

    /// The settings that [`Settings::document`] wrote at this version. A value that doesn't fit any more counts
    /// for nothing.
    #[must_use]
    pub fn of_document(registry: Registry, version: i64, document: &Map<String, Json>) -> Self {
        let mut settings = Self { version, ..Self::defaults(registry) };
        for (address, json) in document {
            let (channel, key) = match address.split_once('/') {
                Some((word, key)) => (Channel::from_word(word), key),
                None => (None, address.as_str()),
            };
            let setting = registry.find(key).filter(|setting| setting.by_channel || !address.contains('/'));
            match setting.filter(|_| channel.is_some() || !address.contains('/')) {
                Some(setting) => {
                    if let Ok(value) = setting.kind.read(json) {
                        settings.values.insert(address.clone(), value);
                    }
                }
                None => {
                    settings.unknown.insert(address.clone(), json.clone());
                }
            }
        }
        settings
    }

    /// What differs from the defaults, by address.
    #[must_use]
    pub fn document(&self) -> Map<String, Json> {
        let known = self.values.iter().map(|(address, value)| (address.clone(), value.json()));
        known.chain(self.unknown.iter().map(|(address, json)| (address.clone(), json.clone()))).collect()
    }

    /// The settings that there are.
    #[must_use]
    pub const fn registry(&self) -> Registry {
        self.registry
    }
    /// Which version this is: 0 before the first save.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }
    /// The same as another version.
    #[must_use]
    pub const fn at_version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// The value in force for a channel, or for the organisation, and where it comes from.
    #[must_use]
    pub fn in_force(&self, setting: &Setting, channel: Option<Channel>) -> InForce {
        let own = channel.filter(|_| setting.by_channel).and_then(|channel| self.own(setting, channel));
        if let Some(value) = own {
            return InForce { value: value.clone(), origin: Origin::Channel };
        }
        match self.values.get(setting.key) {
            Some(value) => InForce { value: value.clone(), origin: Origin::Organisation },
            None => InForce { value: setting.default.value(), origin: Origin::Default },
        }
    }

    /// The value that a channel has of its own.
    #[must_use]
    pub fn own(&self, setting: &Setting, channel: Channel) -> Option<&Value> {
        self.values.get(&address(setting.key, Some(channel)))
    }

    /// The settings with these wishes fulfilled: all of them or none. The organisation's default isn't kept; a
    /// channel's own value is, also where it equals the organisation's, because it holds when that one changes.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn with(&self, wishes: &[Wish]) -> Result<Self, Vec<Wrong>> {
        let mut next = self.clone();
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for wish in wishes {
            let address = address(&wish.key, wish.channel);
            let mut complain = |sentence: String| {
                wrong.push(Wrong { channel: wish.channel, key: wish.key.clone(), sentence });
            };
            let Some(setting) = self.registry.find(&wish.key) else {
                complain("there is no such setting".to_owned());
                continue;
            };
            if wish.channel.is_some() && !setting.by_channel {
                complain("a channel can't have its own value of this setting".to_owned());
                continue;
            }
            if !seen.insert(address.clone()) {
                complain("wished twice".to_owned());
                continue;
            }
            match wish.value.as_ref().map(|json| setting.kind.read(json)) {
                None => {
                    next.values.remove(&address);
                }
                Some(Ok(value)) if wish.channel.is_none() && value == setting.default.value() => {
                    next.values.remove(&address);
                }
                Some(Ok(value)) => {
                    next.values.insert(address, value);
                }
                Some(Err(sentence)) => complain(sentence),
            }
        }
        if wrong.is_empty() {
            let against = contradictions(&next).into_iter();
            wrong.extend(against.map(|(key, sentence)| Wrong { channel: None, key: key.to_owned(), sentence }));
        }
        if wrong.is_empty() { Ok(next) } else { Err(wrong) }
    }

    /// What was decided otherwise in `self` than in `older`, in the order of the registry.
    #[must_use]
    pub fn since(&self, older: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        for setting in self.registry.all() {
            let channels = Channel::ALL.iter().copied().filter(|_| setting.by_channel).map(Some);
            for channel in std::iter::once(None).chain(channels) {
                let address = address(setting.key, channel);
                if self.values.get(&address) != older.values.get(&address) {
                    let (old, new) = (older.in_force(setting, channel), self.in_force(setting, channel));
                    differences.push(Difference { setting, channel, old, new });
                }
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::super::registry::{REGISTRY, Section};
    use super::*;
    use serde_json::json;

    fn wish(channel: Option<Channel>, key: &str, value: Json) -> Wish {
        let value = Some(value).filter(|value| !value.is_null());
        Wish { channel, key: key.to_owned(), value }
    }

    #[test]
    fn a_channel_wins_over_the_organisation_and_that_over_the_default() {
        let setting = REGISTRY.find("mask_numbers").unwrap();
        let at = |settings: &Settings, channel| {
            let found = settings.in_force(setting, channel);
            (found.value == Value::Flag(true), found.origin)
        };
        let none = Settings::defaults(REGISTRY);
        assert_eq!(at(&none, Some(Channel::Chat)), (false, Origin::Default));
        let organisation = none.with(&[wish(None, "mask_numbers", json!(true))]).unwrap();
        assert_eq!(at(&organisation, Some(Channel::Chat)), (true, Origin::Organisation));
        let chat = organisation.with(&[wish(Some(Channel::Chat), "mask_numbers", json!(false))]).unwrap();
        assert_eq!(at(&chat, Some(Channel::Chat)), (false, Origin::Channel));
        assert_eq!(at(&chat, Some(Channel::Voice)), (true, Origin::Organisation));
        assert_eq!(at(&chat, None), (true, Origin::Organisation));
        assert!(chat.mask_numbers(Channel::Voice) && !chat.mask_numbers(Channel::Chat));
        let back = chat.with(&[wish(Some(Channel::Chat), "mask_numbers", Json::Null)]).unwrap();
        assert_eq!(at(&back, Some(Channel::Chat)), (true, Origin::Organisation));
    }

    #[test]
    fn only_what_differs_from_the_default_is_kept_and_survives_its_document() {
        let wishes = [
            wish(None, "session_idle_minutes", json!(15)),
            wish(None, "session_hours", json!(8)),
            wish(Some(Channel::Email), "mask_numbers", json!(false)),
        ];
        let settings = Settings::defaults(REGISTRY).with(&wishes).unwrap();
        let document = settings.document();
        assert_eq!(Json::Object(document.clone()), json!({"session_hours": 8, "email/mask_numbers": false}));
        let read = Settings::of_document(REGISTRY, 3, &document);
        assert_eq!((read.since(&settings), read.version(), read.session_hours()), (Vec::new(), 3, 8));
    }

    #[test]
    fn what_a_newer_version_decided_on_is_kept_and_what_fits_no_more_counts_for_nothing() {
        let document = json!({"warp_factor": 9, "chat/session_hours": 3, "smoke/mask_numbers": true,
            "session_hours": 100_000});
        let read = Settings::of_document(REGISTRY, 1, document.as_object().unwrap());
        assert_eq!(read.session_hours(), 12);
        let kept = json!({"warp_factor": 9, "chat/session_hours": 3, "smoke/mask_numbers": true});
        assert_eq!(Json::Object(read.document()), kept);
    }

    #[test]
    fn all_wishes_are_fulfilled_or_none_and_all_that_is_wrong_is_named() {
        let wishes = [
            wish(None, "session_hours", json!(8)),
            wish(None, "warp_factor", json!(9)),
            wish(Some(Channel::Chat), "session_hours", json!(8)),
            wish(None, "session_idle_minutes", json!(1)),
            wish(None, "session_hours", json!(9)),
        ];
        let wrong = Settings::defaults(REGISTRY).with(&wishes).unwrap_err();
        let told: Vec<_> = wrong.iter().map(|wrong| (wrong.key.as_str(), wrong.sentence.as_str())).collect();
        assert_eq!(
            told,
            [
                ("warp_factor", "there is no such setting"),
                ("session_hours", "a channel can't have its own value of this setting"),
                ("session_idle_minutes", "a whole number from 5 to 720 is expected"),
                ("session_hours", "wished twice"),
            ]
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let none = Settings::defaults(REGISTRY);
        let wrong = none.with(&[wish(None, "embedding", json!(true))]).unwrap_err();
        assert_eq!(wrong[0].key, "embedding_origins");
        let idle = [wish(None, "session_hours", json!(1)), wish(None, "session_idle_minutes", json!(61))];
        assert_eq!(none.with(&idle).unwrap_err()[0].key, "session_idle_minutes");
        let both =
            [wish(None, "embedding", json!(true)), wish(None, "embedding_origins", json!(["https://crm.example.org"]))];
        assert_eq!(none.with(&both).unwrap().embedding_origins(), ["https://crm.example.org"]);
    }

    #[test]
    fn a_made_up_setting_is_decided_on_like_any_other() {
        const MADE_UP: &[Setting] =
            &[Setting::flag(Section::Privacy, "Wear hats", true).saying("Hats.").per_channel().keyed("hats")];
        let settings = Settings::defaults(Registry::of(MADE_UP));
        let off = settings.with(&[wish(Some(Channel::Voice), "hats", json!(false))]).unwrap();
        let differences = off.since(&settings);
        assert_eq!(differences.len(), 1);
        assert_eq!((differences[0].address().as_str(), differences[0].setting.title), ("voice/hats", "Wear hats"));
        assert_eq!((differences[0].old.origin, differences[0].new.origin), (Origin::Default, Origin::Channel));
        assert_eq!(settings.session_hours(), 12);
    }
}
