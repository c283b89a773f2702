//! Access groups: the list, making one, one of them, and the preview of what members would see.

use crate::conversations::list::Conversation;
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::{Answer, Refusal};
use crate::versions::{Expected, etag, expected, versioned};
use crate::wire::{Channel, Direction, Id, Named, Source, Status};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::access::groups::{self, ShownAccessGroup, Target, Wish};
use soundkeep_app::domain::access::{Column, Columns, NumberPattern, RowRules, RowValues};
use soundkeep_app::domain::{AccessGroupId, GroupId};
use utoipa::ToSchema;

/// Rows of a preview.
const PREVIEW_ROWS: u32 = 10;

/// Which conversations members reach: fields combine with AND, and a field without values doesn't limit.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rows {
    /// Phone numbers of either side: digits, with a * at the end for every number that begins so.
    numbers: Vec<String>,
    sources: Vec<Source>,
    statuses: Vec<Status>,
    tags: Vec<String>,
    channels: Vec<Channel>,
    directions: Vec<Direction>,
    #[schema(value_type = Vec<Id>)]
    groups: Vec<String>,
}

impl Rows {
    fn rules(&self) -> Answer<RowRules> {
        let mut refused = Vec::new();
        let mut numbers = Vec::new();
        for number in &self.numbers {
            match number.parse::<NumberPattern>() {
                Ok(pattern) => numbers.push(pattern),
                Err(bad) => refused.push(("rows.numbers".to_owned(), format!("{number}: {bad}"))),
            }
        }
        let mut groups = Vec::new();
        for group in &self.groups {
            match group.parse::<GroupId>() {
                Ok(id) => groups.push(id),
                Err(bad) => refused.push(("rows.groups".to_owned(), bad.to_string())),
            }
        }
        if self.tags.iter().any(|tag| tag.trim().is_empty()) {
            refused.push(("rows.tags".to_owned(), "a tag isn't empty".to_owned()));
        }
        if !refused.is_empty() {
            return Err(soundkeep_app::Error::Invalid(refused).into());
        }
        Ok(RowRules::from(RowValues {
            numbers,
            sources: self.sources.iter().map(|one| (*one).into()).collect(),
            statuses: self.statuses.iter().map(|one| (*one).into()).collect(),
            tags: self.tags.iter().map(|tag| tag.trim().to_owned()).collect(),
            channels: self.channels.iter().map(|one| (*one).into()).collect(),
            directions: self.directions.iter().map(|one| (*one).into()).collect(),
            groups,
        }))
    }
    fn of(rules: &RowRules) -> Self {
        Self {
            numbers: rules.numbers().iter().map(ToString::to_string).collect(),
            sources: rules.sources().iter().map(|one| (*one).into()).collect(),
            statuses: rules.statuses().iter().map(|one| (*one).into()).collect(),
            tags: rules.tags().to_vec(),
            channels: rules.channels().iter().map(|one| (*one).into()).collect(),
            directions: rules.directions().iter().map(|one| (*one).into()).collect(),
            groups: rules.groups().iter().map(ToString::to_string).collect(),
        }
    }
}

fn columns(named: &[String]) -> Answer<Columns> {
    let each = named
        .iter()
        .map(|name| name.parse::<Column>().map_err(|bad| Refusal::invalid("columns", format!("{name}: {bad}"))));
    each.collect()
}

/// To whom an access group is assigned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetName {
    kind: TargetKind,
    /// The user, the group, or the role by its key or id.
    id: String,
    /// What people call them; not read.
    #[serde(default)]
    name: String,
}

impl From<groups::NamedTarget> for TargetName {
    fn from(named: groups::NamedTarget) -> Self {
        Self { kind: TargetKind::of(named.target), id: named.target.to_string(), name: named.name }
    }
}

/// What an access group is assigned to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetKind {
    /// A user.
    User,
    /// Everybody who has a role.
    Role,
    /// The members of a group.
    Members,
    /// The supervisors of a group.
    Supervisors,
}

impl TargetKind {
    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Members => "members",
            Self::Supervisors => "supervisors",
        }
    }
    const fn of(target: Target) -> Self {
        match target {
            Target::User(_) => Self::User,
            Target::Role(_) => Self::Role,
            Target::Members(_) => Self::Members,
            Target::Supervisors(_) => Self::Supervisors,
        }
    }
}

/// What an access group is to be. A new one shows no column.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessGroupWish {
    name: String,
    #[serde(default)]
    rows: Rows,
    /// The columns that members see.
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    targets: Vec<TargetName>,
}

/// What an access group is to be, as the API takes it, for the command line.
///
/// # Errors
/// [`soundkeep_app::Error::Invalid`] with all that doesn't fit.
pub fn wish(text: &str) -> Result<Wish, soundkeep_app::Error> {
    let sent: AccessGroupWish = Refusal::read_json(text)?;
    sent.wish().map_err(Refusal::into_app)
}

impl AccessGroupWish {
    fn wish(&self) -> Answer<Wish> {
        let target = |named: &TargetName| {
            Target::from_words(named.kind.word(), &named.id)
                .ok_or_else(|| Refusal::invalid("targets", format!("{} is no {}", named.id, named.kind.word())))
        };
        Ok(Wish {
            name: self.name.clone(),
            rows: self.rows.rules()?,
            columns: columns(&self.columns)?,
            targets: self.targets.iter().map(target).collect::<Answer<_>>()?,
        })
    }
}

/// An access group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessGroup {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    rows: Rows,
    /// The groups that its rules name.
    group_names: Vec<Named>,
    columns: Vec<&'static str>,
    targets: Vec<TargetName>,
    /// What is odd about it: `assigned_to_nobody`, `admins_are_exempt`, `shows_no_column`, `playback_without_audio`,
    /// `download_without_playback`, `restricts_nothing`.
    warnings: Vec<&'static str>,
    /// Grows with every change.
    version: i64,
}

impl From<ShownAccessGroup> for AccessGroup {
    fn from(group: ShownAccessGroup) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name,
            rows: Rows::of(&group.rows),
            group_names: crate::wire::named(group.group_names),
            columns: group.columns.iter().map(Column::key).collect(),
            targets: group.targets.into_iter().map(TargetName::from).collect(),
            warnings: group.warnings,
            version: group.version,
        }
    }
}

/// All access groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessGroups {
    items: Vec<AccessGroup>,
    /// Every column that can be shown or hidden, in the order of the page.
    columns: Vec<ColumnName>,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ColumnName {
    column: &'static str,
    /// What it shows, or lets do.
    meaning: &'static str,
}

/// Lists access groups in the order of their names.
#[utoipa::path(get, path = "/api/v1/access-groups", tag = "access",
    responses((status = 200, description = "All of them.", body = AccessGroups)))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<AccessGroups>> {
    let items = groups::access_groups(&door.vault, &caller).await?.into_iter().map(AccessGroup::from).collect();
    let columns = Column::ALL.iter().map(|column| ColumnName { column: column.key(), meaning: column.meaning() });
    Ok(Json(AccessGroups { items, columns: columns.collect() }))
}

/// Makes an access group.
#[utoipa::path(post, path = "/api/v1/access-groups", tag = "access", request_body = AccessGroupWish,
    responses((status = 201, description = "Made.", body = AccessGroup)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<AccessGroupWish>,
) -> Answer<(StatusCode, Json<AccessGroup>)> {
    let group = groups::create(&door.vault, &caller, sent.wish()?).await?;
    Ok((StatusCode::CREATED, Json(group.into())))
}

/// Shows an access group.
#[utoipa::path(get, path = "/api/v1/access-groups/{id}", tag = "access",
    params(("id" = Id, Path, description = "The access group.")),
    responses((status = 200, description = "The access group.", body = AccessGroup), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<AccessGroupId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let group = groups::access_group(&door.vault, &caller, id).await?;
    let tag = etag(group.version);
    Ok(versioned(&headers, &tag, AccessGroup::from(group)))
}

/// Changes an access group: what is sent takes the place of all that was.
#[utoipa::path(put, path = "/api/v1/access-groups/{id}", tag = "access", request_body = AccessGroupWish,
    params(("id" = Id, Path, description = "The access group."),
        ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = AccessGroup)))]
pub(crate) async fn replace(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<AccessGroupId>,
    headers: HeaderMap,
    Sent(sent): Sent<AccessGroupWish>,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(groups::access_group(&door.vault, &caller, id).await?.version)?,
    };
    let group = groups::replace(&door.vault, &caller, id, version, sent.wish()?).await?;
    let tag = etag(group.version);
    Ok(versioned(&HeaderMap::new(), &tag, AccessGroup::from(group)))
}

/// Deletes an access group: what it kept back isn't kept back any more.
#[utoipa::path(delete, path = "/api/v1/access-groups/{id}", tag = "access",
    params(("id" = Id, Path, description = "The access group."),
        ("If-Match" = Option<String>, Header, description = "The version that is meant, if it matters.")),
    responses((status = 204, description = "Deleted.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<AccessGroupId>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let meant = expected(&headers);
    let version = match &meant {
        Expected::Unsaid => None,
        meant => Some(meant.required(groups::access_group(&door.vault, &caller, id).await?.version)?),
    };
    groups::delete(&door.vault, &caller, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rules and columns that aren't saved yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewWish {
    #[serde(default)]
    rows: Rows,
    #[serde(default)]
    columns: Vec<String>,
}

/// What a member would see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The newest rows of the list, as a member would see them who otherwise reaches what you reach.
    items: Vec<Conversation>,
}

/// Shows what members of an access group would see, before it is saved.
#[utoipa::path(post, path = "/api/v1/access-groups/preview", tag = "access", request_body = PreviewWish,
    responses((status = 200, description = "The list as a member would see it.", body = Preview)))]
pub(crate) async fn preview(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<PreviewWish>,
) -> Answer<Json<Preview>> {
    let (rules, columns) = (sent.rows.rules()?, columns(&sent.columns)?);
    let (page, member) = groups::preview(&door.vault, &caller, rules, columns, PREVIEW_ROWS).await?;
    Ok(Json(Preview { items: page.items.into_iter().map(|row| Conversation::of(row, &member)).collect() }))
}
