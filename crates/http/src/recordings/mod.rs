//! Recordings: upload, playback, waveform, quarantine.

pub(crate) mod audio;
pub(crate) mod peaks;
pub(crate) mod quarantine;
pub(crate) mod recording;
pub(crate) mod upload;
