//! PATCH: the forms of the RFC, and those that Okta and Entra send. The bodies are written after their public documents.

use super::ada;
use proptest::prelude::*;
use serde_json::{Value, json};
use soundkeep_federation::scim::{
    Document, ENTERPRISE, Path, ResourceKind, ScimError, ScimType, apply, operations, resource,
};

fn patched(document: Document, body: &Value, kind: ResourceKind) -> Result<Document, ScimError> {
    let mut document = document;
    apply(&operations(body, kind)?, &mut document, kind)?;
    Ok(document)
}

fn of(listed: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": listed})
}

fn ada_with(listed: Value) -> Value {
    patched(ada(), &of(listed), ResourceKind::User).unwrap().into()
}

fn refused(listed: Value) -> ScimType {
    patched(ada(), &of(listed), ResourceKind::User).expect_err("refused").kind
}

#[test]
fn okta_switches_somebody_off_without_a_path() {
    let off = ada_with(json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(off["active"], false);
}

#[test]
fn entra_switches_somebody_off_with_a_capital_and_a_text() {
    let off = ada_with(json!([{"op": "Replace", "path": "active", "value": "False"}]));
    assert_eq!(off["active"], false);
    let on = ada_with(json!([{"op": "Add", "path": "active", "value": "True"}]));
    assert_eq!(on["active"], true);
}

#[test]
fn entra_names_attributes_with_dots_and_schemas_without_a_path() {
    let changed = ada_with(json!([{"op": "replace", "value": {
        "displayName": "Ada King",
        "name.givenName": "Augusta Ada",
        "name.familyName": "King",
        "emails[type eq \"work\"].value": "king@example.org",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Poetry",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "42",
        "urn:ietf:params:scim:schemas:extension:ours:2.0:User:shoeSize": 38,
        "id": "something else", "meta": {"location": "elsewhere"}, "groups": [], "password": "never kept",
    }}]));
    assert_eq!(changed["displayName"], "Ada King");
    assert_eq!(changed["name"], json!({"givenName": "Augusta Ada", "familyName": "King"}));
    assert_eq!(changed["emails"][0], json!({"value": "king@example.org", "type": "work", "primary": true}));
    let manager = json!({"value": "26118915"});
    assert_eq!(changed[ENTERPRISE], json!({"department": "Poetry", "employeeNumber": "42", "manager": manager}));
    for absent in ["id", "meta", "groups", "password"] {
        assert_eq!(changed.get(absent), None, "{absent}");
    }
}

#[test]
fn entra_adds_what_is_not_there_yet_by_a_filter() {
    let added = ada_with(json!([
        {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+49 30 1"},
        {"op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "Unter den Linden 1"},
        {"op": "Replace", "path": "emails[type eq \"other\"].value", "value": "other@example.org"},
        {"op": "Add", "path": "emails[primary eq \"True\"].display", "value": "Ada"},
    ]));
    assert_eq!(added["phoneNumbers"], json!([{"type": "mobile", "value": "+49 30 1"}]));
    assert_eq!(added["addresses"], json!([{"type": "work", "formatted": "Unter den Linden 1"}]));
    assert_eq!(added["emails"][2], json!({"type": "other", "value": "other@example.org"}));
    assert_eq!(added["emails"][0]["display"], "Ada");
}

#[test]
fn entra_names_a_manager_by_a_text() {
    let path = format!("{ENTERPRISE}:manager");
    for value in [json!("7"), json!({"value": "7"})] {
        let led = ada_with(json!([{"op": "Add", "path": path, "value": value}]));
        assert_eq!(led[ENTERPRISE]["manager"], json!({"value": "7"}));
    }
    let alone = ada_with(json!([{"op": "Remove", "path": path}]));
    assert_eq!(alone[ENTERPRISE], json!({"department": "Engines"}));
    let nothing = ada_with(json!([{"op": "remove", "path": ENTERPRISE}]));
    assert_eq!(nothing.get(ENTERPRISE), None);
    let whole = ada_with(json!([{"op": "replace", "path": ENTERPRISE, "value": {"costCenter": "9"}}]));
    assert_eq!(whole[ENTERPRISE]["costCenter"], "9");
}

fn group() -> Document {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Analysts",
        "members": [{"value": "a"}, {"value": "b"}, {"value": "c"}],
    });
    resource(&body, ResourceKind::Group).unwrap()
}

fn members_with(listed: Value) -> Vec<String> {
    let group = patched(group(), &of(listed), ResourceKind::Group).unwrap();
    let members = group.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn members_come_and_go_in_every_form() {
    let one = json!([{"op": "remove", "path": "members[value eq \"b\"]"}]);
    assert_eq!(members_with(one), ["a", "c"]);
    let listed = json!([{"op": "Remove", "path": "members", "value": [{"value": "a"}, {"value": "c"}]}]);
    assert_eq!(members_with(listed), ["b"]);
    let several = json!([{"op": "Add", "path": "members", "value": [{"value": "d", "$ref": null}, {"value": "a"}]}]);
    assert_eq!(members_with(several), ["a", "b", "c", "d"]);
    let single = json!([{"op": "add", "path": "members", "value": {"value": "d", "display": "Dora"}}]);
    assert_eq!(members_with(single), ["a", "b", "c", "d"]);
    let pathless = json!([{"op": "add", "value": {"members": [{"value": "d"}]}}]);
    assert_eq!(members_with(pathless), ["a", "b", "c", "d"]);
    let replaced = json!([{"op": "replace", "path": "members", "value": [{"value": "z"}]}]);
    assert_eq!(members_with(replaced), ["z"]);
    assert!(members_with(json!([{"op": "remove", "path": "members"}])).is_empty());
    let both = json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}]);
    assert_eq!(members_with(both), ["c"]);
    let okta = json!([{"op": "replace", "value": {"id": "g", "displayName": "Analysts II"}}]);
    let renamed = patched(group(), &of(okta), ResourceKind::Group).unwrap();
    assert_eq!(renamed["displayName"], "Analysts II");
}

#[test]
fn several_values_are_added_replaced_and_taken_away() {
    let primary = ada_with(json!([
        {"op": "add", "path": "emails", "value": [{"value": "new@example.org", "type": "work", "primary": true}]},
    ]));
    assert_eq!(primary["emails"][0]["primary"], false, "of several that are primary the last one is");
    assert_eq!(primary["emails"][2]["primary"], true);
    let twice = json!({"op": "add", "path": "emails", "value": [{"value": "ada@home.example", "type": "home"}]});
    assert_eq!(ada_with(json!([twice]))["emails"].as_array().unwrap().len(), 2);
    let home = ada_with(json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]));
    assert_eq!(home["emails"].as_array().unwrap().len(), 1);
    let replaced = ada_with(json!([
        {"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "x@y.example", "type": "home"}},
    ]));
    assert_eq!(replaced["emails"][1], json!({"value": "x@y.example", "type": "home"}));
    let types = ada_with(json!([{"op": "replace", "path": "emails.type", "value": "other"}]));
    assert_eq!(types["emails"][0]["type"], "other");
    let merged = ada_with(json!([{"op": "replace", "path": "name", "value": {"middleName": "B"}}]));
    assert_eq!(merged["name"]["givenName"], "Ada", "what isn't said of a name stays");
    let nothing = ada_with(json!([{"op": "replace", "path": "title", "value": null}]));
    assert_eq!(nothing.get("title"), None);
}

#[test]
fn what_can_not_be_patched_is_refused_with_its_kind() {
    assert_eq!(refused(json!([{"op": "remove"}])), ScimType::NoTarget);
    assert_eq!(refused(json!([{"op": "remove", "path": "userName"}])), ScimType::Mutability);
    assert_eq!(refused(json!([{"op": "replace", "path": "id", "value": "x"}])), ScimType::Mutability);
    assert_eq!(refused(json!([{"op": "add", "path": "groups", "value": []}])), ScimType::Mutability);
    assert_eq!(refused(json!([{"op": "add", "path": "nosuch", "value": 1}])), ScimType::InvalidPath);
    assert_eq!(refused(json!([{"op": "add", "path": "emails[type eq", "value": 1}])), ScimType::InvalidPath);
    assert_eq!(refused(json!([{"op": "add", "path": "userName[x eq 1]", "value": 1}])), ScimType::InvalidPath);
    assert_eq!(refused(json!([{"op": "add", "path": "emails[type eq \"a\"]x", "value": 1}])), ScimType::InvalidPath);
    assert_eq!(refused(json!([{"op": "add", "path": 5, "value": 1}])), ScimType::InvalidPath);
    assert_eq!(refused(json!([{"op": "move", "path": "title", "value": "x"}])), ScimType::InvalidSyntax);
    assert_eq!(refused(json!([])), ScimType::InvalidSyntax);
    assert_eq!(refused(json!([1])), ScimType::InvalidSyntax);
    assert_eq!(refused(json!([{"op": "replace", "value": 5}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "replace", "path": "active", "value": "perhaps"}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "replace", "path": "userName", "value": 5}])), ScimType::InvalidValue);
    assert_eq!(refused(json!([{"op": "replace", "path": "userName", "value": " "}])), ScimType::InvalidValue);
    let whole = json!([{"op": "replace", "path": "emails[type eq \"nosuch\"]", "value": {"value": "x"}}]);
    assert_eq!(refused(whole), ScimType::NoTarget);
    let vague = json!([{"op": "replace", "path": "emails[type ne \"work\" and type ne \"home\"].value", "value": "x"}]);
    assert_eq!(refused(vague), ScimType::NoTarget);
    let member = json!([{"op": "replace", "path": "members[value eq \"a\"].value", "value": "z"}]);
    assert_eq!(patched(group(), &of(member), ResourceKind::Group).unwrap_err().kind, ScimType::Mutability);
    for body in [json!(5), json!({}), json!({"schemas": ["x"], "Operations": []}), json!({"Operations": [1]})] {
        assert_eq!(operations(&body, ResourceKind::User).unwrap_err().kind, ScimType::InvalidSyntax);
    }
    let many: Vec<Value> = (0..1001).map(|_| json!({"op": "add", "path": "title", "value": "x"})).collect();
    assert_eq!(refused(many.into()), ScimType::InvalidSyntax);
    let large = json!([{"op": "replace", "path": "title", "value": "x".repeat(9000)}]);
    assert_eq!(refused(large), ScimType::InvalidValue);
}

#[test]
fn a_resource_lacks_nothing_it_must_have_and_keeps_nothing_of_ours() {
    let body = |more: Value| {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "USERNAME": "ada"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        resource(&body, ResourceKind::User)
    };
    let kept =
        body(json!({"id": "mine", "meta": {}, "groups": [{"value": "x"}], "password": "x", "nosuch": 1})).unwrap();
    assert_eq!(Value::from(kept), json!({"userName": "ada"}));
    let primary = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]});
    assert_eq!(body(primary).unwrap_err().kind, ScimType::InvalidValue);
    assert_eq!(body(json!({"active": 5})).unwrap_err().kind, ScimType::InvalidValue);
    assert_eq!(body(json!({"userName": null, "USERNAME": null})).unwrap_err().kind, ScimType::InvalidValue);
    assert_eq!(resource(&json!({"userName": "ada"}), ResourceKind::User).unwrap_err().kind, ScimType::InvalidSyntax);
    assert_eq!(resource(&json!([]), ResourceKind::User).unwrap_err().kind, ScimType::InvalidSyntax);
    let photos: Vec<Value> = (0..20).map(|at| json!({"value": "x".repeat(7000), "type": at.to_string()})).collect();
    assert_eq!(body(json!({"photos": photos})).unwrap_err().kind, ScimType::InvalidValue);
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["userName", "title", "nickName", "displayName", "timezone"]).prop_map(str::to_owned)
}

proptest! {
    /// What was set is there, what was removed isn't, and nothing else moved.
    #[test]
    fn what_is_set_is_there_and_the_rest_stays(name in word(), value in "[a-zA-Z ]{1,20}x", removes: bool) {
        let mut expected = Value::from(ada());
        let listed = match removes && name != "userName" {
            true => {
                expected.as_object_mut().unwrap().remove(&name);
                json!([{"op": "remove", "path": name}])
            }
            false => {
                expected[&name] = json!(value);
                json!([{"op": "replace", "path": name, "value": value}])
            }
        };
        prop_assert_eq!(ada_with(listed), expected);
    }

    /// A change that was carried out changes nothing when it is sent again.
    #[test]
    fn a_patch_that_is_sent_twice_does_the_same(verbs in prop::collection::vec(0..4_usize, 1..6)) {
        let forms = [
            json!({"op": "add", "path": "emails", "value": [{"value": "n@example.org", "type": "work"}]}),
            json!({"op": "Replace", "path": "name.givenName", "value": "Augusta"}),
            json!({"op": "remove", "path": "emails[type eq \"home\"]"}),
            json!({"op": "replace", "value": {"active": "False", "title": null}}),
        ];
        let listed: Vec<Value> = verbs.iter().map(|verb| forms[*verb].clone()).collect();
        let once = patched(ada(), &of(listed.clone().into()), ResourceKind::User).unwrap();
        let twice = patched(once.clone(), &of(listed.into()), ResourceKind::User).unwrap();
        prop_assert_eq!(once, twice);
    }

    /// No text makes the reading of a path fall over.
    #[test]
    fn any_path_is_read_or_refused(text in "[()\\[\\]a-zA-Z\" .:$0-9\\\\]{0,200}") {
        let _ = Path::parse(&text, ResourceKind::User);
    }
}
