//! Who: everybody who may see, play or download a conversation, through which rule, and who nearly may.

use crate::door::Door;
use crate::extract::{Asks, At, Signed, Speaks};
use crate::paging;
use crate::problem::{Answer, GateAnswer, Refusal, gate};
use crate::wire::{Id, Named, UserState};
use crate::words::{self, Language, Person};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::access::who::{self, Asking, Verdict};
use soundkeep_app::domain::ConversationId;
use soundkeep_app::domain::access::Permission;
use utoipa::{IntoParams, ToSchema};

/// Of whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Only those who may do this, or are held back from it: `conversations.view`, `recordings.play` or
    /// `recordings.download`.
    #[serde(default)]
    #[param(nullable = false)]
    permission: Option<String>,
    /// With a permission: only those for whom that is so.
    #[serde(default)]
    #[param(nullable = false)]
    outcome: Option<Outcome>,
    /// A part of the name, or of the email address.
    #[serde(default)]
    #[param(nullable = false)]
    q: Option<String>,
    /// Rows of a page.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    limit: Option<u32>,
    /// Where the page before said that it goes on.
    #[serde(default)]
    #[param(nullable = false)]
    cursor: Option<String>,
}

impl Question {
    fn asking(&self) -> Answer<Asking> {
        let named =
            |name: &str| name.parse().map_err(|_| Refusal::invalid("permission", "there is no such permission"));
        let after = self.cursor.as_deref().map(str::parse).transpose();
        Ok(Asking {
            permission: self.permission.as_deref().map(named).transpose()?,
            outcome: self.outcome.map(Into::into),
            search: self.q.clone(),
            after: after.map_err(|_| Refusal::invalid("cursor", "not a cursor of this list"))?,
            limit: paging::rows(self.limit)?,
        })
    }
}

/// How near somebody is to doing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessOutcome)]
pub(crate) enum Outcome {
    /// They may.
    May,
    /// A role of theirs reaches the conversation, and something else keeps them from it.
    HeldBack,
    /// No role of theirs reaches it.
    MayNot,
    /// It depends on something that you may not see.
    NotTold,
}

impl From<who::Outcome> for Outcome {
    fn from(outcome: who::Outcome) -> Self {
        match outcome {
            who::Outcome::May => Self::May,
            who::Outcome::HeldBack => Self::HeldBack,
            who::Outcome::MayNot => Self::MayNot,
            who::Outcome::NotTold => Self::NotTold,
        }
    }
}
impl From<Outcome> for who::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::May => Self::May,
            Outcome::HeldBack => Self::HeldBack,
            Outcome::MayNot => Self::MayNot,
            Outcome::NotTold => Self::NotTold,
        }
    }
}

/// Who may see, play and download a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessUsers {
    /// How many may, of all users and programs.
    permissions: Vec<AccessCount>,
    /// Programs that may do, or are held back from, what is asked.
    programs: Vec<ProgramAccess>,
    /// Users in the order of their names.
    items: Vec<UserAccess>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    next: Option<String>,
}

/// How many may do a thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessCount {
    permission: &'static str,
    /// What it allows.
    sentence: String,
    /// Whether its feature exists; else it says who may once it comes.
    available: bool,
    /// Users who may.
    may: u64,
    /// Users whose roles reach it and who are kept from it by something else.
    held_back: u64,
    /// Users whose roles don't reach it.
    may_not: u64,
    /// Users of whom it isn't told: it depends on something that you may not see.
    not_told: u64,
    /// Programs that may.
    programs: u64,
}

/// A user, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserAccess {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    email: String,
    state: UserState,
    access: Vec<AccessVerdict>,
}

/// A program, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgramAccess {
    /// Its API key.
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// The name of its role, unless it acts for a user.
    #[schema(required = true)]
    role: Option<String>,
    /// The user that it acts for.
    #[schema(required = true)]
    acts_for: Option<Named>,
    access: Vec<AccessVerdict>,
}

/// Whether somebody may do a thing, and what decides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessVerdict {
    permission: &'static str,
    outcome: Outcome,
    /// The gate that decides: the first that refuses, or the role that allows it.
    #[schema(required = true)]
    rule: Option<GateAnswer>,
}

/// Tells who may see, play and download a conversation, and through which rule.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/access/users", tag = "access",
    params(("id" = Id, Path, description = "The conversation."), Question),
    responses((status = 200, description = "How many, and a page of users.", body = AccessUsers)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<ConversationId>,
    OriginalUri(uri): OriginalUri,
    Asks(question): Asks<Question>,
) -> Answer<Response> {
    let found = who::who(&door.vault, &caller, id, &question.asking()?).await?;
    let answer = AccessUsers::of(language, found);
    let next = answer.next.clone();
    Ok(paging::linked(&uri, answer, next.as_deref()))
}

/// The answer as JSON, for who asks at the command line.
#[must_use]
pub fn document(language: Language, found: who::Who) -> serde_json::Value {
    serde_json::json!(AccessUsers::of(language, found))
}

impl AccessUsers {
    /// Where the next page begins.
    pub(super) fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
    pub(super) fn of(language: Language, found: who::Who) -> Self {
        let count = |count: who::Count| AccessCount {
            permission: count.permission.key(),
            sentence: words::capital(words::permission(language, count.permission)),
            available: count.permission.row().available,
            may: count.may,
            held_back: count.held_back,
            may_not: count.may_not,
            not_told: count.not_told,
            programs: count.programs,
        };
        let user = |user: who::UserAccess| UserAccess {
            id: user.person.id.to_string(),
            access: verdicts(language, &user.verdicts, &user.person.name),
            name: user.person.name,
            email: user.person.email,
            state: user.person.state.into(),
        };
        let program = |program: who::ProgramAccess| ProgramAccess {
            id: program.key.to_string(),
            access: verdicts(language, &program.verdicts, &program.name),
            name: program.name,
            role: program.acts_for.is_none().then(|| program.rights_name.clone()),
            acts_for: program.acts_for.map(|user| Named { id: user.to_string(), name: program.rights_name }),
        };
        Self {
            permissions: found.counts.into_iter().map(count).collect(),
            programs: found.programs.into_iter().map(program).collect(),
            items: found.users.into_iter().map(user).collect(),
            next: found.next.map(|next| next.to_string()),
        }
    }
}

fn verdicts(language: Language, verdicts: &[Verdict], name: &str) -> Vec<AccessVerdict> {
    let person = Person::Other(name.to_owned());
    let each = verdicts.iter().map(|verdict| {
        let permission: Permission = verdict.explained.permission;
        AccessVerdict {
            permission: permission.key(),
            outcome: verdict.outcome.into(),
            rule: verdict.rule().map(|rule| gate(language, rule, permission, &person)),
        }
    });
    each.collect()
}
