//! Now, and sleep-until: the system's clock, and a simulated one that can run fast.
//!
//! The only place that reads a clock. Must not know what anybody waits for.

use std::future::Future;

use crate::domain::Instant;

/// A wall clock.
pub trait Clock: Send + Sync {
    /// The time on it.
    fn now(&self) -> Instant;

    /// Waits until it shows `at` or later, or until it was set.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = Wake> + Send;
}

/// Why a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The time has come.
    Due,
    /// The clock was set, or the machine was suspended: look again.
    ClockSet,
}
