//! `soundkeep recover`: the operator's way back into an organisation that locked itself out.

use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use soundkeep_app::identity::{recover_networks, recover_passwords, recover_user};
use soundkeep_app::{Error, Vault};

/// Ways back.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum RecoverCommand {
    /// Let people and programs come from any network, and users of any email domain
    Networks,
    /// Let people sign in with passwords again, when no identity provider answers
    Passwords,
    /// Switch a user on, take their second factors away, and print a link for a new password
    User {
        /// Their email address
        email: String,
        /// How people reach the console
        #[arg(skip)]
        console: String,
    },
}

impl RecoverCommand {
    /// The same with the address of the console.
    pub(crate) fn at(self, address: &str) -> Self {
        match self {
            Self::User { email, .. } => Self::User { email, console: address.trim_end_matches('/').to_owned() },
            Self::Networks | Self::Passwords => self,
        }
    }
}

/// # Errors
/// With a sentence for the operator.
pub(crate) async fn perform(
    vault: &Vault,
    slug: Option<&str>,
    command: RecoverCommand,
    output: &Output,
) -> Result<bool, Failure> {
    let organisation = organisation(vault, slug).await?;
    match command {
        RecoverCommand::Networks => {
            let changed = recover_networks(vault, organisation).await?;
            output
                .answer(match changed.is_empty() {
                    true => "Nothing was closed: people and programs may come from anywhere.".to_owned(),
                    false => format!("Back to the default: {}. Everybody may come from anywhere.", changed.join(", ")),
                })
                .await;
        }
        RecoverCommand::Passwords => {
            let changed = recover_passwords(vault, organisation).await?;
            let said = match changed {
                true => "People sign in with passwords again.",
                false => "Nothing was closed: people sign in with passwords.",
            };
            output.answer(said.to_owned()).await;
        }
        RecoverCommand::User { email, console } => {
            let link = recover_user(vault, organisation, &email).await.map_err(|error| match error {
                Error::NotFound => Failure::new(format!("there is no user {email}")),
                error => error.into(),
            })?;
            output.answer(format!("{console}/welcome#{}", link.token)).await;
        }
    }
    Ok(true)
}
