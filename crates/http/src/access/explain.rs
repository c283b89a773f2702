//! Why: what each gate says about a conversation, for oneself or for another user.

use crate::door::Door;
use crate::extract::{Asks, At, Signed, Speaks};
use crate::problem::{Answer, GateAnswer, gates};
use crate::wire::Id;
use crate::words::{self, Person};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use soundkeep_app::access::explain;
use soundkeep_app::domain::{ConversationId, UserId};
use utoipa::{IntoParams, ToSchema};

/// For whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Subject {
    /// Another user; oneself, when nothing is said.
    #[serde(default)]
    #[param(value_type = Option<Id>, nullable = false)]
    user: Option<UserId>,
}

/// What somebody may do to a conversation, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessExplanation {
    user: ExplainedUser,
    permissions: Vec<ExplainedPermission>,
}

/// Whose rights these are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedUser {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Null for a program.
    #[schema(required = true)]
    email: Option<String>,
}

/// A permission, whether it is granted here, and what each gate said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedPermission {
    permission: &'static str,
    /// What the permission allows.
    sentence: String,
    allowed: bool,
    gates: Vec<GateAnswer>,
}

/// Explains what somebody may do to a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/access", tag = "access",
    params(("id" = Id, Path, description = "The conversation."), Subject),
    responses((status = 200, description = "Every permission with its gates.", body = AccessExplanation)))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<ConversationId>,
    Asks(subject): Asks<Subject>,
) -> Answer<Json<AccessExplanation>> {
    let explanation = explain::explain(&door.vault, &caller, id, subject.user).await?;
    let person = match subject.user.filter(|user| caller.user() != Some(*user)) {
        Some(_) => Person::Other(explanation.name.clone()),
        None => Person::You,
    };
    let permissions = explanation.decisions.iter().map(|decision| ExplainedPermission {
        permission: decision.permission.key(),
        sentence: words::capital(words::permission(language, decision.permission)),
        allowed: decision.allowed,
        gates: gates(language, decision, &person),
    });
    let user = ExplainedUser {
        id: explanation.user.map_or_else(|| caller.identity().1, |user| user.to_string()),
        name: explanation.name,
        email: explanation.email,
    };
    Ok(Json(AccessExplanation { user, permissions: permissions.collect() }))
}
