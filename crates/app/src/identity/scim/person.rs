//! A user between what a directory says and what is kept: name, address and state are columns, the rest is a document.

use super::rules::{self, Document, ResourceKind, Selection};
use super::{Asked, Shown, invalid};
use crate::identity::passkeys;
use crate::{Error, Result};
use serde_json::{Value, json};
use soundkeep_domain::access::AccountState;
use soundkeep_domain::identity::{EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, normal_email};
use soundkeep_domain::{OrganisationId, UserId};
use soundkeep_store::Queries;
use soundkeep_store::directory::groups::DirectoryGroup;
use soundkeep_store::directory::users::DirectoryUser;

/// What a directory says of somebody, as far as we have columns for it.
pub(super) struct Person {
    /// What they sign in as there, in lower case.
    pub(super) user_name: String,
    /// Their address; what they sign in as, for those who have none.
    pub(super) email: String,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    /// Whether they may come in, if that is said.
    pub(super) active: Option<bool>,
}

impl Person {
    /// What a document says.
    ///
    /// # Errors
    /// [`Error::Scim`] when the name to sign in with doesn't fit.
    pub(super) fn of(document: &Document) -> Result<Self> {
        let user_name = rules::text(document, &["userName"]).unwrap_or_default().to_lowercase();
        let fits = !user_name.is_empty()
            && user_name.chars().count() <= EMAIL_CHARACTERS_MAX
            && !user_name.chars().any(char::is_control);
        if !fits {
            return Err(invalid(format!(
                "userName has 1 to {EMAIL_CHARACTERS_MAX} characters, and none to control with"
            )));
        }
        let mailed = || rules::email_of(document).and_then(normal_email);
        let email = normal_email(&user_name).or_else(mailed).unwrap_or_else(|| user_name.clone());
        let external_id = rules::text(document, &["externalId"]).map(str::to_owned);
        if external_id.as_ref().is_some_and(|id| id.chars().count() > EXTERNAL_ID_CHARACTERS_MAX) {
            return Err(invalid(format!("externalId has at most {EXTERNAL_ID_CHARACTERS_MAX} characters")));
        }
        Ok(Self {
            name: short_name(&rules::name_of(document)),
            user_name,
            email,
            external_id,
            active: document.get("active").and_then(Value::as_bool),
        })
    }
}

/// Longest name that a directory has for something, in characters.
pub(super) const EXTERNAL_ID_CHARACTERS_MAX: usize = 500;

/// A name as it is kept: in one line, and cut where it is too long. The document keeps the whole.
fn short_name(name: &str) -> String {
    let plain: String = name.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let short: String = plain.trim().chars().take(NAME_CHARACTERS_MAX).collect();
    short.trim().to_owned()
}

/// What is kept of a user beside columns, as a document; of somebody whom nobody manages, what the columns say.
pub(super) fn document_of(row: &DirectoryUser) -> Result<Document> {
    let user = &row.user;
    let active = Value::Bool(user.state != AccountState::Disabled);
    let Some(said) = &row.said else {
        let document = json!({
            "userName": user.email,
            "displayName": user.name,
            "name": {"formatted": user.name},
            "emails": [{"value": user.email, "type": "work", "primary": true}],
            "active": active,
        });
        return document.as_object().cloned().ok_or_else(|| Error::bug("a document that is no object"));
    };
    let mut document: Document = serde_json::from_str(&said.document).map_err(Error::bug)?;
    // An administrator may have switched them off or on since.
    if document.contains_key("active") {
        document.insert("active".to_owned(), active);
    }
    Ok(document)
}

/// The whole resource of a user who belongs to these groups.
pub(super) fn resource(
    row: &DirectoryUser,
    groups: &[DirectoryGroup],
    base: &str,
) -> Result<(Document, String, String)> {
    let kind = ResourceKind::User;
    let mut document = document_of(row)?;
    let schemas = rules::schemas_of(&document, kind);
    let location = format!("{base}/Users/{}", row.user.id);
    // Groups change without the user: they are part of what tells two representations apart.
    let belongs = groups.iter().fold(0_u64, |sum, group| {
        let low = group.id.as_bytes().iter().rev().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        sum.wrapping_mul(31).wrapping_add(low).wrapping_add(group.version.unsigned_abs())
    });
    let version = format!("W/\"{}.{belongs:x}\"", row.user.version);
    document.insert("schemas".to_owned(), schemas.into());
    document.insert("id".to_owned(), row.user.id.to_string().into());
    if !groups.is_empty() {
        let listed: Vec<Value> = groups
            .iter()
            .map(|group| {
                json!({
                    "value": group.id.to_string(), "$ref": format!("{base}/Groups/{}", group.id),
                    "display": group.name, "type": "direct",
                })
            })
            .collect();
        document.insert("groups".to_owned(), listed.into());
    }
    let changed_at = row.said.as_ref().map_or(row.user.created_at, |said| said.changed_at);
    let meta = json!({
        "resourceType": kind.name(), "created": row.user.created_at, "lastModified": changed_at,
        "location": location, "version": version,
    });
    document.insert("meta".to_owned(), meta);
    Ok((document, location, version))
}

/// What an answer shows of a user.
pub(super) fn shown(
    row: &DirectoryUser,
    groups: &[DirectoryGroup],
    asked: &Asked<'_>,
    selection: &Selection,
) -> Result<Shown> {
    let (document, location, version) = resource(row, groups, asked.base)?;
    Ok(Shown { document: selection.of(document, ResourceKind::User), location, version, is_new: false })
}

/// The state of somebody who is switched on: in, when they have a way to show who they are; else invited, until they
/// come.
pub(in crate::identity) async fn state_when_on(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<AccountState> {
    let comes_in = passkeys::can_come_in(queries, organisation, user).await?;
    Ok(if comes_in { AccountState::Active } else { AccountState::Invited })
}
