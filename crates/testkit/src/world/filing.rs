//! Writes a world into a store, by the store's own functions and in the order in which it would have happened.

use super::{AccessGroup, Conversation, Organisation, World};
use soundkeep_domain::access::{
    AccountState, BuiltInRole, CallerFacts, Limit, RecordState, RoleKey, RowRules, RowValues, authorize, marks,
};
use soundkeep_domain::settings::{REGISTRY, Settings, Wish};
use soundkeep_domain::{AssignmentId, ConversationId, OrganisationId, Timestamp, UserId};
use soundkeep_store::conversations::{NewConversation, Note};
use soundkeep_store::identity::{agent_ids, api_keys, assignments, groups, users};
use soundkeep_store::{
    Store, Transaction, access, access_groups, conversations, organisations, recordings, roles, settings,
};
use std::collections::HashMap;

/// Where each conversation stands in the order of all.
pub type Places = HashMap<ConversationId, i64>;

/// Files a whole world.
pub async fn file(world: &World, store: &Store) -> Places {
    let mut places = Places::new();
    for organisation in &world.organisations {
        let mut transaction = store.begin().await.unwrap();
        people(&mut transaction, organisation, world.now).await;
        for conversation in &organisation.conversations {
            let place = add(&mut transaction, organisation.id, conversation, world.now).await;
            places.insert(conversation.id, place);
        }
        transaction.commit().await.unwrap();
        for conversation in &organisation.conversations {
            note(store, organisation, conversation, world.now).await;
            if conversation.state == RecordState::Erased {
                erase(store, (organisation.id, organisation.keeper), conversation.id, world.now).await;
            }
        }
    }
    places
}

/// The row of an organisation whose keys open nothing.
#[must_use]
pub fn keyless_organisation(id: OrganisationId, now: Timestamp) -> organisations::Organisation {
    organisations::Organisation {
        id,
        slug: id.to_string(),
        name: "An organisation".to_owned(),
        created_at: now,
        root_key_id: "none".to_owned(),
        wrapped_key: vec![1],
        wrapped_signing_key: vec![2],
        verifier_key: "none".to_owned(),
    }
}

/// Adds a user who may act as `state` says.
pub async fn add_user(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (id, name, state): (UserId, &str, AccountState),
    now: Timestamp,
) {
    let email = format!("{id}@example.org");
    let new = users::NewUser { id, email: &email, name, state, password_hash: None, created_at: now };
    users::add(transaction, organisation, &new).await.unwrap();
}

async fn people(transaction: &mut Transaction, organisation: &Organisation, now: Timestamp) {
    let id = organisation.id;
    organisations::add(transaction, &keyless_organisation(id, now)).await.unwrap();
    for user in &organisation.users {
        add_user(transaction, id, (user.id, &user.name, user.state), now).await;
    }
    add_user(transaction, id, (organisation.keeper, "Keeper", AccountState::Active), now).await;
    for (number, group) in organisation.groups.iter().enumerate() {
        groups::add(transaction, id, *group, &format!("Team {number}"), now).await.unwrap();
    }
    for (number, role) in organisation.roles.iter().enumerate() {
        roles::add(transaction, id, role.id, &format!("Role {number}"), &role.scopes, now).await.unwrap();
    }
    for (bond, spells) in
        [(groups::Bond::Member, &organisation.members), (groups::Bond::Supervisor, &organisation.supervisors)]
    {
        for spell in spells {
            let tie = (spell.group, spell.user);
            let new = groups::join(transaction, id, bond, tie, spell.from, spell.from).await.unwrap();
            assert!(new, "spells of a world don't overlap");
            if let Some(until) = spell.until {
                groups::leave(transaction, id, bond, tie, until).await.unwrap();
            }
        }
    }
    for spell in &organisation.agent_ids {
        let new = agent_ids::AgentId {
            id: spell.id,
            user: spell.user,
            value: spell.value.clone(),
            from: spell.from,
            until: spell.until,
        };
        assert_eq!(agent_ids::add(transaction, id, &new).await.unwrap(), None, "spells of a world don't overlap");
    }
    roles_given(transaction, organisation, now).await;
    if organisation.since_appointment {
        let wish = Wish { channel: None, key: "groups_since_appointment".to_owned(), value: Some(true.into()) };
        let wished = Settings::defaults(REGISTRY).with(&[wish]).expect("a setting");
        let by = ("user".to_owned(), organisation.keeper.to_string());
        let save = settings::Save { version: 1, at: now, by, restored: None, changes: serde_json::Value::Null };
        settings::save(transaction, id, &wished, &save).await.unwrap();
    }
    for (number, group) in organisation.access_groups.iter().enumerate() {
        let stored = access_groups::StoredAccessGroup {
            id: group.id,
            name: format!("Access group {number}"),
            rows: rules(group),
            columns: group.columns.iter().copied().collect(),
            targets: group.targets.clone(),
            version: 1,
        };
        access_groups::add(transaction, id, &stored, now).await.unwrap();
    }
}

/// The rules of an access group as decisions take them.
#[must_use]
pub fn rules(group: &AccessGroup) -> RowRules {
    RowRules::from(RowValues {
        numbers: group.numbers.iter().map(|number| number.parse().expect("a number")).collect(),
        sources: group.sources.clone(),
        statuses: group.states.clone(),
        tags: group.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        channels: group.channels.clone(),
        directions: group.directions.clone(),
        groups: group.groups.clone(),
    })
}

async fn roles_given(transaction: &mut Transaction, organisation: &Organisation, now: Timestamp) {
    let all = assignments::NewAssignment {
        id: AssignmentId::from_bytes(*organisation.keeper.as_bytes()),
        user: organisation.keeper,
        role: RoleKey::BuiltIn(BuiltInRole::Admin),
        limit: Limit::None,
        until: None,
        created_at: now,
    };
    assignments::add(transaction, organisation.id, &all).await.unwrap();
    for given in &organisation.assignments {
        let new = assignments::NewAssignment {
            id: given.id,
            user: given.user,
            role: given.role,
            limit: given.limit.clone(),
            until: given.until,
            created_at: now,
        };
        assignments::add(transaction, organisation.id, &new).await.unwrap();
    }
    for (key, rights) in &organisation.keys {
        let mut token_hash = [0; 32];
        token_hash[..16].copy_from_slice(key.as_bytes());
        let new = api_keys::NewApiKey {
            id: *key,
            token_hash,
            prefix: "sk_",
            name: "A program",
            rights: *rights,
            scopes: None,
            networks: &[],
            sealed_secret_key: None,
            created_by: None,
            created_at: now,
            expires_at: None,
        };
        api_keys::add(transaction, organisation.id, &new).await.unwrap();
    }
}

/// Adds a conversation as intake does: attributed to whose agent id it was at its start, stamped with their groups then.
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    told: &Conversation,
    now: Timestamp,
) -> i64 {
    let at = told.started_at;
    let agent = match &told.agent_label {
        Some(label) => conversations::attribute(transaction, organisation, label, at).await.unwrap(),
        None => None,
    };
    let groups = match agent {
        Some(agent) => conversations::stamp(transaction, organisation, agent, at).await.unwrap(),
        None => Vec::new(),
    };
    let new = NewConversation {
        id: told.id,
        started_at: at,
        duration_ms: told.duration_ms,
        direction: told.direction,
        channel: told.channel,
        from_number: told.from_number.clone(),
        to_number: told.to_number.clone(),
        contact: told.contact.clone(),
        agent_label: told.agent_label.clone(),
        source: told.source,
        external_id: None,
        tags: told.tags.clone(),
        agent,
        groups,
        state: if told.state == RecordState::Erased { RecordState::Ready } else { told.state },
        received_at: now,
    };
    conversations::add(transaction, organisation, &new).await.unwrap()
}

async fn note(store: &Store, organisation: &Organisation, told: &Conversation, now: Timestamp) {
    let Some((id, text)) = &told.note else { return };
    let mut transaction = store.begin().await.unwrap();
    let keeper = access::user_caller(&mut transaction, organisation.id, organisation.keeper, now).await.unwrap();
    let thing = access::thing(&mut transaction, organisation.id, told.id).await.unwrap();
    let permit = authorize::<marks::ConversationsEdit>(&keeper, &thing).unwrap();
    let note = Note { id: *id, author: None, created_at: now, wrapped_key: vec![1], sealed: vec![2] };
    conversations::add_note(&mut transaction, &permit, &note).await.unwrap();
    conversations::index_notes(&mut transaction, &permit, &[text]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Erases a conversation in somebody's name.
pub async fn erase(
    store: &Store,
    (organisation, user): (OrganisationId, UserId),
    conversation: ConversationId,
    now: Timestamp,
) {
    let mut transaction = store.begin().await.unwrap();
    let caller = access::user_caller(&mut transaction, organisation, user, now).await.unwrap();
    let thing = access::thing(&mut transaction, organisation, conversation).await.unwrap();
    let permit = authorize::<marks::RecordingsDelete>(&caller, &thing).unwrap();
    recordings::erase(&mut transaction, &permit, now).await.unwrap();
    transaction.commit().await.unwrap();
}

/// The facts of a caller, as the store witnesses them.
pub async fn facts(store: &Store, organisation: &Organisation, caller: super::Caller, now: Timestamp) -> CallerFacts {
    let mut reader = store.reader();
    match caller {
        super::Caller::User(user) => access::user_caller(&mut reader, organisation.id, user, now).await,
        super::Caller::Key(key) => {
            let (rights, scopes) = api_keys::rights_of(&mut reader, organisation.id, (key, None), now).await.unwrap();
            let facts = access::api_key_caller(&mut reader, organisation.id, key, rights, now).await;
            facts.map(|facts| facts.limited_to(scopes))
        }
        super::Caller::System(system) => access::system_caller(&mut reader, organisation.id, system).await,
    }
    .unwrap()
}
