//! The search index: one tokeniser for both databases, and tokens that carry organisation, part and scope.
//!
//! A token is `{organisation number, base 36}_{part}{word}`: part `d` is a number's digits, `h` what else stands in it, `c` the contact, `u` agents, `t` tags,
//! `n` notes; `r` is a number backwards (so that its last digits find it), `x` a whole tag, `g` a group of the stamp and
//! `a` an agent. A search is a conjunction over what was typed, each word in any part that the caller may read, and over
//! the scope; both databases intersect the same tokens, so both find the same.

mod endings;
mod query;

pub(crate) use endings::take_up;
pub use query::Query;

use crate::database::{Dialect, Queries, Sql, sql};
use crate::{Result, Transaction};
use endings::{Endings, Looked};
use soundkeep_domain::access::{Column, Columns, NumberPattern, Reached, RowRules};
use soundkeep_domain::{GroupId, OrganisationId, UserId};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest token that is kept, in encoded characters; longer words are cut.
const TOKEN_CHARACTERS_MAX: usize = 48;
/// Most words of notes that a conversation is indexed with: a `tsvector` holds no more than a megabyte.
const NOTE_WORDS_MAX: usize = 16_000;

/// What the digits of a phone number begin with.
const DIGITS: char = 'd';
/// What they begin with backwards.
const BACKWARDS: char = 'r';

/// Which part of a conversation a word stands in. Each is a column of its own for access groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Phone numbers.
    Numbers,
    /// Who was on the other side.
    Contact,
    /// Agents' names, and the agent id that the source named.
    Agents,
    /// Tags.
    Tags,
    /// Notes.
    Notes,
}

impl Part {
    const fn letter(self) -> char {
        match self {
            Self::Numbers => 'h',
            Self::Contact => 'c',
            Self::Agents => 'u',
            Self::Tags => 't',
            Self::Notes => 'n',
        }
    }
    /// What its words begin with: of numbers, their digits are apart from what else stands in an address.
    const fn letters(self) -> &'static [char] {
        match self {
            Self::Numbers => &[DIGITS, 'h'],
            Self::Contact => &['c'],
            Self::Agents => &['u'],
            Self::Tags => &['t'],
            Self::Notes => &['n'],
        }
    }
    const fn column(self) -> Column {
        match self {
            Self::Numbers => Column::Number,
            Self::Contact => Column::Contact,
            Self::Agents => Column::Agents,
            Self::Tags => Column::Tags,
            Self::Notes => Column::Notes,
        }
    }
    /// The parts that somebody may search who is left with these columns.
    pub(crate) fn within(columns: Columns) -> Vec<Self> {
        let all = [Self::Numbers, Self::Contact, Self::Agents, Self::Tags, Self::Notes];
        all.into_iter().filter(|part| columns.has(part.column())).collect()
    }
}

/// The words of a text: lower case, without accents, split where neither letter nor digit stands.
///
/// What isn't an ASCII letter or digit afterwards is written `_{hex}_`, so that no database's own
/// tokeniser has anything left to decide.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else if character.is_alphanumeric() {
            let _ = write!(word, "_{:x}_", u32::from(character));
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    for word in &mut words {
        word.truncate(TOKEN_CHARACTERS_MAX);
    }
    words
}

/// The digits of a phone number, if it has any.
#[must_use]
pub fn digits(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).take(TOKEN_CHARACTERS_MAX).collect();
    (!digits.is_empty()).then_some(digits)
}

fn base36(mut number: i64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut text = Vec::new();
    loop {
        let digit = usize::try_from(number.rem_euclid(36)).unwrap_or(0);
        text.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
        number = number.div_euclid(36);
        if number <= 0 {
            break;
        }
    }
    text.into_iter().rev().collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the tokens of one organisation.
#[derive(Debug, Clone)]
pub struct Tokens {
    prefix: String,
}

impl Tokens {
    /// The tokens of the organisation with this number.
    #[must_use]
    pub fn of(organisation_number: i64) -> Self {
        Self { prefix: format!("{}_", base36(organisation_number)) }
    }
    fn token(&self, part: char, word: &str) -> String {
        format!("{}{part}{word}", self.prefix)
    }
    fn group(&self, group: GroupId) -> String {
        self.token('g', &hex(group.as_bytes()))
    }
    fn agent(&self, agent: UserId) -> String {
        self.token('a', &hex(agent.as_bytes()))
    }
    fn tag(&self, tag: &str) -> String {
        self.token('x', &hex(tag.as_bytes()))
    }
    fn number(&self, pattern: &NumberPattern) -> String {
        self.token(DIGITS, pattern.digits())
    }
}

/// What a conversation is found by, one field after the other.
#[derive(Debug, Clone, Default)]
pub struct Indexed<'text> {
    /// Phone numbers.
    pub numbers: Vec<&'text str>,
    /// Who was on the other side.
    pub contact: Option<&'text str>,
    /// Agents' names, and the agent id that the source named.
    pub agent_names: Vec<&'text str>,
    /// Tags.
    pub tags: Vec<&'text str>,
    /// Agents who took part.
    pub agents: Vec<UserId>,
    /// The stamp.
    pub groups: Vec<GroupId>,
}

/// The tokens of metadata and scope.
pub(crate) fn metadata_tokens(tokens: &Tokens, indexed: &Indexed<'_>) -> BTreeSet<String> {
    let mut set = BTreeSet::new();
    let mut add = |part: Part, text: &str| {
        set.extend(words(text).iter().map(|word| tokens.token(part.letter(), word)));
    };
    indexed.numbers.iter().filter(|number| number.chars().any(char::is_alphabetic)).for_each(|number| {
        add(Part::Numbers, number);
    });
    indexed.contact.iter().for_each(|contact| add(Part::Contact, contact));
    indexed.agent_names.iter().for_each(|name| add(Part::Agents, name));
    indexed.tags.iter().for_each(|tag| add(Part::Tags, tag));
    for number in &indexed.numbers {
        // Of an address such as `4930123@pbx.example.org` what stands before the host is the number.
        let local = number.split('@').next().unwrap_or_default();
        if let Some(digits) = digits(local) {
            set.insert(tokens.token(BACKWARDS, &digits.chars().rev().collect::<String>()));
            set.insert(tokens.token(DIGITS, &digits));
        }
    }
    set.extend(indexed.tags.iter().map(|tag| tokens.tag(tag)));
    set.extend(indexed.agents.iter().map(|agent| tokens.agent(*agent)));
    set.extend(indexed.groups.iter().map(|group| tokens.group(*group)));
    set
}

/// Writes the metadata part of a conversation's index anew, and keeps its notes part.
///
/// # Errors
/// When the database refuses.
pub async fn index_metadata(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    ord: i64,
    indexed: &Indexed<'_>,
) -> Result<()> {
    let old = held(transaction, organisation, ord).await?;
    let notes = tokens.token(Part::Notes.letter(), "");
    let mut new = metadata_tokens(tokens, indexed);
    new.extend(old.iter().filter(|token| token.starts_with(&notes)).cloned());
    replace(transaction, organisation, tokens, ord, (&old, &new)).await
}

/// Writes the notes part of a conversation's index anew, and keeps its metadata part.
///
/// # Errors
/// When the database refuses.
pub async fn index_notes(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    ord: i64,
    notes: &[&str],
) -> Result<()> {
    let old = held(transaction, organisation, ord).await?;
    let part = tokens.token(Part::Notes.letter(), "");
    let mut new: BTreeSet<String> = old.iter().filter(|token| !token.starts_with(&part)).cloned().collect();
    let of_notes: BTreeSet<String> =
        notes.iter().flat_map(|note| words(note)).map(|word| tokens.token(Part::Notes.letter(), &word)).collect();
    new.extend(of_notes.into_iter().take(NOTE_WORDS_MAX));
    replace(transaction, organisation, tokens, ord, (&old, &new)).await
}

/// Takes a conversation out of the index.
///
/// # Errors
/// When the database refuses.
pub async fn forget(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    ord: i64,
) -> Result<()> {
    let old = held(transaction, organisation, ord).await?;
    replace(transaction, organisation, tokens, ord, (&old, &BTreeSet::new())).await
}

async fn held(transaction: &mut Transaction, organisation: OrganisationId, ord: i64) -> Result<BTreeSet<String>> {
    let text = match transaction.dialect() {
        Dialect::Sqlite => "SELECT words FROM search_words WHERE organisation_id = $1 AND ord = $2",
        Dialect::Postgres => {
            "SELECT array_to_string(tsvector_to_array(words), ' ') FROM search_words WHERE organisation_id = $1 AND ord = $2"
        }
    };
    let held: Option<String> = transaction.scalar(sql!(text, organisation, ord)).await?;
    Ok(held.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect())
}

/// Tokens as the index takes them.
pub(crate) fn joined(set: &BTreeSet<String>) -> String {
    let tokens: Vec<&str> = set.iter().map(String::as_str).collect();
    tokens.join(" ")
}

async fn replace(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    tokens: &Tokens,
    ord: i64,
    (old, new): (&BTreeSet<String>, &BTreeSet<String>),
) -> Result<()> {
    if old == new {
        return Ok(());
    }
    if !old.is_subset(new) {
        transaction.forgot();
    }
    if new.is_empty() {
        let delete = "DELETE FROM search_words WHERE organisation_id = $1 AND ord = $2";
        transaction.execute(sql!(delete, organisation, ord)).await?;
    } else {
        let upsert = match transaction.dialect() {
            Dialect::Sqlite => {
                "INSERT INTO search_words (organisation_id, ord, words) VALUES ($1, $2, $3)
                 ON CONFLICT (ord) DO UPDATE SET words = excluded.words"
            }
            Dialect::Postgres => {
                "INSERT INTO search_words (organisation_id, ord, words)
                 VALUES ($1, $2, array_to_tsvector(string_to_array($3, ' ')))
                 ON CONFLICT (ord) DO UPDATE SET words = excluded.words"
            }
        };
        transaction.execute(sql!(upsert, organisation, ord, joined(new))).await?;
    }
    if transaction.dialect() == Dialect::Sqlite {
        if !old.is_empty() {
            transaction
                .execute(sql!("INSERT INTO search (search, rowid, words) VALUES ('delete', $1, $2)", ord, joined(old)))
                .await?;
        }
        if !new.is_empty() {
            transaction.execute(sql!("INSERT INTO search (rowid, words) VALUES ($1, $2)", ord, joined(new))).await?;
        }
    }
    endings::take_up(transaction, organisation, tokens, new.difference(old)).await?;
    endings::give_up(transaction, organisation, tokens, old.difference(new)).await
}

/// What the index must hold of a conversation for a scope to reach it.
pub(crate) struct Wanted<'scope> {
    pub(crate) words: Vec<&'scope Query>,
    /// Nothing when the scope reaches everything.
    pub(crate) groups: Option<&'scope [Reached]>,
    pub(crate) own: Option<UserId>,
    pub(crate) columns: Columns,
    pub(crate) rules: Vec<&'scope RowRules>,
}

/// A search that finds nothing in either database: no token begins so.
const NOTHING: &str = "\"_\"";

impl Wanted<'_> {
    /// Whether the index has to be asked: for words, and for rules over numbers and tags, which may leave very few.
    pub(crate) fn needs_index(&self) -> bool {
        !self.words.is_empty() || self.rules.iter().any(|rules| !rules.numbers().is_empty() || !rules.tags().is_empty())
    }

    /// The condition in the words of a database.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn condition(
        &self,
        queries: &mut impl Queries,
        organisation: OrganisationId,
        tokens: &Tokens,
    ) -> Result<String> {
        let parts = Part::within(self.columns);
        if !self.words.is_empty() && parts.is_empty() {
            return Ok(NOTHING.to_owned());
        }
        let dialect = queries.dialect();
        let mut looked = Looked::default();
        self.words.iter().for_each(|words| words.look(tokens, &parts, &mut looked));
        let endings = Endings::find(queries, organisation, tokens, looked).await?;
        let index = query::Index { dialect, tokens, parts: &parts, endings: &endings };
        let mut conditions = Vec::new();
        if let Some(groups) = self.groups {
            let groups = groups.iter().map(|reached| tokens.group(reached.group));
            let scope: Vec<String> = groups.chain(self.own.map(|user| tokens.agent(user))).collect();
            if scope.is_empty() {
                return Ok(NOTHING.to_owned());
            }
            // First: SQLite takes its steps from what stands first, and a scope is mostly rarer than a word.
            conditions.push(query::exact(dialect, &scope));
        }
        conditions.extend(self.words.iter().map(|words| words.condition(&index)));
        for rules in &self.rules {
            if !rules.tags().is_empty() {
                let tags: Vec<String> = rules.tags().iter().map(|tag| tokens.tag(tag)).collect();
                conditions.push(query::exact(dialect, &tags));
            }
            if !rules.numbers().is_empty() {
                let numbers = rules.numbers().iter().map(|number| (tokens.number(number), number.is_prefix()));
                conditions.push(query::either(dialect, numbers));
            }
        }
        Ok(query::all(dialect, &conditions))
    }
}

/// Adds `matching` to a statement that already names the index, in the words of the database.
pub(crate) fn push_match(sql: &mut Sql, dialect: Dialect, condition: String) {
    match dialect {
        Dialect::Sqlite => sql.push("search MATCH ").bind(condition),
        Dialect::Postgres => sql.push("search_words.words @@ CAST(").bind(condition).push(" AS tsquery)"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_no_tokeniser_has_anything_left_to_decide() {
        assert_eq!(words("Müller & Söhne, ÉCOLE"), ["muller", "sohne", "ecole"]);
        assert_eq!(words("Иван"), ["_438__432__430__43d_"]);
        assert!(
            words("東京 ½ ﬁne _x_")
                .iter()
                .all(|word| { word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') })
        );
    }

    #[test]
    fn an_organisation_never_matches_anothers_tokens() {
        for (one, other) in [(1, 11), (1, 36), (36, 1)] {
            let (one, other) = (Tokens::of(one), Tokens::of(other));
            assert!(!other.token('m', "x").starts_with(&one.token('m', "")));
        }
    }
}
