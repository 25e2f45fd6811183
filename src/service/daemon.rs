//! The daemon: an engine with signals, systemd and chores around it.
//!
//! Owns what outside events mean to the engine. Must not know where the file lies or how an error
//! in it is shown: loading is handed in.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};

use super::alerts::{self, Kind, Notice, Notices, Watched};
use super::chores;
use super::control::wire::ReloadOutcome;
use super::control::{Control, Desk};
use super::holidays::{self, Refreshed};
use super::metrics::Metrics;
use super::notify::Notifier;
use super::reload::{Loaded, Reloads};
use super::serve::Serving;
use super::signals::{Signal, Signals};
use super::watchers;
use super::web::{self, Window};
use super::zones::Watch;
use crate::clock::Clock;
use crate::config::{Config, FetchedSource, WebSettings};
use crate::contactnow::PolicyApi;
use crate::engine::{Command, Engine, Settings};
use crate::render::status::Facts;
use crate::store::{EventKind, Store};

pub use super::reload::Load;
pub use super::zones::ZonesInUse;

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
    /// Loads the file again.
    pub load: Load,
    /// The zone data that the file in force was read with.
    pub zones: ZonesInUse,
    /// Where the control socket is made; `None` for a daemon that nobody can ask.
    pub socket: Option<PathBuf>,
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
}

/// Runs until TERM or INT. READY is sent after the first pass, whatever it found: a daemon that
/// cannot reach the API yet is up, and says so in its status.
///
/// # Errors
/// Nothing after the first pass; before it, signals or chores that cannot be had.
pub async fn run<C: Clock + 'static, A: PolicyApi>(
    mut parts: Parts<C, A>,
) -> Result<(), DaemonError> {
    let signals = Signals::listen()?;
    let (chore_sender, chores) = mpsc::channel(4);
    let _scheduler = chores::start(&parts.config.daemon.audit, chore_sender).await?;
    let (commands, receiver) = mpsc::channel(64);
    let (stop, stopped) = oneshot::channel();
    let (fetched, refreshed) = mpsc::channel(1);
    let sources = parts.config.fetched.clone();

    let started = parts.clock.now();
    let (notices, noticed) = alerts::channel();
    let told_before = watchers::begin(&mut parts.store, started, &notices);
    info!(
        policies = parts.config.policies.len(),
        file = %parts.config.path.display(),
        hash = parts.config.hash,
        zone_data = %parts.config.zone_data.version,
        mode = ?parts.settings.mode,
        "started"
    );
    let (status, statuses) = watch::channel(None);
    let reloads = Reloads::new(parts.load, Arc::clone(&parts.config));
    let metrics = Arc::new(Metrics::default());
    let web = parts.config.web;
    let mut engine = Engine::new(
        Arc::clone(&parts.clock),
        Arc::clone(&parts.api),
        parts.store,
        parts.config,
        parts.settings,
        watchers::observer(status, Arc::clone(&metrics), notices.clone()),
    );
    watchers::feed_watchdog(&mut engine);
    let watched = Watched {
        clock: Arc::clone(&parts.clock),
        snapshots: engine.watch(),
        commands: commands.clone(),
        told_before,
    };
    watchers::start_alerts(watched, noticed);
    let facts = watch::Sender::new(Facts {
        started,
        refused: None,
    });
    let (reload_sender, asked) = mpsc::channel(16);
    let desk = Desk {
        commands: commands.clone(),
        reloads: reload_sender,
        snapshots: engine.watch(),
        facts: facts.subscribe(),
    };
    let _control = parts.socket.as_deref().and_then(|path| listen(path, desk));
    let window = Window {
        snapshots: engine.watch(),
        facts: facts.subscribe(),
        metrics: Arc::clone(&metrics),
        now: web::time_of(Arc::clone(&parts.clock)),
    };
    let _web = show(web, window).await;
    let mut daemon = Daemon {
        clock: Arc::clone(&parts.clock),
        notifier: Notifier::from_environment(),
        commands,
        facts,
        status: "Starting".to_owned(),
        is_ready: false,
        reloads,
        stop: Some(stop),
        sources,
        cache_dir: parts.cache_dir,
        fetched,
        metrics,
        notices,
        zones: Watch::new(parts.zones),
    };
    daemon.fetch();
    // A machine that is off every night would never come to it.
    daemon.queue(Command::Prune);
    let ears = Ears {
        signals,
        chores,
        asked,
        refreshed,
        statuses,
    };
    daemon.attend(ears, engine.run(receiver, stopped)).await;
    let now = parts.clock.now();
    watchers::end(engine.store(), now);
    info!("stopped");
    Ok(())
}

/// Switching does not depend on being asked about it.
fn listen(path: &Path, desk: Desk) -> Option<Control> {
    Control::listen(path, desk)
        .inspect_err(|error| error!("there is no control socket: {error}"))
        .ok()
}

/// Nor on being looked at.
async fn show(settings: Option<WebSettings>, window: Window) -> Option<Serving> {
    let settings = settings?;
    let served = web::listen(settings, window).await;
    served
        .inspect_err(|error| error!("nothing is served at {}: {error}", settings.listen))
        .ok()
}

/// Where the daemon hears from.
struct Ears {
    signals: Signals,
    chores: mpsc::Receiver<Chore>,
    asked: mpsc::Receiver<oneshot::Sender<ReloadOutcome>>,
    refreshed: mpsc::Receiver<Refreshed>,
    statuses: watch::Receiver<Option<String>>,
}

/// What outside events mean to the engine.
struct Daemon<C> {
    clock: Arc<C>,
    notifier: Notifier,
    commands: mpsc::Sender<Command>,
    facts: watch::Sender<Facts>,
    status: String,
    is_ready: bool,
    reloads: Reloads,
    stop: Option<oneshot::Sender<()>>,
    /// The fetched holidays of the file in force.
    sources: Vec<FetchedSource>,
    cache_dir: PathBuf,
    fetched: mpsc::Sender<Refreshed>,
    metrics: Arc<Metrics>,
    notices: Notices,
    zones: Watch,
}

impl<C: Clock> Daemon<C> {
    async fn attend(&mut self, mut ears: Ears, running: impl Future<Output = ()>) {
        let mut running = pin!(running);
        loop {
            tokio::select! {
                () = &mut running => return,
                signal = ears.signals.next() => match signal {
                    Signal::Stop => self.stop(),
                    Signal::Reload => self.reload(None),
                    Signal::Audit => self.audit(),
                },
                Some(reply) = ears.asked.recv() => self.reload(Some(reply)),
                loaded = self.reloads.done() => self.loaded(loaded),
                Ok(()) = ears.statuses.changed() => {
                    let status = ears.statuses.borrow_and_update().clone();
                    self.status = status.unwrap_or_default();
                    self.tell_status();
                }
                Some(chore) = ears.chores.recv() => match chore {
                    Chore::Audit => self.audit(),
                    Chore::Prune => self.queue(Command::Prune),
                    Chore::RefreshHolidays => self.fetch(),
                },
                Some(Refreshed::Changed) = ears.refreshed.recv() => self.reload(None),
                () = self.zones.changed() => self.zones_changed(),
            }
        }
    }

    fn stop(&mut self) {
        self.notifier.stopping("Stopping");
        info!("stopping");
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    fn audit(&mut self) {
        if self.zones.changed_on_disk() {
            self.zones_changed();
        }
        self.queue(Command::Audit);
    }

    fn zones_changed(&mut self) {
        info!("the zone data changed on the disk: the file is read again");
        let words = "the zone data changed on the disk".to_owned();
        self.queue(Command::Record(EventKind::ZoneData, words));
        self.reload(None);
    }

    fn reload(&mut self, reply: Option<oneshot::Sender<ReloadOutcome>>) {
        self.notifier.reloading();
        self.reloads.ask(reply, self.clock.now());
    }

    /// A load is over: in force at once, or refused; READY again in both outcomes.
    fn loaded(&mut self, loaded: Loaded) {
        let now = self.clock.now();
        self.zones.begin_again();
        match loaded.result.clone() {
            Ok(config) => {
                self.sources.clone_from(&config.fetched);
                self.queue(Command::Reload(Arc::clone(&config)));
                let words = self.reloads.accepted(loaded, config);
                self.queue(Command::Record(EventKind::Reloaded, words));
                self.facts.send_modify(|facts| facts.refused = None);
                self.metrics.reloaded(true);
                self.notices.tell(Notice::Over(Kind::Reload));
            }
            Err(text) => {
                self.reloads.refused(loaded, &text);
                let first = text.lines().next().unwrap_or_default().to_owned();
                self.metrics.reloaded(false);
                self.notices
                    .tell(Notice::Began(Kind::Reload, first.clone()));
                self.queue(Command::Record(EventKind::ReloadRefused, first));
                self.facts
                    .send_modify(|facts| facts.refused = Some((now, text)));
            }
        }
        if self.reloads.next(now) {
            return;
        }
        let status = self.status_line();
        self.notifier.ready(&status);
    }

    fn tell_status(&mut self) {
        let status = self.status_line();
        if std::mem::replace(&mut self.is_ready, true) {
            self.notifier.status(&status);
        } else {
            self.notifier.ready(&status);
        }
    }

    fn status_line(&self) -> String {
        match self.facts.borrow().refused {
            Some(_) => format!("Changed file REFUSED. {}", self.status),
            None => self.status.clone(),
        }
    }

    /// Fetches in a task of its own, so that nothing waits for it.
    fn fetch(&self) {
        if self.sources.is_empty() {
            return;
        }
        let (sources, cache_dir) = (self.sources.clone(), self.cache_dir.clone());
        let done = self.fetched.clone();
        tokio::spawn(async move {
            let refreshed = holidays::refresh(&sources, &cache_dir).await;
            let _ = done.send(refreshed).await;
        });
    }

    /// A full queue means that the engine is busy with as much already.
    fn queue(&self, command: Command) {
        if let Err(error) = self.commands.try_send(command) {
            warn!("the engine is busy, not asked: {error}");
        }
    }
}
