//! Benchmarks: what Soundkeep reaches, and what the peer reaches in the same run, in turns.
//!
//! One module per benchmark, each giving a section of `docs/reference/benchmarks.md`. Nothing here is a
//! test: a slow machine gives small numbers and no failure. Knows the server by its command line and its
//! API, and the ground floor by its functions; it must not reach into store or app.
#![allow(clippy::print_stdout, reason = "a command line tool speaks on standard output")]

mod decisions;
mod events;
mod http;
mod ingest;
mod lists;
mod measure;
mod playback;
mod postgres;
mod proofs;
mod report;
mod revocation;
mod rights;
mod scim;
mod sessions;
mod sign_ins;
mod startup;
mod vault;
mod who;

use std::process::ExitCode;

use report::Section;

/// What goes wrong in a benchmark, told in a sentence.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// One benchmark: its name, what it does, and the work.
type Benchmark = (&'static str, &'static str, fn() -> Outcome<Section>);

const BENCHMARKS: [Benchmark; 13] = [
    ("decisions", "one decision with full trace, beside Cedar and Casbin", decisions::run),
    ("proofs", "inclusion proofs in a ledger of ten million entries", proofs::run),
    ("startup", "start to ready, memory when idle, size of the binary", startup::run),
    ("ingest", "import of mu-law WAV, beside sha256sum over the same files", ingest::run),
    ("lists", "lists and searches over five million conversations, beside statements written by hand", lists::run),
    ("who", "who may hear a conversation, among ten thousand users", who::run),
    ("rights", "decisions, lists and changes under many rules, users and conversations", rights::run),
    ("sign-ins", "sign-ins with a password, beside Argon2id alone", sign_ins::run),
    ("sessions", "finding out who asks", sessions::run),
    ("playback", "64 KiB ranges of sealed audio, beside nginx with auth_request", playback::run),
    ("scim", "users that a directory brings over SCIM, beside scim2-server", scim::run),
    ("revocation", "from switching somebody off at one node to the end of what they play at another", revocation::run),
    ("events", "durable events with 16 writers, beside PostgreSQL's commits", events::run),
];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| name == "list") {
        for (name, meaning, _) in BENCHMARKS {
            println!("{name:<12} {meaning}");
        }
        return ExitCode::SUCCESS;
    }
    let mut is_well = true;
    for (name, meaning, run) in BENCHMARKS {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("\n== {name}: {meaning}");
        match run().and_then(|section| report::keep(name, &section)) {
            Ok(()) => {}
            Err(error) => {
                eprintln!("{name} could not be measured: {error}");
                is_well = false;
            }
        }
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
