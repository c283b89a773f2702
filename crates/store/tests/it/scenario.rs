//! One small organisation, put together by hand: an admin, and whatever a test adds.

use soundkeep_domain::access::{
    AccountState, BuiltInRole, CallerFacts, Limit, PermissionKind, Permit, RecordState, RoleKey, ScopeOf,
    ScopedPermission, SystemCaller, ThingFacts, authorize, authorize_list, authorize_plain, marks,
};
use soundkeep_domain::audit::{EventKind, Outcome};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{
    AssignmentId, ConversationId, EventId, GroupId, ListeningId, NoteId, OrganisationId, RecordingId, Timestamp, UserId,
};
use soundkeep_store::audit::NewEvent;
use soundkeep_store::conversations::{self, Filter, NewConversation, Note, Sort, SortBy};
use soundkeep_store::identity::{assignments, groups};
use soundkeep_store::recordings::{self, Analysed, NewListening, NewRecording, StoredObject};
use soundkeep_store::search::Query;
use soundkeep_store::{Store, access, organisations};
use soundkeep_testkit::world::filing;
use std::sync::atomic::{AtomicU32, Ordering};

/// Newest first.
pub(crate) const NEWEST: Sort = Sort { by: SortBy::Started, descending: true };

static NEXT: AtomicU32 = AtomicU32::new(1);

/// Sixteen bytes that were never used before.
pub(crate) fn fresh() -> [u8; 16] {
    let mut id = [0; 16];
    id[8..12].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    id
}

/// An organisation in a store.
pub(crate) struct Scenario {
    pub(crate) store: Store,
    pub(crate) organisation: OrganisationId,
    pub(crate) admin: UserId,
    pub(crate) now: Timestamp,
}

impl Scenario {
    pub(crate) async fn in_store(store: &Store) -> Self {
        let now = Timestamp::from_unix_micros(1_700_000_000_000_000);
        let organisation = OrganisationId::from_bytes(fresh());
        let mut transaction = store.begin().await.unwrap();
        organisations::add(&mut transaction, &filing::keyless_organisation(organisation, now)).await.unwrap();
        transaction.commit().await.unwrap();
        let mut scenario = Self { store: store.clone(), organisation, admin: UserId::from_bytes(fresh()), now };
        scenario.admin = scenario.user("Admin").await;
        scenario.give(scenario.admin, BuiltInRole::Admin, Limit::None, None).await;
        scenario
    }

    pub(crate) async fn user(&self, name: &str) -> UserId {
        let id = UserId::from_bytes(fresh());
        let mut transaction = self.store.begin().await.unwrap();
        filing::add_user(&mut transaction, self.organisation, (id, name, AccountState::Active), self.now).await;
        transaction.commit().await.unwrap();
        id
    }

    pub(crate) async fn group(&self, name: &str) -> GroupId {
        let id = GroupId::from_bytes(fresh());
        let mut transaction = self.store.begin().await.unwrap();
        groups::add(&mut transaction, self.organisation, id, name, self.now).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    pub(crate) async fn give(&self, user: UserId, role: BuiltInRole, limit: Limit, until: Option<Timestamp>) {
        let new = assignments::NewAssignment {
            id: AssignmentId::from_bytes(fresh()),
            user,
            role: RoleKey::BuiltIn(role),
            limit,
            until,
            created_at: self.now,
        };
        let mut transaction = self.store.begin().await.unwrap();
        assignments::add(&mut transaction, self.organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// A conversation that began so many seconds after `now`, to be changed before it is added.
    pub(crate) fn conversation(&self, seconds: i64) -> NewConversation {
        NewConversation {
            id: ConversationId::from_bytes(fresh()),
            started_at: self.now.plus_seconds(seconds),
            duration_ms: None,
            direction: Direction::Inbound,
            channel: Channel::Voice,
            from_number: None,
            to_number: None,
            contact: None,
            agent_label: None,
            source: Source::Upload,
            external_id: None,
            tags: Vec::new(),
            agent: None,
            groups: Vec::new(),
            state: RecordState::NoRecording,
            received_at: self.now,
        }
    }

    pub(crate) async fn add(&self, new: &NewConversation) -> i64 {
        let mut transaction = self.store.begin().await.unwrap();
        let ord = conversations::add(&mut transaction, self.organisation, new).await.unwrap();
        transaction.commit().await.unwrap();
        ord
    }

    /// A conversation with a recording that is still being read.
    pub(crate) async fn recorded(&self, new: &NewConversation) -> RecordingId {
        let intake = self.intake().await;
        let permit = authorize_plain::<marks::RecordingsIngest>(&intake).unwrap();
        let mut transaction = self.store.begin().await.unwrap();
        let ord = conversations::add(&mut transaction, self.organisation, new).await.unwrap();
        let row = self.recording(new.id, ord);
        recordings::add(&mut transaction, &permit, &row).await.unwrap();
        transaction.commit().await.unwrap();
        row.id
    }

    /// A conversation with a recording that can be heard.
    pub(crate) async fn heard(&self, new: &NewConversation) -> RecordingId {
        let recording = self.recorded(new).await;
        let permit = authorize_plain::<marks::RecordingsIngest>(&self.intake().await).unwrap();
        let mut transaction = self.store.begin().await.unwrap();
        recordings::finish(&mut transaction, &permit, recording, &analysed(recording)).await.unwrap();
        transaction.commit().await.unwrap();
        recording
    }

    pub(crate) fn recording(&self, conversation: ConversationId, ord: i64) -> NewRecording {
        let id = RecordingId::from_bytes(fresh());
        let mut sha256 = [0; 32];
        sha256[..16].copy_from_slice(id.as_bytes());
        NewRecording {
            id,
            conversation,
            ord,
            sha256,
            wrapped_key: b"a wrapped key".to_vec(),
            original: object(ObjectKind::Original, id),
            original_name: Some("call.wav".to_owned()),
            channel_labels: None,
            created_at: self.now,
        }
    }

    pub(crate) async fn intake(&self) -> CallerFacts {
        access::system_caller(&mut self.store.reader(), self.organisation, SystemCaller::Intake).await.unwrap()
    }

    pub(crate) async fn facts(&self, user: UserId) -> CallerFacts {
        access::user_caller(&mut self.store.reader(), self.organisation, user, self.now).await.unwrap()
    }

    pub(crate) async fn thing(&self, conversation: ConversationId) -> ThingFacts {
        access::thing(&mut self.store.reader(), self.organisation, conversation).await.unwrap()
    }

    /// The admin's permit, decided now.
    pub(crate) async fn permit<P: ScopedPermission>(&self, conversation: ConversationId) -> Permit<P> {
        let facts = self.facts(self.admin).await;
        authorize::<P>(&facts, &self.thing(conversation).await).unwrap()
    }

    /// Makes every permit that was decided so far an older one.
    pub(crate) async fn change_rights(&self) {
        let mut transaction = self.store.begin().await.unwrap();
        access::advance_policy_epoch(&mut transaction, self.organisation).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// A listening that is asked for with this permit, and its event.
    pub(crate) fn listening(&self, permit: Permit<marks::RecordingsPlay>, session: &str) -> NewListening {
        let event = NewEvent {
            id: EventId::from_bytes(fresh()),
            organisation: self.organisation,
            at: self.now,
            kind: EventKind::RecordingPlay,
            outcome: Outcome::Success,
            actor_kind: "user",
            actor_id: None,
            object_kind: Some("recording"),
            object_id: permit.recording().map(|recording| recording.to_string()),
            conversation: Some(permit.conversation()),
            leaf: "{}".to_owned(),
            openings: None,
        };
        let (id, caller) = (ListeningId::from_bytes(fresh()), "user:1".to_owned());
        NewListening { permit, id, caller, session: session.to_owned(), event }
    }

    pub(crate) async fn scope<P: ScopedPermission>(&self, user: UserId) -> ScopeOf<P> {
        authorize_list::<P>(&self.facts(user).await).unwrap()
    }

    pub(crate) async fn note(&self, conversation: ConversationId, texts: &[&str]) {
        let permit = self.permit::<marks::ConversationsEdit>(conversation).await;
        let mut transaction = self.store.begin().await.unwrap();
        let note = Note {
            id: NoteId::from_bytes(fresh()),
            author: None,
            created_at: self.now,
            wrapped_key: b"a wrapped key".to_vec(),
            sealed: b"a sealed note".to_vec(),
        };
        conversations::add_note(&mut transaction, &permit, &note).await.unwrap();
        conversations::index_notes(&mut transaction, &permit, texts).await.unwrap();
        transaction.commit().await.unwrap();
    }

    pub(crate) async fn erase(&self, conversation: ConversationId) -> Vec<(RecordingId, i64)> {
        let permit = self.permit::<marks::RecordingsDelete>(conversation).await;
        let mut transaction = self.store.begin().await.unwrap();
        let versions = recordings::erase(&mut transaction, &permit, self.now).await.unwrap();
        transaction.commit().await.unwrap();
        versions
    }

    /// What a user's list holds, newest first.
    pub(crate) async fn list<P: PermissionKind>(&self, scope: &ScopeOf<P>, filter: &Filter) -> Vec<ConversationId> {
        let rows = conversations::list(&mut self.store.reader(), scope, filter, NEWEST, None, 1000).await.unwrap();
        let count = conversations::count(&mut self.store.reader(), scope, filter, true).await.unwrap();
        assert_eq!(count, i64::try_from(rows.len()).unwrap(), "the count is that of the list");
        rows.iter().map(|row| row.facts.conversation()).collect()
    }

    /// What the admin finds by what they type.
    pub(crate) async fn search(&self, typed: &str) -> Vec<ConversationId> {
        let scope = self.scope::<marks::ConversationsView>(self.admin).await;
        let Some(words) = Query::typed(typed) else { panic!("nothing to look for in {typed:?}") };
        self.list(&scope, &Filter { words: Some(words), ..Filter::default() }).await
    }
}

pub(crate) fn object(kind: ObjectKind, recording: RecordingId) -> StoredObject {
    StoredObject { kind, blob: format!("{recording}/{}", kind.word()), plain_bytes: 100, sealed_bytes: 140 }
}

pub(crate) fn analysed(recording: RecordingId) -> Analysed {
    Analysed {
        container: "wav".to_owned(),
        codec: "pcm_s16le".to_owned(),
        sample_rate_hz: 8000,
        channels: 2,
        duration_ms: 90_000,
        media_type: "audio/wav".to_owned(),
        played: ObjectKind::Playback,
        objects: vec![object(ObjectKind::Playback, recording), object(ObjectKind::Analysis, recording)],
    }
}
