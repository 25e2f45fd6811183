//! Holidays: which dates, by which name, with which hours of their own, and how far the table reaches.
//!
//! Must not know where the dates were read from.

use chrono::NaiveDate;

use super::Line;
use super::hours::Hours;

/// A date that is not an ordinary day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The civil date, in the zone of whichever schedule uses it.
    pub date: NaiveDate,
    /// What people call it.
    pub name: String,
    /// Hours in which it is open all the same (a half-day), in order and apart; empty for a whole day.
    pub hours: Vec<Hours>,
    /// The line that says so: its own in `days`, the source's key otherwise.
    pub line: Line,
}

/// Holidays, one for each date, in order.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The key below `[calendars]`.
    pub name: String,
    holidays: Vec<Holiday>,
    /// The last date of which the *source* is sure; `None` for a calendar without a source.
    pub reach: Option<NaiveDate>,
}

impl Calendar {
    /// Puts a calendar together: `days` wins over `source`, and `except` removes from `source`.
    /// Of one date listed twice the first stands.
    pub fn new(
        name: impl Into<String>,
        source: Vec<Holiday>,
        days: Vec<Holiday>,
        except: &[NaiveDate],
        reach: Option<NaiveDate>,
    ) -> Calendar {
        let kept = source.into_iter().filter(|day| !except.contains(&day.date));
        let mut holidays: Vec<Holiday> = days.into_iter().chain(kept).collect();
        // A stable sort keeps `days` before the source on one date.
        holidays.sort_by_key(|holiday| holiday.date);
        holidays.dedup_by_key(|holiday| holiday.date);
        for holiday in &mut holidays {
            holiday.hours = apart(&holiday.hours);
        }
        Calendar {
            name: name.into(),
            holidays,
            reach,
        }
    }

    /// Every holiday, by date.
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// The holiday on a date.
    pub fn on(&self, date: NaiveDate) -> Option<&Holiday> {
        let at = self
            .holidays
            .binary_search_by_key(&date, |holiday| holiday.date);
        at.ok().map(|at| &self.holidays[at])
    }
}

/// The same minutes as ranges in order that do not touch one another twice.
fn apart(hours: &[Hours]) -> Vec<Hours> {
    let mut sorted = hours.to_vec();
    sorted.sort();
    let mut apart: Vec<Hours> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match apart.last_mut() {
            Some(last) if range.start() < last.end() => *last = last.to(range.end()),
            _ => apart.push(range),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, name: &str) -> Holiday {
        Holiday {
            date: text.parse().unwrap(),
            name: name.into(),
            hours: Vec::new(),
            line: 1,
        }
    }

    #[test]
    fn days_win_over_the_source_and_except_removes_from_it() {
        let source = vec![
            day("2026-12-25", "Christmas Day"),
            day("2026-12-28", "Boxing Day"),
        ];
        let days = vec![
            day("2026-12-25", "Ours"),
            day("2026-12-24", "Christmas Eve"),
        ];
        let except = ["2026-12-28".parse().unwrap()];
        let calendar = Calendar::new("x", source, days, &except, None);
        let names: Vec<&str> = calendar
            .holidays()
            .iter()
            .map(|day| day.name.as_str())
            .collect();
        assert_eq!(names, ["Christmas Eve", "Ours"]);
        assert!(calendar.on("2026-12-28".parse().unwrap()).is_none());
    }

    #[test]
    fn hours_that_overlap_are_joined() {
        let range = |start, end| Hours::new(start, end).unwrap();
        let joined = apart(&[range(600, 700), range(540, 660), range(800, 900)]);
        assert_eq!(joined, [range(540, 700), range(800, 900)]);
    }
}
