//! A directory for the demo: a provider that only keeps users up to date, and a token for it that lives a week.

use crate::failure::Failure;
use crate::output::Output;
use soundkeep_app::domain::access::{BuiltInRole, Limit, RoleKey};
use soundkeep_app::domain::identity::{Gives, Guide, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_app::identity::{self, ProviderWish, scim};
use soundkeep_app::{Caller, Vault};

const SLUG: &str = "demo";
const TOKEN_DAYS: u32 = 7;

/// Prints a SCIM token and where it opens something, as one line of JSON.
///
/// # Errors
/// When provider or token can't be made.
pub(super) async fn print_token(vault: &Vault, admin: &Caller, origin: &str, output: &Output) -> Result<(), Failure> {
    let there = identity::providers(vault, admin).await?;
    let provider = match there.into_iter().find(|one| one.provider.slug == SLUG) {
        Some(there) => there.id,
        None => identity::create_provider(vault, admin, wish()).await?.id,
    };
    // Tokens of earlier starts: nobody has their text any more.
    for token in scim::tokens(vault, admin, provider).await? {
        scim::revoke_token(vault, admin, (provider, token.id)).await?;
    }
    let new = scim::NewToken { expires_in_days: Some(TOKEN_DAYS), never_expires: false };
    let made = scim::create_token(vault, admin, provider, &new).await?;
    let line = serde_json::json!({"scim_url": format!("{origin}/scim/v2"), "scim_token": made.text});
    output.answer(line.to_string()).await;
    Ok(())
}

fn wish() -> ProviderWish {
    ProviderWish {
        provider: Provider {
            slug: SLUG.to_owned(),
            name: "Demo directory".to_owned(),
            guide: Guide::Other,
            protocol: Protocol::None,
            domains: Vec::new(),
            document: ProviderDocument::default(),
        },
        secret: None,
        state: ProviderState::Off,
        mappings: vec![("Analysts".to_owned(), Gives::Role(RoleKey::BuiltIn(BuiltInRole::Analyst), Limit::None))],
    }
}
