//! One decision with its full trace, beside Cedar and Casbin on the same policy.
//!
//! The policy: a user may play what belongs to one of N groups, each given by an assignment of its own, while
//! the account is active and the recording ready. Every engine answers the same questions, and the answers are
//! compared before anything is timed.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use soundkeep_domain::access::{
    AccessGroup, AccountState, Assignment, AssignmentSource, CallerFacts, CallerKind, Columns, Grants, Limit,
    Permission, RecordState, Restrictions, Role, RoleKey, RowRules, RowValues, Scope, ThingFacts, Traits, decide,
};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::ids::{
    AccessGroupId, AssignmentId, ConversationId, GroupId, OrganisationId, RecordingId, RoleId, UserId,
};
use soundkeep_domain::time::Timestamp;

use crate::Outcome;
use crate::measure::{median, nanoseconds_each, written};
use crate::report::Section;

const SIZES: [u32; 3] = [10, 100, 1000];
const WANTED: [&str; 3] = ["10", "60", "500"];
const QUESTIONS: u32 = 64;
const ROUNDS: usize = 5;
const EACH: Duration = Duration::from_millis(300);

/// What is asked, in a form that each engine turns into its own.
pub(crate) struct Question {
    /// The group that the recording belongs to; those below the number of assignments are granted.
    pub(crate) group: u32,
    pub(crate) is_ready: bool,
}

/// An engine that was handed the policy.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;
    fn allows(&mut self, question: usize) -> bool;
}

pub(crate) fn questions(assignments: u32) -> Vec<Question> {
    (0..QUESTIONS)
        .map(|number| {
            let spread = number.wrapping_mul(2_654_435_761) >> 8;
            let group = match number % 4 {
                0 => assignments + spread % assignments,
                _ => spread % assignments,
            };
            Question { group, is_ready: number % 8 != 7 }
        })
        .collect()
}

pub(crate) fn run() -> Outcome<Section> {
    let mut rows = Vec::new();
    for (size, wanted) in SIZES.into_iter().zip(WANTED) {
        let questions = questions(size);
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Ours::new(size, &questions))];
        engines.extend(peers::all(size, &questions)?);
        compare_answers(&mut engines, &questions)?;
        let times = timed(&mut engines);
        let ours = times.first().copied().unwrap_or(f64::NAN);
        for (engine, time) in engines.iter().zip(&times).skip(1) {
            rows.push(vec![
                size.to_string(),
                format!("{} ns", written(ours)),
                engine.name().to_owned(),
                format!("{} ns", written(*time)),
                written(time / ours),
                wanted.to_owned(),
            ]);
        }
        if engines.len() == 1 {
            rows.push(vec![size.to_string(), format!("{} ns", written(ours)), "none built in".to_owned()]);
        }
    }
    Ok(Section {
        title: "One decision",
        conditions: format!(
            "{QUESTIONS} questions in turn, a quarter of them outside of every granted group, an eighth about a recording \
             that isn't ready; the same answers asserted. The middle of {ROUNDS} rounds, engines in turns. Ours gives the \
             trace of every gate. Wanted below 1,000 ns, flat, and the ratio in the last column."
        ),
        columns: &["assignments", "ours", "peer", "peer's", "ratio", "wanted"],
        rows,
    })
}

/// Nanoseconds of a decision of somebody who belongs to so many access groups, each with rules over groups, numbers,
/// channels and columns.
pub(crate) fn under_access_groups(count: u32) -> Outcome<f64> {
    let questions = questions(100);
    let mut ours = Ours::new(100, &questions);
    let groups = (0..count).map(|number| -> Outcome<AccessGroup> {
        let all = RowValues {
            numbers: (0..50).map(|prefix| format!("{number}{prefix:02}*").parse()).collect::<Result<_, _>>()?,
            channels: vec![Channel::Voice],
            groups: (0..1000).map(|group| GroupId::from_bytes(bytes(5, group))).collect(),
            ..RowValues::default()
        };
        let rows = if number == 0 { all } else { RowValues { numbers: Vec::new(), ..all } };
        let id = AccessGroupId::from_bytes(bytes(8, number));
        Ok(AccessGroup { id, rows: RowRules::from(rows), columns: Columns::ALL })
    });
    let groups = groups.collect::<Outcome<Vec<AccessGroup>>>()?;
    ours.caller = ours.caller.narrowed(Restrictions::by(groups));
    let mut at = 0;
    Ok(nanoseconds_each(EACH, || {
        at = (at + 1) % questions.len();
        black_box(ours.allows(at));
    }))
}

fn compare_answers(engines: &mut [Box<dyn Engine>], questions: &[Question]) -> Outcome {
    for at in 0..questions.len() {
        let answers: Vec<bool> = engines.iter_mut().map(|engine| engine.allows(at)).collect();
        if answers.windows(2).any(|pair| pair.first() != pair.last()) {
            return Err(format!("the engines answer question {at} differently: {answers:?}").into());
        }
    }
    let allowed =
        (0..questions.len()).filter(|at| engines.first_mut().is_some_and(|engine| engine.allows(*at))).count();
    if allowed == 0 || allowed == questions.len() {
        return Err("the questions have all the same answer".into());
    }
    Ok(())
}

fn timed(engines: &mut [Box<dyn Engine>]) -> Vec<f64> {
    let questions = usize::try_from(QUESTIONS).unwrap_or(1);
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); engines.len()];
    for _ in 0..ROUNDS {
        for (engine, times) in engines.iter_mut().zip(&mut rounds) {
            let mut at = 0;
            times.push(nanoseconds_each(EACH, || {
                at = (at + 1) % questions;
                black_box(engine.allows(at));
            }));
        }
    }
    rounds.iter().map(|times| median(times)).collect()
}

/// `decide()`, with facts as the store witnesses them.
struct Ours {
    caller: CallerFacts,
    things: Vec<ThingFacts>,
}

fn bytes(kind: u8, number: u32) -> [u8; 16] {
    let mut bytes = [kind; 16];
    for (to, from) in bytes.iter_mut().skip(12).zip(number.to_be_bytes()) {
        *to = from;
    }
    bytes
}

#[allow(clippy::disallowed_methods, reason = "the benchmark stands where the store does: it makes the facts")]
impl Ours {
    fn new(assignments: u32, questions: &[Question]) -> Self {
        let organisation = OrganisationId::from_bytes(bytes(1, 1));
        let user = UserId::from_bytes(bytes(2, 1));
        let given: Vec<Assignment> = (0..assignments)
            .map(|number| Assignment {
                source: AssignmentSource::Assignment(AssignmentId::from_bytes(bytes(3, number))),
                role: Role {
                    key: RoleKey::Custom(RoleId::from_bytes(bytes(4, number))),
                    name: format!("listener {number}"),
                    scopes: vec![(Permission::RecordingsPlay, Scope::Groups)],
                },
                limit: Limit::Named(vec![GroupId::from_bytes(bytes(5, number))]),
                until: None,
            })
            .collect();
        let grants = Grants::unite(&given, &[], Timestamp::from_unix_micros(0));
        let things = questions
            .iter()
            .map(|question| {
                ThingFacts::witnessed(
                    organisation,
                    ConversationId::from_bytes(bytes(6, question.group)),
                    Some((RecordingId::from_bytes(bytes(7, question.group)), 1)),
                    Vec::new(),
                    vec![GroupId::from_bytes(bytes(5, question.group))],
                    if question.is_ready { RecordState::Ready } else { RecordState::Erased },
                    traits(),
                    1,
                )
            })
            .collect();
        Self {
            caller: CallerFacts::witnessed(
                organisation,
                CallerKind::User(user),
                AccountState::Active,
                Arc::new(grants),
                1,
            ),
            things,
        }
    }
}

impl Engine for Ours {
    fn name(&self) -> &'static str {
        "Soundkeep"
    }

    fn allows(&mut self, question: usize) -> bool {
        self.things
            .get(question)
            .is_some_and(|thing| black_box(decide(&self.caller, Permission::RecordingsPlay, thing)).allowed())
    }
}

#[cfg(not(feature = "peers"))]
mod peers {
    //! Without the feature `peers` there is nothing to compare with.

    use super::{Engine, Question};
    use crate::Outcome;

    #[allow(clippy::unnecessary_wraps, reason = "has the shape of the other form of this module")]
    pub(super) fn all(_assignments: u32, _questions: &[Question]) -> Outcome<Vec<Box<dyn Engine>>> {
        Ok(Vec::new())
    }
}

#[cfg(feature = "peers")]
mod peers;

/// What rules over rows would ask; these callers belong to no access group.
fn traits() -> Traits {
    Traits {
        started_at: Timestamp::from_unix_micros(1),
        channel: Channel::Voice,
        direction: Direction::Inbound,
        source: Source::Folder,
        numbers: vec!["4930123456".to_owned(), "201".to_owned()],
        tags: vec!["billing".to_owned()],
    }
}
