-- Codes that were sent to people to prove who they are with: one of each person, sealed, gone once it is used.
CREATE TABLE sent_codes (
  organisation_id {bytes} NOT NULL,
  user_id {bytes} NOT NULL,
  sealed {bytes} NOT NULL,
  tries_left {integer} NOT NULL,
  created_at {integer} NOT NULL,
  expires_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, user_id)
) {clustered};
