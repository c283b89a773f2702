//! From claims to somebody who arrived.

use super::{Refused, refused};
use serde_json::{Map, Value};
use soundkeep_domain::identity::{Arrived, ProviderDocument, normal_email};

/// Most groups that are read.
const GROUPS_MAX: usize = 2000;

/// A claim by its name, or by the names on the way to it: `realm_access.roles`.
fn find<'claims>(claims: &'claims Map<String, Value>, name: &str) -> Option<&'claims Value> {
    if name.is_empty() {
        return None;
    }
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).take(GROUPS_MAX).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a claim was left out because it is too long: as a claim that lies elsewhere (OpenID Connect Core 1.0, section
/// 5.6.2), or in Entra's short way.
fn are_elsewhere(signed: &Map<String, Value>, name: &str) -> bool {
    let named = signed.get("_claim_names").and_then(|names| names.get(name)).is_some();
    named || (name == "groups" && signed.get("hasgroups").is_some_and(|is| *is == Value::Bool(true) || is == "true"))
}

/// Who came, by what the provider signed and what it says besides. What it signed wins.
///
/// # Errors
/// When it doesn't say who came.
pub fn person(
    signed: &Map<String, Value>,
    besides: Option<&Map<String, Value>>,
    document: &ProviderDocument,
) -> Result<Arrived, Refused> {
    let of = |name: &str| find(signed, name).or_else(|| besides.and_then(|claims| find(claims, name)));
    let text = |name: &str| of(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let subject = signed.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty());
    let Some(subject) = subject else { return Err(refused("subject", "the token doesn't say who came")) };
    // Some write it as a text.
    let is_true = |value: Option<&Value>| {
        matches!(value, Some(Value::Bool(true))) || value.and_then(Value::as_str) == Some("true")
    };
    let methods = texts(signed.get("amr"));
    let context = signed.get("acr").and_then(Value::as_str);
    let context_counts =
        context.is_some_and(|context| document.second_factor_contexts.iter().any(|one| one == context));
    let mut said: Map<String, Value> = besides.cloned().unwrap_or_default();
    said.extend(signed.clone());
    Ok(Arrived {
        subject: subject.to_owned(),
        email: text(&document.claims.email).and_then(normal_email),
        email_verified: document.vouches_for_email || is_true(of("email_verified")),
        name: text(&document.claims.name).map(str::to_owned),
        groups: texts(of(&document.claims.groups)),
        groups_left_out: of(&document.claims.groups).is_none() && are_elsewhere(signed, &document.claims.groups),
        // RFC 8176, section 2: several factors were used.
        second_factor: document.second_factor_counts && (context_counts || methods.iter().any(|one| one == "mfa")),
        session: signed.get("sid").and_then(Value::as_str).map(str::to_owned),
        name_format: None,
        session_ends_at: None,
        sealed_token: None,
        authenticated_at: signed.get("auth_time").and_then(Value::as_i64),
        said: said.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_was_signed_wins_over_what_is_said_besides() {
        let signed = claims(json!({"sub": "1", "email": "Ada@Example.org", "email_verified": true}));
        let besides = claims(json!({"sub": "1", "email": "eve@example.org", "name": " Ada ", "groups": ["a", 1, "b"]}));
        let came = person(&signed, Some(&besides), &ProviderDocument::default()).unwrap();
        assert_eq!(came.email.as_deref(), Some("ada@example.org"));
        assert_eq!(came.name.as_deref(), Some("Ada"));
        assert_eq!(came.groups, ["a", "b"]);
        assert!(came.email_verified && !came.second_factor);
    }

    #[test]
    fn an_address_is_theirs_only_when_somebody_says_so() {
        let verified = |claim: Value, vouches: bool| {
            let document = ProviderDocument { vouches_for_email: vouches, ..ProviderDocument::default() };
            person(&claims(json!({"sub": "1", "email_verified": claim})), None, &document).unwrap().email_verified
        };
        assert!(verified(json!(true), false) && verified(json!("true"), false) && verified(Value::Null, true));
        for no in [Value::Null, json!(false), json!("false"), json!(1)] {
            assert!(!verified(no.clone(), false), "{no}");
        }
    }

    #[test]
    fn a_second_factor_counts_only_when_the_organisation_says_so() {
        let shown = |counts: bool, claim: Value| {
            let contexts = vec!["phr".to_owned()];
            let document = ProviderDocument {
                second_factor_counts: counts,
                second_factor_contexts: contexts,
                ..ProviderDocument::default()
            };
            let mut all = claims(json!({"sub": "1"}));
            all.extend(claims(claim));
            person(&all, None, &document).unwrap().second_factor
        };
        assert!(shown(true, json!({"amr": ["pwd", "mfa"]})) && shown(true, json!({"acr": "phr"})));
        assert!(!shown(true, json!({"amr": ["pwd", "otp"]})) && !shown(true, json!({"acr": "1"})));
        assert!(!shown(false, json!({"amr": ["mfa"], "acr": "phr"})));
    }

    #[test]
    fn groups_that_are_left_out_are_not_no_groups() {
        let left_out = |said: Value| person(&claims(said), None, &ProviderDocument::default()).unwrap().groups_left_out;
        let elsewhere = json!({"groups": "src1"});
        assert!(left_out(json!({"sub": "1", "_claim_names": elsewhere, "_claim_sources": {"src1": {}}})));
        assert!(left_out(json!({"sub": "1", "hasgroups": true})) && left_out(json!({"sub": "1", "hasgroups": "true"})));
        assert!(!left_out(json!({"sub": "1"})) && !left_out(json!({"sub": "1", "groups": [], "hasgroups": true})));
    }

    #[test]
    fn groups_may_lie_deeper() {
        let mut document = ProviderDocument::default();
        document.claims.groups = "realm_access.roles".to_owned();
        let came = person(&claims(json!({"sub": "1", "realm_access": {"roles": ["x"]}})), None, &document).unwrap();
        assert_eq!(came.groups, ["x"]);
        assert!(person(&claims(json!({"sub": ""})), None, &document).is_err());
    }
}
