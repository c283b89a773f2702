//! Hiding phone numbers: what rows show of them, and in which channels nobody finds a conversation by one.
//!
//! Knows which channels the organisation hides them in, and nothing of who asks.

use crate::{Result, Vault};
use soundkeep_domain::OrganisationId;
use soundkeep_domain::conversations::{Channel, masked};
use soundkeep_store::conversations::Conversation;

/// The channels whose numbers are hidden.
pub(crate) async fn hidden_numbers(vault: &Vault, organisation: OrganisationId) -> Result<Vec<Channel>> {
    let settings = vault.settings(organisation).await?;
    Ok(Channel::ALL.iter().copied().filter(|channel| settings.mask_numbers(*channel)).collect())
}

/// Leaves of numbers in hidden channels what may be shown.
pub(crate) fn mask(hidden: &[Channel], conversation: &mut Conversation) {
    if hidden.contains(&conversation.facts.traits().channel) {
        for number in [&mut conversation.from_number, &mut conversation.to_number] {
            *number = number.as_deref().map(masked);
        }
    }
}
