//! The loop and one pass: evaluate, plan, apply or dry-run, verify, record.
//!
//! Owns when the account is read and written, and when to try again. Level, not edge: start,
//! reload, a resume, a clock step and a missed trigger all take one path, the pass. Must not know
//! signals, sockets or how anything is shown.

mod event;
mod holds;
mod manual;
mod memory;
mod once;
mod pass;
mod pulse;
mod run;
mod settle;
mod status;
mod tracked;
mod trust;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::contactnow::PolicyApi;
use crate::contactnow::retry::Backoff;
use crate::domain::Instant;
use crate::domain::account::Account;
use crate::domain::plan;
use crate::domain::policy::{Policy, Selector, Uid};
use crate::store::{Outcome, Store, SwitchRow};

pub use event::{Event, NextSwitch, Telling};
pub use holds::{ClearOrder, Held, HoldError, HoldOrder};
pub use manual::ManualSwitch;
pub use once::{NotAsWanted, OnceReport};
pub use pulse::Beat;
pub use run::Command;
pub use status::{Pending, PolicyStatus, Snapshot, Wanted};

use memory::Memory;
use pulse::{Progress, Pulse};
use tracked::Tracked;
use trust::Trust;

/// Everything that one owner task needs to keep policies as they should be.
pub struct Engine<C, A> {
    clock: Arc<C>,
    api: Arc<A>,
    memory: Memory,
    config: Arc<Config>,
    tracked: Vec<Tracked>,
    settings: Settings,
    observer: Observer,
    /// The account as it was last read, and when.
    account: Account,
    account_read_at: Option<Instant>,
    /// When the account is read again after a read that failed.
    look_again_at: Option<Instant>,
    read_backoff: Backoff,
    /// The boundary that all was last made ready for.
    warmed_for: Option<Instant>,
    /// What came to its end and is not on the disk yet.
    untold: Option<Vec<SwitchRow>>,
    /// Why the account could not be read the last time.
    read_error: Option<String>,
    /// Since when it could not be read.
    unread_since: Option<Instant>,
    /// Holds of policies that the file does not have.
    stray: Vec<Held>,
    published: watch::Sender<Option<Arc<Snapshot>>>,
    trust: Trust,
    progress: Progress,
    pulse: Pulse,
}

/// Who is told of everything that happens. It must be quick.
pub type Observer = Box<dyn FnMut(&Event<'_>) + Send>;

/// How the engine goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether it writes.
    pub mode: Mode,
    /// How long before a switch the token, the connection and the live values are made ready, on
    /// the engine's clock.
    pub warm_up: TimeDelta,
    /// How long requests under way may take once a stop was asked for, in real time.
    pub stop_grace: Duration,
    /// Records in one update.
    pub batch: usize,
    /// Where the retry delays' jitter starts.
    pub seed: u64,
}

/// Whether the engine writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It switches.
    Live,
    /// The same path, stopped before the write.
    DryRun,
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// An engine that has not looked at anything yet. What was settled comes from the store.
    pub fn new(
        clock: Arc<C>,
        api: Arc<A>,
        store: Store,
        config: Arc<Config>,
        settings: Settings,
        observer: Observer,
    ) -> Engine<C, A> {
        let mut engine = Engine {
            clock,
            api,
            memory: Memory::new(store, settings.mode),
            config: Arc::clone(&config),
            tracked: Vec::new(),
            settings,
            observer,
            account: Account::default(),
            account_read_at: None,
            look_again_at: None,
            read_backoff: Backoff::new(settings.seed),
            warmed_for: None,
            untold: None,
            read_error: None,
            unread_since: None,
            stray: Vec::new(),
            published: watch::Sender::new(None),
            trust: Trust::Unasked,
            progress: Progress::default(),
            pulse: Pulse::default(),
        };
        engine.track(config);
        engine
    }

    /// Has the loop give a sign of life this often, while it makes progress.
    pub fn beat(&mut self, every: Duration, beat: Beat) {
        self.pulse = Pulse::new(every, beat, self.progress.clone());
    }

    /// The store, for whoever shares the engine's task.
    pub fn store(&mut self) -> &mut Store {
        self.memory.store()
    }

    /// Puts another file in force. What was settled is found to have been wanted until now, so
    /// that an edit which does not change what is wanted now writes nothing. A policy that is new in
    /// the file is looked at as if for the first time, whatever was settled for it long ago.
    pub fn reload(&mut self, config: Arc<Config>) {
        let now = self.clock.now();
        let unhurried = self.tracked.iter().filter(|one| {
            let settled = self.memory.settled(one.uid);
            plan::new_switch(&one.timeline, settled, now).is_none()
        });
        let uids = unhurried.filter_map(|one| one.uid).collect();
        self.memory.advance(now, uids);
        for policy in &config.policies {
            let uid = self.find(policy);
            let is_driven = |one: &Tracked| one.policy.name == policy.name || one.uid == uid;
            if !self.tracked.iter().any(is_driven) {
                self.memory.forget(uid);
            }
        }
        self.report_trouble();
        self.track(config);
        for one in &mut self.tracked {
            // Nobody missed what a file would have switched before it was in force.
            one.listed = one.listed.max(now);
        }
    }

    /// The record that answers to a policy, by the account as it was last read.
    fn find(&self, policy: &Policy) -> Option<Uid> {
        match policy.selector {
            Selector::Uid(uid) => Some(uid),
            Selector::Description(_) => {
                (self.account.find(&policy.selector).ok()).map(|live| live.uid)
            }
        }
    }

    fn track(&mut self, config: Arc<Config>) {
        let now = self.clock.now();
        let mut holds = self.memory.holds(now);
        let before = std::mem::take(&mut self.tracked).into_iter();
        let mut before: HashMap<String, Tracked> =
            before.map(|one| (one.policy.name.clone(), one)).collect();
        let mut abandoned = Vec::new();
        for policy in &config.policies {
            let holds = holds.remove(&policy.name).unwrap_or_default();
            let mut one = Tracked::new(policy.clone(), holds);
            let found = self.find(policy);
            if let Some(old) = before.remove(&policy.name) {
                let left = one.take_over(old, found);
                abandoned.extend(left);
            } else if let Some((id, row)) = self.memory.take_unfinished(&policy.name) {
                let settled = self.memory.settled(row.uid);
                one.resume((id, row), settled, now, self.settings.seed);
            }
            one.drift = one.uid.and_then(|uid| self.memory.open_drift(uid));
            self.tracked.push(one);
        }
        abandoned.extend(before.into_values().filter_map(|one| one.pending));
        for gone in abandoned {
            self.supersede(gone);
        }
        for (id, mut row) in self.memory.take_abandoned() {
            row.outcome = Outcome::Superseded;
            self.end(Some(id), row);
        }
        self.stray_holds(holds, now);
        self.config = config;
        self.report_trouble();
    }

    fn emit(&mut self, event: &Event<'_>) {
        event.log();
        (self.observer)(event);
    }

    /// Tells what went wrong with the store since the last time.
    fn report_trouble(&mut self) {
        for error in self.memory.take_trouble() {
            self.emit(&Event::StoreFailed { error: &error });
        }
    }
}
