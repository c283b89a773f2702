//! A vault behind its door, in this process: people to ask as, things to ask for.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::settings::{REGISTRY, Registry};
use soundkeep_app::identity::{NewOrganisation, create_organisation};
use soundkeep_app::{MediaWorker, Parts, Vault};
use soundkeep_blobs::MemoryBlobs;
use soundkeep_crypto::SystemEntropy;
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_http::{Config, router};
use soundkeep_testkit::{Backend, TestClock};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tower::ServiceExt;

pub const ORIGIN: &str = "https://vault.example.org";
pub const PASSWORD: &str = "correct horse battery staple";
/// 2026-11-21T09:00:00Z.
pub const START: Timestamp = Timestamp::from_unix_micros(1_795_251_600_000_000);

pub struct House {
    pub vault: Vault,
    pub router: Router,
    pub clock: Arc<TestClock>,
    blobs: Arc<MemoryBlobs>,
    root_key: String,
    /// Whether codes come by mail, in the walk over the route table.
    pub codes_are_sent: AtomicBool,
    number: AtomicU32,
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    router: Router,
    headers: Vec<(HeaderName, String)>,
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answered {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let answered = self.expect(status);
        assert_eq!(answered.headers[CONTENT_TYPE], "application/problem+json");
        let problem = answered.json();
        assert_eq!((problem["code"].as_str(), problem["status"].as_u64()), (Some(code), Some(status.into())));
        problem
    }
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
    pub fn cookie(&self) -> String {
        let lines = self.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
        let kept = lines.map(|line| line.split(';').next().unwrap()).find(|pair| !pair.ends_with('='));
        kept.unwrap().to_owned()
    }
}

impl Client {
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.retain(|(held, _)| *held != name);
        self.headers.push((name, value.into()));
        self
    }
    /// Sends a request, and confirms what has to be confirmed.
    pub async fn send(&self, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Answered {
        let body = body.collect().await.unwrap().to_bytes();
        let answered = self.send_once(method.clone(), path, Body::from(body.clone()), headers).await;
        if answered.status != StatusCode::CONFLICT {
            return answered;
        }
        let Some(token) = answered.json()["effect"]["confirmation"]["token"].as_str().map(str::to_owned) else {
            return answered;
        };
        let mut headers = headers.to_vec();
        headers.push(("soundkeep-confirmation", &token));
        self.send_once(method, path, Body::from(body), &headers).await
    }
    /// Sends a request.
    pub async fn send_once(&self, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Answered {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Answered { status: parts.status, headers: parts.headers, body }
    }
    /// The same caller at another node.
    #[must_use]
    pub fn at(&self, node: &House) -> Self {
        Self { router: node.router.clone(), headers: self.headers.clone() }
    }
    /// Opens something whose body comes in pieces.
    pub async fn open(&self, path: &str) -> Open {
        let mut request = Request::builder().method(Method::GET).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_success());
        Open(response.into_body())
    }
    pub async fn get(&self, path: &str) -> Answered {
        self.send(Method::GET, path, Body::empty(), &[]).await
    }
    pub async fn ask(&self, method: Method, path: &str, json: &Value) -> Answered {
        self.ask_with(method, path, json, &[]).await
    }
    pub async fn ask_with(&self, method: Method, path: &str, json: &Value, headers: &[(&str, &str)]) -> Answered {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.send(method, path, Body::from(json.to_string()), &all).await
    }
    pub async fn post(&self, path: &str, json: &Value) -> Answered {
        self.ask(Method::POST, path, json).await
    }
    pub async fn delete(&self, path: &str) -> Answered {
        self.send(Method::DELETE, path, Body::empty(), &[]).await
    }
    pub async fn upload(&self, metadata: Option<&str>, name: &str, audio: &[u8]) -> Answered {
        let (content_type, body) = form(metadata, name, audio);
        self.send(Method::POST, "/api/v1/recordings", body.into(), &[("content-type", &content_type)]).await
    }
}

/// A body that comes in pieces.
pub struct Open(Body);

impl Open {
    /// Whether another piece came.
    pub async fn more(&mut self) -> bool {
        matches!(self.0.frame().await, Some(Ok(_)))
    }
    /// Whether it comes to its end as it should.
    pub async fn ends_well(mut self) -> bool {
        loop {
            match self.0.frame().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => return false,
                None => return true,
            }
        }
    }
}

/// A `multipart/form-data` body, and its media type.
pub fn form(metadata: Option<&str>, name: &str, audio: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    if let Some(metadata) = metadata {
        let head = "--limit\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\
                    Content-Type: application/json\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(metadata.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let head = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"{name}\"\r\n\
         Content-Type: audio/wav\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(audio);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    ("multipart/form-data; boundary=limit".to_owned(), body)
}

/// A mono WAV of 8 kHz, 16 bits, whose samples follow from the seed.
pub fn wav(seconds: f64, seed: u32) -> Vec<u8> {
    let samples = (seconds * 8000.0) as u32;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + samples * 2).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&8000_u32.to_le_bytes());
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&(samples * 2).to_le_bytes());
    for at in 0..samples {
        let sample = (at.wrapping_mul(seed.wrapping_mul(2_654_435_761) | 1) >> 18) as i16;
        file.extend_from_slice(&sample.to_le_bytes());
    }
    file
}

/// A conversation that was uploaded.
#[derive(Debug, Clone)]
pub struct Stored {
    pub conversation: String,
    pub recording: String,
}

impl AsRef<Vault> for House {
    fn as_ref(&self) -> &Vault {
        &self.vault
    }
}

impl House {
    pub async fn new(backend: &Backend) -> Self {
        Self::configured(backend, Config::new(ORIGIN)).await
    }

    pub async fn configured(backend: &Backend, config: Config) -> Self {
        Self::with_settings(backend, config, REGISTRY).await
    }

    /// A vault that has these settings.
    pub async fn with_settings(backend: &Backend, config: Config, registry: Registry) -> Self {
        let clock = Arc::new(TestClock::at(START));
        let root_key = generate_root_key_text(&SystemEntropy::new()).unwrap().to_string();
        let blobs = Arc::new(MemoryBlobs::new());
        let vault = Self::node(backend, registry, (&clock, &blobs, &root_key)).await;
        let router = router(vault.clone(), config);
        Self {
            vault,
            router,
            clock,
            blobs,
            root_key,
            codes_are_sent: AtomicBool::new(false),
            number: AtomicU32::new(1),
        }
    }

    /// Another node over the same database and the same objects, with the same clock.
    pub async fn beside(&self, backend: &Backend) -> Self {
        let vault = Self::node(backend, REGISTRY, (&self.clock, &self.blobs, &self.root_key)).await;
        let router = router(vault.clone(), Config::new(ORIGIN));
        let (clock, blobs, root_key) = (Arc::clone(&self.clock), Arc::clone(&self.blobs), self.root_key.clone());
        Self {
            vault,
            router,
            clock,
            blobs,
            root_key,
            codes_are_sent: AtomicBool::new(false),
            number: AtomicU32::new(1),
        }
    }

    async fn node(
        backend: &Backend,
        registry: Registry,
        (clock, blobs, root_key): (&Arc<TestClock>, &Arc<MemoryBlobs>, &str),
    ) -> Vault {
        let parts = Parts {
            store: backend.open().await,
            blobs: Arc::<MemoryBlobs>::clone(blobs),
            root_key: Arc::new(EnvironmentRootKey::parse(root_key).unwrap()),
            clock: Arc::<TestClock>::clone(clock),
            entropy: Arc::new(SystemEntropy::new()),
            media_worker: MediaWorker::InProcess,
            checkpoints: None,
            reserve_bytes: 0,
            breached_passwords: None,
            outbound: soundkeep_testkit::outbound(),
            node: "test".to_owned(),
        };
        Vault::open_with(parts, registry).await.unwrap()
    }

    pub fn next(&self) -> u32 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    pub fn nobody(&self) -> Client {
        Client { router: self.router.clone(), headers: Vec::new() }
    }
    pub fn with_cookie(&self, cookie: &str) -> Client {
        self.nobody().with(COOKIE.as_str().to_owned().leak(), cookie)
    }
    pub fn with_key(&self, key: &str) -> Client {
        self.nobody().with(AUTHORIZATION.as_str().to_owned().leak(), format!("Bearer {key}"))
    }

    /// A new organisation, and its administrator.
    pub async fn organisation(&self, slug: &str) -> Client {
        let new = NewOrganisation { slug: slug.to_owned(), name: format!("The {slug}") };
        let link = create_organisation(&self.vault, &new).await.unwrap();
        let said = json!({
            "token": link.token, "email": format!("admin@{slug}.example"), "name": "Ada Admin",
            "password": PASSWORD, "organisation_name": format!("The {slug}"),
        });
        let answered = self.nobody().post("/api/v1/links/redeem", &said).await.expect(200);
        self.with_cookie(&answered.cookie())
    }

    /// A user with these roles who has come in; their id.
    pub async fn user(&self, admin: &Client, email: &str, assignments: &Value) -> (Client, String) {
        let new = json!({"email": email, "name": email.split('@').next().unwrap(), "assignments": assignments});
        let invited = admin.post("/api/v1/users", &new).await.expect(201).json();
        let link = invited["invitation_link"].as_str().unwrap();
        let token = link.split('#').nth(1).unwrap();
        let said = json!({"token": token, "password": PASSWORD});
        let answered = self.nobody().post("/api/v1/links/redeem", &said).await.expect(200);
        (self.with_cookie(&answered.cookie()), invited["user"]["id"].as_str().unwrap().to_owned())
    }

    /// A user who holds one role without limit.
    pub async fn holder(&self, admin: &Client, role: &str) -> Client {
        let email = format!("{role}{}@main.example", self.next());
        self.user(admin, &email, &json!([{"role": role, "limit": "none"}])).await.0
    }

    /// An API key with a role.
    pub async fn key(&self, admin: &Client, role: &str) -> (Client, String) {
        let made = admin.post("/api/v1/api-keys", &json!({"name": "a program", "role": role})).await.expect(201).json();
        (self.with_key(made["key"].as_str().unwrap()), made["id"].as_str().unwrap().to_owned())
    }

    /// A provider that only keeps users up to date, with these mappings: its directory, and its id.
    pub async fn directory(&self, admin: &Client, mappings: &Value) -> (Client, String) {
        let slug = format!("directory-{}", self.next());
        let new = json!({
            "slug": slug, "name": "Directory", "guide": "other", "protocol": "none", "mappings": mappings,
        });
        let provider = admin.post("/api/v1/identity-providers", &new).await.expect(201).json();
        let id = provider["id"].as_str().unwrap().to_owned();
        let tokens = format!("/api/v1/identity-providers/{id}/scim-tokens");
        let made = admin.post(&tokens, &json!({})).await.expect(201).json();
        (self.with_key(made["text"].as_str().unwrap()), id)
    }

    /// A conversation that nobody else has.
    pub async fn conversation(&self, admin: &Client, metadata: &Value) -> Stored {
        let audio = wav(0.5, self.next());
        let uploaded = admin.upload(Some(&metadata.to_string()), "call.wav", &audio).await.expect(201).json();
        Stored {
            conversation: uploaded["conversation_id"].as_str().unwrap().to_owned(),
            recording: uploaded["recording_id"].as_str().unwrap().to_owned(),
        }
    }
}

/// Events of a kind, newest first, as the ledger page shows them.
pub async fn events(admin: &Client, kind: &str) -> Vec<Value> {
    let page = admin.get(&format!("/api/v1/ledger/events?limit=200&kind={kind}")).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}
