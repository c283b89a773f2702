//! `soundkeep access`: who may do what, and why.
//!
//! Everything here asks with the operator's rights, and the ledger says that it did. Decides nothing.

mod then;
mod what_if;

use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use soundkeep_app::access::tests::Finding;
use soundkeep_app::access::who::{Asking, Outcome};
use soundkeep_app::domain::access::{AccountState, Permission, matrix_csv};
use soundkeep_app::domain::{OrganisationId, Timestamp, UserId};
use soundkeep_app::{Vault, operator};
use soundkeep_http::words::{self, Language, Person};
use soundkeep_http::{access_tests_document, reach_document, who_document};
use std::path::PathBuf;

/// What is asked, as it also travels to the process that holds the vault.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessCommand {
    /// The built-in roles
    Matrix {
        /// csv
        #[arg(long, default_value = "csv", value_parser = ["csv"])]
        format: String,
    },
    /// Why a user may or may not do something
    #[command(visible_alias = "explain")]
    Why {
        /// Their email address
        #[arg(long)]
        user: String,
        /// Such as recordings.play
        #[arg(long)]
        permission: String,
        /// The id of a recording or conversation
        #[arg(long)]
        recording: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Who may see, play and download a recording, and through which rule
    Who {
        /// The id of a recording or conversation
        #[arg(long)]
        recording: String,
        /// Only this: conversations.view, recordings.play or recordings.download
        #[arg(long)]
        permission: Option<String>,
        /// Print JSON, as the API answers
        #[arg(long)]
        json: bool,
    },
    /// Who could see, play and download a recording at a past time, through which rule, and who did
    Then {
        /// The id of a recording or conversation
        #[arg(long)]
        recording: String,
        /// The time, such as 2026-11-22T09:30:00Z
        #[arg(long, value_name = "TIME")]
        at: String,
        /// Only this: conversations.view, recordings.play or recordings.download
        #[arg(long)]
        permission: Option<String>,
        /// Print JSON, as the API answers
        #[arg(long)]
        json: bool,
    },
    /// Whether the access tests hold
    Test {
        /// Run those of this file instead of those that are kept
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// What the file says, read where the command was typed
        #[arg(skip)]
        text: Option<String>,
        /// Print the access tests that are kept, to be saved in a file, and run none
        #[arg(long, conflicts_with_all = ["file", "json"])]
        print: bool,
        /// Print JSON, as the API answers
        #[arg(long)]
        json: bool,
    },
    /// What a change of rights would do: who gains and who loses what. Nothing is changed
    WhatIf {
        #[command(subcommand)]
        change: what_if::Wanted,
        /// Print JSON, as the API answers
        #[arg(long, global = true)]
        json: bool,
    },
    /// What a user reaches
    Reach {
        /// Their email address
        #[arg(long)]
        user: String,
        /// Print JSON, as the API answers
        #[arg(long)]
        json: bool,
    },
}

impl AccessCommand {
    /// With the file that it names: whoever holds the vault may stand in another folder.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn with_file(mut self) -> Result<Self, Failure> {
        let named = match &mut self {
            Self::Test { file: Some(file), text, .. } => Some((file, text)),
            Self::WhatIf { change, .. } => change.file(),
            _ => None,
        };
        if let Some((file, text)) = named {
            let read = std::fs::read_to_string(&*file);
            *text = Some(read.map_err(|error| Failure::new(format!("{} can't be read: {error}", file.display())))?);
        }
        Ok(self)
    }
}

/// Answers what needs the vault; says whether it went well.
///
/// # Errors
/// With a sentence for the person who asked.
pub(crate) async fn perform(
    vault: &Vault,
    slug: Option<&str>,
    command: &AccessCommand,
    output: &Output,
) -> Result<bool, Failure> {
    match command {
        AccessCommand::Matrix { .. } => {
            output.text(matrix_csv()).await;
            Ok(true)
        }
        AccessCommand::Why { user, permission, recording, json } => {
            why(vault, slug, (user, permission, recording), *json, output).await
        }
        AccessCommand::Who { recording, permission, json } => {
            who(vault, slug, (recording, permission.as_deref()), *json, output).await
        }
        AccessCommand::Then { recording, at, permission, json } => {
            then::then(vault, slug, (recording, at, permission.as_deref()), *json, output).await
        }
        AccessCommand::Test { text, print, json, .. } => {
            test(vault, slug, (text.as_deref(), *print), *json, output).await
        }
        AccessCommand::WhatIf { change, json } => what_if::what_if(vault, slug, change, *json, output).await,
        AccessCommand::Reach { user, json } => reach(vault, slug, user, *json, output).await,
    }
}

/// A permission by its name.
fn permission_named(name: &str) -> Result<Permission, Failure> {
    let unknown = |_| Failure::new(format!("there is no permission {name:?}: see `soundkeep access matrix`"));
    name.parse().map_err(unknown)
}

/// The organisation that is named, if one is: without a name, the user or recording says which it is.
async fn named(vault: &Vault, slug: Option<&str>) -> Result<Option<OrganisationId>, Failure> {
    match slug {
        Some(slug) => Ok(Some(organisation(vault, Some(slug)).await?)),
        None => Ok(None),
    }
}

/// A user by their address, and their organisation.
async fn user_named(vault: &Vault, slug: Option<&str>, email: &str) -> Result<(OrganisationId, UserId), Failure> {
    let wanted = named(vault, slug).await?;
    operator::user_by_email(vault, wanted, email).await.map_err(|error| match error {
        soundkeep_app::Error::NotFound => Failure::new(format!("there is no user {email:?}")),
        error => error.into(),
    })
}

fn no_recording(error: soundkeep_app::Error, recording: &str) -> Failure {
    match error {
        soundkeep_app::Error::NotFound => Failure::new(format!("there is no recording or conversation {recording:?}")),
        error => error.into(),
    }
}

async fn who(
    vault: &Vault,
    slug: Option<&str>,
    (recording, permission): (&str, Option<&str>),
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let permission = permission.map(permission_named).transpose()?;
    let asking = Asking { permission, limit: u32::MAX, ..Asking::default() };
    let found = operator::who(vault, organisation(vault, slug).await?, recording, &asking).await;
    let found = found.map_err(|error| no_recording(error, recording))?;
    if json {
        output.answer(who_document(Language::English, found).to_string()).await;
        return Ok(true);
    }
    for (at, count) in found.counts.iter().enumerate() {
        if permission.is_some_and(|permission| permission != count.permission) {
            continue;
        }
        let row = count.permission.row();
        let coming = if row.available { "" } else { " (coming)" };
        output.answer(format!("{}: {}{coming}", row.key, row.meaning)).await;
        let (may, back, not, programs) = (count.may, count.held_back, count.may_not, count.programs);
        output.answer(format!("  users: {may} may, {back} held back, {not} may not; programs: {programs} may")).await;
        let users = found.users.iter().map(|user| (&user.person.email, &user.person.name, &user.verdicts));
        let programs = found.programs.iter().map(|program| (&program.name, &program.name, &program.verdicts));
        for (shown, name, verdicts) in users.chain(programs) {
            let Some(verdict) = verdicts.get(at) else { continue };
            let word = match verdict.outcome {
                Outcome::May => "may",
                Outcome::HeldBack | Outcome::NotTold => "held back",
                Outcome::MayNot => continue,
            };
            let rule = verdict
                .rule()
                .map(|rule| words::gate(Language::English, rule, count.permission, &Person::Other(name.clone())));
            output.answer(format!("  {word:<9} {shown}: {}", rule.unwrap_or_default())).await;
        }
    }
    Ok(true)
}

async fn test(
    vault: &Vault,
    slug: Option<&str>,
    (text, print): (Option<&str>, bool),
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let organisation = organisation(vault, slug).await?;
    if print {
        output.text(operator::access_tests(vault, organisation).await?.text).await;
        return Ok(true);
    }
    let run = operator::run_access_tests(vault, organisation, text).await?;
    let holds = run.all_hold();
    if json {
        output.answer(access_tests_document(Language::English, run).to_string()).await;
        return Ok(holds);
    }
    for error in &run.unreadable {
        output.answer(format!("line {}: {}", error.line, words::unreadable(Language::English, error))).await;
    }
    let mut broken = 0;
    for line in &run.lines {
        let Finding::Broken { witnesses, count, .. } = &line.finding else { continue };
        broken += 1;
        output.answer(format!("line {}: {}", line.number, line.text)).await;
        output.answer(format!("  {}", words::finding(Language::English, &line.finding))).await;
        for witness in witnesses {
            output.answer(format!("  {}", words::witness(Language::English, witness))).await;
        }
        if *count > witnesses.len() {
            output.answer(format!("  and {} more", count - witnesses.len())).await;
        }
    }
    let (all, unreadable) = (run.lines.len(), run.unreadable.len());
    output.answer(format!("{} hold, {broken} broken, {unreadable} can't be read", all - broken)).await;
    Ok(holds)
}

async fn reach(vault: &Vault, slug: Option<&str>, user: &str, json: bool, output: &Output) -> Result<bool, Failure> {
    let (organisation, id) = user_named(vault, slug, user).await?;
    let found = operator::reach(vault, organisation, id).await?;
    if json {
        output.answer(reach_document(Language::English, found).to_string()).await;
        return Ok(true);
    }
    let person = Person::Other(found.person.name.clone());
    match found.person.state {
        AccountState::Active => {}
        AccountState::Invited => output.answer("Invited, not yet come in: until then they reach nothing.").await,
        AccountState::Disabled => output.answer("Switched off: they reach nothing of this.").await,
    }
    let until = |until: Option<Timestamp>| until.map_or_else(String::new, |until| format!(" Until {until}."));
    for reached in found.conversations.iter().filter(|reached| !reached.ways.is_empty()) {
        output.answer(format!("{}: {}", reached.permission.key(), reached.permission.row().meaning)).await;
        for way in &reached.ways {
            let sentence = words::reach_way(Language::English, way, &person);
            output.answer(format!("  {sentence}{}", until(way.given.until))).await;
        }
        if let Some(refused) = &reached.refused {
            let sentence = words::gate(Language::English, refused, reached.permission, &person);
            output.answer(format!("  In none of them: {sentence}")).await;
        }
    }
    for plain in &found.plain {
        let (key, role) = (plain.permission.key(), &plain.given.role_name);
        output.answer(format!("{key}: through the role “{role}”.{}", until(plain.given.until))).await;
    }
    for group in found.narrowing.iter().flatten() {
        output.answer(format!("Narrowed by the access group “{}”:", group.name)).await;
        for rule in words::row_rules(Language::English, &group.rows, &group.group_names) {
            output.answer(format!("  {rule}")).await;
        }
        if !group.hides.is_empty() {
            let columns: Vec<&str> = group.hides.iter().map(|column| column.key()).collect();
            output.answer(format!("  Hidden columns: {}.", columns.join(", "))).await;
        }
    }
    Ok(true)
}

async fn why(
    vault: &Vault,
    slug: Option<&str>,
    (user, permission, recording): (&str, &str, &str),
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let permission = permission_named(permission)?;
    let (organisation, id) = user_named(vault, slug, user).await?;
    let explained = operator::explain(vault, organisation, id, permission, recording).await;
    let explained = explained.map_err(|error| no_recording(error, recording))?;
    let person = Person::Other(user.to_owned());
    let gates: Vec<(&str, bool, String)> = explained
        .gates
        .iter()
        .map(|gate| (gate.gate.key(), gate.passed, words::gate(Language::English, gate, permission, &person)))
        .collect();
    if json {
        let gates: Vec<_> = explained
            .gates
            .iter()
            .zip(&gates)
            .map(|(gate, (key, passed, sentence))| {
                let outcome = if *passed { "passed" } else { "failed" };
                let set_in = words::set_in(Language::English, gate);
                serde_json::json!({
                    "gate": key, "outcome": outcome, "code": gate.code, "sentence": sentence, "set_in": set_in,
                })
            })
            .collect();
        let answer = serde_json::json!({
            "user": user, "permission": permission.key(), "recording": recording,
            "allowed": explained.allowed, "gates": gates,
        });
        output.answer(answer.to_string()).await;
        return Ok(true);
    }
    let verdict = if explained.allowed { "may" } else { "may not" };
    output.answer(format!("{user} {verdict} {}.", permission.row().meaning)).await;
    for (gate, passed, sentence) in gates {
        output.answer(format!("  {} {gate}: {sentence}", if passed { "passed" } else { "failed" })).await;
    }
    Ok(true)
}
