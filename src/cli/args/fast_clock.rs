//! `--clock START@RATE@ANCHOR`: the clock of tests that kill the program and start it again.
//!
//! Must not know what it is run against.

use std::str::FromStr;

use crate::clock::SimulatedClock;
use crate::domain::Instant;

/// A clock that shows `start` when the system's clock shows `anchor`, and runs `rate` times as fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FastClock {
    /// What it shows at the anchor.
    pub start: Instant,
    /// How many times as fast as the system's clock it runs.
    pub rate: f64,
    /// The time of the system's clock at which it began.
    pub anchor: Instant,
}

impl FastClock {
    /// The clock itself.
    pub fn clock(&self) -> SimulatedClock {
        SimulatedClock::anchored(self.start, self.rate, self.anchor)
    }
}

impl FromStr for FastClock {
    type Err = String;

    fn from_str(text: &str) -> Result<FastClock, String> {
        let wrong = || "write START@RATE@ANCHOR, two times as 2026-12-24T09:00:00Z".to_owned();
        let mut parts = text.split('@');
        let mut part = || parts.next().ok_or_else(wrong);
        let clock = FastClock {
            start: part()?.parse().map_err(|_| wrong())?,
            rate: part()?.parse().map_err(|_| wrong())?,
            anchor: part()?.parse().map_err(|_| wrong())?,
        };
        let usable = clock.rate.is_finite() && clock.rate > 0.0;
        match parts.next() {
            None if usable => Ok(clock),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_has_a_start_a_rate_and_an_anchor() {
        let text = "2026-12-24T09:00:00Z@36000@2026-11-24T15:00:00.25Z";
        let clock: FastClock = text.parse().unwrap();
        assert_eq!(clock.rate, 36_000.0);
        let at = |text: &str| text.parse::<Instant>().unwrap();
        assert_eq!(clock.start, at("2026-12-24T09:00:00Z"));
        assert_eq!(clock.anchor, at("2026-11-24T15:00:00.25Z"));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "2026-12-24T09:00:00Z",
            "2026-12-24T09:00:00Z@36000",
            "2026-12-24T09:00:00Z@0@2026-12-24T09:00:00Z",
            "2026-12-24T09:00:00Z@inf@2026-12-24T09:00:00Z",
            "noon@1@2026-12-24T09:00:00Z",
            "2026-12-24T09:00:00Z@1@2026-12-24T09:00:00Z@",
        ] {
            assert!(wrong.parse::<FastClock>().is_err(), "{wrong}");
        }
    }
}
