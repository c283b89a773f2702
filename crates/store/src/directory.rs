//! What directories say by SCIM: their tokens, the users that they manage, and their groups.
//!
//! A user of a directory is a user like every other, with a row beside that says who manages them and what else is
//! known of them. Decides nothing and reads no document.

pub mod groups;
pub mod tokens;
pub mod users;

use crate::database::Sql;
use soundkeep_domain::{ProviderId, Timestamp, UserId};

/// Whom a directory sees: its own users, and those that nobody manages and whose addresses it may vouch for.
#[derive(Debug, Clone)]
pub struct View {
    /// The provider.
    pub provider: ProviderId,
    /// Domains of email addresses.
    pub domains: Vec<String>,
    /// Whether it is these domains; else all but these.
    pub only_these: bool,
}

/// What a list of users or groups is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// By its id.
    Id(Vec<u8>),
    /// By its name: what users sign in as, in lower case, or what groups are called, folded.
    Name(String),
    /// By the directory's name of it.
    ExternalId(String),
    /// Users who may come in, or may not.
    Active(bool),
    /// Groups that this user belongs to.
    Member(UserId),
    /// Changed after this time, or before it.
    Changed(Side, Timestamp),
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
    /// None at all.
    Nothing,
}

/// On which side of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Later.
    After,
    /// Then or later.
    From,
    /// Earlier.
    Before,
    /// Then or earlier.
    Until,
}

impl Side {
    const fn sign(self) -> &'static str {
        match self {
            Self::After => ">",
            Self::From => ">=",
            Self::Before => "<",
            Self::Until => "<=",
        }
    }
}

/// Columns that conditions are about.
struct Columns {
    id: &'static str,
    name: fn(&mut Sql, &str),
    external_id: &'static str,
    active: Option<&'static str>,
    member: Option<fn(&mut Sql, UserId)>,
    changed: &'static str,
}

fn push(sql: &mut Sql, condition: &Condition, columns: &Columns) {
    match condition {
        Condition::Id(id) => {
            sql.push(columns.id).push(" = ").bind(id.clone());
        }
        Condition::Name(name) => (columns.name)(sql, name),
        Condition::ExternalId(id) => {
            sql.push(columns.external_id).push(" = ").bind(id);
        }
        Condition::Active(active) => match columns.active {
            Some(column) => {
                sql.push(column).push(if *active { " <> 'disabled'" } else { " = 'disabled'" });
            }
            None => {
                sql.push("1 = 0");
            }
        },
        Condition::Member(user) => match columns.member {
            Some(member) => member(sql, *user),
            None => {
                sql.push("1 = 0");
            }
        },
        Condition::Changed(side, at) => {
            sql.push(columns.changed).push(" ").push(side.sign()).push(" ").bind(*at);
        }
        Condition::All(all) => push_several(sql, all, (" AND ", "1 = 1"), columns),
        Condition::Any(any) => push_several(sql, any, (" OR ", "1 = 0"), columns),
        Condition::Nothing => {
            sql.push("1 = 0");
        }
    }
}

fn push_several(sql: &mut Sql, several: &[Condition], (between, none): (&str, &str), columns: &Columns) {
    if several.is_empty() {
        sql.push(none);
        return;
    }
    sql.push("(");
    for (at, condition) in several.iter().enumerate() {
        if at > 0 {
            sql.push(between);
        }
        push(sql, condition, columns);
    }
    sql.push(")");
}
