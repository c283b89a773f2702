//! What comes next for somebody who is on their way in. Pure: who they are was proven before.

use crate::conversations::words;
use serde::{Deserialize, Serialize};

words! {
    /// What somebody still has to do before their session begins.
    Step {
        /// Show a recovery code, because the organisation signs in through providers alone.
        WayBack = "way_back",
        /// Show a second factor that they have.
        SecondFactor = "second_factor",
        /// Set up a second factor, because the organisation asks for one.
        Enrolment = "enrolment",
        /// Keep the recovery codes that were just made.
        RecoveryCodes = "recovery_codes",
        /// Choose another password, because theirs is too old.
        NewPassword = "new_password",
    }
}

/// What is known of somebody on their way in, and what their organisation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// They come past the providers through which the organisation signs in, and showed no recovery code.
    pub way_back: bool,
    /// They showed a second factor, or came in a way that counts as one.
    pub second_factor_shown: bool,
    /// They have a second factor.
    pub has_second_factor: bool,
    /// The organisation asks for one.
    pub second_factor_asked: bool,
    /// Whoever has none gets a code sent.
    pub codes_are_sent: bool,
    /// Recovery codes were made for them that they haven't taken.
    pub recovery_codes_due: bool,
    /// They came with a password, and it is older than the organisation wants.
    pub password_due: bool,
}

impl Arrival {
    /// What they do next; nothing when their session may begin. The second factor comes before everything else:
    /// who knows a password alone changes nothing.
    #[must_use]
    pub const fn next_step(&self) -> Option<Step> {
        if self.way_back {
            return Some(Step::WayBack);
        }
        if !self.second_factor_shown && self.has_second_factor {
            return Some(Step::SecondFactor);
        }
        if !self.second_factor_shown && self.second_factor_asked {
            return Some(if self.codes_are_sent { Step::SecondFactor } else { Step::Enrolment });
        }
        if self.recovery_codes_due {
            return Some(Step::RecoveryCodes);
        }
        if self.password_due {
            return Some(Step::NewPassword);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals() -> impl Iterator<Item = Arrival> {
        (0..128_u8).map(|bits| Arrival {
            way_back: bits & 32 > 0,
            second_factor_shown: bits & 1 > 0,
            has_second_factor: bits & 2 > 0,
            second_factor_asked: bits & 4 > 0,
            recovery_codes_due: bits & 8 > 0,
            password_due: bits & 16 > 0,
            codes_are_sent: bits & 64 > 0,
        })
    }

    #[test]
    fn nobody_comes_past_a_second_factor_that_they_have_or_that_is_asked_for() {
        for arrival in arrivals() {
            if arrival.way_back {
                assert_eq!(arrival.next_step(), Some(Step::WayBack), "{arrival:?}");
                continue;
            }
            let needed = arrival.has_second_factor || arrival.second_factor_asked;
            let next = arrival.next_step();
            if needed && !arrival.second_factor_shown {
                let shows = arrival.has_second_factor || arrival.codes_are_sent;
                let step = if shows { Step::SecondFactor } else { Step::Enrolment };
                assert_eq!(next, Some(step), "{arrival:?}");
            } else {
                assert!(!matches!(next, Some(Step::SecondFactor | Step::Enrolment)), "{arrival:?}");
            }
        }
    }

    #[test]
    fn every_step_that_is_due_is_asked_for_before_the_session_begins() {
        for arrival in arrivals().filter(|arrival| arrival.next_step().is_none()) {
            assert!(!arrival.way_back && !arrival.password_due && !arrival.recovery_codes_due, "{arrival:?}");
        }
    }
}
