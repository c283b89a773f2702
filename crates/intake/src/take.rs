//! Taking one file in: its name, its sidecar, its bytes.

use crate::{names, sidecar};
use futures::StreamExt as _;
use jiff::tz::TimeZone;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::conversations::{Direction, Source};
use soundkeep_app::recordings::ingest::{Ingested, Metadata, Origin, ingest};
use soundkeep_app::{Caller, Error, Vault};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tokio_util::io::ReaderStream;

/// So much is read from a file at once; bytes.
const READ_BYTES: usize = 256 * 1024;
/// Endings of files that are taken in.
const ENDINGS: [&str; 8] = ["wav", "wave", "mp3", "opus", "ogg", "oga", "flac", "gsm"];
/// Folders and files that other programs leave behind.
const IGNORED: [&str; 5] = ["@eaDir", ".stfolder", "lost+found", "Thumbs.db", "desktop.ini"];

/// A folder of recordings.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// The zone of the times in its file names.
    pub zone: TimeZone,
    /// By which way its files come in.
    pub source: Source,
}

/// What became of a file.
#[derive(Debug)]
pub enum Taken {
    /// It went the way of every recording.
    Ingested(Ingested),
    /// Its sidecar can't be used; nothing was taken in.
    SidecarUnfit(String),
    /// The use case refused it.
    Refused(Error),
}

impl Taken {
    /// Why it can't be heard now, in words; nothing when it can.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Ingested(Ingested::Stored { .. } | Ingested::Duplicate { .. }) => None,
            Self::Ingested(Ingested::Quarantined { error, .. }) => Some(error.to_string()),
            Self::SidecarUnfit(sentence) => Some(sentence.clone()),
            Self::Refused(Error::Invalid(fields)) => {
                let fields = fields.iter().map(|(field, why)| format!("{field}: {why}"));
                Some(fields.collect::<Vec<_>>().join("; "))
            }
            Self::Refused(error) => Some(error.to_string()),
        }
    }
}

/// Whether a file of this name may be a recording.
#[must_use]
pub(crate) fn is_recording(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    !is_ignored(path) && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Whether a file or folder of this name is none of ours.
#[must_use]
pub(crate) fn is_ignored(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
    name.starts_with('.') || IGNORED.contains(&name)
}

/// What the name of a file says, as metadata; the time of the last change when the name says none.
fn from_name(path: &Path, zone: &TimeZone, modified: Option<Timestamp>) -> Metadata {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let Some(named) = names::parse(stem, zone) else {
        return Metadata { started_at: modified, ..Metadata::default() };
    };
    let (from_number, to_number) = named.numbers();
    Metadata {
        started_at: Some(named.started_at),
        direction: Some(named.direction),
        from_number,
        to_number,
        agent: agent_of(&named),
        external_id: Some(named.unique_id),
        ..Metadata::default()
    }
}

/// The extension of this side; an internal call belongs to the one who called.
fn agent_of(named: &names::Named) -> Option<String> {
    match named.direction {
        Direction::Internal => named.number.clone().or_else(|| named.extension.clone()),
        Direction::Inbound | Direction::Outbound | Direction::Unknown => named.extension.clone(),
    }
}

/// Takes one file in.
pub(crate) async fn take(vault: &Vault, caller: &Caller, folder: &Folder, path: &Path) -> Taken {
    let sidecar = match sidecar::read(path) {
        Ok(sidecar) => sidecar,
        Err(error) => return Taken::SidecarUnfit(error.to_string()),
    };
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) => {
            return Taken::Refused(Error::Unavailable(format!("{} can't be read: {error}", path.display())));
        }
    };
    let modified = file.metadata().await.ok().and_then(|found| found.modified().ok()).and_then(|at| {
        let micros = at.duration_since(UNIX_EPOCH).ok()?.as_micros();
        i64::try_from(micros).ok().map(Timestamp::from_unix_micros)
    });
    let name = from_name(path, &folder.zone, modified);
    let metadata = sidecar::over(sidecar.unwrap_or_default(), name);
    let shown = path.strip_prefix(&folder.path).unwrap_or(path).display().to_string();
    let origin = Origin { source: folder.source, name: &shown };
    let bytes = ReaderStream::with_capacity(file, READ_BYTES).boxed();
    match ingest(vault, caller, origin, metadata, bytes).await {
        Ok(ingested) => Taken::Ingested(ingested),
        Err(error) => Taken::Refused(error),
    }
}
