//! What is wrong now, and what of it was told: one cause is one alert until it is over.
//!
//! Level, not edge: causes are looked for in how everything stands. Must not know who is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::Notice;
use super::message::{Alert, Kind, Stage};
use crate::domain::Instant;
use crate::engine::{PolicyStatus, Snapshot};

/// Holidays must reach so far.
const COVERAGE: TimeDelta = TimeDelta::days(30);

/// How late a switch may be where the file does not say.
const AFTER: TimeDelta = TimeDelta::seconds(120);

type Key = (Kind, Option<String>);

pub(super) struct Causes {
    /// What was told and is not over.
    open: BTreeMap<Key, String>,
    /// What of it the run before this one told, and this one did not meet yet.
    inherited: BTreeSet<Key>,
    started: Instant,
}

impl Causes {
    /// `told_before` are the alerts as the store has them, the oldest first.
    pub fn new(told_before: &[String], started: Instant) -> Causes {
        let mut open = BTreeMap::new();
        for record in told_before {
            let Some((is_open, key)) = read(record) else {
                continue;
            };
            if is_open {
                open.insert(key, String::new());
            } else {
                open.remove(&key);
            }
        }
        Causes {
            inherited: open.keys().cloned().collect(),
            open,
            started,
        }
    }

    /// What is to be told of how everything stands.
    pub fn look(&mut self, snapshot: &Snapshot, now: Instant) -> Vec<Alert> {
        let mut found: BTreeMap<Key, String> = BTreeMap::new();
        for policy in &snapshot.policies {
            let about = Some(policy.name.clone());
            if let Some(lost) = &policy.lost {
                found.insert((Kind::Policy, about.clone()), lost.clone());
            }
            if let Some(words) = self.late(policy, snapshot, now) {
                found.insert((Kind::Late, about), words);
            }
        }
        for calendar in &snapshot.config.calendars {
            let Some(reach) = calendar.reach else {
                continue;
            };
            if reach < (now + COVERAGE).date_naive() {
                let words = format!("the list ends on {reach}");
                found.insert((Kind::Holidays, Some(calendar.name.clone())), words);
            }
        }
        let mut alerts = self.settle(found, snapshot, now);
        if snapshot.read_error.is_none() {
            alerts.extend(self.cured_by_the_start(now));
        }
        alerts
    }

    /// What a read account proves to be over, of that which was cured between two runs: within one
    /// run the engine tells the end of it.
    fn cured_by_the_start(&mut self, now: Instant) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for kind in [Kind::Authentication, Kind::Clock] {
            if self.inherited.remove(&(kind, None)) {
                alerts.extend(self.hear(Notice::Over(kind), now));
            }
        }
        alerts
    }

    /// What is to be told of something that happened.
    pub fn hear(&mut self, notice: Notice, now: Instant) -> Vec<Alert> {
        let alert = |kind, stage, about, details| Alert {
            kind,
            stage,
            about,
            at: now,
            details,
        };
        match notice {
            Notice::Restored { policy, words } => {
                vec![alert(Kind::Restored, Stage::Once, Some(policy), words)]
            }
            Notice::Once(kind, words) => vec![alert(kind, Stage::Once, None, words)],
            Notice::Began(kind, words) => {
                self.inherited.remove(&(kind, None));
                // Another refusal of the same file is no news, nor is the same error again.
                if self.open.insert((kind, None), words.clone()).is_some() {
                    return Vec::new();
                }
                vec![alert(kind, Stage::Began, None, words)]
            }
            Notice::Over(kind) => match self.open.remove(&(kind, None)) {
                Some(_) => vec![alert(kind, Stage::Over, None, String::new())],
                None => Vec::new(),
            },
        }
    }

    /// When the next pending switch will be too late.
    pub fn next_late(&self, snapshot: &Snapshot, now: Instant) -> Option<Instant> {
        let pending = snapshot
            .policies
            .iter()
            .filter_map(|one| one.pending.as_ref());
        let late_at = pending.map(|pending| pending.due.max(self.started) + after(snapshot));
        late_at.filter(|at| *at > now).min()
    }

    fn late(&self, policy: &PolicyStatus, snapshot: &Snapshot, now: Instant) -> Option<String> {
        let pending = policy.pending.as_ref()?;
        let was_told = self
            .open
            .contains_key(&(Kind::Late, Some(policy.name.clone())));
        let late_at = pending.due.max(self.started) + after(snapshot);
        if now < late_at && !was_told {
            return None;
        }
        let due = policy.schedule.zone().local(pending.due);
        let error = pending.error.as_deref().unwrap_or("no answer yet");
        Some(format!(
            "{} was due on {}, {} tries: {error}",
            pending.to,
            due.format("%a %-d %b at %H:%M:%S (UTC%:z)"),
            pending.tries
        ))
    }

    /// Tells what is new and what is over of the causes that are looked for.
    fn settle(
        &mut self,
        found: BTreeMap<Key, String>,
        snapshot: &Snapshot,
        now: Instant,
    ) -> Vec<Alert> {
        let mut alerts = Vec::new();
        let looked_for = [Kind::Late, Kind::Policy, Kind::Holidays];
        // Of an account that cannot be read nobody knows what is over.
        let is_known = |kind: Kind| kind == Kind::Holidays || snapshot.read_error.is_none();
        let over: Vec<Key> = (self.open.keys())
            .filter(|key| {
                looked_for.contains(&key.0) && is_known(key.0) && !found.contains_key(*key)
            })
            .cloned()
            .collect();
        for key in over {
            self.open.remove(&key);
            alerts.push(alert_of(key, Stage::Over, String::new(), now));
        }
        for (key, words) in found {
            if self.open.insert(key.clone(), words.clone()).is_none() {
                alerts.push(alert_of(key, Stage::Began, words, now));
            }
        }
        alerts
    }
}

fn alert_of((kind, about): Key, stage: Stage, details: String, at: Instant) -> Alert {
    Alert {
        kind,
        stage,
        about,
        at,
        details,
    }
}

fn after(snapshot: &Snapshot) -> TimeDelta {
    let alerts = snapshot.config.alerts.as_ref();
    alerts
        .and_then(|alerts| TimeDelta::from_std(alerts.after).ok())
        .unwrap_or(AFTER)
}

/// A record of the store: whether it began, and the cause.
fn read(record: &str) -> Option<(bool, Key)> {
    let (stage, rest) = record.split_once(' ')?;
    let is_open = match stage {
        "began" => true,
        "over" => false,
        _ => return None,
    };
    let (kind, rest) = rest.split_once('/')?;
    let (about, _) = rest.split_once(": ")?;
    let about = (!about.is_empty()).then(|| about.to_owned());
    Some((is_open, (Kind::parse(kind)?, about)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn one_cause_is_one_alert_until_it_is_over() {
        let mut causes = Causes::new(&[], now());
        let began = || Notice::Began(Kind::Store, "disk full".into());
        assert_eq!(causes.hear(began(), now()).len(), 1);
        assert_eq!(causes.hear(began(), now()).len(), 0);
        let over = causes.hear(Notice::Over(Kind::Store), now());
        assert_eq!(over[0].stage, Stage::Over);
        assert_eq!(causes.hear(Notice::Over(Kind::Store), now()).len(), 0);
        assert_eq!(causes.hear(began(), now()).len(), 1);
    }

    #[test]
    fn what_the_run_before_told_is_not_told_again() {
        let mut first = Causes::new(&[], now());
        let told = first.hear(Notice::Began(Kind::Reload, "line 3: x".into()), now());
        let mut records: Vec<String> = told.iter().map(Alert::record).collect();
        let mut second = Causes::new(&records, now());
        let again = second.hear(Notice::Began(Kind::Reload, "line 3: x".into()), now());
        assert!(again.is_empty());
        let over = second.hear(Notice::Over(Kind::Reload), now());
        records.extend(over.iter().map(Alert::record));
        let mut third = Causes::new(&records, now());
        assert!(third.hear(Notice::Over(Kind::Reload), now()).is_empty());
    }

    #[test]
    fn what_was_cured_between_two_runs_is_over_and_may_be_told_again() {
        let told = ["began authentication/: x".to_owned()];
        let began = || Notice::Began(Kind::Authentication, "refused".into());
        let mut cured = Causes::new(&told, now());
        assert_eq!(cured.cured_by_the_start(now())[0].stage, Stage::Over);
        assert_eq!(cured.hear(began(), now()).len(), 1);
        let mut lasting = Causes::new(&told, now());
        assert_eq!(lasting.hear(began(), now()), []);
        assert_eq!(lasting.cured_by_the_start(now()), []);
        let over = Notice::Over(Kind::Authentication);
        assert_eq!(lasting.hear(over, now()).len(), 1);
    }
}
