//! The daemon: an engine with signals, systemd and chores around it.
//!
//! Owns what outside events mean to the engine. Must not know where the file lies or how an error
//! in it is shown: loading is handed in.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};

use super::chores;
use super::holidays::{self, Refreshed};
use super::notify::Notifier;
use super::signals::{Signal, Signals};
use crate::clock::Clock;
use crate::config::{Config, FetchedSource};
use crate::contactnow::PolicyApi;
use crate::engine::{Command, Engine, Event, Observer, Settings};
use crate::store::{Store, StoreError};

/// A recurring chore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chore {
    /// Read the account and look for drift.
    Audit,
    /// Fetch the holidays that come from elsewhere, and look how far they reach.
    RefreshHolidays,
    /// Drop what is older than the history is kept.
    Prune,
}

/// What the daemon is made of.
pub struct Parts<C, A> {
    /// The clock.
    pub clock: Arc<C>,
    /// The API.
    pub api: Arc<A>,
    /// The store, with its lock.
    pub store: Store,
    /// The file in force.
    pub config: Arc<Config>,
    /// How the engine goes about it.
    pub settings: Settings,
    /// Where the last good copies of fetched holidays lie.
    pub cache_dir: PathBuf,
    /// Loads the file again; `None` where it was refused, which was told already.
    pub reload: Box<dyn FnMut() -> Option<Arc<Config>>>,
}

/// Why the daemon could not run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Signals cannot be taken over.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] std::io::Error),
    /// The chores cannot be started.
    #[error("cannot start the recurring chores: {0}")]
    Chores(#[from] tokio_cron_scheduler::JobSchedulerError),
    /// The store failed before the first pass.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs until TERM or INT. READY is sent after the first pass, whatever it found: a daemon that
/// cannot reach the API yet is up, and says so in its status.
///
/// # Errors
/// Nothing after the first pass; before it, signals, chores or a store that cannot be had.
pub async fn run<C: Clock, A: PolicyApi>(mut parts: Parts<C, A>) -> Result<(), DaemonError> {
    let notifier = Notifier::from_environment();
    let mut signals = Signals::listen()?;
    let (chore_sender, mut chores) = mpsc::channel(4);
    let _scheduler = chores::start(&parts.config.daemon.audit, chore_sender).await?;
    let (commands, receiver) = mpsc::channel(16);
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let (fetched, mut refreshed) = mpsc::channel(1);
    let sources = parts.config.fetched.clone();
    fetch(sources, parts.cache_dir.clone(), fetched.clone());
    let mut sources_in_force = parts.config.fetched.clone();

    let started = parts.clock.now();
    if let Some(unclean) = parts.store.last_run()?.filter(|run| run.stopped.is_none()) {
        let since = unclean.started;
        warn!(%since, "the last run did not end by itself");
    }
    parts.store.mark_started(started)?;
    info!(
        policies = parts.config.policies.len(),
        file = %parts.config.path.display(),
        hash = parts.config.hash,
        zone_data = %parts.config.zone_data.version,
        mode = ?parts.settings.mode,
        "started"
    );
    let (status, mut statuses) = watch::channel(None);
    let mut engine = Engine::new(
        Arc::clone(&parts.clock),
        Arc::clone(&parts.api),
        parts.store,
        parts.config,
        parts.settings,
        observer(status),
    );
    {
        let mut is_ready = false;
        let mut running = pin!(engine.run(receiver, stopped));
        loop {
            tokio::select! {
                () = &mut running => break,
                signal = signals.next() => match signal {
                    Signal::Stop => {
                        notifier.stopping("Stopping");
                        info!("stopping");
                        if let Some(stop) = stop.take() {
                            let _ = stop.send(());
                        }
                    }
                    Signal::Reload => {
                        notifier.reloading();
                        if let Some(config) = (parts.reload)() {
                            sources_in_force.clone_from(&config.fetched);
                            queue(&commands, Command::Reload(config));
                        }
                        notifier.ready(statuses.borrow().as_deref().unwrap_or("Starting"));
                    }
                    Signal::Audit => queue(&commands, Command::Audit),
                },
                Ok(()) = statuses.changed() => {
                    let status = statuses.borrow_and_update();
                    let status = status.as_deref().unwrap_or_default();
                    if std::mem::replace(&mut is_ready, true) {
                        notifier.status(status);
                    } else {
                        notifier.ready(status);
                    }
                }
                Some(chore) = chores.recv() => match chore {
                    Chore::Audit => queue(&commands, Command::Audit),
                    Chore::Prune => queue(&commands, Command::Prune),
                    Chore::RefreshHolidays => {
                        let sources = sources_in_force.clone();
                        fetch(sources, parts.cache_dir.clone(), fetched.clone());
                    }
                },
                Some(Refreshed::Changed) = refreshed.recv() => {
                    if let Some(config) = (parts.reload)() {
                        queue(&commands, Command::Reload(config));
                    }
                },
            }
        }
    }
    let now = parts.clock.now();
    if let Err(error) = engine.store().mark_stopped(now) {
        error!("the store failed at the end: {error}");
    }
    info!("stopped");
    Ok(())
}

/// Fetches in a task of its own, so that nothing waits for it.
fn fetch(sources: Vec<FetchedSource>, cache_dir: PathBuf, done: mpsc::Sender<Refreshed>) {
    if sources.is_empty() {
        return;
    }
    tokio::spawn(async move {
        let refreshed = holidays::refresh(&sources, &cache_dir).await;
        let _ = done.send(refreshed).await;
    });
}

/// A full queue means that the engine is busy with as much already.
fn queue(commands: &mpsc::Sender<Command>, command: Command) {
    if let Err(error) = commands.try_send(command) {
        warn!("the engine is busy, not asked: {error}");
    }
}

/// The status line after each pass: the next switch, and what is not as it should be.
fn observer(status: watch::Sender<Option<String>>) -> Observer {
    Box::new(move |event| {
        let Event::Passed { next, failing, .. } = event else {
            return;
        };
        let next = match next {
            Some(next) => format!(
                "Next: {} to {} on {}",
                next.policy,
                next.to,
                next.local.format("%a %-d %b at %H:%M (UTC%:z)")
            ),
            None => "No switch will come".to_owned(),
        };
        let text = match failing {
            0 => next,
            failing => format!("{failing} NOT as wanted. {next}"),
        };
        status.send_replace(Some(text));
    })
}
