//! An OpenID provider on this machine that says what a test wants. That real ones are understood is shown by the tests in
//! the browser; here it matters what becomes of every answer, on both databases.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use soundkeep_app::Vault;
use soundkeep_app::identity::ProviderWish;
use soundkeep_app::identity::federation::{CodeAnswer, Departure};
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::identity::{Guide, Oidc, Protocol, Provider, ProviderDocument, ProviderState};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where the vault is, to the provider.
pub const ORIGIN: &str = "https://vault.example.org";

struct Key {
    signs: EncodingKey,
    public: Value,
}

fn key(kid: &str) -> Key {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
    let private = pair.to_pkcs8v1().unwrap();
    Key {
        signs: EncodingKey::from_ec_der(private.as_ref()),
        public: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid}),
    }
}

/// What is given for a code: claims, and the challenge that its verifier has to fit.
type Grants = BTreeMap<String, (Value, String)>;

struct Inner {
    issuer: String,
    key: Mutex<(String, Key)>,
    grants: Mutex<Grants>,
    asked_for_keys: Mutex<usize>,
    last_token: Mutex<String>,
}

/// A provider that answers until it is dropped.
pub struct OpenId {
    inner: Arc<Inner>,
    serves: tokio::task::JoinHandle<()>,
}

impl Drop for OpenId {
    fn drop(&mut self) {
        self.serves.abort();
    }
}

/// What somebody who was sent to a provider brings with them.
pub struct Sent {
    /// What it has to bring back.
    pub state: String,
    /// What the token has to hold.
    pub nonce: String,
    /// What the verifier has to fit.
    pub challenge: String,
    /// All of it.
    pub pairs: BTreeMap<String, String>,
}

/// Reads the address that somebody was sent to.
#[must_use]
pub fn sent(departure: &Departure) -> Sent {
    let url: soundkeep_outbound::Url = departure.address.parse().unwrap();
    let pairs: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let of = |name: &str| pairs.get(name).cloned().unwrap();
    Sent { state: of("state"), nonce: of("nonce"), challenge: of("code_challenge"), pairs: pairs.clone() }
}

impl OpenId {
    /// Starts on a port that is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            issuer,
            key: Mutex::new(("one".to_owned(), key("one"))),
            grants: Mutex::default(),
            asked_for_keys: Mutex::new(0),
            last_token: Mutex::default(),
        });
        let answering = Arc::clone(&inner);
        let serves = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&answering)));
            }
        });
        Self { inner, serves }
    }

    /// What it calls itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }
    /// Signs with another key from now on, under another name.
    pub fn rotate(&self, kid: &str) {
        *self.inner.key.lock() = (kid.to_owned(), key(kid));
    }
    /// How often its keys were asked for.
    #[must_use]
    pub fn asked_for_keys(&self) -> usize {
        *self.inner.asked_for_keys.lock()
    }

    /// The token that somebody came with last.
    #[must_use]
    pub fn last_token(&self) -> String {
        self.inner.last_token.lock().clone()
    }

    /// A token with these claims, as of now.
    pub fn token(&self, house: &impl AsRef<Vault>, claims: &Value) -> String {
        self.typed("JWT", house, claims)
    }

    /// The same of this type.
    pub fn typed(&self, kind: &str, house: &impl AsRef<Vault>, claims: &Value) -> String {
        let now = house.as_ref().now().as_unix_micros() / 1_000_000;
        let mut all = json!({"iss": self.issuer(), "aud": "soundkeep", "iat": now, "exp": now + 300});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let key = self.inner.key.lock();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.0.clone());
        header.typ = Some(kind.to_owned());
        encode(&header, &all, &key.1.signs).unwrap()
    }

    /// What the provider sends somebody back with who is said to be this.
    pub fn lets_in(&self, house: &impl AsRef<Vault>, departure: &Departure, claims: &Value) -> CodeAnswer {
        let sent = sent(departure);
        let mut all = json!({"nonce": sent.nonce});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let token = self.token(house, &all);
        let code = URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()));
        self.inner.last_token.lock().clone_from(&token);
        let answer = json!({"id_token": token, "token_type": "Bearer", "expires_in": 300});
        self.inner.grants.lock().insert(code.clone(), (answer, sent.challenge));
        let issuer = Some(self.issuer().to_owned());
        CodeAnswer { state: Some(sent.state), code: Some(code), issuer, ..CodeAnswer::default() }
    }

    /// A wish for this provider.
    #[must_use]
    pub fn wish(&self, slug: &str, domains: &[&str]) -> ProviderWish {
        let oidc = Oidc {
            issuer: self.issuer().to_owned(),
            client_id: "soundkeep".to_owned(),
            scopes: vec!["email".to_owned()],
        };
        ProviderWish {
            provider: Provider {
                slug: slug.to_owned(),
                name: format!("Provider {slug}"),
                guide: Guide::Other,
                protocol: Protocol::Oidc,
                domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
                document: ProviderDocument { oidc: Some(oidc), ..ProviderDocument::default() },
            },
            secret: Some("a secret".to_owned()),
            state: ProviderState::Off,
            mappings: Vec::new(),
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

async fn answer(mut stream: TcpStream, inner: Arc<Inner>) {
    let Some((head, body)) = read_request(&mut stream).await else { return };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let issuer = &inner.issuer;
    let (status, said) = match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                "end_session_endpoint": format!("{issuer}/out"),
                "authorization_response_iss_parameter_supported": true,
            }),
        ),
        "/jwks" => {
            *inner.asked_for_keys.lock() += 1;
            (200, json!({"keys": [inner.key.lock().1.public.clone()]}))
        }
        "/token" => token(&inner, &head, &body),
        _ => (404, json!({})),
    };
    let said = said.to_string();
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{said}",
        said.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

/// A code is good once, for whoever knows the verifier and the secret.
fn token(inner: &Inner, head: &str, body: &str) -> (u16, Value) {
    let url: soundkeep_outbound::Url = format!("http://x/?{body}").parse().unwrap();
    let fields: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let of = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let knows_secret = head.contains("Basic c291bmRrZWVwOmErc2VjcmV0");
    let Some((answer, challenge)) = inner.grants.lock().remove(&of("code")) else {
        return (400, json!({"error": "invalid_grant"}));
    };
    let fits = URL_SAFE_NO_PAD.encode(sha256(of("code_verifier").as_bytes())) == challenge;
    match fits && knows_secret && of("grant_type") == "authorization_code" {
        true => (200, answer),
        false => (400, json!({"error": "invalid_client", "error_description": "no"})),
    }
}
