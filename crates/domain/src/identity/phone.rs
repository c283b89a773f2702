//! Phone numbers, as text messages are sent to them: international (E.164), so that no country is guessed.

/// The number in the form in which it is kept, such as `+4930123456`; nothing when it isn't an international number.
#[must_use]
pub fn normal_phone(typed: &str) -> Option<String> {
    let bare: String = typed
        .trim()
        .chars()
        .filter(|character| !matches!(character, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')'))
        .take(40)
        .collect();
    let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"))?;
    let fits = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    fits.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_international_however_it_is_spaced() {
        for typed in ["+49 30 123456", "0049 (30) 12-34.56", " +49/30/123456 "] {
            assert_eq!(normal_phone(typed).as_deref(), Some("+4930123456"), "{typed}");
        }
        for typed in
            ["", "030 123456", "+", "+0123456789", "+49 30", "+49 30 12345 x", "+1234567890123456", "49301234567"]
        {
            assert_eq!(normal_phone(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_number_that_is_kept_is_kept_as_it_is(typed in "\\PC{0,30}|[+0]{1,2}[0-9 ()-]{0,25}") {
            if let Some(kept) = normal_phone(&typed) {
                prop_assert!(kept.starts_with('+') && kept[1..].bytes().all(|digit| digit.is_ascii_digit()));
                prop_assert_eq!(normal_phone(&kept), Some(kept.clone()));
            }
        }
    }
}
