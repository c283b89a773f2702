//! The list of conversations: one scope and one filter become one indexed statement.
//!
//! The scope that the decision made is a condition here and nowhere else: as a merge of short walks per
//! group, as tokens of the search index, or as a condition on each row, whichever is quick. Decides nothing.

use super::{COLUMNS, Conversation, SLOTS, STARTED_AT_MAX, complete, tokens};
use crate::database::{Dialect, Queries, Sql};
use crate::search::{self, Tokens, Wanted};
use crate::{Error, Result};
use soundkeep_domain::access::{PermissionKind, Reached, RecordState, ScopeOf, StateNeed};
use soundkeep_domain::conversations::{Channel, Direction};
use soundkeep_domain::{GroupId, Timestamp, UserId};

/// A scope of more groups than this is looked up per row instead of merged per group.
const MERGED_BRANCHES_MAX: usize = 64;
/// Counts are exact up to here.
pub const COUNT_EXACT_MAX: i64 = 1000;

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words to be found.
    pub words: Option<search::Query>,
    /// A number to be found.
    pub number: Option<search::Query>,
    /// Started at or after.
    pub from: Option<Timestamp>,
    /// Started before.
    pub until: Option<Timestamp>,
    /// Which way.
    pub direction: Option<Direction>,
    /// By what means.
    pub channel: Option<Channel>,
    /// With this agent.
    pub agent: Option<UserId>,
    /// Of this group.
    pub group: Option<GroupId>,
    /// With this tag.
    pub tag: Option<String>,
    /// In this state.
    pub state: Option<RecordState>,
    /// At least this long, in milliseconds.
    pub duration_ms_min: Option<i64>,
    /// At most this long, in milliseconds.
    pub duration_ms_max: Option<i64>,
    /// Only what could not be attributed to an agent.
    pub unattributed: bool,
    /// Channels in which nobody finds a conversation by a number.
    pub numbers_hidden_in: Vec<Channel>,
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// The start.
    Started,
    /// The duration; what has none comes as if it had zero.
    Duration,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

/// After which row a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The duration of that row, in milliseconds; zero where the list isn't sorted by it.
    pub duration_ms: i64,
    /// The place of that row.
    pub ord: i64,
}

impl Cursor {
    /// Text to be handed out and taken back.
    #[must_use]
    pub fn text(self) -> String {
        format!("{:x}.{:x}", self.ord, self.duration_ms)
    }
    /// The cursor that this text is.
    ///
    /// # Errors
    /// [`Error::BadCursor`] when it is none.
    pub fn parse(text: &str) -> Result<Self> {
        let (ord, duration) = text.split_once('.').ok_or(Error::BadCursor)?;
        let number = |text: &str| i64::from_str_radix(text, 16).map_err(|_| Error::BadCursor);
        Ok(Self { ord: number(ord)?, duration_ms: number(duration)? })
    }
}

/// A page of the list: what the scope reaches and the filter leaves, at most `limit` rows after the cursor.
///
/// # Errors
/// When the database is away.
pub async fn list<P: PermissionKind>(
    queries: &mut impl Queries,
    scope: &ScopeOf<P>,
    filter: &Filter,
    sort: Sort,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Vec<Conversation>> {
    let organisation = scope.organisation();
    let tokens = tokens(queries, organisation).await?;
    let page = Page { sort, after, limit: Some(i64::from(limit)) };
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS);
    match branches(scope, filter) {
        Branches::One => {
            push_one(&mut query, queries, scope, filter, (&tokens, &page)).await?;
        }
        Branches::Merged => {
            query.push(" FROM conversations c WHERE c.ord IN (");
            push_merged(&mut query, scope, filter, &page, "ord");
            query.push(")");
            push_order(&mut query, "c", &page);
        }
    }
    let rows = queries.rows(query).await?;
    complete(queries, organisation, rows, scope.policy_epoch(), scope.restrictions().columns()).await
}

/// How many conversations the scope reaches and the filter leaves: exact to [`COUNT_EXACT_MAX`], one more
/// when there are more; exact whatever it costs when `exact`.
///
/// # Errors
/// When the database is away.
pub async fn count<P: PermissionKind>(
    queries: &mut impl Queries,
    scope: &ScopeOf<P>,
    filter: &Filter,
    exact: bool,
) -> Result<i64> {
    let tokens = tokens(queries, scope.organisation()).await?;
    let sort = Sort { by: SortBy::Started, descending: true };
    let page = Page { sort, after: None, limit: (!exact).then_some(COUNT_EXACT_MAX + 1) };
    let mut query = Sql::new("SELECT count(*) FROM (");
    match branches(scope, filter) {
        Branches::One => {
            query.push("SELECT c.ord");
            push_one(&mut query, queries, scope, filter, (&tokens, &page)).await?;
        }
        Branches::Merged => push_merged(&mut query, scope, filter, &page, "ord"),
    }
    query.push(") AS counted");
    Ok(queries.scalar(query).await?.unwrap_or(0))
}

struct Page {
    sort: Sort,
    after: Option<Cursor>,
    limit: Option<i64>,
}

enum Branches {
    /// One walk over conversations or the search index, with the scope as a condition or as tokens.
    One,
    /// One short walk per group and one over the own, merged.
    Merged,
}

fn branches<P: PermissionKind>(scope: &ScopeOf<P>, filter: &Filter) -> Branches {
    if scope.everything() || wanted(scope, filter).needs_index() || scope.groups().len() > MERGED_BRANCHES_MAX {
        Branches::One
    } else {
        Branches::Merged
    }
}

/// `FROM ... WHERE ... ORDER BY ... LIMIT` over all conversations or the search index.
async fn push_one<P: PermissionKind>(
    query: &mut Sql,
    queries: &mut impl Queries,
    scope: &ScopeOf<P>,
    filter: &Filter,
    (tokens, page): (&Tokens, &Page),
) -> Result<()> {
    let dialect = queries.dialect();
    let wanted = wanted(scope, filter);
    let is_indexed = wanted.needs_index();
    if is_indexed {
        query.push(match dialect {
            Dialect::Sqlite => " FROM search CROSS JOIN conversations c ON c.ord = search.rowid WHERE ",
            Dialect::Postgres => " FROM search_words JOIN conversations c ON c.ord = search_words.ord WHERE ",
        });
        let condition = wanted.condition(queries, scope.organisation(), tokens).await?;
        search::push_match(query, dialect, condition);
        query.push(" AND c.organisation_id = ").bind(scope.organisation());
    } else {
        query.push(" FROM conversations c WHERE c.organisation_id = ").bind(scope.organisation());
    }
    // The tokens of a scope don't tell since when somebody is appointed.
    let is_dated = scope.groups().iter().any(|reached| reached.since.is_some());
    if !scope.everything() && (!is_indexed || is_dated) {
        push_reach(query, scope);
    }
    push_filter(query, scope, filter, None);
    // The search index walks by its own row number, which is the place.
    let searching = is_indexed && dialect == Dialect::Sqlite && page.sort.by == SortBy::Started;
    let after = page.after.filter(|_| searching);
    if let Some(after) = after {
        query.push(if page.sort.descending { " AND search.rowid < " } else { " AND search.rowid > " }).bind(after.ord);
        query.push(if page.sort.descending { " ORDER BY search.rowid DESC" } else { " ORDER BY search.rowid" });
        push_limit(query, page);
    } else if searching {
        query.push(if page.sort.descending { " ORDER BY search.rowid DESC" } else { " ORDER BY search.rowid" });
        push_limit(query, page);
    } else {
        push_after(query, "c", page);
        push_order(query, "c", page);
    }
    Ok(())
}

/// What the search index is asked for.
fn wanted<'scope, P: PermissionKind>(scope: &'scope ScopeOf<P>, filter: &'scope Filter) -> Wanted<'scope> {
    Wanted {
        words: filter.words.iter().chain(&filter.number).collect(),
        groups: (!scope.everything()).then(|| scope.groups()),
        own: scope.own(),
        columns: scope.restrictions().columns(),
        rules: scope.restrictions().rows().collect(),
    }
}

/// The scope as a condition on a row, for scopes of many groups.
fn push_reach<P: PermissionKind>(query: &mut Sql, scope: &ScopeOf<P>) {
    query.push(" AND (");
    if let Some(user) = scope.own() {
        query.push("EXISTS (SELECT 1 FROM conversation_agents a WHERE a.organisation_id = ");
        query.bind(scope.organisation()).push(" AND a.ord = c.ord AND a.user_id = ").bind(user).push(") OR ");
    }
    query.push("EXISTS (SELECT 1 FROM conversation_groups g WHERE g.organisation_id = ");
    query.bind(scope.organisation()).push(" AND g.ord = c.ord AND (1 = 0");
    let mut whole = scope.groups().iter().filter(|reached| reached.since.is_none()).peekable();
    // PostgreSQL knows no empty list.
    if whole.peek().is_some() {
        query.push(" OR g.group_id IN (").bind_all(whole.map(|reached| reached.group)).push(")");
    }
    for reached in scope.groups() {
        if let Some(since) = reached.since {
            query
                .push(" OR (g.group_id = ")
                .bind(reached.group)
                .push(" AND g.ord >= ")
                .bind(first_place(since))
                .push(")");
        }
    }
    query.push(")))");
}

/// The first place of what began at a time.
fn first_place(time: Timestamp) -> i64 {
    time.min(STARTED_AT_MAX).as_unix_micros() * SLOTS
}

/// One limited walk per group and one over the own conversations, united.
fn push_merged<P: PermissionKind>(query: &mut Sql, scope: &ScopeOf<P>, filter: &Filter, page: &Page, column: &str) {
    let own = scope.own().map(Branch::Own);
    let mut first = true;
    query.push(&format!("SELECT {column} FROM ("));
    for branch in scope.groups().iter().copied().map(Branch::Group).chain(own) {
        query.push(if first { "" } else { " UNION " });
        first = false;
        query.push("SELECT * FROM (SELECT c.ord, c.duration_ms FROM ");
        match branch {
            Branch::Group(group) => {
                query.push("conversation_groups x JOIN conversations c ON c.ord = x.ord WHERE x.organisation_id = ");
                query.bind(scope.organisation()).push(" AND x.group_id = ").bind(group.group);
                if let Some(since) = group.since {
                    query.push(" AND x.ord >= ").bind(first_place(since));
                }
            }
            Branch::Own(user) => {
                query.push("conversation_agents x JOIN conversations c ON c.ord = x.ord WHERE x.organisation_id = ");
                query.bind(scope.organisation()).push(" AND x.user_id = ").bind(user);
            }
        }
        query.push(" AND c.organisation_id = ").bind(scope.organisation());
        let within = match branch {
            Branch::Group(group) => Some(group.group),
            Branch::Own(_) => None,
        };
        push_filter(query, scope, filter, within);
        // By start, the walk is over the branch's own index.
        let table = if page.sort.by == SortBy::Started { "x" } else { "c" };
        push_after(query, table, page);
        push_order(query, table, page);
        query.push(") AS branch");
    }
    if first {
        query.push("SELECT ord, duration_ms FROM conversations WHERE 1 = 0");
    }
    query.push(") AS merged");
    push_order(query, "merged", page);
}

#[derive(Clone, Copy)]
enum Branch {
    Group(Reached),
    Own(UserId),
}

/// What the permission needs of the record state, and what the filter asks; of rows that are `within` a group.
fn push_filter<P: PermissionKind>(query: &mut Sql, scope: &ScopeOf<P>, filter: &Filter, within: Option<GroupId>) {
    match P::PERMISSION.row().state {
        StateNeed::Any => {}
        StateNeed::NotErased => {
            query.push(" AND c.record_state <> ").bind(RecordState::Erased.word());
        }
        StateNeed::Ready => {
            query.push(" AND c.record_state = ").bind(RecordState::Ready.word());
        }
    }
    push_rules(query, scope, within);
    if let Some(from) = filter.from {
        query.push(" AND c.ord >= ").bind(first_place(from));
    }
    if let Some(until) = filter.until {
        query.push(" AND c.ord < ").bind(first_place(until));
    }
    if let Some(direction) = filter.direction {
        query.push(" AND c.direction = ").bind(direction.word());
    }
    if let Some(channel) = filter.channel {
        query.push(" AND c.channel = ").bind(channel.word());
    }
    let by_number = filter.number.is_some() || filter.words.as_ref().is_some_and(search::Query::has_digits);
    if !filter.numbers_hidden_in.is_empty() && by_number {
        let hidden = filter.numbers_hidden_in.iter().map(|channel| channel.word());
        query.push(" AND c.channel NOT IN (").bind_all(hidden).push(")");
    }
    if let Some(state) = filter.state {
        query.push(" AND c.record_state = ").bind(state.word());
    }
    if let Some(shortest) = filter.duration_ms_min {
        query.push(" AND c.duration_ms >= ").bind(shortest);
    }
    if let Some(longest) = filter.duration_ms_max {
        query.push(" AND c.duration_ms <= ").bind(longest);
    }
    if filter.unattributed {
        query.push(" AND c.attributed = 0");
    }
    let organisation = scope.organisation();
    let mut holds = |table: &str, column: &str, value: crate::database::Value| {
        query.push(&format!(" AND EXISTS (SELECT 1 FROM {table} f WHERE f.organisation_id = "));
        query.bind(organisation).push(&format!(" AND f.{column} = ")).bind(value).push(" AND f.ord = c.ord)");
    };
    if let Some(agent) = filter.agent {
        holds("conversation_agents", "user_id", agent.into());
    }
    if let Some(group) = filter.group {
        holds("conversation_groups", "group_id", group.into());
    }
    if let Some(tag) = &filter.tag {
        holds("conversation_tags", "tag", tag.into());
    }
}

/// The rules of access groups, but those over numbers and tags: these are asked of the search index. What several of
/// them say alike stands once, and what rows `within` a group fulfil by being in it not at all: a statement has a
/// branch for each group of the scope, and would grow with groups times rules.
fn push_rules<P: PermissionKind>(query: &mut Sql, scope: &ScopeOf<P>, within: Option<GroupId>) {
    let mut said: Vec<(&str, Vec<&'static str>)> = Vec::new();
    for rules in scope.restrictions().rows() {
        let mut one_of = |column: &'static str, words: Vec<&'static str>| {
            let one = (column, words);
            if !one.1.is_empty() && !said.contains(&one) {
                query.push(&format!(" AND c.{column} IN (")).bind_all(one.1.iter().copied()).push(")");
                said.push(one);
            }
        };
        one_of("channel", rules.channels().iter().map(|one| one.word()).collect());
        one_of("direction", rules.directions().iter().map(|one| one.word()).collect());
        one_of("source", rules.sources().iter().map(|one| one.word()).collect());
        one_of("record_state", rules.statuses().iter().map(|one| one.word()).collect());
    }
    let mut demanded: Vec<&[GroupId]> = Vec::new();
    for rules in scope.restrictions().rows() {
        let groups = rules.groups();
        let is_fulfilled = within.is_some_and(|within| groups.contains(&within));
        if !groups.is_empty() && !is_fulfilled && !demanded.contains(&groups) {
            query.push(" AND EXISTS (SELECT 1 FROM conversation_groups f WHERE f.organisation_id = ");
            query.bind(scope.organisation()).push(" AND f.ord = c.ord AND f.group_id IN (");
            query.bind_all(groups.iter().copied()).push("))");
            demanded.push(groups);
        }
    }
}

fn push_after(query: &mut Sql, table: &str, page: &Page) {
    let Some(after) = page.after else { return };
    let compare = if page.sort.descending { "<" } else { ">" };
    match page.sort.by {
        SortBy::Started => query.push(&format!(" AND {table}.ord {compare} ")).bind(after.ord),
        SortBy::Duration => query
            .push(&format!(" AND (coalesce({table}.duration_ms, 0), {table}.ord) {compare} ("))
            .bind(after.duration_ms)
            .push(", ")
            .bind(after.ord)
            .push(")"),
    };
}

fn push_order(query: &mut Sql, table: &str, page: &Page) {
    let way = if page.sort.descending { " DESC" } else { "" };
    match page.sort.by {
        SortBy::Started => query.push(&format!(" ORDER BY {table}.ord{way}")),
        SortBy::Duration => query.push(&format!(" ORDER BY coalesce({table}.duration_ms, 0){way}, {table}.ord{way}")),
    };
    push_limit(query, page);
}

fn push_limit(query: &mut Sql, page: &Page) {
    if let Some(limit) = page.limit {
        query.push(" LIMIT ").bind(limit);
    }
}
