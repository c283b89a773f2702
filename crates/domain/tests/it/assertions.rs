//! Assertions of access tests: what is read, what isn't, and what is true of whom.

use proptest::prelude::*;
use soundkeep_domain::access::assertion::{
    Assertion, Deed, Ids, Name, NameKind, Object, Party, Verb, parse, parse_line,
};
use soundkeep_domain::access::{
    AccessGroup, AccountState, Assignment, AssignmentSource, CallerFacts, CallerKind, Columns, Grants, Limit,
    Permission, Reached, Restrictions, Role, RoleKey, RowValues, Scope, Spell, Stamps, Standing, Way,
};
use soundkeep_domain::conversations::Channel;
use soundkeep_domain::{AccessGroupId, AssignmentId, GroupId, OrganisationId, RoleId, Timestamp, UserId};
use std::sync::Arc;

fn read(text: &str) -> Assertion {
    parse_line(1, text).unwrap_or_else(|error| panic!("{text}: {error}")).unwrap()
}

#[test]
fn a_sentence_may_be_put_in_several_ways() {
    let same: [(&str, &[&str]); 13] = [
        ("role Analyst never plays", &["role Analyst can play nothing", "role Analyst never play anything # no sound"]),
        (
            "nobody but members of HR-Leads hears group HR",
            &[
                "group HR is heard only by members of HR-Leads",
                "group HR is heard by nobody but members of group HR-Leads",
                "only members of HR-Leads hear group HR",
                "everybody but members of HR-Leads never hears group HR",
                "Group HR is heard only by Members of HR-Leads",
            ],
        ),
        (
            "ada@example.org never downloads",
            &["ada@example.org can download nothing", "user ada@example.org never downloads"],
        ),
        ("role Agent sees only own", &["role Agent can see only own conversations", "role Agent sees only \"own\""]),
        (
            "nobody but role Admin deletes",
            &["only role Admin can delete", "nobody but role Admin ever deletes anything"],
        ),
        ("members of Sales never see group HR", &["group HR is never seen by members of Sales"]),
        ("role Auditor never has users.manage", &["role \"Auditor\" never uses users.manage"]),
        ("nobody deletes group HR", &["group HR is deleted by nobody", "everybody never deletes group HR"]),
        ("everybody hears only own and group Sales", &["anyone can hear only own, or group Sales"]),
        (
            "role A and members of B and supervisors of C and d@e.f never edit",
            &["role A, members of B, supervisors of C or d@e.f never edit"],
        ),
        ("everybody but role Admin sees only own", &["everybody but role Admin can see only own"]),
        ("supervisors of Sales play only group Sales and own", &[]),
        ("role \"Quality control\" never has transcripts.view group \"Human, Resources\"", &[]),
    ];
    for (first, others) in same {
        for other in others {
            if other.contains("\"own\"") {
                assert!(parse_line(1, other).is_err(), "what is in quotation marks is a name");
                continue;
            }
            assert_eq!(read(other), read(first), "{other}");
        }
    }
    assert_eq!(read("role Analyst never plays").to_string(), "role Analyst never plays");
    assert_eq!(
        read("group HR is heard only by members of HR-Leads").to_string(),
        "nobody but members of HR-Leads hears group HR"
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_place_and_what_would() {
    for (line, column, met, expected) in [
        ("rolle Analyst never plays", 1, Some("rolle"), "role NAME"),
        ("role Analyst plys", 14, Some("plys"), "never"),
        ("role Analyst never", 19, None, "plays"),
        ("role Analyst plays", 19, None, "nothing"),
        ("role", 5, None, "the name of a role"),
        ("members Sales never see", 9, Some("Sales"), "of"),
        ("group HR is herd only by role Admin", 13, Some("herd"), "heard"),
        ("group HR is heard only by Admin", 27, Some("Admin"), "members of NAME"),
        ("group HR is heard by everybody", 22, Some("everybody"), "nobody"),
        ("role A never plays group HR on Mondays", 29, Some("on"), "the end of the line"),
        ("role A never has users.mange", 18, Some("users.mange"), "a permission such as recordings.play"),
        (
            "role A never has users.manage group HR",
            31,
            Some("group"),
            "the end of the line: this permission is about no conversations",
        ),
        ("role \"A never plays", 20, None, "a closing quotation mark"),
        ("   rôle A never plays", 4, Some("rôle"), "nobody"),
        ("role A and", 11, None, "role NAME"),
        ("role A never plays for", 23, None, "own"),
    ] {
        let error = parse_line(7, line).expect_err(line);
        assert_eq!((error.line, error.column, error.met.as_deref()), (7, column, met), "{line}");
        assert!(error.expected.iter().any(|one| one == expected), "{line}: {error}");
    }
    let long = format!("role {} never plays", "a".repeat(3000));
    assert!(parse_line(1, &long).unwrap_err().expected[0].starts_with("at most"));
    let many = (0..200).map(|at| format!("role R{at}")).collect::<Vec<_>>().join(", ");
    assert!(parse_line(1, &format!("{many} never play")).unwrap_err().expected[0].starts_with("at most"));
}

#[test]
fn a_document_has_notes_and_every_mistake_is_told() {
    let text = "# What must stay true\n\nrole Analyst never plays  # no sound\nnonsense\n\nnobody deletes\nrole\n";
    let (lines, errors) = parse(text);
    assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(lines[0].text, "role Analyst never plays  # no sound");
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [4, 7]);
}

fn name(kind: NameKind) -> impl Strategy<Value = Name> {
    let text = match kind {
        NameKind::User => "[a-z]{1,5}@[a-z]{1,5}\\.org|\\PC{1,8}",
        _ => "[A-Za-z]{1,8}|group|own|never|\\PC{1,12}",
    };
    text.prop_map(move |text| Name { kind, text, bytes: 0..0 })
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        name(NameKind::Role).prop_map(Party::Role),
        name(NameKind::Group).prop_map(Party::Members),
        name(NameKind::Group).prop_map(Party::Supervisors),
        name(NameKind::User).prop_map(Party::User),
    ]
}

fn assertion() -> impl Strategy<Value = Assertion> {
    let verb = prop::sample::select(Verb::ALL.to_vec()).prop_map(Deed::Verb);
    let permission = prop::sample::select(Permission::ALL.to_vec()).prop_map(Deed::Has);
    let groups = prop::collection::vec(name(NameKind::Group), 0..3);
    let object = (0..3_u8, any::<bool>(), groups).prop_map(|(kind, own, groups)| {
        let own = own || groups.is_empty();
        match kind {
            0 => Object::Anything,
            1 => Object::These { own, groups },
            _ => Object::AllBut { own, groups },
        }
    });
    let parties = prop::collection::vec(party(), 0..4);
    (any::<bool>(), parties, prop_oneof![verb, permission], object).prop_map(|(others, parties, deed, object)| {
        let is_plain = matches!(deed, Deed::Has(permission) if !permission.is_scoped());
        let object = if is_plain { Object::Anything } else { object };
        Assertion { others: others || parties.is_empty(), parties, deed, object }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was_meant(assertion in assertion()) {
        let text = assertion.to_string();
        prop_assert_eq!(read(&text), assertion);
    }

    #[test]
    fn reading_is_total_and_names_stand_where_it_says(text in "(?s)\\PC{0,80}|((role|members of|group|never|sees|only|by|is|heard|and|own|\"|#|A) ?){1,12}") {
        let (lines, errors) = parse(&text);
        for line in &lines {
            let whole = text.lines().nth(line.number - 1).unwrap();
            for name in line.assertion.names() {
                prop_assert!(whole.get(name.bytes.clone()).is_some());
            }
            prop_assert_eq!(&read(&line.assertion.to_string()), &line.assertion);
        }
        for error in &errors {
            prop_assert!(error.column >= 1 && !error.expected.is_empty());
        }
    }
}

// What is true of whom ----------------------------------------------------------------------------

const NOW: Timestamp = Timestamp::from_unix_micros(1_000_000_000);
const HR: GroupId = GroupId::from_bytes([1; 16]);
const SALES: GroupId = GroupId::from_bytes([2; 16]);
const ADA: UserId = UserId::from_bytes([11; 16]);
const BO: UserId = UserId::from_bytes([12; 16]);
const SOME_ROLE: RoleId = RoleId::from_bytes([21; 16]);

struct Here;

impl Ids for Here {
    fn role(&self, name: &str) -> Option<RoleKey> {
        (name == "Some").then_some(RoleKey::Custom(SOME_ROLE))
    }
    fn group(&self, name: &str) -> Option<GroupId> {
        match name {
            "HR" => Some(HR),
            "Sales" => Some(SALES),
            _ => None,
        }
    }
    fn user(&self, email: &str) -> Option<UserId> {
        (email == "ada@example.org").then_some(ADA)
    }
}

struct Who {
    standing: Standing,
}

/// Ada with a role that has these lines.
fn ada(scopes: &[(Permission, Scope)], limit: Limit, supervises: &[Reached]) -> Who {
    let key = RoleKey::Custom(SOME_ROLE);
    let role = Role { key, name: "Some".to_owned(), scopes: scopes.to_vec() };
    let source = AssignmentSource::Assignment(AssignmentId::from_bytes([31; 16]));
    let given = [Assignment { source, role, limit, until: None }];
    let grants = Arc::new(Grants::unite(&given, supervises, NOW));
    let organisation = OrganisationId::from_bytes([0; 16]);
    let caller = CallerFacts::witnessed(organisation, CallerKind::User(ADA), AccountState::Active, grants, 1);
    let supervises = supervises.iter().map(|reached| reached.group).collect();
    Who { standing: Standing { caller, roles: vec![key], members: Vec::new(), supervises } }
}

impl Who {
    fn narrowed(mut self, rows: RowValues, columns: Columns) -> Self {
        let id = AccessGroupId::from_bytes([41; 16]);
        let group = AccessGroup { id, rows: rows.into(), columns };
        self.standing.caller = self.standing.caller.narrowed(Restrictions::by(vec![group]));
        self
    }
    fn breaks(&self, line: &str, spells: &[Spell]) -> Option<Way> {
        let rule = read(line).bind(&Here).unwrap();
        let stamps = Stamps::of([HR, SALES], spells);
        let breach = rule.over(&stamps).broken_by(&self.standing)?;
        Some(breach.way)
    }
}

fn whole(group: GroupId) -> Reached {
    Reached { group, since: None }
}

fn spell(user: UserId, group: GroupId, from: i64, until: Option<i64>) -> Spell {
    let at = Timestamp::from_unix_micros;
    Spell { user, group, from: at(from), until: until.map(at) }
}

const PLAY: Permission = Permission::RecordingsPlay;

#[test]
fn a_name_that_means_nothing_binds_nothing() {
    let missing = read("role Other and members of HR never see group Nowhere").bind(&Here).unwrap_err();
    assert_eq!(missing.iter().map(|name| name.text.as_str()).collect::<Vec<_>>(), ["Other", "Nowhere"]);
}

#[test]
fn whoever_reaches_everything_breaks_what_is_said_of_a_group() {
    let all = ada(&[(PLAY, Scope::All)], Limit::None, &[]);
    assert!(matches!(all.breaks("role Some never plays group HR", &[]), Some(Way::All(_))));
    assert!(all.breaks("group HR is heard only by members of Sales", &[]).is_some());
    assert!(all.breaks("group HR is heard only by role Some", &[]).is_none(), "the rule is about the others");
    assert!(all.breaks("role Some never sees", &[]).is_none(), "it holds nothing that lets it see");
    assert!(all.breaks("members of HR never play", &[]).is_none(), "it isn't about them");
    assert!(all.breaks("ada@example.org can play nothing", &[]).is_some());
    assert!(all.breaks("role Some plays only own", &[]).is_some());
    let not = ada(&[(PLAY, Scope::None)], Limit::None, &[]);
    assert!(not.breaks("role Some never plays", &[]).is_none());
}

#[test]
fn a_group_is_reached_through_another_only_where_somebody_is_in_both() {
    let sales = ada(&[(PLAY, Scope::Groups)], Limit::None, &[whole(SALES)]);
    let line = "group HR is played by nobody";
    assert_eq!(sales.breaks(line, &[]), None);
    assert!(sales.breaks(line, &[spell(BO, HR, 0, None), spell(BO, SALES, 0, Some(5))]).is_some());
    let apart = [spell(BO, HR, 0, Some(5)), spell(BO, SALES, 5, None)];
    assert_eq!(sales.breaks(line, &apart), None, "one after the other");
    assert!(
        matches!(sales.breaks("group Sales is played by nobody", &[]), Some(Way::Group(_, SALES))),
        "before anybody is a member"
    );
    assert!(sales.breaks("role Some plays only group Sales", &[]).is_some(), "their own, too, wherever it lies");
    assert!(sales.breaks("role Some plays only group Sales and own", &[]).is_none());
    assert!(sales.breaks("role Some plays only own and group HR", &[]).is_some());
}

#[test]
fn what_was_possible_only_before_an_appointment_is_not_reached_by_who_was_appointed_since() {
    let since = |micros| Reached { group: SALES, since: Some(Timestamp::from_unix_micros(micros)) };
    let both_until_five = [spell(BO, HR, 0, None), spell(BO, SALES, 0, Some(5))];
    let line = "group HR is played by nobody";
    assert!(ada(&[(PLAY, Scope::Groups)], Limit::None, &[since(4)]).breaks(line, &both_until_five).is_some());
    assert!(ada(&[(PLAY, Scope::Groups)], Limit::None, &[since(5)]).breaks(line, &both_until_five).is_none());
    let goes_on = [spell(BO, HR, 0, None), spell(BO, SALES, 0, None)];
    assert!(ada(&[(PLAY, Scope::Groups)], Limit::None, &[since(5)]).breaks(line, &goes_on).is_some());
}

#[test]
fn ones_own_conversations_are_stamped_with_ones_own_groups() {
    let own = ada(&[(PLAY, Scope::Own)], Limit::None, &[]);
    let line = "role Some never plays group HR";
    assert_eq!(own.breaks(line, &[]), None);
    assert_eq!(own.breaks(line, &[spell(BO, HR, 0, None)]), None);
    assert!(matches!(own.breaks(line, &[spell(ADA, HR, 0, Some(1))]), Some(Way::Own(_))), "once is for ever");
    assert!(matches!(own.breaks("role Some never plays", &[]), Some(Way::Own(_))));
    assert!(own.breaks("role Some plays only own", &[]).is_none());
    assert!(own.breaks("role Some plays only group HR", &[]).is_some());
}

#[test]
fn access_groups_count_as_far_as_they_surely_keep_out() {
    let all = || ada(&[(PLAY, Scope::All), (Permission::ConversationsView, Scope::All)], Limit::None, &[]);
    let in_sales = || RowValues { groups: vec![SALES], ..RowValues::default() };
    let sales = all().narrowed(in_sales(), Columns::ALL);
    assert_eq!(sales.breaks("role Some never plays group HR", &[]), None);
    assert!(
        sales.breaks("role Some never plays group HR", &[spell(BO, HR, 0, None), spell(BO, SALES, 0, None)]).is_some()
    );
    assert_eq!(sales.breaks("role Some plays only group Sales", &[]), None);
    let silent = all().narrowed(RowValues::default(), Columns::NONE);
    assert_eq!(silent.breaks("role Some never plays", &[]), None, "playback is hidden");
    assert!(silent.breaks("role Some never sees", &[]).is_some());
    let numbers = RowValues { numbers: vec!["+49*".parse().unwrap()], ..RowValues::default() };
    assert!(all().narrowed(numbers, Columns::ALL).breaks("role Some never plays", &[]).is_some(), "any may have one");
    let channel = |channel| RowValues { channels: vec![channel], ..RowValues::default() };
    let chat = all().narrowed(channel(Channel::ALL[0]), Columns::ALL);
    assert!(chat.breaks("role Some never plays", &[]).is_some());
    let neither = chat.narrowed(channel(Channel::ALL[1]), Columns::ALL);
    assert_eq!(neither.breaks("role Some never plays", &[]), None, "none is both");
}

#[test]
fn hearing_is_every_way_to_the_sound() {
    for (permission, hears) in [
        (PLAY, true),
        (Permission::RecordingsDownload, true),
        (Permission::RecordingsShare, true),
        (Permission::RecordingsDelete, false),
    ] {
        let who = ada(&[(permission, Scope::All)], Limit::None, &[]);
        assert_eq!(who.breaks("role Some never hears", &[]).is_some(), hears, "{permission}");
        assert_eq!(who.breaks("role Some never plays", &[]).is_some(), permission == PLAY, "{permission}");
    }
}

#[test]
fn a_permission_about_the_organisation_is_held_or_not() {
    let line = "role Some never has users.manage";
    assert!(ada(&[(Permission::UsersManage, Scope::All)], Limit::None, &[]).breaks(line, &[]).is_some());
    assert!(ada(&[(Permission::AuditView, Scope::All)], Limit::None, &[]).breaks(line, &[]).is_none());
}

#[test]
fn who_is_switched_off_could_nothing_and_who_is_invited_could() {
    let mut who = ada(&[(PLAY, Scope::All)], Limit::None, &[]);
    for (state, could) in [(AccountState::Disabled, false), (AccountState::Invited, true)] {
        let grants = Arc::new(who.standing.caller.grants().clone());
        let organisation = who.standing.caller.organisation();
        who.standing.caller = CallerFacts::witnessed(organisation, CallerKind::User(ADA), state, grants, 1);
        assert_eq!(who.breaks("role Some never plays", &[]).is_some(), could, "{state:?}");
    }
}
