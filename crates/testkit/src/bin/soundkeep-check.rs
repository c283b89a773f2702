//! How long it takes to find out who asks, for benchmarks: `soundkeep-check` prints one JSON object.
//!
//! A vault in this process on SQLite, sessions and keys in it, and the check that stands before every request. It must
//! not know HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

use soundkeep_app::domain::access::{BuiltInRole, RoleKey};
use soundkeep_app::identity::check;
use soundkeep_store::access::KeyRights;
use soundkeep_testkit::TestVault;
use std::net::IpAddr;
use std::time::Instant;

/// Sessions that are looked up for the first time.
const FIRST: usize = 2_000;
/// Checks of callers that are kept.
const KEPT: u32 = 500_000;

#[tokio::main]
async fn main() {
    let vault = TestVault::start().await;
    let organisation = vault.organisation();
    let user = vault.add_user(organisation, "Ada").await;
    let address: Option<IpAddr> = "192.0.2.7".parse().ok();
    let mut tokens = Vec::with_capacity(FIRST);
    for _ in 0..FIRST {
        tokens.push(vault.sign_in(organisation, user).await);
    }
    let start = Instant::now();
    for token in &tokens {
        check(&vault.vault, token, address).await.expect("a session");
    }
    let first = start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(FIRST).unwrap());
    let key = vault.api_key(organisation, KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Admin))).await;
    let mut kept = Vec::new();
    for token in [tokens.first().unwrap(), &key] {
        check(&vault.vault, token, address).await.expect("somebody");
        let start = Instant::now();
        for _ in 0..KEPT {
            check(&vault.vault, token, address).await.expect("somebody");
        }
        kept.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(KEPT));
    }
    println!("{}", serde_json::json!({"first_micros": first, "session_micros": kept[0], "key_micros": kept[1]}));
}
