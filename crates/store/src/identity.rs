//! People, groups, roles given, keys, sessions and links in rows.
//!
//! Whatever changes rights advances the policy epoch in the same transaction. Holds hashes of tokens
//! and passwords and never either of them; decides nothing.

pub mod access_tokens;
pub mod agent_ids;
pub mod api_keys;
pub mod assignments;
pub mod endings;
pub mod external;
pub mod factors;
pub mod given;
pub mod groups;
pub mod links;
pub mod passkeys;
pub mod phones;
pub mod providers;
pub mod seen;
pub mod sent_codes;
pub mod sessions;
pub mod sign_ins;
pub mod through;
pub mod users;

use crate::database::{Queries, Sql, sql};
use crate::{Error, Result, Transaction, access};
use soundkeep_domain::access::{CallerFacts, CallerKind, PermissionSet};
use soundkeep_domain::{OrganisationId, SessionId, Timestamp};
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What a caller came in with, beyond who they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    /// The session of a user.
    pub session: Option<SessionId>,
    /// SHA-256 of the text of a key; nothing where only the key is known.
    pub key_text: Option<[u8; 32]>,
    /// SHA-256 of the access token that a program showed instead of its key.
    pub access_token: Option<[u8; 32]>,
    /// When what was shown ends by itself, for a program.
    pub ends_at: Option<Timestamp>,
}

/// The facts of a caller as they are now, whose session (of a user) or key must still be good.
///
/// # Errors
/// [`Error::NotFound`] when the session, key or user has ended meanwhile.
pub async fn caller_now(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    kind: CallerKind,
    shown: Shown,
    now: Timestamp,
) -> Result<CallerFacts> {
    match kind {
        CallerKind::User(user) => {
            let session = shown.session.ok_or(Error::NotFound)?;
            if sessions::expires_at(queries, organisation, session).await? <= now {
                return Err(Error::NotFound);
            }
            access::user_caller(queries, organisation, user, now).await
        }
        CallerKind::ApiKey(key) => {
            if shown.ends_at.is_some_and(|end| end <= now) {
                return Err(Error::NotFound);
            }
            let (rights, mut scopes) = api_keys::rights_of(queries, organisation, (key, shown.key_text), now).await?;
            if let Some(token) = &shown.access_token {
                let narrower = access_tokens::narrowed_to(queries, organisation, token, now).await?;
                scopes = PermissionSet::narrower(scopes, narrower);
            }
            Ok(access::api_key_caller(queries, organisation, key, rights, now).await?.limited_to(scopes))
        }
        CallerKind::System(system) => access::system_caller(queries, organisation, system).await,
    }
}

/// Deletes sessions, sign-ins and links that ended or expired before this time, and access tokens and codes
/// that have expired.
///
/// # Errors
/// When the database refuses.
pub async fn forget(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (before, now): (Timestamp, Timestamp),
) -> Result<()> {
    let tokens = "DELETE FROM access_tokens WHERE organisation_id = $1 AND expires_at <= $2";
    transaction.execute(sql!(tokens, organisation, now)).await?;
    let codes = "DELETE FROM sent_codes WHERE organisation_id = $1 AND expires_at <= $2";
    transaction.execute(sql!(codes, organisation, now)).await?;
    let sessions = "DELETE FROM sessions WHERE organisation_id = $1 AND (ended_at < $2 OR expires_at < $2)";
    transaction.execute(sql!(sessions, organisation, before)).await?;
    let sign_ins = "DELETE FROM sign_ins WHERE organisation_id = $1 AND (ended_at < $2 OR expires_at < $2)";
    transaction.execute(sql!(sign_ins, organisation, before)).await?;
    external::forget(transaction, organisation, before).await?;
    let links = "DELETE FROM links WHERE organisation_id = $1 AND (used_at < $2 OR expires_at < $2)";
    transaction.execute(sql!(links, organisation, before)).await?;
    Ok(())
}

/// After which row a page of things with names begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameCursor {
    name_order: Vec<u8>,
    id: Vec<u8>,
}

impl NameCursor {
    /// Text to be handed out and taken back.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for byte in self.id.iter().chain(&self.name_order) {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// The cursor that this text is.
    ///
    /// # Errors
    /// [`Error::BadCursor`] when it is none.
    pub fn parse(text: &str) -> Result<Self> {
        // The parser of numbers would take a sign as well.
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::BadCursor);
        }
        let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
        let bytes: std::result::Result<Vec<u8>, _> = digits.map(|pair| u8::from_str_radix(pair, 16)).collect();
        let bytes = bytes.map_err(|_| Error::BadCursor)?;
        let (id, name_order) = bytes.split_at_checked(16).ok_or(Error::BadCursor)?;
        Ok(Self { name_order: name_order.to_vec(), id: id.to_vec() })
    }
}

/// What a page of things with names is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct NamePage {
    /// A part of the name (of users the email address too), in any case and with or without accents.
    pub search: Option<String>,
    /// After which row.
    pub after: Option<NameCursor>,
    /// How many at most.
    pub limit: u32,
}

/// Lower case without accents: what names are found by and ordered by, alike in both databases.
#[must_use]
pub fn folded(text: &str) -> String {
    text.trim().nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).collect()
}

/// Search condition, cursor, order and limit for a table aliased `t`.
fn push_name_page(query: &mut Sql, page: &NamePage) {
    if let Some(search) = page.search.as_deref().map(folded).filter(|search| !search.is_empty()) {
        let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query.push(" AND t.search_text LIKE ").bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
    }
    if let Some(after) = &page.after {
        query.push(" AND (t.name_order, t.id) > (").bind(after.name_order.clone()).push(", ");
        query.bind(after.id.clone()).push(")");
    }
    query.push(" ORDER BY t.name_order, t.id LIMIT ").bind(page.limit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_nonsense_is_none() {
        let cursor = NameCursor { name_order: folded("Ägidius Öz").into_bytes(), id: vec![9; 16] };
        assert_eq!(NameCursor::parse(&cursor.text()).unwrap(), cursor);
        for nonsense in ["", "zz", "0102", "é", &"+1".repeat(20)] {
            assert!(NameCursor::parse(nonsense).is_err(), "{nonsense:?}");
        }
        assert_eq!(folded("  Ägidius "), "agidius");
    }
}
