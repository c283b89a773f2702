//! Canonical JSON (RFC 8785), so that the same event always has the same bytes.
//!
//! Numbers are integers of at most 53 bits: everything else is refused, because no two
//! programs agree on the text of a fraction without a floating-point printer of their own.
//! It must not know what an event is.

use serde_json::{Map, Number, Value};
use thiserror::Error;

/// The largest magnitude of an integer that every JSON reader keeps exactly: 2^53 - 1.
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Arrays and objects may nest this deep, which is also what the JSON reader accepts.
pub const DEPTH_MAX: usize = 100;

/// Why a value has no canonical form, or bytes are not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CanonicalError {
    /// A fraction, an exponent, or an integer beyond 2^53 - 1.
    #[error("a number is not an integer of at most 53 bits")]
    Number,
    /// Arrays and objects nest deeper than [`DEPTH_MAX`].
    #[error("arrays and objects nest too deep")]
    Depth,
    /// The bytes are not JSON.
    #[error("not valid JSON")]
    Syntax,
    /// The bytes are JSON, but another text stands for the same value.
    #[error("not in canonical form")]
    NotCanonical,
}

/// The canonical text of a value.
///
/// # Errors
/// [`CanonicalError::Number`] and [`CanonicalError::Depth`].
pub fn to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write_value(&mut text, value, 0)?;
    Ok(text)
}

/// Reads bytes that must be exactly the canonical text of a value; a repeated member, white
/// space, another order or another escape is refused.
///
/// # Errors
/// Any [`CanonicalError`].
pub fn parse(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| CanonicalError::Syntax)?;
    if to_string(&value)?.as_bytes() == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

fn write_value(text: &mut String, value: &Value, depth: usize) -> Result<(), CanonicalError> {
    if depth > DEPTH_MAX {
        return Err(CanonicalError::Depth);
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(&integer(number)?.to_string()),
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_value(text, item, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(members) => write_object(text, members, depth)?,
    }
    Ok(())
}

fn integer(number: &Number) -> Result<i64, CanonicalError> {
    number.as_i64().filter(|value| value.unsigned_abs() <= INTEGER_MAX.unsigned_abs()).ok_or(CanonicalError::Number)
}

fn write_object(text: &mut String, members: &Map<String, Value>, depth: usize) -> Result<(), CanonicalError> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    // RFC 8785, section 3.2.3: by UTF-16 code units, which differs from UTF-8 order beyond U+FFFF.
    sorted.sort_unstable_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    text.push('{');
    for (position, (name, value)) in sorted.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        write_string(text, name);
        text.push(':');
        write_value(text, value, depth + 1)?;
    }
    text.push('}');
    Ok(())
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn canonical(text: &str) -> String {
        to_string(&serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn members_are_sorted_by_utf16_as_in_rfc_8785_section_3_2_3() {
        let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let order: Vec<String> =
            canonical(text).split("\":\"").skip(1).map(|part| part.split('"').next().unwrap().to_owned()).collect();
        assert_eq!(
            order,
            [
                "Carriage Return",
                "One",
                "Control",
                "Latin Small Letter O With Diaeresis",
                "Euro Sign",
                "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh"
            ]
        );
    }

    #[test]
    fn strings_and_literals_are_written_as_in_rfc_8785_section_3_2_2() {
        let text = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
        assert_eq!(
            canonical(text),
            "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    #[test]
    fn nested_values_and_empty_names_keep_their_order_rules() {
        let text = r#"{"1": {"f": {"f": "hi","F": 5} ,"\n": 56}, "10": { }, "": "empty", "a": { }, "111": [ {"e": "yes","E": "no"} ], "A": { } }"#;
        assert_eq!(
            canonical(text),
            r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
        );
    }

    #[test]
    fn only_integers_of_53_bits_are_numbers() {
        for text in ["1.5", "1.0", "1e2", "-0", "9007199254740992", "-9007199254740992", "18446744073709551615"] {
            assert_eq!(to_string(&serde_json::from_str(text).unwrap()), Err(CanonicalError::Number), "{text}");
        }
        for text in ["0", "-1", "9007199254740991", "-9007199254740991"] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn another_text_of_the_same_value_is_refused() {
        for text in [
            r#"{"a":1, "b":2}"#,
            r#"{"b":2,"a":1}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\/"}"#,
            "{\"a\":1}\n",
        ] {
            assert_eq!(parse(text.as_bytes()), Err(CanonicalError::NotCanonical), "{text}");
        }
        assert_eq!(parse(br#"{"a":1,"b":2}"#), Ok(json!({"a": 1, "b": 2})));
        assert_eq!(parse(br#"{"a":"\ud800"}"#), Err(CanonicalError::Syntax));
        assert_eq!(parse(b"\"\xff\""), Err(CanonicalError::Syntax));
    }

    #[test]
    fn nesting_is_bounded_in_values_and_in_bytes() {
        let mut value = json!(1);
        for _ in 0..DEPTH_MAX {
            value = json!([value]);
        }
        let text = to_string(&value).unwrap();
        assert_eq!(parse(text.as_bytes()), Ok(value.clone()));
        assert_eq!(to_string(&json!([value])), Err(CanonicalError::Depth));
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_text_reads_back_as_the_same_value(value in values()) {
            let text = to_string(&value).unwrap();
            prop_assert_eq!(parse(text.as_bytes()), Ok(value));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
