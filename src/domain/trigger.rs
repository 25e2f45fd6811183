//! Triggers: cron expressions on civil time, without a zone and without a clock.
//!
//! Must not know holidays or instants: a trigger says on which civil minutes it fires.

use std::fmt;
use std::ops::Range;

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
    dates: Dates,
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
    #[error("the {field} `{text}` of this cron expression cannot be read")]
    Field {
        /// Which.
        field: CronField,
        /// What it says.
        text: String,
        /// Its bytes in the expression.
        part: Range<usize>,
    },
    /// Each field can be read alone, and they cannot be together.
    #[error("the fields of this cron expression do not go together")]
    Together,
    /// No date ever matches, as on 30 February.
    #[error("this cron expression never fires: no date matches it")]
    NeverFires,
}

/// The fields of a cron expression, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    Day,
    /// 1 to 12, or a name.
    Month,
    /// 0 to 7 from Sunday to Sunday, or a name.
    Weekday,
}

impl CronField {
    const ALL: [CronField; 5] = [
        CronField::Minute,
        CronField::Hour,
        CronField::Day,
        CronField::Month,
        CronField::Weekday,
    ];
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CronField::Minute => "minute",
            CronField::Hour => "hour",
            CronField::Day => "day of the month",
            CronField::Month => "month",
            CronField::Weekday => "weekday",
        })
    }
}

impl Trigger {
    /// Reads a cron expression of five fields: minute, hour, day of month, month, weekday.
    /// Where neither day field is `*` either of them is enough (the rule of cron(5)).
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
            .map_err(|_| unreadable_field(&parser, text))?;
        let minutes: Vec<u16> = (cron.pattern.hours.values().iter())
            .flat_map(|hour| {
                let minutes = cron.pattern.minutes.values();
                minutes.into_iter().map(move |minute| hour * 60 + minute)
            })
            .filter(|minute| *minute < DAY_MINUTES)
            .collect();
        let dates = Dates::of(&cron);
        if minutes.is_empty() || dates.is_empty() {
            return Err(TriggerError::NeverFires);
        }
        Ok(Trigger {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            action,
            line,
            dates,
            minutes,
        })
    }

    /// Whether it fires on a date.
    pub fn fires_on(&self, date: NaiveDate) -> bool {
        self.dates.contains(date)
    }

    /// The minutes of a day it fires on, ascending.
    pub fn minutes(&self) -> &[u16] {
        &self.minutes
    }

    /// The first civil minute at which both fire, if there is any.
    pub fn meets(&self, other: &Trigger) -> Option<(NaiveDate, u16)> {
        let minute = (self.minutes.iter()).find(|minute| other.minutes.contains(minute))?;
        let date = self.dates.first_common(&other.dates)?;
        Some((date, *minute))
    }
}

/// The first field that cannot be read, even alone.
fn unreadable_field(parser: &CronParser, text: &str) -> TriggerError {
    let mut end = 0;
    for (place, field) in text.split_whitespace().enumerate() {
        let blanks = text[end..].find(field).unwrap_or_default();
        let start = end + blanks;
        end = start + field.len();
        let mut alone = ["*"; 5];
        alone[place] = field;
        if parser.parse(&alone.join(" ")).is_err() {
            return TriggerError::Field {
                field: CronField::ALL[place],
                text: field.to_owned(),
                part: start..end,
            };
        }
    }
    TriggerError::Together
}

/// The dates a cron expression matches. They depend on nothing but the kind of the year: the weekday
/// it begins with, and whether it is a leap year.
#[derive(Debug, Clone)]
struct Dates(Box<[YearDays; YEAR_KINDS]>);

/// One bit for each day of a year.
type YearDays = [u64; 6];

const YEAR_KINDS: usize = 14;

/// 28 years in a row hold every kind of year.
const KNOWN_YEARS: std::ops::Range<i32> = 2000..2028;

impl Dates {
    fn of(cron: &croner::Cron) -> Dates {
        let mut dates = Dates(Box::new([[0; 6]; YEAR_KINDS]));
        for (kind, new_year) in new_years().into_iter().enumerate() {
            let days = new_year.iter_days();
            for day in days.take_while(|day| day.year() == new_year.year()) {
                if matches(cron, day) {
                    let (word, bit) = (day.ordinal0() / 64, day.ordinal0() % 64);
                    dates.0[kind][word as usize] |= 1 << bit;
                }
            }
        }
        dates
    }

    fn contains(&self, date: NaiveDate) -> bool {
        let days = &self.0[year_kind(date)];
        let (word, bit) = (date.ordinal0() / 64, date.ordinal0() % 64);
        days[word as usize] & (1 << bit) != 0
    }

    fn is_empty(&self) -> bool {
        self.0.as_flattened().iter().all(|word| *word == 0)
    }

    /// The first date of the known years that is in both.
    fn first_common(&self, other: &Dates) -> Option<NaiveDate> {
        let words = self.0.as_flattened().iter().zip(other.0.as_flattened());
        if words.into_iter().all(|(ours, theirs)| ours & theirs == 0) {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(KNOWN_YEARS.start, 1, 1)?;
        let mut days = (first.iter_days()).take_while(|day| KNOWN_YEARS.contains(&day.year()));
        days.find(|date| self.contains(*date) && other.contains(*date))
    }
}

/// A New Year's Day for each kind of year.
fn new_years() -> [NaiveDate; YEAR_KINDS] {
    let mut found = [NaiveDate::MIN; YEAR_KINDS];
    for year in KNOWN_YEARS {
        let new_year = NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
        found[year_kind(new_year)] = new_year;
    }
    found
}

fn year_kind(date: NaiveDate) -> usize {
    let weekday = date.weekday().num_days_from_monday();
    // 371 is 53 weeks, more than any day of a year counts.
    let first_weekday = (weekday + 371 - date.ordinal0()) % 7;
    first_weekday as usize * 2 + usize::from(date.leap_year())
}

fn matches(cron: &croner::Cron, date: NaiveDate) -> bool {
    let weekday = date.weekday().num_days_from_sunday();
    let weekday = croner::Weekday::from_days_from_sunday(weekday);
    let pattern = &cron.pattern;
    pattern.month_match(date.month()).unwrap_or(false)
        && pattern
            .day_match(date.year(), date.month(), date.day(), weekday)
            .unwrap_or(false)
}

/// Triggers of one schedule, read together.
#[derive(Debug, Clone, Default)]
pub(super) struct Firings {
    /// Every minute of a day at which a trigger may fire, ascending, and the trigger.
    minutes: Vec<(u16, usize)>,
}

impl Firings {
    pub fn new(triggers: &[Trigger]) -> Firings {
        let each = triggers.iter().enumerate();
        let mut minutes: Vec<(u16, usize)> = each
            .flat_map(|(index, trigger)| trigger.minutes.iter().map(move |minute| (*minute, index)))
            .collect();
        minutes.sort_unstable();
        Firings { minutes }
    }

    /// The minutes of a date at which triggers fire, ascending, each with the index of its trigger.
    /// Of several at one minute (their actions are the same) the first of the file stands.
    pub fn on<'a>(
        &'a self,
        triggers: &'a [Trigger],
        date: NaiveDate,
    ) -> impl Iterator<Item = (u16, usize)> + 'a {
        let mut before = None;
        let all = self.minutes.iter().copied();
        all.filter(move |(_, index)| triggers[*index].fires_on(date))
            .filter(move |(minute, _)| before.replace(*minute) != Some(*minute))
    }

    /// The trigger that says at the end of a date, if one fired on it.
    pub fn last_on(&self, triggers: &[Trigger], date: NaiveDate) -> Option<usize> {
        let mut backward = self.minutes.iter().rev();
        let fires = |(_, index): &&(u16, usize)| triggers[*index].fires_on(date);
        let (minute, mut first) = *backward.by_ref().find(fires)?;
        for (_, index) in backward.take_while(|(m, _)| *m == minute).filter(fires) {
            first = *index;
        }
        Some(first)
    }

    /// The trigger that says at the end of a date. Looks back one cycle at most.
    pub fn last_until(&self, triggers: &[Trigger], date: NaiveDate) -> Option<usize> {
        if triggers.is_empty() {
            return None;
        }
        let mut date = date;
        for _ in 0..CYCLE_DAYS {
            if let Some(index) = self.last_on(triggers, date) {
                return Some(index);
            }
            date = date.checked_sub_days(Days::new(1))?;
        }
        None
    }
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
            let triggers = [trigger];
            let firings = Firings::new(&triggers);
            let fired: Vec<u16> = firings.on(&triggers, date).map(|(m, _)| m).collect();
            assert_eq!(fired, minutes, "{text} on {date}");
        }
    }

    #[test]
    fn of_triggers_at_one_minute_the_first_of_the_file_stands() {
        let triggers = ["0 7 * * *", "0 8 * * mon", "0 8 * * *", "0 8 * * *"];
        let triggers = triggers.map(|text| trigger(text).unwrap());
        let firings = Firings::new(&triggers);
        for (date, second) in [("2026-11-23", 1), ("2026-11-24", 2)] {
            let date = date.parse().unwrap();
            let fired: Vec<usize> = firings.on(&triggers, date).map(|(_, i)| i).collect();
            assert_eq!(fired, [0, second]);
            assert_eq!(firings.last_on(&triggers, date), Some(second));
        }
    }

    #[test]
    fn dates_are_those_of_the_expression_in_every_year_of_a_century() {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        for text in [
            "0 0 * * *",
            "0 0 29 2 *",
            "0 0 L * *",
            "0 0 15W * *",
            "0 0 LW * *",
            "0 0 * * 5L",
            "0 0 * * mon#2",
            "0 0 13 * fri",
        ] {
            let (trigger, cron) = (trigger(text).unwrap(), parser.parse(text).unwrap());
            let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
            for date in first.iter_days().take(101 * 366) {
                assert_eq!(
                    trigger.fires_on(date),
                    matches(&cron, date),
                    "{text} {date}"
                );
            }
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
                matches!(trigger(text), Err(TriggerError::Field { .. })),
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
