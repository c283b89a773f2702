//! Random worlds: small numbers that proptest draws and shrinks, and the world that they stand for.
//!
//! Time is counted in ticks of one hour, few enough that spells, ends and starts often meet on the same tick: that
//! is where boundaries are got wrong. Indices wrap around, so that every plan stands for a world.

use super::{AccessGroup, AgentIdSpell, Assignment, Conversation, CustomRole, Organisation, Spell, User, World};
use proptest::prelude::*;
use proptest::sample::select;
use soundkeep_domain::access::{AccountState, BUILT_IN_ROLES, Column, Limit, Permission, RecordState, RoleKey, Scope};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{
    AccessGroupId, AgentIdId, ApiKeyId, AssignmentId, ConversationId, GroupId, NoteId, OrganisationId, RoleId,
    Timestamp, UserId,
};
use soundkeep_store::access::KeyRights;
use soundkeep_store::access_groups::Target;

/// Ticks that a world lasts.
const TICKS: u8 = 12;
/// The tick at which is asked.
const NOW: u8 = 9;
const TICK_SECONDS: i64 = 3600;
/// The first world begins here; each later one a month after the one before.
const BEGIN_MICROS: i64 = 1_600_000_000_000_000;
const WORLD_SECONDS: i64 = 30 * 86_400;

/// Agent ids that spells are about; the last label of conversations is nobody's.
const VALUES: [&str; 3] = ["201", "202", "anna.b"];
const LABELS: [&str; 4] = ["201", "202", "anna.b", "999"];
const NAMES: [&str; 6] = ["Mira Quell", "Noor Okoye", "Ida Åström", "Paul O'Brien", "Zoë Quast", "Li Berg"];
const CONTACTS: [&str; 5] = ["Anna Berg", "Annabel Stone", "Jürgen Müller", "ida's bakery 24", "Иван"];
const NUMBERS: [&str; 5] = ["+49 30 1234567", "+49301239999", "201", "anonymous", "00441234567"];
const TAGS: [&str; 4] = ["vip", "refund", "Ärger", "q3-2026"];
const NOTES: [&str; 4] = ["asked for a refund", "Müller calls back", "order 1234567 is late", "vip: be kind"];

/// Numbers in rules: as people write them, some for all that begin so.
const PATTERNS: [&str; 5] = ["+49 30*", "201", "004412*", "49301239999", "20*"];

#[derive(Debug, Clone)]
struct AccessGroupPlan {
    /// Which fields limit, by bit, and from where on their values are picked.
    fields: u8,
    values: (u8, u8),
    /// Which columns are hidden, by bit.
    hidden: u32,
    targets: Vec<(u8, u8)>,
}

#[derive(Debug, Clone)]
struct SpellPlan {
    user: u8,
    thing: u8,
    from: u8,
    /// None is open.
    ticks: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
enum LimitPlan {
    None,
    Named(u8, u8),
    Many,
    Supervised,
}

#[derive(Debug, Clone)]
struct AssignmentPlan {
    user: u8,
    role: u8,
    limit: LimitPlan,
    until: Option<u8>,
}

#[derive(Debug, Clone)]
struct ConversationPlan {
    start: u8,
    /// The last bits of the id, which are its place among those that start at once.
    slot: u8,
    label: Option<u8>,
    state: RecordState,
    duration: Option<u8>,
    direction: Direction,
    channel: Channel,
    source: Source,
    numbers: (Option<u8>, Option<u8>),
    contact: Option<u8>,
    tags: Vec<u8>,
    note: Option<u8>,
}

#[derive(Debug, Clone)]
struct OrganisationPlan {
    groups: u8,
    users: Vec<AccountState>,
    roles: Vec<Vec<(Permission, Scope)>>,
    keys: Vec<(bool, u8)>,
    members: Vec<SpellPlan>,
    supervisors: Vec<SpellPlan>,
    agent_ids: Vec<SpellPlan>,
    assignments: Vec<AssignmentPlan>,
    access_groups: Vec<AccessGroupPlan>,
    since_appointment: bool,
    conversations: Vec<ConversationPlan>,
}

/// What proptest draws.
#[derive(Debug, Clone)]
pub struct Plan {
    organisations: Vec<OrganisationPlan>,
}

/// How large worlds are.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Users of an organisation, at most.
    pub users: usize,
    /// Conversations of an organisation, at most.
    pub conversations: usize,
}

fn spells(most: usize) -> impl Strategy<Value = Vec<SpellPlan>> {
    let spell = (any::<u8>(), any::<u8>(), 0..TICKS - 3, prop::option::weighted(0.5, 1..TICKS))
        .prop_map(|(user, thing, from, ticks)| SpellPlan { user, thing, from, ticks });
    prop::collection::vec(spell, 0..=most)
}

fn role() -> impl Strategy<Value = Vec<(Permission, Scope)>> {
    // Mostly wide: a right that ends at role and scope never meets the gates behind it.
    let scope =
        prop_oneof![1 => Just(Scope::None), 1 => Just(Scope::Own), 2 => Just(Scope::Groups), 6 => Just(Scope::All)];
    // Those that the lists are walked with come more often than one in forty.
    let walked = vec![
        Permission::ConversationsView,
        Permission::RecordingsPlay,
        Permission::RecordingsDelete,
        Permission::ConversationsEdit,
    ];
    // Those that take a column too: few permissions do, and their gate must decide its share.
    let hearing: Vec<Permission> = Permission::ALL.iter().copied().filter(|one| !one.columns().is_empty()).collect();
    let permission = prop_oneof![2 => select(walked), 6 => select(hearing), 2 => select(Permission::ALL.to_vec())];
    prop::collection::vec((permission, scope), 12..32).prop_map(|mut lines| {
        lines.sort_by_key(|(permission, _)| *permission);
        lines.dedup_by_key(|(permission, _)| *permission);
        for (permission, scope) in &mut lines {
            if !permission.is_scoped() && *scope != Scope::None {
                *scope = Scope::All;
            }
        }
        lines
    })
}

fn assignments(most: usize) -> impl Strategy<Value = Vec<AssignmentPlan>> {
    let limit = prop_oneof![
        6 => Just(LimitPlan::None),
        3 => (any::<u8>(), 0..5_u8).prop_map(|(first, more)| LimitPlan::Named(first, more)),
        3 => Just(LimitPlan::Many),
        3 => Just(LimitPlan::Supervised),
    ];
    let until = prop::option::weighted(0.4, NOW - 2..TICKS);
    let assignment = (any::<u8>(), any::<u8>(), limit, until).prop_map(|(user, role, limit, until)| AssignmentPlan {
        user,
        role,
        limit,
        until,
    });
    prop::collection::vec(assignment, most / 2..=most)
}

fn access_groups() -> impl Strategy<Value = Vec<AccessGroupPlan>> {
    // Most hide little and limit one field or two: a few that shut everything out would leave nothing to look at.
    let fields = prop_oneof![10 => Just(0_u8), 3 => (0..7_u8).prop_map(|bit| 1 << bit), 1 => any::<u8>()];
    let sound = select(vec![Column::Audio, Column::Playback, Column::Playback, Column::Audio, Column::Download]);
    let sound = sound.prop_map(|column| 1_u32 << column as u32);
    let hidden = prop_oneof![2 => Just(0_u32), 3 => any::<(u32, u32)>().prop_map(|(one, other)| one & other)];
    let targets = prop::collection::vec(any::<(u8, u8)>(), 9..20);
    let group =
        (fields, any::<(u8, u8)>(), (hidden, sound), targets).prop_map(|(fields, values, (hidden, sound), targets)| {
            AccessGroupPlan { fields, values, hidden: hidden | sound, targets }
        });
    prop::collection::vec(group, 1..4)
}

fn conversation() -> impl Strategy<Value = ConversationPlan> {
    let told = (
        0..=NOW,
        0..3_u8,
        prop::option::weighted(0.95, any::<u8>()),
        select(RecordState::ALL.to_vec()),
        prop::option::weighted(0.8, 0..4_u8),
        select(Direction::ALL.to_vec()),
        select(Channel::ALL.to_vec()),
        select(Source::ALL.to_vec()),
    );
    let words = (
        prop::option::weighted(0.8, any::<u8>()),
        prop::option::weighted(0.8, any::<u8>()),
        prop::option::weighted(0.8, any::<u8>()),
        prop::collection::vec(any::<u8>(), 0..4),
        prop::option::weighted(0.5, any::<u8>()),
    );
    (told, words).prop_map(|(told, words)| {
        let (start, slot, label, state, duration, direction, channel, source) = told;
        let (from, to, contact, tags, note) = words;
        let numbers = (from, to);
        ConversationPlan {
            start,
            slot,
            label,
            state,
            duration,
            direction,
            channel,
            source,
            numbers,
            contact,
            tags,
            note,
        }
    })
}

fn organisation(size: Size) -> impl Strategy<Value = OrganisationPlan> {
    let state = prop_oneof![
        8 => Just(AccountState::Active),
        1 => Just(AccountState::Invited),
        1 => Just(AccountState::Disabled),
    ];
    let people = (
        prop_oneof![2 => 1..=4_u8, 1 => 35..=38_u8],
        prop::collection::vec(state, 1..=size.users),
        prop::collection::vec(role(), 2..=6),
        prop::collection::vec(any::<(bool, u8)>(), 0..=3),
        spells(5 * size.users),
        spells(2 * size.users),
        spells(9),
        assignments(6 * size.users),
        (access_groups(), prop::bool::weighted(0.4)),
    );
    let conversations = prop::collection::vec(conversation(), 1..=size.conversations);
    (people, conversations).prop_map(|(people, conversations)| {
        let (groups, users, roles, keys, members, supervisors, agent_ids, assignments, rules) = people;
        let (access_groups, since_appointment) = rules;
        OrganisationPlan {
            groups,
            users,
            roles,
            keys,
            members,
            supervisors,
            agent_ids,
            assignments,
            access_groups,
            since_appointment,
            conversations,
        }
    })
}

/// Random plans of two organisations each.
pub fn plans(size: Size) -> impl Strategy<Value = Plan> {
    prop::collection::vec(organisation(size), 2..=2).prop_map(|organisations| Plan { organisations })
}

impl Plan {
    /// The world of this plan. Worlds of different serial numbers share no id and no time.
    #[must_use]
    pub fn world(&self, serial: u32) -> World {
        let begin = Timestamp::from_unix_micros(BEGIN_MICROS).plus_seconds(WORLD_SECONDS * i64::from(serial));
        let organisations = self
            .organisations
            .iter()
            .enumerate()
            .map(|(number, plan)| Maker { serial, organisation: wrap(number), begin, next: 0 }.organisation(plan))
            .collect();
        World { now: tick(begin, NOW), organisations }
    }
}

fn tick(begin: Timestamp, tick: u8) -> Timestamp {
    begin.plus_seconds(TICK_SECONDS * i64::from(tick))
}

fn wrap(number: usize) -> u8 {
    u8::try_from(number % 256).expect("less than 256")
}

fn pick<T: Clone>(from: &[T], index: u8) -> T {
    from[usize::from(index) % from.len()].clone()
}

/// Hands out ids that no other world has.
struct Maker {
    serial: u32,
    organisation: u8,
    begin: Timestamp,
    next: u32,
}

impl Maker {
    fn id(&mut self, last: u8) -> [u8; 16] {
        self.next += 1;
        let mut id = [0; 16];
        id[0..4].copy_from_slice(&self.serial.to_be_bytes());
        id[4] = self.organisation;
        id[8..12].copy_from_slice(&self.next.to_be_bytes());
        id[15] = last;
        id
    }

    fn at(&self, number: u8) -> Timestamp {
        tick(self.begin, number)
    }

    fn until(&self, from: u8, ticks: Option<u8>) -> Option<Timestamp> {
        ticks.map(|ticks| self.at(from + ticks))
    }

    fn organisation(mut self, plan: &OrganisationPlan) -> Organisation {
        let groups: Vec<GroupId> = (0..plan.groups).map(|_| GroupId::from_bytes(self.id(0))).collect();
        let users: Vec<User> = plan
            .users
            .iter()
            .enumerate()
            .map(|(at, state)| User {
                id: UserId::from_bytes(self.id(0)),
                name: pick(&NAMES, wrap(at)).to_owned(),
                state: *state,
            })
            .collect();
        let roles: Vec<CustomRole> = plan
            .roles
            .iter()
            .map(|scopes| CustomRole { id: RoleId::from_bytes(self.id(0)), scopes: scopes.clone() })
            .collect();
        let keys_of_roles: Vec<RoleKey> = BUILT_IN_ROLES
            .into_iter()
            .map(RoleKey::BuiltIn)
            .chain(roles.iter().map(|role| RoleKey::Custom(role.id)))
            .collect();
        let keys = plan
            .keys
            .iter()
            .map(|(is_somebodys, which)| {
                let rights = match is_somebodys {
                    true => KeyRights::User(pick(&users, *which).id),
                    false => KeyRights::Role(pick(&keys_of_roles, *which)),
                };
                (ApiKeyId::from_bytes(self.id(0)), rights)
            })
            .collect();
        let assignments = plan
            .assignments
            .iter()
            .map(|plan| Assignment {
                id: AssignmentId::from_bytes(self.id(0)),
                user: pick(&users, plan.user).id,
                role: pick(&keys_of_roles, plan.role),
                limit: limit(plan.limit, &groups),
                until: plan.until.map(|until| self.at(until)),
            })
            .collect();
        let access_groups =
            plan.access_groups.iter().map(|plan| self.access_group(plan, &groups, &users, &keys_of_roles)).collect();
        Organisation {
            id: OrganisationId::from_bytes(self.id(0)),
            access_groups,
            since_appointment: plan.since_appointment,
            members: self.spells(&plan.members, &users, &groups),
            supervisors: self.spells(&plan.supervisors, &users, &groups),
            agent_ids: self.agent_ids(&plan.agent_ids, &users),
            conversations: plan.conversations.iter().map(|plan| self.conversation(plan)).collect(),
            keeper: UserId::from_bytes(self.id(0)),
            groups,
            users,
            roles,
            keys,
            assignments,
        }
    }

    fn access_group(
        &mut self,
        plan: &AccessGroupPlan,
        groups: &[GroupId],
        users: &[User],
        roles: &[RoleKey],
    ) -> AccessGroup {
        fn some<T: Clone>(plan: &AccessGroupPlan, field: u8, from: &[T]) -> Vec<T> {
            match plan.fields & (1 << field) {
                0 => Vec::new(),
                _ => vec![pick(from, plan.values.0), pick(from, plan.values.1)],
            }
        }
        let targets = plan.targets.iter().map(|(kind, which)| match kind % 6 {
            0 | 5 => Target::User(pick(users, *which).id),
            1 | 4 => Target::Role(pick(roles, *which)),
            2 => Target::Members(pick(groups, *which)),
            _ => Target::Supervisors(pick(groups, *which)),
        });
        AccessGroup {
            id: AccessGroupId::from_bytes(self.id(0)),
            numbers: some(plan, 0, &PATTERNS),
            sources: some(plan, 1, Source::ALL),
            states: some(plan, 2, &RecordState::ALL),
            tags: some(plan, 3, &TAGS),
            channels: some(plan, 4, Channel::ALL),
            directions: some(plan, 5, Direction::ALL),
            groups: some(plan, 6, groups),
            columns: Column::ALL.iter().copied().filter(|column| plan.hidden & (1 << *column as u32) == 0).collect(),
            targets: targets.collect(),
        }
    }

    /// Spells of one user in one group don't overlap; what would is left out.
    fn spells(&self, plans: &[SpellPlan], users: &[User], groups: &[GroupId]) -> Vec<Spell> {
        let mut spells: Vec<Spell> = Vec::new();
        for plan in plans {
            let spell = Spell {
                user: pick(users, plan.user).id,
                group: pick(groups, plan.thing),
                from: self.at(plan.from),
                until: self.until(plan.from, plan.ticks),
            };
            let same = |other: &&Spell| other.user == spell.user && other.group == spell.group;
            if spells.iter().filter(same).all(|other| apart((other.from, other.until), (spell.from, spell.until))) {
                spells.push(spell);
            }
        }
        spells.sort_by_key(|spell| spell.from);
        spells
    }

    /// Spells of one agent id don't overlap; what would is left out.
    fn agent_ids(&mut self, plans: &[SpellPlan], users: &[User]) -> Vec<AgentIdSpell> {
        let mut spells: Vec<AgentIdSpell> = Vec::new();
        for plan in plans {
            let spell = AgentIdSpell {
                id: AgentIdId::from_bytes(self.id(0)),
                value: pick(&VALUES, plan.thing).to_owned(),
                user: pick(users, plan.user).id,
                from: self.at(plan.from),
                until: self.until(plan.from, plan.ticks),
            };
            let same = |other: &&AgentIdSpell| other.value == spell.value;
            if spells.iter().filter(same).all(|other| apart((other.from, other.until), (spell.from, spell.until))) {
                spells.push(spell);
            }
        }
        spells
    }

    fn conversation(&mut self, plan: &ConversationPlan) -> Conversation {
        let told = |list: &[&str], index: Option<u8>| index.map(|index| pick(list, index).to_owned());
        let mut tags: Vec<String> = plan.tags.iter().map(|tag| pick(&TAGS, *tag).to_owned()).collect();
        tags.sort();
        tags.dedup();
        let note = plan.note.map(|note| (NoteId::from_bytes(self.id(0)), pick(&NOTES, note).to_owned()));
        Conversation {
            id: ConversationId::from_bytes(self.id(plan.slot)),
            started_at: self.at(plan.start),
            agent_label: told(&LABELS, plan.label),
            state: plan.state,
            duration_ms: plan.duration.map(|duration| i64::from(duration) * 1000),
            direction: plan.direction,
            channel: plan.channel,
            source: plan.source,
            from_number: told(&NUMBERS, plan.numbers.0),
            to_number: told(&NUMBERS, plan.numbers.1),
            contact: told(&CONTACTS, plan.contact),
            tags,
            note,
        }
    }
}

fn apart(one: (Timestamp, Option<Timestamp>), other: (Timestamp, Option<Timestamp>)) -> bool {
    let before = |first: (Timestamp, Option<Timestamp>), second: (Timestamp, Option<Timestamp>)| {
        first.1.is_some_and(|until| until <= second.0)
    };
    before(one, other) || before(other, one)
}

fn limit(plan: LimitPlan, groups: &[GroupId]) -> Limit {
    match plan {
        LimitPlan::None => Limit::None,
        LimitPlan::Supervised => Limit::Supervised,
        // All groups but the first: more than thirty where there are many.
        LimitPlan::Many => Limit::Named(groups.iter().skip(1).copied().collect()),
        LimitPlan::Named(first, more) => {
            let mut named: Vec<GroupId> = (0..more).map(|step| pick(groups, first.wrapping_add(step))).collect();
            named.sort();
            named.dedup();
            Limit::Named(named)
        }
    }
}
