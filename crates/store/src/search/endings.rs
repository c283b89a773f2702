//! How unfinished words go on: the vocabulary of the index, by organisation.
//!
//! SQLite's full text index reads everything behind an unfinished word before its first row, and walks row by row
//! behind a whole one. So it is told which words there are instead. PostgreSQL needs none of this, and keeps none.

use super::{BACKWARDS, DIGITS, Tokens};
use crate::Result;
use crate::Transaction;
use crate::database::{Dialect, Queries, Sql, sql};
use soundkeep_domain::OrganisationId;
use std::collections::{BTreeMap, BTreeSet};

/// An unfinished word that goes on in more ways than this is left to the index: each way is a walk of its own.
const ENDINGS_MAX: usize = 64;

/// What the vocabulary says of the words that are looked for.
#[derive(Debug, Default)]
pub(super) struct Endings {
    /// The words that unfinished ones go on to.
    unfinished: BTreeMap<String, Vec<String>>,
    /// Whole words that no conversation has.
    unknown: BTreeSet<String>,
}

impl Endings {
    /// The words that an unfinished one goes on to, itself among them; nothing when the index must find them itself.
    pub(super) fn of(&self, token: &str) -> Option<&[String]> {
        self.unfinished.get(token).map(Vec::as_slice)
    }

    /// Whether it is known that no conversation has this whole word.
    pub(super) fn is_unknown(&self, token: &str) -> bool {
        self.unknown.contains(token)
    }

    /// Looks up how the unfinished of these tokens go on, and which of the whole ones there are.
    pub(super) async fn find(
        queries: &mut impl Queries,
        organisation: OrganisationId,
        tokens: &Tokens,
        wanted: Looked,
    ) -> Result<Self> {
        let mut found = Self::default();
        if queries.dialect() == Dialect::Postgres {
            return Ok(found);
        }
        for token in wanted.unfinished.into_iter().filter(|token| is_word(tokens, token)) {
            // What follows every token that begins so: no token holds a tilde.
            let after = format!("{token}~");
            let limit = i64::try_from(ENDINGS_MAX).unwrap_or(i64::MAX).saturating_add(1);
            let query =
                "SELECT term FROM search_terms WHERE organisation_id = $1 AND term >= $2 AND term < $3 LIMIT $4";
            let rows = queries.rows(sql!(query, organisation, token.as_str(), after, limit)).await?;
            if rows.len() <= ENDINGS_MAX {
                let terms = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>>>()?;
                found.unfinished.insert(token, terms);
            }
        }
        found.unknown = wanted.whole.into_iter().filter(|token| is_word(tokens, token)).collect();
        if !found.unknown.is_empty() {
            let mut query = Sql::new("SELECT term FROM search_terms WHERE organisation_id = ");
            query
                .bind(organisation)
                .push(" AND term IN (")
                .bind_all(found.unknown.iter().map(String::as_str))
                .push(")");
            for row in queries.rows(query).await? {
                found.unknown.remove(&row.get::<String>(0)?);
            }
        }
        Ok(found)
    }
}

/// Tokens that a search looks for.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Those that may go on.
    pub(super) unfinished: BTreeSet<String>,
    /// Those that stand as they are.
    pub(super) whole: BTreeSet<String>,
}

/// Whether a token is a word that somebody may type the beginning of. Nearly every number is its own: a list of them
/// would be as long as the index.
fn is_word(tokens: &Tokens, token: &str) -> bool {
    let part = token.strip_prefix(&tokens.prefix).and_then(|token| token.chars().next());
    matches!(part, Some(part) if part.is_ascii_lowercase() && ![DIGITS, BACKWARDS, 'a', 'g', 'x'].contains(&part))
}

/// Takes up tokens that the index now holds.
pub(crate) async fn take_up<'token>(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    new: impl Iterator<Item = &'token String>,
) -> Result<()> {
    let words = listed(tokens, new);
    if transaction.dialect() == Dialect::Postgres || words.is_empty() {
        return Ok(());
    }
    let insert = "INSERT OR IGNORE INTO search_terms (organisation_id, term) SELECT $1, value FROM json_each($2)";
    transaction.execute(sql!(insert, organisation, json(&words))).await.map(|_| ())
}

/// Gives up those of these tokens that the index no longer holds of any conversation.
pub(super) async fn give_up<'token>(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    gone: impl Iterator<Item = &'token String>,
) -> Result<()> {
    let words = listed(tokens, gone);
    if transaction.dialect() == Dialect::Postgres || words.is_empty() {
        return Ok(());
    }
    let delete = "DELETE FROM search_terms WHERE organisation_id = $1 AND term IN (
                    SELECT gone.value FROM json_each($2) AS gone
                    WHERE NOT EXISTS (SELECT 1 FROM search WHERE search MATCH '\"' || gone.value || '\"'))";
    transaction.execute(sql!(delete, organisation, json(&words))).await.map(|_| ())
}

fn listed<'token>(tokens: &Tokens, all: impl Iterator<Item = &'token String>) -> BTreeSet<&'token str> {
    all.map(String::as_str).filter(|token| is_word(tokens, token)).collect()
}

/// Tokens are letters, digits and underscores: nothing in them needs an escape.
fn json(words: &BTreeSet<&str>) -> String {
    let words: Vec<&str> = words.iter().copied().collect();
    format!("[\"{}\"]", words.join("\",\""))
}
