//! `soundkeep access what-if`: what a change of rights would do. Changes nothing.

use super::user_named;
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use soundkeep_app::access::weigh::{Effect, Party, Range, Shift};
use soundkeep_app::access::what_if::{self, Change};
use soundkeep_app::domain::access::{AccountState, Column, Limit};
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::domain::{OrganisationId, UserId};
use soundkeep_app::identity::{Bond, NewAssignment};
use soundkeep_app::{Error, Vault};
use soundkeep_http::words::{self, Language};
use soundkeep_http::{access_group_wish, effect_document, role_lines};
use std::path::PathBuf;
use std::time::Duration;

/// Names of a party that are printed; the number of the others stands beside.
const NAMED_MAX: usize = 10;
/// Between two looks at how far the counting is.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// A change that is asked about.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wanted {
    /// A user is given a role
    Assign {
        /// Their email address
        #[arg(long)]
        user: String,
        /// The role by key, id or name
        #[arg(long)]
        role: String,
        /// Only in these groups, by name or id
        #[arg(long, value_delimiter = ',', conflicts_with = "supervised")]
        groups: Vec<String>,
        /// Only in the groups that they supervise
        #[arg(long)]
        supervised: bool,
    },
    /// A role is taken from a user
    Unassign {
        /// Their email address
        #[arg(long)]
        user: String,
        /// The role by key, id or name
        #[arg(long)]
        role: String,
    },
    /// A user comes to belong to a group
    Join(Belonging),
    /// A user belongs to a group no more
    Leave(Belonging),
    /// A user is switched off
    Disable {
        /// Their email address
        #[arg(long)]
        user: String,
    },
    /// A user is switched on again
    Enable {
        /// Their email address
        #[arg(long)]
        user: String,
    },
    /// The role of this name has the lines of the file
    Role {
        /// {"name": …, "permissions": {"recordings.play": "groups", …}}
        file: PathBuf,
        /// What the file says, read where the command was typed
        #[arg(skip)]
        text: Option<String>,
    },
    /// The access group of this name is as the file says; if there is none, it is made
    AccessGroup {
        /// What the API takes: {"name": …, "rows": …, "columns": …, "targets": …}
        file: PathBuf,
        /// What the file says, read where the command was typed
        #[arg(skip)]
        text: Option<String>,
    },
    /// A setting is decided anew
    Set {
        /// Such as groups_since_appointment=true
        #[arg(value_name = "KEY=VALUE")]
        setting: String,
    },
}

/// Somebody and a group.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct Belonging {
    /// Its name or id
    #[arg(long)]
    group: String,
    /// Their email address
    #[arg(long)]
    user: String,
    /// As what they belong to it
    #[arg(long = "as", default_value = "member", value_parser = ["member", "supervisor"])]
    bond: String,
}

impl Wanted {
    /// The file that it names, and where its text goes.
    pub(crate) const fn file(&mut self) -> Option<(&mut PathBuf, &mut Option<String>)> {
        match self {
            Self::Role { file, text } | Self::AccessGroup { file, text } => Some((file, text)),
            _ => None,
        }
    }
}

pub(super) async fn what_if(
    vault: &Vault,
    slug: Option<&str>,
    wanted: &Wanted,
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let (organisation, change) = change(vault, slug, wanted).await?;
    let mut effect = what_if::what_if(vault, organisation, &change).await?;
    while effect.counting.is_some() {
        tokio::time::sleep(LOOKS_AGAIN_AFTER).await;
        effect = what_if::what_if(vault, organisation, &change).await?;
    }
    if json {
        output.answer(effect_document(Language::English, &effect).to_string()).await;
        return Ok(true);
    }
    told(&effect, output).await;
    Ok(true)
}

async fn change(vault: &Vault, slug: Option<&str>, wanted: &Wanted) -> Result<(OrganisationId, Change), Failure> {
    let change = match wanted {
        Wanted::Assign { user, role, groups, supervised } => {
            let (organisation, user) = user_named(vault, slug, user).await?;
            let role = found(what_if::role_named(vault, organisation, role).await, "role", role)?;
            let mut named = Vec::with_capacity(groups.len());
            for group in groups {
                named.push(found(what_if::group_named(vault, organisation, group).await, "group", group)?);
            }
            let limit = match (supervised, named.is_empty()) {
                (true, _) => Limit::Supervised,
                (false, true) => Limit::None,
                (false, false) => Limit::Named(named),
            };
            (organisation, Change::Assign(user, NewAssignment { role, limit, until: None }))
        }
        Wanted::Unassign { user, role } => {
            let (organisation, user) = user_named(vault, slug, user).await?;
            let role = found(what_if::role_named(vault, organisation, role).await, "role", role)?;
            (organisation, Change::Unassign(user, role))
        }
        Wanted::Join(of) => {
            let (organisation, user, bond) = belonging(vault, slug, of).await?;
            let group = found(what_if::group_named(vault, organisation, &of.group).await, "group", &of.group)?;
            (organisation, Change::Join(bond, group, user))
        }
        Wanted::Leave(of) => {
            let (organisation, user, bond) = belonging(vault, slug, of).await?;
            let group = found(what_if::group_named(vault, organisation, &of.group).await, "group", &of.group)?;
            (organisation, Change::Leave(bond, group, user))
        }
        Wanted::Disable { user } => {
            let (organisation, user) = user_named(vault, slug, user).await?;
            (organisation, Change::Switch(user, AccountState::Disabled))
        }
        Wanted::Enable { user } => {
            let (organisation, user) = user_named(vault, slug, user).await?;
            (organisation, Change::Switch(user, AccountState::Active))
        }
        Wanted::Role { text, .. } => {
            let (name, lines) = role_lines(text.as_deref().unwrap_or_default())?;
            (organisation(vault, slug).await?, Change::Role(name, lines))
        }
        Wanted::AccessGroup { text, .. } => {
            let wish = access_group_wish(text.as_deref().unwrap_or_default())?;
            (organisation(vault, slug).await?, Change::AccessGroup(wish))
        }
        Wanted::Set { setting } => {
            let (key, value) = setting
                .split_once('=')
                .ok_or_else(|| Failure::new("write it as KEY=VALUE, such as groups_since_appointment=true"))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            let wish = Wish { channel: None, key: key.to_owned(), value: Some(value) };
            (organisation(vault, slug).await?, Change::Set(wish))
        }
    };
    Ok(change)
}

async fn belonging(
    vault: &Vault,
    slug: Option<&str>,
    of: &Belonging,
) -> Result<(OrganisationId, UserId, Bond), Failure> {
    let (organisation, user) = user_named(vault, slug, &of.user).await?;
    let bond = if of.bond == Bond::Supervisor.word() { Bond::Supervisor } else { Bond::Member };
    Ok((organisation, user, bond))
}

fn found<T>(outcome: Result<T, Error>, what: &str, name: &str) -> Result<T, Failure> {
    outcome.map_err(|error| match error {
        Error::NotFound => Failure::new(format!("there is no {what} {name:?}")),
        error => error.into(),
    })
}

async fn told(effect: &Effect, output: &Output) {
    if effect.parties.is_empty() {
        output.answer("Nobody gains or loses anything.".to_owned()).await;
        return;
    }
    let gaining = effect.gaining() + effect.programs_gaining();
    let losing = effect.losing() + effect.programs_losing();
    output.answer(format!("{gaining} gain something, {losing} lose something.")).await;
    for party in &effect.parties {
        of_party(party, output).await;
    }
    for ask in &effect.asks {
        output.answer(format!("To be confirmed: {}", words::effect_ask(Language::English, *ask))).await;
    }
}

async fn of_party(party: &Party, output: &Output) {
    let mut people: Vec<String> = party.people.iter().take(NAMED_MAX).map(|person| person.email.clone()).collect();
    if party.people.len() > NAMED_MAX {
        people.push(format!("{} others", party.people.len() - NAMED_MAX));
    }
    people.extend(party.programs.iter().map(|program| format!("the program {:?}", program.name)));
    output.answer(people.join(", ")).await;
    let line = |shift: &Shift, range: Option<Range>| format!("{}{}", shift.permission.key(), conversations(range));
    let gains = party.shifts.iter().filter(|shift| shift.gains).map(|shift| ("gain", line(shift, shift.gained)));
    let losses = party.shifts.iter().filter(|shift| shift.loses).map(|shift| ("lose", line(shift, shift.lost)));
    let columns = |word, columns: &[Column]| {
        let keys: Vec<&str> = columns.iter().map(|column| column.key()).collect();
        (!keys.is_empty()).then(|| (word, format!("columns: {}", keys.join(", "))))
    };
    let lines = gains.chain(columns("gain", &party.shown)).chain(losses).chain(columns("lose", &party.hidden));
    for (word, line) in lines {
        output.answer(format!("  {word} {line}")).await;
    }
}

fn conversations(range: Option<Range>) -> String {
    match range {
        None => String::new(),
        Some(Range { most: 0, .. }) => ": no conversation that there is, only ones to come".to_owned(),
        Some(Range { least: 1, most: 1 }) => ": 1 conversation".to_owned(),
        Some(Range { least, most }) if least == most => format!(": {most} conversations"),
        Some(Range { least, most }) => format!(": {least} to {most} conversations each"),
    }
}
