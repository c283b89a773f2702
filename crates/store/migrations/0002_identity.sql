-- Who comes in, and how they prove it.

-- Passwords: when each was chosen, and the hashes of those before it.
ALTER TABLE users ADD COLUMN password_set_at {integer};
UPDATE users SET password_set_at = created_at WHERE password_hash IS NOT NULL;
CREATE TABLE former_passwords (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  number {integer} NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (organisation_id, user_id, number)
) {clustered};

-- Somebody on their way in: they showed one proof, and something is still to be done before their session begins.
CREATE TABLE sign_ins (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  token_hash {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  way TEXT NOT NULL,
  second_factor TEXT,
  recovery_codes {integer} NOT NULL,
  tries_left {integer} NOT NULL,
  created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  ended_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX sign_ins_by_user ON sign_ins (organisation_id, user_id) WHERE ended_at IS NULL;

-- What people prove with who they are besides a password. One that isn't confirmed proves nothing yet.
CREATE TABLE factors (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed_secret {bytes} NOT NULL,
  last_step {integer} NOT NULL,
  created_at {integer} NOT NULL,
  confirmed_at {integer},
  used_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX factors_by_user ON factors (organisation_id, user_id);

CREATE TABLE recovery_codes (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  code_hash {bytes} NOT NULL,
  used_at {integer},
  PRIMARY KEY (organisation_id, user_id, code_hash)
) {clustered};

-- When somebody last proved who they are in this session: sensitive changes ask for that anew after an hour.
ALTER TABLE sessions ADD COLUMN proven_at {integer};
-- How they came in, and with what: for the list of sessions.
ALTER TABLE sessions ADD COLUMN way TEXT;
ALTER TABLE sessions ADD COLUMN second_factor TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE sessions ADD COLUMN is_mobile {integer};
-- The token before the present one, which requests that were on their way may still show for a moment.
ALTER TABLE sessions ADD COLUMN former_token_hash {bytes};
ALTER TABLE sessions ADD COLUMN former_until {integer};
CREATE UNIQUE INDEX sessions_by_former_token ON sessions (former_token_hash) WHERE former_token_hash IS NOT NULL;

-- Since when somebody counts as active who hasn't signed in: when an administrator last said so.
ALTER TABLE users ADD COLUMN reactivated_at {integer};

-- The text of a key before the present one, which goes on for a while after a rotation.
ALTER TABLE api_keys ADD COLUMN former_token_hash {bytes};
ALTER TABLE api_keys ADD COLUMN former_until {integer};
CREATE UNIQUE INDEX api_keys_by_former_token ON api_keys (former_token_hash) WHERE former_token_hash IS NOT NULL;
