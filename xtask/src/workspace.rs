//! Where the project lies, and how its tools are called inside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::outcome::{Failure, Outcome, While};
use crate::process;

/// The checked-out project.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder; may lie outside of the project.
    pub(crate) target: PathBuf,
    /// The members, in the order of cargo's own list.
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a crate's dependency tables.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// The version that is asked for, such as `^1`.
    pub(crate) requirement: String,
    /// A path dependency, hence a sister.
    pub(crate) is_local: bool,
}

impl Workspace {
    /// # Errors
    /// When `cargo metadata` fails, for example over a broken manifest.
    pub(crate) fn find() -> Outcome<Self> {
        let text = process::output(
            Command::new(cargo())
                .args(["metadata", "--format-version", "1", "--no-deps"])
                .current_dir(manifest_folder()),
        )?;
        Self::from_metadata(&serde_json::from_str(&text)?)
    }

    fn from_metadata(metadata: &Value) -> Outcome<Self> {
        let folder = |key: &str| {
            metadata
                .get(key)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .ok_or_else(|| Failure::new(format!("cargo metadata without {key}")))
        };
        let members = list(metadata, "packages").iter().map(member).collect();
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")?, members })
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// `cargo` in the project's folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// `npm` in a folder of the project, without its advertisements.
    pub(crate) fn npm(&self, below: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("npm");
        command
            .args(arguments)
            .current_dir(self.path(below))
            .env("NO_UPDATE_NOTIFIER", "1")
            .env("npm_config_fund", "false")
            .env("npm_config_audit", "false");
        command
    }

    /// Every file of the project that a person wrote or that is committed, by path below the root, sorted.
    ///
    /// # Errors
    /// When a folder can't be read.
    pub(crate) fn files(&self) -> Outcome<BTreeSet<PathBuf>> {
        let mut found = BTreeSet::new();
        walk(&self.root, Path::new(""), &mut found)?;
        Ok(found)
    }
}

/// Folders that hold what machines made.
const NOT_OURS: [&str; 6] = ["target", "node_modules", "dist", ".git", "data", "test-results"];

fn walk(root: &Path, below: &Path, found: &mut BTreeSet<PathBuf>) -> Outcome {
    let folder = root.join(below);
    for entry in std::fs::read_dir(&folder).while_(format!("list {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let path = below.join(&name);
        let kind = entry.file_type()?;
        if kind.is_file() {
            found.insert(path);
        } else if kind.is_dir() && !NOT_OURS.iter().any(|skipped| name == **skipped) {
            walk(root, &path, found)?;
        }
    }
    Ok(())
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Where this crate lies: `cargo run` says so, and a binary started by hand works from where it stands.
fn manifest_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

fn member(package: &Value) -> Member {
    let manifest = PathBuf::from(text(package, "manifest_path"));
    Member {
        name: text(package, "name"),
        folder: manifest.parent().map(Path::to_path_buf).unwrap_or_default(),
        dependencies: list(package, "dependencies").iter().map(dependency).collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: text(value, "name"),
        kind: value.get("kind").and_then(Value::as_str).map(str::to_owned),
        requirement: text(value, "req"),
        is_local: value.get("path").is_some_and(Value::is_string),
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
