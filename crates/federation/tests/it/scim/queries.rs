//! Lists: pages, order, and which attributes are shown; and what a bulk request names.

use super::{ada, user};
use serde_json::{Value, json};
use soundkeep_federation::scim::{BulkMethod, ENTERPRISE, Query, ResourceKind, ScimType, bulk, refer, schemas};

fn asked(pairs: &[(&str, &str)]) -> Query {
    Query::of_pairs(pairs.iter().copied()).unwrap()
}

fn shown(pairs: &[(&str, &str)]) -> Value {
    let mut document = ada();
    document.insert("schemas".to_owned(), json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
    document.insert("id".to_owned(), json!("7"));
    asked(pairs).selection(ResourceKind::User).unwrap().of(document, ResourceKind::User).into()
}

#[test]
fn a_page_begins_at_one_and_has_no_negative_length() {
    let query = asked(&[("startIndex", "0"), ("count", "-5"), ("sortOrder", "descending"), ("sortBy", "userName")]);
    assert_eq!((query.start_index, query.count, query.descending), (1, 0, true));
    assert_eq!(asked(&[]).count, 100);
    assert_eq!(asked(&[("count", "100000")]).count, 1000);
    for wrong in [("count", "many"), ("startIndex", "1.5"), ("sortOrder", "up")] {
        assert_eq!(Query::of_pairs([wrong].into_iter()).unwrap_err().kind, ScimType::InvalidValue);
    }
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": ["userName"], "filter": "active eq true", "startIndex": 3, "count": 7,
    });
    let query = Query::of_search(&search).unwrap();
    assert_eq!((query.start_index, query.count, query.attributes.len()), (3, 7, 1));
    assert_eq!(Query::of_search(&json!({"filter": "x"})).unwrap_err().kind, ScimType::InvalidSyntax);
}

#[test]
fn chosen_attributes_are_shown_and_always_the_id() {
    assert_eq!(
        shown(&[("attributes", "userName,name.givenName,emails.value")]),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "7", "userName": "Ada@Example.org",
            "name": {"givenName": "Ada"}, "emails": [{"value": "ada@example.org"}, {"value": "ada@home.example"}],
        })
    );
    let department = format!("{ENTERPRISE}:department, nosuch");
    assert_eq!(shown(&[("attributes", &department)])[ENTERPRISE], json!({"department": "Engines"}));
    let without = shown(&[("excludedAttributes", "emails, name.givenName, id")]);
    assert_eq!(without.get("emails"), None);
    assert_eq!(without["name"], json!({"familyName": "Lovelace"}));
    assert_eq!(without["id"], "7");
    let both = asked(&[("attributes", "userName"), ("excludedAttributes", "title")]);
    assert_eq!(both.selection(ResourceKind::User).unwrap_err().kind, ScimType::InvalidValue);
}

#[test]
fn an_order_goes_by_the_primary_value_and_what_has_none_is_last() {
    let of = |name: &str, email: Option<&str>| {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        if let Some(email) = email {
            body["emails"] = json!([{"value": "zzz"}, {"value": email, "primary": true}]);
        }
        user(&body)
    };
    let people = [of("c", Some("b@x")), of("B", None), of("a", Some("A@x"))];
    let order = |by: &str| {
        let sort = asked(&[("sortBy", by)]).sort(ResourceKind::User).unwrap().unwrap();
        let mut names: Vec<_> = people.iter().map(|one| (sort.key(one), one["userName"].as_str().unwrap())).collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect::<String>()
    };
    assert_eq!((order("userName").as_str(), order("emails").as_str()), ("aBc", "acB"));
    assert!(asked(&[("sortBy", "nosuch")]).sort(ResourceKind::User).is_err());
}

#[test]
fn a_bulk_request_names_what_it_makes() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1,
        "Operations": [
            {"method": "post", "path": "/Users", "bulkId": "one", "data": {"userName": "a"}},
            {"method": "PATCH", "path": "/Groups/bulkId:two", "data": {"members": [{"value": "bulkId:one"}]}},
            {"method": "POST", "path": "/Users"}, {"method": "GET", "path": "/Users"}, 5,
            {"method": "DELETE", "path": "/Things/1"},
        ],
    });
    let read = bulk(&body).unwrap();
    assert_eq!((read.fail_on_errors, read.operations.len()), (Some(1), 6));
    let patch = read.operations[1].1.as_ref().unwrap();
    assert_eq!(patch.method, BulkMethod::Patch);
    assert_eq!(patch.references().into_iter().collect::<Vec<_>>(), ["one", "two"]);
    assert!(read.operations[2..].iter().all(|(_, operation)| operation.is_err()));
    let mut data = patch.data.clone();
    refer(&mut data, &|name| (name == "one").then(|| "7".to_owned()));
    assert_eq!(data, json!({"members": [{"value": "7"}]}));
}

#[test]
fn schemas_tell_of_every_attribute() {
    let all = schemas("https://vault.example/scim/v2");
    assert_eq!(all["totalResults"], 3);
    let user = &all["Resources"][0];
    let named = |name: &str| {
        let attributes = user["attributes"].as_array().unwrap();
        attributes.iter().find(|attribute| attribute["name"] == name).unwrap().clone()
    };
    assert_eq!((&named("userName")["uniqueness"], &named("userName")["required"]), (&json!("server"), &json!(true)));
    assert_eq!(named("emails")["subAttributes"].as_array().unwrap().len(), 4);
    assert_eq!(named("groups")["mutability"], "readOnly");
    assert!(user["attributes"].as_array().unwrap().iter().all(|attribute| attribute["name"] != "password"));
}
