//! Dates by rule: Easter, the nth weekday of a month, the weekday after a weekend.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A date of a year between 1900 and 2199 that is known to exist.
pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date of every year")
}

/// Easter Sunday of the Gregorian calendar (the anonymous computus).
pub fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    date(year, month.unsigned_abs(), day.unsigned_abs())
}

/// The nth weekday of a month, from 1; counted from the month's end where `n` is negative.
pub fn nth_weekday(year: i32, month: u32, weekday: Weekday, n: i32) -> Option<NaiveDate> {
    if n > 0 {
        let n = u8::try_from(n).ok()?;
        return NaiveDate::from_weekday_of_month_opt(year, month, weekday, n);
    }
    let last = last_day(year, month)?;
    let back = last.weekday().days_since(weekday);
    let weeks = u64::from(n.checked_add(1)?.unsigned_abs());
    let found = last.checked_sub_days(Days::new(u64::from(back) + 7 * weeks))?;
    (found.month() == month && n != 0).then_some(found)
}

/// The last day of a month.
pub fn last_day(year: i32, month: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    first.checked_add_months(chrono::Months::new(1))?.pred_opt()
}

/// The date itself, or the Monday after it where it falls on a weekend.
pub fn monday_if_weekend(date: NaiveDate) -> NaiveDate {
    match date.weekday() {
        Weekday::Sat => date + Days::new(2),
        Weekday::Sun => date + Days::new(1),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_almanac_has_it() {
        for day in [
            "1961-04-02",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2027-03-28",
            "2038-04-25",
            "2045-04-09",
        ] {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!(easter(day.year()), day);
        }
    }

    #[test]
    fn weekdays_of_a_month_are_counted_from_either_end() {
        for (n, day) in [
            (1, Some(3)),
            (5, Some(31)),
            (6, None),
            (-1, Some(31)),
            (-5, Some(3)),
            (-6, None),
            (0, None),
        ] {
            let found = nth_weekday(2026, 8, Weekday::Mon, n);
            assert_eq!(found, day.map(|day| date(2026, 8, day)), "{n}");
        }
        assert_eq!(nth_weekday(2026, 8, Weekday::Mon, i32::MIN), None);
    }
}
