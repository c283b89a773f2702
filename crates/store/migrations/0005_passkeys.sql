-- Passkeys are found by their credential's id, before anybody knows whose they are.
ALTER TABLE factors ADD COLUMN credential_hash {bytes};
CREATE UNIQUE INDEX factors_by_credential ON factors (credential_hash) WHERE credential_hash IS NOT NULL;

-- What authenticators were asked: answered once, within minutes, by whom it was asked of. Whose it is isn't known at the
-- door, so that no organisation stands here: a session, a sign-in or a link does, whose id is in no other.
CREATE TABLE passkey_challenges (
  token_hash {bytes} NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  bound_to {bytes} NOT NULL,
  state TEXT NOT NULL,
  expires_at {integer} NOT NULL
) {clustered};
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
