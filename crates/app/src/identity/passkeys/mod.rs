//! Passkeys: what devices are asked, what they answer, and what is kept of them.
//!
//! A passkey stands for both factors, because its device verifies its owner (ADR 0017). What was asked is kept here, can
//! be answered once, within minutes, and in the session, sign-in or link alone in which it was asked.

mod own;
mod sign_in;

pub use own::{add_passkey, ask_for_new_passkey, ask_to_step_up, rename_factor};
pub use sign_in::{ask_to_sign_in, sign_in_with_passkey};

use crate::{Error, Result, Vault};
use serde_json::Value;
use soundkeep_crypto::digest::sha256;
use soundkeep_crypto::passkeys::{Assertion, Challenge, Owner, Passkey, PasskeyError, RelyingParty};
use soundkeep_crypto::sealed;
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::identity::FactorKind;
use soundkeep_domain::{FactorId, LinkId, OrganisationId, SessionId, SignInId, Timestamp, UserId};
use soundkeep_store::identity::{external, factors as factor_rows, passkeys as rows, users};
use soundkeep_store::{Queries, Transaction};
use std::sync::Arc;

/// A device has to answer within this time; seconds.
const ANSWER_SECONDS: i64 = 10 * 60;
/// Most passkeys of one person.
const PASSKEYS_MAX: usize = 10;
/// What is answered to a passkey that isn't taken, to somebody who is known.
pub(super) const WRONG_PASSKEY: &str = "this passkey wasn't taken: try again, or show something else";
const TOO_LATE: &str = "this took too long, or was answered already: try again";

/// The pages under which the vault is reached. Passkeys belong to their address.
#[derive(Debug, Clone)]
pub struct Site(Option<Arc<RelyingParty>>);

impl Site {
    /// The pages of this origin, such as `https://vault.example.org`.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self(RelyingParty::new(origin).ok().map(Arc::new))
    }

    /// Whether browsers give passkeys to these pages.
    #[must_use]
    pub const fn has_passkeys(&self) -> bool {
        self.0.is_some()
    }

    fn party(&self) -> Result<&RelyingParty> {
        self.0.as_deref().ok_or(Error::Conflict(
            "passkeys need an address with a name and https, such as https://vault.example.org: the operator sets it as \
             the public address",
        ))
    }
}

/// What a device is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Comes back with the answer.
    pub challenge: String,
    /// For the browser, as the Web Authentication standard has it in JSON.
    pub options: Value,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// What a device answered, on pages of a site.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The pages.
    pub site: Site,
    /// What came with the question.
    pub challenge: String,
    /// What the browser says, as the Web Authentication standard has it in JSON.
    pub credential: Value,
}

/// A passkey that a device made.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// What the device answered.
    pub answered: Answered,
    /// What its owner calls it.
    pub name: String,
}

/// What a device is asked for, and in what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// A new passkey, in a session.
    New(SessionId),
    /// A proof of who somebody is, in a session.
    StepUp(SessionId),
    /// A second factor, in a sign-in.
    SecondFactor(SignInId),
    /// A new passkey, in a sign-in.
    Enrolment(SignInId),
    /// A new passkey in place of a password, by a link.
    Invitation(LinkId),
    /// To sign in.
    SignIn,
}

impl Purpose {
    fn row(&self) -> (&'static str, [u8; 16]) {
        match self {
            Self::New(session) => ("new", *session.as_bytes()),
            Self::StepUp(session) => ("step_up", *session.as_bytes()),
            Self::SecondFactor(sign_in) => ("second_factor", *sign_in.as_bytes()),
            Self::Enrolment(sign_in) => ("enrolment", *sign_in.as_bytes()),
            Self::Invitation(link) => ("invitation", *link.as_bytes()),
            Self::SignIn => ("sign_in", [0; 16]),
        }
    }
}

/// What was asked of a device, and its answer: taken out of what is kept, so that nothing else answers it.
pub(super) struct Taken {
    site: Site,
    state: String,
    credential: Value,
}

/// Takes what was asked, in a transaction of its own: whatever becomes of the answer, there is no second one.
pub(super) async fn take(vault: &Vault, purpose: Purpose, answered: Answered) -> Result<Taken> {
    let too_late = || Error::invalid("passkey", TOO_LATE);
    let token = Token::parse_kind(answered.challenge.trim(), TokenKind::Ticket).map_err(|_| too_late())?;
    let mut transaction = vault.store().begin().await?;
    let state = rows::take(&mut transaction, token.hash().as_bytes(), purpose.row(), vault.now()).await?;
    transaction.commit().await?;
    Ok(Taken { site: answered.site, state: state.ok_or_else(too_late)?, credential: answered.credential })
}

/// Keeps what a device is asked.
async fn keep(vault: &Vault, transaction: &mut Transaction, purpose: Purpose, challenge: Challenge) -> Result<Asked> {
    let now = vault.now();
    let token = Token::generate(TokenKind::Ticket, vault.entropy())?;
    let expires_at = now.plus_seconds(ANSWER_SECONDS);
    let (purpose, bound_to) = purpose.row();
    let new = rows::NewChallenge {
        token_hash: *token.hash().as_bytes(),
        purpose,
        bound_to,
        state: &challenge.state,
        expires_at,
    };
    rows::ask(transaction, &new, now).await?;
    Ok(Asked { challenge: token.reveal().to_owned(), options: challenge.options, expires_at })
}

/// Asks for a new passkey of somebody.
pub(super) async fn ask_for_new(
    vault: &Vault,
    transaction: &mut Transaction,
    site: &Site,
    (organisation, user): (OrganisationId, UserId),
    purpose: Purpose,
) -> Result<Asked> {
    let party = site.party()?;
    let known = credential_ids(vault, transaction, (organisation, user)).await?;
    if known.len() >= PASSKEYS_MAX {
        return Err(Error::Conflict("you have ten passkeys: take one away first"));
    }
    let user = users::get(transaction, organisation, user).await?;
    let owner = Owner { handle: *user.id.as_bytes(), account: &user.email, name: &user.name };
    let challenge = party.begin_registration(owner, known).map_err(Error::bug)?;
    keep(vault, transaction, purpose, challenge).await
}

/// Asks somebody for one of their passkeys.
pub(super) async fn ask_for_one(
    vault: &Vault,
    transaction: &mut Transaction,
    site: &Site,
    whose: (OrganisationId, UserId),
    purpose: Purpose,
) -> Result<Asked> {
    let party = site.party()?;
    let known = credential_ids(vault, transaction, whose).await?;
    if known.is_empty() {
        return Err(Error::Conflict("you have no passkey"));
    }
    let challenge = party.begin_authentication(&known).map_err(Error::bug)?;
    keep(vault, transaction, purpose, challenge).await
}

/// What binds a sealed passkey to its place.
fn context(organisation: OrganisationId, user: UserId, factor: FactorId) -> Vec<u8> {
    [b"passkey:".as_slice(), organisation.as_bytes(), user.as_bytes(), factor.as_bytes()].concat()
}

async fn unseal(
    vault: &Vault,
    (organisation, user): (OrganisationId, UserId),
    id: FactorId,
    sealed: Vec<u8>,
) -> Result<Passkey> {
    let key = vault.keys(organisation).await?.key.object_key("factor", id.as_bytes())?;
    let bytes = sealed::open_whole(&key, &context(organisation, user, id), sealed)?;
    Passkey::from_bytes(&bytes).map_err(|_| Error::Damaged)
}

async fn seal(
    vault: &Vault,
    (organisation, user): (OrganisationId, UserId),
    id: FactorId,
    passkey: &Passkey,
) -> Result<Vec<u8>> {
    let key = vault.keys(organisation).await?.key.object_key("factor", id.as_bytes())?;
    let bytes = passkey.to_bytes().map_err(Error::bug)?;
    Ok(sealed::seal_whole(&key, &context(organisation, user, id), &bytes, vault.entropy())?)
}

async fn credential_ids(
    vault: &Vault,
    transaction: &mut Transaction,
    whose: (OrganisationId, UserId),
) -> Result<Vec<Vec<u8>>> {
    let mut ids = Vec::new();
    for factor in factor_rows::of_user(transaction, whose.0, whose.1).await? {
        if factor.kind == FactorKind::Passkey {
            ids.push(unseal(vault, whose, factor.id, factor.sealed_secret).await?.credential_id().to_vec());
        }
    }
    Ok(ids)
}

/// Keeps the passkey that a device made for somebody.
pub(super) async fn add(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    taken: Taken,
    name: &str,
) -> Result<()> {
    let not_taken = |error: PasskeyError| Error::invalid("passkey", format!("this passkey wasn't taken: {error}"));
    let passkey = taken.site.party()?.finish_registration(&taken.state, taken.credential).map_err(not_taken)?;
    // Two at once, in two windows.
    if credential_ids(vault, transaction, (organisation, user)).await?.len() >= PASSKEYS_MAX {
        return Err(Error::Conflict("you have ten passkeys: take one away first"));
    }
    let now = vault.now();
    let id = FactorId::make(now, &vault.random()?);
    let sealed = seal(vault, (organisation, user), id, &passkey).await?;
    let new = rows::NewPasskey {
        id,
        user,
        name,
        credential_hash: sha256(passkey.credential_id()),
        sealed: &sealed,
        created_at: now,
    };
    match rows::add(transaction, organisation, &new).await {
        // Whose it is would be somebody else's secret.
        Err(soundkeep_store::Error::Conflict(_)) => Err(Error::invalid("passkey", "this passkey is in use already")),
        added => Ok(added?),
    }
}

/// A passkey that was found by what its device says.
struct Claim {
    assertion: Assertion,
    site: Site,
    state: String,
}

impl Claim {
    fn of(taken: Taken) -> Result<Self, PasskeyError> {
        Ok(Self { assertion: Assertion::parse(taken.credential)?, site: taken.site, state: taken.state })
    }

    /// What the passkey is found by.
    fn hash(&self) -> [u8; 32] {
        sha256(self.assertion.credential_id())
    }

    /// Checks that the passkey signed what was asked, and counts it on.
    async fn prove(
        &self,
        vault: &Vault,
        transaction: &mut Transaction,
        found: &rows::Found,
    ) -> Result<Result<(), PasskeyError>> {
        let whose = (found.organisation, found.user);
        let mut passkey = unseal(vault, whose, found.id, found.sealed.clone()).await?;
        if let Err(error) = self.site.party()?.finish_authentication(&self.state, &self.assertion, &mut passkey) {
            return Ok(Err(error));
        }
        let sealed = seal(vault, whose, found.id, &passkey).await?;
        match rows::used(transaction, found.organisation, found.id, (&found.sealed, &sealed), vault.now()).await {
            Err(soundkeep_store::Error::NotFound) => Ok(Err(PasskeyError::Counter)),
            used => Ok(Ok(used?)),
        }
    }
}

/// Whether a device showed one of somebody's passkeys; if not, why.
pub(super) async fn show(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    taken: Taken,
) -> Result<Result<(), PasskeyError>> {
    let claim = match Claim::of(taken) {
        Ok(claim) => claim,
        Err(error) => return Ok(Err(error)),
    };
    let is_theirs = |found: &rows::Found| found.organisation == organisation && found.user == user;
    let Some(found) = rows::find(transaction, claim.hash()).await?.filter(is_theirs) else {
        return Ok(Err(PasskeyError::Signature));
    };
    // A device that says whose it is must say the same.
    match claim.assertion.owner() {
        Ok(owner) if owner.is_none_or(|owner| owner == *user.as_bytes()) => {
            claim.prove(vault, transaction, &found).await
        }
        Ok(_) | Err(_) => Ok(Err(PasskeyError::Signature)),
    }
}

/// Whether somebody can come in by what they have: a password, a passkey instead, or a provider.
pub(super) async fn can_come_in(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<bool> {
    Ok(users::has_password(queries, organisation, user).await?
        || rows::has_any(queries, organisation, user).await?
        || !external::providers_of(queries, organisation, user).await?.is_empty())
}
