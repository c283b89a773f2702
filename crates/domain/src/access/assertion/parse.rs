//! Reading assertions: a line is a sentence, and what can't be read is told with its place and what would fit there.
//!
//! Knows no role, group or person: whether a name names anything is asked later.

use super::{Assertion, Deed, Name, NameKind, Object, Party, Verb};
use crate::access::permission::Permission;
use std::ops::Range;

/// Longest line, in characters.
pub const LINE_CHARACTERS_MAX: usize = 2000;
/// Most roles, groups and people in one list.
const LIST_MAX: usize = 100;

/// A line that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}expected {}", met.as_ref().map(|met| format!("met \"{met}\", ")).unwrap_or_else(|| "the line ends, ".to_owned()), expected.join(", or "))]
pub struct ParseError {
    /// Which line, from 1.
    pub line: usize,
    /// Which character of it, from 1.
    pub column: usize,
    /// What stands there; nothing at the end of a line.
    pub met: Option<String>,
    /// What could stand there.
    pub expected: Vec<String>,
}

/// An assertion with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which line, from 1.
    pub number: usize,
    /// The line as it was written, without spaces around it.
    pub text: String,
    /// What it says.
    pub assertion: Assertion,
}

/// Reads a document: one assertion a line; what follows `#`, and blank lines, are for people.
#[must_use]
pub fn parse(text: &str) -> (Vec<Line>, Vec<ParseError>) {
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    for (at, text) in text.lines().enumerate() {
        match parse_line(at + 1, text) {
            Ok(Some(assertion)) => lines.push(Line { number: at + 1, text: text.trim().to_owned(), assertion }),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    (lines, errors)
}

/// Reads one line. A blank one, and one for people, says nothing.
///
/// # Errors
/// [`ParseError`] at the first word that doesn't fit.
pub fn parse_line(number: usize, text: &str) -> Result<Option<Assertion>, ParseError> {
    if text.chars().count() > LINE_CHARACTERS_MAX {
        let expected = vec![format!("at most {LINE_CHARACTERS_MAX} characters in a line")];
        return Err(ParseError { line: number, column: LINE_CHARACTERS_MAX + 1, met: None, expected });
    }
    let mut reader = Reader { line: number, text, tokens: tokens(number, text)?, at: 0 };
    if reader.tokens.is_empty() {
        return Ok(None);
    }
    let assertion = reader.sentence()?;
    match reader.peek() {
        None => Ok(Some(assertion)),
        Some(_) => Err(reader.unexpected(&["the end of the line"])),
    }
}

#[derive(Debug, Clone)]
struct Token {
    kind: TokenKind,
    bytes: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TokenKind {
    Word(String),
    Quoted(String),
    Comma,
}

fn column(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count()) + 1
}

fn tokens(line: usize, text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        let kind = match c {
            c if c.is_whitespace() => continue,
            '#' => break,
            ',' => TokenKind::Comma,
            '"' => {
                let mut name = String::new();
                let mut closed = false;
                while let Some((_, c)) = characters.next() {
                    match c {
                        '"' => {
                            closed = true;
                            break;
                        }
                        '\\' => name.extend(characters.next().map(|(_, c)| c)),
                        c => name.push(c),
                    }
                }
                if !closed {
                    let (column, expected) = (column(text, text.len()), vec!["a closing quotation mark".to_owned()]);
                    return Err(ParseError { line, column, met: None, expected });
                }
                TokenKind::Quoted(name)
            }
            c => {
                let mut word = String::from(c);
                let goes_on = |c: char| !c.is_whitespace() && !matches!(c, ',' | '"' | '#');
                while let Some((_, c)) = characters.next_if(|(_, c)| goes_on(*c)) {
                    word.push(c);
                }
                TokenKind::Word(word)
            }
        };
        let end = characters.peek().map_or(text.len(), |(end, _)| *end);
        tokens.push(Token { kind, bytes: start..end });
    }
    Ok(tokens)
}

struct Reader<'text> {
    line: usize,
    text: &'text str,
    tokens: Vec<Token>,
    at: usize,
}

type Read<T> = Result<T, ParseError>;

const PARTIES: [&str; 4] = ["role NAME", "members of NAME", "supervisors of NAME", "an email address"];

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }
    fn unexpected<E: AsRef<str>>(&self, expected: &[E]) -> ParseError {
        let met = self.peek();
        let text = met.and_then(|token| self.text.get(token.bytes.clone()));
        ParseError {
            line: self.line,
            column: column(self.text, met.map_or(self.text.len(), |token| token.bytes.start)),
            met: text.map(str::to_owned),
            expected: expected.iter().map(|one| one.as_ref().to_owned()).collect(),
        }
    }
    fn is_at(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Word(met), .. }) if met.eq_ignore_ascii_case(word))
    }
    fn take(&mut self, word: &str) -> bool {
        let met = self.is_at(word);
        self.at += usize::from(met);
        met
    }
    fn take_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.take(word))
    }
    fn need(&mut self, word: &'static str) -> Read<()> {
        if self.take(word) { Ok(()) } else { Err(self.unexpected(&[word])) }
    }

    fn sentence(&mut self) -> Read<Assertion> {
        if self.is_at("group") {
            return self.about_groups();
        }
        if self.take("nobody") {
            let parties = if self.take("but") { self.parties()? } else { Vec::new() };
            return self.never(true, parties);
        }
        if self.take("only") {
            let parties = self.parties()?;
            return self.never(true, parties);
        }
        let (others, parties) = if self.take_any(&["everybody", "anybody", "everyone", "anyone"]) {
            (true, if self.take("but") { self.parties()? } else { Vec::new() })
        } else {
            let mut expected = PARTIES.to_vec();
            expected.extend(["everybody", "nobody", "only", "group NAME"]);
            if !self.is_at_party() {
                return Err(self.unexpected(&expected));
            }
            (false, self.parties()?)
        };
        if self.take("never") {
            return self.never(others, parties);
        }
        let can = self.take("can");
        if can && self.take("never") {
            return self.never(others, parties);
        }
        if !can && !self.is_at_deed() {
            let mut expected = vec!["never".to_owned(), "can".to_owned()];
            expected.extend(deeds());
            return Err(self.unexpected(&expected));
        }
        let deed = self.deed()?;
        if self.take("nothing") {
            let object = self.object(deed)?;
            return Ok(Assertion { others, parties, deed, object });
        }
        if !self.take("only") {
            return Err(self.unexpected(&["nothing", "only"]));
        }
        let start = self.at;
        let (own, groups) = self.these()?;
        self.check(deed, start)?;
        Ok(Assertion { others, parties, deed, object: Object::AllBut { own, groups } })
    }

    /// What follows `never`, or `nobody but`.
    fn never(&mut self, others: bool, parties: Vec<Party>) -> Read<Assertion> {
        self.take_any(&["can", "ever", "may"]);
        let deed = self.deed()?;
        let object = self.object(deed)?;
        Ok(Assertion { others, parties, deed, object })
    }

    /// `group HR is heard only by members of HR-Leads`.
    fn about_groups(&mut self) -> Read<Assertion> {
        let (own, groups) = self.these()?;
        if !self.take_any(&["is", "are"]) {
            return Err(self.unexpected(&["is", "are", "and group NAME"]));
        }
        let object = Object::These { own, groups };
        let never = self.take("never");
        let verb = self.participle(never)?;
        let deed = Deed::Verb(verb);
        if never {
            self.need("by")?;
            let parties = self.parties()?;
            return Ok(Assertion { others: false, parties, deed, object });
        }
        if self.take("only") {
            self.need("by")?;
            let parties = self.parties()?;
            return Ok(Assertion { others: true, parties, deed, object });
        }
        if !self.is_at("by") {
            return Err(self.unexpected(&["only by", "by nobody"]));
        }
        self.need("by")?;
        self.need("nobody")?;
        let parties = if self.take("but") { self.parties()? } else { Vec::new() };
        Ok(Assertion { others: true, parties, deed, object })
    }

    fn participle(&mut self, after_never: bool) -> Read<Verb> {
        match Verb::ALL.iter().copied().find(|verb| self.is_at(verb.done())) {
            Some(verb) => {
                self.at += 1;
                Ok(verb)
            }
            None => {
                let mut expected = if after_never { Vec::new() } else { vec!["never"] };
                expected.extend(Verb::ALL.iter().map(|verb| verb.done()));
                Err(self.unexpected(&expected))
            }
        }
    }

    fn verb(&self) -> Option<Verb> {
        Verb::ALL.iter().copied().find(|verb| self.is_at(verb.base()) || self.is_at(verb.third()))
    }
    fn is_at_deed(&self) -> bool {
        self.verb().is_some() || HAS.iter().any(|word| self.is_at(word))
    }

    fn deed(&mut self) -> Read<Deed> {
        if let Some(verb) = self.verb() {
            self.at += 1;
            return Ok(Deed::Verb(verb));
        }
        if !self.take_any(&HAS) {
            return Err(self.unexpected(&deeds().collect::<Vec<_>>()));
        }
        let permission = match self.peek() {
            Some(Token { kind: TokenKind::Word(key), .. }) => key.parse::<Permission>().ok(),
            _ => None,
        };
        let permission = permission.ok_or_else(|| self.unexpected(&["a permission such as recordings.play"]))?;
        self.at += 1;
        Ok(Deed::Has(permission))
    }

    /// Conversations, or nothing: then all of them are meant.
    fn object(&mut self, deed: Deed) -> Read<Object> {
        let start = self.at;
        let leads_in = self.take_any(&["for", "of", "in", "from"]);
        if self.take_any(&["anything", "everything", "conversations"]) || (self.peek().is_none() && !leads_in) {
            return Ok(Object::Anything);
        }
        let (own, groups) = self.these()?;
        self.check(deed, start)?;
        Ok(Object::These { own, groups })
    }

    /// A permission about the organisation has no conversations.
    fn check(&mut self, deed: Deed, start: usize) -> Read<()> {
        match deed {
            Deed::Has(permission) if !permission.is_scoped() => {
                self.at = start;
                Err(self.unexpected(&["the end of the line: this permission is about no conversations"]))
            }
            _ => Ok(()),
        }
    }

    fn these(&mut self) -> Read<(bool, Vec<Name>)> {
        let (mut own, mut groups) = (false, Vec::new());
        loop {
            if self.take("own") {
                own = true;
                self.take("conversations");
            } else if self.take("group") {
                groups.push(self.name(NameKind::Group, "the name of a group")?);
            } else {
                return Err(self.unexpected(&["group NAME", "own"]));
            }
            self.check_length(groups.len())?;
            if !self.goes_on() {
                return Ok((own, groups));
            }
        }
    }

    fn is_at_party(&self) -> bool {
        let is_address = |token: &Token| matches!(&token.kind, TokenKind::Word(word) if word.contains('@'));
        ["role", "members", "supervisors", "user"].iter().any(|word| self.is_at(word))
            || self.peek().is_some_and(is_address)
    }

    fn parties(&mut self) -> Read<Vec<Party>> {
        let mut parties = Vec::new();
        loop {
            parties.push(self.party()?);
            self.check_length(parties.len())?;
            if !self.goes_on() {
                return Ok(parties);
            }
        }
    }

    fn party(&mut self) -> Read<Party> {
        if !self.is_at_party() {
            return Err(self.unexpected(&PARTIES));
        }
        if self.take("role") {
            return Ok(Party::Role(self.name(NameKind::Role, "the name of a role")?));
        }
        for (word, party) in
            [("members", Party::Members as fn(Name) -> Party), ("supervisors", Party::Supervisors as fn(Name) -> Party)]
        {
            if self.take(word) {
                self.need("of")?;
                self.take("group");
                return Ok(party(self.name(NameKind::Group, "the name of a group")?));
            }
        }
        self.take("user");
        Ok(Party::User(self.name(NameKind::User, "an email address")?))
    }

    fn name(&mut self, kind: NameKind, expected: &'static str) -> Read<Name> {
        match self.peek() {
            Some(Token { kind: TokenKind::Word(text) | TokenKind::Quoted(text), bytes }) if !text.is_empty() => {
                let name = Name { kind, text: text.clone(), bytes: bytes.clone() };
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(&[expected])),
        }
    }

    /// Whether a list goes on: after a comma, `and`, `or`, or a comma with one of them.
    fn goes_on(&mut self) -> bool {
        let comma = matches!(self.peek(), Some(Token { kind: TokenKind::Comma, .. }));
        self.at += usize::from(comma);
        let word = self.take_any(&["and", "or"]);
        comma || word
    }

    fn check_length(&self, length: usize) -> Read<()> {
        if length <= LIST_MAX { Ok(()) } else { Err(self.unexpected(&[format!("at most {LIST_MAX} names in a list")])) }
    }
}

const HAS: [&str; 4] = ["has", "have", "uses", "use"];

fn deeds() -> impl Iterator<Item = String> {
    Verb::ALL.iter().map(|verb| verb.third().to_owned()).chain(["has PERMISSION".to_owned()])
}
