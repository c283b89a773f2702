//! The waveform of a recording: peaks and speech intervals per channel, as analysis found them.
//!
//! It tells when somebody spoke and how loudly, so it needs the right to play and writes its own event.

use super::play::{open_container, permit_to_play, read_plain};
use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::RecordingId;
use soundkeep_domain::access::Column;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_media::Analysis;
use soundkeep_store::recordings;

/// One channel of a waveform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelWaveform {
    /// What the channel is, such as `agent`.
    pub label: Option<String>,
    /// Lowest and highest sample per point in turn, -127 to 127.
    pub peaks: Vec<i8>,
    /// When it sounds, in milliseconds from and until.
    pub speech: Vec<(u64, u64)>,
}

/// A waveform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waveform {
    /// Length of the recording, in milliseconds.
    pub duration_ms: u64,
    /// How much time one point covers, in milliseconds.
    pub milliseconds_per_point: u32,
    /// One per channel.
    pub channels: Vec<ChannelWaveform>,
}

/// The waveform of a recording.
///
/// # Errors
/// As for playing it.
pub async fn waveform(vault: &Vault, caller: &Caller, recording: RecordingId) -> Result<Waveform> {
    let permit = permit_to_play(vault, caller, recording).await?;
    // The picture of a sound is as long as the sound: there is none for whom the duration is hidden.
    if !permit.columns().has(Column::Duration) {
        return Err(Error::NotFound);
    }
    let opened = recordings::open_analysis(&mut vault.store().reader(), &permit).await?;
    let (opener, blob) = open_container(vault, caller.organisation(), &opened).await?;
    let draft = Draft::of(vault, caller, EventKind::WaveformView)?
        .object(Object::new("recording", recording))
        .conversation(permit.conversation());
    event::record_alone(vault, draft).await?;
    let pieces = read_plain(vault, &opener, &blob, 0..opener.layout().plain_len()).await?;
    let analysis: Analysis = serde_json::from_slice(&pieces.concat()).map_err(Error::bug)?;
    let labels: Vec<String> =
        opened.channel_labels.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let channels = analysis.channels.iter().enumerate().map(|(at, channel)| ChannelWaveform {
        label: labels.get(at).cloned(),
        peaks: channel.peaks.values().to_vec(),
        speech: channel.speech.iter().map(|interval| (interval.from_ms, interval.until_ms)).collect(),
    });
    Ok(Waveform {
        duration_ms: analysis.duration_ms(),
        milliseconds_per_point: analysis.milliseconds_per_point,
        channels: channels.collect(),
    })
}
