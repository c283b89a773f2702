//! The session: signing in, who I am, signing out.

use super::steps::{NextStep, entered};
use crate::credentials::{Frames, device_cookie, forget_cookies, session_cookies};
use crate::door::Door;
use crate::extract::{Comes, Sent, Signed};
use crate::problem::{Answer, Refusal};
use crate::wire::{Id, Limit, Named, Time, named};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::identity::ProgramWay;
use soundkeep_app::domain::{OrganisationId, Timestamp};
use soundkeep_app::identity::{self, Credentials, Renewed, SignedIn};
use soundkeep_app::{Caller, Error};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Who is signed in, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: MyUser,
    organisation: MyOrganisation,
    /// Roles in force.
    roles: Vec<MyRole>,
    /// What is held of each permission.
    permissions: BTreeMap<String, Held>,
    /// When the session or key ends whatever happens.
    #[schema(value_type = Option<Time>, required = true)]
    session_expires_at: Option<Timestamp>,
    /// When the session ends unless it is used before; null for a key.
    #[schema(value_type = Option<Time>, required = true)]
    session_idle_ends_at: Option<Timestamp>,
}

/// The person or program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyUser {
    /// The user, or the API key.
    #[schema(value_type = Id)]
    id: String,
    /// Null for a program.
    #[schema(required = true)]
    email: Option<String>,
    name: String,
}

/// Their organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyOrganisation {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Its short name, for signing in where an address is known in several.
    slug: String,
    /// The language for those who have chosen none: `en`, `de`, or `own` for that of their browser.
    language: String,
    /// The time zone for those who have chosen none, by its IANA name, or `own` for that of their browser.
    time_zone: String,
    /// What programs come in with.
    api_authentication: ApiAuthentication,
}

/// What programs come in with: their key (or either of the others), a signed secret of the day, an access token.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApiAuthentication {
    Key,
    Signed,
    Oauth,
}

/// A role in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyRole {
    /// Stable name of a built-in role, or id of another.
    key: String,
    name: String,
    limit: Limit,
    /// The groups that it is limited to.
    groups: Vec<Named>,
}

/// How far a permission reaches: `none own groups all` where it is about conversations, else `no yes`.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Held {
    None,
    Own,
    Groups,
    All,
    No,
    Yes,
}

impl Held {
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "own" => Self::Own,
            "groups" => Self::Groups,
            "all" => Self::All,
            "yes" => Self::Yes,
            "no" => Self::No,
            _ => Self::None,
        }
    }
}

impl From<identity::Me> for Me {
    fn from(me: identity::Me) -> Self {
        let role = |role: identity::MyRole| MyRole {
            key: role.key.to_string(),
            name: role.name,
            limit: (&role.limit).into(),
            groups: named(role.groups),
        };
        let permission = |(permission, word): (soundkeep_app::domain::access::Permission, &'static str)| {
            (permission.key().to_owned(), Held::from_word(word))
        };
        Self {
            user: MyUser { id: me.user.id, email: me.user.email, name: me.user.name },
            organisation: MyOrganisation {
                id: me.organisation.id.to_string(),
                name: me.organisation.name,
                slug: me.organisation.slug,
                language: me.organisation.language,
                time_zone: me.organisation.time_zone,
                api_authentication: match me.organisation.programs {
                    ProgramWay::Key => ApiAuthentication::Key,
                    ProgramWay::SignedSecret => ApiAuthentication::Signed,
                    ProgramWay::AccessToken => ApiAuthentication::Oauth,
                },
            },
            roles: me.roles.into_iter().map(role).collect(),
            permissions: me.permissions.into_iter().map(permission).collect(),
            session_expires_at: me.session_expires_at,
            session_idle_ends_at: me.session_idle_ends_at,
        }
    }
}

/// What somebody types to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    email: String,
    #[schema(format = Password)]
    password: String,
    /// The organisation's short name, when the address is known in several.
    #[serde(default)]
    organisation: Option<String>,
}

/// Signs in, and sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "identity", request_body = SignIn,
    responses((status = 200, description = "Signed in.", body = Me),
              (status = 202, description = "Something is still to be done.", body = NextStep)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Sent(sent): Sent<SignIn>,
) -> Answer<Response> {
    let credentials = Credentials { email: sent.email, password: sent.password, organisation: sent.organisation };
    entered(&door, identity::sign_in(&door.vault, credentials, &visitor).await?).await
}

/// The answer to somebody who has just signed in.
pub(crate) async fn admitted(door: &Door, signed_in: SignedIn) -> Answer<Response> {
    let organisation = signed_in.me.organisation.id;
    let response = Json(Me::from(signed_in.me)).into_response();
    let mut response = with_cookie(door, organisation, (&signed_in.token, signed_in.expires_at), response).await?;
    let settings = door.vault.settings(organisation).await?;
    let frames = Frames::of(settings.embedding() && door.config.is_over_tls());
    // Behind the session's: who comes in without it has tries like everybody.
    if let Some(cookie) = device_cookie(&signed_in.known, frames) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// An answer that gives a session its cookie.
pub(super) async fn with_cookie(
    door: &Door,
    organisation: OrganisationId,
    (token, expires_at): (&str, Timestamp),
    mut response: Response,
) -> Answer<Response> {
    let settings = door.vault.settings(organisation).await?;
    let frames = Frames::of(settings.embedding() && door.config.is_over_tls());
    let cookies = session_cookies(token, door.vault.now(), expires_at, frames)
        .ok_or_else(|| Refusal::from(Error::Bug("a token that is no header".into())))?;
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The answer to somebody whose session goes on under another token.
pub(crate) async fn renewed(door: &Door, caller: &Caller, renewed: Renewed) -> Answer<Response> {
    let response = StatusCode::NO_CONTENT.into_response();
    with_cookie(door, caller.organisation(), (&renewed.token, renewed.expires_at), response).await
}

/// Says who is signed in, and what they may do.
#[utoipa::path(get, path = "/api/v1/session", tag = "identity",
    responses((status = 200, description = "Who is signed in.", body = Me)))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<Me>> {
    Ok(Json(identity::me(&door.vault, &caller).await?.into()))
}

/// Signs out: the session ends, and whatever it has open with it.
#[utoipa::path(delete, path = "/api/v1/session", tag = "identity",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn delete(State(door): State<Door>, Signed(caller): Signed) -> Answer<Response> {
    identity::sign_out(&door.vault, &caller).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in forget_cookies() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
