//! The end of a pass: what was settled, what drifted, what failed and when it is tried again.
//!
//! Owns what is remembered of a switch. Must not read or write the account.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::event::Telling;
use super::tracked::{Drift, Origin, Pending, PendingKind};
use super::{Engine, Event, NextSwitch};
use crate::clock::Clock;
use crate::contactnow::{ApiError, ErrorKind, PolicyApi};
use crate::domain::Instant;
use crate::domain::plan::{Due, Settled, Step, effective};
use crate::domain::policy::{LiveDefault, OnDrift, Uid};
use crate::store::{EventKind, Outcome, SwitchRow};

/// How long after a failure that will not pass by itself the next try leaves.
const HOPELESS_RETRY: TimeDelta = TimeDelta::minutes(1);

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// Looks at what is live after the writes, and settles or fails each.
    pub(super) fn conclude(
        &mut self,
        in_question: &[usize],
        results: &BTreeMap<usize, Result<(), ApiError>>,
        now: Instant,
    ) {
        let mut wanted_still = Vec::new();
        // What was settled and its row are kept together: neither stands without the other.
        self.keep_together();
        for &at in in_question {
            let Some((step, live)) = self.plan(at, now) else {
                self.fail_lost(at, results.get(&at));
                continue;
            };
            match step {
                Step::Adopt(due) => self.settle(at, due, live, now),
                Step::Keep => {
                    self.keep(at, now);
                    wanted_still.extend(self.tracked[at].uid);
                }
                Step::Drift => {
                    self.drift(at, live, now);
                    wanted_still.extend(self.tracked[at].uid);
                }
                Step::Switch(due) | Step::Restore(due) => match results.get(&at) {
                    Some(Err(error)) => self.fail(at, error, None),
                    Some(Ok(())) => {
                        let words = format!("accepted, but {live} was read back");
                        self.fail(at, &ApiError::new(ErrorKind::NotStored, words), None);
                    }
                    // Another hand changed it since it was made ready.
                    None => self.pend(at, due, kind_of(step), Some(live), now),
                },
            }
        }
        self.memory.advance(now, wanted_still);
        self.kept();
    }

    /// Keeps all that follows together, until [`Engine::kept`].
    pub(super) fn keep_together(&mut self) {
        self.memory.begin();
        self.untold = Some(Vec::new());
    }

    /// What came to its end is told once it is kept: whoever hears of it finds it in the history.
    pub(super) fn kept(&mut self) {
        self.memory.commit();
        for row in self.untold.take().unwrap_or_default() {
            self.emit(&Event::Ended(&row));
        }
    }

    /// What is wanted is live: remember it.
    fn settle(&mut self, at: usize, due: Due, live: LiveDefault, now: Instant) {
        self.end_drift(at, now);
        let old = self.tracked[at].pending.take();
        let pending = match old {
            Some(pending) if pending.is_for(due, PendingKind::Switch) => Some(pending),
            Some(other) => {
                self.supersede(other);
                None
            }
            None => None,
        };
        let read_back = self.clock.now();
        let (id, mut row) = match pending {
            Some(pending) => (pending.id, pending.row),
            None => {
                let one = &self.tracked[at];
                let row = one.row(
                    due,
                    Some(live.to_string()),
                    Outcome::AlreadyLive,
                    now,
                    &self.origin(),
                );
                (None, row)
            }
        };
        row.outcome = if row.tries > 0 {
            Outcome::Settled
        } else {
            Outcome::AlreadyLive
        };
        row.settled = Some(read_back);
        if let Some(uid) = self.tracked[at].uid {
            self.remember(uid, &row, now);
        }
        self.end(id, row);
    }

    /// What a row says is settled. Where the clock was set back what was wanted until later is not
    /// wanted anew when that time comes again.
    fn remember(&mut self, uid: Uid, row: &SwitchRow, now: Instant) {
        let seen = effective(self.memory.settled(Some(uid)), now);
        let settled = Settled {
            action: row.to,
            due: row.due,
            as_of: seen.max(row.due),
        };
        self.memory.settle(uid, settled);
    }

    /// The settled value is wanted and live.
    fn keep(&mut self, at: usize, now: Instant) {
        self.end_drift(at, now);
        match self.tracked[at].pending.take() {
            Some(mut pending) if pending.kind == PendingKind::Restore && pending.row.tries > 0 => {
                pending.row.outcome = Outcome::Restored;
                pending.row.settled = Some(self.clock.now());
                self.end(pending.id, pending.row);
            }
            Some(pending) => self.supersede(pending),
            None => {}
        }
    }

    /// The settled value is wanted, another one is live, and it stands.
    fn drift(&mut self, at: usize, live: LiveDefault, now: Instant) {
        if let Some(pending) = self.tracked[at].pending.take() {
            self.supersede(pending);
        }
        self.note_drift(at, &live, now);
    }

    /// Records a drift once, whether it stands or is written back.
    pub(super) fn note_drift(&mut self, at: usize, live: &LiveDefault, now: Instant) {
        let one = &mut self.tracked[at];
        let Some((uid, settled)) = one
            .uid
            .and_then(|uid| Some((uid, *self.memory.settled(Some(uid))?)))
        else {
            return;
        };
        let ignored = one.policy.on_drift == OnDrift::Ignore || self.memory.is_assumed(uid);
        let is_known = one.drift.as_ref().is_some_and(|drift| drift.live == *live);
        if ignored || is_known {
            return;
        }
        let policy = one.policy.name.clone();
        one.drift = Some(Drift {
            live: live.clone(),
            since: now,
        });
        self.memory
            .drift_seen(uid, &policy, live, settled.action, now);
        let words = format!("found {live}, settled is {}", settled.action);
        self.memory
            .event(now, EventKind::Drift, Some(&policy), &words);
        self.emit(&Event::Drifted {
            policy: &policy,
            uid,
            live,
            settled: settled.action,
        });
    }

    fn end_drift(&mut self, at: usize, now: Instant) {
        let one = &mut self.tracked[at];
        if let (Some(_), Some(uid)) = (one.drift.take(), one.uid) {
            let policy = one.policy.name.clone();
            self.memory.drift_ended(uid, now);
            self.memory
                .event(now, EventKind::DriftEnded, Some(&policy), "drift ended");
            self.emit(&Event::DriftEnded {
                policy: &policy,
                uid,
            });
        }
    }

    /// In a dry run: what would be written counts as settled, and is only recorded.
    pub(super) fn assume(&mut self, at: usize, due: Due, live: LiveDefault, now: Instant) {
        // A row that waited for the account is this one.
        let id = (self.tracked[at].pending.take()).and_then(|pending| pending.id);
        let one = &self.tracked[at];
        let row = one.row(
            due,
            Some(live.to_string()),
            Outcome::DryRun,
            now,
            &self.origin(),
        );
        if let Some(uid) = one.uid {
            self.remember(uid, &row, now);
        }
        self.end(id, row);
    }

    pub(super) fn pend(
        &mut self,
        at: usize,
        due: Due,
        kind: PendingKind,
        from: Option<LiveDefault>,
        now: Instant,
    ) {
        let from = from.map(|live| live.to_string());
        let origin = Origin {
            file_hash: &self.config.hash,
            zone_version: &self.config.zone_data.version,
            seed: self.settings.seed,
        };
        if let Some(replaced) = self.tracked[at].pend(due, kind, from, now, &origin) {
            self.supersede(replaced);
        }
    }

    pub(super) fn supersede(&mut self, mut pending: Pending) {
        pending.row.outcome = Outcome::Superseded;
        self.end(pending.id, pending.row);
    }

    /// The pending switch was not settled: record why, and when the next try leaves.
    pub(super) fn fail(&mut self, at: usize, error: &ApiError, retry_at: Option<Instant>) {
        let now = self.clock.now();
        let Some(mut pending) = self.tracked[at].pending.take() else {
            return;
        };
        pending.retry_at = match retry_at {
            Some(retry_at) => retry_at,
            None => now + delay(pending.backoff.next_delay(error)),
        };
        let telling = match (&pending.row.error, retry_at) {
            (None, _) => Telling::First,
            (Some(_), None) => Telling::Again,
            (Some(_), Some(_)) => Telling::WithOthers,
        };
        pending.row.error = Some(format!("{}: {error}", error.kind.as_str()));
        pending.row.outcome = Outcome::Failed;
        pending.id = self.memory.save(pending.id, &pending.row);
        self.emit(&Event::Failing {
            row: &pending.row,
            retry_at: pending.retry_at,
            telling,
            transient: error.kind.is_transient(),
        });
        self.tracked[at].pending = Some(pending);
    }

    /// What was under way for a policy that is not there, or no more: it is looked for again later.
    fn fail_lost(&mut self, at: usize, result: Option<&Result<(), ApiError>>) {
        let Some(lost) = &self.tracked[at].lost else {
            return;
        };
        let error = match result {
            Some(Err(error)) => error.clone(),
            _ => ApiError::new(ErrorKind::Rejected, lost.to_string()),
        };
        let retry_at = self.clock.now() + HOPELESS_RETRY;
        self.fail(at, &error, Some(retry_at));
    }

    pub(super) fn end(&mut self, id: Option<crate::store::RowId>, row: SwitchRow) {
        self.memory.save(id, &row);
        self.ended(row);
    }

    /// Tells of a row that came to its end.
    pub(super) fn ended(&mut self, row: SwitchRow) {
        match &mut self.untold {
            Some(untold) => untold.push(row),
            None => self.emit(&Event::Ended(&row)),
        }
    }

    pub(super) fn origin(&self) -> Origin<'_> {
        Origin {
            file_hash: &self.config.hash,
            zone_version: &self.config.zone_data.version,
            seed: self.settings.seed,
        }
    }

    pub(super) fn emit_passed(&mut self, now: Instant) {
        let next = self.tracked.iter().filter_map(|one| Some((one.next?, one)));
        let next = next.min_by_key(|(at, _)| *at).map(|(at, one)| {
            let to = one.timeline.state_at(at).action;
            let local = one.timeline.schedule().zone().local(at);
            (one.policy.name.clone(), at, to, local)
        });
        let failing = self.tracked.iter().filter(|one| one.is_failing()).count();
        let again_at = self.next_pass().0;
        self.emit(&Event::Passed {
            at: now,
            next: next.as_ref().map(|(policy, at, to, local)| NextSwitch {
                at: *at,
                local: *local,
                policy,
                to: *to,
            }),
            failing,
            again_at,
        });
    }
}

pub(super) fn kind_of(step: Step) -> PendingKind {
    match step {
        Step::Restore(_) => PendingKind::Restore,
        Step::Switch(_) | Step::Keep | Step::Adopt(_) | Step::Drift => PendingKind::Switch,
    }
}

pub(super) fn delay(delay: Option<std::time::Duration>) -> TimeDelta {
    delay
        .and_then(|delay| TimeDelta::from_std(delay).ok())
        .unwrap_or(HOPELESS_RETRY)
}
