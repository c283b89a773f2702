//! The console's packages and its build, done again only when their inputs changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::outcome::{Failure, Outcome, While};
use crate::process;
use crate::workspace::Workspace;

const FOLDER: &str = "console";

/// Whether something had to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Done,
    WasFresh,
}

impl Work {
    pub(crate) fn said(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WasFresh => "unchanged",
        }
    }
}

/// Installs the packages of a folder exactly as its lock file says.
///
/// # Errors
/// When npm fails; with what it said.
pub(crate) fn install_packages(workspace: &Workspace, folder: &str) -> Outcome<Work> {
    let at = workspace.path(folder);
    let lock = at.join("package-lock.json");
    if !lock.is_file() {
        return Err(Failure::new(format!("{} is missing", lock.display())));
    }
    let stamp = Stamp::new(&at, "packages", [lock, at.join("package.json")])?;
    if stamp.is_fresh() {
        return Ok(Work::WasFresh);
    }
    process::quiet(&mut workspace.npm(folder, &["ci", "--loglevel=error"]))?;
    stamp.press()?;
    Ok(Work::Done)
}

/// Builds the pages that the server embeds.
///
/// # Errors
/// When the build fails; with what it said.
pub(crate) fn build(workspace: &Workspace) -> Outcome<Work> {
    let at = workspace.path(FOLDER);
    let inputs: Vec<PathBuf> = workspace
        .files()?
        .into_iter()
        .filter(|path| path.starts_with(FOLDER))
        .map(|path| workspace.root.join(path))
        .collect();
    let stamp = Stamp::new(&at, "build", inputs)?;
    if stamp.is_fresh() && at.join("dist/index.html").is_file() {
        return Ok(Work::WasFresh);
    }
    process::quiet(&mut workspace.npm(FOLDER, &["run", "build", "--loglevel=error"]))?;
    stamp.press()?;
    Ok(Work::Done)
}

/// The server embeds this folder when it is compiled, so it must exist before any compiler runs.
///
/// # Errors
/// When the folder can't be made.
pub(crate) fn make_room(workspace: &Workspace) -> Outcome {
    make_room_in(&workspace.root)
}

/// The same for a copy of the project.
///
/// # Errors
/// As [`make_room`].
pub(crate) fn make_room_in(root: &Path) -> Outcome {
    std::fs::create_dir_all(root.join("console/dist")).while_("make console/dist")
}

/// A note of what the last work was made from. It lies in `node_modules`, which goes when the work goes.
struct Stamp {
    file: PathBuf,
    value: String,
}

impl Stamp {
    fn new(at: &Path, name: &str, inputs: impl IntoIterator<Item = PathBuf>) -> Outcome<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            input.hash(&mut hasher);
            std::fs::read(&input).while_(format!("read {}", input.display()))?.hash(&mut hasher);
        }
        Ok(Self {
            file: at.join(format!("node_modules/.soundkeep-{name}")),
            value: format!("{:016x}", hasher.finish()),
        })
    }

    fn is_fresh(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|value| value == self.value)
    }

    fn press(&self) -> Outcome {
        std::fs::write(&self.file, &self.value).while_(format!("write {}", self.file.display()))
    }
}
