//! The organisation's mail server, as its settings name it.

use super::ToMailbox;
use crate::settings::open_secret;
use crate::{Result, Vault};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{MessageId, OrganisationId};
use soundkeep_outbound::{Mail, MailError, MailServer, Party, Security};
use soundkeep_store::organisations;
use std::time::Duration;

/// A mail server that takes longer is one that doesn't answer.
const TOTAL: Duration = Duration::from_secs(20);

/// Whether mail can be sent.
pub(crate) fn is_set_up(settings: &Settings) -> bool {
    !settings.mail_host().is_empty()
}

/// Whether any organisation can send mail.
///
/// # Errors
/// When that can't be known.
pub async fn anybody_sends_mail(vault: &Vault) -> Result<bool> {
    for organisation in organisations::all(&mut vault.store().reader()).await? {
        if is_set_up(&*vault.settings(organisation.id).await?) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn server(vault: &Vault, organisation: OrganisationId, settings: &Settings) -> Result<MailServer> {
    let password = open_secret(vault, organisation, "mail_password", &settings.mail_password()).await?;
    let user = settings.mail_user();
    Ok(MailServer {
        host: settings.mail_host(),
        port: u16::try_from(settings.mail_port()).unwrap_or(587),
        security: match settings.mail_security().as_str() {
            "tls" => Security::Tls,
            "plain" => Security::None,
            _ => Security::StartTls,
        },
        login: password.filter(|_| !user.is_empty()).map(|password| (user, password)),
    })
}

/// Sends a message by the server, and answers what that said.
pub(super) async fn send(
    vault: &Vault,
    organisation: OrganisationId,
    settings: &Settings,
    (id, kept): (MessageId, ToMailbox),
) -> Result<std::result::Result<String, MailError>> {
    let server = server(vault, organisation, settings).await?;
    let name = settings.mail_from_name();
    let mail = Mail {
        id: id.to_string(),
        at_unix_seconds: u64::try_from(vault.now().as_unix_micros() / 1_000_000).unwrap_or(0),
        from: Party {
            name: if name.is_empty() { "Soundkeep".to_owned() } else { name },
            address: settings.mail_from(),
        },
        to: Party { name: kept.name, address: kept.address },
        subject: kept.written.subject,
        text: kept.written.text,
        html: kept.written.html,
    };
    Ok(vault.outbound().send_mail(&server, &mail, TOTAL).await)
}
