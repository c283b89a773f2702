//! People and programs.

mod account_notices;
mod came_through;
mod coming_in;
mod directories;
mod endings;
mod federation;
mod gateway;
mod groups;
mod guards;
pub(crate) mod house;
mod keys;
mod mailed_through;
mod many_sessions;
mod networks;
mod passkeys;
mod passwords;
mod programs;
mod providers_alone;
mod roles;
mod saml;
mod second_factor;
mod sent_codes;
mod sessions;
mod signing_in;
mod text_messages;
mod there;

use soundkeep_testkit::openid;
