//! Recordings: immutable versions, and the sealed objects that each is made of.
//!
//! Knows no codec and no key; those are named here and handled elsewhere.

use crate::conversations::words;
use serde::{Deserialize, Serialize};

words! {
    /// What an object of a recording version is.
    ObjectKind {
        /// The bytes as they came in.
        Original = "original",
        /// The form that a browser plays, when the original isn't one.
        Playback = "playback",
        /// Waveform and speech intervals.
        Analysis = "analysis",
    }
}
