//! The columns that an access group can hide: one line each, and everything that is known of a column follows.
//!
//! A column is a column of the conversation list or a part of the conversation page. To add one, add a line here.
//! What it hides is taken out by the store, so that a hidden value reaches no answer, search, order or count.

use std::fmt;
use std::str::FromStr;

/// What was given as a column is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no column of that name")]
pub struct BadColumn;

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident $key:literal $meaning:literal;)*) => {
        /// A column of the list, or a part of the page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Column { $($(#[$doc])* $name,)* }

        impl Column {
            /// All of them, in the order of the page.
            pub const ALL: &[Column] = &[$(Column::$name,)*];
            /// Its stable name.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Column::$name => $key,)* }
            }
            /// What it shows, or lets do.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Column::$name => $meaning,)* }
            }
        }
    };
}

columns! {
    /// When it began.
    Started "started" "when the conversation began";
    /// How long it was.
    Duration "duration" "how long it was";
    /// Which way it went.
    Direction "direction" "inbound, outbound or internal";
    /// By what means.
    Channel "channel" "voice, chat or email";
    /// The state of its recording.
    Status "status" "the state of its recording";
    /// Phone numbers, whole.
    Number "number" "both phone numbers";
    /// Phone numbers, but for their last digits masked.
    MaskedNumber "masked_number" "both phone numbers, all but the last digits masked";
    /// Who was on the other side.
    Contact "contact" "who was on the other side";
    /// Agents, and the agent id that the source named.
    Agents "agents" "the agents and their extension";
    /// The stamp.
    Groups "groups" "the groups it belongs to";
    /// Tags.
    Tags "tags" "tags";
    /// Notes, and how many there are.
    Notes "notes" "notes and their number";
    /// How it came in.
    Source "source" "how it came in";
    /// The id that the source gave it.
    ExternalId "external_id" "the id that the PBX gave it";
    /// When it came in.
    Received "received" "when it came in";
    /// Everything of its audio: that there is one, its length and form, the picture of the sound.
    Audio "audio" "that there is audio, its picture and its properties";
    /// Hearing it, live too.
    Playback "playback" "hearing the audio, live too";
    /// Taking it away.
    Download "download" "download links";
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Column {
    type Err = BadColumn;
    fn from_str(text: &str) -> Result<Self, BadColumn> {
        Self::ALL.iter().copied().find(|column| column.key() == text).ok_or(BadColumn)
    }
}

/// A set of columns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Columns(u32);

impl Columns {
    /// None of them: what a new access group shows.
    pub const NONE: Columns = Columns(0);
    /// All of them: what is seen without an access group.
    pub const ALL: Columns = Columns((1 << Column::ALL.len()) - 1);

    const fn bit(column: Column) -> u32 {
        1 << column as u32
    }
    /// Whether it is in.
    #[must_use]
    pub const fn has(self, column: Column) -> bool {
        self.0 & Self::bit(column) != 0
    }
    /// With this one too.
    #[must_use]
    pub const fn with(self, column: Column) -> Self {
        Self(self.0 | Self::bit(column))
    }
    /// Without this one.
    #[must_use]
    pub const fn without(self, column: Column) -> Self {
        Self(self.0 & !Self::bit(column))
    }
    /// Those in both: several access groups only narrow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// Those that are in, in the order of the page.
    pub fn iter(self) -> impl Iterator<Item = Column> {
        Column::ALL.iter().copied().filter(move |column| self.has(*column))
    }
    /// How numbers are shown: whole, masked or not at all.
    #[must_use]
    pub const fn numbers(self) -> Numbers {
        match (self.has(Column::Number), self.has(Column::MaskedNumber)) {
            (true, _) => Numbers::Whole,
            (false, true) => Numbers::Masked,
            (false, false) => Numbers::Hidden,
        }
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        columns.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// How phone numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// As they are.
    Whole,
    /// All but the last digits masked.
    Masked,
    /// Not at all.
    Hidden,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: Columns = [Column::Tags, Column::Download].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Column::Tags, Column::Download]);
        assert!(!set.without(Column::Tags).has(Column::Tags));
        assert_eq!(Columns::ALL.iter().count(), Column::ALL.len());
        assert_eq!(Columns::ALL.and(set), set);
    }

    #[test]
    fn keys_are_names() {
        for column in Column::ALL {
            assert_eq!(column.key().parse::<Column>(), Ok(*column));
        }
        assert_eq!("audios".parse::<Column>(), Err(BadColumn));
    }
}
