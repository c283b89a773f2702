//! Lists of users and groups: filters as conditions where the database can ask them, and asked of each resource where
//! it can't.

use super::rules::{
    self, Comparison, Document, Filter, Query, ResourceKind, ScimError, ScimType, Selection, Sort, SortKey, Target,
    Unknown,
};
use super::{directory, groups, users, view};
use crate::{Caller, Result, Vault};
use serde_json::Value;
use soundkeep_domain::{DirectoryGroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::Reader;
use soundkeep_store::directory::groups::{self as group_rows, name_key};
use soundkeep_store::directory::users as user_rows;
use soundkeep_store::directory::{Condition, Side, View};

/// Resources that one look at the database brings, when each is asked.
const BATCH: u32 = 500;
/// Most resources that are asked, one by one, for one list.
const ASKED_MAX: usize = 200_000;

/// A page of users, of groups, or of both.
///
/// # Errors
/// [`crate::Error::Scim`] with what is wrong with the query.
pub async fn list(vault: &Vault, caller: &Caller, kinds: &[ResourceKind], base: &str, query: &Query) -> Result<Value> {
    let unknown = if kinds.len() == 1 { Unknown::Refused } else { Unknown::FitsNothing };
    let mut total = 0;
    let mut resources: Vec<Value> = Vec::new();
    for kind in kinds {
        let parse = |text: &String| Filter::parse(text, *kind, unknown);
        let filter = query.filter.as_ref().map(parse).transpose()?;
        let sort = match query.sort(*kind) {
            Err(_) if unknown == Unknown::FitsNothing => None,
            sort => sort?,
        };
        let selection = query.selection(*kind)?;
        // The page goes on where the kind before ended.
        let skipped = (query.start_index - 1).saturating_sub(total);
        let wanted = query.count.saturating_sub(resources.len());
        let list = List { vault, caller, kind: *kind, base, filter, sort, selection };
        let (found, page) = list.page((skipped, wanted)).await?;
        total += found;
        resources.extend(page.into_iter().map(Value::from));
    }
    Ok(rules::list(total, query.start_index, resources))
}

struct List<'list> {
    vault: &'list Vault,
    caller: &'list Caller,
    kind: ResourceKind,
    base: &'list str,
    filter: Option<Filter>,
    sort: Option<Sort>,
    selection: Selection,
}

/// Where to look.
enum Place {
    Users(View),
    Groups,
}

/// After which resource.
#[derive(Clone, Copy)]
enum After {
    User(UserId),
    Group(DirectoryGroupId),
}

impl List<'_> {
    /// How many there are, and those of a page.
    async fn page(&self, window: (usize, usize)) -> Result<(usize, Vec<Document>)> {
        let mut reader = self.vault.store().reader();
        let organisation = self.caller.organisation();
        let provider = directory(self.caller)?.provider;
        let place = match self.kind {
            ResourceKind::User => Place::Users(view(&mut reader, organisation, provider).await?),
            ResourceKind::Group => Place::Groups,
        };
        let exact = match &self.filter {
            None => Some(Condition::All(Vec::new())),
            Some(filter) => condition(filter, self.kind),
        };
        match (exact, &self.sort) {
            (Some(condition), None) => self.page_of(&mut reader, organisation, (&place, &condition), window).await,
            (Some(condition), Some(_)) => self.asked(&mut reader, organisation, (&place, &condition), window).await,
            (None, _) => {
                let condition = self.filter.as_ref().map_or(Condition::Nothing, |filter| narrowed(filter, self.kind));
                self.asked(&mut reader, organisation, (&place, &condition), window).await
            }
        }
    }

    /// A page that the database finds by itself.
    async fn page_of(
        &self,
        reader: &mut Reader,
        organisation: OrganisationId,
        (place, condition): (&Place, &Condition),
        window: (usize, usize),
    ) -> Result<(usize, Vec<Document>)> {
        let (_, limit) = window;
        let (total, documents) = match place {
            Place::Users(view) => {
                let total = user_rows::count(reader, organisation, view, condition).await?;
                let rows = match limit {
                    0 => Vec::new(),
                    _ => user_rows::page(reader, organisation, (view, condition), window).await?,
                };
                (total, users::resources(reader, self.caller, &rows, self.base).await?)
            }
            Place::Groups => {
                let provider = directory(self.caller)?.provider;
                let total = group_rows::count(reader, organisation, provider, condition).await?;
                let rows = match limit {
                    0 => Vec::new(),
                    _ => group_rows::page(reader, organisation, (provider, condition), window).await?,
                };
                (total, self.groups(reader, organisation, &rows, self.selection.shows("members")).await?)
            }
        };
        Ok((total, documents.into_iter().map(|document| self.selection.of(document, self.kind)).collect()))
    }

    async fn groups(
        &self,
        reader: &mut Reader,
        organisation: OrganisationId,
        rows: &[group_rows::DirectoryGroup],
        with_members: bool,
    ) -> Result<Vec<Document>> {
        let ids: Vec<DirectoryGroupId> = rows.iter().map(|group| group.id).collect();
        let members = match with_members {
            true => group_rows::members(reader, organisation, &ids).await?,
            false => std::collections::HashMap::new(),
        };
        let document = |group: &group_rows::DirectoryGroup| {
            groups::resource(group, members.get(&group.id).map(Vec::as_slice), self.base).0
        };
        Ok(rows.iter().map(document).collect())
    }

    /// A page of those that fit, each of which is asked.
    async fn asked(
        &self,
        reader: &mut Reader,
        organisation: OrganisationId,
        (place, condition): (&Place, &Condition),
        (skipped, wanted): (usize, usize),
    ) -> Result<(usize, Vec<Document>)> {
        let mut after = None;
        let (mut looked_at, mut total) = (0, 0);
        let mut page: Vec<Document> = Vec::new();
        let mut sorted: Vec<(SortKey, usize, Document)> = Vec::new();
        loop {
            let (batch, next) = self.batch(reader, organisation, (place, condition), after).await?;
            looked_at += batch.len();
            if looked_at > ASKED_MAX {
                let detail = format!("more than {ASKED_MAX} resources would have to be looked at");
                return Err(ScimError::new(ScimType::TooMany, detail).into());
            }
            for document in batch {
                if self.filter.as_ref().is_some_and(|filter| !filter.fits(&document)) {
                    continue;
                }
                match &self.sort {
                    Some(sort) => {
                        sorted.push((sort.key(&document), total, self.selection.of(document, self.kind)));
                    }
                    None if total >= skipped && page.len() < wanted => {
                        page.push(self.selection.of(document, self.kind));
                    }
                    None => {}
                }
                total += 1;
            }
            let Some(next) = next else { break };
            after = Some(next);
        }
        if let Some(sort) = &self.sort {
            // What has no value comes last in either direction.
            sorted.sort_by(|(one, at, _), (other, other_at, _)| {
                let last = (*one == SortKey::None).cmp(&(*other == SortKey::None));
                let order = if sort.descending { other.cmp(one) } else { one.cmp(other) };
                last.then(order).then(at.cmp(other_at))
            });
            page = sorted.into_iter().skip(skipped).take(wanted).map(|(.., document)| document).collect();
        }
        Ok((total, page))
    }

    async fn batch(
        &self,
        reader: &mut Reader,
        organisation: OrganisationId,
        (place, condition): (&Place, &Condition),
        after: Option<After>,
    ) -> Result<(Vec<Document>, Option<After>)> {
        let is_full = |rows: usize| rows >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        match place {
            Place::Users(view) => {
                let after = after.and_then(|after| if let After::User(id) = after { Some(id) } else { None });
                let rows = user_rows::after(reader, organisation, (view, condition), (after, BATCH)).await?;
                let next = rows.last().filter(|_| is_full(rows.len())).map(|row| After::User(row.user.id));
                Ok((users::resources(reader, self.caller, &rows, self.base).await?, next))
            }
            Place::Groups => {
                let after = after.and_then(|after| if let After::Group(id) = after { Some(id) } else { None });
                let provider = directory(self.caller)?.provider;
                let rows = group_rows::after(reader, organisation, (provider, condition), (after, BATCH)).await?;
                let next = rows.last().filter(|_| is_full(rows.len())).map(|row| After::Group(row.id));
                Ok((self.groups(reader, organisation, &rows, true).await?, next))
            }
        }
    }
}

/// The condition that a filter is, when the database can ask all of it.
fn condition(filter: &Filter, kind: ResourceKind) -> Option<Condition> {
    let all = |parts: &[Filter]| parts.iter().map(|part| condition(part, kind)).collect::<Option<Vec<_>>>();
    match filter {
        Filter::All(parts) => all(parts).map(Condition::All),
        Filter::Any(parts) => all(parts).map(Condition::Any),
        Filter::Never => Some(Condition::Nothing),
        Filter::Present(target) => {
            let always = ["id", "schemas", "meta", "userName"];
            named(target).filter(|(name, _)| always.contains(name)).map(|_| Condition::All(Vec::new()))
        }
        Filter::Compares(target, comparison, value) => compared(target, *comparison, value, kind),
        Filter::Within(target, inner) => match (named(target), rules::ids_of(inner)) {
            (Some(("members", None)), Some(ids)) => {
                let member = |id: &String| id.parse().map_or(Condition::Nothing, Condition::Member);
                Some(Condition::Any(ids.iter().map(member).collect()))
            }
            _ => None,
        },
        Filter::Not(_) => None,
    }
}

/// What all that fit a filter have in common, as far as the database can ask it.
fn narrowed(filter: &Filter, kind: ResourceKind) -> Condition {
    match filter {
        Filter::All(parts) => Condition::All(parts.iter().filter_map(|part| condition(part, kind)).collect()),
        _ => Condition::All(Vec::new()),
    }
}

/// The attribute of the schema itself that a target is, and the attribute inside of it.
fn named(target: &Target) -> Option<(&'static str, Option<&'static str>)> {
    let attribute = target.attribute.filter(|_| target.extension.is_none())?;
    Some((attribute.name, target.inner.map(|inner| inner.name)))
}

fn compared(target: &Target, comparison: Comparison, value: &Value, kind: ResourceKind) -> Option<Condition> {
    let (name, inner) = named(target)?;
    let text = value.as_str();
    if let ("meta", Some("lastModified")) = (name, inner) {
        let at: Timestamp = text?.parse().ok()?;
        let side = match comparison {
            Comparison::Greater => Side::After,
            Comparison::AtLeast => Side::From,
            Comparison::Less => Side::Before,
            Comparison::AtMost => Side::Until,
            _ => return None,
        };
        return Some(Condition::Changed(side, at));
    }
    if comparison != Comparison::Equal {
        return None;
    }
    let id = |bytes: Option<[u8; 16]>| bytes.map_or(Condition::Nothing, |bytes| Condition::Id(bytes.to_vec()));
    match (kind, name, inner) {
        (ResourceKind::User, "id", None) => Some(id(text?.parse::<UserId>().ok().map(|id| *id.as_bytes()))),
        (ResourceKind::Group, "id", None) => Some(id(text?.parse::<DirectoryGroupId>().ok().map(|id| *id.as_bytes()))),
        (ResourceKind::User, "userName", None) => Some(Condition::Name(text?.to_lowercase())),
        (ResourceKind::Group, "displayName", None) => Some(Condition::Name(name_key(text?))),
        (_, "externalId", None) => Some(Condition::ExternalId(text?.to_owned())),
        (ResourceKind::Group, "members", None | Some("value")) => {
            Some(text?.parse().map_or(Condition::Nothing, Condition::Member))
        }
        _ => None,
    }
}
