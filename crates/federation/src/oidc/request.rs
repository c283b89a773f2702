//! What we send: people to the provider, and codes for tokens.

use super::Discovery;
use url::Url;

/// What people are sent to a provider with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'asked> {
    /// What it calls us.
    pub client_id: &'asked str,
    /// Where it sends them back to.
    pub redirect_uri: &'asked str,
    /// What is asked for besides `openid`.
    pub scopes: &'asked [String],
    /// What it hands back.
    pub state: &'asked str,
    /// What its token has to hold.
    pub nonce: &'asked str,
    /// SHA-256 of the verifier, in URL-safe base 64 without padding (RFC 7636, section 4.2).
    pub challenge: &'asked str,
    /// Whether they have to show anew who they are.
    pub anew: bool,
    /// Otherwise, how long ago they may have shown it at most; seconds.
    pub age_max: i64,
    /// Who is probably coming.
    pub login_hint: Option<&'asked str>,
    /// What kind of proof is wanted.
    pub contexts: &'asked [String],
}

/// Asks for the time at which somebody showed who they are (OpenID Connect Core 1.0, section 5.5).
const ASKED_CLAIMS: &str = r#"{"id_token":{"auth_time":{"essential":true}}}"#;

/// The address that a browser is sent to (OpenID Connect Core 1.0, section 3.1.2.1).
#[must_use]
pub fn authorization_address(discovery: &Discovery, asked: &Asked<'_>) -> Url {
    let mut url = discovery.authorization_endpoint.clone();
    let scopes: Vec<&str> = std::iter::once("openid")
        .chain(asked.scopes.iter().map(String::as_str).filter(|one| *one != "openid"))
        .collect();
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", asked.client_id)
        .append_pair("redirect_uri", asked.redirect_uri)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", asked.state)
        .append_pair("nonce", asked.nonce)
        .append_pair("code_challenge", asked.challenge)
        .append_pair("code_challenge_method", "S256");
    if asked.anew {
        query.append_pair("prompt", "login").append_pair("max_age", "0");
    } else {
        query.append_pair("max_age", &asked.age_max.to_string());
    }
    // Who signed in there an hour ago proves nothing of now: the token has to say when it was.
    if discovery.claims_parameter_supported {
        query.append_pair("claims", ASKED_CLAIMS);
    }
    if let Some(hint) = asked.login_hint {
        query.append_pair("login_hint", hint);
    }
    if !asked.contexts.is_empty() {
        query.append_pair("acr_values", &asked.contexts.join(" "));
    }
    drop(query);
    url
}

/// A code that is changed for tokens.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'request> {
    /// What the provider calls us.
    pub client_id: &'request str,
    /// What we share with it, if anything.
    pub client_secret: Option<&'request str>,
    /// Where it sent people back to.
    pub redirect_uri: &'request str,
    /// What it gave them.
    pub code: &'request str,
    /// What only we know (RFC 7636).
    pub verifier: &'request str,
}

/// The fields of the request, and user and password for its `Authorization`, already encoded as RFC 6749, section 2.3.1
/// wants it.
pub type TokenForm = (Vec<(&'static str, String)>, Option<(String, String)>);

/// What is sent to change a code. We say who we are in the header, unless the provider takes it in the body alone.
#[must_use]
pub fn token_request(discovery: &Discovery, request: &TokenRequest<'_>) -> TokenForm {
    let mut fields = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", request.code.to_owned()),
        ("redirect_uri", request.redirect_uri.to_owned()),
        ("code_verifier", request.verifier.to_owned()),
    ];
    let Some(secret) = request.client_secret else {
        fields.push(("client_id", request.client_id.to_owned()));
        return (fields, None);
    };
    // Without a list it is the header (OpenID Connect Discovery 1.0, section 3).
    let takes = |method: &str| match &discovery.token_endpoint_auth_methods_supported {
        Some(methods) => methods.iter().any(|one| one == method),
        None => method == "client_secret_basic",
    };
    if !takes("client_secret_basic") && takes("client_secret_post") {
        fields.push(("client_id", request.client_id.to_owned()));
        fields.push(("client_secret", secret.to_owned()));
        return (fields, None);
    }
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    (fields, Some((encoded(request.client_id), encoded(secret))))
}

/// Where somebody signs out at a provider, if it has such a place (OpenID Connect RP-Initiated Logout 1.0), with the token
/// that it gave when they came: some demand it, and others ask the person without it.
#[must_use]
pub fn sign_out_address(discovery: &Discovery, client_id: &str, back_to: &str, token: Option<&str>) -> Option<Url> {
    let mut url = discovery.end_session_endpoint.clone()?;
    let mut query = url.query_pairs_mut();
    query.append_pair("client_id", client_id).append_pair("post_logout_redirect_uri", back_to);
    if let Some(token) = token {
        query.append_pair("id_token_hint", token);
    }
    drop(query);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovery(methods: Option<&[&str]>) -> Discovery {
        let url = |end: &str| Url::parse(&format!("https://login.example.org/{end}")).unwrap();
        Discovery {
            issuer: "https://login.example.org".to_owned(),
            authorization_endpoint: url("auth?tenant=a"),
            token_endpoint: url("token"),
            jwks_uri: url("jwks"),
            userinfo_endpoint: None,
            end_session_endpoint: None,
            token_endpoint_auth_methods_supported: methods
                .map(|methods| methods.iter().map(|one| (*one).to_owned()).collect()),
            claims_parameter_supported: methods.is_some(),
            authorization_response_iss_parameter_supported: false,
        }
    }

    #[test]
    fn people_are_sent_with_state_nonce_and_challenge_and_what_the_address_held_stays() {
        let (scopes, contexts) = (["email".to_owned(), "openid".to_owned()], ["phr".to_owned()]);
        let asked = Asked {
            client_id: "sound keep",
            redirect_uri: "https://vault.example.org/oidc/okta/callback",
            scopes: &scopes,
            state: "s",
            nonce: "n",
            challenge: "c",
            anew: true,
            age_max: 3600,
            login_hint: Some("ada@example.org"),
            contexts: &contexts,
        };
        let url = authorization_address(&discovery(None), &asked);
        let pairs: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        for (key, value) in [
            ("tenant", "a"),
            ("response_type", "code"),
            ("client_id", "sound keep"),
            ("scope", "openid email"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", "c"),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
            ("max_age", "0"),
            ("login_hint", "ada@example.org"),
            ("acr_values", "phr"),
        ] {
            assert_eq!(pairs.get(key).map(String::as_str), Some(value), "{key}");
        }
        assert_eq!(pairs.get("claims"), None, "it doesn't say that it knows them");
        let url = authorization_address(&discovery(None), &Asked { anew: false, ..asked });
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        assert_eq!((of("prompt"), of("max_age").as_deref()), (None, Some("3600")));
        let url = authorization_address(&discovery(Some(&[])), &asked);
        let claims = url.query_pairs().find(|(key, _)| key == "claims").map(|(_, value)| value.into_owned());
        assert_eq!(claims.as_deref(), Some(ASKED_CLAIMS));
    }

    #[test]
    fn signing_out_shows_the_token_that_they_came_with() {
        let mut there = discovery(None);
        assert_eq!(sign_out_address(&there, "c", "https://v/", Some("t")), None);
        there.end_session_endpoint = Some(Url::parse("https://login.example.org/out").unwrap());
        let address = |token| sign_out_address(&there, "c", "https://v/", token).unwrap().to_string();
        let plain = "https://login.example.org/out?client_id=c&post_logout_redirect_uri=https%3A%2F%2Fv%2F";
        assert_eq!(address(None), plain);
        assert_eq!(address(Some("a.b.c")), format!("{plain}&id_token_hint=a.b.c"));
    }

    #[test]
    fn the_secret_goes_where_the_provider_takes_it() {
        let request = TokenRequest {
            client_id: "a:b",
            client_secret: Some("c d"),
            redirect_uri: "https://v/",
            code: "x",
            verifier: "y",
        };
        for methods in [None, Some(&["client_secret_basic", "client_secret_post"][..]), Some(&["none"])] {
            let (fields, basic) = token_request(&discovery(methods), &request);
            assert_eq!(basic, Some(("a%3Ab".to_owned(), "c+d".to_owned())));
            assert!(fields.iter().all(|(name, _)| *name != "client_secret"));
        }
        let (fields, basic) = token_request(&discovery(Some(&["client_secret_post"])), &request);
        assert!(basic.is_none() && fields.contains(&("client_secret", "c d".to_owned())));
        let (fields, basic) = token_request(&discovery(None), &TokenRequest { client_secret: None, ..request });
        assert!(basic.is_none() && fields.contains(&("client_id", "a:b".to_owned())));
    }
}
