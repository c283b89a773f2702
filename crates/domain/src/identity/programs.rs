//! How programs show who they are, and which of these ways an organisation takes.

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

#[cfg(test)]
mod tests {
    use super::ProgramWay::{self, AccessToken, Key, SignedSecret};

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
