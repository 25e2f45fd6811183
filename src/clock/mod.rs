//! Now, and sleep-until: the system's clock, a simulated one that can run fast, and one that jumps.
//!
//! The only place that reads a clock. Must not know what anybody waits for.

mod jumping;
mod simulated;
mod system;
mod timer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::Instant;

pub use jumping::JumpingClock;
pub use simulated::SimulatedClock;
pub use system::SystemClock;

/// A wall clock.
pub trait Clock: Send + Sync {
    /// The time on it.
    fn now(&self) -> Instant;

    /// Waits until it shows `at` or later, or until it was set. May be dropped at any time.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = Wake> + Send;

    /// Waits for a time of this clock, or until it was set.
    fn sleep_for(&self, time: Duration) -> impl Future<Output = Wake> + Send {
        self.sleep_until(later(self.now(), time))
    }
}

/// Why a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The time has come.
    Due,
    /// The clock was set, or the machine was suspended: look again.
    ClockSet,
}

impl<C: Clock> Clock for Arc<C> {
    fn now(&self) -> Instant {
        C::now(self)
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = Wake> + Send {
        C::sleep_until(self, at)
    }
}

/// `at` and a time after it, or the last instant there is.
fn later(at: Instant, time: Duration) -> Instant {
    TimeDelta::from_std(time)
        .ok()
        .and_then(|time| at.checked_add_signed(time))
        .unwrap_or(Instant::MAX_UTC)
}

/// The time from one instant to a later one; zero where it is not later.
fn between(from: Instant, to: Instant) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
