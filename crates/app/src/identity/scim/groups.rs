//! Groups of a directory: making, changing and deleting them, and what they give by the provider's mappings.

use super::person::EXTERNAL_ID_CHARACTERS_MAX;
use super::rules::{self, Document, Operation, ResourceKind, Selection, Verb};
use super::{Asked, Shown, begin_changing, directory, invalid, meant_for, selection, view};
use crate::access::weigh;
use crate::event::{Draft, record};
use crate::identity::federation::mapping;
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{DirectoryGroupId, OrganisationId, ProviderId, UserId};
use soundkeep_store::directory::groups::{self as rows, DirectoryGroup};
use soundkeep_store::directory::users as user_rows;
use soundkeep_store::identity::providers::{self, Stored};
use soundkeep_store::{Queries, Transaction};
use std::collections::BTreeSet;

/// Longest name of a group, in characters.
const NAME_CHARACTERS_MAX: usize = 500;
/// Most members that one event names.
const TOLD_MAX: usize = 500;

fn group_id(id: &str) -> Result<DirectoryGroupId> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Name and external id of a group as a document says them.
fn names(document: &Document) -> Result<(String, Option<String>)> {
    let name = rules::text(document, &["displayName"]).unwrap_or_default();
    let external_id = rules::text(document, &["externalId"]);
    if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        return Err(invalid(format!(
            "displayName has at most {NAME_CHARACTERS_MAX} characters, and none to control with"
        )));
    }
    if external_id.is_some_and(|id| id.chars().count() > EXTERNAL_ID_CHARACTERS_MAX) {
        return Err(invalid(format!("externalId has at most {EXTERNAL_ID_CHARACTERS_MAX} characters")));
    }
    Ok((name.to_owned(), external_id.map(str::to_owned)))
}

/// The whole resource of a group, with members where they are wanted.
pub(super) fn resource(group: &DirectoryGroup, members: Option<&[UserId]>, base: &str) -> (Document, String, String) {
    let location = format!("{base}/Groups/{}", group.id);
    let version = format!("W/\"{}\"", group.version);
    let mut document = Document::new();
    document.insert("schemas".to_owned(), json!([rules::GROUP]));
    document.insert("id".to_owned(), group.id.to_string().into());
    if let Some(external_id) = &group.external_id {
        document.insert("externalId".to_owned(), external_id.as_str().into());
    }
    document.insert("displayName".to_owned(), group.name.as_str().into());
    if let Some(members) = members.filter(|members| !members.is_empty()) {
        let member =
            |user: &UserId| json!({"value": user.to_string(), "$ref": format!("{base}/Users/{user}"), "type": "User"});
        document.insert("members".to_owned(), members.iter().map(member).collect());
    }
    let meta = json!({
        "resourceType": "Group", "created": group.created_at, "lastModified": group.changed_at,
        "location": location, "version": version,
    });
    document.insert("meta".to_owned(), meta);
    (document, location, version)
}

async fn shown(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    group: &DirectoryGroup,
    (asked, selection): (&Asked<'_>, &Selection),
) -> Result<Shown> {
    let members = match selection.shows("members") {
        true => rows::members(queries, organisation, &[group.id]).await?.remove(&group.id).unwrap_or_default(),
        false => Vec::new(),
    };
    let (document, location, version) = resource(group, Some(&members), asked.base);
    Ok(Shown { document: selection.of(document, ResourceKind::Group), location, version, is_new: false })
}

/// The users whom a directory names as members, each of whom it must see.
async fn members_of(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    value: &Value,
) -> Result<Vec<UserId>> {
    let named = rules::member_ids(value)?;
    let mut ids = BTreeSet::new();
    for id in &named {
        ids.insert(id.parse::<UserId>().map_err(|_| unknown(id))?);
    }
    let ids: Vec<UserId> = ids.into_iter().collect();
    let view = view(transaction, organisation, provider).await?;
    let seen: BTreeSet<UserId> =
        user_rows::visible(transaction, organisation, &view, &ids).await?.into_iter().collect();
    match ids.iter().find(|id| !seen.contains(id)) {
        Some(missing) => Err(unknown(&missing.to_string())),
        None => Ok(ids),
    }
}

fn unknown(id: &str) -> Error {
    let short: String = id.chars().take(60).collect();
    invalid(format!("there is no user \"{short}\""))
}

/// Makes a group.
pub(super) async fn create(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    (body, id): (&Value, Option<&str>),
) -> Result<Shown> {
    let selection = selection(asked, ResourceKind::Group)?;
    let document = rules::resource(body, ResourceKind::Group)?;
    let (name, external_id) = names(&document)?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let id = match id {
        Some(id) => group_id(id)?,
        None => DirectoryGroupId::make(now, &vault.random()?),
    };
    let group =
        DirectoryGroup { id, provider: stored.id, name, external_id, created_at: now, changed_at: now, version: 1 };
    rows::add(&mut transaction, organisation, &group).await?;
    let named = document.get("members").cloned().unwrap_or(Value::Null);
    let members = members_of(&mut transaction, organisation, stored.id, &named).await?;
    let joined = rows::join(&mut transaction, organisation, id, &members).await?;
    let moved = Moved { joined, left: Vec::new(), renamed: true };
    let told = (None, Some(json!({"name": group.name, "external_id": group.external_id})));
    tell(vault, &mut transaction, caller, (&group, &moved), told).await?;
    give(vault, &mut transaction, caller, &stored, (&[&group], &moved)).await?;
    let shown = shown(&mut transaction, organisation, &group, (asked, &selection)).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(Shown { is_new: true, ..shown })
}

/// Shows a group.
pub(super) async fn show(vault: &Vault, caller: &Caller, asked: &Asked<'_>, id: &str) -> Result<Shown> {
    let selection = selection(asked, ResourceKind::Group)?;
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let group = rows::get(&mut reader, organisation, directory(caller)?.provider, group_id(id)?).await?;
    shown(&mut reader, organisation, &group, (asked, &selection)).await
}

/// What a change of a group did.
#[derive(Default)]
struct Moved {
    joined: Vec<UserId>,
    left: Vec<UserId>,
    renamed: bool,
}

/// Replaces a group.
pub(super) async fn replace(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    (id, body): (&str, &Value),
) -> Result<Shown> {
    let document = rules::resource(body, ResourceKind::Group)?;
    let members = document.get("members").cloned().unwrap_or_else(|| json!([]));
    let steps = vec![Step::Only(members)];
    change(vault, caller, asked, id, (Names::All(document), steps)).await
}

/// Changes a group.
pub(super) async fn patch(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    (id, body): (&str, &Value),
) -> Result<Shown> {
    let operations = rules::operations(body, ResourceKind::Group)?;
    let is_of_members =
        |operation: &Operation| operation.path.target.attribute.is_some_and(|attribute| attribute.name == "members");
    let (members, others): (Vec<Operation>, Vec<Operation>) = operations.into_iter().partition(is_of_members);
    let steps = members.into_iter().map(Step::of).collect::<Result<Vec<_>>>()?;
    change(vault, caller, asked, id, (Names::Patched(others), steps)).await
}

/// What becomes of the names of a group.
enum Names {
    All(Document),
    Patched(Vec<Operation>),
}

/// What becomes of the members of a group. A directory adds one to thousands: nobody else is looked at.
enum Step {
    Join(Value),
    Leave(Vec<String>),
    Only(Value),
    /// Those leave who fit a filter.
    LeaveFitting(Box<rules::Filter>),
}

impl Step {
    fn of(operation: Operation) -> Result<Self> {
        let Operation { verb, path, value, .. } = operation;
        if path.target.inner.is_some() || (path.within.is_some() && verb != Verb::Remove) {
            let detail = "members come and go as a whole";
            return Err(rules::ScimError::new(rules::ScimType::Mutability, detail).into());
        }
        Ok(match (verb, path.within) {
            (Verb::Add, _) => Self::Join(value),
            (Verb::Replace, _) => Self::Only(value),
            (Verb::Remove, Some(within)) => match rules::ids_of(&within) {
                Some(ids) => Self::Leave(ids),
                None => Self::LeaveFitting(Box::new(within)),
            },
            (Verb::Remove, None) => match rules::member_ids(&value)? {
                ids if ids.is_empty() => Self::Only(json!([])),
                ids => Self::Leave(ids),
            },
        })
    }

    async fn take(
        self,
        transaction: &mut Transaction,
        (organisation, group): (OrganisationId, &DirectoryGroup),
        moved: &mut Moved,
    ) -> Result<()> {
        let provider = group.provider;
        let (joining, leaving) = match self {
            Self::Join(value) => (members_of(transaction, organisation, provider, &value).await?, Vec::new()),
            // Whoever isn't there leaves without a word.
            Self::Leave(ids) => (Vec::new(), ids.iter().filter_map(|id| id.parse().ok()).collect()),
            Self::Only(value) => {
                let wanted = members_of(transaction, organisation, provider, &value).await?;
                let there = rows::members(transaction, organisation, &[group.id]).await?.remove(&group.id);
                let leaving = there.unwrap_or_default().into_iter().filter(|user| !wanted.contains(user)).collect();
                (wanted, leaving)
            }
            Self::LeaveFitting(filter) => {
                let there = rows::members(transaction, organisation, &[group.id]).await?.remove(&group.id);
                let fits = |user: &UserId| {
                    let member = json!({"value": user.to_string(), "type": "User"});
                    member.as_object().is_some_and(|member| filter.fits(member))
                };
                (Vec::new(), there.unwrap_or_default().into_iter().filter(fits).collect())
            }
        };
        moved.left.extend(rows::leave(transaction, organisation, group.id, &leaving).await?);
        moved.joined.extend(rows::join(transaction, organisation, group.id, &joining).await?);
        Ok(())
    }
}

async fn change(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    id: &str,
    (names_wanted, steps): (Names, Vec<Step>),
) -> Result<Shown> {
    let selection = selection(asked, ResourceKind::Group)?;
    let id = group_id(id)?;
    let organisation = caller.organisation();
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let before = rows::get(&mut transaction, organisation, stored.id, id).await?;
    meant_for(asked, before.version)?;
    let document = match names_wanted {
        Names::All(document) => document,
        Names::Patched(operations) => {
            let mut document = resource(&before, None, asked.base).0;
            rules::apply(&operations, &mut document, ResourceKind::Group)?;
            document
        }
    };
    let (name, external_id) = names(&document)?;
    let mut moved = Moved { renamed: (&name, &external_id) != (&before.name, &before.external_id), ..Moved::default() };
    for step in steps {
        step.take(&mut transaction, (organisation, &before), &mut moved).await?;
    }
    if !moved.renamed && moved.joined.is_empty() && moved.left.is_empty() {
        return shown(&mut transaction, organisation, &before, (asked, &selection)).await;
    }
    rows::change(&mut transaction, organisation, id, (&name, external_id.as_deref()), vault.now()).await?;
    let after = rows::get(&mut transaction, organisation, stored.id, id).await?;
    let told = match moved.renamed {
        true => (
            Some(json!({"name": before.name, "external_id": before.external_id})),
            Some(json!({"name": after.name, "external_id": after.external_id})),
        ),
        false => (None, None),
    };
    tell(vault, &mut transaction, caller, (&after, &moved), told).await?;
    give(vault, &mut transaction, caller, &stored, (&[&before, &after], &moved)).await?;
    let shown = shown(&mut transaction, organisation, &after, (asked, &selection)).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(shown)
}

/// Deletes a group; what it gave is taken from those who belonged to it.
pub(super) async fn remove(vault: &Vault, caller: &Caller, asked: &Asked<'_>, id: &str) -> Result<()> {
    let id = group_id(id)?;
    let organisation = caller.organisation();
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let group = rows::get(&mut transaction, organisation, stored.id, id).await?;
    meant_for(asked, group.version)?;
    let left = rows::members(&mut transaction, organisation, &[id]).await?.remove(&id).unwrap_or_default();
    rows::delete(&mut transaction, organisation, id).await?;
    let moved = Moved { left, ..Moved::default() };
    let told = (Some(json!({"name": group.name, "external_id": group.external_id})), None);
    tell(vault, &mut transaction, caller, (&group, &moved), told).await?;
    give(vault, &mut transaction, caller, &stored, (&[&group], &moved)).await?;
    weigh::commit(vault, caller, transaction).await
}

/// Tells the ledger of a change: names first, and members in as many events as they need.
async fn tell(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    (group, moved): (&DirectoryGroup, &Moved),
    (old, new): (Option<Value>, Option<Value>),
) -> Result<()> {
    let parts = moved.joined.len().max(moved.left.len()).div_ceil(TOLD_MAX).max(1);
    let some = |users: &[UserId], part: usize| -> Vec<String> {
        users.iter().skip(part * TOLD_MAX).take(TOLD_MAX).map(ToString::to_string).collect()
    };
    for part in 0..parts {
        let mut draft = Draft::of(vault, caller, EventKind::DirectoryGroupChange)?
            .object(Object::new("directory_group", group.id).named(&group.name))
            .detail("joined", some(&moved.joined, part))
            .detail("left", some(&moved.left, part))
            .detail("managed_by", group.provider.to_string());
        if let Some(old) = old.as_ref().filter(|_| part == 0) {
            draft = draft.old(crate::identity::change::plain(old.clone()));
        }
        if let Some(new) = new.as_ref().filter(|_| part == 0) {
            draft = draft.new_value(crate::identity::change::plain(new.clone()));
        }
        record(vault, transaction, draft).await?;
    }
    Ok(())
}

/// Gives and takes what a change of groups means, where the provider's mappings name one of them.
async fn give(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (groups, moved): (&[&DirectoryGroup], &Moved),
) -> Result<()> {
    let organisation = caller.organisation();
    let mappings = providers::mappings(transaction, organisation, stored.id).await?;
    let names = |group: &&DirectoryGroup| [Some(group.name.clone()), group.external_id.clone()];
    let named: Vec<String> = groups.iter().flat_map(names).flatten().collect();
    if !mappings.iter().any(|mapping| named.contains(&mapping.value)) {
        return Ok(());
    }
    let mut touched: BTreeSet<UserId> = moved.joined.iter().chain(&moved.left).copied().collect();
    if moved.renamed
        && let Some(group) = groups.last()
    {
        let there = rows::members(transaction, organisation, &[group.id]).await?.remove(&group.id);
        touched.extend(there.unwrap_or_default());
    }
    let touched: Vec<UserId> = touched.into_iter().collect();
    apply_mappings(vault, transaction, caller, stored, &touched).await
}

/// Gives these users what the groups mean that they belong to at this directory, and takes what they mean no more.
pub(in crate::identity) async fn apply_mappings(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    users: &[UserId],
) -> Result<()> {
    for some in users.chunks(200) {
        let groups = rows::of_users(transaction, stored.organisation, stored.id, some).await?;
        for user in some {
            let none = Vec::new();
            let held = groups.get(user).unwrap_or(&none);
            let names: Vec<String> =
                held.iter().flat_map(|group| [Some(group.name.clone()), group.external_id.clone()]).flatten().collect();
            mapping::apply(vault, transaction, caller, stored, (*user, &names)).await?;
        }
    }
    Ok(())
}

/// The groups that a directory put a user in, by name and external id; nothing when the provider pushes none, so that
/// what it says at sign-in counts.
pub(in crate::identity) async fn names_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    user: UserId,
) -> Result<Option<Vec<String>>> {
    if !rows::are_pushed(queries, organisation, provider).await? {
        return Ok(None);
    }
    let mut groups = rows::of_users(queries, organisation, provider, &[user]).await?;
    let held = groups.remove(&user).unwrap_or_default();
    Ok(Some(held.into_iter().flat_map(|group| [Some(group.name), group.external_id]).flatten().collect()))
}
