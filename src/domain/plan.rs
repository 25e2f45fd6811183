//! Desired against live against settled: the step to take for one policy.
//!
//! Owns the rule that each switch is applied once and that a manual change made after it stands.
//! Must not know how a step is taken.

use chrono::TimeDelta;

use super::Instant;
use super::action::Action;
use super::policy::{Hold, LiveDefault, OnDrift};
use super::timeline::Timeline;

/// The last switch of a policy that is known to be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The action that was read back.
    pub action: Action,
    /// The boundary it was due at.
    pub due: Instant,
    /// The last instant at which it was found to be what is wanted; not before `due`.
    pub as_of: Instant,
}

/// What to do for one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: what was settled is still wanted, and live.
    Keep,
    /// Remember as settled; it is live already.
    Adopt(Due),
    /// Write the action.
    Switch(Due),
    /// The live value is not the settled one, and stands: say so.
    Drift,
    /// The live value is not the settled one: write it back.
    Restore(Due),
}

/// A switch that is due: what is wanted, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What is wanted.
    pub action: Action,
    /// The boundary of the switch; `None` where no boundary passed: on the very first look, after
    /// an edit of the file or a hold, for a drifted value.
    pub boundary: Option<Instant>,
}

/// The step for a policy at `now`.
///
/// A switch is new if nothing was settled yet, if what is wanted is not what was settled (a trigger
/// fired, or the file or a hold says otherwise), or if the timeline changed after the settled value
/// was last found to be wanted (triggers missed during an outage that end where they began).
///
/// A clock that was set back re-fires nothing: what was settled at a later time stands until that
/// time comes again. Only where that lies more than [`REPLAY_LIMIT`] ahead the earlier clock was
/// wrong, and what is wanted now counts.
pub fn step(
    timeline: &Timeline,
    live: &LiveDefault,
    settled: Option<&Settled>,
    on_drift: OnDrift,
    now: Instant,
) -> Step {
    let wanted = timeline.state_at(effective(settled, now)).action;
    match (
        new_switch(timeline, settled, now),
        live.is(wanted),
        on_drift,
    ) {
        (Some(due), true, _) => Step::Adopt(due),
        (Some(due), false, _) => Step::Switch(due),
        (None, true, _) => Step::Keep,
        (None, false, OnDrift::Restore) => Step::Restore(Due {
            action: wanted,
            boundary: None,
        }),
        (None, false, OnDrift::Report | OnDrift::Ignore) => Step::Drift,
    }
}

/// The switch that is due at `now` whatever is live; `None` where what was settled is wanted still.
pub fn new_switch(timeline: &Timeline, settled: Option<&Settled>, now: Instant) -> Option<Due> {
    let action = timeline.state_at(effective(settled, now)).action;
    let Some(settled) = settled else {
        return Some(Due {
            action,
            boundary: None,
        });
    };
    let boundary = missed(timeline, settled, now)
        .last()
        .map(|change| change.at)
        .or_else(|| hold_begun(timeline, settled, now));
    (boundary.is_some() || settled.action != action).then_some(Due { action, boundary })
}

/// The beginning of a hold that was set since and stands. A hold is asked for by somebody, so it is
/// a switch even to the action that was settled: a manual change made before it does not stand.
fn hold_begun(timeline: &Timeline, settled: &Settled, now: Instant) -> Option<Instant> {
    let stands = |hold: &&Hold| {
        // What a hold changed was due at its whole second.
        hold.from >= settled.as_of
            && hold.from.timestamp() > settled.due.timestamp()
            && hold.from <= now
            && hold.until.is_none_or(|until| now < until)
    };
    let begun = timeline.holds().iter().filter(stands);
    begun.map(|hold| hold.from).max()
}

/// How far a clock may be set back before the settled state counts as one of a wrong clock.
pub const REPLAY_LIMIT: TimeDelta = TimeDelta::hours(24);

/// The instant at which a policy is looked at: `now`, or where the clock was set back the last
/// instant at which its settled value was wanted.
pub fn effective(settled: Option<&Settled>, now: Instant) -> Instant {
    match settled {
        Some(settled) if settled.as_of - now <= REPLAY_LIMIT => now.max(settled.as_of),
        _ => now,
    }
}

/// The changes that came after the settled value was last found to be wanted, up to `now`.
pub fn missed<'a>(
    timeline: &'a Timeline,
    settled: &Settled,
    now: Instant,
) -> impl Iterator<Item = super::timeline::Change<'a>> {
    let to = now + TimeDelta::seconds(1);
    timeline.changes(settled.as_of, to.max(settled.as_of))
}
