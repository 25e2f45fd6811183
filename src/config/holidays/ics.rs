//! Holidays from iCalendar files: all-day events, single or repeated.

use std::collections::HashMap;

use chrono::NaiveDate;
use icalendar::parser::{Component, Property, read_components, unfold};

use super::recurrence::Recurrence;
use super::rules::date;
use super::{Dated, LAST_YEAR, SourceFault, Table};
use crate::config::leaf::dates::in_reach;

/// A list of holidays is shorter than this, whatever its rules say.
const MAX_DATES: usize = 20_000;

/// Calendars are nested two deep; the parser behind this recurses.
const MAX_DEPTH: usize = 8;

/// Reads all-day events; those at a time of day are passed over, which is remarked.
pub fn read(text: &str) -> Result<Table, SourceFault> {
    let starts = event_lines(text)?;
    let unfolded = unfold(text);
    let components = read_components(unfolded.trim_end())
        .ok()
        .filter(|all| all.iter().any(|one| one.name == "VCALENDAR"));
    let components = components.ok_or_else(|| SourceFault::new("not an iCalendar file"))?;
    let events = (components.iter())
        .flat_map(|calendar| &calendar.components)
        .filter(|component| component.name == "VEVENT");
    let events: Vec<&Component<'_>> = events.collect();
    let moved = moved(&events);
    let mut dates = Vec::new();
    let mut timed = 0;
    let mut goes_on = false;
    for (index, event) in events.iter().enumerate() {
        let fault = |fault: SourceFault| match starts.get(index) {
            Some(line) => fault.line(*line),
            None => fault,
        };
        match read_event(event, &moved).map_err(fault)? {
            Event::Cancelled => {}
            Event::Timed => timed += 1,
            Event::AllDay(found, endless) => {
                goes_on |= endless;
                dates.extend(found);
            }
        }
        if dates.len() > MAX_DATES {
            let message = format!("more than {MAX_DATES} dates");
            return Err(fault(SourceFault::new(message)));
        }
    }
    let mut table = Table::listed(dates);
    if goes_on {
        table.reach = Some(date(LAST_YEAR, 12, 31));
    }
    if timed > 0 {
        let remark = format!(
            "left out, being at a time of day: {timed} of {} events",
            events.len()
        );
        table.remarks.push(remark);
    }
    Ok(table)
}

/// What an event is to a calendar of holidays.
enum Event {
    Cancelled,
    Timed,
    /// Its dates, and whether they go on past the last year that is worked out.
    AllDay(Vec<Dated>, bool),
}

/// Single dates of repeated events that have an event of their own, by the event's id.
type Moved<'e> = HashMap<&'e str, Vec<NaiveDate>>;

fn moved<'e>(events: &[&'e Component<'e>]) -> Moved<'e> {
    let mut moved = Moved::new();
    for event in events {
        if let (Some(uid), Some(of)) = (value(event, "UID"), value(event, "RECURRENCE-ID")) {
            moved.entry(uid).or_default().extend(day(of).ok());
        }
    }
    moved
}

fn read_event(event: &Component<'_>, moved: &Moved<'_>) -> Result<Event, SourceFault> {
    if value(event, "STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(Event::Cancelled);
    }
    let start =
        value(event, "DTSTART").ok_or_else(|| SourceFault::new("an event without DTSTART"))?;
    if start.contains('T') {
        return Ok(Event::Timed);
    }
    let start = day(start)?;
    let length = match value(event, "DTEND") {
        Some(end) => (day(end.get(..8).unwrap_or(end))? - start)
            .num_days()
            .max(1),
        None => length_of(event)?,
    };
    if length > 366 {
        return Err(SourceFault::new("an event longer than a year"));
    }
    let name = value(event, "SUMMARY").map_or_else(|| "holiday".to_owned(), unescaped);
    let mut first_days = vec![start];
    let mut endless = false;
    let rules: Vec<&str> = values(event, "RRULE").collect();
    match rules[..] {
        [] => {}
        [rule] => {
            let rule: Recurrence = rule.parse()?;
            endless = rule.is_endless();
            first_days = rule.dates(start);
        }
        _ => return Err(SourceFault::new("an event with more than one RRULE")),
    }
    if value(event, "EXRULE").is_some() {
        return Err(SourceFault::new("EXRULE is not supported"));
    }
    first_days.extend(listed(event, "RDATE")?);
    let mut without = listed(event, "EXDATE")?;
    if value(event, "RECURRENCE-ID").is_none() {
        let uid = value(event, "UID").unwrap_or_default();
        without.extend(moved.get(uid).into_iter().flatten());
    }
    first_days.retain(|day| !without.contains(day));
    first_days.sort_unstable();
    first_days.dedup();
    let dated = |date| Dated {
        date,
        name: name.clone(),
        hours: Vec::new(),
    };
    let days = first_days
        .iter()
        .flat_map(|first| first.iter_days().take(length as usize));
    let days = days.filter_map(in_reach).take(MAX_DATES + 1);
    Ok(Event::AllDay(days.map(dated).collect(), endless))
}

/// The days of an event without DTEND: one, or as many as its DURATION says.
fn length_of(event: &Component<'_>) -> Result<i64, SourceFault> {
    let Some(text) = value(event, "DURATION") else {
        return Ok(1);
    };
    let wrong = || SourceFault::new(format!("DURATION `{text}` is not a number of days"));
    let days = |text: &str| -> Option<i64> {
        let text = text.trim_start_matches('+').strip_prefix('P')?;
        match (text.strip_suffix('D'), text.strip_suffix('W')) {
            (Some(days), _) => days.parse().ok(),
            (_, Some(weeks)) => weeks.parse::<i64>().ok()?.checked_mul(7),
            _ => None,
        }
    };
    days(text).filter(|days| *days > 0).ok_or_else(wrong)
}

fn listed(event: &Component<'_>, name: &str) -> Result<Vec<NaiveDate>, SourceFault> {
    let texts = values(event, name).flat_map(|list| list.split(','));
    // An exception may be written with a time of day even for an all-day event.
    texts
        .map(|text| day(text.get(..8).unwrap_or(text)))
        .collect()
}

fn day(text: &str) -> Result<NaiveDate, SourceFault> {
    let wrong = || SourceFault::new(format!("`{text}` is not a date of 1970 to 2199"));
    let shaped = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| wrong())?;
    in_reach(date).filter(|_| shaped).ok_or_else(wrong)
}

fn values<'e>(event: &'e Component<'_>, name: &str) -> impl Iterator<Item = &'e str> {
    let of_name = move |property: &&Property<'_>| property.name == name;
    let found: Vec<&str> = (event.properties.iter())
        .filter(of_name)
        .map(|property| property.val.as_str().trim())
        .collect();
    found.into_iter()
}

fn value<'e>(event: &'e Component<'_>, name: &str) -> Option<&'e str> {
    values(event, name).next()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(match chars.next() {
                Some('n' | 'N') | None => ' ',
                Some(c) => c,
            }),
            c => plain.push(c),
        }
    }
    plain.trim().to_owned()
}

/// The line of each event's BEGIN, for messages; the parser keeps none.
fn event_lines(text: &str) -> Result<Vec<usize>, SourceFault> {
    let mut depth: usize = 0;
    let mut starts = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with("BEGIN:") {
            depth += 1;
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > MAX_DEPTH {
            return Err(SourceFault::new("nested too deep").line(index + 1));
        }
        if line == "BEGIN:VEVENT" {
            starts.push(index + 1);
        }
    }
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &[&str]) -> String {
        let events = events.iter().map(|event| {
            let lines = event.split('|').collect::<Vec<_>>().join("\r\n");
            format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
        });
        let events: String = events.collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    fn dates(events: &[&str]) -> Vec<String> {
        let table = read(&calendar(events)).unwrap();
        table
            .dates
            .iter()
            .map(|dated| dated.date.to_string())
            .collect()
    }

    #[test]
    fn all_day_events_are_read_with_their_length() {
        let one = "DTSTART;VALUE=DATE:20261225|SUMMARY:Christmas Day";
        assert_eq!(dates(&[one]), ["2026-12-25"]);
        let three = "DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261227|SUMMARY:Closed";
        assert_eq!(dates(&[three]), ["2026-12-24", "2026-12-25", "2026-12-26"]);
        let two = "DTSTART;VALUE=DATE:20261224|DURATION:P2D|SUMMARY:Closed";
        assert_eq!(dates(&[two]), ["2026-12-24", "2026-12-25"]);
        let same_end = "DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261224|SUMMARY:Closed";
        assert_eq!(dates(&[same_end]), ["2026-12-24"]);
    }

    #[test]
    fn folded_and_escaped_names_are_made_whole() {
        let table = read(&calendar(&[
            "DTSTART;VALUE=DATE:20261225|SUMMARY:Christmas\\, the |  first day",
        ]));
        assert_eq!(table.unwrap().dates[0].name, "Christmas, the  first day");
    }

    #[test]
    fn rules_exceptions_and_moved_days_are_worked_out() {
        let yearly = "UID:a|DTSTART;VALUE=DATE:20261225|RRULE:FREQ=YEARLY;COUNT=4|EXDATE;VALUE=DATE:20271225|RDATE;VALUE=DATE:20261224|SUMMARY:x";
        let moved = "UID:a|RECURRENCE-ID;VALUE=DATE:20281225|DTSTART;VALUE=DATE:20281227|SUMMARY:x";
        assert_eq!(
            dates(&[yearly, moved]),
            ["2026-12-24", "2026-12-25", "2028-12-27", "2029-12-25"]
        );
        let endless = "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=YEARLY|SUMMARY:x";
        let table = read(&calendar(&[endless])).unwrap();
        assert_eq!(table.dates.len(), 20);
        assert_eq!(table.reach, Some(date(LAST_YEAR, 12, 31)));
    }

    #[test]
    fn what_is_no_holiday_is_left_out_and_remarked() {
        let table = read(&calendar(&[
            "DTSTART:20261224T180000Z|SUMMARY:Party",
            "DTSTART;VALUE=DATE:20261226|STATUS:CANCELLED|SUMMARY:Off",
            "DTSTART;VALUE=DATE:20261225|SUMMARY:Christmas Day",
        ]));
        let table = table.unwrap();
        assert_eq!((table.dates.len(), table.remarks.len()), (1, 1));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_line() {
        for wrong in [
            "SUMMARY:no date",
            "DTSTART;VALUE=DATE:20260230|SUMMARY:x",
            "DTSTART;VALUE=DATE:20261225|RRULE:FREQ=WEEKLY|SUMMARY:x",
            "DTSTART;VALUE=DATE:20261225|DURATION:PT5H|SUMMARY:x",
            "DTSTART;VALUE=DATE:20001225|DTEND;VALUE=DATE:20261225|SUMMARY:x",
        ] {
            let good = "DTSTART;VALUE=DATE:20261225|SUMMARY:Christmas Day";
            let fault = read(&calendar(&[good, wrong])).unwrap_err();
            assert_eq!(fault.line, Some(7), "{wrong}");
        }
        assert!(read(&"BEGIN:A\r\n".repeat(10_000)).is_err());
        assert!(read("hello").is_err());
    }
}
