//! Holiday sources: rules known to the program, the published feed, iCalendar and CSV.
//!
//! Owns how dates are read. Must not know schedules, nor how a file is fetched.

pub mod built_in;
mod csv;
mod feed;
mod ics;
mod recurrence;
mod rules;

use chrono::NaiveDate;

use crate::domain::Line;
use crate::domain::hours::Hours;

/// No list of holidays is near this size.
pub const MAX_BYTES: u64 = 4 << 20;

/// The last year for which dates are worked out by a rule.
pub const LAST_YEAR: i32 = 2045;

/// The dates of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// In order; a date may be listed twice.
    pub dates: Vec<Dated>,
    /// The last date of which the source is sure.
    pub reach: Option<NaiveDate>,
    /// What is worth knowing about the source, in words.
    pub remarks: Vec<String>,
}

/// A date of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dated {
    /// The date.
    pub date: NaiveDate,
    /// What people call it.
    pub name: String,
    /// Hours in which it is open all the same; empty for a whole day.
    pub hours: Vec<Hours>,
}

/// Why a source cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceFault {
    /// What is wrong.
    pub message: String,
    /// On which line of the source, where that is known.
    pub line: Option<Line>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl SourceFault {
    fn new(message: impl Into<String>) -> SourceFault {
        SourceFault {
            message: message.into(),
            line: None,
            hint: None,
        }
    }

    fn line(mut self, line: usize) -> SourceFault {
        self.line = Line::try_from(line).ok();
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> SourceFault {
        self.hint = Some(hint.into());
        self
    }
}

impl Table {
    /// Dates in order; the source is sure of nothing after the last of them.
    fn listed(mut dates: Vec<Dated>) -> Table {
        dates.sort();
        Table {
            reach: dates.last().map(|dated| dated.date),
            dates,
            remarks: Vec::new(),
        }
    }

    /// The dates that are listed more than once.
    pub fn twice(&self) -> Vec<NaiveDate> {
        let pairs = self.dates.windows(2);
        let mut twice: Vec<NaiveDate> = pairs
            .filter(|pair| pair[0].date == pair[1].date)
            .map(|pair| pair[0].date)
            .collect();
        twice.dedup();
        twice
    }
}

/// Reads a list of holidays; its form is told by the name's ending, else by how it begins.
/// This is also the check of a copy just fetched, before it replaces the last good one.
///
/// # Errors
/// What cannot be read, or is too big.
pub fn read(name: &str, bytes: &[u8], division: Option<&str>) -> Result<Table, SourceFault> {
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("more than {} MB", MAX_BYTES >> 20);
        return Err(SourceFault::new(message));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        SourceFault::new("not UTF-8 text").line(line)
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let form = form_of(name, text);
    if let (Some(_), Form::Csv | Form::Ics) = (division, form) {
        let message = "`division` is for the published feed (JSON), and this is none";
        return Err(SourceFault::new(message));
    }
    let table = match form {
        Form::Feed => feed::read(text, division),
        Form::Csv => csv::read(text),
        Form::Ics => ics::read(text),
    }?;
    if table.dates.is_empty() {
        return Err(SourceFault::new("no holiday in it"));
    }
    Ok(table)
}

#[derive(Clone, Copy)]
enum Form {
    Feed,
    Csv,
    Ics,
}

fn form_of(name: &str, text: &str) -> Form {
    let ending = name.rsplit('.').next().unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "json" => Form::Feed,
        "csv" => Form::Csv,
        "ics" => Form::Ics,
        _ if text.trim_start().starts_with('{') => Form::Feed,
        _ if text.trim_start().starts_with("BEGIN:VCALENDAR") => Form::Ics,
        _ => Form::Csv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_by_the_name_else_by_the_text() {
        let csv = "2026-12-25,Christmas Day\n";
        let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let feed = r#"{"x":{"events":[{"title":"Christmas Day","date":"2026-12-25"}]}}"#;
        for (name, text, division) in [
            ("a.csv", csv, None),
            ("a", csv, None),
            ("a.ICS", ics, None),
            ("a", ics, None),
            ("a.json", feed, Some("x")),
            ("a", feed, Some("x")),
        ] {
            let with_bom = format!("\u{feff}{text}");
            let table = read(name, with_bom.as_bytes(), division).unwrap();
            assert_eq!(table.dates[0].name, "Christmas Day", "{name}");
            assert_eq!(table.reach, Some("2026-12-25".parse().unwrap()));
        }
    }

    #[test]
    fn what_is_no_list_of_holidays_is_refused() {
        let big = vec![b' '; MAX_BYTES as usize + 1];
        for (name, bytes) in [
            ("a.csv", &big[..]),
            ("a.csv", b""),
            ("a.csv", b"2026-12-25,\xff"),
            ("a.json", b"<html>"),
            ("a.ics", b"<html>"),
        ] {
            assert!(read(name, bytes, None).is_err(), "{name}");
        }
    }
}
