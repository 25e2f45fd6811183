//! When something was asked for, and what time it is by now.
//!
//! A request may wait for its turn, for a token and for its answer; the `now` that came with it goes
//! stale meanwhile. Must not know a clock: it only adds what passed.

use chrono::TimeDelta;
use tokio::time::Instant as Stopwatch;

use crate::domain::Instant;

/// The caller's `now`, and how long ago that was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    at: Instant,
    since: Stopwatch,
}

impl Asked {
    /// Asked for just now.
    pub(super) fn at(now: Instant) -> Asked {
        Asked {
            at: now,
            since: Stopwatch::now(),
        }
    }

    /// What time it is by now.
    pub(super) fn now(&self) -> Instant {
        let passed = TimeDelta::from_std(self.since.elapsed()).unwrap_or(TimeDelta::MAX);
        self.at.checked_add_signed(passed).unwrap_or(self.at)
    }
}
