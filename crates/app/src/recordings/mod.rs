//! Recordings: taking in, listening, waveform, quarantine, erasing.

pub mod check;
pub mod erase;
mod filing;
pub mod ingest;
pub mod intake_files;
pub(crate) mod leftovers;
pub mod listening;
pub(crate) mod opening;
pub mod play;
pub mod quarantine;
mod sealing;
pub mod waveform;
