//! How programs show who they are, which of these ways an organisation takes, and when a key ends soon.

use crate::Timestamp;

/// How a program shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProgramWay {
    /// Its API key itself.
    Key,
    /// A secret of the day, signed with what derives from the key.
    SignedSecret,
    /// An access token that it was given for its key (OAuth 2.0).
    AccessToken,
}

impl ProgramWay {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Key, Self::SignedSecret, Self::AccessToken];
    /// Its word in the settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::SignedSecret => "signed",
            Self::AccessToken => "oauth",
        }
    }
    /// The way of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
    /// Whether an organisation that asks for `asked` takes this one: where keys are enough the two others are too, so
    /// that programs can change over one by one.
    #[must_use]
    pub fn is_taken_where(self, asked: Self) -> bool {
        asked == Self::Key || asked == self
    }
}

/// So long before its end a key or token is told of; seconds.
pub const END_NOTICE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Whether a key or token that was made or renewed then ends soon: within 30 days, and in the second half of its life. Whoever
/// makes a key for a month knows that it ends, and wants to hear of it when it wasn't renewed.
#[must_use]
pub const fn ends_soon(begun_at: Timestamp, ends_at: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(ends_at) = ends_at else { return false };
    let left = ends_at.micros_since(now);
    left <= END_NOTICE_SECONDS * 1_000_000 && left <= ends_at.micros_since(begun_at) / 2
}

#[cfg(test)]
mod tests {
    use super::ProgramWay::{self, AccessToken, Key, SignedSecret};
    use super::{Timestamp, ends_soon};

    #[test]
    fn a_key_ends_soon_a_month_before_and_never_in_the_first_half_of_its_life() {
        let day = |day: i64| Timestamp::from_unix_micros(day * 24 * 60 * 60 * 1_000_000);
        let soon = |begun: i64, end: i64, now: i64| ends_soon(day(begun), Some(day(end)), day(now));
        assert!(!soon(0, 90, 59) && soon(0, 90, 60) && soon(0, 90, 89) && soon(0, 90, 100));
        assert!(!soon(0, 30, 0) && !soon(0, 30, 14) && soon(0, 30, 15));
        assert!(!soon(80, 110, 85), "it was renewed since");
        assert!(!ends_soon(day(0), None, day(1000)));
    }

    #[test]
    fn where_keys_are_enough_everything_is_and_elsewhere_one_way_alone() {
        for way in ProgramWay::ALL {
            assert_eq!(ProgramWay::of_word(way.word()), Some(way));
            assert!(way.is_taken_where(Key));
        }
        for asked in [SignedSecret, AccessToken] {
            let taken: Vec<_> = ProgramWay::ALL.into_iter().filter(|way| way.is_taken_where(asked)).collect();
            assert_eq!(taken, [asked]);
        }
        assert_eq!(ProgramWay::of_word("basic"), None);
    }
}
