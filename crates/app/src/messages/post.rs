//! Sending what is kept: claimed one by one, several at a time, with pauses that grow, and given up when it is of no use.

use super::{Kept, gateway, open, server};
use crate::event::{Draft, record};
use crate::{Error, Result, Vault};
use futures::StreamExt as _;
use soundkeep_domain::audit::{Actor, EventKind, Object, Outcome};
use soundkeep_store::messages::{self as rows, Message};
use soundkeep_store::settings as settings_rows;

/// A node that says nothing for so long has lost the message; seconds. Longer than sending takes at most.
const LEASE_SECONDS: i64 = 60;
/// How long a message waits after its first failure; twice as long after each further one. Seconds.
const PAUSE_SECONDS: i64 = 5;
/// The longest such wait; seconds.
const PAUSE_SECONDS_MAX: i64 = 15 * 60;
/// So many are sent at once: a server that keeps us waiting doesn't hold up those of other organisations.
const AT_ONCE: usize = 8;

/// How a try ended.
enum Outcomes {
    Sent(String),
    Failed { why: String, for_good: bool },
}

/// Sends what is due, until there is nothing or `go_on` says no; says how many messages were tried.
///
/// # Errors
/// When the database is away. What goes wrong with a message stands in the ledger.
pub async fn send_due(vault: &Vault, go_on: impl Fn() -> bool) -> Result<usize> {
    let mut tried = 0;
    while go_on() {
        let mut claimed = Vec::new();
        while claimed.len() < AT_ONCE {
            let Some(message) = claim(vault).await? else { break };
            claimed.push(message);
        }
        if claimed.is_empty() {
            break;
        }
        tried += claimed.len();
        let done = futures::stream::iter(claimed).map(|message| send(vault, message)).buffer_unordered(AT_ONCE);
        for outcome in done.collect::<Vec<_>>().await {
            outcome?;
        }
    }
    Ok(tried)
}

async fn claim(vault: &Vault) -> Result<Option<Message>> {
    let now = vault.now();
    if !rows::is_waiting(&mut vault.store().reader(), now).await? {
        return Ok(None);
    }
    let mut transaction = vault.store().begin().await?;
    let claimed = rows::claim(&mut transaction, now, now.plus_seconds(LEASE_SECONDS)).await?;
    transaction.commit().await?;
    Ok(claimed)
}

async fn send(vault: &Vault, message: Message) -> Result<()> {
    let outcome = match attempt(vault, &message).await {
        Ok(outcome) => outcome,
        // What can't be opened now can't be opened later.
        Err(Error::Damaged) => Outcomes::Failed { why: "the message is damaged".to_owned(), for_good: true },
        Err(error) => Outcomes::Failed { why: error.to_string(), for_good: false },
    };
    let pause = (PAUSE_SECONDS << message.attempts.clamp(0, 10)).min(PAUSE_SECONDS_MAX);
    let again_at = vault.now().plus_seconds(pause);
    let mut transaction = vault.store().begin().await?;
    let kept = match outcome {
        Outcomes::Failed { why, for_good: false } if again_at < message.expires_at => {
            tracing::warn!(message = %message.id, why, "a message couldn't be sent, and is tried again");
            rows::put_off(&mut transaction, &message, again_at).await
        }
        outcome => match rows::delete(&mut transaction, &message).await {
            Ok(()) => {
                record(vault, &mut transaction, ended(vault, &message, &outcome)?).await?;
                Ok(())
            }
            lost => lost,
        },
    };
    match kept {
        // Another node has it by now.
        Err(soundkeep_store::Error::NotFound) => Ok(()),
        kept => {
            kept?;
            Ok(transaction.commit().await?)
        }
    }
}

async fn attempt(vault: &Vault, message: &Message) -> Result<Outcomes> {
    let never = |why: &str| Ok(Outcomes::Failed { why: why.to_owned(), for_good: true });
    if message.expires_at <= vault.now() {
        return never("it came too late to be of use");
    }
    let mut reader = vault.store().reader();
    let settings = settings_rows::in_force(&mut reader, vault.registry(), message.organisation).await?;
    drop(reader);
    Ok(match open(vault, message).await? {
        Kept::Mail(_) if !server::is_set_up(&settings) => return never("there is no mail server any more"),
        Kept::Sms(_) if !gateway::sends_text_messages(&settings) => {
            return never("there is no gateway for text messages any more");
        }
        Kept::Mail(mail) => match server::send(vault, message.organisation, &settings, (message.id, mail)).await? {
            Ok(answer) => Outcomes::Sent(answer),
            Err(error) => Outcomes::Failed { for_good: error.is_for_good(), why: error.to_string() },
        },
        Kept::Sms(short) => match gateway::send(vault, message.organisation, &settings, &short).await? {
            Ok(answer) => Outcomes::Sent(answer),
            Err(refused) => Outcomes::Failed { why: refused.why, for_good: refused.for_good },
        },
    })
}

fn ended(vault: &Vault, message: &Message, outcome: &Outcomes) -> Result<Draft> {
    let actor = Actor { kind: "system", id: Some("post".to_owned()), name: None };
    let draft = Draft::by(vault, message.organisation, actor, EventKind::MessageSent)?
        .object(Object::new("user", message.user))
        .detail("kind", message.kind.clone())
        .detail("tries", message.attempts);
    Ok(match outcome {
        Outcomes::Sent(answer) => draft.detail("answer", answer.clone()),
        Outcomes::Failed { why, .. } => draft.outcome(Outcome::Failed).detail("why", why.clone()),
    })
}
