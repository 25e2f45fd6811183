//! Putting a changed file into force, or refusing it: never in the way of switching.
//!
//! Owns that one load runs at a time and that whoever asked while it ran is served by the next one.
//! Must not know where the file lies or how an error in it is shown: loading is handed in.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use super::control::wire::ReloadOutcome;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::difference::{Differences, differences};
use crate::render::difference::{difference, summary};

/// Loads the file again; what is wrong with a refused one is the whole diagnostic, as text.
pub type Load = Arc<dyn Fn() -> Result<Arc<Config>, String> + Send + Sync>;

/// How far what an edit changes is looked for.
const DAYS: u32 = 60;

/// How many changed switches are listed.
const LISTED: usize = 200;

/// A new file and what it changes, or what is wrong with it.
type Found = (Result<Arc<Config>, String>, Differences);

/// A load that is over.
pub(super) struct Loaded {
    /// The new file, or what is wrong with it.
    pub result: Result<Arc<Config>, String>,
    found: Differences,
    waiting: Vec<oneshot::Sender<ReloadOutcome>>,
}

/// Loads of the file.
pub(super) struct Reloads {
    load: Load,
    /// The file that the daemon started with.
    started: Arc<Config>,
    in_force: Arc<Config>,
    running: Option<JoinHandle<Found>>,
    waiting: Vec<oneshot::Sender<ReloadOutcome>>,
    /// Asked for while one ran, which may have read the file before it was changed.
    again: Option<Vec<oneshot::Sender<ReloadOutcome>>>,
}

impl Reloads {
    pub fn new(load: Load, in_force: Arc<Config>) -> Reloads {
        Reloads {
            load,
            started: Arc::clone(&in_force),
            in_force,
            running: None,
            waiting: Vec::new(),
            again: None,
        }
    }

    /// Begins a load, or has another one follow the one that runs.
    pub fn ask(&mut self, reply: Option<oneshot::Sender<ReloadOutcome>>, now: Instant) {
        if self.running.is_some() {
            self.again.get_or_insert_default().extend(reply);
            return;
        }
        self.waiting.extend(reply);
        let (load, before) = (Arc::clone(&self.load), Arc::clone(&self.in_force));
        self.running = Some(tokio::task::spawn_blocking(move || {
            let result = load();
            let to = now + TimeDelta::days(i64::from(DAYS));
            let found = result.as_ref().map_or_else(
                |_| Differences::default(),
                |after| differences(&before.policies, &after.policies, now, to),
            );
            (result, found)
        }));
    }

    /// Waits for the load that runs. May be dropped at any time without losing it.
    pub async fn done(&mut self) -> Loaded {
        let Some(running) = &mut self.running else {
            return std::future::pending().await;
        };
        let (result, found) = running.await.unwrap_or_else(|error| {
            let text = format!("the file could not be loaded: {error}");
            (Err(text), Differences::default())
        });
        self.running = None;
        Loaded {
            result,
            found,
            waiting: std::mem::take(&mut self.waiting),
        }
    }

    /// The new file is in force: says what it changes.
    pub fn accepted(&mut self, loaded: Loaded, config: Arc<Config>) -> String {
        let found = &loaded.found;
        let words = summary(found, DAYS);
        info!(hash = config.hash, "the file is in force: {words}");
        let listed = found.switches.iter().take(LISTED);
        let mut changes: Vec<String> = listed.map(difference).collect();
        if let more @ 1.. = found.switches.len() - changes.len() {
            changes.push(format!("and {more} more"));
        }
        for change in &changes {
            info!("changed: {change}");
        }
        for what in taken_up_at_a_start(&self.started, &config) {
            let words = format!("{what} is changed, which is taken up at the next start");
            warn!("{words}");
            changes.push(words);
        }
        let outcome = ReloadOutcome {
            accepted: true,
            hash: config.hash.clone(),
            summary: words.clone(),
            changes,
            diagnostics: String::new(),
        };
        self.in_force = config;
        answer(loaded.waiting, &outcome);
        words
    }

    /// The file is refused: the one before stays in force.
    pub fn refused(&self, loaded: Loaded, text: &str) {
        error!("the file is refused, the last good one stays in force:\n{text}");
        let outcome = ReloadOutcome {
            accepted: false,
            hash: self.in_force.hash.clone(),
            summary: "the file is refused, the last good one stays in force".to_owned(),
            changes: Vec::new(),
            diagnostics: text.to_owned(),
        };
        answer(loaded.waiting, &outcome);
    }

    /// Begins the load that was asked for meanwhile, and says whether there was one.
    pub fn next(&mut self, now: Instant) -> bool {
        let Some(waiting) = self.again.take() else {
            return false;
        };
        self.waiting = waiting;
        self.ask(None, now);
        true
    }
}

/// What differs of that which a daemon takes from the file only when it starts.
fn taken_up_at_a_start(started: &Config, now: &Config) -> impl Iterator<Item = &'static str> {
    let (daemon, is) = (&started.daemon, &now.daemon);
    let differing = [
        ("[api]", started.api != now.api),
        ("[web]", started.web != now.web),
        ("`audit`", daemon.audit != is.audit),
        ("`warm_up`", daemon.warm_up != is.warm_up),
    ];
    let differing = differing.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(what, _)| what)
}

fn answer(waiting: Vec<oneshot::Sender<ReloadOutcome>>, outcome: &ReloadOutcome) {
    for reply in waiting {
        if reply.send(outcome.clone()).is_err() {
            warn!("whoever asked for the reload has left");
        }
    }
}
