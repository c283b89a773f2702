//! Counts and latencies of requests, per route, for the metrics page. No label names a person or a thing.

use crate::routes::ROUTES;
use axum::http::StatusCode;
use soundkeep_app::Metrics;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the latency buckets, in microseconds.
const BUCKETS_MICROS: [u64; 10] = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

#[derive(Default)]
struct OfRoute {
    classes: [AtomicU64; 5],
    buckets: [AtomicU64; 10],
    micros: AtomicU64,
}

/// What was answered, by the place of the route in the table.
pub(crate) struct Measures(Vec<OfRoute>);

impl Measures {
    pub(crate) fn new() -> Self {
        Self(ROUTES.iter().map(|_| OfRoute::default()).collect())
    }

    pub(crate) fn answered(&self, index: usize, status: StatusCode, took: Duration) {
        let Some(route) = self.0.get(index) else {
            return;
        };
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(class) = route.classes.get(class) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        route.micros.fetch_add(micros, Ordering::Relaxed);
        let bucket = BUCKETS_MICROS.iter().position(|bound| micros <= *bound);
        if let Some(bucket) = bucket.and_then(|bucket| route.buckets.get(bucket)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The exposition text (Prometheus, version 0.0.4).
    pub(crate) fn text(&self, app: &Metrics, version: &str) -> String {
        let mut text = String::with_capacity(16 * 1024);
        head(&mut text, &BUILD);
        let _ = writeln!(text, "{}{{version=\"{version}\"}} 1", BUILD.name);
        for (described, value) in of_app(app) {
            head(&mut text, &described);
            let _ = writeln!(text, "{} {value}", described.name);
        }
        head(&mut text, &REQUESTS);
        for (route, counts) in ROUTES.iter().zip(&self.0) {
            for (class, count) in CLASSES.iter().zip(&counts.classes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let (method, path) = (&route.method, route.path);
                    let _ = writeln!(
                        text,
                        "{}{{method=\"{method}\",route=\"{path}\",status=\"{class}\"}} {count}",
                        REQUESTS.name
                    );
                }
            }
        }
        head(&mut text, &SECONDS);
        for (route, counts) in ROUTES.iter().zip(&self.0) {
            histogram(&mut text, route.method.as_str(), route.path, counts);
        }
        text
    }
}

fn histogram(text: &mut String, method: &str, path: &str, counts: &OfRoute) {
    let total: u64 = counts.classes.iter().map(|class| class.load(Ordering::Relaxed)).sum();
    if total == 0 {
        return;
    }
    let labels = format!("method=\"{method}\",route=\"{path}\"");
    let mut below = 0;
    for (bound, bucket) in BUCKETS_MICROS.iter().zip(&counts.buckets) {
        below += bucket.load(Ordering::Relaxed);
        let _ = writeln!(text, "{}_bucket{{{labels},le=\"{}\"}} {below}", SECONDS.name, Seconds(*bound));
    }
    let sum = Seconds(counts.micros.load(Ordering::Relaxed));
    let _ = writeln!(text, "{}_bucket{{{labels},le=\"+Inf\"}} {total}", SECONDS.name);
    let _ = writeln!(text, "{}_sum{{{labels}}} {sum}", SECONDS.name);
    let _ = writeln!(text, "{}_count{{{labels}}} {total}", SECONDS.name);
}

/// Microseconds, written as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A metric, described.
struct Described {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const BUILD: Described =
    Described { name: "soundkeep_build_info", kind: "gauge", help: "Always 1; the version is a label." };
const REQUESTS: Described = Described {
    name: "soundkeep_http_requests_total",
    kind: "counter",
    help: "Requests answered, by method, route and class of status.",
};
const SECONDS: Described = Described {
    name: "soundkeep_http_request_duration_seconds",
    kind: "histogram",
    help: "Time from request to the head of the answer, by method and route.",
};

fn of_app(app: &Metrics) -> [(Described, u64); 7] {
    let counter = |name, help, value| (Described { name, kind: "counter", help }, value);
    [
        counter("soundkeep_ledger_events_total", "Events written to the ledger.", app.events_total()),
        counter("soundkeep_recordings_ingested_total", "Recordings taken in.", app.recordings_ingested_total()),
        counter(
            "soundkeep_recordings_quarantined_total",
            "Files put into quarantine.",
            app.recordings_quarantined_total(),
        ),
        counter("soundkeep_listenings_total", "Listenings opened.", app.listenings_total()),
        counter("soundkeep_refusals_total", "Requests that were decided against.", app.refusals_total()),
        counter(
            "soundkeep_integrity_failures_total",
            "Stored objects that were found damaged.",
            app.integrity_failures_total(),
        ),
        counter(
            "soundkeep_password_work_kib_total",
            "Memory that hashing passwords went through, in KiB, each pass counted.",
            app.password_work_kib_total(),
        ),
    ]
}

fn head(text: &mut String, described: &Described) {
    let Described { name, kind, help } = described;
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// The reference page of all metrics, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# Metrics\n\nServed at `/metrics` in the Prometheus text format, to loopback alone unless configured \
         otherwise. No label names a person or a recording.\n\n| name | type | meaning |\n|---|---|---|\n",
    );
    let app = of_app(&Metrics::default()).map(|(described, _)| described);
    for Described { name, kind, help } in [BUILD].iter().chain(&app).chain(&[REQUESTS, SECONDS]) {
        let _ = writeln!(page, "| `{name}` | {kind} | {help} |");
    }
    page
}
