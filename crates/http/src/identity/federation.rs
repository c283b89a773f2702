//! Sign-ins through identity providers: there, back and out. What a browser shows of them comes in cookies and bodies, but
//! for what the protocols put into addresses themselves.

use super::session;
use crate::credentials::{STEP_COOKIE, TRIP_COOKIE, cookie, kept_cookie};
use crate::door::Door;
use crate::extract::{Asks, At, Comes, Sent, Signed, read_body};
use crate::problem::{Answer, Refusal};
use crate::reason::{Because, Why};
use crate::wire::Id;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use soundkeep_app::Error;
use soundkeep_app::domain::{ProviderId, UserId};
use soundkeep_app::identity::Entered;
use soundkeep_app::identity::federation::{self, Came, CodeAnswer, Departure, TRIP_SECONDS};
use utoipa::{IntoParams, ToSchema};

/// A sign-in that isn't complete is kept by the browser for so long; seconds.
const STEP_SECONDS: i64 = 15 * 60;

/// An email address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhoComes {
    email: String,
}

/// A provider through which people sign in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WayIn {
    /// What is sent to begin a sign-in through it.
    provider: String,
    name: String,
    /// The organisation's name.
    organisation: String,
}

/// Ways to sign in besides a password.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaysIn {
    providers: Vec<WayIn>,
}

/// Says through which providers people with an address of this domain sign in. The answer follows from the domain alone.
#[utoipa::path(post, path = "/api/v1/session/ways", tag = "identity", request_body = WhoComes,
    responses((status = 200, description = "None, when they sign in with a password.", body = WaysIn)))]
pub(crate) async fn ways(State(door): State<Door>, Sent(sent): Sent<WhoComes>) -> Answer<Json<WaysIn>> {
    let found = federation::ways_in(&door.vault, &sent.email).await?;
    let way = |way: federation::WayIn| WayIn { provider: way.slug, name: way.name, organisation: way.organisation };
    Ok(Json(WaysIn { providers: found.into_iter().map(way).collect() }))
}

/// A sign-in through a provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInThrough {
    /// The provider's short name.
    provider: String,
    /// Who is probably coming: the provider fills it in.
    #[serde(default)]
    #[schema(nullable = false)]
    email: Option<String>,
    /// The path of the console to which the browser goes afterwards.
    #[serde(default)]
    #[schema(nullable = false)]
    return_to: Option<String>,
    /// Whether they have to sign in there again, though the provider knows them still.
    #[serde(default)]
    #[schema(required = false)]
    anew: bool,
}

/// Where a browser goes.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoTo {
    /// An address of the provider.
    address: String,
}

fn departed(departure: Departure) -> Answer<Response> {
    let Departure { address, kept, comes_back_as_form } = departure;
    let mut response = Json(GoTo { address }).into_response();
    let kept = kept_cookie(TRIP_COOKIE, &kept, TRIP_SECONDS, comes_back_as_form);
    response.headers_mut().append(SET_COOKIE, kept.ok_or_else(no_header)?);
    Ok(response)
}

fn no_header() -> Refusal {
    Error::Bug("a text that is no header".into()).into()
}

/// Begins a sign-in through a provider: says where the browser goes, and lets it keep what belongs to the answer.
#[utoipa::path(post, path = "/api/v1/session/provider", tag = "identity", request_body = SignInThrough,
    responses((status = 200, description = "Where the browser goes.", body = GoTo)))]
pub(crate) async fn depart(State(door): State<Door>, Sent(sent): Sent<SignInThrough>) -> Answer<Response> {
    let (to, origin) = (sent.return_to.unwrap_or_default(), door.config.public_origin.as_str());
    let place = (sent.provider.as_str(), origin);
    let email = sent.email.as_deref();
    departed(match sent.anew {
        true => federation::sign_in_anew_through(&door.vault, place, &to, email).await?,
        false => federation::sign_in_through(&door.vault, place, &to, email).await?,
    })
}

/// Where somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpThrough {
    /// The path of the console to which the browser goes afterwards.
    #[serde(default)]
    #[schema(nullable = false)]
    return_to: Option<String>,
}

/// Begins to prove anew who somebody is, at the provider through which they came.
#[utoipa::path(post, path = "/api/v1/session/step-up/provider", tag = "identity", request_body = StepUpThrough,
    responses((status = 200, description = "Where the browser goes.", body = GoTo)))]
pub(crate) async fn step_up(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<StepUpThrough>,
) -> Answer<Response> {
    let (to, origin) = (sent.return_to.unwrap_or_default(), door.config.public_origin.as_str());
    departed(federation::step_up_through(&door.vault, &caller, origin, &to).await?)
}

/// Begins to try out a sign-in through a provider. Nobody is signed in by it.
#[utoipa::path(post, path = "/api/v1/identity-providers/{id}/test", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 200, description = "Where the browser goes.", body = GoTo)))]
pub(crate) async fn test(State(door): State<Door>, Signed(caller): Signed, At(id): At<ProviderId>) -> Answer<Response> {
    departed(federation::test_provider(&door.vault, &caller, id, &door.config.public_origin).await?)
}

/// What a test of a provider found.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderFinding {
    /// Whether somebody would have come in.
    passed: bool,
    /// The stable name of what was wrong.
    #[schema(required = true)]
    code: Option<String>,
    /// What was wrong.
    #[schema(required = true)]
    sentence: Option<String>,
    /// The address of the user who would have come in.
    #[schema(required = true)]
    email: Option<String>,
    /// Whether they would be made.
    would_be_made: bool,
    /// The name that the provider told.
    #[schema(required = true)]
    name: Option<String>,
    /// The groups and roles that it told.
    groups: Vec<String>,
    /// Whether a second factor counts.
    second_factor: bool,
    /// Whether it said when they showed who they are: otherwise nobody can prove it anew there.
    says_when: bool,
    /// All that it said, by name.
    #[schema(value_type = Object)]
    said: serde_json::Map<String, serde_json::Value>,
}

/// Shows what the caller's newest test of a provider found, for a quarter of an hour.
#[utoipa::path(get, path = "/api/v1/identity-providers/{id}/test", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 200, description = "What it found.", body = ProviderFinding)))]
pub(crate) async fn finding(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
) -> Answer<Json<ProviderFinding>> {
    let found = federation::test_finding(&door.vault, &caller, id).await?;
    Ok(Json(ProviderFinding {
        passed: found.passed,
        code: found.code,
        sentence: found.sentence,
        email: found.email,
        would_be_made: found.would_be_made,
        name: found.name,
        groups: found.groups,
        second_factor: found.second_factor,
        says_when: found.says_when,
        said: found.said,
    }))
}

/// What a provider sends back (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Deserialize, IntoParams)]
pub(crate) struct Back {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// A path of the console, or an address of a provider that an administrator set up; never what a request says.
pub(super) fn redirect(path: &str) -> Answer<Response> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).map_err(|_| no_header())?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// What a browser is told that comes back and isn't let in: a stable word, of which the console makes a sentence.
fn problem(error: &Error) -> &'static str {
    match error {
        Error::AtProvider(code, _) => code,
        Error::WrongNetwork(_) => "network",
        Error::Conflict(_) | Error::AssertionBroken(_) | Error::Denied(_) => "rules",
        Error::TooMany(_) => "too_many",
        Error::NotFound => "no_provider",
        _ => "trouble",
    }
}

/// Sends the browser on, after somebody came back from a provider, or tells it why not.
pub(crate) async fn arrived(door: &Door, came: Result<Came, Error>) -> Answer<Response> {
    let mut response = match came {
        Ok(Came::In(entered, to)) => match *entered {
            Entered::In(signed_in) => {
                let token = (signed_in.token.as_str(), signed_in.expires_at);
                session::with_cookie(door, signed_in.me.organisation.id, token, redirect(&to)?).await?
            }
            Entered::Next(next) => {
                let query = serde_urlencoded::to_string([("continue", "1"), ("next", &to)]);
                let query = query.map_err(|error| Refusal::from(Error::Bug(error.into())))?;
                let mut response = redirect(&format!("/sign-in?{query}"))?;
                let kept = kept_cookie(STEP_COOKIE, &next.token, STEP_SECONDS, false).ok_or_else(no_header)?;
                response.headers_mut().append(SET_COOKIE, kept);
                response
            }
        },
        Ok(Came::Proven(organisation, renewed, to)) => {
            let token = (renewed.token.as_str(), renewed.expires_at);
            session::with_cookie(door, organisation, token, redirect(&to)?).await?
        }
        Ok(Came::Tested(provider)) => redirect(&format!("/sign-in-providers/{provider}?tested=1"))?,
        Err(error) => {
            let code = problem(&error);
            if matches!(error, Error::Bug(_) | Error::Unavailable(_)) {
                tracing::warn!(%error, "somebody came back from an identity provider and could not be let in");
            }
            redirect(&format!("/sign-in?problem={code}"))?
        }
    };
    let forgotten = kept_cookie(TRIP_COOKIE, "", 0, false).ok_or_else(no_header)?;
    response.headers_mut().append(SET_COOKIE, forgotten);
    Ok(response)
}

/// Where an OpenID provider sends people back to.
#[utoipa::path(get, path = "/oidc/{provider}/callback", tag = "identity", params(Back,
        ("provider" = String, Path, description = "The provider's short name.")),
    responses((status = 303, description = "On to the console, signed in or with what is wrong.")))]
pub(crate) async fn come_back(
    State(door): State<Door>,
    Comes(visitor): Comes,
    At(slug): At<String>,
    headers: HeaderMap,
    Asks(back): Asks<Back>,
) -> Answer<Response> {
    let answer = CodeAnswer {
        state: back.state,
        code: back.code,
        issuer: back.iss,
        error: back.error,
        error_description: back.error_description,
    };
    let (place, kept) = ((slug.as_str(), door.config.public_origin.as_str()), cookie(&headers, TRIP_COOKIE));
    arrived(&door, federation::come_back(&door.vault, place, kept, &answer, &visitor).await).await
}

/// Where a browser goes on to sign out at the provider through which it came.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignOutThere {
    /// Null when there is no such place.
    #[schema(required = true)]
    address: Option<String>,
}

/// Says where to sign out at the provider through which the caller came. It doesn't sign out here.
#[utoipa::path(get, path = "/api/v1/session/provider", tag = "identity",
    responses((status = 200, description = "Where.", body = SignOutThere)))]
pub(crate) async fn sign_out_there(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<SignOutThere>> {
    let address = federation::sign_out_there(&door.vault, &caller, &door.config.public_origin).await?;
    Ok(Json(SignOutThere { address }))
}

/// Where a provider sends the browser after signing out there.
#[utoipa::path(get, path = "/oidc/{provider}/logout", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    responses((status = 303, description = "On to the sign-in page.")))]
pub(crate) async fn signed_out(At(_): At<String>) -> Answer<Response> {
    redirect("/sign-in")
}

#[derive(Deserialize)]
struct SignOutForm {
    logout_token: String,
}

/// Where an OpenID provider tells that somebody signed out there: their sessions end.
#[utoipa::path(post, path = "/oidc/{provider}/logout", tag = "identity",
    params(("provider" = String, Path, description = "The provider's short name.")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`logout_token`."),
    responses((status = 200, description = "They ended.")))]
pub(crate) async fn sign_out(
    State(door): State<Door>,
    Comes(visitor): Comes,
    At(slug): At<String>,
    body: Body,
) -> Answer<Response> {
    let body = read_body(body).await?;
    let form: Result<SignOutForm, _> = serde_urlencoded::from_bytes(&body);
    let done = match form {
        Ok(form) => federation::signed_out_there(&door.vault, &slug, &form.logout_token, &visitor).await,
        Err(_) => Err(Error::AtProvider("token", "a form with logout_token is expected")),
    };
    let mut response = match done {
        Ok(()) => StatusCode::OK.into_response(),
        // OpenID Connect Back-Channel Logout 1.0, section 2.8.
        Err(Error::AtProvider(_, sentence)) => {
            let said = serde_json::json!({"error": "invalid_request", "error_description": sentence});
            (StatusCode::BAD_REQUEST, Json(said)).into_response()
        }
        Err(error) => return Err(error.into()),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Forgets who a user is at their identity providers, so that they can come in through another.
#[utoipa::path(delete, path = "/api/v1/users/{id}/identities", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Forgotten.")))]
pub(crate) async fn unlink(
    State(door): State<Door>,
    At(id): At<UserId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    federation::unlink_user(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
