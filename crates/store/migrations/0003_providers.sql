-- Who vouches for people of an organisation, and what comes of it.

-- What it is set to stands in a document, but for what is looked for. Its slug stands in addresses.
CREATE TABLE identity_providers (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  guide TEXT NOT NULL,
  protocol TEXT NOT NULL,
  state TEXT NOT NULL,
  document TEXT NOT NULL,
  sealed_secret {bytes},
  tested_at {integer},
  created_at {integer} NOT NULL,
  version {integer} NOT NULL,
  PRIMARY KEY (organisation_id, id)
) {clustered};

-- Whose addresses it vouches for: a domain has one provider.
CREATE TABLE provider_domains (
  organisation_id {bytes} NOT NULL,
  domain TEXT NOT NULL,
  provider_id {bytes} NOT NULL,
  PRIMARY KEY (organisation_id, domain)
) {clustered};
CREATE INDEX provider_domains_by_domain ON provider_domains (domain);

-- What a group or role of the provider means here.
CREATE TABLE provider_mappings (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  provider_id {bytes} NOT NULL,
  value TEXT NOT NULL,
  role TEXT,
  bond TEXT,
  group_id {bytes},
  PRIMARY KEY (organisation_id, provider_id, id)
) {clustered};

-- Roles and belongings that a provider gave, and may take again; those given by hand stay.
ALTER TABLE assignments ADD COLUMN provider_id {bytes};
ALTER TABLE group_members ADD COLUMN provider_id {bytes};
ALTER TABLE group_supervisors ADD COLUMN provider_id {bytes};

-- Who somebody is at a provider: found by the provider's own, lasting name for them.
CREATE TABLE external_identities (
  organisation_id {bytes} NOT NULL,
  provider_id {bytes} NOT NULL,
  subject TEXT NOT NULL,
  user_id {bytes} NOT NULL,
  created_at {integer} NOT NULL,
  PRIMARY KEY (organisation_id, provider_id, subject)
) {clustered};
CREATE INDEX external_identities_by_user ON external_identities (organisation_id, user_id);

-- Sign-ins that came back from a provider: each counts once. What is on its way is kept by the browser alone, sealed.
CREATE TABLE federated_sign_ins (
  organisation_id {bytes} NOT NULL,
  id {bytes} NOT NULL UNIQUE,
  provider_id {bytes} NOT NULL,
  purpose TEXT NOT NULL,
  user_id {bytes},
  ended_at {integer} NOT NULL,
  sealed_result {bytes},
  PRIMARY KEY (organisation_id, id)
) {clustered};

-- Through whom a session came in, and what it is called there: so that it ends when they end it.
ALTER TABLE sessions ADD COLUMN provider_id {bytes};
ALTER TABLE sessions ADD COLUMN provider_subject TEXT;
ALTER TABLE sessions ADD COLUMN provider_session TEXT;
CREATE INDEX sessions_by_provider ON sessions (organisation_id, provider_id, provider_subject) WHERE ended_at IS NULL AND provider_id IS NOT NULL;
ALTER TABLE sign_ins ADD COLUMN provider_id {bytes};
ALTER TABLE sign_ins ADD COLUMN provider_subject TEXT;
ALTER TABLE sign_ins ADD COLUMN provider_session TEXT;
