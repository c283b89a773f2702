//! Access groups in rows: rules over rows and columns, and to whom they are assigned.
//!
//! Who belongs to one is witnessed here, with everything else that a decision knows. Decides nothing.

use crate::access::advance_policy_epoch;
use crate::database::{Queries, Row, Sql, sql};
use crate::history::{Kept, remember};
use crate::{Error, Result, Transaction};
use serde_json::{Map, Value, json};
use soundkeep_domain::access::{
    AccessGroup, Assignment, BuiltInRole, Columns, NumberPattern, RecordState, Restrictions, RoleKey, RowRules,
    RowValues,
};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{AccessGroupId, GroupId, OrganisationId, Timestamp, UserId};
use std::fmt;

/// To whom an access group is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A user.
    User(UserId),
    /// Everybody who has a role.
    Role(RoleKey),
    /// The members of a group.
    Members(GroupId),
    /// The supervisors of a group.
    Supervisors(GroupId),
}

impl Target {
    /// What kind of target it is, in the database and in answers.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Role(_) => "role",
            Self::Members(_) => "members",
            Self::Supervisors(_) => "supervisors",
        }
    }
    /// The target that these words mean.
    #[must_use]
    pub fn from_words(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "user" => id.parse().map(Self::User).ok(),
            "role" => id.parse().map(Self::Role).ok(),
            "members" => id.parse().map(Self::Members).ok(),
            "supervisors" => id.parse().map(Self::Supervisors).ok(),
            _ => None,
        }
    }
    fn parse(kind: &str, id: &str) -> Result<Self> {
        Self::from_words(kind, id).ok_or(Error::Corrupt("an access group of nobody"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Role(role) => role.fmt(f),
            Self::Members(group) | Self::Supervisors(group) => group.fmt(f),
        }
    }
}

/// An access group as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccessGroup {
    /// Its id.
    pub id: AccessGroupId,
    /// Its name, unique in the organisation.
    pub name: String,
    /// Which conversations its members reach.
    pub rows: RowRules,
    /// Which columns they see.
    pub columns: Columns,
    /// To whom it is assigned, in order.
    pub targets: Vec<Target>,
    /// Grows with every change.
    pub version: i64,
}

const FIELDS: &str = "g.id, g.name, g.row_rules, g.shown_columns, g.version";

/// All access groups of an organisation, by name.
///
/// # Errors
/// When the database is away.
pub async fn list(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<StoredAccessGroup>> {
    let mut query = Sql::new(&format!("SELECT {FIELDS} FROM access_groups g WHERE g.organisation_id = "));
    query.bind(organisation).push(" ORDER BY g.name_order, g.id");
    let rows = queries.rows(query).await?;
    let targets = queries
        .rows(sql!(
            "SELECT access_group_id, kind, target FROM access_group_targets WHERE organisation_id = $1
             ORDER BY kind, target",
            organisation
        ))
        .await?;
    let mut groups: Vec<StoredAccessGroup> = rows.iter().map(stored).collect::<Result<_>>()?;
    for row in targets {
        let mut columns = row.columns();
        let id: AccessGroupId = columns.next()?;
        let target = Target::parse(&columns.next::<String>()?, &columns.next::<String>()?)?;
        if let Some(group) = groups.iter_mut().find(|group| group.id == id) {
            group.targets.push(target);
        }
    }
    Ok(groups)
}

/// One access group.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: AccessGroupId,
) -> Result<StoredAccessGroup> {
    list(queries, organisation).await?.into_iter().find(|group| group.id == id).ok_or(Error::NotFound)
}

fn stored(row: &Row) -> Result<StoredAccessGroup> {
    let mut columns = row.columns();
    Ok(StoredAccessGroup {
        id: columns.next()?,
        name: columns.next()?,
        rows: rules_of(&columns.next::<String>()?)?,
        columns: columns_of(&columns.next::<String>()?)?,
        version: columns.next()?,
        targets: Vec::new(),
    })
}

/// Adds an access group, with its targets.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    group: &StoredAccessGroup,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO access_groups (organisation_id, id, name, name_order, row_rules, shown_columns, created_at,
             version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            organisation,
            group.id,
            &group.name,
            name_order(&group.name),
            rules_text(&group.rows),
            columns_text(group.columns),
            now,
            group.version
        ))
        .await?;
    set_targets(transaction, organisation, group).await?;
    remember(transaction, organisation, Kept::AccessGroup(group.id), now).await
}

/// Puts an access group, with its targets, in the place of what stands there at this version.
///
/// # Errors
/// [`Error::NotFound`] when there is none at this version, [`Error::Conflict`] when the name is taken.
pub async fn replace(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    version: i64,
    group: &StoredAccessGroup,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE access_groups SET name = $4, name_order = $5, row_rules = $6, shown_columns = $7, version = $8
             WHERE organisation_id = $1 AND id = $2 AND version = $3",
            organisation,
            group.id,
            version,
            &group.name,
            name_order(&group.name),
            rules_text(&group.rows),
            columns_text(group.columns),
            group.version
        ))
        .await?;
    set_targets(transaction, organisation, group).await?;
    remember(transaction, organisation, Kept::AccessGroup(group.id), now).await
}

/// Deletes the access group that stands at this version: what it kept back isn't kept back any more.
///
/// # Errors
/// [`Error::NotFound`] when there is none at this version.
pub async fn delete(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: AccessGroupId,
    version: i64,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    let delete = "DELETE FROM access_group_targets WHERE organisation_id = $1 AND access_group_id = $2";
    transaction.execute(sql!(delete, organisation, id)).await?;
    let delete = "DELETE FROM access_groups WHERE organisation_id = $1 AND id = $2 AND version = $3";
    transaction.execute_one(sql!(delete, organisation, id, version)).await?;
    remember(transaction, organisation, Kept::AccessGroup(id), now).await
}

async fn set_targets(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    group: &StoredAccessGroup,
) -> Result<()> {
    let delete = "DELETE FROM access_group_targets WHERE organisation_id = $1 AND access_group_id = $2";
    transaction.execute(sql!(delete, organisation, group.id)).await?;
    for target in &group.targets {
        transaction
            .execute(sql!(
                "INSERT INTO access_group_targets (organisation_id, kind, target, access_group_id)
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                organisation,
                target.kind(),
                target.to_string(),
                group.id
            ))
            .await?;
    }
    Ok(())
}

/// What access groups leave to a user who has these assignments.
///
/// Who has the built-in role Admin is exempt, but for those that they belong to through a group.
pub(crate) async fn of_user(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    assignments: &[Assignment],
    now: Timestamp,
) -> Result<Restrictions> {
    let mut bonds = [Vec::new(), Vec::new()];
    for (table, bonds) in ["group_members", "group_supervisors"].into_iter().zip(&mut bonds) {
        let query = format!(
            "SELECT group_id FROM {table} WHERE organisation_id = $1 AND user_id = $2 AND from_at <= $3
             AND (until_at IS NULL OR until_at > $3)"
        );
        for row in queries.rows(sql!(&query, organisation, user, now)).await? {
            bonds.push(row.get(0)?);
        }
    }
    let [members, supervises] = bonds;
    let targets = crate::policy::targets_of(user, assignments, &members, &supervises, now);
    of_targets(queries, organisation, &targets).await
}

/// What access groups leave to a program that has a role.
pub(crate) async fn of_role(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    role: RoleKey,
) -> Result<Restrictions> {
    match role {
        RoleKey::BuiltIn(BuiltInRole::Admin) => Ok(Restrictions::default()),
        role => of_targets(queries, organisation, &[Target::Role(role)]).await,
    }
}

async fn of_targets(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    targets: &[Target],
) -> Result<Restrictions> {
    // Most organisations have few access groups, and most users belong to none: one look says so.
    let any = sql!("SELECT 1 FROM access_group_targets WHERE organisation_id = $1 LIMIT 1", organisation);
    if targets.is_empty() || queries.row(any).await?.is_none() {
        return Ok(Restrictions::default());
    }
    let mut groups = Vec::new();
    for kind in ["user", "role", "members", "supervisors"] {
        let named: Vec<String> =
            targets.iter().filter(|target| target.kind() == kind).map(ToString::to_string).collect();
        if named.is_empty() {
            continue;
        }
        let mut query = Sql::new(&format!(
            "SELECT DISTINCT {FIELDS} FROM access_group_targets t JOIN access_groups g
             ON g.organisation_id = t.organisation_id AND g.id = t.access_group_id WHERE t.organisation_id = "
        ));
        query.bind(organisation).push(" AND t.kind = ").bind(kind).push(" AND t.target IN (");
        query.bind_all(named).push(")");
        for row in queries.rows(query).await? {
            let StoredAccessGroup { id, rows, columns, .. } = stored(&row)?;
            groups.push(AccessGroup { id, rows, columns });
        }
    }
    Ok(Restrictions::by(groups))
}

/// Whether an access group is assigned to this target.
///
/// # Errors
/// When the database is away.
pub async fn is_for(queries: &mut impl Queries, organisation: OrganisationId, target: Target) -> Result<bool> {
    let query = sql!(
        "SELECT 1 FROM access_group_targets WHERE organisation_id = $1 AND kind = $2 AND target = $3 LIMIT 1",
        organisation,
        target.kind(),
        target.to_string()
    );
    Ok(queries.row(query).await?.is_some())
}

/// The names of access groups that name this group, in a rule or as whom they are for.
///
/// # Errors
/// When the database is away.
pub async fn naming_group(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    group: GroupId,
) -> Result<Vec<String>> {
    let groups = list(queries, organisation).await?;
    let names = |held: &StoredAccessGroup| {
        held.rows.groups().contains(&group)
            || held.targets.contains(&Target::Members(group))
            || held.targets.contains(&Target::Supervisors(group))
    };
    Ok(groups.into_iter().filter(names).map(|held| held.name).collect())
}

/// Bytes by which names are ordered, and by which two are the same.
fn name_order(name: &str) -> Vec<u8> {
    crate::identity::folded(name).into_bytes()
}

pub(crate) fn columns_text(columns: Columns) -> String {
    let keys: Vec<&str> = columns.iter().map(soundkeep_domain::access::Column::key).collect();
    keys.join(" ")
}

/// A column that isn't known any more shows nothing.
pub(crate) fn columns_of(text: &str) -> Result<Columns> {
    text.split_ascii_whitespace().map(|key| key.parse().map_err(|_| Error::Corrupt("an unknown column"))).collect()
}

/// Rules as JSON: lists of words by field, blank ones left out.
pub(crate) fn rules_text(rules: &RowRules) -> String {
    let mut fields = Map::new();
    let mut put = |name: &str, values: Vec<String>| {
        if !values.is_empty() {
            fields.insert(name.to_owned(), json!(values));
        }
    };
    put("numbers", rules.numbers().iter().map(ToString::to_string).collect());
    put("sources", rules.sources().iter().map(|one| one.word().to_owned()).collect());
    put("statuses", rules.statuses().iter().map(|one| one.word().to_owned()).collect());
    put("tags", rules.tags().to_vec());
    put("channels", rules.channels().iter().map(|one| one.word().to_owned()).collect());
    put("directions", rules.directions().iter().map(|one| one.word().to_owned()).collect());
    put("groups", rules.groups().iter().map(ToString::to_string).collect());
    Value::Object(fields).to_string()
}

pub(crate) fn rules_of(text: &str) -> Result<RowRules> {
    const BAD: Error = Error::Corrupt("rules that are none");
    fn each<T>(
        fields: &mut std::collections::BTreeMap<String, Vec<String>>,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>> {
        let words = fields.remove(name).unwrap_or_default();
        words.iter().map(|word| parse(word).ok_or(BAD)).collect()
    }
    let mut fields = serde_json::from_str(text).map_err(|_| BAD)?;
    let values = RowValues {
        numbers: each(&mut fields, "numbers", |word| word.parse::<NumberPattern>().ok())?,
        sources: each(&mut fields, "sources", Source::from_word)?,
        statuses: each(&mut fields, "statuses", RecordState::from_word)?,
        tags: each(&mut fields, "tags", |tag| Some(tag.to_owned()))?,
        channels: each(&mut fields, "channels", Channel::from_word)?,
        directions: each(&mut fields, "directions", Direction::from_word)?,
        groups: each(&mut fields, "groups", |word| word.parse().ok())?,
    };
    // A field of which nothing is known would limit nothing: better to refuse everything.
    if fields.is_empty() { Ok(values.into()) } else { Err(BAD) }
}
