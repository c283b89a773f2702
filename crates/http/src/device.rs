//! What somebody comes with, in words, from what their browser says of itself. Only to be shown: anybody can say anything.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use soundkeep_app::identity::Device;

const CLIENT_HINT_MOBILE: &str = "sec-ch-ua-mobile";

/// Browsers by what names them, those first that say they are others too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str, bool); 8] = [
    ("iPhone", "iPhone", true),
    ("iPad", "iPad", true),
    ("Android", "Android", true),
    ("Windows", "Windows", false),
    ("CrOS", "ChromeOS", false),
    ("Mac OS X", "macOS", false),
    ("Macintosh", "macOS", false),
    ("Linux", "Linux", false),
];

/// What somebody comes with.
pub(crate) fn device(headers: &HeaderMap) -> Device {
    let text = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let browser = BROWSERS.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
    let system = SYSTEMS.iter().find(|(mark, ..)| text.contains(mark));
    let hint = headers.get(CLIENT_HINT_MOBILE).is_some_and(|value| value == "?1");
    let name = match (browser, system) {
        (Some(browser), Some((_, system, _))) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser.to_owned()),
        (None, Some((_, system, _))) => Some((*system).to_owned()),
        (None, None) => None,
    };
    Device { name, is_mobile: hint || system.is_some_and(|(_, _, mobile)| *mobile) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn browsers_are_known_by_their_own_name_and_phones_as_phones() {
        let named = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, HeaderValue::from_static(text));
            let device = device(&headers);
            (device.name.unwrap_or_default(), device.is_mobile)
        };
        for (text, name, mobile) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux", false),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "Edge on Windows",
                false,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
                true,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
                true,
            ),
            ("curl/8.14.1", "curl", false),
            ("something else", "", false),
        ] {
            assert_eq!(named(text), (name.to_owned(), mobile), "{text}");
        }
        let mut hinted = HeaderMap::new();
        hinted.insert(CLIENT_HINT_MOBILE, HeaderValue::from_static("?1"));
        assert!(device(&hinted).is_mobile);
    }
}
