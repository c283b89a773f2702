//! A test mail or text message to whoever asks for it, sent while they wait.

use super::letter::{Language, Letter};
use super::{Letterhead, Short, ToMailbox, ToPhone, gateway, server};
use crate::access::plain_permit;
use crate::event::{Draft, record_alone};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::MessageId;
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_store::identity::{phones, users};
use soundkeep_store::{organisations, settings as rows};

/// What came of a test mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The address that it went to.
    pub address: String,
    /// Whether the server took it.
    pub taken: bool,
    /// What the server said, or why it couldn't be asked.
    pub answer: String,
}

/// Sends a test mail to the caller by the settings in force.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`; [`Error::Conflict`] for programs, and without a mail server.
pub async fn test(vault: &Vault, caller: &Caller, head: &Letterhead) -> Result<Tested> {
    plain_permit::<marks::SecuritySettingsManage>(vault, caller).await?;
    let user = caller.user().ok_or(Error::Conflict("a program has no address: somebody who is signed in can test"))?;
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let settings = rows::in_force(&mut reader, vault.registry(), organisation).await?;
    if !server::is_set_up(&settings) {
        return Err(Error::Conflict("there is no mail server yet: save one first"));
    }
    let user = users::get(&mut reader, organisation, user).await?;
    let house = organisations::get(&mut reader, organisation).await?.name;
    let written = Letter::Test.write(Language::of(&settings, &head.language), &user.name, &house);
    let kept = ToMailbox { name: user.name.clone(), address: user.email.clone(), written };
    let id = MessageId::make(vault.now(), &vault.random()?);
    let sent = server::send(vault, organisation, &settings, (id, kept)).await?;
    let (taken, answer) = match sent {
        Ok(answer) => (true, answer),
        Err(error) => (false, error.to_string()),
    };
    let draft = Draft::of(vault, caller, EventKind::MailTest)?
        .object(Object::new("user", user.id).named(&user.name))
        .outcome(if taken { Outcome::Success } else { Outcome::Failed })
        .detail("server", settings.mail_host())
        .detail("answer", answer.clone());
    record_alone(vault, draft).await?;
    Ok(Tested { address: user.email, taken, answer })
}

/// Sends a text message to the caller's own phone by the settings in force.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`; [`Error::Conflict`] for programs, without a gateway, and for whoever
/// has no phone number here.
pub async fn test_text_message(vault: &Vault, caller: &Caller, head: &Letterhead) -> Result<Tested> {
    plain_permit::<marks::SecuritySettingsManage>(vault, caller).await?;
    let user = caller.user().ok_or(Error::Conflict("a program has no phone: somebody who is signed in can test"))?;
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let settings = rows::in_force(&mut reader, vault.registry(), organisation).await?;
    if !gateway::sends_text_messages(&settings) {
        return Err(Error::Conflict("there is no gateway for text messages yet: save one first"));
    }
    let user = users::get(&mut reader, organisation, user).await?;
    let number = phones::get(&mut reader, organisation, user.id).await?;
    let number = number.ok_or(Error::Conflict("you have no phone number here yet: add one to your account first"))?;
    let house = organisations::get(&mut reader, organisation).await?.name;
    let text = Short::Test.write(Language::of(&settings, &head.language), &house);
    let message = ToPhone { number, text };
    let (taken, answer) = match gateway::send(vault, organisation, &settings, &message).await? {
        Ok(answer) => (true, answer),
        Err(refused) => (false, refused.why),
    };
    let draft = Draft::of(vault, caller, EventKind::SmsTest)?
        .object(Object::new("user", user.id).named(&user.name))
        .outcome(if taken { Outcome::Success } else { Outcome::Failed })
        .detail("answer", answer.clone());
    record_alone(vault, draft).await?;
    Ok(Tested { address: message.number, taken, answer })
}
