//! Conversations: a call or chat, who took part, and what lists show of it.
//!
//! Knows nothing of sound: that is the recordings' room.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }
        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
            /// The word in the database and in answers.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $($name::$variant => $word,)* } }
            /// What this word means.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { Self::ALL.iter().copied().find(|one| one.word() == word) }
        }
    };
}
pub(crate) use words;

words! {
    /// Which way a conversation went, seen from the organisation.
    Direction {
        /// Somebody called us.
        Inbound = "inbound",
        /// We called somebody.
        Outbound = "outbound",
        /// Between colleagues.
        Internal = "internal",
        /// Not known.
        Unknown = "unknown",
    }
}

words! {
    /// By what means people spoke.
    Channel {
        /// A call.
        Voice = "voice",
        /// A chat.
        Chat = "chat",
        /// Mail.
        Email = "email",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How a conversation came in.
    Source {
        /// By HTTP upload.
        Upload = "upload",
        /// From a watched folder.
        Folder = "folder",
        /// By `soundkeep import`.
        Import = "import",
        /// Made for the demo.
        Demo = "demo",
    }
}

/// Longest tag, in characters.
pub const TAG_CHARACTERS_MAX: usize = 50;
/// Most tags on one conversation.
pub const TAGS_MAX: usize = 50;
/// Longest note, in characters.
pub const NOTE_CHARACTERS_MAX: usize = 10_000;
/// Longest contact, number, agent id or outside id, in characters.
pub const FIELD_CHARACTERS_MAX: usize = 200;

/// A phone number of which only the last digits are shown: three of a long one, two of a short one, none of less
/// than four. How long it is isn't shown either.
#[must_use]
pub fn masked(number: &str) -> String {
    // Of an address such as `4930123@pbx.example.org` what stands before the host is the number.
    let local = number.split('@').next().unwrap_or_default();
    let digits: Vec<char> = local.chars().filter(char::is_ascii_digit).collect();
    let shown = match digits.len() {
        0..4 => 0,
        4..7 => 2,
        _ => 3,
    };
    digits.iter().skip(digits.len() - shown).fold("•••".to_owned(), |mut masked, digit| {
        masked.push(*digit);
        masked
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_masked_number_only_the_last_digits_are_shown() {
        for (number, shown) in [
            ("+49 30 1234567", "•••567"),
            ("2015550123", "•••123"),
            ("4711", "•••11"),
            ("201", "•••"),
            ("sip:alice@example.org", "•••"),
            ("4930123@10.0.0.7", "•••123"),
            ("", "•••"),
        ] {
            assert_eq!(masked(number), shown, "{number}");
        }
    }
}
