//! The organisation's gateway for text messages, as its settings name it.

use super::ToPhone;
use crate::settings::open_secret;
use crate::{Result, Vault};
use soundkeep_domain::OrganisationId;
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::sms::{Filled, Format, filled};
use soundkeep_outbound::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use soundkeep_outbound::{Limits, Url};

/// Why a gateway didn't take a text message.
pub(super) struct Refused {
    pub(super) why: String,
    /// Whether it won't take it later either.
    pub(super) for_good: bool,
}

/// Whether text messages can be sent.
pub(crate) fn sends_text_messages(settings: &Settings) -> bool {
    !settings.sms_url().is_empty()
}

/// Tells the gateway a text message, and answers what that said: its status alone, because what else it says may be what it
/// was told.
pub(super) async fn send(
    vault: &Vault,
    organisation: OrganisationId,
    settings: &Settings,
    message: &ToPhone,
) -> Result<std::result::Result<String, Refused>> {
    let never = |why: &str| Ok(Err(Refused { why: why.to_owned(), for_good: true }));
    let Ok(url) = settings.sms_url().parse::<Url>() else { return never("the address of the gateway is none") };
    let format = Format::of(&settings.sms_format());
    let Some(body) = filled(format, &settings.sms_body(), &message.number, &message.text) else {
        return never("what the gateway is told can't be put together");
    };
    let mut headers = HeaderMap::new();
    if let Some(secret) = open_secret(vault, organisation, "sms_secret", &settings.sms_secret()).await? {
        let name = settings.sms_header();
        let name = match name.is_empty() {
            true => Ok(AUTHORIZATION),
            false => HeaderName::from_bytes(name.as_bytes()),
        };
        let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(&secret)) else {
            return never("the key of the gateway fits in no header");
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let limits = Limits::default();
    let answered = match &body {
        Filled::Json(document) => vault.outbound().post_json(&url, document, &headers, limits).await,
        Filled::Form(fields) => {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            vault.outbound().post_form(&url, &fields, &headers, limits).await
        }
    };
    Ok(match answered {
        Ok(answer) if answer.is_success() => Ok(format!("HTTP {}", answer.status)),
        Ok(answer) => Err(Refused {
            why: format!("the gateway answered HTTP {}", answer.status),
            // It may have too much to do, or be broken for now.
            for_good: answer.status < 500 && !matches!(answer.status, 408 | 425 | 429),
        }),
        Err(error) => Err(Refused { why: error.to_string(), for_good: false }),
    })
}
