-- Where a key may be used from, besides what its organisation says of all programs: networks with spaces between. None is
-- everywhere.
ALTER TABLE api_keys ADD COLUMN networks TEXT;
-- When a key or token was given its present text; nothing when it is its first.
ALTER TABLE api_keys ADD COLUMN renewed_at {integer};
ALTER TABLE scim_tokens ADD COLUMN renewed_at {integer};
-- When it was told that a key or token ends soon. Another text makes it untold.
ALTER TABLE api_keys ADD COLUMN end_told_at {integer};
ALTER TABLE scim_tokens ADD COLUMN end_told_at {integer};
CREATE INDEX api_keys_by_end ON api_keys (organisation_id, expires_at)
  WHERE expires_at IS NOT NULL AND end_told_at IS NULL AND revoked_at IS NULL;
CREATE INDEX scim_tokens_by_end ON scim_tokens (organisation_id, expires_at)
  WHERE expires_at IS NOT NULL AND end_told_at IS NULL AND revoked_at IS NULL;
