//! Messages to people: what they say, keeping them until they are sent, and sending them by the organisation's mail server
//! or its gateway for text messages.
//!
//! A message is kept sealed in the transaction of what it tells, and deleted once it is sent or given up. No message holds
//! anything of a conversation. Knows no link's meaning and no code's.

mod gateway;
mod letter;
mod notice;
mod post;
mod server;
mod short;
mod test;

pub(crate) use gateway::sends_text_messages;
pub(crate) use letter::Letter;
pub(crate) use notice::Notice;
pub use post::send_due;
pub use server::anybody_sends_mail;
pub(crate) use server::is_set_up;
pub(crate) use short::Short;
pub use test::{Tested, test, test_text_message};

use crate::{Error, Result, Vault};
use letter::{Language, Written};
use serde::{Deserialize, Serialize};
use soundkeep_crypto::sealed;
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::Event;
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{MessageId, OrganisationId, Timestamp, UserId};
use soundkeep_store::identity::users::{self, User};
use soundkeep_store::messages as rows;
use soundkeep_store::{Transaction, organisations};

/// What a door knows that a message needs: how links begin, and the language of whoever asks for it.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// How links begin, such as `https://vault.example.org`.
    pub origin: String,
    /// The tag of the language that the asker reads.
    pub language: String,
}

impl Letterhead {
    /// The address of a one-time link. The token stands behind `#`, which browsers send to nobody.
    pub(crate) fn link(&self, token: &str) -> String {
        format!("{}/welcome#{token}", self.origin)
    }

    /// Where people sign in.
    pub(crate) fn sign_in(&self) -> String {
        format!("{}/sign-in", self.origin)
    }
}

/// What is kept of a message.
#[derive(Serialize, Deserialize)]
enum Kept {
    Mail(ToMailbox),
    Sms(ToPhone),
}

/// A message to a mailbox.
#[derive(Serialize, Deserialize)]
struct ToMailbox {
    name: String,
    address: String,
    written: Written,
}

/// A message to a phone.
#[derive(Serialize, Deserialize)]
struct ToPhone {
    number: String,
    text: String,
}

fn context(organisation: OrganisationId, id: MessageId) -> Vec<u8> {
    [b"message:".as_slice(), organisation.as_bytes(), id.as_bytes()].concat()
}

/// Keeps a message to a user until it is sent, in the transaction of what it tells; the event is the cause's.
pub(crate) async fn keep(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, &User),
    letter: &Letter,
    (settings, language, expires_at): (&Settings, &str, Timestamp),
) -> Result<()> {
    let house = organisations::get(transaction, organisation).await?.name;
    let written = letter.write(Language::of(settings, language), &user.name, &house);
    let kept = Kept::Mail(ToMailbox { name: user.name.clone(), address: user.email.clone(), written });
    keep_it(vault, transaction, (organisation, user), (letter.kind(), kept), expires_at).await
}

/// A notice is of use for so long; seconds.
const NOTICE_SECONDS: i64 = 3 * 24 * 60 * 60;

/// Keeps a notice to a user where mail is set up, in the transaction of what it tells; says whether it does.
pub(crate) async fn notify(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, &User),
    notice: &Notice,
) -> Result<bool> {
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    if !is_set_up(&settings) {
        return Ok(false);
    }
    // Where each person has their own language, nobody's browser is there to tell it.
    let said = (&settings, "en", vault.now().plus_seconds(NOTICE_SECONDS));
    keep(vault, transaction, (organisation, user), &Letter::Notice(notice.clone()), said).await?;
    Ok(true)
}

/// Whether the organisation wants owners of accounts to be told of changes, and can.
pub(crate) fn owners_are_told(settings: &Settings) -> bool {
    settings.account_notices() && is_set_up(settings)
}

/// Tells the owner of an account of it where the organisation wants that, in the transaction of what it tells.
pub(crate) async fn notify_owner(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    notice: &Notice,
) -> Result<()> {
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    if owners_are_told(&settings) {
        let user = users::get(transaction, organisation, user).await?;
        if user.state == AccountState::Active {
            notify(vault, transaction, (organisation, &user), notice).await?;
        }
    }
    Ok(())
}

/// Tells whose account an event changes of it.
pub(crate) async fn tell_of(vault: &Vault, transaction: &mut Transaction, event: &Event) -> Result<()> {
    match Notice::concerning(event) {
        Some((user, notice)) => notify_owner(vault, transaction, (event.organisation, user), &notice).await,
        None => Ok(()),
    }
}

/// Keeps a message to a user's phone until it is sent, in the transaction of what it tells.
pub(crate) async fn keep_short(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, &User),
    (short, number): (Short, &str),
    (settings, language, expires_at): (&Settings, &str, Timestamp),
) -> Result<()> {
    let house = organisations::get(transaction, organisation).await?.name;
    let text = short.write(Language::of(settings, language), &house);
    let kept = Kept::Sms(ToPhone { number: number.to_owned(), text });
    keep_it(vault, transaction, (organisation, user), (short.kind(), kept), expires_at).await
}

async fn keep_it(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, &User),
    (kind, kept): (&'static str, Kept),
    expires_at: Timestamp,
) -> Result<()> {
    let id = MessageId::make(vault.now(), &vault.random()?);
    let plain = serde_json::to_vec(&kept).map_err(Error::bug)?;
    let key = vault.keys(organisation).await?.key.object_key("message", id.as_bytes())?;
    let sealed = sealed::seal_whole(&key, &context(organisation, id), &plain, vault.entropy())?;
    let new = rows::NewMessage { id, user: user.id, kind, sealed: &sealed, created_at: vault.now(), expires_at };
    Ok(rows::add(transaction, organisation, &new).await?)
}

async fn open(vault: &Vault, message: &rows::Message) -> Result<Kept> {
    let key = vault.keys(message.organisation).await?.key.object_key("message", message.id.as_bytes())?;
    let plain = sealed::open_whole(&key, &context(message.organisation, message.id), message.sealed.clone())?;
    serde_json::from_slice(&plain).map_err(|_| Error::Damaged)
}
