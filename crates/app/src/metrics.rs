//! Counters of what use cases did, for the metrics page. No names, no ids: nothing personal.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident, $add:ident;)*) => {
        /// Counters since the start.
        #[derive(Debug, Default)]
        pub struct Metrics { $($field: AtomicU64,)* password_work_kib_total: AtomicU64 }
        impl Metrics {
            /// Memory that hashing passwords went through, in KiB: that of each hash by its passes.
            pub fn password_work_kib_total(&self) -> u64 { self.password_work_kib_total.load(Ordering::Relaxed) }
            pub(crate) fn passwords_hashed(&self, kib: u64) {
                self.password_work_kib_total.fetch_add(kib, Ordering::Relaxed);
            }
            $(
                $(#[$doc])*
                pub fn $field(&self) -> u64 { self.$field.load(Ordering::Relaxed) }
                pub(crate) fn $add(&self) { self.$field.fetch_add(1, Ordering::Relaxed); }
            )*
        }
    };
}

counters! {
    /// Events written to the ledger.
    events_total, event_written;
    /// Recordings taken in.
    recordings_ingested_total, recording_ingested;
    /// Files put into quarantine.
    recordings_quarantined_total, recording_quarantined;
    /// Listenings opened.
    listenings_total, listening_opened;
    /// Requests that were decided against.
    refusals_total, refused;
    /// Stored objects that were found damaged.
    integrity_failures_total, damaged;
}
