//! The description of the API, put together from the route table: every route, its access, its problems.

use crate::idempotency::Repeats;
use crate::problem::Problem;
use crate::routes::{Access, ROUTES, Route};
use crate::scim::MEDIA_TYPE;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_app::domain::access::Permission;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityRequirement,
    SecurityScheme,
};
use utoipa::openapi::{
    Content, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

/// The description of the API (OpenAPI 3.1) as JSON, always in the same order.
#[must_use]
pub fn openapi() -> String {
    let text = serde_json::to_value(document()).and_then(|mut value| {
        name_rows(&mut value);
        serde_json::to_string_pretty(&value)
    });
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

/// Lets lists refer to the schema of their rows, which is written out in each of them otherwise.
fn name_rows(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    let lists: Vec<String> = schemas.keys().filter(|name| name.contains('_')).cloned().collect();
    for list in lists {
        let row = list.split('_').next_back().unwrap_or_default().to_owned();
        let Some(rows) = schemas.get_mut(&list).and_then(|list| list.pointer_mut("/properties/items/items")) else {
            continue;
        };
        let written_out = std::mem::replace(rows, json!({"$ref": format!("#/components/schemas/{row}")}));
        schemas.entry(row).or_insert(written_out);
    }
}

fn document() -> OpenApi {
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut all = Paths::new();
    for route in ROUTES {
        let (types, paths, _) = (route.mount)();
        schemas.extend(types);
        for (path, item) in paths.paths {
            merge(all.paths.entry(path).or_default(), item, route);
        }
    }
    let mut of_problem = Vec::new();
    <Problem as ToSchema>::schemas(&mut of_problem);
    schemas.extend(of_problem);
    schemas.insert("Problem".to_owned(), Problem::schema());
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                crate::credentials::COOKIE_NAME,
                "The session of the console.",
            ))),
        )
        .security_scheme(
            "api_key",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(
                        "An API key, a secret of the day signed with it (a JWT), or an access token: which of them, the \
                         organisation decides.",
                    ))
                    .build(),
            ),
        )
        .security_scheme("oauth2", SecurityScheme::OAuth2(client_credentials()))
        .security_scheme(
            "scim_token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("A SCIM token of an identity provider; it opens nothing but `/scim/v2`."))
                    .build(),
            ),
        )
        .build();
    let info = InfoBuilder::new()
        .title("Soundkeep")
        .version("1")
        .description(Some(
            "Conversations, recordings, people and the ledger of a Soundkeep vault. Errors are problems of RFC 9457 \
             with a stable `code`; lists have a cursor in the body and in a `Link` header; what changes has a \
             `version` and an `ETag`. Times are RFC 3339 in UTC, durations milliseconds.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).paths(all).components(Some(components)).build()
}

/// Where programs get access tokens, and for what (RFC 6749, section 4.4).
fn client_credentials() -> OAuth2 {
    let scopes = Permission::available().map(|permission| (permission.key(), permission.row().meaning));
    OAuth2::new([Flow::ClientCredentials(ClientCredentials::new("/oauth2/token", Scopes::from_iter(scopes)))])
}

fn merge(whole: &mut PathItem, item: PathItem, route: &Route) {
    let finish = |operation: Option<Operation>, method: Method| operation.map(|found| finished(found, route, &method));
    let into = |place: &mut Option<Operation>, operation: Option<Operation>| {
        if operation.is_some() {
            *place = operation;
        }
    };
    into(&mut whole.get, finish(item.get, Method::GET));
    into(&mut whole.head, finish(item.head, Method::HEAD));
    into(&mut whole.post, finish(item.post, Method::POST));
    into(&mut whole.put, finish(item.put, Method::PUT));
    into(&mut whole.patch, finish(item.patch, Method::PATCH));
    into(&mut whole.delete, finish(item.delete, Method::DELETE));
}

/// Adds to an operation what the table says of its route.
fn finished(mut operation: Operation, route: &Route, method: &Method) -> Operation {
    operation.operation_id = Some(operation_id(method, route.path));
    let mut description = access_sentence(route.access);
    if route.sensitive {
        description.push_str(" Sensitive: who proved more than an hour ago who they are gets 403 `step_up_needed`.");
    }
    operation.description = Some(description);
    operation.security = Some(match route.access {
        Access::Open => Vec::new(),
        Access::SignedIn | Access::Permission(_) => {
            let none = std::iter::empty::<String>;
            vec![
                SecurityRequirement::new("session", none()),
                SecurityRequirement::new("api_key", none()),
                SecurityRequirement::new("oauth2", needed_scope(route.access)),
            ]
        }
        Access::Directory => vec![SecurityRequirement::new("scim_token", std::iter::empty::<String>())],
    });
    let response = match route.access {
        Access::Directory => {
            let error = Content::new(Some(Ref::from_schema_name("ScimMessage")));
            ResponseBuilder::new().description("An error of SCIM (RFC 7644, section 3.12).").content(MEDIA_TYPE, error)
        }
        Access::Open | Access::SignedIn | Access::Permission(_) => {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            ResponseBuilder::new().description("A problem.").content("application/problem+json", problem)
        }
    };
    let response = response.build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
    if route.repeats != Repeats::Plain {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Any text of at most 255 characters: with the same one it is carried out once."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255))))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(key));
    }
    if route.weighed {
        weighable(&mut operation);
    }
    operation
}

/// The scope that a token needs.
fn needed_scope(access: Access) -> Vec<String> {
    match access {
        Access::Permission(permission) => vec![permission.key().to_owned()],
        Access::Open | Access::SignedIn | Access::Directory => Vec::new(),
    }
}

/// Adds to an operation that changes rights how to ask what it would do, and how to confirm it.
fn weighable(operation: &mut Operation) {
    let header = |name: &str, description: &str| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
        let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(64));
        RefOr::T(parameter.description(Some(description)).schema(Some(text)).build())
    };
    let what_if = "`true`: nothing is changed, and the answer (200) is an `Effect` that says what it would do.";
    let confirmed = "The token of an effect that has to be confirmed (409, `confirmation_needed`).";
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend([header("Soundkeep-What-If", what_if), header("Soundkeep-Confirmation", confirmed)]);
}

fn access_sentence(access: Access) -> String {
    match access {
        Access::Open => "Open to everybody.".to_owned(),
        Access::SignedIn => "For everybody who is signed in.".to_owned(),
        Access::Directory => "For directories with a SCIM token.".to_owned(),
        Access::Permission(permission) => {
            let reach = if Permission::is_scoped(permission) { ", as far as it reaches" } else { "" };
            format!("Needs the permission `{}`{reach}.", permission.key())
        }
    }
}

/// `get_conversations_id_notes` for `GET /api/v1/conversations/{id}/notes`.
fn operation_id(method: &Method, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1").replace(['{', '}'], "").replace(['/', '-', '.'], "_");
    format!("{}{path}", method.as_str().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_and_the_document_name_the_same_routes() {
        let document: serde_json::Value = serde_json::from_str(&openapi()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            described
                .extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
        }
        let mut table: BTreeSet<String> = ROUTES.iter().map(|route| format!("{route:?}")).collect();
        // The one route whose HEAD has a handler's own answer.
        assert!(table.insert("HEAD /api/v1/recordings/{id}/audio".to_owned()));
        assert_eq!(described, table);
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
        let text = openapi();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("\"$ref\": \"#") {
            let (pointer, after) = after.split_once('"').unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            rest = after;
        }
        let operations =
            document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
        let ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}
