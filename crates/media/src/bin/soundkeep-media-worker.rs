//! The media worker alone, with its default limits: for tests of the limits, and for trying a file by hand
//! (`soundkeep-media-worker < file`). The server runs the same code as a subcommand of its own binary.
//!
//! It must not take options that the server doesn't have.

use std::process::ExitCode;

use soundkeep_media::AnalysisOptions;
use soundkeep_media::worker::{self, Limits};

fn main() -> ExitCode {
    worker::main(&AnalysisOptions::default(), &Limits::default())
}
