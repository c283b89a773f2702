-- What directories say by SCIM.

-- What opens /scim/v2, and nothing else. Each belongs to a provider.
CREATE TABLE scim_tokens (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  provider_id {bytes} NOT NULL,
  token_hash {bytes} NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  former_token_hash {bytes},
  former_until {integer},
  created_by {bytes},
  created_at {integer} NOT NULL,
  expires_at {integer},
  used_at {integer},
  revoked_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE UNIQUE INDEX scim_tokens_by_former_token ON scim_tokens (former_token_hash) WHERE former_token_hash IS NOT NULL;

-- Users that a directory manages, with what it says of them that has no column of its own. One that it deleted stays,
-- so that their conversations stay theirs.
CREATE TABLE directory_users (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  provider_id {bytes} NOT NULL,
  user_name TEXT NOT NULL,
  external_id TEXT,
  document TEXT NOT NULL,
  changed_at {integer} NOT NULL,
  deleted_at {integer},
  PRIMARY KEY (organisation_id, user_id)
) {clustered};
CREATE UNIQUE INDEX directory_users_by_name ON directory_users (organisation_id, user_name);
CREATE INDEX directory_users_by_external_id ON directory_users (organisation_id, provider_id, external_id)
  WHERE external_id IS NOT NULL;

-- Groups of a directory. They give what the provider's mappings say of their names.
CREATE TABLE directory_groups (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  provider_id {bytes} NOT NULL,
  name TEXT NOT NULL,
  name_order {bytes} NOT NULL,
  external_id TEXT,
  created_at {integer} NOT NULL,
  changed_at {integer} NOT NULL,
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX directory_groups_by_name ON directory_groups (organisation_id, provider_id, name_order);

CREATE TABLE directory_group_members (
  organisation_id {bytes} NOT NULL,
  group_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, group_id, user_id)
) {clustered};
CREATE INDEX directory_group_members_by_user ON directory_group_members (organisation_id, user_id);
