//! Repeated events: the yearly and monthly rules of iCalendar (RFC 5545, 3.3.10).

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Weekday};

use super::rules::{last_day, nth_weekday};
use super::{LAST_YEAR, SourceFault};

/// A rule by which an event repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    yearly: bool,
    /// Years or months from one to the next.
    interval: u32,
    count: Option<usize>,
    until: Option<NaiveDate>,
    months: Vec<u32>,
    /// Days of a month; negative ones count from its end.
    month_days: Vec<i32>,
    /// Weekdays, with which of them in the month; 0 for every one.
    week_days: Vec<(i32, Weekday)>,
}

impl FromStr for Recurrence {
    type Err = SourceFault;

    fn from_str(text: &str) -> Result<Recurrence, SourceFault> {
        let unsupported = |part: &str| {
            SourceFault::new(format!("the repetition `{part}` is not supported"))
                .hint("yearly and monthly rules are, by day of the month or nth weekday; else list the dates")
        };
        let mut rule = Recurrence {
            yearly: false,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            week_days: Vec::new(),
        };
        let mut has_frequency = false;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| unsupported(part))?;
            let key = key.to_ascii_uppercase();
            has_frequency |= key == "FREQ";
            rule.take(&key, value).ok_or_else(|| unsupported(part))?;
        }
        // Without a month weekdays would be counted in the year.
        let counts_in_year = rule.yearly && !rule.week_days.is_empty() && rule.months.is_empty();
        if !has_frequency || counts_in_year {
            return Err(unsupported(text));
        }
        Ok(rule)
    }
}

impl Recurrence {
    /// Takes one part of the text; `None` for one that is not supported.
    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "FREQ" if value.eq_ignore_ascii_case("YEARLY") => self.yearly = true,
            "FREQ" if value.eq_ignore_ascii_case("MONTHLY") => self.yearly = false,
            "INTERVAL" => {
                let interval = value.parse().ok();
                self.interval = interval.filter(|n| (1..=1_200).contains(n))?;
            }
            "COUNT" => self.count = Some(value.parse().ok().filter(|n| *n > 0)?),
            "UNTIL" => {
                let day = value.get(..8)?;
                self.until = Some(NaiveDate::parse_from_str(day, "%Y%m%d").ok()?);
            }
            "BYMONTH" => {
                let month = |text: &str| text.parse().ok().filter(|n| (1..=12).contains(n));
                self.months = list(value, month)?;
            }
            "BYMONTHDAY" => {
                let day = |text: &str| -> Option<i32> { text.parse().ok() };
                let real = |day: &i32| *day != 0 && (-31..=31).contains(day);
                self.month_days = list(value, |text| day(text).filter(real))?;
            }
            "BYDAY" => self.week_days = list(value, week_day)?,
            "WKST" => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether it never ends.
    pub fn is_endless(&self) -> bool {
        self.count.is_none() && self.until.is_none()
    }

    /// The dates from the first event to the last year that is worked out.
    pub fn dates(&self, start: NaiveDate) -> Vec<NaiveDate> {
        let first = start.year() * 12 + start.month0() as i32;
        let step = if self.yearly { 12 } else { 1 } * self.interval as usize;
        let first = if self.yearly {
            start.year() * 12
        } else {
            first
        };
        let mut dates = vec![start];
        for month in (first..(LAST_YEAR + 1) * 12).step_by(step) {
            let months = if self.yearly { 12 } else { 1 };
            let mut found: Vec<NaiveDate> = (month..month + months)
                .flat_map(|month| self.of_month(start, month.div_euclid(12), month.rem_euclid(12)))
                .collect();
            found.retain(|date| *date > start);
            found.sort_unstable();
            found.dedup();
            dates.extend(found);
            if self.count.is_some_and(|count| dates.len() >= count) {
                break;
            }
        }
        dates.retain(|date| self.until.is_none_or(|until| *date <= until));
        dates.truncate(self.count.unwrap_or(usize::MAX));
        dates
    }

    /// The dates of one month that fit.
    fn of_month(&self, start: NaiveDate, year: i32, month0: i32) -> Vec<NaiveDate> {
        let month = month0.unsigned_abs() + 1;
        let by_day = !self.month_days.is_empty();
        let months_fit = if !self.months.is_empty() {
            self.months.contains(&month)
        } else {
            !self.yearly || by_day || month == start.month()
        };
        let Some(last) = last_day(year, month).filter(|_| months_fit) else {
            return Vec::new();
        };
        let day = |day: i32| {
            let day = if day < 0 {
                last.day() as i32 + 1 + day
            } else {
                day
            };
            NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
        };
        if self.week_days.is_empty() {
            let plain = [start.day() as i32];
            let days = if by_day { &self.month_days[..] } else { &plain };
            return days.iter().filter_map(|n| day(*n)).collect();
        }
        let on_days: Vec<NaiveDate> = (self.week_days.iter())
            .flat_map(|(nth, weekday)| {
                let nths = if *nth == 0 { 1..=5 } else { *nth..=*nth };
                nths.filter_map(|n| nth_weekday(year, month, *weekday, n))
            })
            .collect();
        let allowed: Vec<NaiveDate> = self.month_days.iter().filter_map(|n| day(*n)).collect();
        let fits = |date: &NaiveDate| !by_day || allowed.contains(date);
        on_days.into_iter().filter(fits).collect()
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|item| read(item.trim())).collect()
}

/// `MO`, `2TU`, `-1FR`.
fn week_day(text: &str) -> Option<(i32, Weekday)> {
    const DAYS: [(&str, Weekday); 7] = [
        ("MO", Weekday::Mon),
        ("TU", Weekday::Tue),
        ("WE", Weekday::Wed),
        ("TH", Weekday::Thu),
        ("FR", Weekday::Fri),
        ("SA", Weekday::Sat),
        ("SU", Weekday::Sun),
    ];
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let (_, day) = DAYS
        .iter()
        .find(|(sign, _)| sign.eq_ignore_ascii_case(name))?;
    let nth: i32 = match nth {
        "" => return Some((0, *day)),
        nth => nth.parse().ok()?,
    };
    (nth != 0 && (-5..=5).contains(&nth)).then_some((nth, *day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yearly_and_monthly_rules_give_the_dates_of_the_standard() {
        for (rule, start, want) in [
            ("FREQ=YEARLY;COUNT=2", "2026-12-25", "2026-12-25 2027-12-25"),
            ("FREQ=YEARLY;COUNT=2", "2028-02-29", "2028-02-29 2032-02-29"),
            (
                "FREQ=YEARLY;INTERVAL=2;COUNT=2",
                "2026-12-25",
                "2026-12-25 2028-12-25",
            ),
            (
                "FREQ=YEARLY;UNTIL=20281225",
                "2026-12-25",
                "2026-12-25 2027-12-25 2028-12-25",
            ),
            (
                "FREQ=YEARLY;UNTIL=20271224T235959Z",
                "2026-12-25",
                "2026-12-25",
            ),
            (
                "FREQ=YEARLY;BYMONTH=8;BYDAY=-1MO;COUNT=2",
                "2026-08-31",
                "2026-08-31 2027-08-30",
            ),
            (
                "FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;WKST=MO;COUNT=2",
                "2026-05-04",
                "2026-05-04 2027-05-03",
            ),
            (
                "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1;COUNT=3",
                "2026-01-01",
                "2026-01-01 2026-07-01 2027-01-01",
            ),
            (
                "FREQ=MONTHLY;COUNT=3",
                "2026-01-31",
                "2026-01-31 2026-03-31 2026-05-31",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
                "2026-01-31",
                "2026-01-31 2026-02-28 2026-03-31",
            ),
            (
                "FREQ=MONTHLY;BYDAY=2TU;INTERVAL=3;COUNT=2",
                "2026-01-13",
                "2026-01-13 2026-04-14",
            ),
            (
                "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2",
                "2026-02-13",
                "2026-02-13 2026-03-13",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO;COUNT=5",
                "2026-02-02",
                "2026-02-02 2026-02-09 2026-02-16 2026-02-23 2026-03-02",
            ),
        ] {
            let rule: Recurrence = rule.parse().unwrap();
            let dates = rule.dates(start.parse().unwrap());
            let texts: Vec<String> = dates.iter().map(NaiveDate::to_string).collect();
            assert_eq!(texts.join(" "), want, "{rule:?}");
        }
    }

    #[test]
    fn other_rules_are_refused() {
        for rule in [
            "",
            "COUNT=2",
            "FREQ=WEEKLY",
            "FREQ=DAILY;COUNT=3",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=YEARLY;BYDAY=1MO",
            "FREQ=YEARLY;BYYEARDAY=100",
            "FREQ=YEARLY;BYWEEKNO=20",
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",
            "FREQ=MONTHLY;INTERVAL=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYDAY=é",
            "FREQ=YEARLY;BYHOUR=1",
        ] {
            assert!(rule.parse::<Recurrence>().is_err(), "{rule}");
        }
    }
}
