//! One-time links: looking at one, and making those of users.

use super::change::begin;
use super::entry::opens_without_provider;
use super::{LINK_SECONDS, PASSWORD_LINK_SECONDS};
use crate::event::{Draft, record};
use crate::messages::{self, Letter, Letterhead};
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::{AccountState, marks};
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::identity::LinkPurpose;
use soundkeep_domain::{LinkId, OrganisationId, Timestamp, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::identity::{links, users};

/// A link that was made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The token, shown this once.
    pub token: String,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// What a link says to whoever holds it.
#[derive(Debug, Clone)]
pub struct LinkFacts {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The email address of the user it is for.
    pub email: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// The organisation's name.
    pub organisation: String,
    /// How long a password has to be, in characters.
    pub password_characters_min: usize,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

pub(super) fn new_token(vault: &Vault) -> Result<Token> {
    Ok(Token::generate(TokenKind::Invitation, vault.entropy())?)
}

/// The link of a token. It isn't guessed: the token has 256 random bits, so that nothing is counted here.
pub(super) async fn find(vault: &Vault, token: &str) -> Result<links::Link> {
    let token = Token::parse_kind(token.trim(), TokenKind::Invitation).map_err(|_| Error::NotFound)?;
    let found = links::find(&mut vault.store().reader(), token.hash().as_bytes(), vault.now()).await?;
    found.ok_or(Error::NotFound)
}

/// What a link is for; it can still be used afterwards.
///
/// # Errors
/// [`Error::NotFound`] when there is no such link, or it was used or has expired.
pub async fn inspect_link(vault: &Vault, token: &str) -> Result<LinkFacts> {
    let link = find(vault, token).await?;
    Ok(LinkFacts {
        purpose: link.purpose,
        email: link.email,
        name: link.name,
        password_characters_min: super::passwords::characters_min(&*vault.settings(link.organisation).await?),
        organisation: link.organisation_name,
        expires_at: link.expires_at,
    })
}

/// A link of a user that an administrator asked for.
#[derive(Debug, Clone)]
pub struct UserLink {
    /// The token, shown this once. Nothing where it is a link for a new password and was sent: nobody chooses somebody
    /// else's password then.
    pub token: Option<String>,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// The address that it was sent to.
    pub sent_to: Option<String>,
}

/// Makes a link for a user: an invitation for who hasn't come in yet, else one to choose a new password. Earlier ones end.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user, [`Error::Conflict`] when they are switched off, or a password would
/// open nothing to them.
pub async fn new_user_link(vault: &Vault, caller: &Caller, user: UserId) -> Result<NewLink> {
    let (link, _) = make_user_link(vault, caller, user, None).await?;
    Ok(link)
}

/// The same, sent to the user where mail is set up.
///
/// # Errors
/// As [`new_user_link`].
pub async fn send_user_link(vault: &Vault, caller: &Caller, user: UserId, head: &Letterhead) -> Result<UserLink> {
    let (link, sent_to) = make_user_link(vault, caller, user, Some(head)).await?;
    let is_shown = sent_to.is_none() || link.purpose != LinkPurpose::Password;
    Ok(UserLink { token: is_shown.then_some(link.token), expires_at: link.expires_at, sent_to })
}

async fn make_user_link(
    vault: &Vault,
    caller: &Caller,
    user: UserId,
    head: Option<&Letterhead>,
) -> Result<(NewLink, Option<String>)> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let user = users::get(&mut transaction, caller.organisation(), user).await?;
    let (purpose, kind) = match user.state {
        AccountState::Invited => (LinkPurpose::Invitation, EventKind::InvitationCreated),
        AccountState::Active => {
            let (organisation, registry) = (caller.organisation(), vault.registry());
            let settings = soundkeep_store::settings::in_force(&mut transaction, registry, organisation).await?;
            if !opens_without_provider(&mut transaction, &settings, (organisation, user.id)).await? {
                let sentence = "they sign in through an identity provider alone: a password would open nothing to them";
                return Err(Error::Conflict(sentence));
            }
            (LinkPurpose::Password, EventKind::PasswordLinkCreated)
        }
        AccountState::Disabled => {
            return Err(Error::Conflict("the user is switched off: switch them on first"));
        }
    };
    let draft = Draft::of(vault, caller, kind)?;
    let made = add_and_send(vault, &mut transaction, draft, caller.organisation(), (purpose, &user, head)).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Adds a link to the transaction, with its event, and the message with it where mail is set up. Says where it goes.
pub(super) async fn add_and_send(
    vault: &Vault,
    transaction: &mut Transaction,
    draft: Draft,
    organisation: OrganisationId,
    (purpose, user, head): (LinkPurpose, &users::User, Option<&Letterhead>),
) -> Result<(NewLink, Option<String>)> {
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    let Some(head) = head.filter(|_| messages::is_set_up(&settings)) else {
        return Ok((add(vault, transaction, draft, organisation, (purpose, user)).await?, None));
    };
    let link = add(vault, transaction, draft.detail("sent", "email"), organisation, (purpose, user)).await?;
    let letter = match purpose {
        LinkPurpose::Password => Letter::PasswordLink(head.link(&link.token)),
        // A link opens nothing there.
        LinkPurpose::Invitation if settings.sso_only() => Letter::Welcome(head.sign_in()),
        LinkPurpose::Setup | LinkPurpose::Invitation | LinkPurpose::Demo => Letter::Invitation(head.link(&link.token)),
    };
    let said = (&settings, head.language.as_str(), link.expires_at);
    messages::keep(vault, transaction, (organisation, user), &letter, said).await?;
    Ok((link, Some(user.email.clone())))
}

/// Makes a link that signs a user in without a password. For the demo alone: no route leads here.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub async fn demo_link(vault: &Vault, organisation: OrganisationId, user: UserId) -> Result<NewLink> {
    let mut transaction = vault.store().begin().await?;
    let user = users::get(&mut transaction, organisation, user).await?;
    let demo = Actor { kind: "system", id: Some("demo".to_owned()), name: None };
    let draft = Draft::by(vault, organisation, demo, EventKind::InvitationCreated)?;
    let link = add(vault, &mut transaction, draft, organisation, (LinkPurpose::Demo, &user)).await?;
    transaction.commit().await?;
    Ok(link)
}

/// Adds a link to the transaction, with its event.
pub(super) async fn add(
    vault: &Vault,
    transaction: &mut Transaction,
    draft: Draft,
    organisation: OrganisationId,
    (purpose, user): (LinkPurpose, &users::User),
) -> Result<NewLink> {
    let now = vault.now();
    let token = new_token(vault)?;
    let seconds = match purpose {
        LinkPurpose::Password => PASSWORD_LINK_SECONDS,
        LinkPurpose::Setup | LinkPurpose::Invitation | LinkPurpose::Demo => LINK_SECONDS,
    };
    let expires_at = now.plus_seconds(seconds);
    let link = links::NewLink {
        id: LinkId::make(now, &vault.random()?),
        token_hash: *token.hash().as_bytes(),
        purpose,
        user: Some(user.id),
        created_at: now,
        expires_at,
    };
    links::add(transaction, organisation, &link).await?;
    let draft = draft
        .object(Object::new("user", user.id).named(&user.name))
        .detail("link", link.id.to_string())
        .detail("purpose", purpose.word())
        .detail("expires_at", expires_at.to_string());
    record(vault, transaction, draft).await?;
    Ok(NewLink { token: token.reveal().to_owned(), purpose, expires_at })
}
