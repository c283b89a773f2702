-- SAML: what counts once, and what a session is called at its provider.

-- What came from a provider and must not count twice, until nobody takes it any more: assertions, requests to sign out.
-- And what is done once in the vault, whichever node does it: reading metadata each day, warning of a certificate.
CREATE TABLE provider_seen (
  organisation_id {bytes} NOT NULL,
  provider_id {bytes} NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  until {integer} NOT NULL,
  PRIMARY KEY (organisation_id, provider_id, kind, name)
) {clustered};
CREATE INDEX provider_seen_by_end ON provider_seen (organisation_id, until);

-- Which kind of name a session's person has there: a request to sign out has to repeat it.
ALTER TABLE sessions ADD COLUMN provider_name_format TEXT;
ALTER TABLE sign_ins ADD COLUMN provider_name_format TEXT;
