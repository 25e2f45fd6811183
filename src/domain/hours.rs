//! Times of day, ranges of them, and sets of weekdays.
//!
//! Owns minutes of a civil day. Must not know dates or zones.

use std::fmt;

use chrono::Weekday;

/// Minutes in a civil day.
pub const DAY_MINUTES: u16 = 24 * 60;

/// A range of hours, half-open `[start, end)`, that opens on one civil day and may run into the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hours {
    start: u16,
    end: u16,
}

impl Hours {
    /// From minutes after midnight: `start` in `0..1440`, `end` in `0..=1440`.
    /// An end before the start is on the next day. `None` for an empty range or minutes outside.
    pub fn new(start: u16, end: u16) -> Option<Hours> {
        if start >= DAY_MINUTES || end > DAY_MINUTES || start == end {
            return None;
        }
        let end = if end < start { end + DAY_MINUTES } else { end };
        Some(Hours { start, end })
    }

    /// Minutes after the midnight it opens after, `0..1440`.
    pub fn start(self) -> u16 {
        self.start
    }

    /// Minutes after the midnight it opens after; over 1440 where it runs into the next day.
    pub fn end(self) -> u16 {
        self.end
    }

    /// The same start, with the later of the two ends.
    #[must_use]
    pub fn to(self, end: u16) -> Hours {
        Hours {
            start: self.start,
            end: self.end.max(end),
        }
    }

    /// Length in minutes, on a day without a clock change.
    pub fn minutes(self) -> u16 {
        self.end - self.start
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > DAY_MINUTES {
            self.end - DAY_MINUTES
        } else {
            self.end
        };
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{}-{}", clock(self.start), clock(end))
    }
}

/// A set of weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DaySet(u8);

impl DaySet {
    /// All seven days.
    pub const ALL: DaySet = DaySet(0x7f);

    /// Whether the day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// The set with one day more.
    #[must_use]
    pub fn with(self, day: Weekday) -> DaySet {
        DaySet(self.0 | 1 << day.num_days_from_monday())
    }

    /// The set with the days `first` to `last`, both in it, over the week's end where `last` is before `first`.
    #[must_use]
    pub fn with_range(self, first: Weekday, last: Weekday) -> DaySet {
        let mut set = self.with(first);
        let mut day = first;
        while day != last {
            day = day.succ();
            set = set.with(day);
        }
        set
    }

    /// Whether no day is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_print_as_an_admin_writes_them() {
        for (start, end, text) in [
            (540, 750, "09:00-12:30"),
            (1320, 360, "22:00-06:00"),
            (0, 1440, "00:00-24:00"),
            (1320, 0, "22:00-00:00"),
        ] {
            let text_of = Hours::new(start, end).unwrap().to_string();
            let want = text.replace("-00:00", "-24:00");
            assert_eq!(text_of, want);
        }
    }

    #[test]
    fn empty_and_impossible_ranges_are_refused() {
        for (start, end) in [(540, 540), (1440, 60), (0, 1441), (0, 0)] {
            assert_eq!(Hours::new(start, end), None);
        }
    }

    #[test]
    fn a_range_of_days_runs_over_the_weekend() {
        let set = DaySet::default().with_range(Weekday::Fri, Weekday::Mon);
        let days = [Weekday::Fri, Weekday::Sat, Weekday::Sun, Weekday::Mon];
        assert!(days.iter().all(|day| set.contains(*day)));
        assert!(!set.contains(Weekday::Tue) && !set.contains(Weekday::Thu));
    }
}
