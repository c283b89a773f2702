//! What a change of rights would do, asked for with a header on the very request that would make it, and what confirms it.

use crate::extract::Asked;
use crate::problem::{Answer, Refusal};
use crate::routes::Route;
use crate::wire::Id;
use crate::words::{self, Language};
use axum::Json;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soundkeep_app::access::weigh::{self, Effect, Intent, Party, Program, Range, Shift};
use soundkeep_app::domain::access::Column;
use std::sync::Arc;
use utoipa::ToSchema;

/// Asks what a change of rights would do: nothing is changed.
pub(crate) const WHAT_IF: HeaderName = HeaderName::from_static("soundkeep-what-if");
/// Says that the effect which this token stands for was seen and is wanted.
pub(crate) const CONFIRMATION: HeaderName = HeaderName::from_static("soundkeep-confirmation");
const TOKEN_CHARACTERS_MAX: usize = 64;
/// Most users named in each group of users; the number of all stands beside.
const NAMED_MAX: usize = 50;

/// What a request wants of a change of rights.
pub(crate) fn intent(route: &Route, headers: &HeaderMap) -> Answer<Intent> {
    let wish = match (headers.get(&WHAT_IF), headers.get(&CONFIRMATION)) {
        (None, None) => return Ok(Intent::Act),
        (Some(value), None) if value.as_bytes() == b"true" => Intent::WhatIf,
        (Some(_), None) => return Err(Refusal::invalid("Soundkeep-What-If", "true, or no such header")),
        (None, Some(token)) => {
            let token = token.to_str().ok().filter(|token| token.len() <= TOKEN_CHARACTERS_MAX);
            let token = token.ok_or_else(|| Refusal::invalid("Soundkeep-Confirmation", "the token of an effect"))?;
            Intent::Confirmed(token.to_owned())
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("Soundkeep-What-If", "not together with Soundkeep-Confirmation"));
        }
    };
    if route.weighed || wish != Intent::WhatIf {
        return Ok(wish);
    }
    // Carried out unasked would be the worst of answers.
    Err(Refusal::invalid("Soundkeep-What-If", "only where rights are changed"))
}

/// The caller, with what the request wants.
pub(crate) fn wanting(asked: &mut Asked, intent: &Intent) {
    if let Some(caller) = asked.caller.as_mut().filter(|_| *intent != Intent::Act) {
        *caller = Arc::new(caller.wanting(intent.clone()));
    }
}

/// The answer to somebody who only asked, when the request was carried out and changed nothing.
pub(crate) fn without_effect(intent: &Intent, language: Language, response: Response) -> Response {
    let is_refused = response.extensions().get::<Refusal>().is_some();
    if *intent == Intent::WhatIf && !is_refused && response.status().is_success() {
        return told(&weigh::nothing(), language);
    }
    response
}

/// The answer to somebody who only asked.
pub(crate) fn told(effect: &Effect, language: Language) -> Response {
    (StatusCode::OK, Json(EffectAnswer::of(effect, language))).into_response()
}

/// The answer as the API gives it, for the command line.
#[must_use]
pub fn document(language: Language, effect: &Effect) -> serde_json::Value {
    serde_json::json!(EffectAnswer::of(effect, language))
}

/// What a change of rights does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Effect)]
pub(crate) struct EffectAnswer {
    /// Users to whom it does something, grouped by what it does to them.
    parties: Vec<PartyAnswer>,
    /// How many users gain something.
    gaining: usize,
    /// How many users lose something.
    losing: usize,
    /// How many programs gain something.
    programs_gaining: usize,
    /// How many programs lose something.
    programs_losing: usize,
    /// What confirms it; null when nothing has to be confirmed.
    #[schema(required = true)]
    confirmation: Option<Confirmation>,
    /// How far the conversations are counted; null when that is done. It can't be saved before.
    #[schema(required = true)]
    counting: Option<CountingAnswer>,
}

/// Users and programs to whom a change does the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectParty)]
struct PartyAnswer {
    /// The first 50, in the order of their names.
    users: Vec<AffectedUser>,
    /// How many there are.
    users_total: usize,
    /// Programs whose keys have a role of their own; one that acts for a user moves with that user.
    programs: Vec<AffectedProgram>,
    /// What it does to each.
    changes: Vec<ShiftAnswer>,
    /// Columns that they see from now on.
    columns_shown: Vec<ColumnShift>,
    /// Columns that they don't see any more.
    columns_hidden: Vec<ColumnShift>,
}

/// A user to whom a change does something.
#[derive(Debug, Serialize, ToSchema)]
struct AffectedUser {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    email: String,
}

/// A program to which a change does something.
#[derive(Debug, Serialize, ToSchema)]
struct AffectedProgram {
    /// The id of its key.
    #[schema(value_type = Id)]
    id: String,
    /// The name of its key.
    name: String,
}

/// What a change does to a permission of somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectChange)]
struct ShiftAnswer {
    permission: &'static str,
    /// What the permission allows.
    meaning: String,
    /// It reaches more than before, now or later.
    gains: bool,
    /// It reaches less than before, now or later.
    loses: bool,
    /// Conversations that are reached from now on; null while they are counted, or when it isn't about conversations.
    #[schema(required = true)]
    conversations_gained: Option<RangeAnswer>,
    /// Conversations that aren't reached any more.
    #[schema(required = true)]
    conversations_lost: Option<RangeAnswer>,
}

/// A number for each of several users.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectRange)]
struct RangeAnswer {
    /// The smallest.
    least: i64,
    /// The greatest.
    most: i64,
}

/// A column that appears or disappears.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnShift {
    column: &'static str,
    meaning: &'static str,
}

/// What confirms a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectConfirmation)]
struct Confirmation {
    /// Send it as `Soundkeep-Confirmation`. It stands for this effect and no other.
    token: String,
    /// What a person types to say that they have read it.
    phrase: String,
    /// Why it has to be confirmed.
    reasons: Vec<String>,
}

/// How far the counting is, in conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectCounting)]
struct CountingAnswer {
    done: i64,
    total: i64,
}

impl EffectAnswer {
    pub(crate) fn of(effect: &Effect, language: Language) -> Self {
        let (gaining, losing) = (effect.gaining(), effect.losing());
        let (programs_gaining, programs_losing) = (effect.programs_gaining(), effect.programs_losing());
        let confirmation = (!effect.asks.is_empty()).then(|| Confirmation {
            token: effect.token.clone(),
            phrase: words::effect_phrase(language, gaining + programs_gaining, losing + programs_losing),
            reasons: effect.asks.iter().map(|ask| words::effect_ask(language, *ask)).collect(),
        });
        let counting = effect.counting.map(|counting| CountingAnswer { done: counting.done, total: counting.total });
        let parties = effect.parties.iter().map(|party| PartyAnswer::of(party, language)).collect();
        Self { parties, gaining, losing, programs_gaining, programs_losing, confirmation, counting }
    }
}

impl PartyAnswer {
    fn of(party: &Party, language: Language) -> Self {
        let users = party.people.iter().take(NAMED_MAX).map(|person| AffectedUser {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone(),
        });
        let program = |program: &Program| AffectedProgram { id: program.id.to_string(), name: program.name.clone() };
        let columns = |columns: &[Column]| {
            let column = |column: &Column| ColumnShift { column: column.key(), meaning: column.meaning() };
            columns.iter().map(column).collect()
        };
        Self {
            users: users.collect(),
            users_total: party.people.len(),
            programs: party.programs.iter().map(program).collect(),
            changes: party.shifts.iter().map(|shift| ShiftAnswer::of(shift, language)).collect(),
            columns_shown: columns(&party.shown),
            columns_hidden: columns(&party.hidden),
        }
    }
}

impl ShiftAnswer {
    fn of(shift: &Shift, language: Language) -> Self {
        let range = |range: Range| RangeAnswer { least: range.least, most: range.most };
        Self {
            permission: shift.permission.key(),
            meaning: words::permission(language, shift.permission).to_owned(),
            gains: shift.gains,
            loses: shift.loses,
            conversations_gained: shift.gained.map(range),
            conversations_lost: shift.lost.map(range),
        }
    }
}
