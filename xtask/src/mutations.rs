//! `cargo xtask mutations`: takes out one gate or one SQL clause after the other and sees that a test fails.
//!
//! The list is `mutations.toml`. The work happens in a copy of the project below the target folder, never in
//! the checkout. `check` only sees that each text to be replaced still stands where the list says.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::{Failure, Outcome, While};
use crate::test::WithPostgres;
use crate::workspace::Workspace;
use crate::{console, process};

const FILE: &str = "mutations.toml";

/// One thing that is taken out.
struct Mutation {
    name: String,
    file: String,
    find: String,
    replace: String,
    package: String,
    test: String,
}

/// # Errors
/// When a mutation no longer fits its file.
pub(crate) fn fit(workspace: &Workspace) -> Outcome {
    let mut complaints = Vec::new();
    for mutation in read(workspace)? {
        let text = std::fs::read_to_string(workspace.path(&mutation.file)).while_(format!("read {}", mutation.file))?;
        let times = text.matches(&mutation.find).count();
        if times != 1 {
            complaints.push(format!(
                "{FILE}: '{}': its text stands {times} times in {}, not once",
                mutation.name, mutation.file
            ));
        }
        if !workspace.members.iter().any(|member| member.name == mutation.package) {
            complaints.push(format!("{FILE}: '{}': there is no package {}", mutation.name, mutation.package));
        }
    }
    Failure::unless_empty(&complaints)
}

/// Runs the mutations whose names hold one of the words, or all of them.
///
/// # Errors
/// When one survives its tests, or doesn't compile.
pub(crate) fn run(workspace: &Workspace, words: &[String]) -> Outcome {
    fit(workspace)?;
    let chosen: Vec<Mutation> = read(workspace)?
        .into_iter()
        .filter(|mutation| words.is_empty() || words.iter().any(|word| mutation.name.contains(word.as_str())))
        .collect();
    let copy = copied(workspace)?;
    let cluster = WithPostgres::start(workspace)?;
    let mut complaints = Vec::new();
    for mutation in &chosen {
        let outcome = survived(&copy, mutation, &cluster)?;
        match outcome {
            Ok(false) => println!("found     {}", mutation.name),
            Ok(true) => {
                println!("SURVIVED  {}", mutation.name);
                complaints.push(format!("'{}' survived {}", mutation.name, mutation.test));
            }
            Err(failure) => {
                println!("BROKEN    {}", mutation.name);
                complaints.push(format!("'{}': {failure}", mutation.name));
            }
        }
    }
    println!("\n{} passed, {} failed", chosen.len() - complaints.len(), complaints.len());
    Failure::unless_empty(&complaints)
}

/// Takes it out, asks the tests, and puts it back, whatever they said.
fn survived(copy: &Copy, mutation: &Mutation, cluster: &WithPostgres) -> Outcome<Outcome<bool>> {
    let file = copy.root.join(&mutation.file);
    // From the copy, not from the checkout: somebody may go on working there.
    let text = std::fs::read_to_string(&file).while_("read the copy")?;
    std::fs::write(&file, text.replacen(&mutation.find, &mutation.replace, 1)).while_("write the copy")?;
    let outcome = passes(copy, mutation, cluster);
    std::fs::write(&file, text).while_("restore the copy")?;
    Ok(outcome)
}

/// Whether the tests pass although something was taken out.
fn passes(copy: &Copy, mutation: &Mutation, cluster: &WithPostgres) -> Outcome<bool> {
    process::quiet(&mut copy.cargo(&["test", "--package", &mutation.package, "--tests", "--no-run"]))
        .while_("it doesn't compile")?;
    Ok(process::succeeds(cluster.tell(&mut copy.cargo(&[
        "test",
        "--package",
        &mutation.package,
        "--tests",
        &mutation.test,
    ]))))
}

/// The project once more, with a target folder of its own.
struct Copy {
    root: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("CARGO_MANIFEST_DIR");
        command
    }
}

fn copied(workspace: &Workspace) -> Outcome<Copy> {
    let at = workspace.target.join("xtask/mutations");
    let copy = Copy { root: at.join("project"), target: at.join("target") };
    for path in workspace.files()? {
        copy_if_changed(&workspace.root.join(&path), &copy.root.join(&path))?;
    }
    console::make_room_in(&copy.root)?;
    Ok(copy)
}

/// An unchanged file keeps its time, so that the compiler keeps its work.
fn copy_if_changed(from: &Path, to: &Path) -> Outcome {
    let new = std::fs::read(from).while_(format!("read {}", from.display()))?;
    if std::fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, new).while_(format!("write {}", to.display()))
}

fn read(workspace: &Workspace) -> Outcome<Vec<Mutation>> {
    let text = std::fs::read_to_string(workspace.path(FILE)).while_(format!("read {FILE}"))?;
    parse(&text)
}

fn parse(text: &str) -> Outcome<Vec<Mutation>> {
    let table: toml::Table = toml::from_str(text)?;
    let Some(list) = table.get("mutation").and_then(toml::Value::as_array) else {
        return Ok(Vec::new());
    };
    list.iter()
        .map(|entry| {
            let field = |name: &str| {
                entry
                    .get(name)
                    .and_then(toml::Value::as_str)
                    .map(str::to_owned)
                    .ok_or_else(|| Failure::new(format!("{FILE}: a mutation has no '{name}'")))
            };
            Ok(Mutation {
                name: field("name")?,
                file: field("file")?,
                find: field("find")?,
                replace: field("replace")?,
                package: field("package")?,
                test: field("test")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_without_a_test_is_told() {
        let text = "[[mutation]]\nname = 'a'\nfile = 'b'\nfind = 'c'\nreplace = 'd'\npackage = 'e'";
        assert!(parse(text).is_err());
        let whole = format!("{text}\ntest = 'f'");
        assert_eq!(parse(&whole).unwrap()[0].test, "f");
    }
}
