//! Assignments unite into grants.

use soundkeep_domain::access::{
    Assignment, AssignmentSource, BuiltInRole, Grants, Limit, Permission, Reach, Reached, Role, RoleKey, Scope,
};
use soundkeep_domain::{AssignmentId, GroupId, RoleId, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_micros(1_000_000);

fn group(number: u8) -> GroupId {
    GroupId::from_bytes([number; 16])
}

fn whole(group: GroupId) -> Reached {
    Reached { group, since: None }
}

fn given(number: u8, scopes: &[(Permission, Scope)], limit: Limit, until: Option<Timestamp>) -> Assignment {
    let role = Role {
        key: RoleKey::Custom(RoleId::from_bytes([number; 16])),
        name: "A role".to_owned(),
        scopes: scopes.to_vec(),
    };
    let source = AssignmentSource::Assignment(AssignmentId::from_bytes([number; 16]));
    Assignment { source, role, limit, until }
}

const PLAY: Permission = Permission::RecordingsPlay;

#[test]
fn grants_end_with_the_first_assignment_that_ends() {
    let at = |micros| Some(Timestamp::from_unix_micros(micros));
    let ends = [at(5_000_000), at(3_000_000), None, at(4_000_000)];
    let all: Vec<Assignment> =
        (0..).zip(ends).map(|(number, until)| given(number, &[(PLAY, Scope::All)], Limit::None, until)).collect();
    assert_eq!(Grants::unite(&all, &[], NOW).valid_until(), at(3_000_000));
    assert_eq!(Grants::unite(&all[2..3], &[], NOW).valid_until(), None);
    let ended = [given(1, &[(PLAY, Scope::All)], Limit::None, Some(NOW))];
    let grants = Grants::unite(&ended, &[], NOW);
    assert_eq!((grants.valid_until(), grants.reach(PLAY)), (None, Reach::Nothing));
}

#[test]
fn groups_add_up_and_the_widest_scope_wins() {
    let named = |groups: &[u8]| Limit::Named(groups.iter().map(|number| group(*number)).collect());
    let mut all = vec![
        given(1, &[(PLAY, Scope::Groups)], named(&[3, 1]), None),
        given(2, &[(PLAY, Scope::All)], named(&[2, 3]), None),
        given(3, &[(PLAY, Scope::Own)], Limit::None, None),
        given(4, &[(PLAY, Scope::Groups)], Limit::Supervised, None),
    ];
    let grants = Grants::unite(&all, &[whole(group(9)), whole(group(2))], NOW);
    assert_eq!(grants.reach(PLAY), Reach::Part(&[group(1), group(2), group(3), group(9)].map(whole)));
    assert_eq!(grants.scope(PLAY), Scope::Groups);
    assert_eq!(grants.reach(Permission::RecordingsDelete), Reach::Nothing);
    all.push(given(5, &[(PLAY, Scope::All)], Limit::None, None));
    assert_eq!(Grants::unite(&all, &[], NOW).reach(PLAY), Reach::Everything);
}

#[test]
fn groups_of_nobody_still_include_the_own() {
    let grants = Grants::unite(&[given(1, &[(PLAY, Scope::Groups)], Limit::Supervised, None)], &[], NOW);
    assert_eq!((grants.reach(PLAY), grants.scope(PLAY)), (Reach::Part(&[]), Scope::Own));
}

#[test]
fn a_limit_does_not_narrow_what_is_about_the_organisation() {
    let source = AssignmentSource::Assignment(AssignmentId::from_bytes([1; 16]));
    let limit = Limit::Named(vec![group(1)]);
    let admin = Assignment { source, role: BuiltInRole::Admin.role(), limit, until: None };
    let grants = Grants::unite(&[admin], &[], NOW);
    assert_eq!(grants.scope(Permission::UsersManage), Scope::All);
    assert_eq!(grants.scope(PLAY), Scope::Groups);
}

#[test]
fn who_reaches_a_group_as_a_whole_reaches_it_since_the_beginning() {
    let since = |micros| Reached { group: group(1), since: Some(Timestamp::from_unix_micros(micros)) };
    let supervised = given(1, &[(PLAY, Scope::Groups)], Limit::Supervised, None);
    let named = given(2, &[(PLAY, Scope::Groups)], Limit::Named(vec![group(1)]), None);
    let grants = Grants::unite(std::slice::from_ref(&supervised), &[since(5)], NOW);
    assert_eq!(grants.reach(PLAY), Reach::Part(&[since(5)]));
    for all in [[supervised.clone(), named.clone()], [named, supervised]] {
        assert_eq!(Grants::unite(&all, &[since(5)], NOW).reach(PLAY), Reach::Part(&[whole(group(1))]));
    }
}
