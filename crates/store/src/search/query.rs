//! What is looked for: from what a person typed to a condition over tokens, in the words of either database.
//!
//! Must not know rows: which tokens a conversation has is the index's matter.

use super::endings::{Endings, Looked};
use super::{BACKWARDS, Part, Tokens, digits, words};
use crate::database::Dialect;

/// Most words that a search looks at.
const QUERY_WORDS_MAX: usize = 12;
/// What no token of the index begins with.
const NO_PART: char = '_';
/// Shorter words are looked for as they stand; longer ones may go on.
const PREFIX_CHARACTERS_MIN: usize = 3;

/// What is looked for: everything that was typed must be found, in any part that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    wanted: Vec<Wanted>,
}

/// What must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Term(Term),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
}

/// One word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    word: String,
    /// Whether it may go on.
    prefix: bool,
    /// Whether it may also be the end of a number.
    number: bool,
}

impl Query {
    /// What a person typed: words, the last of which may be unfinished; digits find numbers from either
    /// end, also when a number is typed in several pieces. What could be both, such as `24/7`, is looked for
    /// as a number and as words.
    ///
    /// Nothing when there is no word in it.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let pieces: Vec<&str> = text.split_whitespace().take(QUERY_WORDS_MAX).collect();
        let is_open = !text.ends_with(char::is_whitespace);
        let mut budget = QUERY_WORDS_MAX;
        let mut seen = 0;
        let mut wanted = Vec::new();
        for run in pieces.chunk_by(|one, next| is_phone_like(one) && is_phone_like(next)) {
            seen += run.len();
            let is_unfinished = is_open && seen == pieces.len();
            match run {
                [word] if !is_phone_like(word) => {
                    wanted.extend(word_terms(word, is_unfinished, &mut budget));
                }
                numbers => wanted.extend(phone_like(numbers, is_unfinished, &mut budget)),
            }
        }
        (!wanted.is_empty()).then_some(Self { wanted })
    }

    /// A phone number or a part of its beginning or end.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        let term = |word| Term { word, prefix: true, number: true };
        digits(text).map(|word| Self { wanted: vec![Wanted::Term(term(word))] })
    }

    /// Both must be found.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.wanted.extend(other.wanted);
        self
    }

    /// Whether a number could be found by it.
    #[must_use]
    pub fn has_digits(&self) -> bool {
        self.wanted.iter().any(Wanted::has_digits)
    }

    /// The tokens that it looks for in these parts.
    pub(super) fn look(&self, tokens: &Tokens, parts: &[Part], looked: &mut Looked) {
        self.wanted.iter().for_each(|wanted| wanted.look(tokens, parts, looked));
    }

    /// The condition in the words of a database.
    pub(super) fn condition(&self, index: &Index<'_>) -> String {
        all(index.dialect, &self.wanted.iter().map(|wanted| wanted.condition(index)).collect::<Vec<_>>())
    }
}

/// In which index something is looked for.
pub(super) struct Index<'index> {
    pub(super) dialect: Dialect,
    pub(super) tokens: &'index Tokens,
    /// The parts that may be read.
    pub(super) parts: &'index [Part],
    pub(super) endings: &'index Endings,
}

fn is_phone_like(piece: &str) -> bool {
    let fits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/');
    piece.chars().all(fits) && digits(piece).is_some()
}

/// A number as a whole, from either end.
fn number_term(digits: String) -> Wanted {
    let is_long = digits.len() >= PREFIX_CHARACTERS_MIN;
    Wanted::Term(Term { word: digits, prefix: is_long, number: is_long })
}

fn word_terms(piece: &str, is_unfinished: bool, budget: &mut usize) -> Vec<Wanted> {
    let words = words(piece);
    let count = words.len();
    let term = |(at, word): (usize, String)| {
        let prefix = is_unfinished && at + 1 == count && word.len() >= PREFIX_CHARACTERS_MIN;
        Wanted::Term(Term { word, prefix, number: false })
    };
    let terms: Vec<Wanted> = words.into_iter().enumerate().take(*budget).map(term).collect();
    *budget -= terms.len();
    terms
}

/// Adjacent pieces of digits: one number in pieces, or several; each of them a number or words.
fn phone_like(pieces: &[&str], is_unfinished: bool, budget: &mut usize) -> Option<Wanted> {
    let mut each: Vec<Wanted> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let whole = digits(piece).map(number_term)?;
        let words = word_terms(piece, is_unfinished && at + 1 == pieces.len(), budget);
        each.push(match words.len() {
            0 | 1 => whole,
            _ => Wanted::Any(vec![whole, Wanted::All(words)]),
        });
    }
    if each.len() < 2 {
        return each.pop();
    }
    let joined = digits(&pieces.concat()).map(number_term)?;
    Some(Wanted::Any(vec![joined, Wanted::All(each)]))
}

impl Wanted {
    fn has_digits(&self) -> bool {
        match self {
            Self::Term(term) => term.word.contains(|letter: char| letter.is_ascii_digit()),
            Self::Any(wanted) | Self::All(wanted) => wanted.iter().any(Self::has_digits),
        }
    }

    fn look(&self, tokens: &Tokens, parts: &[Part], looked: &mut Looked) {
        match self {
            Self::Term(term) if term.prefix => looked.unfinished.extend(term.in_parts(tokens, parts)),
            Self::Term(term) => looked.whole.extend(term.in_parts(tokens, parts)),
            Self::Any(wanted) | Self::All(wanted) => {
                wanted.iter().for_each(|wanted| wanted.look(tokens, parts, looked));
            }
        }
    }

    fn condition(&self, index: &Index<'_>) -> String {
        let each = |wanted: &[Self]| -> Vec<String> { wanted.iter().map(|wanted| wanted.condition(index)).collect() };
        match self {
            Self::Term(term) => any(index.dialect, &term.alternatives(index)),
            Self::Any(wanted) => any(index.dialect, &each(wanted)),
            Self::All(wanted) => format!("({})", all(index.dialect, &each(wanted))),
        }
    }
}

impl Term {
    /// The word in each of these parts.
    fn in_parts(&self, tokens: &Tokens, parts: &[Part]) -> impl Iterator<Item = String> {
        parts.iter().flat_map(|part| part.letters()).map(|letter| tokens.token(*letter, &self.word))
    }

    /// The word in each part that may be read, and backwards when it may be the end of a number.
    fn alternatives(&self, index: &Index<'_>) -> Vec<String> {
        let mut either = Vec::new();
        for token in self.in_parts(index.tokens, index.parts) {
            match index.endings.of(&token).filter(|_| self.prefix) {
                Some(words) => either.extend(words.iter().map(|word| one(index.dialect, word, false))),
                None if !self.prefix && index.endings.is_unknown(&token) => {}
                None => either.push(one(index.dialect, &token, self.prefix)),
            }
        }
        if self.number && index.parts.contains(&Part::Numbers) {
            let backwards: String = self.word.chars().rev().collect();
            either.push(one(index.dialect, &index.tokens.token(BACKWARDS, &backwards), true));
        }
        if either.is_empty() {
            // No conversation has such a word, nor this token.
            either.push(one(index.dialect, &index.tokens.token(NO_PART, ""), false));
        }
        either
    }
}

fn one(dialect: Dialect, token: &str, is_prefix: bool) -> String {
    match (dialect, is_prefix) {
        (Dialect::Sqlite, false) => format!("\"{token}\""),
        (Dialect::Sqlite, true) => format!("\"{token}\"*"),
        (Dialect::Postgres, false) => format!("'{token}'"),
        (Dialect::Postgres, true) => format!("'{token}':*"),
    }
}

/// One of these tokens, as they are.
pub(super) fn exact(dialect: Dialect, tokens: &[String]) -> String {
    either(dialect, tokens.iter().map(|token| (token.clone(), false)))
}

/// One of these tokens, some of which may go on.
pub(super) fn either(dialect: Dialect, tokens: impl Iterator<Item = (String, bool)>) -> String {
    any(dialect, &tokens.map(|(token, is_prefix)| one(dialect, &token, is_prefix)).collect::<Vec<_>>())
}

fn any(dialect: Dialect, alternatives: &[String]) -> String {
    let or = match dialect {
        Dialect::Sqlite => " OR ",
        Dialect::Postgres => " | ",
    };
    format!("({})", alternatives.join(or))
}

pub(super) fn all(dialect: Dialect, conditions: &[String]) -> String {
    let and = match dialect {
        Dialect::Sqlite => " AND ",
        Dialect::Postgres => " & ",
    };
    conditions.join(and)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_metadata(query: &Query) -> String {
        among(query, &[Part::Contact, Part::Numbers], &Endings::default())
    }

    fn among(query: &Query, parts: &[Part], endings: &Endings) -> String {
        query.condition(&Index { dialect: Dialect::Sqlite, tokens: &Tokens::of(1), parts, endings })
    }

    #[test]
    fn digits_find_a_number_from_either_end() {
        let query = Query::number("0142").unwrap();
        assert_eq!(in_metadata(&query), "(\"1_c0142\"* OR \"1_d0142\"* OR \"1_h0142\"* OR \"1_r2410\"*)");
        // Two digits stand everywhere: they are a word and not the end of a number.
        assert_eq!(in_metadata(&Query::typed("42").unwrap()), "(\"1_c42\" OR \"1_d42\" OR \"1_h42\")");
    }

    #[test]
    fn a_number_in_pieces_is_one_number_or_several() {
        let query = Query::typed("49 301").unwrap();
        let condition = among(&query, &[Part::Contact], &Endings::default());
        assert_eq!(condition, "((\"1_c49301\"*) OR ((\"1_c49\") AND (\"1_c301\"*)))");
        assert!(in_metadata(&query).contains("\"1_r10394\"*"));
    }

    #[test]
    fn no_text_makes_a_long_query() {
        let query = Query::typed(&"1-2-3-4-5-6-7-8 a.b.c.d.e.f ".repeat(1000)).unwrap();
        assert!(in_metadata(&query).len() < 6000);
    }
}
