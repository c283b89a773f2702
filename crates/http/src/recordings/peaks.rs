//! The waveform of a recording, for its player.

use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::wire::Id;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::domain::RecordingId;
use soundkeep_app::recordings::waveform::waveform;
use utoipa::ToSchema;

/// A waveform.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Peaks {
    duration_ms: u64,
    /// Pairs of lowest and highest sample in a second.
    points_per_second: f64,
    channels: Vec<ChannelPeaks>,
}

/// One channel of a waveform.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelPeaks {
    /// What the channel is, such as `agent`.
    #[schema(required = true)]
    label: Option<String>,
    /// Lowest and highest sample per point in turn, -127 to 127.
    peaks: Vec<i8>,
    /// When it sounds: milliseconds from and until.
    speech: Vec<[u64; 2]>,
}

/// Shows the waveform of a recording.
#[utoipa::path(get, path = "/api/v1/recordings/{id}/peaks", tag = "recordings",
    params(("id" = Id, Path, description = "The recording.")),
    responses((status = 200, description = "The waveform.", body = Peaks)))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<RecordingId>,
) -> Answer<Json<Peaks>> {
    let waveform = waveform(&door.vault, &caller, id).await?;
    let channels = waveform.channels.into_iter().map(|channel| ChannelPeaks {
        label: channel.label,
        peaks: channel.peaks,
        speech: channel.speech.into_iter().map(|(from, until)| [from, until]).collect(),
    });
    Ok(Json(Peaks {
        duration_ms: waveform.duration_ms,
        points_per_second: 1000.0 / f64::from(waveform.milliseconds_per_point.max(1)),
        channels: channels.collect(),
    }))
}
