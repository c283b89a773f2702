//! Reading filters: `or` binds least, then `and`, then `not`; names are looked up at once, and values must fit them.

use super::super::attribute::{Attribute, Kind};
use super::super::error::{Result, ScimError, quoted};
use super::super::schema::ResourceKind;
use super::super::target::{Target, in_filter, is_of_name};
use super::{Comparison, DEPTH_MAX, FILTER_BYTES_MAX, Filter, Unknown, truth};
use serde_json::Value;
use soundkeep_domain::Timestamp;

/// What names stand for.
#[derive(Clone, Copy)]
pub(super) enum Names {
    Of(ResourceKind),
    Within(&'static Attribute),
}

pub(super) struct Reader<'text> {
    text: &'text str,
    at: usize,
    depth: usize,
    names: Names,
    unknown: Unknown,
}

impl<'text> Reader<'text> {
    pub(super) fn new(text: &'text str, names: Names, unknown: Unknown) -> Result<Self> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(ScimError::filter(format!("a filter has at most {FILTER_BYTES_MAX} bytes")));
        }
        Ok(Self { text, at: 0, depth: 0, names, unknown })
    }

    /// The filter that is the whole text.
    pub(super) fn whole(mut self) -> Result<Filter> {
        let filter = self.any()?;
        self.end()?;
        Ok(filter)
    }

    /// The filter up to the bracket that closes, and how long it is with it.
    pub(super) fn up_to_bracket(mut self) -> Result<(Filter, usize)> {
        let filter = self.any()?;
        self.skip_space();
        if !self.rest().starts_with(']') {
            return Err(self.wrong("a ] is missing"));
        }
        Ok((filter, self.at + 1))
    }

    fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, what: &str) -> ScimError {
        let rest = self.rest();
        match rest.is_empty() {
            true => ScimError::filter(format!("{what} at the end of the filter")),
            false => ScimError::filter(format!("{what} before \"{}\"", quoted(rest))),
        }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(' ').len();
    }

    fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.wrong("and, or or the end is expected")) }
    }

    /// Takes a word, in any case, when a space or parenthesis follows.
    fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let rest = self.rest();
        let Some((start, behind)) = rest.split_at_checked(word.len()) else { return false };
        let ends = behind.is_empty() || behind.starts_with([' ', '(', ')', ']']);
        let found = start.eq_ignore_ascii_case(word) && ends;
        if found {
            self.at += word.len();
        }
        found
    }

    fn any(&mut self) -> Result<Filter> {
        let mut any = vec![self.all()?];
        while self.word("or") {
            any.push(self.all()?);
        }
        Ok(one_or(any, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter> {
        let mut all = vec![self.term()?];
        while self.word("and") {
            all.push(self.term()?);
        }
        Ok(one_or(all, Filter::All))
    }

    fn term(&mut self) -> Result<Filter> {
        let at = self.at;
        if self.word("not") {
            self.skip_space();
            if self.rest().starts_with('(') {
                return Ok(Filter::Not(Box::new(self.parentheses()?)));
            }
            self.at = at;
        }
        self.skip_space();
        if self.rest().starts_with('(') {
            return self.parentheses();
        }
        self.test()
    }

    fn parentheses(&mut self) -> Result<Filter> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ScimError::filter(format!("parentheses stand at most {DEPTH_MAX} deep")));
        }
        self.at += 1;
        let inner = self.any()?;
        self.skip_space();
        if !self.rest().starts_with(')') {
            return Err(self.wrong("a ) is missing"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(inner)
    }

    fn test(&mut self) -> Result<Filter> {
        let rest = self.rest();
        let length = rest.find(|character| !is_of_name(character)).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        if name.is_empty() {
            return Err(self.wrong("the name of an attribute is expected"));
        }
        self.at += length;
        let target = self.target(name)?;
        if self.rest().starts_with('[') {
            return self.within(target);
        }
        if self.word("pr") {
            return Ok(target.map_or(Filter::Never, Filter::Present));
        }
        let Some(comparison) = Comparison::ALL.into_iter().find(|(word, _)| self.word(word)) else {
            return Err(self.wrong("one of eq ne co sw ew gt ge lt le pr is expected"));
        };
        let value = self.value()?;
        let Some(target) = target else { return Ok(Filter::Never) };
        checked(&target, name, comparison.1, value)
    }

    fn target(&self, name: &str) -> Result<Option<Target>> {
        let found = match self.names {
            Names::Of(kind) => Target::parse(name, kind).map_err(in_filter),
            Names::Within(attribute) => match attribute.inner(name) {
                Some(inner) => Ok(Target { extension: None, attribute: Some(inner), inner: None }),
                None => Err(ScimError::filter(format!("{} have no attribute \"{}\"", attribute.name, quoted(name)))),
            },
        };
        match (found, self.unknown) {
            (Ok(target), _) => Ok(Some(target)),
            (Err(_), Unknown::FitsNothing) => Ok(None),
            (Err(error), Unknown::Refused) => Err(error),
        }
    }

    fn within(&mut self, target: Option<Target>) -> Result<Filter> {
        self.at += 1;
        let attribute = match target {
            Some(Target { attribute: Some(attribute), inner: None, .. }) if attribute.is_complex() => Some(attribute),
            Some(_) => return Err(self.wrong("only what has attributes of its own takes a filter in brackets")),
            None => None,
        };
        let names = attribute.map_or(self.names, Names::Within);
        let outer = std::mem::replace(&mut self.names, names);
        let inner = self.any();
        self.names = outer;
        let inner = inner?;
        self.skip_space();
        if !self.rest().starts_with(']') {
            return Err(self.wrong("a ] is missing"));
        }
        self.at += 1;
        // What stands behind the bracket is no filter by the RFC, and is sent all the same: emails[type eq "work"].value eq …
        if let (Some(attribute), Some(behind)) = (attribute, self.rest().strip_prefix('.')) {
            self.at += 1;
            let length = behind.find(|character| !is_of_name(character)).unwrap_or(behind.len());
            let outer = std::mem::replace(&mut self.names, Names::Within(attribute));
            let test = self.test_of(length);
            self.names = outer;
            let both = Filter::All(vec![inner, test?]);
            return Ok(target.map_or(Filter::Never, |target| Filter::Within(target, Box::new(both))));
        }
        Ok(target.map_or(Filter::Never, |target| Filter::Within(target, Box::new(inner))))
    }

    /// A test of a name of this length, which may not open another bracket.
    fn test_of(&mut self, length: usize) -> Result<Filter> {
        if self.rest().get(length..).is_some_and(|behind| behind.starts_with('[')) {
            return Err(self.wrong("a filter in brackets has no other behind it"));
        }
        self.test()
    }

    fn value(&mut self) -> Result<Value> {
        self.skip_space();
        let rest = self.rest();
        let length = match rest.strip_prefix('"') {
            Some(text) => text_length(text).map(|length| length + 2),
            None => Some(rest.find([' ', ')', ']']).unwrap_or(rest.len())),
        };
        let literal = length.and_then(|length| rest.get(..length));
        let literal = literal.ok_or_else(|| self.wrong("a text doesn't end"))?;
        let value: Result<Value, _> = match () {
            () if literal.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
            () if literal.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
            () => serde_json::from_str(literal),
        };
        match value {
            Ok(value) if !value.is_array() && !value.is_object() => {
                self.at += literal.len();
                Ok(value)
            }
            _ => Err(self.wrong("a text in quotes, a number, true, false or null is expected")),
        }
    }
}

/// How many bytes a text has up to the quote that ends it.
fn text_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some(at),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn one_or(mut several: Vec<Filter>, put: impl Fn(Vec<Filter>) -> Filter) -> Filter {
    match (several.len(), several.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            several.extend(last);
            put(several)
        }
    }
}

/// A comparison that means something.
fn checked(target: &Target, name: &str, comparison: Comparison, value: Value) -> Result<Filter> {
    let refused = |what: &str| Err(ScimError::filter(format!("\"{}\" {what}", quoted(name))));
    let Some(attribute) = target.compared() else {
        return match (target.attribute, &value) {
            (Some(_), Value::Null) => Ok(Filter::Compares(*target, comparison, value)),
            _ => refused("has attributes of its own: name one of them"),
        };
    };
    let fits = match (attribute.kind, &value) {
        (_, Value::Null) => !comparison.is_of_order() && !comparison.is_of_parts(),
        (Kind::Boolean, value) => {
            if comparison.is_of_order() || comparison.is_of_parts() {
                return refused("is yes or no, and is compared by eq and ne");
            }
            truth(value).is_some()
        }
        (Kind::Integer, value) => value.is_number() && !comparison.is_of_parts(),
        (Kind::DateTime, Value::String(text)) => text.parse::<Timestamp>().is_ok() && !comparison.is_of_parts(),
        (Kind::Text | Kind::Reference, Value::String(_)) => true,
        (Kind::Binary, Value::String(_)) => !comparison.is_of_order(),
        _ => false,
    };
    match fits {
        true => Ok(Filter::Compares(*target, comparison, value)),
        false => refused("isn't compared with such a value"),
    }
}
