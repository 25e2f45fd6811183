//! How everything stands after a pass, as plain data for whoever looks.
//!
//! Made after the pass, never before a write; of each policy only what the pass looked at is found
//! out anew. Must not know who looks.

use std::sync::Arc;

use tokio::sync::watch;

use super::tracked::{Drift, PendingKind, Tracked};
use super::{Engine, Held, Mode};
use crate::clock::Clock;
use crate::config::Config;
use crate::contactnow::PolicyApi;
use crate::domain::action::Action;
use crate::domain::plan::{Settled, effective};
use crate::domain::policy::{Hold, LiveDefault, Uid};
use crate::domain::schedule::Schedule;
use crate::domain::timeline::{Change, Reason, ReasonKind, Timeline};
use crate::domain::{Instant, Line};

/// How everything stands after a pass.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When the pass ended.
    pub at: Instant,
    /// When the next one is due.
    pub next_pass_at: Instant,
    /// Whether the engine writes.
    pub mode: Mode,
    /// The file in force.
    pub config: Arc<Config>,
    /// When the account was last read; `None` where the last try failed.
    pub account_read_at: Option<Instant>,
    /// Why it could not be read.
    pub read_error: Option<String>,
    /// When the first of the tries that failed in a row was made; `None` beside an error where the
    /// account is not even asked, because the clock is doubted.
    pub unread_since: Option<Instant>,
    /// When the token in use ends, where that is known.
    pub token_expires: Option<Instant>,
    /// When it was first given.
    pub token_taken: Option<Instant>,
    /// How many policies are not settled as they should be.
    pub failing: usize,
    /// Every policy, in the order of the file.
    pub policies: Vec<Arc<PolicyStatus>>,
    /// Holds of policies that the file does not have.
    pub stray: Vec<Held>,
}

/// How one policy stands.
#[derive(Debug, Clone)]
pub struct PolicyStatus {
    /// Its name in the file.
    pub name: String,
    /// Its schedule, whose zone its times are shown in.
    pub schedule: Arc<Schedule>,
    /// Its id, once that is known.
    pub uid: Option<Uid>,
    /// What was last read, and when.
    pub live: Option<(LiveDefault, Instant)>,
    /// What is wanted.
    pub wanted: Wanted,
    /// What was settled.
    pub settled: Option<Settled>,
    /// The next switch.
    pub next: Option<Wanted>,
    /// The hold that stands.
    pub hold: Option<Hold>,
    /// The live value that differs from the settled one, and when that was first seen.
    pub drift: Option<(LiveDefault, Instant)>,
    /// The switch that is due and not settled.
    pub pending: Option<Pending>,
    /// Why it is not found in the account.
    pub lost: Option<String>,
}

/// An action that is or will be wanted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The action.
    pub action: Action,
    /// When it began or begins; `None` where it has always held.
    pub at: Option<Instant>,
    /// The kind of rule.
    pub kind: ReasonKind,
    /// The rule's name.
    pub rule: String,
    /// Its line in the file.
    pub line: Option<Line>,
}

/// A switch that is due and not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What is to be written.
    pub to: Action,
    /// The boundary it was due at.
    pub due: Instant,
    /// Writes that were sent.
    pub tries: u32,
    /// When the next one leaves.
    pub retry_at: Instant,
    /// The last error.
    pub error: Option<String>,
    /// Whether it writes a drifted value back.
    pub restores: bool,
}

impl Wanted {
    /// What is wanted at an instant, and since when.
    pub fn at(timeline: &Timeline, at: Instant) -> Wanted {
        let state = timeline.state_at(at);
        let since = timeline.since(at).map(|change| change.at);
        Wanted::new(state.action, since, state.reason)
    }

    /// What a change leads to.
    pub fn by(change: &Change<'_>) -> Wanted {
        Wanted::new(change.to, Some(change.at), change.reason)
    }

    fn new(action: Action, at: Option<Instant>, reason: Reason<'_>) -> Wanted {
        Wanted {
            action,
            at,
            kind: reason.kind,
            rule: reason.name.to_owned(),
            line: reason.line,
        }
    }
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// How everything stands after each pass; nothing before the first one.
    pub fn watch(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.published.subscribe()
    }

    /// Tells whoever looks how everything stands after a pass over these policies.
    pub(super) fn publish(&mut self, in_question: &[usize]) {
        if self.published.receiver_count() == 0 {
            for &at in in_question {
                self.tracked[at].shown = None;
            }
            return;
        }
        let now = self.clock.now();
        for &at in in_question {
            self.show(at, now);
        }
        for at in 0..self.tracked.len() {
            if self.tracked[at].shown.is_none() {
                self.show(at, now);
            }
        }
        let shown = self.tracked.iter().filter_map(|one| one.shown.clone());
        let snapshot = Snapshot {
            at: now,
            next_pass_at: self.next_pass().0,
            mode: self.settings.mode,
            config: Arc::clone(&self.config),
            account_read_at: self.account_read_at,
            read_error: self.read_error.clone(),
            unread_since: self.unread_since,
            token_expires: self.api.token_expires(),
            token_taken: self.api.token_taken(),
            failing: self.tracked.iter().filter(|one| one.is_failing()).count(),
            policies: shown.collect(),
            stray: self.stray.clone(),
        };
        self.published.send_replace(Some(Arc::new(snapshot)));
    }

    /// Tells what was ordered between two passes before it is answered, so that whoever asks next
    /// finds it; the last pass stays the last one.
    pub(super) fn publish_order(&mut self) {
        let Some(last) = self.published.borrow().clone() else {
            return;
        };
        let now = self.clock.now();
        for at in 0..self.tracked.len() {
            if self.tracked[at].shown.is_none() {
                self.show(at, now);
            }
        }
        let shown = self.tracked.iter().filter_map(|one| one.shown.clone());
        let snapshot = Snapshot {
            policies: shown.collect(),
            stray: self.stray.clone(),
            ..Snapshot::clone(&last)
        };
        self.published.send_replace(Some(Arc::new(snapshot)));
    }

    fn show(&mut self, at: usize, now: Instant) {
        let one = &self.tracked[at];
        let old = one.shown.as_deref();
        let live = match self.account_read_at {
            Some(read_at) => one
                .uid
                .and_then(|uid| self.account.policy(uid))
                .map(|live| (live.default.clone(), read_at)),
            None => old.and_then(|old| old.live.clone()),
        };
        let settled = self.memory.settled(one.uid).copied();
        let (wanted, next) = wanted(one, old, settled.as_ref(), now);
        let status = PolicyStatus {
            name: one.policy.name.clone(),
            schedule: Arc::clone(&one.policy.schedule),
            uid: one.uid,
            live,
            wanted,
            settled,
            next,
            hold: one.held(now).cloned(),
            drift: (one.drift.clone()).map(|Drift { live, since }| (live, since)),
            pending: one.pending.as_ref().map(|pending| Pending {
                to: pending.row.to,
                due: pending.row.due,
                tries: pending.row.tries,
                retry_at: pending.retry_at,
                error: pending.row.error.clone(),
                restores: pending.kind == PendingKind::Restore,
            }),
            lost: one.lost.as_ref().map(ToString::to_string),
        };
        self.tracked[at].shown = Some(Arc::new(status));
    }
}

/// What is wanted and what will be next: the same as before where the next boundary is the same.
fn wanted(
    one: &Tracked,
    old: Option<&PolicyStatus>,
    settled: Option<&Settled>,
    now: Instant,
) -> (Wanted, Option<Wanted>) {
    let is_current = |old: &&PolicyStatus| {
        one.next.is_some() && old.next.as_ref().and_then(|next| next.at) == one.next
    };
    match old.filter(is_current) {
        Some(old) => (old.wanted.clone(), old.next.clone()),
        None => {
            let at = effective(settled, now);
            let next = one.timeline.next_change(at);
            (Wanted::at(&one.timeline, at), next.as_ref().map(Wanted::by))
        }
    }
}
