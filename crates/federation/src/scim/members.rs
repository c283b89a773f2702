//! Members of groups, of which there may be thousands: they are read without being put into a document.

use super::document::several;
use super::error::{Result, ScimError};
use super::filter::{Comparison, Filter};
use super::schema::ResourceKind;
use serde_json::Value;

/// The ids in a value of `members`: of one, of several, or of none.
///
/// # Errors
/// [`super::ScimType::InvalidValue`] when one has no id, or is no user.
pub fn member_ids(value: &Value) -> Result<Vec<String>> {
    let Some(attribute) = ResourceKind::Group.attribute("members") else { return Ok(Vec::new()) };
    let values = several(attribute, value)?;
    let id = |member: &Value| {
        let is_user = member.get("type").and_then(Value::as_str).is_none_or(|kind| kind.eq_ignore_ascii_case("User"));
        if !is_user {
            return Err(ScimError::value("members of groups are users"));
        }
        let id = member.get("value").and_then(Value::as_str).map(str::to_owned);
        id.ok_or_else(|| ScimError::value("a member has a value, which is its id"))
    };
    values.iter().map(id).collect()
}

/// The ids that a filter over members names, when it does nothing else: `value eq "…"`, or several with `or` between.
#[must_use]
pub fn ids_of(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Compares(target, Comparison::Equal, Value::String(id)) => {
            let name = target.attribute.filter(|_| target.extension.is_none() && target.inner.is_none())?.name;
            (name == "value").then(|| vec![id.clone()])
        }
        Filter::Any(parts) => {
            let each: Option<Vec<Vec<String>>> = parts.iter().map(ids_of).collect();
            each.map(|each| each.concat())
        }
        _ => None,
    }
}
