//! What is sent to a gateway for text messages: a template with a number and a text in it, as JSON or as a form.
//!
//! The template is read first and filled in afterwards, so that no text can be more than a value in it.

use serde_json::Value as Json;

/// What a template has for the number.
pub const TO: &str = "{to}";
/// What a template has for the text.
pub const TEXT: &str = "{text}";
const JSON: &str = r#"{"to": "{to}", "text": "{text}"}"#;
const FORM: &str = "to={to}&text={text}";

/// How a gateway is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON document.
    Json,
    /// A form.
    Form,
}

impl Format {
    /// The format of a word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        if word == "form" { Self::Form } else { Self::Json }
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// A JSON document.
    Json(Json),
    /// The fields of a form.
    Form(Vec<(String, String)>),
}

/// The template with this number and text in it; nothing when it is none. An empty one is the usual one.
#[must_use]
pub fn filled(format: Format, template: &str, to: &str, text: &str) -> Option<Filled> {
    let template = template.trim();
    let has_both = template.contains(TO) && template.contains(TEXT);
    match (format, template.is_empty()) {
        (Format::Json, true) => filled(format, JSON, to, text),
        (Format::Form, true) => filled(format, FORM, to, text),
        (_, false) if !has_both => None,
        (Format::Json, false) => {
            let mut document: Json = serde_json::from_str(template).ok()?;
            let is_document = document.is_object() || document.is_array();
            fill(&mut document, to, text);
            is_document.then_some(Filled::Json(document))
        }
        (Format::Form, false) => template
            .split('&')
            .map(|pair| {
                let (name, value) = pair.split_once('=')?;
                (!name.is_empty()).then(|| (name.to_owned(), put(value, to, text)))
            })
            .collect::<Option<_>>()
            .map(Filled::Form),
    }
}

/// Whether a template of this format can be filled in.
#[must_use]
pub fn fits(format: Format, template: &str) -> bool {
    filled(format, template, "", "").is_some()
}

fn fill(document: &mut Json, to: &str, text: &str) {
    match document {
        Json::String(value) => *value = put(value, to, text),
        Json::Array(values) => values.iter_mut().for_each(|value| fill(value, to, text)),
        Json::Object(fields) => fields.values_mut().for_each(|value| fill(value, to, text)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// One pass, so that a text with `{to}` in it stays what it is.
fn put(template: &str, to: &str, text: &str) -> String {
    template.split(TEXT).map(|part| part.replace(TO, to)).collect::<Vec<_>>().join(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_template_is_filled_in_and_nothing_breaks_out_of_its_value() {
        let evil = "\", \"to\": \"+1900\", \"x\": \"&to=%2B1900 {to}";
        let template = r#"{"messages": [{"destinations": [{"to": "{to}"}], "text": "Soundkeep: {text}", "n": 1}]}"#;
        let text = format!("Soundkeep: {evil}");
        assert_eq!(
            filled(Format::Json, template, "+4930", evil),
            Some(Filled::Json(json!({"messages": [{"destinations": [{"to": "+4930"}], "text": text, "n": 1}]})))
        );
        assert_eq!(
            filled(Format::Form, "phone={to}&body={text}&from=Vault", "+4930", evil),
            Some(Filled::Form(vec![
                ("phone".to_owned(), "+4930".to_owned()),
                ("body".to_owned(), evil.to_owned()),
                ("from".to_owned(), "Vault".to_owned()),
            ]))
        );
        assert_eq!(filled(Format::Json, "", "+1", "a"), Some(Filled::Json(json!({"to": "+1", "text": "a"}))));
    }

    #[test]
    fn what_is_no_template_is_none() {
        for template in ["{to}", "{to} {text}", r#"{"to": "{to}"}"#, r#"["{to}" "{text}"]"#, r#""{to}{text}""#] {
            assert!(!fits(Format::Json, template), "{template}");
        }
        for template in ["{to}{text}", "to={to}", "a&to={to}&text={text}", "={to}{text}"] {
            assert!(!fits(Format::Form, template), "{template}");
        }
        assert!(fits(Format::Form, "") && fits(Format::Json, ""));
    }

    proptest! {
        #[test]
        fn any_text_is_one_value(text in "\\PC{0,60}") {
            let document = filled(Format::Json, "", "+1", &text);
            prop_assert_eq!(document, Some(Filled::Json(json!({"to": "+1", "text": text}))));
        }
    }
}
