//! Notes in rows: sealed texts, each under a key of its own. Holds no key and reads no text.

use super::{hold, tokens};
use crate::database::{Dialect, Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction, search};
use soundkeep_domain::access::{Column, Permit, marks};
use soundkeep_domain::{ConversationId, NoteId, OrganisationId, Timestamp, UserId};

/// A note: sealed text and who wrote it.
#[derive(Debug, Clone)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Who wrote it, if a person did.
    pub author: Option<(UserId, String)>,
    /// When.
    pub created_at: Timestamp,
    /// Its key, wrapped by the organisation's.
    pub wrapped_key: Vec<u8>,
    /// The sealed text.
    pub sealed: Vec<u8>,
}

/// The notes of a conversation, oldest first; none when an access group hides them.
///
/// # Errors
/// When the database is away.
pub async fn notes(queries: &mut impl Queries, permit: &Permit<marks::ConversationsView>) -> Result<Vec<Note>> {
    if !permit.columns().has(Column::Notes) {
        return Ok(Vec::new());
    }
    notes_of(queries, permit.organisation(), permit.conversation()).await
}

async fn notes_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    conversation: ConversationId,
) -> Result<Vec<Note>> {
    let rows = queries
        .rows(sql!(
            "SELECT n.id, n.author_id, u.name, n.created_at, n.wrapped_key, n.sealed FROM notes n
             LEFT JOIN users u ON u.organisation_id = n.organisation_id AND u.id = n.author_id
             WHERE n.organisation_id = $1 AND n.conversation_id = $2 ORDER BY n.created_at, n.id",
            organisation,
            conversation
        ))
        .await?;
    rows.iter().map(note).collect()
}

fn note(row: &Row) -> Result<Note> {
    let mut columns = row.columns();
    let id = columns.next()?;
    let author: Option<UserId> = columns.next()?;
    let name: Option<String> = columns.next()?;
    Ok(Note {
        id,
        author: author.map(|author| (author, name.unwrap_or_default())),
        created_at: columns.next()?,
        wrapped_key: columns.next()?,
        sealed: columns.next()?,
    })
}

/// How many notes a conversation has.
///
/// # Errors
/// When the database is away.
pub async fn notes_count(queries: &mut impl Queries, permit: &Permit<marks::ConversationsView>) -> Result<i64> {
    let query = sql!(
        "SELECT count(*) FROM notes WHERE organisation_id = $1 AND conversation_id = $2",
        permit.organisation(),
        permit.conversation()
    );
    Ok(queries.scalar(query).await?.unwrap_or(0))
}

/// The notes as they stand in this transaction, for writing the index anew.
///
/// # Errors
/// When the database is away.
pub async fn notes_for_edit(
    transaction: &mut Transaction,
    permit: &Permit<marks::ConversationsEdit>,
) -> Result<Vec<Note>> {
    notes_of(transaction, permit.organisation(), permit.conversation()).await
}

/// Holds rights as they are, and lets one transaction at a time change the notes of a conversation: the index is made
/// of all of them.
async fn begin(transaction: &mut Transaction, permit: &Permit<marks::ConversationsEdit>) -> Result<()> {
    hold(transaction, permit).await?;
    let mut query = Sql::new("SELECT ord FROM conversations WHERE organisation_id = ");
    query.bind(permit.organisation()).push(" AND id = ").bind(permit.conversation());
    if transaction.dialect() == Dialect::Postgres {
        query.push(" FOR NO KEY UPDATE");
    }
    transaction.row(query).await?.map(|_| ()).ok_or(Error::NotFound)
}

/// Adds a note.
///
/// # Errors
/// [`Error::StalePermit`] when rights changed since the decision.
pub async fn add_note(
    transaction: &mut Transaction,
    permit: &Permit<marks::ConversationsEdit>,
    note: &Note,
) -> Result<()> {
    begin(transaction, permit).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO notes (organisation_id, id, conversation_id, author_id, created_at, wrapped_key, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            permit.organisation(),
            note.id,
            permit.conversation(),
            note.author.as_ref().map(|(id, _)| *id),
            note.created_at,
            note.wrapped_key.clone(),
            note.sealed.clone()
        ))
        .await
}

/// Deletes a note and its key.
///
/// # Errors
/// [`Error::NotFound`] when the conversation has no such note.
pub async fn delete_note(
    transaction: &mut Transaction,
    permit: &Permit<marks::ConversationsEdit>,
    note: NoteId,
) -> Result<()> {
    begin(transaction, permit).await?;
    transaction
        .execute_one(sql!(
            "DELETE FROM notes WHERE organisation_id = $1 AND conversation_id = $2 AND id = $3",
            permit.organisation(),
            permit.conversation(),
            note
        ))
        .await
}

/// Writes the words of the notes into the index.
///
/// # Errors
/// When the database refuses.
pub async fn index_notes(
    transaction: &mut Transaction,
    permit: &Permit<marks::ConversationsEdit>,
    texts: &[&str],
) -> Result<()> {
    let organisation = permit.organisation();
    let ord: i64 = transaction
        .scalar(sql!(
            "SELECT ord FROM conversations WHERE organisation_id = $1 AND id = $2",
            organisation,
            permit.conversation()
        ))
        .await?
        .ok_or(Error::NotFound)?;
    let tokens = tokens(transaction, organisation).await?;
    search::index_notes(transaction, organisation, &tokens, ord, texts).await
}
