//! Refused sign-ins and programs in the ledger: at most one event per kind, network and minute, with a count.
//!
//! The first refusal of a network is written at once, so that it isn't lost with the process; what follows
//! within a minute is counted and written after it. Whether something is written depends on kind and network
//! alone and never on the account: otherwise the time of an answer would tell which accounts there are.

use super::Network;
use crate::event::{Draft, record};
use crate::{Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::audit::{Actor, EventKind, Outcome};
use soundkeep_domain::{OrganisationId, Timestamp};
use soundkeep_store::organisations;
use std::collections::{BTreeMap, HashMap};

const WINDOW_SECONDS: i64 = 60;
/// More networks than this at once are counted together.
const NETWORKS_MAX: usize = 10_000;

/// What somebody wanted who was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// A person wanted to sign in.
    SignIn,
    /// A program wanted to come in; why it was refused.
    Program(&'static str),
}

/// What was refused of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    /// Tries that were answered no.
    pub(crate) refused: u64,
    /// Tries that came too fast and weren't looked at.
    pub(crate) limited: u64,
}

/// Something to be written down: a network's refusals in one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) wanted: Wanted,
    pub(crate) network: Network,
    /// The organisation whose account was meant; the first one when it was nobody's.
    pub(crate) organisation: Option<OrganisationId>,
    pub(crate) count: Count,
    pub(crate) since: Timestamp,
}

struct Window {
    opened_at: Timestamp,
    counts: BTreeMap<Option<OrganisationId>, Count>,
}

/// Refusals that are counted and not yet written down.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<(Wanted, Network), Window>>);

impl Refusals {
    /// Counts a refusal, and says what is to be written down now.
    pub(crate) fn tally(
        &self,
        wanted: Wanted,
        network: Network,
        organisation: Option<OrganisationId>,
        limited: bool,
        now: Timestamp,
    ) -> Vec<Due> {
        let mut windows = self.0.lock();
        let full = windows.len() >= NETWORKS_MAX && !windows.contains_key(&(wanted, network));
        let network = if full { Network::Unknown } else { network };
        let known = windows.contains_key(&(wanted, network));
        let window = windows.entry((wanted, network)).or_insert(Window { opened_at: now, counts: BTreeMap::new() });
        let count = window.counts.entry(organisation).or_default();
        if limited {
            count.limited += 1
        } else {
            count.refused += 1
        }
        if known && now < window.opened_at.plus_seconds(WINDOW_SECONDS) {
            return Vec::new();
        }
        window.empty(wanted, network, now)
    }

    /// What has waited for its minute.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Due> {
        let mut due = Vec::new();
        self.0.lock().retain(|(wanted, network), window| {
            if now < window.opened_at.plus_seconds(WINDOW_SECONDS) {
                return true;
            }
            let quiet = window.counts.is_empty();
            due.extend(window.empty(*wanted, *network, now));
            !quiet
        });
        due
    }
}

impl Refusals {
    /// Everything that is counted, whether its minute is over or not.
    fn rest(&self, now: Timestamp) -> Vec<Due> {
        let mut windows = self.0.lock();
        let due = windows.iter_mut().flat_map(|((wanted, network), window)| window.empty(*wanted, *network, now));
        due.collect()
    }
}

impl Window {
    fn empty(&mut self, wanted: Wanted, network: Network, now: Timestamp) -> Vec<Due> {
        let since = std::mem::replace(&mut self.opened_at, now);
        let counts = std::mem::take(&mut self.counts);
        counts.into_iter().map(|(organisation, count)| Due { wanted, network, organisation, count, since }).collect()
    }
}

/// Writes down what is due after counting this refusal.
pub(crate) async fn refuse(
    vault: &Vault,
    network: Network,
    organisation: Option<OrganisationId>,
    limited: bool,
) -> Result<()> {
    tally(vault, Wanted::SignIn, network, organisation, limited).await
}

/// The same for a program, with the word of why.
pub(crate) async fn refuse_program(
    vault: &Vault,
    network: Network,
    organisation: Option<OrganisationId>,
    why: &'static str,
) -> Result<()> {
    tally(vault, Wanted::Program(why), network, organisation, why == TOO_FAST).await
}

/// Why a program was refused that comes from none of the organisation's networks.
pub(crate) const NETWORK: &str = "network";
/// Why a program was refused that comes from none of its key's networks.
pub(crate) const KEY_NETWORK: &str = "key_network";
/// Why a program was refused that tried too often.
pub(crate) const TOO_FAST: &str = "too fast";

async fn tally(
    vault: &Vault,
    wanted: Wanted,
    network: Network,
    organisation: Option<OrganisationId>,
    limited: bool,
) -> Result<()> {
    vault.metrics().refused();
    let due = vault.identity_state().refusals.tally(wanted, network, organisation, limited, vault.now());
    write(vault, due).await
}

/// Writes down what has waited for its minute.
pub(crate) async fn write_due(vault: &Vault) -> Result<()> {
    let due = vault.identity_state().refusals.due(vault.now());
    write(vault, due).await
}

/// Writes down everything that is counted.
pub(crate) async fn write_rest(vault: &Vault) -> Result<()> {
    let due = vault.identity_state().refusals.rest(vault.now());
    write(vault, due).await
}

async fn write(vault: &Vault, due: Vec<Due>) -> Result<()> {
    if due.is_empty() {
        return Ok(());
    }
    let first = organisations::all(&mut vault.store().reader()).await?.into_iter().next();
    // What was nobody's stands in the log of the first organisation, together with what was its own: how many events
    // are written depends on nobody's account.
    let mut told: BTreeMap<(Wanted, Network, OrganisationId), Due> = BTreeMap::new();
    for due in due {
        let Some(organisation) = due.organisation.or(first.as_ref().map(|first| first.id)) else {
            continue;
        };
        let held =
            told.entry((due.wanted, due.network, organisation)).or_insert(Due { count: Count::default(), ..due });
        held.count.refused += due.count.refused;
        held.count.limited += due.count.limited;
        held.since = held.since.min(due.since);
    }
    let mut transaction = vault.store().begin().await?;
    for ((_, _, organisation), due) in told {
        let (kind, why) = match due.wanted {
            Wanted::SignIn => (EventKind::SignInRefused, None),
            Wanted::Program(why) => (EventKind::ProgramRefused, Some(why)),
        };
        let mut draft = Draft::by(vault, organisation, Actor::anonymous(), kind)?
            .outcome(Outcome::Refused)
            .address(Some(due.network.to_string()))
            .detail("count", due.count.refused + due.count.limited)
            .detail("too_fast", due.count.limited)
            .detail("since", due.since.to_string());
        if let Some(why) = why {
            draft = draft.detail("why", why);
        }
        record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_makes_one_event_a_minute_that_counts_the_rest() {
        let refusals = Refusals::default();
        let here = Network::of(Some("192.0.2.1".parse().unwrap()));
        let there = Network::of(Some("203.0.113.1".parse().unwrap()));
        let start = Timestamp::from_unix_micros(1_790_000_000_000_000);
        let counts = |due: Vec<Due>| due.iter().map(|due| (due.network, due.count.refused)).collect::<Vec<_>>();
        assert_eq!(counts(refusals.tally(Wanted::SignIn, here, None, false, start)), [(here, 1)]);
        for second in 1..60 {
            assert_eq!(refusals.tally(Wanted::SignIn, here, None, false, start.plus_seconds(second)), []);
        }
        assert_eq!(refusals.due(start.plus_seconds(59)), []);
        assert_eq!(counts(refusals.tally(Wanted::SignIn, there, None, false, start.plus_seconds(59))), [(there, 1)]);
        assert_eq!(counts(refusals.due(start.plus_seconds(60))), [(here, 59)]);
        assert_eq!(refusals.due(start.plus_seconds(61)), []);
        assert_eq!(refusals.tally(Wanted::SignIn, here, None, false, start.plus_seconds(62)), []);
        assert_eq!(counts(refusals.due(start.plus_seconds(130))), [(here, 1)]);
    }

    #[test]
    fn whether_it_is_written_at_once_does_not_depend_on_the_organisation() {
        let refusals = Refusals::default();
        let here = Network::Unknown;
        let start = Timestamp::from_unix_micros(1_790_000_000_000_000);
        let one = OrganisationId::make(start, &[1; 10]);
        assert_eq!(refusals.tally(Wanted::SignIn, here, None, false, start).len(), 1);
        assert_eq!(refusals.tally(Wanted::SignIn, here, Some(one), false, start), []);
        assert_eq!(refusals.due(start.plus_seconds(60)).first().map(|due| due.organisation), Some(Some(one)));
    }

    #[test]
    fn memory_stays_bounded() {
        let refusals = Refusals::default();
        let now = Timestamp::from_unix_micros(1_790_000_000_000_000);
        for each in 0..20_000_u32 {
            refusals.tally(Wanted::SignIn, Network::V4(each.into()), None, false, now);
        }
        assert!(refusals.0.lock().len() <= NETWORKS_MAX + 1);
        refusals.due(now.plus_seconds(60));
        refusals.due(now.plus_seconds(120));
        assert!(refusals.0.lock().is_empty());
    }
}
