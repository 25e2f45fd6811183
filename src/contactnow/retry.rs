//! When to try again: a pure series of delays. The caller sleeps on its own clock.
//!
//! Owns which kinds of failure get better by waiting. Must not know what was asked.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::error::{ApiError, ErrorKind};

/// The longest delay, unless the server asks for more.
pub const CAP: Duration = Duration::from_secs(60);
/// After refused credentials: asking again soon does harm.
pub const AUTHENTICATION_DELAY: Duration = Duration::from_secs(300);
/// The first ceiling of the series, which doubles up to [`CAP`].
const FIRST: Duration = Duration::from_secs(1);
/// No jitter goes below this: a server that refuses at once is not asked back to back.
const FLOOR: Duration = Duration::from_millis(50);

impl ErrorKind {
    /// Whether waiting alone is likely to cure it. What is not transient deserves to be loud at
    /// once, although it is tried again all the same: the switch is still wrong.
    pub fn is_transient(self) -> bool {
        match self {
            ErrorKind::Unreachable
            | ErrorKind::TimedOut
            | ErrorKind::HttpStatus
            | ErrorKind::BadAnswer
            | ErrorKind::Token
            | ErrorKind::NotStored => true,
            ErrorKind::Authentication
            | ErrorKind::Rejected
            | ErrorKind::Refused
            | ErrorKind::Setup => false,
        }
    }

    /// Whether the same request may be sent again. A rejected record may be: somebody may create
    /// the missing queue meanwhile. The program's own settings do not change under it.
    pub fn is_retryable(self) -> bool {
        self != ErrorKind::Setup
    }
}

/// The delays of one request's tries: exponential with full jitter, from 1 s up to [`CAP`].
///
/// A rejected or refused request starts at the cap, as trying again soon is of no use.
/// `Retry-After` is a floor. The same seed gives the same series.
#[derive(Debug)]
pub struct Backoff {
    ceilings: ExponentialBackoff,
    jitter: fastrand::Rng,
}

impl Backoff {
    /// A new series.
    pub fn new(seed: u64) -> Backoff {
        let ceilings = ExponentialBuilder::new()
            .with_min_delay(FIRST)
            .with_factor(2.0)
            .with_max_delay(CAP)
            .without_max_times()
            .build();
        Backoff {
            ceilings,
            jitter: fastrand::Rng::with_seed(seed),
        }
    }

    /// How long to wait before the next try; `None` where trying again is of no use.
    pub fn next_delay(&mut self, error: &ApiError) -> Option<Duration> {
        if !error.kind.is_retryable() {
            return None;
        }
        let delay = match error.kind {
            ErrorKind::Authentication => AUTHENTICATION_DELAY,
            ErrorKind::Rejected | ErrorKind::Refused => self.between(CAP / 2, CAP),
            _ => {
                let ceiling = self.ceilings.next().unwrap_or(CAP);
                self.between(FLOOR, ceiling)
            }
        };
        Some(delay.max(error.retry_after.unwrap_or_default()))
    }

    fn between(&mut self, low: Duration, high: Duration) -> Duration {
        low + high.saturating_sub(low).mul_f64(self.jitter.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(kind: ErrorKind, retry_after: Option<u64>, seed: u64) -> Vec<Duration> {
        let mut error = ApiError::new(kind, "x");
        error.retry_after = retry_after.map(Duration::from_secs);
        let mut backoff = Backoff::new(seed);
        (0..12).map_while(|_| backoff.next_delay(&error)).collect()
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap_and_the_jitter_is_full() {
        let ceilings = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60];
        let (mut low, mut high) = (false, false);
        for seed in 0..200 {
            let delays = delays(ErrorKind::Unreachable, None, seed);
            assert_eq!(delays.len(), ceilings.len());
            for (delay, ceiling) in delays.iter().zip(ceilings.map(Duration::from_secs)) {
                assert!(
                    *delay >= FLOOR && *delay <= ceiling,
                    "{delay:?} of {ceiling:?}"
                );
                low |= *delay < ceiling / 10;
                high |= *delay > ceiling * 9 / 10;
            }
        }
        assert!(low && high);
    }

    #[test]
    fn the_same_seed_gives_the_same_series() {
        let series = |seed| delays(ErrorKind::TimedOut, None, seed);
        assert_eq!(series(7), series(7));
        assert_ne!(series(7), series(8));
    }

    #[test]
    fn retry_after_is_a_floor_even_above_the_cap() {
        for delay in delays(ErrorKind::HttpStatus, Some(90), 1) {
            assert_eq!(delay, Duration::from_secs(90));
        }
    }

    #[test]
    fn refused_credentials_wait_five_minutes_and_bad_settings_for_ever() {
        let auth = delays(ErrorKind::Authentication, None, 1);
        assert!(auth.iter().all(|delay| *delay == AUTHENTICATION_DELAY));
        assert_eq!(delays(ErrorKind::Setup, None, 1), []);
    }

    #[test]
    fn a_rejected_record_is_tried_slowly_from_the_start() {
        for kind in [ErrorKind::Rejected, ErrorKind::Refused] {
            assert!(!kind.is_transient());
            for delay in delays(kind, None, 3) {
                assert!(delay >= CAP / 2 && delay <= CAP);
            }
        }
    }
}
