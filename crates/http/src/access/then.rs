//! Then: who could see, play and download a conversation at a past time, through which rule, and who did.

use super::who::{self as now, AccessUsers};
use crate::audit::events::LedgerEvent;
use crate::door::Door;
use crate::extract::{Asks, At, Signed, Speaks};
use crate::paging;
use crate::problem::{Answer, Refusal};
use crate::wire::{Id, Time};
use crate::words::Language;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::access::then;
use soundkeep_app::access::who::Asking;
use soundkeep_app::domain::access::Permission;
use soundkeep_app::domain::{ConversationId, Timestamp};
use utoipa::{IntoParams, ToSchema};

/// When, and of whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// A time that has passed; now, when nothing is said.
    #[serde(default)]
    #[param(value_type = Option<Time>, nullable = false)]
    at: Option<Timestamp>,
    /// Only those who could do this, or were held back from it: `conversations.view`, `recordings.play` or
    /// `recordings.download`.
    #[serde(default)]
    #[param(nullable = false)]
    permission: Option<String>,
    /// With a permission: only those for whom that was so.
    #[serde(default)]
    #[param(nullable = false)]
    outcome: Option<now::Outcome>,
    /// A part of the name, or of the email address, that they had then.
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

/// Who could see, play and download a conversation at a past time, and who did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessThen {
    #[schema(value_type = Time)]
    at: Timestamp,
    /// Whether the conversation was in the vault by then; else nobody could.
    in_vault: bool,
    /// Whether numbers and tags of that time are erased since: what rules over them said can't be told any more.
    values_erased: bool,
    /// Who could; null when it wasn't in the vault.
    #[schema(required = true)]
    access: Option<AccessUsers>,
    /// By what, for each user of the page.
    grounds: Vec<AccessGround>,
    /// Who did, up to that time; null for whoever may not read the ledger.
    #[schema(required = true)]
    did: Option<AccessDid>,
}

/// Something by which a user could, or couldn't, do a thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessGround {
    #[schema(value_type = Id)]
    user: String,
    what: GroundKind,
    /// What people called it then.
    #[schema(required = true)]
    name: Option<String>,
    /// What hangs on it.
    permissions: Vec<&'static str>,
    /// Since when the vault had known it so; null when only the ledger tells.
    #[schema(value_type = Option<Time>, required = true)]
    since: Option<Timestamp>,
    /// The event that tells of it; null for whoever may not read the ledger, and when none was written.
    #[schema(required = true)]
    event: Option<LedgerEvent>,
}

/// What a ground is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessGroundKind)]
pub(crate) enum GroundKind {
    /// The account was what it was.
    Account,
    /// A role was given.
    Assignment,
    /// A role had its lines.
    Role,
    /// The user looked after a group.
    Supervisor,
    /// An access group had its rules and was assigned to them.
    AccessGroup,
    /// The user was a member of what an access group was assigned to.
    Member,
    /// The conversation was somebody's.
    Attribution,
}

impl From<then::What> for GroundKind {
    fn from(what: then::What) -> Self {
        match what {
            then::What::Account => Self::Account,
            then::What::Assignment => Self::Assignment,
            then::What::Role => Self::Role,
            then::What::Supervisor => Self::Supervisor,
            then::What::AccessGroup => Self::AccessGroup,
            then::What::Member => Self::Member,
            then::What::Attribution => Self::Attribution,
        }
    }
}

/// Who did, as far as the ledger tells; newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessDid {
    /// Listenings with what was heard, waveforms and notes that were looked at.
    done: Vec<LedgerEvent>,
    /// What was refused.
    refused: Vec<LedgerEvent>,
    /// Whether there is more that is older; the conversation's history has it.
    goes_on: bool,
}

/// Tells who could see, play and download a conversation at a past time, through which rule, and who did.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/access/then", tag = "access",
    params(("id" = Id, Path, description = "The conversation."), Question),
    responses((status = 200, description = "How many, a page of users, by what, and who did.", body = AccessThen)))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<ConversationId>,
    OriginalUri(uri): OriginalUri,
    Asks(question): Asks<Question>,
) -> Answer<Response> {
    let found = then::then(&door.vault, &caller, id, question.at, &question.asking()?).await?;
    let answer = AccessThen::of(language, found);
    let next = answer.access.as_ref().and_then(AccessUsers::next).map(str::to_owned);
    Ok(paging::linked(&uri, answer, next.as_deref()))
}

/// The answer as the API gives it, for the command line.
#[must_use]
pub fn document(language: Language, found: then::Then) -> serde_json::Value {
    serde_json::json!(AccessThen::of(language, found))
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

impl AccessThen {
    fn of(language: Language, mut found: then::Then) -> Self {
        let users = found.who.iter().flat_map(|who| &who.users).map(|user| user.person.id).collect::<Vec<_>>();
        let grounds = users.into_iter().flat_map(|user| {
            let made = found.made.remove(&user).unwrap_or_default();
            made.into_iter().map(move |ground| AccessGround {
                user: user.to_string(),
                what: ground.what.into(),
                name: ground.name,
                permissions: ground.permissions.into_iter().map(Permission::key).collect(),
                since: ground.since,
                event: ground.event.map(LedgerEvent::from),
            })
        });
        let events = |entries: Vec<_>| entries.into_iter().map(LedgerEvent::from).collect();
        Self {
            at: found.at,
            in_vault: found.who.is_some(),
            values_erased: found.is_erased,
            grounds: grounds.collect(),
            access: found.who.map(|who| AccessUsers::of(language, who)),
            did: found.did.map(|did| AccessDid {
                done: events(did.done),
                refused: events(did.refused),
                goes_on: did.goes_on,
            }),
        }
    }
}
