//! The child process in which foreign media is decoded: the original on stdin, frames on stdout, limits on itself.
//!
//! What the parent does: it starts its own executable again with the hidden subcommand, pipes the original in and reads
//! the frames out at the same time (either pipe alone fills up and stops the child), and carries on with the original
//! when the child stops reading early, as it does once the verdict is out. It kills the child when the wall clock says
//! so, and takes [`verdict_of_exit`] when the output ends without a last frame. Playback bytes count only once
//! [`Frame::Analysis`] has come.
//!
//! The child must not open a file, a socket or another process; it gets bytes and gives bytes.

mod frames;
mod limits;

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

pub use frames::{Frame, FrameDecoder, FrameWriter, ProtocolError};
pub use limits::Limits;

use crate::analyse::{AnalysisOptions, analyse_stream};
use crate::error::MediaError;

/// The whole life of the child: limits itself, reads stdin to the end, answers on stdout. Call it before any thread
/// is started.
#[must_use]
pub fn main(options: &AnalysisOptions, limits: &Limits) -> ExitCode {
    // What a panic says would go to the parent's log and can quote content.
    std::panic::set_hook(Box::new(|_| {}));
    let streams = io::stdin().as_fd().try_clone_to_owned().and_then(|input| {
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok((std::fs::File::from(input), std::fs::File::from(output)))
    });
    let Ok((input, output)) = streams else {
        return ExitCode::FAILURE;
    };
    if limits.apply().is_err() {
        return ExitCode::FAILURE;
    }
    match run(input, output, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Analyses `input` and writes the frames to `output`, the last of them [`Frame::Analysis`] or [`Frame::Failed`].
///
/// # Errors
/// Only when `output` can't be written; what is wrong with the media goes into the last frame.
pub fn run<R: Read + Send + Sync, W: Write>(input: R, output: W, options: &AnalysisOptions) -> io::Result<()> {
    let mut writer = FrameWriter::new(output);
    match analyse_stream(input, options, &mut writer) {
        Ok(analysis) => writer.write_frame(&Frame::Analysis(Box::new(analysis))),
        Err(error) => writer.write_frame(&Frame::Failed(error)),
    }
}

/// The verdict when the child ended without its last frame, from the signal that ended it.
#[must_use]
pub fn verdict_of_exit(signal: Option<i32>) -> MediaError {
    const SIGABRT: i32 = 6;
    const SIGKILL: i32 = 9;
    const SIGXCPU: i32 = 24;
    let what = match signal {
        Some(SIGXCPU | SIGKILL) => "the time for decoding",
        // Rust aborts when memory is refused.
        Some(SIGABRT) => "the memory for decoding",
        _ => return MediaError::corrupt("the decoder gave up"),
    };
    MediaError::Limits { what: what.to_owned() }
}
