//! The binary: configuration, wiring, command line.
//!
//! Puts the parts together and keeps them running; decides nothing that a use case decides.

mod access;
mod api_secret;
mod commands;
mod config;
mod demo;
mod doctor;
mod failure;
mod import;
mod new_file;
mod output;
mod recover;
mod serve;
mod socket;
mod tending;
mod wiring;

use clap::Parser as _;
use commands::{Command, CommandLine};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    if matches!(line.command, Command::MediaWorker) {
        // The child that reads foreign media: it limits itself before there is a thread or a runtime.
        return soundkeep_media::worker::main(
            &soundkeep_media::AnalysisOptions::default(),
            &soundkeep_media::worker::Limits::default(),
        );
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::show(&Failure::new(format!("no runtime could be started: {error}")));
        }
    };
    match runtime.block_on(commands::run(line)) {
        Ok(code) => code,
        Err(failure) => failure::show(&failure),
    }
}
