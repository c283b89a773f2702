//! `cargo xtask generate`: the files that follow from the code, committed so that they can be read and
//! their changes reviewed.
//!
//! The server says what is true (`soundkeep reference ...`); this only puts it where it belongs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{self, Profile};
use crate::outcome::{Failure, Outcome, While};
use crate::workspace::Workspace;
use crate::{console, needs, process};

/// What the server prints, and where it stands.
const PRINTED: [(&str, &str); 5] = [
    ("openapi", "docs/reference/openapi.json"),
    ("permissions", "docs/reference/permissions.md"),
    ("events", "docs/reference/events.md"),
    ("metrics", "docs/reference/metrics.md"),
    ("settings", "docs/reference/settings.md"),
];

const API_TYPES: &str = "console/src/api/schema.d.ts";

/// One generated file.
struct Generated {
    path: &'static str,
    text: String,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    needs::node()?;
    console::make_room(workspace)?;
    console::install_packages(workspace, "console")?;
    build::compile(workspace, Profile::Debug)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => write(workspace),
        ["--check"] => compare(workspace),
        other => Err(Failure::new(format!("generate doesn't know {}", other.join(" ")))),
    }
}

/// Compares what the built server says with what is committed.
///
/// # Errors
/// Names each file that isn't fresh.
pub(crate) fn compare(workspace: &Workspace) -> Outcome {
    let stale: Vec<String> = generate(workspace)?
        .iter()
        .filter(|file| std::fs::read_to_string(workspace.path(file.path)).ok().as_deref() != Some(file.text.as_str()))
        .map(|file| format!("{} isn't fresh: `cargo xtask generate` mends it", file.path))
        .collect();
    Failure::unless_empty(&stale)
}

fn write(workspace: &Workspace) -> Outcome {
    for file in generate(workspace)? {
        let path = workspace.path(file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, &file.text).while_(format!("write {}", path.display()))?;
        println!("{}", file.path);
    }
    Ok(())
}

fn generate(workspace: &Workspace) -> Outcome<Vec<Generated>> {
    let server = build::program(workspace, Profile::Debug);
    let mut files = Vec::new();
    for (what, path) in PRINTED {
        let text = process::output(Command::new(&server).args(["reference", what]))?;
        files.push(Generated { path, text: with_one_line_end(&text) });
    }
    let scratch = workspace.target.join("xtask/generate");
    std::fs::create_dir_all(&scratch).while_("make a folder for generated files")?;
    if let Some(openapi) = files.first() {
        let text = api_types(workspace, &scratch, &openapi.text)?;
        files.push(Generated { path: API_TYPES, text });
    }
    Ok(files)
}

fn api_types(workspace: &Workspace, scratch: &Path, openapi: &str) -> Outcome<String> {
    let description: PathBuf = scratch.join("openapi.json");
    let types = scratch.join("schema.d.ts");
    std::fs::write(&description, openapi).while_("write the API description")?;
    let program = workspace.path("console/node_modules/.bin/openapi-typescript");
    process::quiet(
        Command::new(program).arg(&description).arg("--output").arg(&types).current_dir(workspace.path("console")),
    )?;
    let text = std::fs::read_to_string(&types).while_("read the API types")?;
    Ok(with_one_line_end(&text))
}

fn with_one_line_end(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
