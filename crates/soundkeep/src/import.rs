//! `soundkeep import`: what it says while it goes and at its end.
//!
//! Must not know: what becomes of a file; that is said to it.

use crate::failure::Failure;
use crate::output::{Line, Output};
use crate::serve::organisation;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::access::SystemCaller;
use soundkeep_app::domain::conversations::Source;
use soundkeep_app::recordings::ingest::Ingested;
use soundkeep_app::{Vault, operator};
use soundkeep_intake::import::Summary;
use soundkeep_intake::{Folder, Taken};
use std::path::{Path, PathBuf};

/// What is to be taken in, and how it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// Everything below this folder.
    pub(crate) folder: PathBuf,
    /// The zone of times in file names.
    pub(crate) zone: Option<String>,
    /// The summary as JSON.
    pub(crate) json: bool,
    /// A line per file, as soon as it is safe on the disk.
    pub(crate) verbose: bool,
}

/// Takes it in; says whether nothing was refused.
///
/// # Errors
/// When the folder can't be read, or there is no such organisation or zone.
pub(crate) async fn import(vault: &Vault, slug: Option<&str>, wish: &Wish, output: &Output) -> Result<bool, Failure> {
    let organisation = organisation(vault, slug).await?;
    let caller = operator::system_caller(vault, organisation, SystemCaller::Intake).await?;
    let zone = match &wish.zone {
        Some(zone) => TimeZone::get(zone).map_err(|error| Failure::new(error.to_string()))?,
        None => TimeZone::system(),
    };
    let folder = Folder { path: wish.folder.clone(), zone, source: Source::Import };
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let mut teller = Teller { wish, twentieth: 0 };
    let importing = async move {
        soundkeep_intake::import::import(vault, &caller, &folder, |summary, path, taken| {
            for line in teller.lines(summary, path, taken) {
                // The receiver is read to its end below.
                let _ = sender.send(line);
            }
        })
        .await
    };
    let telling = async {
        let below = wish.folder.display();
        output.remark(format!("Taking in what is below {below} ...")).await;
        while let Some(line) = lines.recv().await {
            output.line(line).await;
        }
    };
    let (summary, ()) = tokio::join!(importing, telling);
    let summary = summary.map_err(|error| Failure::new(format!("{} can't be read: {error}", wish.folder.display())))?;
    conclude(&summary, wish.json, output).await?;
    Ok(summary.refused.is_empty())
}

struct Teller<'a> {
    wish: &'a Wish,
    twentieth: u64,
}

impl Teller<'_> {
    fn lines(&mut self, summary: &Summary, path: &Path, taken: &Taken) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.wish.verbose {
            let name = path.strip_prefix(&self.wish.folder).unwrap_or(path);
            lines.push(Line::Answer(outcome(&name.display().to_string(), taken, self.wish.json)));
        }
        // A line per twentieth is enough for any number of files.
        let twentieth = summary.done() * 20 / summary.files.max(1);
        if twentieth > self.twentieth {
            self.twentieth = twentieth;
            lines.push(Line::Remark(format!("  {} of {} files", summary.done(), summary.files)));
        }
        lines
    }
}

fn outcome(file: &str, taken: &Taken, json: bool) -> String {
    let (word, stored) = match taken {
        Taken::Ingested(Ingested::Stored { recording, sha256, .. }) => ("stored", Some((recording, sha256))),
        Taken::Ingested(Ingested::Duplicate { recording, sha256, .. }) => ("duplicate", Some((recording, sha256))),
        Taken::Ingested(Ingested::Quarantined { .. }) => ("quarantined", None),
        Taken::SidecarUnfit(_) | Taken::Refused(_) => ("refused", None),
    };
    let why = taken.why();
    if json {
        let recording = stored.map(|(recording, _)| recording.to_string());
        let sha256 = stored.map(|(_, sha256)| hex::encode(sha256));
        let line = serde_json::json!({
            "file": file, "outcome": word, "recording": recording, "sha256": sha256, "why": why,
        });
        return line.to_string();
    }
    match why {
        Some(why) => format!("{word:<11} {file}: {why}"),
        None => format!("{word:<11} {file}"),
    }
}

async fn conclude(summary: &Summary, json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        output.answer(serde_json::to_string(summary)?).await;
        return Ok(());
    }
    for (file, why) in &summary.refused {
        output.remark(format!("not taken in: {file}: {why}")).await;
    }
    output
        .answer(format!(
            "{} files: {} new, {} were there already, {} in quarantine, {} not taken in",
            summary.files,
            summary.stored,
            summary.duplicates,
            summary.quarantined,
            summary.refused.len()
        ))
        .await;
    Ok(())
}
