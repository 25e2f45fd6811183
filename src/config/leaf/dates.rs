//! Dates and local times as TOML has them, as dates and times of the calendar.

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use toml::value::{Date, Datetime, Time};

use super::Fault;

/// The years that a file may speak of: those for which clock changes are known.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// A date alone.
///
/// # Errors
/// A date with a time, an offset, or outside 1970 to 2199.
pub fn date(found: &Datetime) -> Result<NaiveDate, Fault> {
    match found {
        Datetime {
            date: Some(date),
            time: None,
            offset: None,
        } => day(date),
        _ => Err(Fault::new("a date alone is expected").hint("write it as 2026-12-24")),
    }
}

/// A date and a time without an offset.
///
/// # Errors
/// Anything else, or a year outside 1970 to 2199.
pub fn local_time(found: &Datetime) -> Result<NaiveDateTime, Fault> {
    match found {
        Datetime {
            offset: Some(_), ..
        } => Err(Fault::new("a local time has no offset")
            .hint("leave out `Z` or `+01:00`: the time is local to each policy's zone")),
        Datetime {
            date: Some(date),
            time: Some(time),
            ..
        } => {
            let day = day(date)?;
            clock(day, time)
        }
        Datetime {
            date: Some(date), ..
        } => Err(Fault::new("a time of day is missing").hint(format!(
            "write {date}T00:00:00, or `date = {date}` for the whole day"
        ))),
        _ => Err(Fault::new("a date is missing").hint("write it as 2026-07-17T15:00:00")),
    }
}

fn day(date: &Date) -> Result<NaiveDate, Fault> {
    let (year, month, day) = (date.year.into(), date.month.into(), date.day.into());
    let real = NaiveDate::from_ymd_opt(year, month, day)
        .ok_or_else(|| Fault::new(format!("there is no {date}")))?;
    in_reach(real).ok_or_else(|| {
        Fault::new(format!("{date} is out of reach")).hint("dates from 1970 to 2199 are known")
    })
}

/// The date, where it lies in the years that are known.
pub fn in_reach(date: NaiveDate) -> Option<NaiveDate> {
    YEARS.contains(&date.year()).then_some(date)
}

fn clock(day: NaiveDate, time: &Time) -> Result<NaiveDateTime, Fault> {
    if time.nanosecond.unwrap_or(0) != 0 {
        return Err(Fault::new("a switch falls on a whole second"));
    }
    let (hour, minute, second) = (time.hour, time.minute, time.second.unwrap_or(0));
    day.and_hms_opt(hour.into(), minute.into(), second.into())
        .ok_or_else(|| Fault::new(format!("there is no time {time}")))
}
