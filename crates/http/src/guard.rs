//! What happens around every route, in one place: who asks, from where, how often; whether they may come in;
//! refusals into problems; headers; counts.
//!
//! Which access a route needs stands in the route table alone.

use crate::access::effect;
use crate::credentials::{Credential, credential};
use crate::door::Door;
use crate::extract::Asked;
use crate::problem::{Answer, Refusal};
use crate::routes::{Access, Route};
use crate::words::Language;
use crate::{address, cross_site, headers, idempotency, limits, scim};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use soundkeep_app::access::weigh::Intent;
use soundkeep_app::identity::{self, Doorstep, Network};
use soundkeep_app::{Caller, Error};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A request that isn't a transfer must be answered within this time.
const TIME_MAX: Duration = Duration::from_secs(60);

/// A route behind its door.
#[derive(Clone)]
pub(crate) struct Guarded {
    pub(crate) door: Door,
    pub(crate) route: &'static Route,
    /// Its place in the table.
    pub(crate) index: usize,
}

/// Lets a request in, or not, and finishes the answer.
pub(crate) async fn guard(State(guarded): State<Guarded>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let door = &guarded.door;
    // Apart from its body, which can't be looked at from several threads.
    let (mut parts, body) = request.into_parts();
    let address = peer_address(door, &parts);
    let mut limit = None;
    let admitted = admit(&guarded, &parts, address, &mut limit).await;
    let caller = match &admitted {
        Ok(caller) | Err((_, caller)) => caller.as_deref(),
    };
    let language = language(door, &parts.headers, caller).await;
    let (answer, caller) = match admitted {
        Err((refusal, caller)) => (Err(refusal), caller),
        Ok(caller) => {
            let answer = match effect::intent(guarded.route, &parts.headers) {
                Ok(intent) => {
                    let mut asked = Asked { caller: caller.clone(), address, language };
                    effect::wanting(&mut asked, &intent);
                    parts.extensions.insert(asked);
                    let request = Request::from_parts(parts, body);
                    let answer = run(&guarded, caller.as_deref(), &intent, request, next).await;
                    answer.map(|response| effect::without_effect(&intent, language, response))
                }
                Err(refusal) => Err(refusal),
            };
            (answer, caller)
        }
    };
    let refusal = match &answer {
        Ok(response) => response.extensions().get::<Refusal>().cloned(),
        Err(refusal) => Some(refusal.clone()),
    };
    let mut response = match (refusal, answer) {
        (Some(refusal), _) if scim::is_scim(guarded.route.path) => {
            refusal.log();
            scim::answer::refused(&refusal, language)
        }
        (Some(refusal), _) => refusal.answer(door, caller.as_deref(), language).await,
        (None, Ok(response)) => response,
        (None, Err(refusal)) => refusal.answer(door, None, language).await,
    };
    if let Some(limit) = limit {
        limit.tell(response.headers_mut());
    }
    headers::of_api(response.headers_mut(), door.config.hsts);
    door.measures.answered(guarded.index, response.status(), started.elapsed());
    response
}

/// What the request asks for, else what the caller's organisation has decided.
async fn language(door: &Door, headers: &HeaderMap, caller: Option<&Caller>) -> Language {
    if let Some(language) = Language::asked_for(headers) {
        return language;
    }
    let Some(caller) = caller else { return Language::default() };
    let settings = door.vault.settings(caller.organisation()).await;
    settings.ok().and_then(|settings| Language::of_tag(&settings.language())).unwrap_or_default()
}

/// Says that nobody did anything: the console sends it with what it asks by itself.
const BACKGROUND: &str = "soundkeep-background";

fn peer_address(door: &Door, parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(address::client_address(peer.ip(), &parts.headers, &door.config.trusted_proxies))
}

/// Who asks, when they may come in; else why not.
async fn admit(
    guarded: &Guarded,
    parts: &Parts,
    address: Option<IpAddr>,
    limit: &mut Option<limits::Standing>,
) -> Result<Option<Arc<Caller>>, (Refusal, Option<Arc<Caller>>)> {
    let Guarded { door, route, .. } = guarded;
    let shown = credential(&parts.headers);
    if !route.from_other_sites
        && !matches!(shown, Credential::Bearer(_))
        && cross_site::is_forged(&parts.method, &parts.headers, &door.config.public_origin)
    {
        return Err((Refusal::CrossSite, None));
    }
    let network = || limits::Who::Network(Network::of(address));
    let anonymous = |limit: &mut _| count(guarded, network, limit).map_err(|refusal| (refusal, None));
    if route.access == Access::Open {
        anonymous(limit)?;
        return Ok(None);
    }
    let (Credential::Bearer(token) | Credential::Cookie(token)) = shown else {
        anonymous(limit)?;
        return Err((Error::NotSignedIn.into(), None));
    };
    if matches!(shown, Credential::Cookie(_)) && cross_site::borrows_session(&parts.headers, &door.config.public_origin)
    {
        return Err((Refusal::CrossSite, None));
    }
    let doorstep = Doorstep { address, origin: Some(&door.config.public_origin) };
    let checked = match parts.headers.contains_key(BACKGROUND) {
        true => identity::check_quietly(&door.vault, token, doorstep).await,
        false => identity::check_at(&door.vault, token, doorstep).await,
    };
    let caller = match checked {
        Ok(caller) => Arc::new(caller),
        Err(error) => {
            // Who guesses tokens is slowed down, and wins nothing anyway: they have 256 random bits.
            anonymous(limit)?;
            return Err((error.into(), None));
        }
    };
    let session = || match caller.directory() {
        Some(_) => limits::Who::Directory(caller.session().to_owned()),
        None => limits::Who::Session(caller.session().to_owned()),
    };
    if let Err(refusal) = count(guarded, session, limit) {
        return Err((refusal, Some(caller)));
    }
    // A directory's token opens nothing but what is spoken there, and nothing else opens that.
    if caller.directory().is_some() != (route.access == Access::Directory) {
        if let Err(error) = identity::refused_token(&door.vault, &caller).await {
            return Err((error.into(), Some(caller)));
        }
        return Err((Refusal::WrongToken, Some(caller)));
    }
    if let Access::Permission(permission) = route.access
        && !permission.is_scoped()
        && let Err(error) = soundkeep_app::access::require(&door.vault, &caller, permission).await
    {
        return Err((error.into(), Some(caller)));
    }
    if route.sensitive && identity::needs_step_up(&caller, door.vault.now()) {
        return Err((Refusal::StepUpNeeded, Some(caller)));
    }
    Ok(Some(caller))
}

fn count(guarded: &Guarded, who: impl Fn() -> limits::Who, standing: &mut Option<limits::Standing>) -> Answer<()> {
    if guarded.route.unlimited {
        return Ok(());
    }
    let (taken, limit) = guarded.door.limits.take(&who(), guarded.door.vault.now());
    *standing = limit;
    taken.map_err(|seconds| Error::TooMany(seconds).into())
}

/// Runs the handler, once per `Idempotency-Key`, within its time.
async fn run(
    guarded: &Guarded,
    caller: Option<&Caller>,
    intent: &Intent,
    request: Request,
    next: Next,
) -> Answer<Response> {
    let work = async {
        match caller {
            // What was only asked about wasn't carried out.
            Some(caller) if guarded.route.repeats.applies() && *intent != Intent::WhatIf => {
                idempotency::once(guarded, caller, request, next).await
            }
            Some(_) | None => Ok(next.run(request).await),
        }
    };
    if guarded.route.patient {
        return work.await;
    }
    tokio::time::timeout(TIME_MAX, work).await.unwrap_or(Err(Refusal::TimedOut))
}

/// The answer to a request that no route is for.
pub(crate) async fn refuse(door: &Door, path: &str, headers: &HeaderMap, refusal: Refusal) -> Response {
    let language = Language::accepted(headers);
    let mut answer = match scim::is_scim(path) {
        true => scim::answer::refused(&refusal, language),
        false => refusal.answer(door, None, language).await,
    };
    headers::of_api(answer.headers_mut(), door.config.hsts);
    answer
}
