//! SAML: our metadata, the way back from a provider, signing out both ways, and what only SAML providers need to be set up.
//!
//! What comes here comes as forms and addresses of the provider's site, so that these routes take requests from anywhere;
//! what they say counts by its signature, and in the browser that asked.

use super::federation::{arrived, redirect};
use super::providers::Saml;
use crate::credentials::{TRIP_COOKIE, cookie};
use crate::door::Door;
use crate::extract::{At, Comes, Sent, Signed, read_body};
use crate::problem::{Answer, Refusal};
use crate::wire::Id;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soundkeep_app::Error;
use soundkeep_app::domain::ProviderId;
use soundkeep_app::identity::Visitor;
use soundkeep_app::identity::federation::{self, GivenMetadata, LogoutMessage, SamlAnswer, SignedOut};
use utoipa::ToSchema;

/// Our metadata towards a SAML provider, to be given to it by address or as a file.
#[utoipa::path(get, path = "/saml/{provider}/metadata", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    responses((status = 200, description = "SAML 2.0 metadata of this service provider.", body = String,
        content_type = "application/samlmetadata+xml")))]
pub(crate) async fn metadata(State(door): State<Door>, At(slug): At<String>) -> Answer<Response> {
    let text = federation::saml_metadata(&door.vault, &slug, &door.config.public_origin).await?;
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("application/samlmetadata+xml");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    let name = HeaderValue::from_str(&format!("inline; filename=\"soundkeep-{slug}.xml\""));
    if let Ok(name) = name {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The fields of a form.
async fn form(body: Body) -> Answer<Vec<(String, String)>> {
    let body = read_body(body).await?;
    serde_urlencoded::from_bytes(&body).map_err(|_| Refusal::invalid("body", "a form is expected"))
}

/// The only field of this name.
fn only(form: &[(String, String)], name: &str) -> Answer<Option<String>> {
    let mut values = form.iter().filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value.clone())),
        _ => Err(Refusal::invalid(name, "it stands there twice")),
    }
}

/// Where a SAML provider sends people back to (assertion consumer service, HTTP-POST).
#[utoipa::path(post, path = "/saml/{provider}/acs", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "`SAMLResponse` and `RelayState`."),
    responses((status = 303, description = "On to the console, signed in or with what is wrong.")))]
pub(crate) async fn come_back(
    State(door): State<Door>,
    Comes(visitor): Comes,
    At(slug): At<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let form = form(body).await?;
    let Some(response) = only(&form, "SAMLResponse")? else {
        return Err(Refusal::invalid("SAMLResponse", "a response is expected"));
    };
    let answer = SamlAnswer { response, relay_state: only(&form, "RelayState")? };
    let (place, kept) = ((slug.as_str(), door.config.public_origin.as_str()), cookie(&headers, TRIP_COOKIE));
    arrived(&door, federation::come_back_with_form(&door.vault, place, kept, answer, &visitor).await).await
}

async fn signed_out(door: &Door, slug: &str, message: LogoutMessage, visitor: &Visitor) -> Answer<Response> {
    let place = (slug, door.config.public_origin.as_str());
    match federation::sign_out_by_saml(&door.vault, place, message, visitor).await {
        Ok(SignedOut::Answer(address)) => redirect(&address),
        Ok(SignedOut::Done) => redirect("/sign-in"),
        Err(Error::AtProvider(..)) => redirect("/sign-in?problem=sign_out"),
        Err(error) => Err(error.into()),
    }
}

/// Where a SAML provider tells by redirect that somebody signed out there, or answers that it ended a session.
#[utoipa::path(get, path = "/saml/{provider}/slo", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    responses((status = 303, description = "Back to the provider, or on to the sign-in page.")))]
pub(crate) async fn sign_out_by_redirect(
    State(door): State<Door>,
    Comes(visitor): Comes,
    At(slug): At<String>,
    uri: Uri,
) -> Answer<Response> {
    let query = uri.query().unwrap_or_default().to_owned();
    signed_out(&door, &slug, LogoutMessage::Redirect(query), &visitor).await
}

/// The same by a form.
#[utoipa::path(post, path = "/saml/{provider}/slo", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "`SAMLRequest` or `SAMLResponse`, and `RelayState`."),
    responses((status = 303, description = "Back to the provider, or on to the sign-in page.")))]
pub(crate) async fn sign_out_by_form(
    State(door): State<Door>,
    Comes(visitor): Comes,
    At(slug): At<String>,
    body: Body,
) -> Answer<Response> {
    let form = form(body).await?;
    signed_out(&door, &slug, LogoutMessage::Post(form), &visitor).await
}

/// Where the metadata of a provider is: one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenProviderMetadata {
    /// The document itself.
    #[serde(default)]
    #[schema(nullable = false)]
    document: Option<String>,
    /// Where it is published.
    #[serde(default)]
    #[schema(nullable = false)]
    url: Option<String>,
}

/// Reads the metadata of a SAML provider, to set it up with. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/identity-providers/metadata", tag = "identity", request_body = GivenProviderMetadata,
    responses((status = 200, description = "What is to be sent as `saml`.", body = Saml)))]
pub(crate) async fn read_metadata(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<GivenProviderMetadata>,
) -> Answer<Json<Saml>> {
    let given = match (sent.document, sent.url) {
        (Some(document), None) => GivenMetadata::Document(document),
        (None, Some(url)) => GivenMetadata::Address(url),
        _ => return Err(Refusal::invalid("document", "either the document, or the address where it is")),
    };
    Ok(Json(federation::read_saml_metadata(&door.vault, &caller, given).await?.into()))
}

/// Goes one step of changing our certificate towards a SAML provider: first another one is published beside the one in
/// use, then that one is used alone.
#[utoipa::path(post, path = "/api/v1/identity-providers/{id}/keys", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 204, description = "Done.")))]
pub(crate) async fn renew_key(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
) -> Answer<StatusCode> {
    federation::renew_saml_key(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
