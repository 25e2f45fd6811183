//! What an edit changes: the switches of a span by the file before and by the file after.
//!
//! Must not know why there are two files, nor how a difference is worded.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Instant;
use super::action::Action;
use super::policy::Policy;
use super::schedule::Schedule;
use super::timeline::Timeline;

/// A switch that an edit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The policy.
    pub policy: String,
    /// When.
    pub at: Instant,
    /// The same, as the clock of its zone shows it.
    pub local: chrono::DateTime<chrono::FixedOffset>,
    /// To what it would have switched; `None` where it would not have.
    pub before: Option<Action>,
    /// To what it will switch; `None` where it will not.
    pub after: Option<Action>,
}

/// How two files differ in a span.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// The switches that come, go, or lead elsewhere, in order.
    pub switches: Vec<Difference>,
    /// Policies that the file before did not have.
    pub added: Vec<String>,
    /// Policies that the file after does not have.
    pub removed: Vec<String>,
}

/// Switches of one policy by their instants.
type Switches = BTreeMap<Instant, Action>;

/// Compares what two files switch in `(from, to)`. Policies that only one of them has are named;
/// their switches are not listed.
pub fn differences(before: &[Policy], after: &[Policy], from: Instant, to: Instant) -> Differences {
    let old: BTreeMap<&str, &Policy> = by_name(before);
    let new: BTreeMap<&str, &Policy> = by_name(after);
    let missing_in = |all: &[Policy], other: &BTreeMap<&str, &Policy>| {
        let missing = all
            .iter()
            .filter(|one| !other.contains_key(one.name.as_str()));
        missing.map(|one| one.name.clone()).collect()
    };
    let mut found = Differences {
        added: missing_in(after, &old),
        removed: missing_in(before, &new),
        switches: Vec::new(),
    };
    let (mut of_old, mut of_new) = (Known::default(), Known::default());
    for policy in after {
        let Some(earlier) = old.get(policy.name.as_str()) else {
            continue;
        };
        let a = of_old.switches(earlier, from, to);
        let b = of_new.switches(policy, from, to);
        if a == b {
            continue;
        }
        let instants = a.keys().chain(b.keys().filter(|at| !a.contains_key(at)));
        for at in instants.copied() {
            let (before, after) = (a.get(&at).copied(), b.get(&at).copied());
            if before != after {
                found.switches.push(Difference {
                    policy: policy.name.clone(),
                    at,
                    local: policy.schedule.zone().local(at),
                    before,
                    after,
                });
            }
        }
    }
    (found.switches).sort_by(|a, b| (a.at, &a.policy).cmp(&(b.at, &b.policy)));
    found
}

fn by_name(policies: &[Policy]) -> BTreeMap<&str, &Policy> {
    policies
        .iter()
        .map(|one| (one.name.as_str(), one))
        .collect()
}

/// The switches of the policy before: neighbours in a file mostly share schedule and overrides.
#[derive(Default)]
struct Known {
    last: Option<(Arc<Schedule>, Arc<super::overlay::Overrides>, Arc<Switches>)>,
}

impl Known {
    fn switches(&mut self, policy: &Policy, from: Instant, to: Instant) -> Arc<Switches> {
        if let Some((schedule, overrides, switches)) = &self.last
            && Arc::ptr_eq(schedule, &policy.schedule)
            && overrides.all() == policy.overrides.all()
        {
            return Arc::clone(switches);
        }
        let timeline = Timeline::new(policy, Vec::new());
        let changes = timeline.changes(from, to);
        let switches: Arc<Switches> =
            Arc::new(changes.map(|change| (change.at, change.to)).collect());
        self.last = Some((
            Arc::clone(&policy.schedule),
            Arc::clone(&policy.overrides),
            Arc::clone(&switches),
        ));
        switches
    }
}
