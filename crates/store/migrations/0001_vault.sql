-- The whole vault. {bytes}, {integer}, {clustered} and {sqlite}...{end} / {postgres}...{end} differ per database.
-- Every row belongs to an organisation, which comes first in every key. Ids are UUIDv7 in 16 bytes,
-- times microseconds UTC, booleans 0 and 1, states named words.

CREATE TABLE organisations (
  id {bytes} NOT NULL PRIMARY KEY,
  number {integer} NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at {integer} NOT NULL,
  policy_epoch {integer} NOT NULL,
  root_key_id TEXT NOT NULL,
  wrapped_key {bytes} NOT NULL,
  wrapped_signing_key {bytes} NOT NULL,
  verifier_key TEXT NOT NULL,
  version {integer} NOT NULL
);

CREATE TABLE vault_facts (
  name TEXT NOT NULL PRIMARY KEY,
  value {bytes} NOT NULL
);

-- People ------------------------------------------------------------------------------------------

CREATE TABLE users (
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  id {bytes} NOT NULL UNIQUE,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  name_order {bytes} NOT NULL,
  search_text TEXT NOT NULL,
  password_hash TEXT,
  state TEXT NOT NULL,
  created_at {integer} NOT NULL,
  last_sign_in_at {integer},
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX users_email ON users (organisation_id, email);
CREATE INDEX users_by_email ON users (email);
CREATE INDEX users_by_name ON users (organisation_id, name_order, id);

-- A closed group is in no list; conversations that were stamped with it keep its name.
CREATE TABLE groups (
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  id {bytes} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_order {bytes} NOT NULL,
  search_text TEXT NOT NULL,
  created_at {integer} NOT NULL,
  closed_at {integer},
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX groups_by_name ON groups (organisation_id, name_order) WHERE closed_at IS NULL;

-- One row per spell of membership: the stamp of a conversation asks who was a member at its start.
CREATE TABLE group_members (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  group_id {bytes} NOT NULL,
  from_at {integer} NOT NULL,
  until_at {integer},
  PRIMARY KEY (organisation_id, user_id, group_id, from_at)
) {clustered};
CREATE INDEX group_members_by_group ON group_members (organisation_id, group_id, until_at);

CREATE TABLE group_supervisors (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  group_id {bytes} NOT NULL,
  from_at {integer} NOT NULL,
  until_at {integer},
  PRIMARY KEY (organisation_id, user_id, group_id, from_at)
) {clustered};
CREATE INDEX group_supervisors_by_group ON group_supervisors (organisation_id, group_id, until_at);

CREATE TABLE agent_ids (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  value TEXT NOT NULL,
  from_at {integer} NOT NULL,
  until_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX agent_ids_by_value ON agent_ids (organisation_id, value, from_at);
CREATE INDEX agent_ids_by_user ON agent_ids (organisation_id, user_id);

CREATE TABLE roles (
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  id {bytes} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_order {bytes} NOT NULL,
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX roles_by_name ON roles (organisation_id, name_order);
CREATE TABLE role_permissions (
  organisation_id {bytes} NOT NULL,
  role_id {bytes} NOT NULL,
  permission TEXT NOT NULL,
  scope TEXT NOT NULL,
  PRIMARY KEY (organisation_id, role_id, permission)
) {clustered};

CREATE TABLE assignments (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  role TEXT NOT NULL,
  group_limit TEXT NOT NULL,
  until_at {integer},
  created_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX assignments_by_user ON assignments (organisation_id, user_id);
CREATE INDEX assignments_by_role ON assignments (organisation_id, role);
CREATE TABLE assignment_groups (
  organisation_id {bytes} NOT NULL,
  assignment_id {bytes} NOT NULL,
  group_id {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, assignment_id, group_id)
) {clustered};
CREATE INDEX assignment_groups_by_group ON assignment_groups (organisation_id, group_id);

CREATE TABLE sessions (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  token_hash {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  created_at {integer} NOT NULL,
  used_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  ended_at {integer},
  address TEXT,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX sessions_by_user ON sessions (organisation_id, user_id) WHERE ended_at IS NULL;

CREATE TABLE api_keys (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  token_hash {bytes} NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  acts_for {bytes},
  created_by {bytes},
  created_at {integer} NOT NULL,
  expires_at {integer},
  used_at {integer},
  revoked_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};

CREATE TABLE links (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  token_hash {bytes} NOT NULL UNIQUE,
  purpose TEXT NOT NULL,
  user_id {bytes},
  created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  used_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX links_by_user ON links (organisation_id, user_id) WHERE used_at IS NULL;

-- Conversations -----------------------------------------------------------------------------------

-- ord puts all conversations of the vault in the order of their start: microseconds * 1024 + a slot.
CREATE TABLE conversations (
  ord {integer} NOT NULL PRIMARY KEY,
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  id {bytes} NOT NULL,
  started_at {integer} NOT NULL,
  duration_ms {integer},
  direction TEXT NOT NULL,
  channel TEXT NOT NULL,
  from_number TEXT,
  to_number TEXT,
  contact TEXT,
  agent_label TEXT,
  source TEXT NOT NULL,
  external_id TEXT,
  record_state TEXT NOT NULL,
  recording_id {bytes},
  attributed {integer} NOT NULL,
  received_at {integer} NOT NULL,
  version {integer} NOT NULL
);
CREATE UNIQUE INDEX conversations_id ON conversations (organisation_id, id);
CREATE INDEX conversations_newest ON conversations (organisation_id, ord);
CREATE INDEX conversations_longest ON conversations (organisation_id, coalesce(duration_ms, 0), ord);
CREATE INDEX conversations_from ON conversations (organisation_id, from_number, ord);
CREATE INDEX conversations_to ON conversations (organisation_id, to_number, ord);
CREATE INDEX conversations_unattributed ON conversations (organisation_id, ord) WHERE attributed = 0;

CREATE TABLE conversation_groups (
  organisation_id {bytes} NOT NULL,
  group_id {bytes} NOT NULL,
  ord {integer} NOT NULL,
  PRIMARY KEY (organisation_id, group_id, ord)
) {clustered};
CREATE INDEX conversation_groups_by_ord ON conversation_groups (ord);
CREATE TABLE conversation_agents (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  ord {integer} NOT NULL,
  PRIMARY KEY (organisation_id, user_id, ord)
) {clustered};
CREATE INDEX conversation_agents_by_ord ON conversation_agents (ord);
CREATE TABLE conversation_tags (
  organisation_id {bytes} NOT NULL,
  tag TEXT NOT NULL,
  ord {integer} NOT NULL,
  PRIMARY KEY (organisation_id, tag, ord)
) {clustered};
CREATE INDEX conversation_tags_by_ord ON conversation_tags (ord);

-- How many conversations there are of a class, which is what a decision depends on but for numbers, tags and agents; its
-- id is the beginning of the hash of its text. Kept with every change, so that what a change of rights makes is known
-- without a walk over millions of rows.
CREATE TABLE conversation_classes (
  organisation_id {bytes} NOT NULL,
  id {integer} NOT NULL,
  class TEXT NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE TABLE conversation_counts (
  organisation_id {bytes} NOT NULL,
  class_id {integer} NOT NULL,
  day {integer} NOT NULL,
  conversations {integer} NOT NULL,
  PRIMARY KEY (organisation_id, class_id, day)
) {clustered};
CREATE TABLE agent_counts (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  class_id {integer} NOT NULL,
  conversations {integer} NOT NULL,
  PRIMARY KEY (organisation_id, user_id, class_id)
) {clustered};

CREATE TABLE notes (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  conversation_id {bytes} NOT NULL,
  author_id {bytes},
  created_at {integer} NOT NULL,
  wrapped_key {bytes} NOT NULL,
  sealed {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX notes_by_conversation ON notes (organisation_id, conversation_id, created_at);

-- What the search index holds per conversation: our tokens, sorted, without doubles.
{sqlite}
CREATE TABLE search_words (ord INTEGER NOT NULL PRIMARY KEY, organisation_id BLOB NOT NULL, words TEXT NOT NULL);
CREATE VIRTUAL TABLE search USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = "ascii tokenchars '_'");
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
-- The words that the index holds, for those that are typed half.
CREATE TABLE search_terms (organisation_id BLOB NOT NULL, term TEXT NOT NULL, PRIMARY KEY (organisation_id, term)) WITHOUT ROWID;
{end}
{postgres}
CREATE TABLE search_words (ord BIGINT NOT NULL PRIMARY KEY, organisation_id BYTEA NOT NULL, words TSVECTOR NOT NULL);
CREATE INDEX search_words_words ON search_words USING GIN (words);
{end}

-- Recordings --------------------------------------------------------------------------------------

CREATE TABLE recordings (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  conversation_id {bytes} NOT NULL,
  ord {integer} NOT NULL,
  state TEXT NOT NULL,
  current_version {integer} NOT NULL,
  failure TEXT,
  sha256 {bytes},
  created_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX recordings_content ON recordings (organisation_id, sha256);
CREATE INDEX recordings_by_conversation ON recordings (organisation_id, conversation_id);

-- wrapped_key is NULL once it is destroyed: what it sealed is gone everywhere, backups aside.
CREATE TABLE recording_versions (
  organisation_id {bytes} NOT NULL,
  recording_id {bytes} NOT NULL,
  version {integer} NOT NULL,
  wrapped_key {bytes},
  created_at {integer} NOT NULL,
  original_name TEXT,
  original_bytes {integer} NOT NULL,
  container TEXT,
  codec TEXT,
  sample_rate_hz {integer},
  channels {integer},
  duration_ms {integer},
  media_type TEXT,
  played_object TEXT,
  channel_labels TEXT,
  PRIMARY KEY (organisation_id, recording_id, version)
) {clustered};

CREATE TABLE objects (
  organisation_id {bytes} NOT NULL,
  recording_id {bytes} NOT NULL,
  version {integer} NOT NULL,
  kind TEXT NOT NULL,
  blob TEXT NOT NULL,
  plain_bytes {integer} NOT NULL,
  sealed_bytes {integer} NOT NULL,
  PRIMARY KEY (organisation_id, recording_id, version, kind)
) {clustered};
CREATE UNIQUE INDEX objects_by_blob ON objects (organisation_id, blob);

-- Objects whose keys are destroyed and whose bytes are still to be deleted; emptied by a job that can be resumed.
CREATE TABLE doomed_blobs (
  organisation_id {bytes} NOT NULL,
  blob TEXT NOT NULL PRIMARY KEY,
  doomed_at {integer} NOT NULL
);

CREATE TABLE quarantine (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  metadata TEXT NOT NULL,
  sha256 {bytes} NOT NULL,
  plain_bytes {integer} NOT NULL,
  sealed_bytes {integer} NOT NULL,
  blob TEXT NOT NULL,
  wrapped_key {bytes} NOT NULL,
  received_at {integer} NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX quarantine_content ON quarantine (organisation_id, sha256);
CREATE UNIQUE INDEX quarantine_by_blob ON quarantine (organisation_id, blob);

-- Files of watched folders that were taken in, by the hash of their path.
CREATE TABLE intake_files (
  organisation_id {bytes} NOT NULL,
  path_hash {bytes} NOT NULL,
  file_bytes {integer} NOT NULL,
  modified_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, path_hash)
) {clustered};

CREATE TABLE listenings (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL,
  caller TEXT NOT NULL,
  session TEXT NOT NULL,
  recording_id {bytes} NOT NULL,
  version {integer} NOT NULL,
  opened_at {integer} NOT NULL,
  used_at {integer} NOT NULL,
  closed_at {integer},
  intervals TEXT NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
-- The last column is what those that fell silent are found by.
CREATE INDEX listenings_open ON listenings (organisation_id, session, recording_id, version, used_at)
  WHERE closed_at IS NULL;

-- Settings ----------------------------------------------------------------------------------------

-- One row per save: what it changed, and all that differed from the defaults afterwards. The newest is in force.
CREATE TABLE setting_saves (
  organisation_id {bytes} NOT NULL,
  version {integer} NOT NULL,
  saved_at {integer} NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  restored_version {integer},
  changes TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (organisation_id, version)
) {clustered};

-- Work and answers --------------------------------------------------------------------------------

CREATE TABLE idempotency (
  organisation_id {bytes} NOT NULL,
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash {bytes} NOT NULL,
  status {integer} NOT NULL,
  body TEXT NOT NULL,
  created_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, caller, key)
) {clustered};

-- Work over many rows, done in batches: what a batch did and how far the job is are one commit.
CREATE TABLE jobs (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  work_key TEXT NOT NULL,
  state TEXT NOT NULL,
  parameters TEXT NOT NULL,
  done {integer} NOT NULL,
  total {integer} NOT NULL,
  cursor_text TEXT,
  outcome TEXT,
  failure TEXT,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  created_at {integer} NOT NULL,
  started_at {integer},
  ended_at {integer},
  not_before {integer} NOT NULL,
  holder TEXT,
  lease_until {integer},
  fence {integer} NOT NULL,
  attempts {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX jobs_open ON jobs (organisation_id, kind, work_key) WHERE ended_at IS NULL;
CREATE INDEX jobs_waiting ON jobs (id) WHERE ended_at IS NULL;

CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until_at {integer} NOT NULL
);

-- Access groups -----------------------------------------------------------------------------------

-- Rules over rows as JSON, and the columns that its members see.
CREATE TABLE access_groups (
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  id {bytes} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_order {bytes} NOT NULL,
  row_rules TEXT NOT NULL,
  shown_columns TEXT NOT NULL,
  created_at {integer} NOT NULL,
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX access_groups_by_name ON access_groups (organisation_id, name_order);

-- To whom an access group is assigned: a user, a role, the members or the supervisors of a group.
CREATE TABLE access_group_targets (
  organisation_id {bytes} NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  access_group_id {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, kind, target, access_group_id)
) {clustered};
CREATE INDEX access_group_targets_by_group ON access_group_targets (organisation_id, access_group_id);

-- Histories ---------------------------------------------------------------------------------------

-- What rights hung on, one row per state of a thing: from when to when the vault knew it so, and the event that made
-- it so. Spells say themselves when they count, which may be earlier.
CREATE TABLE policy_history (
  organisation_id {bytes} NOT NULL,
  kind TEXT NOT NULL,
  id {bytes} NOT NULL,
  seq {integer} NOT NULL,
  from_at {integer} NOT NULL,
  until_at {integer},
  document TEXT NOT NULL,
  event_id {bytes},
  PRIMARY KEY (organisation_id, kind, id, seq)
) {clustered};

-- What a decision asks of a conversation, as it was until then. Numbers and tags are NULL once they are erased.
CREATE TABLE conversation_history (
  organisation_id {bytes} NOT NULL,
  conversation_id {bytes} NOT NULL,
  seq {integer} NOT NULL,
  until_at {integer} NOT NULL,
  record_state TEXT NOT NULL,
  agents TEXT NOT NULL,
  stamp TEXT NOT NULL,
  numbers TEXT,
  tags TEXT,
  PRIMARY KEY (organisation_id, conversation_id, seq)
) {clustered};

-- Access tests: what must stay true of rights whatever is changed, one document an organisation.
CREATE TABLE access_tests (
  organisation_id {bytes} NOT NULL REFERENCES organisations (id),
  body TEXT NOT NULL,
  names TEXT NOT NULL,
  changed_at {integer} NOT NULL,
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id)
) {clustered};

-- Ledger ------------------------------------------------------------------------------------------

-- A row is written in the transaction of the change it tells of; the sequencer gives leaf_index afterwards.
CREATE TABLE events (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL,
  leaf_index {integer},
  at {integer} NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  object_kind TEXT,
  object_id TEXT,
  conversation_id {bytes},
  leaf TEXT NOT NULL,
  openings TEXT,
  PRIMARY KEY (organisation_id, id)
) {clustered};
-- Those without a number too: the sequencer looks for them here.
CREATE UNIQUE INDEX events_by_number ON events (organisation_id, leaf_index);
CREATE INDEX events_by_kind ON events (organisation_id, kind, id);
CREATE INDEX events_by_actor ON events (organisation_id, actor_id, id);
CREATE INDEX events_by_object ON events (organisation_id, object_id, id);
CREATE INDEX events_by_conversation ON events (organisation_id, conversation_id, id);

CREATE TABLE ledger_hashes (
  organisation_id {bytes} NOT NULL,
  position {integer} NOT NULL,
  hash {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, position)
) {clustered};

CREATE TABLE checkpoints (
  organisation_id {bytes} NOT NULL,
  size {integer} NOT NULL,
  root {bytes} NOT NULL,
  frontier {bytes} NOT NULL,
  note TEXT NOT NULL,
  made_at {integer} NOT NULL,
  published_at {integer},
  PRIMARY KEY (organisation_id, size)
) {clustered};
