//! Triggers: cron expressions on civil time, without a zone and without a clock.
//!
//! Must not know holidays or instants: a trigger says on which civil minutes it fires.

use chrono::{Datelike, Days, NaiveDate};
use croner::parser::{CronParser, Seconds, Year};

use super::Line;
use super::action::Action;
use super::hours::DAY_MINUTES;

/// Days after which no date of a cron expression is new: 28 years hold every pairing of month, day
/// and weekday, and 12 more bridge a leap day left out in a century.
pub const CYCLE_DAYS: u64 = 40 * 366;

/// A cron expression and the action that holds from when it fires.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// The expression as the file has it.
    pub text: String,
    /// What holds from then on.
    pub action: Action,
    /// Its line in the file.
    pub line: Line,
    cron: Box<croner::Cron>,
    /// The minutes of a matching day at which it fires, ascending.
    minutes: Vec<u16>,
}

/// Why a cron expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    /// It has not five fields.
    #[error("a cron expression has five fields (minute hour day month weekday), this one has {0}")]
    FieldCount(usize),
    /// A field cannot be read.
    #[error("{0}")]
    Field(String),
    /// No date ever matches, as on 30 February.
    #[error("this cron expression never fires: no date matches it")]
    NeverFires,
}

impl Trigger {
    /// Reads a cron expression of five fields: minute, hour, day of month, month, weekday.
    /// Where both day fields are restricted either of them is enough (the rule of cron(5)).
    ///
    /// # Errors
    /// Not five fields, a field that cannot be read, or an expression that never fires.
    pub fn new(text: &str, action: Action, line: Line) -> Result<Trigger, TriggerError> {
        let fields = text.split_whitespace().count();
        // Names for whole expressions (@daily) count as one word.
        if fields != 5 {
            return Err(TriggerError::FieldCount(fields));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser
            .parse(text)
            .map_err(|error| TriggerError::Field(error.to_string()))?;
        let minutes = (cron.pattern.hours.values().iter())
            .flat_map(|hour| {
                let minutes = cron.pattern.minutes.values();
                minutes.into_iter().map(move |minute| hour * 60 + minute)
            })
            .filter(|minute| *minute < DAY_MINUTES)
            .collect();
        let trigger = Trigger {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            action,
            line,
            cron: Box::new(cron),
            minutes,
        };
        let any_day = epoch()
            .iter_days()
            .take(CYCLE_DAYS as usize)
            .any(|date| trigger.fires_on(date));
        if trigger.minutes.is_empty() || !any_day {
            return Err(TriggerError::NeverFires);
        }
        Ok(trigger)
    }

    /// Whether it fires on a date.
    pub fn fires_on(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday().num_days_from_sunday();
        let weekday = croner::Weekday::from_days_from_sunday(weekday);
        let pattern = &self.cron.pattern;
        pattern.month_match(date.month()).unwrap_or(false)
            && pattern
                .day_match(date.year(), date.month(), date.day(), weekday)
                .unwrap_or(false)
    }

    /// The minutes of a day it fires on, ascending.
    pub fn minutes(&self) -> &[u16] {
        &self.minutes
    }

    /// The first civil minute at which both fire, if there is any.
    pub fn meets(&self, other: &Trigger) -> Option<(NaiveDate, u16)> {
        let minute = (self.minutes.iter()).find(|minute| other.minutes.contains(minute))?;
        let mut dates = epoch().iter_days().take(CYCLE_DAYS as usize);
        dates
            .find(|date| self.fires_on(*date) && other.fires_on(*date))
            .map(|date| (date, *minute))
    }
}

/// The last civil minute before the end of `date` at which one of the triggers fires: the index of
/// the trigger that says. Looks back one cycle at most.
pub(super) fn last_fired(triggers: &[Trigger], date: NaiveDate) -> Option<usize> {
    let mut date = date;
    for _ in 0..CYCLE_DAYS {
        if let Some((_, index)) = firings(triggers, date).last() {
            return Some(*index);
        }
        date = date.checked_sub_days(Days::new(1))?;
    }
    None
}

/// The minutes of a date at which triggers fire, ascending, each with the index of its trigger.
/// Of several at one minute (their actions are the same) the first of the file stands.
pub(super) fn firings(triggers: &[Trigger], date: NaiveDate) -> Vec<(u16, usize)> {
    let mut firings = Vec::new();
    for (index, trigger) in triggers.iter().enumerate() {
        if trigger.fires_on(date) {
            firings.extend(trigger.minutes.iter().map(|minute| (*minute, index)));
        }
    }
    firings.sort_unstable();
    firings.dedup_by_key(|(minute, _)| *minute);
    firings
}

fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(text: &str) -> Result<Trigger, TriggerError> {
        Trigger::new(text, Action::Queue, 1)
    }

    #[test]
    fn expressions_fire_on_their_dates_and_minutes() {
        for (text, date, minutes) in [
            ("0 8 * * mon-fri", "2026-11-23", vec![480]),
            ("0 8 * * mon-fri", "2026-11-22", vec![]),
            ("*/30 8-9 * * *", "2026-11-22", vec![480, 510, 540, 570]),
            ("0,15 8 1 * *", "2026-12-01", vec![480, 495]),
            ("0 8 1 dec *", "2026-12-01", vec![480]),
            ("0 8 1 * sun", "2026-12-01", vec![480]), // either is enough
            ("0 8 1 * sun", "2026-12-06", vec![480]),
            ("0 8 29 2 *", "2028-02-29", vec![480]),
            ("0 0 * * 7", "2026-11-22", vec![0]),
        ] {
            let trigger = trigger(text).unwrap();
            let date = date.parse().unwrap();
            let fired: Vec<u16> = firings(&[trigger], date).iter().map(|(m, _)| *m).collect();
            assert_eq!(fired, minutes, "{text} on {date}");
        }
    }

    #[test]
    fn expressions_that_cannot_be_are_refused() {
        for text in ["", "0 8 * *", "0 0 8 * * mon", "@daily"] {
            assert!(
                matches!(trigger(text), Err(TriggerError::FieldCount(_))),
                "{text}"
            );
        }
        for text in [
            "60 8 * * *",
            "0 24 * * *",
            "0 8 * * funday",
            "0 8 32 * *",
            "a b c d e",
        ] {
            assert!(
                matches!(trigger(text), Err(TriggerError::Field(_))),
                "{text}"
            );
        }
        for text in ["0 8 30 2 *", "0 8 31 4,6,9,11 *"] {
            assert_eq!(
                trigger(text).unwrap_err(),
                TriggerError::NeverFires,
                "{text}"
            );
        }
    }

    #[test]
    fn triggers_meet_only_where_date_and_minute_are_both_theirs() {
        let meets = |a: &str, b: &str| trigger(a).unwrap().meets(&trigger(b).unwrap());
        assert!(meets("0 8 * * *", "0 8 * * mon").is_some());
        assert!(meets("0 8 * * *", "0 9 * * *").is_none());
        assert!(meets("0 8 * * sat", "0 8 * * mon").is_none());
        assert!(meets("0 8 1 1 *", "0 8 29 2 *").is_none());
    }
}
