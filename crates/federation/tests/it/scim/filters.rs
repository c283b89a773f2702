//! Filters: the whole grammar, its limits, and the same answer as another parser gives.

use super::{ada, user};
use proptest::prelude::*;
use serde_json::json;
use soundkeep_federation::scim::{DEPTH_MAX, Filter, ResourceKind, ScimType, Unknown};
use std::str::FromStr;

fn parse(text: &str) -> Result<Filter, soundkeep_federation::scim::ScimError> {
    Filter::parse(text, ResourceKind::User, Unknown::Refused)
}

fn fits(text: &str) -> bool {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).fits(&ada())
}

#[test]
fn a_filter_says_which_resources_fit() {
    for yes in [
        r#"userName eq "ada@example.org""#,
        r#"USERNAME Eq "ADA@example.org""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.org""#,
        r#"externalId eq "00uA""#,
        r#"name.familyName co "love""#,
        r#"name.givenName sw "A" and name.familyName ew "lace""#,
        "active eq true",
        r#"active eq "True""#,
        "title pr",
        "not (nickName pr)",
        "nickName eq null",
        r#"emails eq "ada@home.example""#,
        r#"emails.value co "home""#,
        r#"emails[type eq "work" and primary eq true]"#,
        r#"emails[type eq "work" and value co "@example.org"]"#,
        r#"emails[type eq "home"].value eq "ada@home.example""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "engines""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr"#,
        r#"nickName pr or title eq "Analyst" and active eq true"#,
        r#"(nickName pr or title pr) and (active eq true)"#,
        r#"title ge "analyst" and title le "analyst""#,
        r#"userName ne "bob""#,
        r#"displayName eq "Ada Lovelace" "#,
    ] {
        assert!(fits(yes), "{yes}");
    }
    for no in [
        r#"userName eq "bob""#,
        r#"externalId eq "00UA""#,
        "active eq false",
        "active ne true",
        r#"emails[type eq "home" and primary eq true]"#,
        r#"emails[type eq "work"].value eq "ada@home.example""#,
        "nickName pr",
        "not (title pr)",
        r#"nickName pr and title pr or active eq false"#,
        r#"title gt "analyst""#,
        r#"userName ne "ada@example.org""#,
    ] {
        assert!(!fits(no), "{no}");
    }
    let quoted = user(&json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a\"b\\c"}));
    assert!(parse(r#"userName eq "a\"b\\c""#).unwrap().fits(&quoted));
}

#[test]
fn what_is_no_filter_is_refused_with_what_is_wrong() {
    for wrong in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq bob",
        "userName eq \"bob",
        "userName is \"bob\"",
        "nosuch eq 1",
        "name.nosuch pr",
        "(userName pr",
        "userName pr)",
        "not userName pr",
        "userName pr and",
        "and userName pr",
        "emails[type eq \"work\"",
        "emails[nosuch eq \"work\"]",
        "userName[value eq \"x\"]",
        "emails[value[type pr]]",
        "active gt true",
        "active eq \"perhaps\"",
        "userName eq 5",
        "userName eq [1]",
        "name eq \"Ada\"",
        "meta.created gt \"yesterday\"",
        "userName gt null",
        "userName pr userName pr",
        "urn:ietf:params:scim:schemas:core:2.0:User: pr",
    ] {
        let error = parse(wrong).expect_err(wrong);
        assert_eq!(error.kind, ScimType::InvalidFilter, "{wrong}");
        assert!(!error.detail.is_empty());
    }
}

#[test]
fn nesting_a_thousand_deep_is_refused_and_a_long_chain_is_not() {
    for (open, close) in [("(", ")"), ("not (", ")")] {
        let nested = |depth: usize| format!("{}userName pr{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(parse(&nested(DEPTH_MAX + 1)).unwrap_err().kind, ScimType::InvalidFilter);
        assert_eq!(parse(&nested(1000)).unwrap_err().kind, ScimType::InvalidFilter);
    }
    let chain = vec!["active eq true"; 500].join(" and ");
    assert!(parse(&chain).unwrap().fits(&ada()));
    assert!(parse(&"a".repeat(100_000)).is_err());
    // In a chain of parentheses none stands in another.
    assert!(parse(&vec!["(active eq true)"; 300].join(" or ")).is_ok());
}

#[test]
fn an_attribute_of_another_kind_fits_nothing_where_all_kinds_are_searched() {
    let text = r#"members[value eq "x"] or userName pr"#;
    assert!(parse(text).is_err());
    let filter = Filter::parse(text, ResourceKind::User, Unknown::FitsNothing).unwrap();
    assert!(filter.fits(&ada()));
    assert!(!Filter::parse("members pr", ResourceKind::User, Unknown::FitsNothing).unwrap().fits(&ada()));
}

fn attribute() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "userName eq \"ada@example.org\"",
        "title pr",
        "nickName pr",
        "active eq true",
        "name.familyName co \"love\"",
        "emails[type eq \"work\"]",
        "externalId ne \"x\"",
    ])
    .prop_map(str::to_owned)
}

fn tree() -> impl Strategy<Value = (String, bool)> {
    let leaf = attribute().prop_map(|text| {
        let truth = fits(&text);
        (text, truth)
    });
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|((a, left), (b, right))| (format!("({a}) and ({b})"), left && right)),
            (inner.clone(), inner.clone())
                .prop_map(|((a, left), (b, right))| (format!("({a}) or ({b})"), left || right)),
            inner.prop_map(|(a, truth)| (format!("not ({a})"), !truth)),
        ]
    })
}

proptest! {
    /// `and`, `or` and `not` mean what they say, however they are put together.
    #[test]
    fn a_filter_is_true_when_its_parts_make_it_so((text, truth) in tree()) {
        prop_assert_eq!(fits(&text), truth, "{}", text);
    }

    /// What another parser of the grammar takes, ours takes, when it is about attributes that there are.
    #[test]
    fn another_parser_agrees((text, _) in tree()) {
        prop_assert!(scim_v2::filter::Filter::from_str(&text).is_ok(), "{}", text);
    }

    /// Nothing makes the parser fall over.
    #[test]
    fn any_text_is_read_or_refused(text in "[()\\[\\]a-zA-Z\" .:$0-9\\\\]{0,200}") {
        if let Ok(filter) = parse(&text) {
            let _ = filter.fits(&ada());
        }
    }
}
