//! What a good file holds, in a few lines; and every problem of any file for programs.

use serde::Serialize;

use super::style::{Ink, Style};
use super::text::{PAGE, count, fit, pad, plain, push_hanging, width};
use super::wire::WireZoneData;
use super::words;
use crate::config::{Config, Diagnostic, Severity};

/// The summary of a good file, of which so many warnings were told.
#[must_use]
pub fn check_text(config: &Config, warnings: usize, style: Style) -> String {
    let file = config.path.file_name().unwrap_or(config.path.as_os_str());
    let file = plain(&file.to_string_lossy()).into_owned();
    let mut out = String::new();
    style.push(&mut out, Ink::Strong, &file);
    out.push_str(": ");
    let counts = [
        count(config.policies.len(), "policy", "policies"),
        count(config.schedules.len(), "schedule", "schedules"),
        count(config.calendars.len(), "calendar", "calendars"),
    ];
    push_hanging(&mut out, width(&file) + 2, &counts.join(", "));
    out.push('\n');
    let names = config
        .calendars
        .iter()
        .map(|calendar| width(&calendar.name));
    let columns = names.max().unwrap_or(0).min(30);
    for calendar in &config.calendars {
        out.push_str("  ");
        out.push_str(&pad(&calendar.name, columns));
        out.push_str("  ");
        let holidays = count(calendar.holidays().len(), "holiday", "holidays");
        let reach = match calendar.reach {
            Some(reach) => format!(", confirmed until {}", words::date(reach)),
            None => ", all in the file".to_owned(),
        };
        push_hanging(&mut out, columns + 4, &format!("{holidays}{reach}"));
        out.push('\n');
    }
    let data = &config.zone_data;
    let zones = format!("zone data {} ({})", data.version, data.source);
    out.push_str(&fit(&zones, PAGE));
    out.push('\n');
    let verdict = match warnings {
        0 => style.paint(Ink::Good, "no problems"),
        some => style.paint(Ink::Notice, &count(some, "warning", "warnings")),
    };
    out.push_str(&verdict);
    out.push('\n');
    out
}

/// How many problems are of a severity.
#[must_use]
pub fn of_severity(problems: &[Diagnostic], severity: Severity) -> usize {
    let found = problems.iter().filter(|one| one.severity == severity);
    found.count()
}

#[derive(Serialize)]
struct Checked<'a> {
    file: String,
    good: bool,
    summary: Option<Summary<'a>>,
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    hash: &'a str,
    policies: usize,
    schedules: usize,
    calendars: Vec<Reach<'a>>,
    tzdata: WireZoneData<'a>,
}

#[derive(Serialize)]
struct Reach<'a> {
    name: &'a str,
    holidays: usize,
    confirmed_until: Option<String>,
}

#[derive(Serialize)]
struct Problem<'a> {
    severity: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
    hint: Option<&'a str>,
}

/// One JSON object, without a line's end; `config` is `None` for a file that is refused. `around`
/// are warnings about what lies around the file rather than in it.
#[must_use]
pub fn check_json(
    file: &str,
    config: Option<&Config>,
    problems: &[Diagnostic],
    around: &[String],
) -> String {
    let summary = config.map(|config| Summary {
        hash: &config.hash,
        policies: config.policies.len(),
        schedules: config.schedules.len(),
        calendars: (config.calendars.iter())
            .map(|calendar| Reach {
                name: &calendar.name,
                holidays: calendar.holidays().len(),
                confirmed_until: calendar.reach.map(|date| date.to_string()),
            })
            .collect(),
        tzdata: (&config.zone_data).into(),
    });
    let problems = problems.iter().map(|one| Problem {
        severity: one.severity.as_str(),
        file: Some(&one.file),
        line: Some(one.line),
        column: Some(one.column),
        message: &one.message,
        hint: one.hint.as_deref(),
    });
    let around = around.iter().map(|message| Problem {
        severity: Severity::Warning.as_str(),
        file: None,
        line: None,
        column: None,
        message,
        hint: None,
    });
    let checked = Checked {
        file: file.to_owned(),
        good: config.is_some(),
        summary,
        problems: problems.chain(around).collect(),
    };
    serde_json::to_string(&checked).expect("texts and numbers are always JSON")
}
