//! Exported ledgers.

use super::{Ran, Vault, run, soundkeep};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The public key of the vault's only organisation.
pub(crate) fn key(vault: &Vault) -> String {
    vault.run(&["ledger", "key"]).well().out.trim().to_owned()
}

/// Exports the ledger to a file.
#[track_caller]
pub(crate) fn export(vault: &Vault, file: &Path) -> PathBuf {
    run(vault.command(&["ledger", "export", "--output"]).arg(file)).well();
    file.to_owned()
}

/// Verifies an exported ledger, with published checkpoints or without.
pub(crate) fn verify(file: &Path, key: &str, checkpoints: Option<&Path>) -> Ran {
    let mut command = soundkeep();
    command.arg("verify").arg(file).args(["--public-key", key]);
    if let Some(checkpoints) = checkpoints {
        command.arg("--checkpoint").arg(checkpoints);
    }
    run(&mut command)
}

/// The folder where the vault publishes the checkpoints of its only organisation.
pub(crate) fn checkpoints(vault: &Vault) -> Option<PathBuf> {
    let folders = std::fs::read_dir(vault.place().join("checkpoints")).ok()?;
    folders.flatten().map(|entry| entry.path()).find(|path| path.is_dir())
}

/// SHA-256 by recording, of all recordings that the exported ledger tells of.
pub(crate) fn told(file: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter_map(|line| ingest(&leaf(line)?)).collect()
}

/// The event of a line, if it is one.
pub(crate) fn leaf(line: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(line).ok()?;
    match line.get("leaf").or_else(|| line.get("entry"))? {
        Value::String(text) => serde_json::from_str(text).ok(),
        leaf => Some(leaf.clone()),
    }
}

fn ingest(leaf: &Value) -> Option<(String, String)> {
    let is_ingest = leaf["kind"] == "recording_ingest";
    let text = |value: &Value| value.as_str().map(str::to_owned);
    is_ingest.then(|| Some((text(&leaf["object"]["id"])?, text(&leaf["detail"]["sha256"])?)))?
}
