//! How often somebody may ask: so many requests a minute, per session or key, or per network.
//!
//! A token bucket kept as one time per caller. In memory alone: it is there against runaway programs, not
//! against guessing, which `app` counts by itself.

use crate::config::RateLimits;
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::Network;
use std::collections::HashMap;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const MINUTE_MICROS: i64 = 60_000_000;
/// A directory may ask so many times as often as anybody else.
const DIRECTORY_FACTOR: u32 = 50;
/// More callers than this aren't remembered; those whose bucket is full again go first.
const REMEMBERED_MAX: usize = 100_000;

/// Whose bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// A session or an API key.
    Session(String),
    /// A directory, which brings a whole company at once.
    Directory(String),
    /// Whoever isn't signed in.
    Network(Network),
}

/// How a caller stands with their limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    policy: &'static str,
    quota: u32,
    remaining: i64,
    /// Seconds until the bucket is full again.
    reset: i64,
}

impl Standing {
    /// Says so in the headers of draft-ietf-httpapi-ratelimit-headers.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let policy = format!("\"{}\";q={};w=60", self.policy, self.quota);
        let limit = format!("\"{}\";r={};t={}", self.policy, self.remaining, self.reset);
        if let (Ok(policy), Ok(limit)) = (HeaderValue::try_from(policy), HeaderValue::try_from(limit)) {
            headers.insert(RATE_LIMIT_POLICY, policy);
            headers.insert(RATE_LIMIT, limit);
        }
    }
}

/// Everybody's bucket, as the time at which it is full again.
pub(crate) struct Limits {
    rates: RateLimits,
    full_at: Mutex<HashMap<Who, i64>>,
}

impl Limits {
    pub(crate) fn new(rates: RateLimits) -> Self {
        Self { rates, full_at: Mutex::default() }
    }

    /// Takes one request out of a bucket, or says in how many seconds there will be one; and how it stands then.
    pub(crate) fn take(&self, who: &Who, now: Timestamp) -> (Result<(), u64>, Option<Standing>) {
        let (policy, quota) = match who {
            Who::Session(_) => ("caller", self.rates.signed_in_per_minute),
            Who::Directory(_) => ("directory", self.rates.signed_in_per_minute.saturating_mul(DIRECTORY_FACTOR)),
            Who::Network(_) => ("network", self.rates.anonymous_per_minute),
        };
        if quota == 0 {
            return (Ok(()), None);
        }
        let each = (MINUTE_MICROS / i64::from(quota)).max(1);
        let (whole, now) = (each * i64::from(quota), now.as_unix_micros());
        let mut held = self.full_at.lock();
        let full_at = held.get(who).copied().unwrap_or(now).max(now);
        let wait = full_at + each - now - whole;
        if wait > 0 {
            let standing = Standing { policy, quota, remaining: 0, reset: seconds(full_at - now) };
            return (Err(u64::try_from(seconds(wait)).unwrap_or(1).max(1)), Some(standing));
        }
        if held.len() >= REMEMBERED_MAX && !held.contains_key(who) {
            held.retain(|_, full_at| *full_at > now);
            if held.len() >= REMEMBERED_MAX {
                held.clear();
            }
        }
        let full_at = full_at + each;
        match held.get_mut(who) {
            Some(held) => *held = full_at,
            None => {
                held.insert(who.clone(), full_at);
            }
        }
        let remaining = (whole - (full_at - now)) / each;
        (Ok(()), Some(Standing { policy, quota, remaining, reset: seconds(full_at - now) }))
    }
}

const fn seconds(micros: i64) -> i64 {
    (micros + 999_999) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_micros(1_790_000_000_000_000);

    #[test]
    fn a_bucket_empties_refuses_and_fills_again() {
        let limits = Limits::new(RateLimits { signed_in_per_minute: 60, anonymous_per_minute: 0 });
        let who = Who::Session("one".to_owned());
        for request in 1..=60 {
            let (taken, standing) = limits.take(&who, START);
            assert_eq!((taken, standing.unwrap().remaining), (Ok(()), 60 - request));
        }
        assert_eq!(limits.take(&who, START).0, Err(1));
        assert!(limits.take(&Who::Session("two".to_owned()), START).0.is_ok());
        assert!(limits.take(&who, START.plus_seconds(1)).0.is_ok());
        assert!(limits.take(&who, START.plus_seconds(1)).0.is_err());
        assert_eq!(limits.take(&Who::Network(Network::Unknown), START), (Ok(()), None));
    }
}
