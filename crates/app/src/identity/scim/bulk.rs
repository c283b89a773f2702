//! Bulk requests: each operation by itself, in an order in which what an operation names was made before it.
//!
//! Ids of what a request makes are drawn before anything is done, so that operations may name each other in a ring.

use super::rules::{self, Answered, BulkMethod, BulkOperation, Query, ResourceKind, ScimError, ScimType};
use super::{Asked, Shown, create_as, patch, remove, replace};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Map, Value, json};
use soundkeep_domain::{DirectoryGroupId, UserId};
use std::collections::HashMap;

/// What became of one operation.
pub struct Done {
    /// What the answer says again of it.
    pub answered: Answered,
    /// The resource, or why there is none.
    pub outcome: Result<Option<Shown>>,
    /// Whether it was carried out at all.
    pub method: Option<BulkMethod>,
}

/// What a request makes, by its own name.
#[derive(Clone)]
enum Made {
    /// It will have this id.
    Waits(String),
    /// It has this id.
    Is(String),
    /// It couldn't be made.
    Failed,
}

/// Carries several operations out, and says what became of each, in the order of the request. What comes after too many
/// mistakes isn't done and isn't told.
///
/// # Errors
/// [`Error::Scim`] when the request itself can't be read; [`Error::TooLarge`] when it has too many operations.
pub async fn bulk(vault: &Vault, caller: &Caller, base: &str, body: &Value) -> Result<Vec<Done>> {
    let bulk = rules::bulk(body)?;
    if bulk.operations.len() > rules::BULK_OPERATIONS_MAX {
        return Err(Error::TooLarge("a bulk request has at most 1000 operations"));
    }
    let mut made = drawn(vault, &bulk.operations)?;
    let mut done: Vec<Option<Done>> = bulk.operations.iter().map(|_| None).collect();
    let mut waiting: Vec<usize> = (0..bulk.operations.len()).collect();
    let mut failed = 0;
    while !waiting.is_empty() && bulk.fail_on_errors.is_none_or(|most| failed < most) {
        // The first whose names are all known. When each waits for another a user is made, who may name somebody that is
        // still to come; a group may not.
        let find = |fits: &dyn Fn(&rules::Result<BulkOperation>) -> bool| {
            waiting.iter().position(|at| bulk.operations.get(*at).is_some_and(|(_, operation)| fits(operation)))
        };
        let is_new_user = |operation: &rules::Result<BulkOperation>| {
            let new = |one: &BulkOperation| one.method == BulkMethod::Post && one.kind == ResourceKind::User;
            operation.as_ref().is_ok_and(new)
        };
        let place = find(&|operation| ready(operation, &made)).or_else(|| find(&is_new_user)).unwrap_or(0);
        let at = waiting.remove(place);
        let Some((answered, operation)) = bulk.operations.get(at) else { break };
        let outcome = match operation {
            Ok(operation) => carry_out(vault, caller, base, operation, &mut made).await,
            Err(error) => Err(error.clone().into()),
        };
        failed += usize::from(outcome.is_err());
        let method = operation.as_ref().ok().map(|operation| operation.method);
        if let Some(slot) = done.get_mut(at) {
            *slot = Some(Done { answered: answered.clone(), outcome, method });
        }
    }
    Ok(done.into_iter().flatten().collect())
}

/// Ids for all that is made.
fn drawn(vault: &Vault, operations: &[(Answered, rules::Result<BulkOperation>)]) -> Result<HashMap<String, Made>> {
    let mut made = HashMap::new();
    for (_, operation) in operations {
        if let Ok(BulkOperation { method: BulkMethod::Post, bulk_id: Some(name), kind, .. }) = operation {
            let random = vault.random()?;
            let id = match kind {
                ResourceKind::User => UserId::make(vault.now(), &random).to_string(),
                ResourceKind::Group => DirectoryGroupId::make(vault.now(), &random).to_string(),
            };
            made.entry(name.clone()).or_insert(Made::Waits(id));
        }
    }
    Ok(made)
}

/// Whether nothing that an operation names is still to be made.
fn ready(operation: &rules::Result<BulkOperation>, made: &HashMap<String, Made>) -> bool {
    let Ok(operation) = operation else { return true };
    operation.references().iter().all(|name| !matches!(made.get(name), Some(Made::Waits(_))))
}

async fn carry_out(
    vault: &Vault,
    caller: &Caller,
    base: &str,
    operation: &BulkOperation,
    made: &mut HashMap<String, Made>,
) -> Result<Option<Shown>> {
    for name in operation.references() {
        match made.get(&name) {
            Some(Made::Is(_) | Made::Waits(_)) => {}
            Some(Made::Failed) => return Err(unmade(&name)),
            None => {
                return Err(ScimError::new(ScimType::InvalidValue, format!("nothing has the bulkId \"{name}\"")).into());
            }
        }
    }
    let id_of = |name: &str| match made.get(name) {
        Some(Made::Is(id) | Made::Waits(id)) => Some(id.clone()),
        Some(Made::Failed) | None => None,
    };
    let mut data = operation.data.clone();
    rules::refer(&mut data, &id_of);
    let mut id = Value::String(operation.id.clone().unwrap_or_default());
    rules::refer(&mut id, &id_of);
    let id = id.as_str().unwrap_or_default();
    let query = Query { excluded: vec!["members".to_owned()], ..Query::default() };
    let asked = Asked { base, query: &query, if_match: operation.version.as_deref() };
    match operation.method {
        BulkMethod::Post => {
            let name = operation.bulk_id.clone().unwrap_or_default();
            let new_id = match made.get(&name) {
                Some(Made::Waits(id)) => id.clone(),
                Some(Made::Is(_) | Made::Failed) | None => {
                    let detail = format!("several operations have the bulkId \"{name}\"");
                    return Err(ScimError::new(ScimType::Uniqueness, detail).into());
                }
            };
            let shown = create_as(vault, caller, operation.kind, &asked, (&data, Some(&new_id))).await;
            let fate = match &shown {
                // Whoever is there again has the id that they had.
                Ok(shown) => Made::Is(shown.location.rsplit('/').next().unwrap_or(&new_id).to_owned()),
                Err(_) => Made::Failed,
            };
            made.insert(name, fate);
            shown.map(Some)
        }
        BulkMethod::Put => replace(vault, caller, operation.kind, &asked, (id, &data)).await.map(Some),
        BulkMethod::Patch => patch(vault, caller, operation.kind, &asked, (id, &data)).await.map(Some),
        BulkMethod::Delete => remove(vault, caller, operation.kind, &asked, id).await.map(|()| None),
    }
}

fn unmade(name: &str) -> Error {
    ScimError::new(ScimType::InvalidValue, format!("what has the bulkId \"{name}\" couldn't be made")).into()
}

impl Done {
    /// The operation as an answer tells it, with an error that a door made of what went wrong.
    #[must_use]
    pub fn told(&self, error: Option<(u16, Value)>) -> Value {
        let mut told = Map::new();
        told.insert("method".to_owned(), self.answered.method.as_str().into());
        if let Some(bulk_id) = &self.answered.bulk_id {
            told.insert("bulkId".to_owned(), bulk_id.as_str().into());
        }
        match (&self.outcome, error) {
            (Ok(shown), None) => {
                let status = match (self.method, shown) {
                    (Some(BulkMethod::Post), _) => "201",
                    (_, None) => "204",
                    (_, Some(_)) => "200",
                };
                told.insert("status".to_owned(), status.into());
                if let Some(shown) = shown {
                    told.insert("location".to_owned(), shown.location.as_str().into());
                    told.insert("version".to_owned(), shown.version.as_str().into());
                }
            }
            (_, Some((status, response))) => {
                told.insert("status".to_owned(), status.to_string().into());
                told.insert("response".to_owned(), response);
            }
            (Err(_), None) => {
                told.insert("status".to_owned(), json!("500"));
            }
        }
        told.into()
    }
}
