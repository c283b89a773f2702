//! `soundkeep access`: who may do what, and why.
//!
//! Everything here asks with the operator's rights, and the ledger says that it did. Decides nothing.

use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::OrganisationId;
use soundkeep_app::domain::access::{Permission, matrix_csv};
use soundkeep_app::{Vault, operator};
use soundkeep_http::words::{self, Language, Person};

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

async fn why(
    vault: &Vault,
    slug: Option<&str>,
    (user, permission, recording): (&str, &str, &str),
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let permission = permission_named(permission)?;
    let wanted = named(vault, slug).await?;
    let (organisation, id) = operator::user_by_email(vault, wanted, user).await.map_err(|error| match error {
        soundkeep_app::Error::NotFound => Failure::new(format!("there is no user {user:?}")),
        error => error.into(),
    })?;
    let explained =
        operator::explain(vault, organisation, id, permission, recording).await.map_err(|error| match error {
            soundkeep_app::Error::NotFound => {
                Failure::new(format!("there is no recording or conversation {recording:?}"))
            }
            error => error.into(),
        })?;
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
