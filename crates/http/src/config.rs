//! What the operator decides about the door.
//!
//! Knows no file and no environment variable: the binary reads those.

use ipnet::IpNet;
use std::time::Duration;

/// How many requests a caller may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests a minute for somebody signed in, per session or key; 0 is no limit.
    pub signed_in_per_minute: u32,
    /// Requests a minute for everybody else, per network; 0 is no limit.
    pub anonymous_per_minute: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { signed_in_per_minute: 12_000, anonymous_per_minute: 600 }
    }
}

/// What the operator decides about the door.
#[derive(Debug, Clone)]
pub struct Config {
    /// Scheme, host and port under which browsers reach it, such as `https://vault.example.org`; no path.
    pub public_origin: String,
    /// Networks of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether browsers are told to come by TLS alone (RFC 6797).
    pub hsts: bool,
    /// Whether metrics are given to everybody who reaches the port, and not to loopback alone.
    pub metrics_open: bool,
    /// Whether this is the demo, so that the console says so.
    pub demo: bool,
    /// The version of the program.
    pub version: String,
    /// How many requests a caller may make.
    pub rate_limits: RateLimits,
    /// Who uploads and sends nothing for so long is gone, or holds the line on purpose.
    pub upload_silence_max: Duration,
}

impl Config {
    /// Defaults for an origin.
    #[must_use]
    pub fn new(public_origin: impl Into<String>) -> Self {
        Self {
            public_origin: public_origin.into().trim_end_matches('/').to_owned(),
            trusted_proxies: Vec::new(),
            hsts: false,
            metrics_open: false,
            demo: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rate_limits: RateLimits::default(),
            upload_silence_max: Duration::from_secs(30),
        }
    }

    /// Whether browsers come by TLS: cookies of other kinds than `SameSite=Strict` need it.
    #[must_use]
    pub fn is_over_tls(&self) -> bool {
        self.public_origin.starts_with("https://")
    }
}
