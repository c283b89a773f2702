//! The media worker alone: for tests of its limits, and for trying a file by hand (`soundkeep-media-worker < file`,
//! with bytes of memory and seconds of processor time as arguments to change them). The server runs the same code as
//! a subcommand of its own binary.
//!
//! It must not read anything but stdin.

use std::process::ExitCode;

use soundkeep_media::AnalysisOptions;
use soundkeep_media::worker::{self, Limits};

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let default = Limits::default();
    let limits = Limits {
        memory_bytes: numbers.next().unwrap_or(default.memory_bytes),
        processor_seconds: numbers.next().unwrap_or(default.processor_seconds),
    };
    worker::main(&AnalysisOptions::default(), &limits)
}
