//! The reference: what the rules say of each policy, in a page.
//!
//! It follows what the engine claims and holds every claim and every write against the rules: what is
//! wanted now, whether a switch is due, whether a manual change stands. Times are looked at minute by
//! minute, not boundary by boundary. Must not know how the engine goes about it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DurationRound, TimeDelta};
use todswitch::config::Config;
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::domain::plan::Settled;
use todswitch::domain::policy::{Hold, OnDrift, Policy};
use todswitch::domain::timeline::Timeline;
use todswitch::store::{Outcome, SwitchRow};

use super::account::Write;

/// The policies by their names in every file.
pub const UIDS: [(&str, u64); 3] = [("sales", 1), ("support", 2), ("lobby", 3)];

pub fn uid_of(policy: &str) -> u64 {
    UIDS.iter().find(|(name, _)| *name == policy).unwrap().1
}

#[derive(Debug, Clone, Copy)]
struct Known {
    action: Action,
    /// When it was due.
    due: Instant,
    /// Until when it was seen to be wanted.
    seen: Instant,
}

#[derive(Debug)]
pub struct Model {
    config: Arc<Config>,
    holds: BTreeMap<String, Vec<Hold>>,
    /// The timelines of the file and the holds in force.
    timelines: BTreeMap<String, Timeline>,
    /// The changes that were looked for on them.
    looked: RefCell<BTreeMap<(String, Instant, Instant), Vec<Instant>>>,
    settled: BTreeMap<u64, Known>,
    /// What somebody set since the last switch.
    by_hand: BTreeMap<u64, (String, Instant)>,
    /// Writes that failed: they are tried again later.
    failing: BTreeSet<u64>,
    /// Writes since the last pass that ended.
    writes: usize,
    failures: u64,
    /// What came up to then was listed already, or was not in force.
    listed: BTreeMap<String, Instant>,
    /// What must have a row in the history.
    pub boundaries: BTreeSet<(String, Instant)>,
    /// Whether the same instants came twice and count twice.
    pub time_was_taken_back: bool,
    pub claims: usize,
}

impl Model {
    pub fn new(config: Arc<Config>) -> Model {
        let mut model = Model {
            config,
            holds: BTreeMap::new(),
            timelines: BTreeMap::new(),
            looked: RefCell::default(),
            settled: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            failing: BTreeSet::new(),
            writes: 0,
            failures: 0,
            listed: BTreeMap::new(),
            boundaries: BTreeSet::new(),
            time_was_taken_back: false,
            claims: 0,
        };
        model.lay_out();
        model
    }

    /// Another file, or other holds.
    fn lay_out(&mut self) {
        self.looked.take();
        let timeline = |policy: &Policy| {
            let holds = self.holds.get(&policy.name).cloned().unwrap_or_default();
            (policy.name.clone(), Timeline::new(policy, holds))
        };
        self.timelines = self.config.policies.iter().map(timeline).collect();
    }

    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Another file, while nobody is there to see it.
    pub fn replace_file(&mut self, config: Arc<Config>) {
        self.config = config;
        self.lay_out();
    }

    /// Only these holds were kept.
    pub fn replace_holds(&mut self, holds: BTreeMap<String, Vec<Hold>>) {
        self.holds = holds;
        self.lay_out();
    }

    /// What is wanted. Where the clock was set back a little what was settled stands.
    pub fn wanted(&self, policy: &str, now: Instant) -> Option<Action> {
        let timeline = self.timelines.get(policy)?;
        Some(timeline.state_at(self.effective(policy, now)).action)
    }

    fn effective(&self, policy: &str, now: Instant) -> Instant {
        match self.settled.get(&uid_of(policy)) {
            Some(known) if known.seen - now <= TimeDelta::hours(24) => now.max(known.seen),
            _ => now,
        }
    }

    /// The instants in `(from, to]` at which another action begins, looked for minute by minute.
    fn changes(&self, policy: &str, from: Instant, to: Instant) -> Vec<Instant> {
        let Some(timeline) = self.timelines.get(policy) else {
            return Vec::new();
        };
        let asked = (policy.to_owned(), from, to);
        if let Some(known) = self.looked.borrow().get(&asked) {
            return known.clone();
        }
        let minute = TimeDelta::minutes(1);
        let mut at = from.duration_trunc(minute).unwrap();
        let mut looks = BTreeSet::new();
        while at <= to {
            looks.insert(at);
            at += minute;
        }
        let holds = timeline.holds().iter();
        looks.extend(holds.flat_map(|hold| [Some(hold.from), hold.until].into_iter().flatten()));
        let action = |at: Instant| timeline.state_at(at).action;
        let begins = |at: &Instant| action(*at) != action(*at - TimeDelta::seconds(1));
        let within = looks.into_iter().filter(|at| from < *at && *at <= to);
        let found: Vec<Instant> = within.filter(begins).collect();
        self.looked.borrow_mut().insert(asked, found.clone());
        found
    }

    /// Whether a switch is due that was not settled.
    pub fn is_due(&self, policy: &str, now: Instant) -> bool {
        let Some(wanted) = self.wanted(policy, now) else {
            return false;
        };
        let Some(known) = self.settled.get(&uid_of(policy)) else {
            return true;
        };
        let to = self.effective(policy, now);
        let mut holds = self.holds.get(policy).into_iter().flatten();
        let begun = |hold: &Hold| {
            let stands = hold.from <= now && hold.until.is_none_or(|until| now < until);
            let is_new = hold.from >= known.seen && hold.from.timestamp() > known.due.timestamp();
            stands && is_new
        };
        known.action != wanted
            || !self.changes(policy, known.seen, to).is_empty()
            || holds.any(begun)
    }

    fn restores(&self, policy: &str) -> bool {
        let policies = &mut self.config.policies.iter();
        policies.any(|one| one.name == policy && one.on_drift == OnDrift::Restore)
    }

    /// The engine says that something came to its end.
    pub fn ended(&mut self, row: &SwitchRow, now: Instant, live: &str) {
        let (policy, uid) = (&*row.policy, uid_of(&row.policy));
        match row.outcome {
            Outcome::Settled | Outcome::AlreadyLive => {
                assert!(self.is_due(policy, now), "{policy} was not due: {row:?}");
                self.claim(row, now, live);
            }
            Outcome::Restored => {
                assert!(!self.is_due(policy, now), "no restore: {row:?}");
                assert!(self.restores(policy), "{row:?}");
                self.claim(row, now, live);
            }
            Outcome::Missed => {
                let known = self.settled[&uid];
                let passed = self.changes(policy, known.seen, self.effective(policy, now));
                let (_, missed) = passed.split_last().unwrap();
                assert!(missed.contains(&row.due), "not missed: {row:?} {passed:?}");
            }
            Outcome::Superseded => {
                self.failing.remove(&uid);
            }
            Outcome::Failed | Outcome::DryRun => panic!("{row:?}"),
        }
    }

    fn claim(&mut self, row: &SwitchRow, now: Instant, live: &str) {
        let (policy, uid) = (&*row.policy, uid_of(&row.policy));
        assert_eq!(live, row.to.to_string(), "it is not live: {row:?}");
        assert_eq!(Some(row.to), self.wanted(policy, now), "{row:?}");
        let seen = self.effective(policy, now);
        if let Some(known) = self.settled.get(&uid) {
            let passed = self.changes(policy, known.seen, seen);
            let listed = self.listed.get(policy);
            let is_news = |at: &Instant| listed.is_none_or(|listed| listed < at);
            let passed = passed.into_iter().filter(is_news);
            let named = passed.map(|at| (row.policy.clone(), at));
            self.boundaries.extend(named);
        }
        let before = self.settled.get(&uid);
        let due = match (row.outcome, before) {
            // What is written back was due when it was.
            (Outcome::Restored, Some(known)) => known.due,
            _ => row.due,
        };
        let action = row.to;
        self.settled.insert(uid, Known { action, due, seen });
        self.failing.remove(&uid);
        self.by_hand.remove(&uid);
        self.claims += 1;
    }

    pub fn failing(&mut self, row: &SwitchRow) {
        self.failing.insert(uid_of(&row.policy));
    }

    /// A pass is over. `again_at` is when the next one comes.
    pub fn passed(&mut self, now: Instant, again_at: Instant, failures: u64) {
        let is_clean = failures == std::mem::replace(&mut self.failures, failures);
        if !is_clean {
            return;
        }
        for (policy, uid) in UIDS {
            if self.failing.contains(&uid) || !self.timelines.contains_key(policy) {
                continue;
            }
            if self.is_due(policy, now) {
                assert!(again_at <= now, "{policy} is due at {now} and left");
                continue;
            }
            if let Some(known) = self.settled.get_mut(&uid) {
                known.seen = known.seen.max(now);
            }
        }
    }

    /// Every write is of what is wanted, changes something, and is owed.
    pub fn written(&mut self, writes: &[Write], live_before: &BTreeMap<u64, String>, now: Instant) {
        for write in &writes[self.writes..] {
            let (policy, uid) = UIDS.into_iter().find(|one| one.1 == write.uid).unwrap();
            assert_eq!(
                Some(write.action),
                self.wanted(policy, write.at),
                "{write:?}"
            );
            let before = &live_before[&uid];
            // Somebody may be as quick as the switch: it is made ready ten seconds before.
            let just_now = write.at - TimeDelta::seconds(10);
            if self.by_hand.get(&uid).is_none_or(|(_, at)| *at < just_now) {
                assert_ne!(*before, write.action.to_string(), "sent twice: {write:?}");
            }
            let owed = self.is_due(policy, now) || self.restores(policy);
            assert!(owed, "a manual change was trampled: {write:?}");
        }
        self.writes = writes.len();
    }

    /// An edit that does not change what is wanted now is no switch. A policy that is new in the file
    /// is looked at as if for the first time.
    pub fn edited(&mut self, config: Arc<Config>, now: Instant) {
        for (policy, uid) in UIDS {
            if !self.timelines.contains_key(policy) {
                let is_new = config.policies.iter().any(|one| one.name == policy);
                self.settled.retain(|known, _| !(is_new && *known == uid));
            } else if !self.is_due(policy, now) {
                let seen = self.effective(policy, now);
                self.settled.get_mut(&uid).unwrap().seen = seen;
            }
        }
        self.replace_file(config);
        // Nobody missed what a file would have switched before it was in force.
        self.listed = UIDS.map(|(policy, _)| (policy.to_owned(), now)).into();
    }

    /// A hold takes the place of those before it.
    pub fn held(&mut self, policy: &str, hold: Option<Hold>, now: Instant) {
        let holds = self.holds.entry(policy.to_owned()).or_default();
        for before in holds.iter_mut() {
            before.until = Some(before.until.map_or(now, |until| until.min(now)));
        }
        holds.extend(hold);
        self.lay_out();
    }

    /// The clock was taken for right: nothing was settled later than now, and what is held is held now.
    pub fn clock_accepted(&mut self, now: Instant) {
        for known in self.settled.values_mut() {
            known.seen = known.seen.min(now);
            known.due = known.due.min(now);
        }
        for hold in self.holds.values_mut().flatten() {
            hold.from = hold.from.min(now);
        }
        self.time_was_taken_back = true;
        self.lay_out();
    }

    /// A new process begins with what the store has.
    pub fn restarted(
        &mut self,
        store: &BTreeMap<u64, Settled>,
        unfinished: BTreeMap<String, Instant>,
        lost_commits: bool,
    ) {
        if !lost_commits {
            for (uid, known) in &self.settled {
                let kept = store.get(uid).map(|settled| settled.action);
                assert_eq!(kept, Some(known.action), "of {uid}: not kept");
            }
        }
        if lost_commits {
            // A switch that no disk ever heard of: the next file may not even have it.
            let kept = |policy: &str| store.get(&uid_of(policy)).map(|settled| settled.as_of);
            (self.boundaries).retain(|(policy, at)| kept(policy).is_some_and(|kept| *at <= kept));
        }
        let known = store.iter().map(|(uid, settled)| {
            let (action, due, seen) = (settled.action, settled.due, settled.as_of);
            (*uid, Known { action, due, seen })
        });
        self.settled = known.collect();
        self.failing.clear();
        self.listed = unfinished;
    }

    pub fn is_failing(&self) -> bool {
        !self.failing.is_empty()
    }

    /// Somebody sets a policy in the admin interface.
    pub fn by_hand(&mut self, uid: u64, default: &str, at: Instant) {
        self.by_hand.insert(uid, (default.to_owned(), at));
    }

    /// Whether a live value may differ from what is wanted: it was set by hand since the last switch.
    pub fn stands(&self, policy: &str, live: &str) -> bool {
        let set = self.by_hand.get(&uid_of(policy));
        !self.restores(policy) && set.is_some_and(|(set, _)| set == live)
    }
}
