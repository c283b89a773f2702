//! Users: people who sign in, found by name and by email.

use super::{NameCursor, NamePage, folded, push_name_page};
use crate::access::{advance_policy_epoch_of, lock_policy};
use crate::database::{Columns, Queries, Row, Sql, sql};
use crate::history::{self, Kept, remember};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::AccountState;
use soundkeep_domain::identity::domain_of;
use soundkeep_domain::{EventId, OrganisationId, ProviderId, Timestamp, UserId};

/// A user who is added.
#[derive(Debug, Clone)]
pub struct NewUser<'new> {
    /// Their id.
    pub id: UserId,
    /// Their email address in its normal form.
    pub email: &'new str,
    /// Their name.
    pub name: &'new str,
    /// Whether they have come in already.
    pub state: AccountState,
    /// The PHC string of their password, if they have one.
    pub password_hash: Option<&'new str>,
    /// When.
    pub created_at: Timestamp,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address in its normal form.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether the account may act.
    pub state: AccountState,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When an administrator last let them in again.
    pub reactivated_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: i64,
}

impl User {
    /// When they were last there: added, signed in, or let in again.
    #[must_use]
    pub fn seen_at(&self) -> Timestamp {
        [self.last_sign_in_at, self.reactivated_at].into_iter().flatten().fold(self.created_at, Timestamp::max)
    }

    /// Where a page that ends with this user goes on.
    #[must_use]
    pub fn cursor(&self) -> NameCursor {
        NameCursor { name_order: folded(&self.name).into_bytes(), id: self.id.as_bytes().to_vec() }
    }
}

pub(crate) const COLUMNS: &str = "t.id, t.email, t.name, t.state, t.created_at, t.last_sign_in_at,
                       t.reactivated_at, t.version";

fn user(row: &Row) -> Result<User> {
    read(row).map(|(user, _)| user)
}

/// The user of a row that begins with [`COLUMNS`], and what stands behind.
pub(crate) fn read(row: &Row) -> Result<(User, Columns<'_>)> {
    let mut columns = row.columns();
    let user = User {
        id: columns.next()?,
        email: columns.next()?,
        name: columns.next()?,
        state: state_of(&columns.next::<String>()?)?,
        created_at: columns.next()?,
        last_sign_in_at: columns.next()?,
        reactivated_at: columns.next()?,
        version: columns.next()?,
    };
    Ok((user, columns))
}

pub(crate) const fn word(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "active",
        AccountState::Invited => "invited",
        AccountState::Disabled => "disabled",
    }
}

fn state_of(text: &str) -> Result<AccountState> {
    let states = [AccountState::Active, AccountState::Invited, AccountState::Disabled];
    states.into_iter().find(|state| word(*state) == text).ok_or(Error::Corrupt("an unknown account state"))
}

fn search_text(name: &str, email: &str) -> String {
    format!("{}\n{}", folded(name), folded(email))
}

/// Adds a user.
///
/// # Errors
/// [`Error::Conflict`] when the organisation has a user of this email address.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewUser<'_>) -> Result<()> {
    let (insert, _) = addition(organisation, new, None)?;
    if transaction.execute(insert).await? == 0 {
        return Err(Error::Conflict("somebody has this email address already"));
    }
    remember(transaction, organisation, Kept::User(new.id), new.created_at).await
}

/// What adds a user and touches no row when the address is taken; and for one whom a provider brings, what remembers
/// them, with the event that tells of it. Nobody is brought whose address is of a domain that another provider vouches
/// for.
pub(crate) fn addition(
    organisation: OrganisationId,
    new: &NewUser<'_>,
    brought: Option<(ProviderId, EventId)>,
) -> Result<(Sql, Option<Sql>)> {
    let insert = sql!(
        "INSERT INTO users (organisation_id, id, email, name, name_order, search_text, password_hash, state,
         created_at, password_set_at, version)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $7 IS NULL THEN NULL ELSE $9 END, 1
         WHERE $10 IS NULL OR NOT EXISTS (SELECT 1 FROM provider_domains p
         WHERE p.organisation_id = $1 AND p.domain = $11 AND p.provider_id <> $10)
         ON CONFLICT (organisation_id, email) DO NOTHING",
        organisation,
        new.id,
        new.email,
        new.name,
        folded(new.name).into_bytes(),
        search_text(new.name, new.email),
        new.password_hash,
        word(new.state),
        new.created_at,
        brought.map(|(provider, _)| provider),
        domain_of(new.email)
    );
    let told = brought.map(|(_, event)| history::begin_to_remember(organisation, new, event));
    Ok((insert, told.transpose()?))
}

/// One user.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: UserId) -> Result<User> {
    let query = format!("SELECT {COLUMNS} FROM users t WHERE t.organisation_id = $1 AND t.id = $2");
    user(&queries.row(sql!(&query, organisation, id)).await?.ok_or(Error::NotFound)?)
}

/// The user of an email address in its normal form.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn by_email(queries: &mut impl Queries, organisation: OrganisationId, email: &str) -> Result<User> {
    let query = format!("SELECT {COLUMNS} FROM users t WHERE t.organisation_id = $1 AND t.email = $2");
    user(&queries.row(sql!(&query, organisation, email)).await?.ok_or(Error::NotFound)?)
}

/// How many users there are, whatever their state.
///
/// # Errors
/// When the database is away.
pub async fn count(queries: &mut impl Queries, organisation: OrganisationId) -> Result<i64> {
    let query = sql!("SELECT count(*) FROM users WHERE organisation_id = $1", organisation);
    Ok(queries.scalar(query).await?.unwrap_or(0))
}

/// A page of users in the order of their names.
///
/// # Errors
/// When the database is away.
pub async fn page(queries: &mut impl Queries, organisation: OrganisationId, page: &NamePage) -> Result<Vec<User>> {
    let mut query = Sql::new(&format!("SELECT {COLUMNS} FROM users t WHERE t.organisation_id = "));
    query.bind(organisation);
    push_name_page(&mut query, page);
    queries.rows(query).await?.iter().map(user).collect()
}

/// Ids and names of users who aren't disabled, in the order of their names, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn names(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    limit: u32,
) -> Result<Vec<(UserId, String)>> {
    let query = sql!(
        "SELECT id, name FROM users WHERE organisation_id = $1 AND state <> 'disabled'
         ORDER BY name_order, id LIMIT $2",
        organisation,
        limit
    );
    queries.rows(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// An account that a sign-in could mean.
#[derive(Debug, Clone)]
pub struct Account {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Whether the account may act.
    pub state: AccountState,
    /// The PHC string of the password, if there is one.
    pub password_hash: Option<String>,
}

/// The account that a sign-in with this address means: in the organisation that was named, else the one
/// that can sign in and did so last. The only query over users that looks across organisations.
///
/// # Errors
/// When the database is away.
pub async fn account(queries: &mut impl Queries, email: &str, slug: Option<&str>) -> Result<Option<Account>> {
    let row = queries
        .row(sql!(
            "SELECT u.organisation_id, u.id, u.name, u.state, u.password_hash FROM users u
             JOIN organisations o ON o.id = u.organisation_id
             WHERE u.email = $1 AND ($2 IS NULL OR o.slug = $2)
             ORDER BY CASE WHEN u.state = 'active' AND u.password_hash IS NOT NULL THEN 0 ELSE 1 END,
             coalesce(u.last_sign_in_at, 0) DESC, o.number LIMIT 1",
            email,
            slug
        ))
        .await?;
    row.as_ref().map(account_of).transpose()
}

/// The users of this email address in all organisations, for the operator.
///
/// # Errors
/// When the database is away.
pub async fn ids_by_email(queries: &mut impl Queries, email: &str) -> Result<Vec<(OrganisationId, UserId)>> {
    let rows = queries.rows(sql!("SELECT organisation_id, id FROM users WHERE email = $1", email)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The same account once more, as it stands now.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn account_by_id(queries: &mut impl Queries, organisation: OrganisationId, id: UserId) -> Result<Account> {
    let query = "SELECT organisation_id, id, name, state, password_hash FROM users
                 WHERE organisation_id = $1 AND id = $2";
    account_of(&queries.row(sql!(query, organisation, id)).await?.ok_or(Error::NotFound)?)
}

fn account_of(row: &Row) -> Result<Account> {
    let mut columns = row.columns();
    Ok(Account {
        organisation: columns.next()?,
        user: columns.next()?,
        name: columns.next()?,
        state: state_of(&columns.next::<String>()?)?,
        password_hash: columns.next()?,
    })
}

/// Names a user anew, who stands at this version.
///
/// # Errors
/// [`Error::Conflict`] when they don't.
pub async fn rename(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: &User,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    let changed = transaction
        .execute(sql!(
            "UPDATE users SET name = $4, name_order = $5, search_text = $6, version = version + 1
             WHERE organisation_id = $1 AND id = $2 AND version = $3",
            organisation,
            user.id,
            user.version,
            name,
            folded(name).into_bytes(),
            search_text(name, &user.email)
        ))
        .await?;
    if changed == 0 {
        return Err(Error::Conflict("the user was changed in between"));
    }
    remember(transaction, organisation, Kept::User(user.id), now).await?;
    // Callers are kept with the name that the ledger writes down.
    advance_policy_epoch_of(transaction, organisation, user.id).await
}

/// Gives a user another address, whose version is the one that there is.
pub(crate) async fn readdress(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: &User,
    email: &str,
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE users SET email = $3, search_text = $4, version = version + 1
             WHERE organisation_id = $1 AND id = $2",
            organisation,
            user.id,
            email,
            search_text(&user.name, email)
        ))
        .await?;
    remember(transaction, organisation, Kept::User(user.id), now).await?;
    advance_policy_epoch_of(transaction, organisation, user.id).await
}

/// Switches a user on or off. Sessions and links are ended apart.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn set_state(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    state: AccountState,
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE users SET state = $3, version = version + 1 WHERE organisation_id = $1 AND id = $2",
            organisation,
            id,
            word(state)
        ))
        .await?;
    remember(transaction, organisation, Kept::User(id), now).await?;
    advance_policy_epoch_of(transaction, organisation, id).await
}

/// Replaces the hash of a password by another of the same password.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn hash_anew(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    password_hash: &str,
) -> Result<()> {
    set_password(transaction, organisation, id, password_hash, None).await
}

async fn set_password(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    password_hash: &str,
    chosen_at: Option<Timestamp>,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE users SET password_hash = $3, password_set_at = coalesce($4, password_set_at)
             WHERE organisation_id = $1 AND id = $2",
            organisation,
            id,
            password_hash,
            chosen_at
        ))
        .await
}

/// Gives a user a new password, and keeps the hashes of so many before it.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn choose_password(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    (password_hash, now): (&str, Timestamp),
    kept: i64,
) -> Result<()> {
    // Numbers grow from the newest, so that what is older than the last few is known without counting.
    let keep = "INSERT INTO former_passwords (organisation_id, user_id, number, password_hash)
                SELECT u.organisation_id, u.id, coalesce((SELECT max(f.number) FROM former_passwords f
                WHERE f.organisation_id = u.organisation_id AND f.user_id = u.id), 0) + 1, u.password_hash
                FROM users u WHERE u.organisation_id = $1 AND u.id = $2 AND u.password_hash IS NOT NULL";
    transaction.execute(sql!(keep, organisation, id)).await?;
    let forget = "DELETE FROM former_passwords WHERE organisation_id = $1 AND user_id = $2 AND number <=
                  (SELECT max(f.number) FROM former_passwords f WHERE f.organisation_id = $1 AND f.user_id = $2) - $3";
    transaction.execute(sql!(forget, organisation, id, kept)).await?;
    set_password(transaction, organisation, id, password_hash, Some(now)).await
}

/// The hashes of a user's password and of so many before it, newest first.
///
/// # Errors
/// When the database is away.
pub async fn last_passwords(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: UserId,
    before: i64,
) -> Result<Vec<String>> {
    let query = "SELECT password_hash FROM users WHERE organisation_id = $1 AND id = $2 AND password_hash IS NOT NULL";
    let mut hashes: Vec<String> = queries.scalar(sql!(query, organisation, id)).await?.into_iter().collect();
    let query = "SELECT password_hash FROM former_passwords WHERE organisation_id = $1 AND user_id = $2
                 ORDER BY number DESC LIMIT $3";
    for row in queries.rows(sql!(query, organisation, id, before)).await? {
        hashes.push(row.get(0)?);
    }
    Ok(hashes)
}

/// When a user chose their password; nothing when they have none.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn password_set_at(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: UserId,
) -> Result<Option<Timestamp>> {
    let query = "SELECT password_set_at FROM users WHERE organisation_id = $1 AND id = $2";
    queries.row(sql!(query, organisation, id)).await?.ok_or(Error::NotFound)?.get(0)
}

/// Whether a user has a password.
///
/// # Errors
/// When the database is away.
pub async fn has_password(queries: &mut impl Queries, organisation: OrganisationId, id: UserId) -> Result<bool> {
    let query = "SELECT count(*) FROM users WHERE organisation_id = $1 AND id = $2 AND password_hash IS NOT NULL";
    Ok(queries.scalar::<i64>(sql!(query, organisation, id)).await?.unwrap_or(0) > 0)
}

/// Lets a user in again who wasn't there for long.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn reactivate(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    now: Timestamp,
) -> Result<()> {
    changed(transaction, organisation, id).await?;
    seen(transaction, organisation, id, ("reactivated_at", now)).await
}

/// Remembers a sign-in.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn signed_in(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    now: Timestamp,
) -> Result<()> {
    seen(transaction, organisation, id, ("last_sign_in_at", now)).await
}

async fn seen(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: UserId,
    (when, now): (&str, Timestamp),
) -> Result<()> {
    let update = format!("UPDATE users SET {when} = $3 WHERE organisation_id = $1 AND id = $2");
    transaction.execute_one(sql!(&update, organisation, id, now)).await
}

/// Counts the version up, because something changed that is shown with the user.
pub(crate) async fn changed(transaction: &mut Transaction, organisation: OrganisationId, id: UserId) -> Result<()> {
    let update = "UPDATE users SET version = version + 1 WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(update, organisation, id)).await
}
