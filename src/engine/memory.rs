//! What the engine remembers, in memory first and in the store as well.
//!
//! A store that fails does not stop the switching: its errors are kept until they are told. In a
//! dry run what would be settled is assumed here and never stored.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::Mode;
use super::holds::Held;
use super::tracked::Drift;
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::plan::Settled;
use crate::domain::policy::{Hold, LiveDefault, Uid};
use crate::store::{EventKind, RowId, Store, StoreError, SwitchRow};

/// Holds that ended longer ago than this explain nothing that is still to be made up for.
const OLDEST_HOLD: TimeDelta = TimeDelta::days(60);

pub(super) struct Memory {
    store: Store,
    mode: Mode,
    settled: HashMap<Uid, Settled>,
    /// Settled by a dry run only.
    assumed: HashSet<Uid>,
    open_drifts: HashMap<Uid, Drift>,
    /// By policy: what earlier runs left under way.
    unfinished: HashMap<String, Vec<(RowId, SwitchRow)>>,
    trouble: Vec<StoreError>,
}

impl Memory {
    pub fn new(store: Store, mode: Mode) -> Memory {
        let mut memory = Memory {
            store,
            mode,
            settled: HashMap::new(),
            assumed: HashSet::new(),
            open_drifts: HashMap::new(),
            unfinished: HashMap::new(),
            trouble: Vec::new(),
        };
        let settled = memory.store.settled();
        memory.settled = memory.kept(settled).unwrap_or_default();
        let drifts = memory.store.open_drifts();
        for drift in memory.kept(drifts).unwrap_or_default() {
            let (live, since) = (drift.live, drift.first_seen);
            memory.open_drifts.insert(drift.uid, Drift { live, since });
        }
        if mode == Mode::Live {
            let unfinished = memory.store.unfinished();
            for (id, row) in memory.kept(unfinished).unwrap_or_default() {
                let of_policy = memory.unfinished.entry(row.policy.clone()).or_default();
                of_policy.push((id, row));
            }
        }
        memory
    }

    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    pub fn settled(&self, uid: Option<Uid>) -> Option<&Settled> {
        self.settled.get(&uid?)
    }

    pub fn is_assumed(&self, uid: Uid) -> bool {
        self.assumed.contains(&uid)
    }

    /// What a row says is settled: both are kept, or neither.
    pub fn settle(&mut self, uid: Uid, settled: Settled, id: Option<RowId>, row: &SwitchRow) {
        if self.mode == Mode::DryRun {
            self.assume(uid, settled);
            self.save(id, row);
            return;
        }
        self.settled.insert(uid, settled);
        let result = self.store.settle_with_row(uid, &settled, id, row);
        self.kept(result);
    }

    /// In a dry run: this counts as settled, here and now.
    pub fn assume(&mut self, uid: Uid, settled: Settled) {
        self.settled.insert(uid, settled);
        self.assumed.insert(uid);
    }

    /// The switches of a policy that earlier runs left under way, the newest last. They are given
    /// out once.
    pub fn take_unfinished(&mut self, policy: &str) -> Vec<(RowId, SwitchRow)> {
        self.unfinished.remove(policy).unwrap_or_default()
    }

    /// Whether the history tells already what became of a boundary.
    pub fn is_recorded(&mut self, policy: &str, due: Instant) -> bool {
        let result = self.store.has_row(policy, due);
        self.kept(result).unwrap_or_default()
    }

    /// What these hold was found to be wanted still.
    pub fn advance(&mut self, as_of: Instant, uids: Vec<Uid>) {
        for uid in &uids {
            if let Some(settled) = self.settled.get_mut(uid) {
                settled.as_of = settled.as_of.max(as_of);
            }
        }
        if self.mode == Mode::Live && !uids.is_empty() {
            let result = self.store.advance(as_of, &uids);
            self.kept(result);
        }
    }

    /// Inserts a row, or writes the one again that has this id.
    pub fn save(&mut self, id: Option<RowId>, row: &SwitchRow) -> Option<RowId> {
        match id {
            None => {
                let result = self.store.record(row);
                self.kept(result)
            }
            Some(id) => {
                let result = self.store.update(id, row);
                self.kept(result);
                Some(id)
            }
        }
    }

    pub fn open_drift(&self, uid: Uid) -> Option<Drift> {
        self.open_drifts.get(&uid).cloned()
    }

    pub fn drift_seen(
        &mut self,
        uid: Uid,
        policy: &str,
        live: &LiveDefault,
        settled: Action,
        at: Instant,
    ) {
        let drift = Drift {
            live: live.clone(),
            since: at,
        };
        self.open_drifts.insert(uid, drift);
        if self.mode == Mode::DryRun {
            return;
        }
        let result = self.store.drift_seen(uid, policy, live, settled, at);
        self.kept(result);
    }

    pub fn drift_ended(&mut self, uid: Uid, at: Instant) {
        self.open_drifts.remove(&uid);
        if self.mode == Mode::DryRun {
            return;
        }
        let result = self.store.drift_ended(uid, at);
        self.kept(result);
    }

    /// The holds that stand, and those that ended since the oldest thing was settled, by policy:
    /// what was wanted meanwhile was wanted because of them. One that was cleared ended then.
    pub fn holds(&mut self, now: Instant) -> HashMap<String, Vec<Hold>> {
        let as_of = self.settled.values().map(|settled| settled.as_of);
        let oldest = as_of.chain([now]).min().unwrap_or(now);
        let result = self.store.holds_since(oldest.max(now - OLDEST_HOLD));
        let mut holds: HashMap<String, Vec<Hold>> = HashMap::new();
        for row in self.kept(result).unwrap_or_default() {
            let mut hold = row.hold;
            hold.until = hold.until.into_iter().chain(row.cleared).min();
            holds.entry(row.policy).or_default().push(hold);
        }
        holds
    }

    /// Sets holds: all or none, and unlike all else not where the store fails.
    pub fn set_holds(&mut self, holds: &[Held], at: Instant) -> Result<(), StoreError> {
        let pairs = holds.iter().map(|one| (one.policy.as_str(), &one.hold));
        self.store.set_holds(pairs)?;
        for one in holds {
            self.event(at, EventKind::HoldSet, Some(&one.policy), &one.to_string());
        }
        Ok(())
    }

    /// Clears the hold of a policy, and says whether one stood.
    pub fn clear_hold(&mut self, policy: &str, at: Instant, by: &str) -> Result<bool, StoreError> {
        let stood = self.store.clear_hold(policy, at, by)?;
        if stood {
            let words = format!("cleared by {by}");
            self.event(at, EventKind::HoldEnded, Some(policy), &words);
        }
        Ok(stood)
    }

    /// Records an event.
    pub fn event(&mut self, at: Instant, kind: EventKind, policy: Option<&str>, words: &str) {
        let result = self.store.record_event(at, kind, policy, words);
        self.kept(result);
    }

    pub fn prune(&mut self, before: Instant) {
        let result = self.store.prune(before);
        self.kept(result);
    }

    /// The newest instant at which anything was recorded.
    pub fn last_row_at(&mut self) -> Option<Instant> {
        let result = self.store.last_row_at();
        self.kept(result).flatten()
    }

    /// Takes the clock for right: nothing counts as settled later than now.
    pub fn accept_clock(&mut self, now: Instant) {
        let result = self.store.accept_clock(now);
        self.kept(result);
        for settled in self.settled.values_mut() {
            settled.as_of = settled.as_of.min(now);
            settled.due = settled.due.min(now);
        }
    }

    pub fn take_trouble(&mut self) -> Vec<StoreError> {
        std::mem::take(&mut self.trouble)
    }

    fn kept<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        result.map_err(|error| self.trouble.push(error)).ok()
    }
}
