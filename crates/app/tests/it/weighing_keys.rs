//! What a new key lets a program do is weighed like a role that is given to somebody.

use soundkeep_app::access::weigh::{Ask, Effect, Intent, Range};
use soundkeep_app::identity::{CreatedApiKey, KeyRights, ListOptions, NewApiKey, api_keys, create_api_key};
use soundkeep_app::{Caller, Error};
use soundkeep_domain::access::{BuiltInRole, Permission, RoleKey};
use soundkeep_testkit::{TestVault, for_each_vault};

const PLAY: Permission = Permission::RecordingsPlay;
const SUPERVISOR: KeyRights = KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Supervisor));

async fn make(
    vault: &TestVault,
    intent: Intent,
    (name, rights, scopes): (&str, KeyRights, Option<&str>),
) -> Result<CreatedApiKey, Error> {
    let admin = vault.as_admin().await.wanting(intent);
    let new = NewApiKey {
        name: name.to_owned(),
        rights,
        scopes: scopes.map(|scopes| scopes.parse().unwrap()),
        networks: Vec::new(),
        expires_in_days: None,
        never_expires: false,
    };
    create_api_key(&vault.vault, &admin, &new).await
}

async fn keys(vault: &TestVault, admin: &Caller) -> usize {
    let options = ListOptions { limit: 50, ..ListOptions::default() };
    api_keys(&vault.vault, admin, &options).await.unwrap().items.len()
}

/// How many conversations the only party of this effect, one program, reaches from now on.
fn reaches(effect: &Effect, permission: Permission) -> Range {
    let [party] = &effect.parties[..] else { panic!("{effect:?}") };
    assert_eq!((party.people.len(), party.programs.len()), (0, 1));
    let shift = party.shifts.iter().find(|shift| shift.permission == permission).unwrap();
    assert!(shift.gains && !shift.loses);
    shift.gained.unwrap()
}

#[test]
fn a_key_that_lets_a_program_hear_is_confirmed_by_what_was_shown() {
    for_each_vault(async |vault| {
        for number in ["201", "202", "203"] {
            vault.ingest(number).await;
        }
        let admin = vault.as_admin().await;
        let before = keys(vault, &admin).await;
        let import = ("Import", SUPERVISOR, None);
        let Err(Error::Weighed(seen)) = make(vault, Intent::WhatIf, import).await else { panic!("it was made") };
        assert_eq!(reaches(&seen, PLAY), Range { least: 3, most: 3 });
        assert_eq!(seen.asks, [Ask::ProgramsHearing(1)]);
        let Err(Error::Weighed(again)) = make(vault, Intent::WhatIf, import).await else { panic!("it was made") };
        assert_eq!(again.token, seen.token, "another id each time, and one token");
        assert_eq!(keys(vault, &admin).await, before, "nothing happened");
        let confirmed = Intent::Confirmed(seen.token.clone());
        for other in [("Other", SUPERVISOR, None), ("Import", SUPERVISOR, Some("recordings.play users.manage"))] {
            let refused = make(vault, confirmed.clone(), other).await;
            assert!(matches!(refused, Err(Error::Unconfirmed(_))), "{other:?}");
        }
        make(vault, confirmed, import).await.unwrap();
        assert_eq!(keys(vault, &admin).await, before + 1);
        // A script that doesn't ask has nobody to confirm it, and what hears nothing is confirmed by nobody.
        make(vault, Intent::Act, ("Script", SUPERVISOR, None)).await.unwrap();
        let narrow = ("Narrow", SUPERVISOR, Some("conversations.view"));
        make(vault, Intent::Act, narrow).await.unwrap();
        let agent = ("Agent", KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Agent)), None);
        make(vault, Intent::Act, agent).await.unwrap();
    });
}

#[test]
fn a_key_that_acts_for_somebody_hears_what_they_hear() {
    for_each_vault(async |vault| {
        let agent = vault.as_agent("201", "Sales").await.user().unwrap();
        for number in ["201", "201", "999"] {
            vault.ingest(number).await;
        }
        // What is their own is the program's, too; they hear nothing, so that nobody confirms it.
        let own = ("Own", KeyRights::User(agent), None);
        let Err(Error::Weighed(seen)) = make(vault, Intent::WhatIf, own).await else { panic!("it was made") };
        assert_eq!(reaches(&seen, Permission::ConversationsView), Range { least: 2, most: 2 });
        assert!(seen.asks.is_empty());
        make(vault, Intent::Act, own).await.unwrap();
        let supervisor = vault.as_supervisor("Sales").await.user().unwrap();
        for name in ["Script", "Again"] {
            // The second moves nothing of the first.
            let key = (name, KeyRights::User(supervisor), None);
            let Err(Error::Weighed(seen)) = make(vault, Intent::WhatIf, key).await else { panic!("it was made") };
            assert_eq!(reaches(&seen, PLAY), Range { least: 2, most: 2 });
            assert_eq!(seen.asks, [Ask::ProgramsHearing(1)]);
            make(vault, Intent::Confirmed(seen.token), key).await.unwrap();
        }
    });
}
