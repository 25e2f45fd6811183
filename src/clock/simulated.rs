//! A clock that runs beside the real time, as many times as fast as it is told to.
//!
//! Must not know who lives by it.

use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant};

use chrono::{TimeDelta, Utc};
use tokio::sync::watch;

use super::timer::Timer;
use super::{Clock, Wake, between};
use crate::domain::Instant;

/// A clock that starts at an instant and runs `rate` times as fast as the real time. Its copies
/// show the same time. Sleeps are as exact in real time as those of the system's clock.
#[derive(Debug, Clone)]
pub struct SimulatedClock {
    rate: f64,
    began: Began,
    /// What it showed when it began, and by how much it was set since.
    start: Arc<watch::Sender<Instant>>,
}

/// From which real time on it runs.
#[derive(Debug, Clone, Copy)]
enum Began {
    /// Its making.
    Made(RealInstant),
    /// A time of the system's clock, the same for every process that is told it.
    Anchored(Instant),
}

/// No real sleep is longer, so that a slow clock and a far instant do not overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl SimulatedClock {
    /// A clock that shows `start` now. A rate that is not a positive number counts as 1.
    pub fn new(start: Instant, rate: f64) -> SimulatedClock {
        SimulatedClock::beginning(Began::Made(RealInstant::now()), start, rate)
    }

    /// A clock that shows `start` when the system's clock shows `anchor`. What it shows follows from
    /// the real time alone, so that it goes on through the end of a process into the next one.
    pub fn anchored(start: Instant, rate: f64, anchor: Instant) -> SimulatedClock {
        SimulatedClock::beginning(Began::Anchored(anchor), start, rate)
    }

    fn beginning(began: Began, start: Instant, rate: f64) -> SimulatedClock {
        let usable = rate.is_finite() && rate > 0.0;
        SimulatedClock {
            rate: if usable { rate } else { 1.0 },
            began,
            start: Arc::new(watch::Sender::new(start)),
        }
    }

    /// How many times as fast as the real time it runs.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The real time that a time of this clock takes.
    pub fn real(&self, simulated: Duration) -> Duration {
        scale(simulated, self.rate.recip())
    }

    /// Sets the clock forward or back; every sleep ends with [`Wake::ClockSet`].
    pub fn step(&self, by: TimeDelta) {
        self.start.send_modify(|start| {
            *start = start.checked_add_signed(by).unwrap_or(*start);
        });
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        let real = match self.began {
            Began::Made(at) => at.elapsed(),
            Began::Anchored(at) => between(at, Utc::now()),
        };
        let passed = scale(real, self.rate);
        super::later(*self.start.borrow(), passed)
    }

    async fn sleep_until(&self, at: Instant) -> Wake {
        let mut set = self.start.subscribe();
        if at <= self.now() {
            tokio::task::yield_now().await;
        }
        loop {
            let now = self.now();
            if at <= now {
                return Wake::Due;
            }
            // Rounded up, so that the sleep does not end a nanosecond early and spin.
            let real = self.real(between(now, at)) + Duration::from_nanos(1);
            tokio::select! {
                biased;
                _ = set.changed() => return Wake::ClockSet,
                () = sleep(real.min(LONGEST)) => {}
            }
        }
    }
}

/// Sleeps in real time, more exactly than the run time's own millisecond.
async fn sleep(time: Duration) {
    let ended = match Timer::after(time) {
        Ok(timer) => timer.ended().await.is_ok(),
        Err(_) => false,
    };
    if !ended {
        tokio::time::sleep(time).await;
    }
}

fn scale(time: Duration, by: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * by).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn christmas() -> Instant {
        "2026-12-24T09:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_day_passes_in_moments_and_no_sleep_ends_early() {
        let clock = SimulatedClock::new(christmas(), 10_000_000.0);
        let began = RealInstant::now();
        for hour in 1..=24 {
            let at = christmas() + TimeDelta::hours(hour);
            assert_eq!(clock.sleep_until(at).await, Wake::Due);
            assert!(clock.now() >= at);
        }
        assert!(began.elapsed() >= clock.real(Duration::from_secs(24 * 60 * 60)));
    }

    #[tokio::test]
    async fn a_step_ends_every_sleep() {
        let clock = SimulatedClock::new(christmas(), 1.0);
        let copy = clock.clone();
        let hour = TimeDelta::hours(1);
        let sleepers = async {
            tokio::join!(
                clock.sleep_until(christmas() + hour),
                copy.sleep_until(christmas() + hour * 9),
            )
        };
        let (wakes, ()) = tokio::join!(sleepers, async { copy.step(hour * 2) });
        assert_eq!(wakes, (Wake::ClockSet, Wake::ClockSet));
        assert!(clock.now() >= christmas() + hour * 2);
        assert_eq!(clock.sleep_until(christmas() + hour).await, Wake::Due);
    }

    #[test]
    fn a_rate_is_a_ratio_both_ways() {
        let clock = SimulatedClock::new(christmas(), 40_000.0);
        assert_eq!(
            clock.real(Duration::from_secs(40)),
            Duration::from_millis(1)
        );
        assert_eq!(SimulatedClock::new(christmas(), 0.0).rate(), 1.0);
    }

    #[test]
    fn two_clocks_of_one_anchor_show_the_same_time() {
        let anchor = Utc::now() - TimeDelta::seconds(10);
        let clocks = [0, 1].map(|_| SimulatedClock::anchored(christmas(), 3600.0, anchor));
        let shown = [0, 1, 0].map(|which| clocks[which].now());
        assert!(shown.is_sorted() && shown[0] >= christmas() + TimeDelta::hours(10));
        assert!(shown[2] - shown[0] < TimeDelta::hours(10), "{shown:?}");
        let ahead = SimulatedClock::anchored(christmas(), 3600.0, Instant::MAX_UTC);
        assert_eq!(ahead.now(), christmas());
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let clock = SimulatedClock::new(Instant::MAX_UTC, 1e300);
        clock.step(TimeDelta::MAX);
        assert_eq!(clock.now(), Instant::MAX_UTC);
        assert_eq!(clock.real(Duration::MAX), Duration::ZERO);
    }
}
