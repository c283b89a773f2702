//! From a world to the facts that the store would witness, without a store.

use soundkeep_domain::access::{
    AccessGroup, AccountState, Assignment, AssignmentSource, CallerFacts, CallerKind, Grants, Limit, Reached,
    RecordState, Restrictions, Role, RoleKey, ThingFacts, Traits, number_digits,
};
use soundkeep_domain::{GroupId, OrganisationId};
use soundkeep_store::access::KeyRights;
use soundkeep_testkit::reference;
use soundkeep_testkit::world::filing;
use soundkeep_testkit::world::{Caller, Conversation, Organisation, World};
use std::sync::Arc;

pub(crate) const EPOCH: i64 = 7;

fn role(home: &Organisation, key: RoleKey) -> Role {
    match key {
        RoleKey::BuiltIn(role) => role.role(),
        RoleKey::Custom(id) => {
            let role = home.roles.iter().find(|role| role.id == id).unwrap();
            Role { key, name: "A role".to_owned(), scopes: role.scopes.clone() }
        }
    }
}

pub(crate) fn caller_facts(world: &World, home: &Organisation, caller: Caller) -> CallerFacts {
    let (kind, account, assignments, supervised) = match caller {
        Caller::System(system) => return CallerFacts::system(home.id, system, EPOCH),
        Caller::Key(id) => {
            let role = match home.keys.iter().find(|(key, _)| *key == id).unwrap().1 {
                KeyRights::User(user) => {
                    return caller_facts(world, home, Caller::User(user)).through_key(id);
                }
                KeyRights::Role(key) => role(home, key),
            };
            let source = AssignmentSource::ApiKey(id);
            let given = Assignment { source, role, limit: Limit::None, until: None };
            (CallerKind::ApiKey(id), AccountState::Active, vec![given], Vec::new())
        }
        Caller::User(id) => {
            let given = home.assignments.iter().filter(|given| given.user == id).map(|given| Assignment {
                source: AssignmentSource::Assignment(given.id),
                role: role(home, given.role),
                limit: given.limit.clone(),
                until: given.until,
            });
            let supervised = home.supervisors.iter().filter(|spell| {
                spell.user == id && spell.from <= world.now && spell.until.is_none_or(|until| until > world.now)
            });
            let since = |from| Some(from).filter(|_| home.since_appointment);
            let groups: Vec<Reached> =
                supervised.map(|spell| Reached { group: spell.group, since: since(spell.from) }).collect();
            let state = home.users.iter().find(|user| user.id == id).unwrap().state;
            (CallerKind::User(id), state, given.collect(), groups)
        }
    };
    let grants = Grants::unite(&assignments, &supervised, world.now);
    let groups = reference::restricting(home, caller, world.now).into_iter().map(|group| AccessGroup {
        id: group.id,
        rows: filing::rules(group),
        columns: group.columns.iter().copied().collect(),
    });
    let facts = CallerFacts::witnessed(home.id, kind, account, Arc::new(grants), EPOCH);
    facts.narrowed(Restrictions::by(groups.collect()))
}

pub(crate) fn thing_facts(place: &Organisation, conversation: &Conversation) -> ThingFacts {
    thing_facts_in(place.id, place, conversation)
}

pub(crate) fn thing_facts_in(
    organisation: OrganisationId,
    place: &Organisation,
    conversation: &Conversation,
) -> ThingFacts {
    let agents = reference::agent_of(place, conversation).into_iter().collect();
    let stamped = |group: &&GroupId| reference::is_stamped_with(place, conversation, **group);
    let groups = place.groups.iter().filter(stamped).copied().collect();
    let erased = conversation.state == RecordState::Erased;
    let numbers = [&conversation.from_number, &conversation.to_number];
    let traits = Traits {
        started_at: conversation.started_at,
        channel: conversation.channel,
        direction: conversation.direction,
        source: conversation.source,
        numbers: numbers.into_iter().flatten().filter(|_| !erased).map(|number| number_digits(number)).collect(),
        tags: if erased { Vec::new() } else { conversation.tags.clone() },
    };
    ThingFacts::witnessed(organisation, conversation.id, None, agents, groups, conversation.state, traits, EPOCH)
}
