//! What happens in the engine, told once to the log and once to whoever observes it.
//!
//! Owns the words of the log. Must not know who listens.

use chrono::SecondsFormat;
use tracing::{debug, error, info, warn};

use super::Held;
use crate::contactnow::ApiError;
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::{LiveDefault, SelectError, Uid};
use crate::store::{Outcome, SwitchRow};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A switch came to its end: settled, live already, dry run, restored, missed or superseded.
    Ended(&'a SwitchRow),
    /// A switch is not settled; it is tried again at this time.
    Failing {
        /// The switch so far.
        row: &'a SwitchRow,
        /// When the next try leaves.
        retry_at: Instant,
        /// Whether it is told for the first time, again, or with all others that wait for the account.
        telling: Telling,
        /// Whether trying again can be expected to help.
        transient: bool,
    },
    /// The account could not be read; it is read again at this time.
    ReadFailed {
        /// Why.
        error: &'a ApiError,
        /// When it is read again.
        retry_at: Instant,
    },
    /// The account can be read again.
    ReadAgain,
    /// No live policy, or more than one, answers to a policy of the file.
    Lost {
        /// The policy's name in the file.
        policy: &'a str,
        /// Which of the two.
        error: &'a SelectError,
    },
    /// The live value is not the settled one, and nobody switched it here.
    Drifted {
        /// The policy's name in the file.
        policy: &'a str,
        /// Its id.
        uid: Uid,
        /// What was read.
        live: &'a LiveDefault,
        /// What was settled.
        settled: Action,
    },
    /// The live value is the settled one again, or a switch took its place.
    DriftEnded {
        /// The policy's name in the file.
        policy: &'a str,
        /// Its id.
        uid: Uid,
    },
    /// A hold was set.
    HoldSet(&'a Held),
    /// A hold was cleared before its end.
    HoldCleared {
        /// The policy's name.
        policy: &'a str,
        /// Who cleared it.
        by: &'a str,
    },
    /// A hold stands for a policy that the file does not have: it is kept, and does nothing.
    HoldWithoutPolicy(&'a Held),
    /// The store could not keep something. Switching goes on.
    StoreFailed {
        /// Why.
        error: &'a crate::store::StoreError,
    },
    /// The clock was set, or the machine resumed: everything is looked at again.
    ClockSet,
    /// The clock shows less than what was already recorded, and nobody confirms it: nothing is
    /// switched.
    ClockDoubted {
        /// What it shows, and what it should.
        words: &'a str,
    },
    /// The clock is right after all, and switching goes on.
    ClockAccepted {
        /// Why it is taken for right.
        words: &'a str,
    },
    /// A pass is over.
    Passed {
        /// When it began.
        at: Instant,
        /// The next switch of all.
        next: Option<NextSwitch<'a>>,
        /// How many policies are not settled as they should be.
        failing: usize,
        /// When the next pass is due, a switch or another try.
        again_at: Instant,
    },
}

/// How a failing switch is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Its first failure.
    First,
    /// A further write that did not settle it.
    Again,
    /// The account could not be read, which is told once for all.
    WithOthers,
}

/// The next switch of all policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextSwitch<'a> {
    /// When.
    pub at: Instant,
    /// The same, as the wall clock of its schedule will show it.
    pub local: chrono::DateTime<chrono::FixedOffset>,
    /// The first policy that switches then.
    pub policy: &'a str,
    /// What it switches to.
    pub to: Action,
}

impl Event<'_> {
    pub(super) fn log(&self) {
        match self {
            Event::Ended(row) => log_ended(row),
            Event::Failing {
                row,
                retry_at,
                telling,
                transient,
            } => log_failing(row, *retry_at, *telling, *transient),
            Event::ReadFailed { error, retry_at } => warn!(
                kind = error.kind.as_str(),
                retry_at = %time(*retry_at),
                "the account cannot be read: {error}"
            ),
            Event::ReadAgain => info!("the account can be read again"),
            Event::Lost { policy, error } => error!(policy, "cannot switch it: {error}"),
            Event::Drifted {
                policy,
                uid,
                live,
                settled,
            } => warn!(policy, %uid, %live, %settled, "drift: changed by another hand"),
            Event::DriftEnded { policy, uid } => info!(policy, %uid, "drift ended"),
            Event::HoldSet(held) => info!(policy = held.policy, "hold set: {held}"),
            Event::HoldCleared { policy, by } => info!(policy, by, "hold cleared"),
            Event::HoldWithoutPolicy(held) => warn!(
                policy = held.policy,
                "the file has no such policy; its hold is kept, and does nothing: {held}"
            ),
            Event::StoreFailed { error } => error!("the store failed, switching goes on: {error}"),
            Event::ClockSet => info!("the clock was set, or the machine resumed: looking again"),
            Event::ClockDoubted { words } => error!("NOTHING IS SWITCHED: {words}"),
            Event::ClockAccepted { words } => warn!("the clock is accepted: {words}"),
            Event::Passed { next, failing, .. } => match next {
                Some(next) => debug!(
                    next = %time(next.at),
                    policy = next.policy,
                    to = %next.to,
                    failing,
                    "pass done"
                ),
                None => debug!(failing, "pass done, no switch will come"),
            },
        }
    }
}

fn log_ended(row: &SwitchRow) {
    let from = row.from.as_deref().unwrap_or("?");
    let rule = format!("{} {:?}", row.rule_kind, row.rule_name);
    let (policy, to, tries) = (&row.policy, row.to, row.tries);
    let due = time(row.due);
    let line = row.rule_line;
    match row.outcome {
        Outcome::Settled => {
            let late_ms = row.settled.map(|at| (at - row.due).num_milliseconds());
            info!(policy, from, %to, %due, rule, line, tries, late_ms, "switched");
        }
        Outcome::Restored => warn!(policy, from, %to, tries, "restored after drift"),
        Outcome::AlreadyLive => info!(policy, %to, %due, rule, line, "already as wanted"),
        Outcome::DryRun => info!(policy, from, %to, %due, rule, line, "would switch (dry run)"),
        Outcome::Missed => warn!(policy, from, %to, %due, rule, line, "missed"),
        Outcome::Superseded => {
            let error = row.error.as_deref();
            error!(policy, from, %to, %due, tries, error, "never settled: a later switch is due");
        }
        Outcome::Failed => error!(policy, from, %to, %due, tries, error = row.error, "failed"),
    }
}

fn log_failing(row: &SwitchRow, retry_at: Instant, telling: Telling, transient: bool) {
    let (policy, to, tries) = (&row.policy, row.to, row.tries);
    let (due, retry_at) = (time(row.due), time(retry_at));
    let error = row.error.as_deref().unwrap_or("unknown");
    if telling == Telling::WithOthers {
        debug!(policy, %to, %due, tries, retry_at, "not switched yet: {error}");
    } else if transient && tries < 3 {
        warn!(policy, %to, %due, tries, retry_at, "not switched yet: {error}");
    } else {
        error!(policy, %to, %due, tries, retry_at, "NOT SWITCHED: {error}");
    }
}

fn time(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
