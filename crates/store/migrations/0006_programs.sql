-- How programs prove who they are.

-- What a key is narrowed to; nothing is everything that its role or user may.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
-- What signs the daily secret: derived from the key's text and sealed for its place.
ALTER TABLE api_keys ADD COLUMN sealed_secret_key {bytes};
ALTER TABLE api_keys ADD COLUMN former_sealed_secret_key {bytes};

-- Access tokens of OAuth 2.0. One lives no longer than the text of the key that it was asked for with.
CREATE TABLE access_tokens (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  token_hash {bytes} NOT NULL UNIQUE,
  api_key_id {bytes} NOT NULL,
  key_text_hash {bytes} NOT NULL,
  scopes TEXT,
  created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  ended_at {integer},
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX access_tokens_by_key ON access_tokens (organisation_id, api_key_id) WHERE ended_at IS NULL;
CREATE INDEX access_tokens_by_end ON access_tokens (organisation_id, expires_at);
