//! What a request says, read without a vault behind it: the doors through which the fuzzers come in.
//!
//! Each function hands its bytes to the very parser that a request meets. Must not decide, keep or parse anything
//! by itself, and is compiled with the feature `fuzzing` alone.

use crate::access::explain::Subject;
use crate::audit::events::Narrowed;
use crate::conversations::conversation::{ConversationPatch, Erasure};
use crate::conversations::count::Counted;
use crate::conversations::list::Listed;
use crate::conversations::notes::NewNote;
use crate::extract::{from_json, from_query};
use crate::identity::agent_ids::NewAgentId;
use crate::identity::api_keys::NewApiKey;
use crate::identity::assignments::NewAssignment;
use crate::identity::groups::GroupName;
use crate::identity::links::{LinkToken, RedeemLink};
use crate::identity::session::SignIn;
use crate::identity::user::UserPatch;
use crate::identity::users::{NewUser, Search};
use crate::oauth::fault::Fault;
use crate::oauth::form::{Form, credentials};
use crate::paging::{self, Paging};
use crate::problem::{Answer, Refusal};
use crate::range::{Selected, select};
use crate::recordings::upload::{UploadMetadata, next_field, short};
use crate::system::health::Verbosity;
use crate::versions::{Expected, expected, is_known};
use crate::words::Language;
use crate::{address, cross_site};
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use bytes::Bytes;
use ipnet::IpNet;
use serde::de::DeserializeOwned;
use soundkeep_app::conversations::list::Filter;
use soundkeep_app::domain::EventId;
use soundkeep_app::recordings::ingest::Metadata;
use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

/// The answer that a request would get instead of what it wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// The sentence, in each language.
    pub details: Vec<String>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = refusal.meaning();
        let details = [Language::English, Language::German].map(|language| refusal.detail(language)).to_vec();
        Self { status: status.as_u16(), code, details }
    }
}

/// The bytes that a `Range` header selects of `len`; nothing where it can't be satisfied.
#[must_use]
pub fn range(value: &str, len: u64) -> Option<Range<u64>> {
    match select(value, len) {
        Selected::Whole => Some(0..len),
        Selected::Part(part) => Some(part),
        Selected::Unsatisfiable => None,
    }
}

/// Headers of a request; what can't be a header is left out, as the HTTP library would have refused it.
#[derive(Debug, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    /// Adds a header if it can be one.
    pub fn add(&mut self, name: &[u8], value: &[u8]) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            self.0.append(name, value);
        }
    }

    /// Whom the request comes from.
    #[must_use]
    pub fn client(&self, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
        address::client_address(peer, &self.0, trusted)
    }

    /// The versions of `If-Match`, if they are counted out.
    #[must_use]
    pub fn expected(&self) -> Option<Vec<i64>> {
        match expected(&self.0) {
            Expected::OneOf(versions) => Some(versions),
            Expected::Unsaid | Expected::Any => None,
        }
    }

    /// The key or session that it shows.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        match crate::credentials::credential(&self.0) {
            crate::credentials::Credential::Bearer(token) | crate::credentials::Credential::Cookie(token) => {
                Some(token)
            }
            crate::credentials::Credential::Nothing => None,
        }
    }

    /// Whether a change would be refused because another site stands behind it.
    #[must_use]
    pub fn is_forged(&self, public_origin: &str) -> bool {
        cross_site::is_forged(&Method::POST, &self.0, public_origin)
    }

    /// Whether it says that it has the representation with this tag.
    #[must_use]
    pub fn knows(&self, tag: &str) -> bool {
        is_known(&self.0, tag)
    }

    /// The language of the answer.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::accepted(&self.0)
    }
}

/// The address of the next page of a list, if this is the address of one.
#[must_use]
pub fn next_page(uri: &str, cursor: &str) -> Option<String> {
    Some(paging::next_link(&uri.parse::<Uri>().ok()?, cursor))
}

/// The filter of the list of conversations.
///
/// # Errors
/// The refusal.
pub fn conversation_filter(query: &[u8]) -> Result<Filter, Refused> {
    let listed: Listed = from_query(query)?;
    Ok(listed.filter()?)
}

fn read<T: DeserializeOwned>(answer: Answer<T>) -> Result<(), Refused> {
    Ok(answer.map(drop)?)
}

/// Reads a query by every form that a query has.
pub fn queries(query: &[u8]) -> [Result<(), Refused>; 6] {
    let search = |search: Search| search.options().map(drop);
    let page = |paging: Paging| paging.before::<EventId>().map(drop);
    let count = |counted: Counted| counted.filter().map(drop);
    [
        from_query(query).and_then(search).map_err(Refused::from),
        from_query(query).and_then(page).map_err(Refused::from),
        from_query(query).and_then(count).map_err(Refused::from),
        read::<Narrowed>(from_query(query)),
        read::<Subject>(from_query(query)),
        read::<Verbosity>(from_query(query)),
    ]
}

/// Reads a JSON body by every form that a body has.
pub fn bodies(text: &[u8]) -> [Result<(), Refused>; 13] {
    [
        read::<UploadMetadata>(from_json(text)),
        read::<ConversationPatch>(from_json(text)),
        read::<Erasure>(from_json(text)),
        read::<NewNote>(from_json(text)),
        read::<NewAgentId>(from_json(text)),
        read::<NewApiKey>(from_json(text)),
        from_json::<NewAssignment>(text).map_err(Refused::from).and_then(|new| {
            let understood = new.understood().map(drop);
            understood.map_err(|(field, sentence)| Refusal::invalid(field, sentence).into())
        }),
        read::<GroupName>(from_json(text)),
        read::<LinkToken>(from_json(text)),
        read::<RedeemLink>(from_json(text)),
        read::<SignIn>(from_json(text)),
        read::<UserPatch>(from_json(text)),
        read::<NewUser>(from_json(text)),
    ]
}

/// The client that a form of OAuth 2.0 is from, by its `Authorization` lines and itself.
///
/// # Errors
/// Status and stable name of the fault.
pub fn oauth_client(authorization: &[&[u8]], form: &[u8]) -> Result<(String, String), (u16, &'static str)> {
    let fault = |fault: Fault| {
        let (status, error) = fault.meaning();
        (status.as_u16(), error)
    };
    let mut headers = HeaderMap::new();
    for line in authorization {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(AUTHORIZATION, value);
        }
    }
    Form::parse(form).and_then(|form| credentials(&headers, &form)).map_err(fault)
}

/// The metadata of an upload.
///
/// # Errors
/// The refusal.
pub fn upload_metadata(text: &[u8]) -> Result<Metadata, Refused> {
    let said: UploadMetadata = from_json(text)?;
    Ok(said.into())
}

/// Reads the form of an upload: its metadata, and how many bytes of audio there are. Nobody keeps it waiting.
///
/// # Errors
/// The refusal.
pub async fn upload(content_type: &[u8], body: Bytes) -> Result<(Option<Metadata>, u64), Refused> {
    const SILENCE_MAX: Duration = Duration::from_secs(60);
    let malformed = || Refusal::invalid("form", "no well-formed multipart/form-data");
    let mut request = Request::new(Body::from(body));
    let content_type = HeaderValue::from_bytes(content_type).map_err(|_| malformed())?;
    request.headers_mut().insert(CONTENT_TYPE, content_type);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
    let (mut metadata, mut audio_bytes) = (None, 0);
    while let Some(mut field) = next_field(&mut form, SILENCE_MAX).await? {
        if field.name() == Some("metadata") {
            metadata = Some(upload_metadata(&short(field, SILENCE_MAX).await?)?);
            continue;
        }
        while let Some(chunk) = field.chunk().await.map_err(|_| malformed())? {
            audio_bytes += chunk.len() as u64;
        }
    }
    Ok((metadata, audio_bytes))
}
