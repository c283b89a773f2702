//! What goes on beside requests: numbering the ledger, publishing checkpoints, ending silent listenings,
//! deleting what is erased, working at jobs, sending messages, watching folders.
//!
//! Each runs until it is told to stop; what fails is said once and tried again.

use soundkeep_app::domain::OrganisationId;
use soundkeep_app::domain::access::SystemCaller;
use soundkeep_app::{Error, Vault, audit, identity, jobs, messages, operator, recordings};
use soundkeep_intake::watch::{Patience, Watcher};
use soundkeep_intake::{Folder, Taken};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Events get their numbers at most so long after their commit.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);
/// Less urgent work is looked after so often.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// Jobs and messages are looked for so often.
const WORK_EVERY: Duration = Duration::from_secs(1);
/// Watched folders are looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Everything that runs beside requests.
pub(crate) struct Tending {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Tending {
    /// Starts the work that every vault needs.
    pub(crate) fn start(vault: &Vault) -> Self {
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(sequence(vault.clone(), stopping.clone()));
        tasks.spawn(work(vault.clone(), stopping.clone()));
        tasks.spawn(post(vault.clone(), stopping.clone()));
        tasks.spawn(reset(vault.clone(), stopping.clone()));
        tasks.spawn(tend(vault.clone(), stopping));
        Self { tasks, stop }
    }

    /// Watches a folder for an organisation.
    pub(crate) fn watch(&mut self, vault: &Vault, organisation: OrganisationId, folder: Folder) {
        self.tasks.spawn(look(vault.clone(), organisation, folder, self.stop.subscribe()));
    }

    /// Stops all of it, numbers what is left and publishes the last checkpoint.
    pub(crate) async fn stop(mut self, vault: &Vault) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        complain("count refused sign-ins", identity::settle(vault).await.map(|()| 0));
        complain("note what was heard", recordings::listening::settle(vault).await);
        complain("number the ledger", audit::sequence::sequence(vault).await);
        complain("publish a checkpoint", audit::sequence::publish(vault, true).await);
    }
}

fn complain<T>(what: &str, outcome: Result<T, Error>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "could not {what}");
    }
}

async fn sequence(vault: Vault, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(SEQUENCE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let waiting = vault.events_waiting();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            () = waiting.notified() => {}
        }
        // A batch is filled while it is waited for; other nodes' events are found with it.
        ticks.tick().await;
        complain("number the ledger", audit::sequence::sequence(&vault).await);
    }
}

async fn tend(vault: Vault, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(TEND_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    complain("sweep unfinished objects", operator::sweep(&vault).await);
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            _ = ticks.tick() => {}
        }
        complain("number the ledger", audit::sequence::sequence(&vault).await);
        complain("publish a checkpoint", audit::sequence::publish(&vault, false).await);
        complain("end silent listenings", recordings::listening::close_silent(&vault).await);
        complain("delete erased objects", recordings::erase::delete_doomed(&vault).await);
        complain("count refused sign-ins", identity::tend(&vault).await);
    }
}

async fn work(vault: Vault, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(WORK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = stopping.clone();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            _ = ticks.tick() => {}
        }
        // A batch that was begun is ended; the next node, or the next start, goes on after it.
        complain("work at jobs", jobs::work(&vault, || !*stop.borrow()).await);
    }
}

async fn post(vault: Vault, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(WORK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = stopping.clone();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            _ = ticks.tick() => {}
        }
        complain("send messages", messages::send_due(&vault, || !*stop.borrow()).await);
    }
}

async fn reset(vault: Vault, mut stopping: watch::Receiver<bool>) {
    let came = vault.resets_waiting();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            () = came.notified() => {}
        }
        complain("look after forgotten passwords", identity::work_at_resets(&vault).await);
    }
}

async fn look(vault: Vault, organisation: OrganisationId, folder: Folder, mut stopping: watch::Receiver<bool>) {
    let path = folder.path.display().to_string();
    let mut watcher = Watcher::new(folder, Patience::default());
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut complained = Vec::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            _ = ticks.tick() => {}
        }
        let caller = operator::system_caller(&vault, organisation, SystemCaller::Intake).await;
        let looked = match caller {
            Ok(caller) => watcher.look(&vault, &caller).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(look) => {
                for (_, taken) in &look.taken {
                    match taken {
                        Taken::Ingested(_) => tracing::info!(folder = %path, "a file was taken in"),
                        Taken::SidecarUnfit(_) => {
                            tracing::warn!(folder = %path, "a file waits: its sidecar doesn't fit")
                        }
                        Taken::Refused(error) => {
                            tracing::warn!(folder = %path, %error, "a file could not be taken in")
                        }
                    }
                }
                if look.complaints != complained {
                    for complaint in &look.complaints {
                        tracing::warn!(%complaint, "a folder can't be watched");
                    }
                    complained = look.complaints;
                }
            }
            Err(error) => {
                tracing::error!(folder = %path, %error, "the folder could not be looked at")
            }
        }
    }
}
