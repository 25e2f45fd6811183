//! `[calendars.*]`: a source of holidays, days of one's own, exceptions.

use chrono::NaiveDate;

use crate::config::leaf::hours;
use crate::config::reader::Fields;
use crate::config::source::{Span, Spanned};
use crate::domain::hours::Hours;

pub(super) const CALENDAR: &[&str] = &["built_in", "file", "url", "division", "days", "except"];
pub(super) const DAY: &[&str] = &["date", "name", "hours"];

/// A calendar as written.
#[derive(Debug)]
pub struct CalendarForm {
    /// Its key.
    pub name: Spanned<String>,
    /// Where its dates come from.
    pub source: Option<SourceForm>,
    /// Dates of one's own.
    pub days: Vec<DayForm>,
    /// Dates of the source that do not count.
    pub except: Vec<Spanned<NaiveDate>>,
}

/// Where dates come from.
#[derive(Debug)]
pub struct SourceForm {
    /// Which key says so.
    pub kind: SourceKind,
    /// The place of the key.
    pub key: Span,
    /// Its value.
    pub value: Spanned<String>,
    /// `division`, for the published feed.
    pub division: Option<Spanned<String>>,
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Known to the program.
    BuiltIn,
    /// A file beside the schedule.
    File,
    /// Fetched, and the last good copy kept.
    Url,
}

impl SourceKind {
    const WORDS: [(&'static str, SourceKind); 3] = [
        ("built_in", SourceKind::BuiltIn),
        ("file", SourceKind::File),
        ("url", SourceKind::Url),
    ];
}

/// A date of one's own.
#[derive(Debug)]
pub struct DayForm {
    /// Its table.
    pub place: Span,
    /// `date`.
    pub date: Spanned<NaiveDate>,
    /// `name`.
    pub name: String,
    /// `hours`; empty for a whole day.
    pub hours: Vec<Hours>,
}

pub(super) fn read(name: Spanned<String>, fields: &Fields<'_>) -> CalendarForm {
    let days = fields.list("days").unwrap_or_default().iter();
    let days = days.filter_map(|value| {
        let day = Fields::of_value(value, "an entry of `days`", DAY, fields.problems())?;
        read_day(&day)
    });
    let days: Vec<DayForm> = days.collect();
    let source = read_source(fields);
    let says_nothing = fields.entries().is_empty();
    if says_nothing {
        fields.missing(
            "built_in`, `file`, `url` or `days",
            "a calendar needs dates",
        );
    }
    CalendarForm {
        name,
        source,
        days,
        except: fields.dates("except"),
    }
}

fn read_day(day: &Fields<'_>) -> Option<DayForm> {
    if day.key("date").is_none() {
        day.missing("date", "write it without quotes: date = 2026-12-24");
    }
    if day.key("name").is_none() {
        day.missing("name", "what people call the day: name = \"Christmas Eve\"");
    }
    let (date, name) = (day.date("date"), day.text("name"));
    let hours = day.word("hours", hours::parse);
    Some(DayForm {
        place: day.place(),
        date: date?,
        name: name?.value.trim().to_owned(),
        hours: hours.map(|hours| hours.value).unwrap_or_default(),
    })
}

fn read_source(fields: &Fields<'_>) -> Option<SourceForm> {
    let given: Vec<_> = (SourceKind::WORDS.iter())
        .filter_map(|(word, kind)| Some((fields.key(word)?, *word, *kind)))
        .collect();
    let division = fields.text("division");
    let division = division.map(|text| text.map(str::to_owned));
    let problems = fields.problems();
    if let [(first, ..), (second, word, _), ..] = given[..] {
        let (first, second) = (first.min(second), first.max(second));
        let message = "a calendar has one source".to_owned();
        let problem = problems.at(second, message).also(first, "the other source");
        let hint = format!("make a second calendar for `{word}`, and list both in `holidays`");
        problem.hint(hint).error();
    }
    let Some((key, word, kind)) = given.first().copied() else {
        if let Some(division) = division {
            let message = "`division` needs a `file` or a `url` that has divisions";
            problems.at(division.span, message).error();
        }
        return None;
    };
    if let Some(division) = division.as_ref().filter(|_| kind == SourceKind::BuiltIn) {
        let message = "`division` is for a `file` or a `url`, not for `built_in`";
        problems.at(division.span, message).error();
    }
    let value = fields.text(word)?.map(str::to_owned);
    Some(SourceForm {
        kind,
        key,
        value,
        division,
    })
}
