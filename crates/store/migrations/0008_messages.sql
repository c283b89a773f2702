-- What waits to be sent by mail: sealed, deleted once it is sent or given up.
CREATE TABLE messages (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  user_id {bytes} NOT NULL,
  kind TEXT NOT NULL,
  sealed {bytes} NOT NULL,
  created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  not_before {integer} NOT NULL,
  fence {integer} NOT NULL,
  attempts {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};
CREATE INDEX messages_waiting ON messages (not_before, id);
