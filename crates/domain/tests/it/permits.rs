//! Permits carry what was decided about, and are as old as the older of the facts.

use soundkeep_domain::access::{
    AccountState, CallerFacts, CallerKind, Grants, RecordState, SystemCaller, ThingFacts, Traits, authorize,
    authorize_list, authorize_plain, marks,
};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, OrganisationId, RecordingId, Timestamp, UserId};
use std::sync::Arc;

const HOME: OrganisationId = OrganisationId::from_bytes([1; 16]);

fn thing(epoch: i64) -> ThingFacts {
    ThingFacts::witnessed(
        HOME,
        ConversationId::from_bytes([2; 16]),
        Some((RecordingId::from_bytes([3; 16]), 4)),
        Vec::new(),
        Vec::new(),
        RecordState::Ready,
        Traits {
            started_at: Timestamp::from_unix_micros(1),
            channel: Channel::Voice,
            direction: Direction::Inbound,
            source: Source::Upload,
            numbers: Vec::new(),
            tags: Vec::new(),
        },
        epoch,
    )
}

#[test]
fn a_permit_carries_what_it_was_made_for() {
    let intake = CallerFacts::system(HOME, SystemCaller::Intake, 9);
    let permit = authorize::<marks::ConversationsView>(&intake, &thing(9)).unwrap();
    assert_eq!(permit.organisation(), HOME);
    assert_eq!(permit.caller(), CallerKind::System(SystemCaller::Intake));
    assert_eq!(permit.conversation(), ConversationId::from_bytes([2; 16]));
    assert_eq!((permit.recording(), permit.recording_version()), (Some(RecordingId::from_bytes([3; 16])), 4));
    assert!(permit.decision().allowed());
}

#[test]
fn a_permit_is_as_old_as_the_older_of_its_facts() {
    for (caller, of_thing) in [(5, 9), (9, 5), (5, 5)] {
        let intake = CallerFacts::system(HOME, SystemCaller::Intake, caller);
        let permit = authorize::<marks::ConversationsView>(&intake, &thing(of_thing)).unwrap();
        assert_eq!(permit.policy_epoch(), 5);
    }
}

#[test]
fn inner_work_may_do_what_is_listed_and_nothing_else() {
    let intake = CallerFacts::system(HOME, SystemCaller::Intake, 1);
    assert!(authorize_plain::<marks::RecordingsIngest>(&intake).is_ok());
    assert!(authorize::<marks::ConversationsView>(&intake, &thing(1)).is_ok());
    assert!(authorize::<marks::RecordingsPlay>(&intake, &thing(1)).is_err());
    assert!(authorize_list::<marks::RecordingsDelete>(&intake).is_err());
    let operator = CallerFacts::system(HOME, SystemCaller::Operator, 1);
    assert!(authorize_plain::<marks::AuditExport>(&operator).is_ok());
    assert!(authorize_plain::<marks::RecordingsIngest>(&operator).is_err());
    assert!(authorize::<marks::ConversationsView>(&operator, &thing(1)).is_err());
}

#[test]
fn a_key_that_acts_for_somebody_reaches_their_own_conversations_and_is_named_itself() {
    use soundkeep_domain::ApiKeyId;
    let (user, key) = (UserId::from_bytes([5; 16]), ApiKeyId::from_bytes([6; 16]));
    let grants = Arc::new(Grants::default());
    let facts = CallerFacts::witnessed(HOME, CallerKind::User(user), AccountState::Active, grants, 1);
    let facts = facts.through_key(key);
    assert_eq!((facts.user(), facts.kind()), (Some(user), CallerKind::ApiKey(key)));
}

#[test]
fn an_account_that_may_not_act_gets_no_list() {
    use soundkeep_domain::AssignmentId;
    use soundkeep_domain::access::{Assignment, AssignmentSource, BuiltInRole, Limit};
    let source = AssignmentSource::Assignment(AssignmentId::from_bytes([1; 16]));
    let admin = Assignment { source, role: BuiltInRole::Admin.role(), limit: Limit::None, until: None };
    let now = soundkeep_domain::Timestamp::from_unix_micros(1);
    let grants = Arc::new(Grants::unite(&[admin], &[], now));
    for (account, may) in
        [(AccountState::Active, true), (AccountState::Invited, false), (AccountState::Disabled, false)]
    {
        let user = CallerKind::User(UserId::from_bytes([5; 16]));
        let facts = CallerFacts::witnessed(HOME, user, account, Arc::clone(&grants), 1);
        assert_eq!(authorize_list::<marks::ConversationsView>(&facts).is_ok(), may, "{account:?}");
        assert_eq!(authorize_plain::<marks::AuditView>(&facts).is_ok(), may, "{account:?}");
    }
}
