//! Identity providers, their domains and mappings. Holds secrets sealed and opens none.

use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction, access};
use soundkeep_domain::access::Limit;
use soundkeep_domain::identity::{Gives, Guide, Protocol, Provider, ProviderState};
use soundkeep_domain::{GroupId, MappingId, OrganisationId, ProviderId, Timestamp};
use std::collections::HashMap;

/// A provider with what the vault knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: ProviderId,
    /// How it is described.
    pub provider: Provider,
    /// Whether people come in through it.
    pub state: ProviderState,
    /// Its sealed secret, if it has one.
    pub sealed_secret: Option<Vec<u8>>,
    /// When a test of it, as it is described now, last passed.
    pub tested_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: i64,
}

/// What a value of a provider means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Its id.
    pub id: MappingId,
    /// The group or role as the provider calls it.
    pub value: String,
    /// What it gives.
    pub gives: Gives,
}

const COLUMNS: &str = "p.organisation_id, p.id, p.slug, p.name, p.guide, p.protocol, p.document, p.state,
                       p.sealed_secret, p.tested_at, p.version";

fn known<T>(found: Option<T>) -> Result<T> {
    found.ok_or(Error::Corrupt("an unknown word of a provider"))
}

fn stored(row: &Row, domains: &mut HashMap<ProviderId, Vec<String>>) -> Result<Stored> {
    let mut columns = row.columns();
    let (organisation, id): (OrganisationId, ProviderId) = (columns.next()?, columns.next()?);
    Ok(Stored {
        organisation,
        id,
        provider: Provider {
            slug: columns.next()?,
            name: columns.next()?,
            guide: known(Guide::from_word(&columns.next::<String>()?))?,
            protocol: known(Protocol::from_word(&columns.next::<String>()?))?,
            domains: domains.remove(&id).unwrap_or_default(),
            document: serde_json::from_str(&columns.next::<String>()?)
                .map_err(|_| Error::Corrupt("a provider's document"))?,
        },
        state: known(ProviderState::from_word(&columns.next::<String>()?))?,
        sealed_secret: columns.next()?,
        tested_at: columns.next()?,
        version: columns.next()?,
    })
}

async fn domains(queries: &mut impl Queries, organisation: OrganisationId) -> Result<HashMap<ProviderId, Vec<String>>> {
    let query = "SELECT provider_id, domain FROM provider_domains WHERE organisation_id = $1 ORDER BY domain";
    let mut domains: HashMap<ProviderId, Vec<String>> = HashMap::new();
    for row in queries.rows(sql!(query, organisation)).await? {
        domains.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(domains)
}

/// The providers of an organisation, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn all(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<Stored>> {
    let query = format!("SELECT {COLUMNS} FROM identity_providers p WHERE p.organisation_id = $1 ORDER BY p.id");
    let rows = queries.rows(sql!(&query, organisation)).await?;
    let mut domains = domains(queries, organisation).await?;
    rows.iter().map(|row| stored(row, &mut domains)).collect()
}

/// One provider.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such provider.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: ProviderId) -> Result<Stored> {
    let query = format!("SELECT {COLUMNS} FROM identity_providers p WHERE p.organisation_id = $1 AND p.id = $2");
    let row = queries.row(sql!(&query, organisation, id)).await?.ok_or(Error::NotFound)?;
    stored(&row, &mut domains(queries, organisation).await?)
}

/// The provider of a slug. The organisation follows from it: slugs are unique in the vault.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn by_slug(queries: &mut impl Queries, slug: &str) -> Result<Stored> {
    let query = format!("SELECT {COLUMNS} FROM identity_providers p WHERE p.slug = $1");
    let row = queries.row(sql!(&query, slug)).await?.ok_or(Error::NotFound)?;
    let organisation = row.get(0)?;
    stored(&row, &mut domains(queries, organisation).await?)
}

/// Slug, name and organisation's name of the providers that people of a domain come in through. Looks across
/// organisations, because whoever asks isn't known yet.
///
/// # Errors
/// When the database is away.
pub async fn of_domain(queries: &mut impl Queries, domain: &str) -> Result<Vec<(String, String, String)>> {
    let query = "SELECT p.slug, p.name, o.name FROM provider_domains d
                 JOIN identity_providers p ON p.organisation_id = d.organisation_id AND p.id = d.provider_id
                 JOIN organisations o ON o.id = p.organisation_id
                 WHERE d.domain = $1 AND p.state = 'on' AND p.protocol <> 'none' ORDER BY o.number, p.id";
    let rows = queries.rows(sql!(query, domain)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Adds a provider, which is off.
///
/// # Errors
/// [`Error::Conflict`] when another has its slug or one of its domains.
pub async fn add(
    transaction: &mut Transaction,
    (organisation, id): (OrganisationId, ProviderId),
    provider: &Provider,
    sealed_secret: Option<&[u8]>,
    now: Timestamp,
) -> Result<()> {
    let added = transaction
        .execute(sql!(
            "INSERT INTO identity_providers (organisation_id, id, slug, name, guide, protocol, state, document,
             sealed_secret, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 'off', $7, $8, $9, 1)
             ON CONFLICT (slug) DO NOTHING",
            organisation,
            id,
            &provider.slug,
            &provider.name,
            provider.guide.word(),
            provider.protocol.word(),
            document(provider)?,
            sealed_secret.map(<[u8]>::to_vec),
            now
        ))
        .await?;
    if added == 0 {
        return Err(Error::Conflict("there is a provider of this short name already: choose another"));
    }
    set_domains(transaction, organisation, id, &provider.domains).await
}

fn document(provider: &Provider) -> Result<String> {
    serde_json::to_string(&provider.document).map_err(|_| Error::Corrupt("a provider's document"))
}

async fn set_domains(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ProviderId,
    domains: &[String],
) -> Result<()> {
    let delete = "DELETE FROM provider_domains WHERE organisation_id = $1 AND provider_id = $2";
    transaction.execute(sql!(delete, organisation, id)).await?;
    for domain in domains {
        let insert = "INSERT INTO provider_domains (organisation_id, domain, provider_id) VALUES ($1, $2, $3)
                      ON CONFLICT (organisation_id, domain) DO NOTHING";
        if transaction.execute(sql!(insert, organisation, domain, id)).await? == 0 {
            return Err(Error::Conflict("another provider vouches for one of these domains already"));
        }
    }
    Ok(())
}

/// Changes a provider that stands at this version. Its slug stays. A test that passed counts on only when `tested_at`
/// says so.
///
/// # Errors
/// [`Error::NotFound`] when it doesn't; [`Error::Conflict`] when another has one of its domains.
pub async fn change(transaction: &mut Transaction, stored: &Stored, provider: &Provider) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE identity_providers SET name = $4, guide = $5, protocol = $6, document = $7, sealed_secret = $8,
             state = $9, tested_at = $10, version = version + 1
             WHERE organisation_id = $1 AND id = $2 AND version = $3",
            stored.organisation,
            stored.id,
            stored.version,
            &provider.name,
            provider.guide.word(),
            provider.protocol.word(),
            document(provider)?,
            stored.sealed_secret.clone(),
            stored.state.word(),
            stored.tested_at
        ))
        .await?;
    set_domains(transaction, stored.organisation, stored.id, &provider.domains).await
}

/// Remembers that a test of a provider at this version passed, and says whether it still stands at it.
///
/// # Errors
/// When the database refuses.
pub async fn tested(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (id, version): (ProviderId, i64),
    now: Timestamp,
) -> Result<bool> {
    let update = "UPDATE identity_providers SET tested_at = $4 WHERE organisation_id = $1 AND id = $2 AND version = $3";
    Ok(transaction.execute(sql!(update, organisation, id, version, now)).await? > 0)
}

/// Deletes a provider with its domains, its mappings and who people are there.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such provider.
pub async fn delete(transaction: &mut Transaction, organisation: OrganisationId, id: ProviderId) -> Result<()> {
    for statement in [
        "DELETE FROM provider_domains WHERE organisation_id = $1 AND provider_id = $2",
        "DELETE FROM provider_mappings WHERE organisation_id = $1 AND provider_id = $2",
        "DELETE FROM external_identities WHERE organisation_id = $1 AND provider_id = $2",
        "DELETE FROM federated_sign_ins WHERE organisation_id = $1 AND provider_id = $2",
        "DELETE FROM provider_seen WHERE organisation_id = $1 AND provider_id = $2",
        // Whoever is in stays in, and is no more of somebody who isn't there.
        "UPDATE sessions SET provider_id = NULL, provider_subject = NULL, provider_session = NULL,
         provider_name_format = NULL WHERE ended_at IS NULL AND organisation_id = $1 AND provider_id = $2",
    ] {
        transaction.execute(sql!(statement, organisation, id)).await?;
    }
    let delete = "DELETE FROM identity_providers WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(delete, organisation, id)).await
}

/// The mappings of a provider, oldest first.
///
/// # Errors
/// When the database is away or holds an unknown word.
pub async fn mappings(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<Vec<Mapping>> {
    let query = "SELECT id, value, role, bond, group_id FROM provider_mappings
                 WHERE organisation_id = $1 AND provider_id = $2 ORDER BY id";
    let rows = queries.rows(sql!(query, organisation, provider)).await?;
    rows.iter().map(mapping).collect()
}

fn mapping(row: &Row) -> Result<Mapping> {
    let mut columns = row.columns();
    let (id, value) = (columns.next()?, columns.next()?);
    let role: Option<String> = columns.next()?;
    let bond: Option<String> = columns.next()?;
    let group: Option<GroupId> = columns.next()?;
    let gives = match (role, bond.as_deref(), group) {
        (Some(role), bond, group) => {
            let limit = match (bond, group) {
                (None, None) => Limit::None,
                (None, Some(group)) => Limit::Named(vec![group]),
                (Some("supervised"), None) => Limit::Supervised,
                (Some(_), _) => return Err(Error::Corrupt("an unknown limit")),
            };
            Gives::Role(role.parse().map_err(|_| Error::Corrupt("an unknown role"))?, limit)
        }
        (None, Some("member"), Some(group)) => Gives::Member(group),
        (None, Some("supervisor"), Some(group)) => Gives::Supervisor(group),
        (None, ..) => return Err(Error::Corrupt("a mapping that gives nothing")),
    };
    Ok(Mapping { id, value, gives })
}

/// Replaces the mappings of a provider.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such role or group.
pub async fn set_mappings(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    mappings: &[Mapping],
) -> Result<()> {
    let delete = "DELETE FROM provider_mappings WHERE organisation_id = $1 AND provider_id = $2";
    transaction.execute(sql!(delete, organisation, provider)).await?;
    for mapping in mappings {
        let (role, bond, group) = match &mapping.gives {
            Gives::Role(role, limit) => {
                access::role(transaction, organisation, *role).await?;
                match limit {
                    Limit::None => (Some(role.to_string()), None, None),
                    Limit::Supervised => (Some(role.to_string()), Some("supervised"), None),
                    Limit::Named(groups) => (Some(role.to_string()), None, groups.first().copied()),
                }
            }
            Gives::Member(group) => (None, Some("member"), Some(*group)),
            Gives::Supervisor(group) => (None, Some("supervisor"), Some(*group)),
        };
        if let Some(group) = group {
            access::group_name(transaction, organisation, group).await?;
        }
        transaction
            .execute_one(sql!(
                "INSERT INTO provider_mappings (organisation_id, id, provider_id, value, role, bond, group_id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                organisation,
                mapping.id,
                provider,
                &mapping.value,
                role,
                bond,
                group
            ))
            .await?;
    }
    Ok(())
}

/// Names of the providers that give this role, or anything of this group.
///
/// # Errors
/// When the database is away.
pub async fn giving(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    role: Option<&str>,
    group: Option<GroupId>,
) -> Result<Vec<String>> {
    let mut query = Sql::new(
        "SELECT DISTINCT p.name FROM provider_mappings m
         JOIN identity_providers p ON p.organisation_id = m.organisation_id AND p.id = m.provider_id
         WHERE m.organisation_id = ",
    );
    query.bind(organisation);
    if let Some(role) = role {
        query.push(" AND m.role = ").bind(role);
    }
    if let Some(group) = group {
        query.push(" AND m.group_id = ").bind(group);
    }
    query.push(" ORDER BY 1");
    queries.rows(query).await?.iter().map(|row| row.get(0)).collect()
}
