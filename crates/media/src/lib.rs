//! Audio in, samples and findings out: containers and codecs are recognised by content, decoded in a stream, and
//! summed up as waveform peaks, speech intervals and a form that every browser plays.
//!
//! It must not know where bytes come from, where they are kept, who may hear them, or any clock. It holds bounded
//! buffers whatever a header claims, because everything that it reads was made by somebody else.

mod analyse;
mod decode;
mod error;
mod finding;
mod format;
mod peaks;
mod playback;
mod source;
mod speech;
pub mod worker;

pub use analyse::{Analysis, AnalysisOptions, ChannelAnalysis, analyse_stream};
pub use decode::{Decoder, G711, probe};
pub use error::MediaError;
pub use finding::Finding;
pub use format::{CHANNELS_MAX, Codec, Container, Format, SAMPLE_RATE_HZ_MAX, SAMPLE_RATE_HZ_MIN};
pub use peaks::Peaks;
pub use playback::{Discard, PlaybackPlan, PlaybackSink, Reach, wav_header};
pub use speech::Interval;
