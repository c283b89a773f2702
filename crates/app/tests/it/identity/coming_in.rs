//! Set-up, invitations and other links.

use super::house::{HERE, PASSWORD, accept, houses, role, visitor};
use soundkeep_app::Error;
use soundkeep_app::domain::access::{AccountState, BuiltInRole, Permission};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::LinkPurpose;
use soundkeep_app::identity::{
    Invitation, Redeem, UserChange, change_user, demo_link, inspect_link, invite, needs_setup, needs_step_up,
    new_user_link, prepare_setup, redeem_link, user,
};

fn first() -> Redeem {
    Redeem {
        email: Some(" Ada@Example.org ".to_owned()),
        name: Some(" Ada ".to_owned()),
        password: Some(PASSWORD.to_owned()),
        organisation_name: Some("Analytical Engines".to_owned()),
        ..Redeem::default()
    }
}

#[tokio::test]
async fn the_first_start_makes_one_administrator_by_a_link_that_works_once() {
    for house in houses().await {
        let vault = &house.vault;
        assert!(needs_setup(vault).await.unwrap());
        let lost = prepare_setup(vault).await.unwrap().unwrap();
        let link = prepare_setup(vault).await.unwrap().unwrap();
        assert_eq!(lost.organisation, link.organisation, "a second start makes no second organisation");
        assert!(matches!(inspect_link(vault, &lost.token).await, Err(Error::NotFound)), "its link ends");
        assert_eq!(inspect_link(vault, &link.token).await.unwrap().purpose, LinkPurpose::Setup);
        let ada = redeem_link(vault, &link.token, first(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
        assert_eq!(ada.me.user.email.as_deref(), Some("ada@example.org"));
        assert_eq!(ada.me.organisation.name, "Analytical Engines");
        assert!(ada.me.permissions.contains(&(Permission::UsersManage, "yes")));
        assert!(matches!(redeem_link(vault, &link.token, first(), &visitor(HERE)).await, Err(Error::NotFound)));
        assert!(!needs_setup(vault).await.unwrap());
        assert!(prepare_setup(vault).await.unwrap().is_none());
        let caller = house.caller(&ada.token).await.unwrap();
        for kind in
            [EventKind::OrganisationCreated, EventKind::SetupCompleted, EventKind::RoleChange, EventKind::SignIn]
        {
            assert_eq!(house.events(&caller, kind).await.len(), 1, "{kind:?}");
        }
        assert_eq!(house.events(&caller, EventKind::SetupLinkCreated).await.len(), 2);
    }
}

#[tokio::test]
async fn all_fields_that_do_not_fit_are_named_and_the_link_goes_on() {
    for house in houses().await {
        let link = prepare_setup(&house.vault).await.unwrap().unwrap();
        let nonsense =
            Redeem { email: Some("ada".to_owned()), password: Some("short".to_owned()), ..Redeem::default() };
        match redeem_link(&house.vault, &link.token, nonsense, &visitor(HERE)).await {
            Err(Error::Invalid(fields)) => {
                let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(names, ["email", "name", "organisation_name", "password"]);
            }
            _ => panic!("it must be refused"),
        }
        redeem_link(&house.vault, &link.token, first(), &visitor(HERE)).await.unwrap();
    }
}

#[tokio::test]
async fn two_who_use_one_link_at_once_make_one_user() {
    for house in houses().await {
        let link = prepare_setup(&house.vault).await.unwrap().unwrap();
        let (here, said) = (visitor(HERE), first);
        let (one, two) = tokio::join!(
            redeem_link(&house.vault, &link.token, said(), &here),
            redeem_link(&house.vault, &link.token, said(), &here)
        );
        assert!(one.is_ok() != two.is_ok());
    }
}

#[tokio::test]
async fn who_is_invited_chooses_a_password_and_has_their_roles() {
    for house in houses().await {
        let admin = house.admin().await;
        let invitation = Invitation {
            email: "Bob@Example.org".to_owned(),
            name: "Bob".to_owned(),
            assignments: vec![role(BuiltInRole::Supervisor)],
        };
        let invited = invite(&house.vault, &admin, &invitation).await.unwrap();
        assert_eq!(invited.user.state, AccountState::Invited);
        let facts = inspect_link(&house.vault, &invited.link.token).await.unwrap();
        assert_eq!((facts.purpose, facts.email.as_deref()), (LinkPurpose::Invitation, Some("bob@example.org")));
        let said = Redeem { name: Some("Robert".to_owned()), ..accept() };
        let bob =
            redeem_link(&house.vault, &invited.link.token, said, &visitor(HERE)).await.unwrap().signed_in().unwrap();
        assert_eq!(bob.me.user.name, "Robert");
        assert_eq!(bob.me.roles.first().map(|role| role.name.as_str()), Some("Supervisor"));
        assert!(bob.me.permissions.contains(&(Permission::UsersManage, "no")));
        house.sign_in("bob@example.org", PASSWORD, HERE).await.unwrap();
        let now = user(&house.vault, &admin, invited.user.id).await.unwrap();
        assert_eq!((now.state, now.name.as_str()), (AccountState::Active, "Robert"));
        assert!(now.last_sign_in_at.is_some());
        let again = invite(&house.vault, &admin, &invitation).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "an address is taken once");
    }
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_when_the_user_is_switched_off() {
    for house in houses().await {
        let admin = house.admin().await;
        let invitation =
            Invitation { email: "bob@example.org".to_owned(), name: "Bob".to_owned(), assignments: Vec::new() };
        let invited = invite(&house.vault, &admin, &invitation).await.unwrap();
        house.clock.turn(7 * 24 * 3600);
        let late = redeem_link(&house.vault, &invited.link.token, accept(), &visitor(HERE)).await;
        assert!(matches!(late, Err(Error::NotFound)));
        let admin = house.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap();
        let admin = house.caller(&admin.token).await.unwrap();
        let anew = new_user_link(&house.vault, &admin, invited.user.id).await.unwrap();
        assert_eq!(anew.purpose, LinkPurpose::Invitation);
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        let bob = change_user(&house.vault, &admin, invited.user.id, invited.user.version, &off).await.unwrap();
        assert!(matches!(inspect_link(&house.vault, &anew.token).await, Err(Error::NotFound)));
        assert!(matches!(new_user_link(&house.vault, &admin, bob.id).await, Err(Error::Conflict(_))));
        let on = UserChange { state: Some(AccountState::Active), name: None };
        let bob = change_user(&house.vault, &admin, bob.id, bob.version, &on).await.unwrap();
        assert_eq!(bob.state, AccountState::Invited, "nobody comes in without a password");
    }
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, before) = house.user(&admin, "Bob", &[]).await;
        let link = new_user_link(&house.vault, &admin, bob.id).await.unwrap();
        assert_eq!(link.purpose, LinkPurpose::Password);
        let new = "another horse entirely";
        let said = Redeem { password: Some(new.to_owned()), ..Redeem::default() };
        let after = redeem_link(&house.vault, &link.token, said, &visitor(HERE)).await.unwrap().signed_in().unwrap();
        assert!(matches!(house.caller(&before.token).await, Err(Error::NotSignedIn)));
        house.caller(&after.token).await.unwrap();
        assert!(house.sign_in("bob@example.org", PASSWORD, HERE).await.is_err());
        house.sign_in("bob@example.org", new, HERE).await.unwrap();
        let events = house.events(&admin, EventKind::PasswordChange).await;
        assert_eq!(events[0]["detail"]["sessions_ended"], 1);
    }
}

#[tokio::test]
async fn a_demo_link_needs_no_password_and_works_again_until_there_is_a_newer_one() {
    for house in houses().await {
        let admin = house.admin().await;
        let invitation = Invitation {
            email: "bob@example.org".to_owned(),
            name: "Bob".to_owned(),
            assignments: vec![role(BuiltInRole::Agent)],
        };
        let invited = invite(&house.vault, &admin, &invitation).await.unwrap();
        let link = demo_link(&house.vault, admin.organisation(), invited.user.id).await.unwrap();
        let bob = redeem_link(&house.vault, &link.token, Redeem::default(), &visitor(HERE))
            .await
            .unwrap()
            .signed_in()
            .unwrap();
        assert_eq!(bob.me.user.name, "Bob");
        for _ in 0..9 {
            house.caller(&bob.token).await.unwrap();
            house.clock.turn(10 * 60);
        }
        let later = house.caller(&bob.token).await.unwrap();
        assert!(!needs_step_up(&later, house.vault.now()), "nobody knows what they could prove themselves with");
        redeem_link(&house.vault, &link.token, Redeem::default(), &visitor(HERE)).await.unwrap();
        let second = demo_link(&house.vault, admin.organisation(), invited.user.id).await.unwrap();
        let older = redeem_link(&house.vault, &link.token, Redeem::default(), &visitor(HERE)).await;
        assert!(matches!(older, Err(Error::NotFound)));
        redeem_link(&house.vault, &second.token, Redeem::default(), &visitor(HERE)).await.unwrap();
        assert!(house.sign_in("bob@example.org", "", HERE).await.is_err(), "there is no password to guess");
    }
}
