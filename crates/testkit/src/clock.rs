//! A clock that stands still until a test turns it.

use soundkeep_domain::Timestamp;
use soundkeep_domain::time::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

/// Stands still until it is turned.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows this time.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_unix_micros()))
    }

    /// Turns it forward by so many seconds.
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}
