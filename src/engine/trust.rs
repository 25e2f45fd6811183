//! Whether the clock can be right: it never shows less than what was recorded already.
//!
//! Owns that nothing is switched by a clock that nobody confirms. Must not know who is told.

use chrono::{SecondsFormat, TimeDelta};

use super::{Engine, Event};
use crate::clock::Clock;
use crate::contactnow::PolicyApi;
use crate::domain::Instant;
use crate::store::EventKind;

/// A clock that is put right by a few seconds was not wrong.
const SLACK: TimeDelta = TimeDelta::seconds(60);

/// How near the API's clock must be to confirm ours.
const NEAR: TimeDelta = TimeDelta::minutes(5);

/// When a doubted clock is looked at again; a clock that is set is looked at once.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// What is known of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It was set, or has not been looked at yet.
    Unasked,
    /// It can be right.
    Trusted,
    /// It cannot, and nobody confirms it.
    Doubted,
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// The clock was set: it is looked at anew.
    pub(super) fn clock_set(&mut self) {
        let now = self.clock.now();
        self.trust = Trust::Unasked;
        for pending in self
            .tracked
            .iter_mut()
            .filter_map(|one| one.pending.as_mut())
        {
            // When to try again was said by another clock.
            pending.retry_at = pending.retry_at.min(now);
        }
        let words = "the clock was set, or the machine resumed";
        self.memory.event(now, EventKind::Clock, None, words);
        self.emit(&Event::ClockSet);
    }

    /// Whether the clock can be right, or is confirmed by the `Date` of the API.
    pub(super) async fn trusts_the_clock(&mut self) -> bool {
        if self.trust == Trust::Trusted {
            return true;
        }
        let now = self.clock.now();
        let Some(last) = self.memory.last_row_at().filter(|last| *last > now + SLACK) else {
            if self.trust == Trust::Doubted {
                self.accept("it shows a time after all that was recorded");
            }
            self.trust = Trust::Trusted;
            return true;
        };
        let answered = self.api.read(None, now).await.is_ok();
        let difference = self.api.clock_difference().filter(|_| answered);
        if difference.is_some_and(|difference| difference.abs() <= NEAR) {
            self.memory.accept_clock(now);
            self.hold_from_now(now);
            for one in &mut self.tracked {
                one.take_back(now);
            }
            self.accept("the API shows the same time");
            self.trust = Trust::Trusted;
            return true;
        }
        self.doubt(now, last, difference);
        false
    }

    fn doubt(&mut self, now: Instant, last: Instant, difference: Option<TimeDelta>) {
        let by_api = match difference {
            Some(difference) => format!("the API shows {}", time(now + difference)),
            None => "the API does not say what the time is".to_owned(),
        };
        let words = format!(
            "the clock shows {}, and something was recorded at {}; {by_api}. Set the clock, or \
             start with --accept-clock",
            time(now),
            time(last)
        );
        if self.trust != Trust::Doubted {
            self.memory.event(now, EventKind::Clock, None, &words);
        }
        self.trust = Trust::Doubted;
        self.look_again_at = Some(now + AGAIN);
        self.emit(&Event::ClockDoubted { words: &words });
        self.read_error = Some(words);
        self.unread_since = None;
    }

    fn accept(&mut self, words: &str) {
        let now = self.clock.now();
        self.memory.event(now, EventKind::Clock, None, words);
        self.emit(&Event::ClockAccepted { words });
    }
}

fn time(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
