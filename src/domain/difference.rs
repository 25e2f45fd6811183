//! What an edit changes: the switches of a span by the file before and by the file after.
//!
//! Must not know why there are two files, nor how a difference is worded.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

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
    /// When it switches by the file after; of a switch that goes, when it would have.
    pub at: Local,
    /// What becomes of it.
    pub edit: Edit,
}

/// An instant as the clock of a policy's zone shows it.
pub type Local = chrono::DateTime<chrono::FixedOffset>;

/// What becomes of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It comes.
    Comes(Action),
    /// It goes.
    Goes(Action),
    /// It leads elsewhere.
    Leads {
        /// Where it would have led.
        before: Action,
        /// Where it leads.
        after: Action,
    },
    /// It happens at another time.
    Moves {
        /// Where it leads, before and after.
        to: Action,
        /// When it would have happened.
        from: Local,
    },
}

/// How two files differ in a span.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// The switches that come, go, move, or lead elsewhere, in order.
    pub switches: Vec<Difference>,
    /// Policies that the file before did not have.
    pub added: Vec<String>,
    /// Policies that the file after does not have.
    pub removed: Vec<String>,
}

/// Switches of one policy by their instants: from what, and to what.
type Switches = BTreeMap<Instant, (Action, Action)>;

/// A switch that is further away than this is another one, not the same at another time.
const SAME: TimeDelta = TimeDelta::hours(12);

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
        found.switches.extend(edits(policy, &a, &b));
    }
    (found.switches).sort_by(|a, b| (a.at, &a.policy).cmp(&(b.at, &b.policy)));
    found
}

/// What becomes of the switches of one policy.
fn edits(policy: &Policy, before: &Switches, after: &Switches) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |at, edit| {
        found.push(Difference {
            policy: policy.name.clone(),
            at: policy.schedule.zone().local(at),
            edit,
        });
    };
    // Those of the same two actions, in order: what goes, and what comes.
    let mut alike: BTreeMap<(Action, Action), (Vec<Instant>, Vec<Instant>)> = BTreeMap::new();
    for (at, switch) in before {
        match after.get(at) {
            None => alike.entry(*switch).or_default().0.push(*at),
            Some((_, to)) if *to != switch.1 => differ(
                *at,
                Edit::Leads {
                    before: switch.1,
                    after: *to,
                },
            ),
            Some(_) => {}
        }
    }
    for (at, switch) in after {
        if !before.contains_key(at) {
            alike.entry(*switch).or_default().1.push(*at);
        }
    }
    for ((_, to), (gone, come)) in alike {
        let (mut gone, mut come) = (gone.into_iter().peekable(), come.into_iter().peekable());
        loop {
            match (gone.peek().copied(), come.peek().copied()) {
                (Some(old), Some(new)) if (new - old).abs() < SAME => {
                    let from = policy.schedule.zone().local(old);
                    differ(new, Edit::Moves { to, from });
                    gone.next();
                    come.next();
                }
                (Some(old), new) if new.is_none_or(|new| old < new) => {
                    differ(old, Edit::Goes(to));
                    gone.next();
                }
                (_, Some(new)) => {
                    differ(new, Edit::Comes(to));
                    come.next();
                }
                (_, None) => break,
            }
        }
    }
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
            Arc::new(changes.map(|one| (one.at, (one.from, one.to))).collect());
        self.last = Some((
            Arc::clone(&policy.schedule),
            Arc::clone(&policy.overrides),
            Arc::clone(&switches),
        ));
        switches
    }
}
