//! Believable metadata without recordings: any number of conversations for benchmarks.
//!
//! Calls come by day and hour as in a call centre, last a few minutes with a long tail, fall to agents
//! unevenly, and speak of words that are common or rare. The same seed gives the same rows.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use soundkeep_domain::access::RecordState;
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, GroupId, Timestamp, UserId};
use soundkeep_store::conversations::NewConversation;

const FIRST: [&str; 24] = [
    "Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Maya",
    "Nuno", "Olga", "Pavel", "Rosa", "Samir", "Tessa", "Uwe", "Vera", "Wanda", "Yara", "Zoe",
];
const LAST: [&str; 24] = [
    "Adler", "Brandt", "Costa", "Dunn", "Eriksen", "Fischer", "Grant", "Hale", "Ivanov", "Jansen", "Keller", "Lopez",
    "Meyer", "Novak", "Okafor", "Petrov", "Quinn", "Reyes", "Santos", "Tanaka", "Ueda", "Vogt", "Weber", "Young",
];
/// Tags from common to rare: each stands on about half as many conversations as the one before it.
const TAGS: [&str; 12] = [
    "billing",
    "delivery",
    "refund",
    "complaint",
    "callback",
    "upgrade",
    "cancellation",
    "escalated",
    "praise",
    "warranty",
    "legal",
    "quokka",
];

/// Makes conversations, one after the other.
pub struct Statistics {
    random: ChaCha8Rng,
    agents: Vec<(UserId, Vec<GroupId>)>,
    next_micros: i64,
    step_micros: i64,
    made: u64,
}

impl Statistics {
    /// `count` conversations of these agents between two times.
    #[must_use]
    pub fn new(seed: u64, agents: Vec<(UserId, Vec<GroupId>)>, from: Timestamp, until: Timestamp, count: u64) -> Self {
        let span = until.micros_since(from).max(1);
        let step = span / i64::try_from(count.max(1)).unwrap_or(i64::MAX);
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            agents,
            next_micros: from.as_unix_micros(),
            step_micros: step.max(1),
            made: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.next_u64() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// The lower numbers come far more often.
    fn uneven(&mut self, bound: usize) -> usize {
        self.below(bound).min(self.below(bound))
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or_default()
    }

    fn number(&mut self) -> String {
        format!("+4930{:07}", self.below(10_000_000))
    }

    fn duration_ms(&mut self) -> i64 {
        // A product of evenly spread factors has the long tail that calls have.
        let spread = |one: usize, two: usize| 15_000 + (one * two) * 20;
        let (one, two) = (self.below(100), self.below(300));
        i64::try_from(spread(one, two)).unwrap_or(60_000)
    }

    fn tags(&mut self) -> Vec<String> {
        let rarity = self.random.next_u64().trailing_zeros();
        let at = usize::try_from(rarity).unwrap_or(0).min(TAGS.len() - 1);
        let mut tags: Vec<String> = TAGS.get(at).map(|tag| (*tag).to_owned()).into_iter().collect();
        if self.below(4) == 0 {
            tags.push("follow-up".to_owned());
        }
        tags.sort();
        tags
    }

    /// The next conversation with its place; starts rise.
    pub fn next_row(&mut self) -> (i64, NewConversation) {
        let started_at = Timestamp::from_unix_micros(self.next_micros);
        self.next_micros += self.step_micros;
        let slot = i64::try_from(self.made % 1024).unwrap_or(0);
        self.made += 1;
        let mut random = [0_u8; 10];
        self.random.fill_bytes(&mut random);
        let at = self.uneven(self.agents.len());
        let agent = self.agents.get(at).cloned();
        let inbound = self.below(10) < 7;
        let (outside, inside) = (self.number(), format!("{}", 200 + at));
        let (from_number, to_number) = if inbound { (outside, inside.clone()) } else { (inside.clone(), outside) };
        let contact = format!("{} {}", self.pick(&FIRST), self.pick(&LAST));
        let new = NewConversation {
            id: ConversationId::make(started_at, &random),
            started_at,
            duration_ms: Some(self.duration_ms()),
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            channel: Channel::Voice,
            from_number: Some(from_number),
            to_number: Some(to_number),
            contact: Some(contact),
            agent_label: Some(inside),
            source: Source::Import,
            external_id: None,
            tags: self.tags(),
            groups: agent.as_ref().map(|(_, groups)| groups.clone()).unwrap_or_default(),
            agent: agent.map(|(agent, _)| agent),
            state: RecordState::NoRecording,
            received_at: started_at,
        };
        (started_at.as_unix_micros() * 1024 + slot, new)
    }
}
