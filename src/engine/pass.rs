//! One pass: evaluate, plan, apply or dry-run, verify, record.
//!
//! Each step of it is a level, so a pass that was cut off anywhere is made up for by the next one.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::settle::{delay, kind_of};
use super::tracked::PendingKind;
use super::{Engine, Event, Mode};
use crate::clock::Clock;
use crate::contactnow::retry::Backoff;
use crate::contactnow::{ApiError, ErrorKind, PolicyApi, Update};
use crate::domain::Instant;
use crate::domain::account::Account;
use crate::domain::plan::{self, Due, Step};
use crate::domain::policy::{LiveDefault, OnDrift, Uid};
use crate::store::Outcome;

/// How much a pass looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Every policy, and the account anew.
    Everything,
    /// What is due, by the account as it was made ready.
    Due,
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// Brings every policy in question to what is wanted now, as far as that can be done at once.
    pub(super) async fn pass(&mut self, look: Look) {
        if !self.trusts_the_clock().await {
            self.report_trouble();
            self.publish(&[]);
            return;
        }
        // A look at everything that failed is owed still.
        let look = match self.look_again_at {
            Some(_) => Look::Everything,
            None => look,
        };
        let now = self.clock.now();
        let in_question: Vec<usize> = (0..self.tracked.len())
            .filter(|at| look == Look::Everything || self.tracked[*at].is_due(now))
            .collect();
        for &at in &in_question {
            let one = &mut self.tracked[at];
            one.look(self.memory.settled(one.uid), now);
        }
        self.list_missed(&in_question, now);
        let ready = look == Look::Due && self.account_is_ready(now);
        if !in_question.is_empty() && (ready || self.read(None, &in_question, now).await) {
            let found = self.identify(&in_question, now);
            self.list_missed(&found, now);
            let writes = self.begin(&in_question, now);
            let mut results = self.write(&writes, self.settings.batch).await;
            let mut verified = if ready || !writes.is_empty() {
                self.verify(&in_question, &writes, &results, now).await
            } else {
                true
            };
            let alone = self.left_by_batches(&writes);
            if verified && !alone.is_empty() {
                results.extend(self.write(&alone, 1).await);
                verified = self.verify(&in_question, &alone, &results, now).await;
            }
            if verified {
                self.conclude(&in_question, &results, now);
            }
        }
        self.report_trouble();
        self.emit_passed(now);
        self.publish(&in_question);
    }

    /// Makes the token, the connection and the live values ready for a boundary.
    pub(super) async fn warm_up(&mut self) {
        let asked_at = self.clock.now();
        if let Ok(policies) = self.api.read(None, asked_at).await {
            self.account = Account::new(policies);
            self.account_read_at = Some(self.clock.now());
        }
    }

    fn account_is_ready(&self, now: Instant) -> bool {
        let fresh = self.settings.warm_up * 2;
        self.account_read_at
            .is_some_and(|at| (now - at).abs() <= fresh)
    }

    /// Boundaries that passed while nobody was there, the last one of each policy excepted: that
    /// one is made up for.
    fn list_missed(&mut self, in_question: &[usize], now: Instant) {
        let mut rows = Vec::new();
        for &at in in_question {
            let one = &self.tracked[at];
            let Some(settled) = self.memory.settled(one.uid) else {
                continue;
            };
            let missed: Vec<_> = plan::missed(&one.timeline, settled, now)
                .filter(|change| change.at > one.listed)
                .map(|change| (change.at, change.from, change.to))
                .collect();
            let Some(((last, ..), gone)) = missed.split_last() else {
                continue;
            };
            for (boundary, from, to) in gone {
                let due = Due {
                    action: *to,
                    boundary: Some(*boundary),
                };
                let from = Some(from.to_string());
                rows.push(one.row(due, from, Outcome::Missed, now, &self.origin()));
            }
            self.tracked[at].listed = *last;
        }
        if rows.is_empty() {
            return;
        }
        self.keep_together();
        for row in rows {
            // A run that ended before it was made up for may have listed it already.
            if self.memory.save_missed(&row) {
                self.ended(row);
            }
        }
        self.kept();
    }

    /// Reads the account, or one policy of it. On failure whatever is due is failing, and
    /// everything is looked at again later.
    async fn read(&mut self, which: Option<Uid>, in_question: &[usize], now: Instant) -> bool {
        let answer = self.api.read(which, self.clock.now()).await;
        self.progress.made();
        match answer {
            Ok(policies) => {
                match which {
                    None => self.account = Account::new(policies),
                    Some(uid) => self.account.replace(uid, policies),
                }
                self.account_read_at = Some(self.clock.now());
                self.read_error = None;
                self.unread_since = None;
                if self.look_again_at.take().is_some() {
                    self.read_backoff = Backoff::new(self.settings.seed);
                    self.emit(&Event::ReadAgain);
                }
                true
            }
            Err(error) => {
                let delay = delay(self.read_backoff.next_delay(&error));
                let retry_at = self.clock.now() + delay;
                self.look_again_at = Some(retry_at);
                self.account_read_at = None;
                self.read_error = Some(error.to_string());
                self.unread_since.get_or_insert(now);
                self.emit(&Event::ReadFailed {
                    error: &error,
                    retry_at,
                });
                for &at in in_question {
                    self.fail_unread(at, &error, retry_at, now);
                }
                false
            }
        }
    }

    /// A switch that is due although nobody knows what is live.
    fn fail_unread(&mut self, at: usize, error: &ApiError, retry_at: Instant, now: Instant) {
        let one = &self.tracked[at];
        let due = plan::new_switch(&one.timeline, self.memory.settled(one.uid), now);
        if let (Some(due), Some(_)) = (due, one.uid) {
            self.pend(at, due, PendingKind::Switch, None, now);
        }
        self.fail(at, error, Some(retry_at));
    }

    /// Learns the ids of policies that the file names by description; those newly found are returned.
    fn identify(&mut self, in_question: &[usize], now: Instant) -> Vec<usize> {
        let mut found = Vec::new();
        for &at in in_question {
            let one = &mut self.tracked[at];
            if let Ok(live) = self.account.find(&one.policy.selector)
                && one.uid != Some(live.uid)
            {
                one.uid = Some(live.uid);
                one.drift = self.memory.open_drift(live.uid);
                one.look(self.memory.settled(one.uid), now);
                found.push(at);
            }
        }
        found
    }

    /// Plans every policy in question; what is to be written is returned.
    fn begin(&mut self, in_question: &[usize], now: Instant) -> Vec<usize> {
        let mut writes = Vec::new();
        for &at in in_question {
            let Some((step, live)) = self.plan(at, now) else {
                continue;
            };
            let (Step::Switch(due) | Step::Restore(due)) = step else {
                continue;
            };
            if self.settings.mode == Mode::DryRun {
                self.assume(at, due, live, now);
                continue;
            }
            if kind_of(step) == PendingKind::Restore {
                self.note_drift(at, &live, now);
            }
            self.pend(at, due, kind_of(step), Some(live), now);
            let pending = self.tracked[at].pending.as_ref();
            if pending.is_some_and(|pending| pending.retry_at <= now) {
                writes.push(at);
            }
        }
        writes
    }

    /// The step for one policy, and its live value; `None` where it is not in the account.
    pub(super) fn plan(&mut self, at: usize, now: Instant) -> Option<(Step, LiveDefault)> {
        let one = &mut self.tracked[at];
        match self.account.find(&one.policy.selector) {
            Ok(live) => {
                one.lost = None;
                let settled = self.memory.settled(one.uid);
                let on_drift = match self.settings.mode {
                    Mode::Live => one.policy.on_drift,
                    Mode::DryRun => OnDrift::Report,
                };
                let step = plan::step(&one.timeline, &live.default, settled, on_drift, now);
                Some((step, live.default.clone()))
            }
            Err(error) => {
                if one.lost.as_ref() != Some(&error) {
                    one.lost = Some(error.clone());
                    let policy = one.policy.name.clone();
                    self.emit(&Event::Lost {
                        policy: &policy,
                        error: &error,
                    });
                }
                None
            }
        }
    }

    /// Sends the writes in batches, all at once; the client bounds how many are under way.
    async fn write(
        &mut self,
        writes: &[usize],
        batch: usize,
    ) -> BTreeMap<usize, Result<(), ApiError>> {
        let sent = self.clock.now();
        let mut updates = Vec::with_capacity(writes.len());
        for &at in writes {
            let one = &mut self.tracked[at];
            let live = one.uid.and_then(|uid| self.account.policy(uid));
            let (Some(pending), Some(live)) = (&mut one.pending, live) else {
                continue;
            };
            pending.row.tries += 1;
            pending.row.sent.get_or_insert(sent);
            let update = Update {
                uid: live.uid,
                description: live.description.clone(),
                action: pending.row.to,
            };
            updates.push((at, update));
        }
        let (api, progress) = (&self.api, &self.progress);
        let requests = updates.chunks(batch.max(1)).map(|batch| async move {
            let records: Vec<Update> = batch.iter().map(|(_, update)| update.clone()).collect();
            let result = api.update(&records, sent).await;
            progress.made();
            batch
                .iter()
                .map(move |(at, _)| (*at, result.clone()))
                .collect::<Vec<_>>()
        });
        join_all(requests).await.into_iter().flatten().collect()
    }

    /// Those written in company of which the account, read back, says that they are not in place:
    /// one bad record must not hold up the others of its batch, nor hide which one it is.
    fn left_by_batches(&self, writes: &[usize]) -> Vec<usize> {
        let batches = writes.chunks(self.settings.batch.max(1));
        let in_company = batches.filter(|batch| batch.len() > 1).flatten().copied();
        let is_left = |at: &usize| {
            let one = &self.tracked[*at];
            let live = one.uid.and_then(|uid| self.account.policy(uid));
            let pending = one.pending.as_ref();
            live.zip(pending)
                .is_some_and(|(live, pending)| !live.default.is(pending.row.to))
        };
        in_company.filter(is_left).collect()
    }

    /// Reads back what was written: a write is not done until then.
    async fn verify(
        &mut self,
        in_question: &[usize],
        writes: &[usize],
        results: &BTreeMap<usize, Result<(), ApiError>>,
        now: Instant,
    ) -> bool {
        let which = match in_question {
            [one] => self.tracked[*one].uid,
            _ => None,
        };
        if self.read(which, &[], now).await {
            return true;
        }
        let retry_at = self.look_again_at;
        for &at in writes {
            let error = match results.get(&at) {
                Some(Err(error)) => error.clone(),
                _ => ApiError::new(ErrorKind::Unreachable, "written, but not read back"),
            };
            self.fail(at, &error, retry_at);
        }
        false
    }
}
