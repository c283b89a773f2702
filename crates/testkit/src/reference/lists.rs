//! Naive lists: every conversation is looked at, one filter after the other, words compared as people read them.

use super::{Verdict, agent_of, is_stamped_with, judge, shows};
use crate::world::filing::Places;
use crate::world::{Caller, Conversation, Organisation, World};
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::{Column, Permission, RecordState};
use soundkeep_store::conversations::{Filter, Sort, SortBy};
use soundkeep_store::search::Query;

/// What a list is narrowed to: fields as the store takes them, and words as they are typed.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// Everything but words.
    pub fields: Filter,
    /// What somebody typed into the search box.
    pub typed: Option<&'static str>,
    /// What somebody typed into the field for numbers.
    pub number: Option<&'static str>,
}

impl Narrowing {
    /// The same as the store takes it.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let typed = self.typed.and_then(Query::typed);
        let number = self.number.and_then(Query::number);
        Filter { words: typed, number, ..self.fields.clone() }
    }
}

/// The conversations that somebody may do `permission` to and that the narrowing leaves, in order.
#[must_use]
pub fn list(
    world: &World,
    (home, caller): (&Organisation, Caller),
    permission: Permission,
    narrowing: &Narrowing,
    sort: Sort,
    places: &Places,
) -> Vec<ConversationId> {
    let mut found: Vec<&Conversation> = Vec::new();
    for place in &world.organisations {
        for conversation in &place.conversations {
            let allowed = judge(world, (home, caller), permission, (place, conversation)) == Verdict::Allowed;
            let seen = |column| shows(world, home, caller, column);
            if allowed && matches(place, conversation, narrowing, &seen) {
                found.push(conversation);
            }
        }
    }
    found.sort_by_key(|conversation| {
        let duration = if sort.by == SortBy::Duration { conversation.duration_ms.unwrap_or(0) } else { 0 };
        (duration, places[&conversation.id])
    });
    if sort.descending {
        found.reverse();
    }
    found.into_iter().map(|conversation| conversation.id).collect()
}

/// Which columns somebody sees: words are looked for in no other.
type Seen<'a> = &'a dyn Fn(Column) -> bool;

fn matches(home: &Organisation, conversation: &Conversation, narrowing: &Narrowing, seen: Seen<'_>) -> bool {
    let fields = &narrowing.fields;
    let erased = conversation.state == RecordState::Erased;
    let agent = agent_of(home, conversation);
    let duration = conversation.duration_ms;
    fields.from.is_none_or(|from| from <= conversation.started_at)
        && fields.until.is_none_or(|until| conversation.started_at < until)
        && fields.direction.is_none_or(|direction| conversation.direction == direction)
        && fields.channel.is_none_or(|channel| conversation.channel == channel)
        && fields.agent.is_none_or(|wanted| agent == Some(wanted))
        && fields.group.is_none_or(|group| is_stamped_with(home, conversation, group))
        && fields.tag.as_ref().is_none_or(|tag| !erased && conversation.tags.contains(tag))
        && fields.state.is_none_or(|state| conversation.state == state)
        && fields.duration_ms_min.is_none_or(|least| duration.is_some_and(|duration| duration >= least))
        && fields.duration_ms_max.is_none_or(|most| duration.is_some_and(|duration| duration <= most))
        && (!fields.unattributed || agent.is_none())
        && narrowing.typed.is_none_or(|typed| !has_words(typed) || !erased && is_found(home, conversation, typed, seen))
        && narrowing.number.is_none_or(|number| !erased && has_number(home, conversation, &digits(number), seen))
}

fn has_words(typed: &str) -> bool {
    typed.chars().any(char::is_alphanumeric)
}

/// The words of a text as people read them: no case, no accents.
fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'ä' | 'å' => 'a',
            'ë' => 'e',
            'ö' => 'o',
            'ü' => 'u',
            other => other,
        })
        .collect();
    plain.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn numbers(conversation: &Conversation, seen: Seen<'_>) -> Vec<String> {
    if !seen(Column::Number) {
        return Vec::new();
    }
    let both = [&conversation.from_number, &conversation.to_number];
    both.into_iter().flatten().map(|number| digits(number)).filter(|digits| !digits.is_empty()).collect()
}

fn has_number(home: &Organisation, conversation: &Conversation, wanted: &str, seen: Seen<'_>) -> bool {
    // A number is also found where it stands as a word of its own: in a contact, a tag, an agent id, a note.
    numbers(conversation, seen).iter().any(|number| number.starts_with(wanted) || number.ends_with(wanted))
        || all_words(home, conversation, seen).iter().any(|word| word.starts_with(wanted))
}

/// Everything that a conversation is found by, but the digits of its numbers.
fn all_words(home: &Organisation, conversation: &Conversation, seen: Seen<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for tag in conversation.tags.iter().filter(|_| seen(Column::Tags)) {
        all.extend(words(tag));
    }
    for contact in conversation.contact.iter().filter(|_| seen(Column::Contact)) {
        all.extend(words(contact));
    }
    for label in conversation.agent_label.iter().filter(|_| seen(Column::Agents)) {
        all.extend(words(label));
    }
    if let Some(agent) = agent_of(home, conversation).filter(|_| seen(Column::Agents)) {
        let user = home.users.iter().find(|user| user.id == agent).expect("a user of the organisation");
        all.extend(words(&user.name));
    }
    for number in [&conversation.from_number, &conversation.to_number].into_iter().flatten() {
        if seen(Column::Number) && number.chars().any(char::is_alphabetic) {
            all.extend(words(number));
        }
    }
    if let Some((_, note)) = conversation.note.as_ref().filter(|_| seen(Column::Notes)) {
        all.extend(words(note));
    }
    all
}

fn is_phone_like(piece: &str) -> bool {
    piece.chars().any(|c| c.is_ascii_digit())
        && piece.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/'))
}

/// Every word must be found somewhere; the last one may be unfinished; numbers are found from either end.
fn is_found(home: &Organisation, conversation: &Conversation, typed: &str, seen: Seen<'_>) -> bool {
    let held = all_words(home, conversation, seen);
    let numbers = numbers(conversation, seen);
    let mut wanted: Vec<(String, bool)> = Vec::new();
    for piece in typed.split_whitespace() {
        if is_phone_like(piece) {
            wanted.push((digits(piece), true));
        } else {
            wanted.extend(words(piece).into_iter().map(|word| (word, false)));
        }
    }
    let last = wanted.len() - 1;
    wanted.iter().enumerate().all(|(at, (word, is_number))| {
        let long = word.chars().count() >= 3;
        let unfinished = long && (*is_number || at == last && !typed.ends_with(char::is_whitespace));
        let fits = |held: &String| {
            if unfinished { held.starts_with(word) } else { held == word }
        };
        held.iter().any(fits)
            || numbers.iter().any(fits)
            || *is_number && long && numbers.iter().any(|number| number.ends_with(word))
    })
}
