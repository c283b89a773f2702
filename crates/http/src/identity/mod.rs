//! People and programs: session, one-time links, users, groups, API keys, directory.

pub(crate) mod account;
pub(crate) mod agent_ids;
pub(crate) mod api_keys;
pub(crate) mod assignments;
pub(crate) mod bonds;
pub(crate) mod directory;
pub(crate) mod federation;
pub(crate) mod group;
pub(crate) mod groups;
pub(crate) mod invitations;
pub(crate) mod links;
pub(crate) mod passkeys;
pub(crate) mod phones;
pub(crate) mod provider;
pub(crate) mod providers;
pub(crate) mod reset;
pub(crate) mod saml;
pub(crate) mod scim_tokens;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod steps;
pub(crate) mod user;
pub(crate) mod users;
