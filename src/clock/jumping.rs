//! A clock for tests on which time passes only by sleeping.
//!
//! Must not know what is tested.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::watch;

use super::{Clock, Wake};
use crate::domain::Instant;

/// A clock that stands still until somebody sleeps, and then jumps to the end of the sleep. Of
/// several sleepers the earliest wakes first, so that time never passes anybody by. Its copies show
/// the same time.
///
/// A sleeper lets every task that is ready run once before time passes; a task that waits for
/// something real (a socket) while another sleeps here will find that time has passed.
#[derive(Debug, Clone)]
pub struct JumpingClock {
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug)]
struct State {
    now: Instant,
    /// How often the clock was set.
    sets: u64,
    next_sleeper: u64,
    /// When each sleep ends.
    sleepers: BTreeSet<(Instant, u64)>,
}

impl JumpingClock {
    /// A clock that stands at `now`.
    pub fn new(now: Instant) -> JumpingClock {
        let state = State {
            now,
            sets: 0,
            next_sleeper: 0,
            sleepers: BTreeSet::new(),
        };
        JumpingClock {
            state: Arc::new(watch::Sender::new(state)),
        }
    }

    /// Sets the clock forward or back; every sleep ends with [`Wake::ClockSet`].
    pub fn step(&self, by: TimeDelta) {
        let now = self.now();
        self.set(now.checked_add_signed(by).unwrap_or(now));
    }

    /// Sets the clock; every sleep ends with [`Wake::ClockSet`].
    pub fn set(&self, now: Instant) {
        self.state.send_modify(|state| {
            state.now = now;
            state.sets += 1;
        });
    }

    /// Jumps to `at` where nobody sleeps to an earlier instant.
    fn pass_to(&self, at: Instant) {
        self.state.send_if_modified(|state| {
            let first = state.sleepers.first().is_none_or(|first| at <= first.0);
            let passes = first && state.now < at;
            if passes {
                state.now = at;
            }
            passes
        });
    }

    fn register(&self, at: Instant) -> Sleeper<'_> {
        let mut number = 0;
        self.state.send_modify(|state| {
            number = state.next_sleeper;
            state.next_sleeper += 1;
            state.sleepers.insert((at, number));
        });
        let key = (at, number);
        Sleeper { clock: self, key }
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        self.state.borrow().now
    }

    async fn sleep_until(&self, at: Instant) -> Wake {
        let sets = self.state.borrow().sets;
        let _sleeper = self.register(at);
        let mut changed = self.state.subscribe();
        loop {
            tokio::task::yield_now().await;
            if self.state.borrow().sets != sets {
                return Wake::ClockSet;
            }
            self.pass_to(at);
            if self.now() >= at {
                return Wake::Due;
            }
            // The sender lives as long as this clock.
            let _ = changed.changed().await;
        }
    }
}

/// A sleep under way; forgotten when it ends or is given up.
struct Sleeper<'a> {
    clock: &'a JumpingClock,
    key: (Instant, u64),
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.state.send_modify(|state| {
            state.sleepers.remove(&self.key);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn noon() -> Instant {
        "2026-03-29T12:00:00Z".parse().unwrap()
    }

    fn minutes(count: i64) -> TimeDelta {
        TimeDelta::minutes(count)
    }

    #[tokio::test]
    async fn a_sleep_is_the_only_thing_that_takes_time() {
        let clock = JumpingClock::new(noon());
        assert_eq!(clock.sleep_until(noon() + minutes(5)).await, Wake::Due);
        assert_eq!(clock.now(), noon() + minutes(5));
        assert_eq!(clock.sleep_until(noon()).await, Wake::Due);
        assert_eq!(clock.now(), noon() + minutes(5));
        assert_eq!(clock.sleep_for(Duration::from_secs(60)).await, Wake::Due);
        assert_eq!(clock.now(), noon() + minutes(6));
    }

    #[tokio::test]
    async fn of_several_sleepers_the_earliest_wakes_first() {
        let clock = JumpingClock::new(noon());
        let woken = std::sync::Mutex::new(Vec::new());
        let sleeper = async |minute| {
            clock.sleep_until(noon() + minutes(minute)).await;
            woken.lock().unwrap().push((minute, clock.now()));
        };
        tokio::join!(sleeper(30), sleeper(10), sleeper(20));
        let expected = [10, 20, 30].map(|minute| (minute, noon() + minutes(minute)));
        assert_eq!(*woken.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn a_sleep_given_up_holds_nobody_back() {
        let clock = JumpingClock::new(noon());
        let late = clock.sleep_until(noon() + minutes(9));
        let given_up = async {
            tokio::select! {
                biased;
                _ = clock.sleep_until(noon() + minutes(1)) => panic!("it was given up"),
                () = std::future::ready(()) => {}
            }
        };
        let (wake, ()) = tokio::join!(late, given_up);
        assert_eq!((wake, clock.now()), (Wake::Due, noon() + minutes(9)));
    }

    #[tokio::test]
    async fn setting_it_ends_every_sleep() {
        let clock = JumpingClock::new(noon());
        let sleep = clock.sleep_until(noon() + minutes(9));
        let (wake, ()) = tokio::join!(sleep, async { clock.step(-minutes(60)) });
        assert_eq!((wake, clock.now()), (Wake::ClockSet, noon() - minutes(60)));
    }
}
