//! The conversation list: what the caller's scope reaches, narrowed, sorted, page by page.

use super::{columns, cursor};
use crate::settings::{hidden_numbers, mask};
use crate::{Caller, Result, Vault};
use soundkeep_domain::access::{Column, ScopeOf, authorize_list, marks};
use soundkeep_store::conversations;

pub use soundkeep_store::conversations::{Conversation, Filter, Sort, SortBy};
pub use soundkeep_store::search::Query;

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The conversations.
    pub items: Vec<Conversation>,
    /// Where the next page begins, if there is one; nobody can read a value in it.
    pub next: Option<String>,
}

fn scope(caller: &Caller) -> Result<ScopeOf<marks::ConversationsView>> {
    Ok(authorize_list::<marks::ConversationsView>(caller.facts())?)
}

/// The filter as far as the organisation lets anybody look: not by numbers that it hides.
async fn narrowed(vault: &Vault, caller: &Caller, filter: &Filter) -> Result<Filter> {
    let numbers_hidden_in = hidden_numbers(vault, caller.organisation()).await?;
    Ok(Filter { numbers_hidden_in, ..filter.clone() })
}

/// A page of at most `limit` conversations, newest first when no order is asked for.
///
/// # Errors
/// [`crate::Error::Denied`] when the caller may see no list at all; [`crate::Error::Invalid`] when it is asked for by a
/// column that is hidden from them, or after what isn't a cursor.
pub async fn list(
    vault: &Vault,
    caller: &Caller,
    filter: &Filter,
    sort: Option<Sort>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page> {
    let scope = scope(caller)?;
    columns::check(filter, sort, scope.restrictions().columns())?;
    let filter = &narrowed(vault, caller, filter).await?;
    let sort = sort.unwrap_or(Sort { by: SortBy::Started, descending: true });
    let keys = vault.keys(caller.organisation()).await?;
    let after = after.map(|text| cursor::read(&keys, caller.organisation(), text)).transpose()?;
    let mut reader = vault.store().reader();
    let mut items = conversations::list(&mut reader, &scope, filter, sort, after, limit.saturating_add(1)).await?;
    for item in &mut items {
        mask(&filter.numbers_hidden_in, item);
    }
    let more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        items.pop();
    }
    let next = items.last().filter(|_| more).map(|last| conversations::Cursor {
        duration_ms: if sort.by == SortBy::Duration { last.duration_ms.unwrap_or(0) } else { 0 },
        ord: last.ord,
    });
    let next = next.map(|next| cursor::written(vault, &keys, caller.organisation(), next)).transpose()?;
    Ok(Page { items, next })
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number, or the highest that was counted to.
    pub count: i64,
    /// Whether it is all.
    pub exact: bool,
}

/// Counts the conversations: exact to 1,000, then "1,000+"; exact on request.
///
/// # Errors
/// [`crate::Error::Denied`] when the caller may see no list at all.
pub async fn count(vault: &Vault, caller: &Caller, filter: &Filter, exact: bool) -> Result<Count> {
    let scope = scope(caller)?;
    columns::check(filter, None, scope.restrictions().columns())?;
    let filter = &narrowed(vault, caller, filter).await?;
    let count = conversations::count(&mut vault.store().reader(), &scope, filter, exact).await?;
    Ok(match exact || count <= conversations::COUNT_EXACT_MAX {
        true => Count { count, exact: true },
        false => Count { count: conversations::COUNT_EXACT_MAX, exact: false },
    })
}

/// Tags in use, for filters and suggestions.
///
/// # Errors
/// [`crate::Error::Denied`] when the caller may see no list at all.
pub async fn tags(vault: &Vault, caller: &Caller) -> Result<Vec<String>> {
    let scope = scope(caller)?;
    if !scope.restrictions().columns().has(Column::Tags) {
        return Ok(Vec::new());
    }
    // A tag tells of conversations: who doesn't see all of them gets those of what they see.
    if scope.everything() && scope.restrictions().rows().next().is_none() {
        return Ok(conversations::tags(&mut vault.store().reader(), scope.organisation(), 500).await?);
    }
    let sort = Sort { by: SortBy::Started, descending: true };
    let mut reader = vault.store().reader();
    let recent = conversations::list(&mut reader, &scope, &Filter::default(), sort, None, 500).await?;
    let tags: std::collections::BTreeSet<String> = recent.into_iter().flat_map(|one| one.tags).collect();
    Ok(tags.into_iter().collect())
}
