//! The `Range` of a request (RFC 9110, section 14): one range of bytes, or everything.
//!
//! Several ranges, other units and malformed ones are ignored, as the RFC allows.

use std::ops::Range;

/// Which bytes are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selected {
    /// All.
    Whole,
    /// These; never none.
    Part(Range<u64>),
    /// None that there are.
    Unsatisfiable,
}

/// Which of `len` bytes the value of a `Range` header asks for.
pub(crate) fn select(value: &str, len: u64) -> Selected {
    let Some((unit, set)) = value.split_once('=') else {
        return Selected::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Selected::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else {
        return Selected::Whole;
    };
    match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            None => Selected::Whole,
            Some(0) => Selected::Unsatisfiable,
            Some(_) if len == 0 => Selected::Whole,
            Some(suffix) => Selected::Part(len.saturating_sub(suffix)..len),
        },
        (first, last) => {
            let Some(first) = number(first) else {
                return Selected::Whole;
            };
            let until = match last {
                "" => len,
                last => match number(last) {
                    Some(last) if last >= first => last.saturating_add(1).min(len),
                    Some(_) | None => return Selected::Whole,
                },
            };
            if first < len { Selected::Part(first..until) } else { Selected::Unsatisfiable }
        }
    }
}

/// Digits as a number; more than fits is as much as fits, which is beyond every length.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(
        digits.bytes().fold(0_u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (value, selected) in [
            ("bytes=0-499", Selected::Part(0..500)),
            ("bytes=500-999", Selected::Part(500..1000)),
            ("bytes=-500", Selected::Part(9500..10_000)),
            ("bytes=9500-", Selected::Part(9500..10_000)),
            ("bytes=0-0,-1", Selected::Whole),
            ("bytes=10000-", Selected::Unsatisfiable),
            ("bytes=-0", Selected::Unsatisfiable),
            ("bytes=9999-20000", Selected::Part(9999..10_000)),
            ("bytes=-20000", Selected::Part(0..10_000)),
            ("bytes=500-499", Selected::Whole),
            ("bytes=99999999999999999999999-", Selected::Unsatisfiable),
            ("bytes=0-99999999999999999999999", Selected::Part(0..10_000)),
            ("bytes=+1-5", Selected::Whole),
            ("seconds=1-2", Selected::Whole),
            ("bytes", Selected::Whole),
            ("bytes=-", Selected::Whole),
        ] {
            assert_eq!(select(value, 10_000), selected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_header_selects_bytes_that_there_are_not(value in "(bytes)?=?[-0-9, ]{0,24}", len in 0_u64..1000) {
            if let Selected::Part(range) = select(&value, len) {
                prop_assert!(range.start < range.end && range.end <= len);
            }
        }
        #[test]
        fn a_proper_range_selects_itself(first in 0_u64..2000, more in 0_u64..2000, len in 1_u64..2000) {
            let last = first + more;
            let expected = if first < len { Selected::Part(first..(last + 1).min(len)) } else { Selected::Unsatisfiable };
            prop_assert_eq!(select(&format!("bytes={first}-{last}"), len), expected);
        }
    }
}
