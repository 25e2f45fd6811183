//! Calendars: their sources are read here, and what is odd about them is said.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::Context;
use crate::config::files;
use crate::config::forms::{CalendarForm, SourceForm, SourceKind};
use crate::config::holidays::{self, SourceFault, Table, built_in};
use crate::config::leaf::address;
use crate::config::nearest;
use crate::config::settings::FetchedSource;
use crate::config::source::{Span, Spanned};
use crate::domain::calendar::{Calendar, Holiday};

/// A source that ends within so many days is warned of.
const SOON_DAYS: i64 = 90;

/// The calendars of a file.
pub struct Calendars {
    /// In the order of the file, by name.
    pub all: Vec<(String, Arc<Calendar>)>,
    /// The sources that are fetched.
    pub fetched: Vec<FetchedSource>,
}

/// Puts every calendar together.
pub fn all(forms: &[CalendarForm], context: &Context<'_>) -> Calendars {
    let mut calendars = Calendars {
        all: Vec::with_capacity(forms.len()),
        fetched: Vec::new(),
    };
    for form in forms {
        let calendar = Arc::new(one(form, &mut calendars.fetched, context));
        calendars.all.push((form.name.value.clone(), calendar));
    }
    calendars
}

impl Calendars {
    /// The calendars of a list of names; unknown ones are problems.
    pub fn named(&self, names: &[Spanned<String>], context: &Context<'_>) -> Vec<Arc<Calendar>> {
        let find = |name: &Spanned<String>| {
            let found = self.all.iter().find(|(known, _)| *known == name.value);
            if found.is_none() {
                let message = format!("unknown calendar `{}`", name.value);
                let known = self.all.iter().map(|(name, _)| name.as_str());
                let hint = nearest::hint(&name.value, known);
                let problem = context.problems.at(name.span, message);
                let none = format!("there is no `[calendars.{}]`", name.value);
                problem.hint(none).maybe_hint(hint).error();
            }
            found.map(|(_, calendar)| Arc::clone(calendar))
        };
        names.iter().filter_map(find).collect()
    }
}

fn one(form: &CalendarForm, fetched: &mut Vec<FetchedSource>, context: &Context<'_>) -> Calendar {
    let problems = context.problems;
    let table = match &form.source {
        Some(source) => read_source(&form.name.value, source, fetched, context),
        None => None,
    };
    let (mut from_source, mut reach) = (Vec::new(), None);
    if let (Some(source), Some(table)) = (&form.source, table) {
        warn_of_source(source, &table, context);
        warn_of_except(form, &table, context);
        let line = problems.source().line(source.key);
        reach = table.reach;
        from_source.extend(table.dates.into_iter().map(|dated| Holiday {
            date: dated.date,
            name: dated.name,
            hours: dated.hours,
            line,
        }));
    }
    let days = form.days.iter().map(|day| Holiday {
        date: day.date.value,
        name: day.name.clone(),
        hours: day.hours.clone(),
        line: problems.source().line(day.place),
    });
    check_days(form, context);
    let except: Vec<NaiveDate> = form.except.iter().map(|date| date.value).collect();
    let name = form.name.value.as_str();
    Calendar::new(name, from_source, days.collect(), &except, reach)
}

fn check_days(form: &CalendarForm, context: &Context<'_>) {
    let problems = context.problems;
    let listed_twice = |first: Span, again: &Spanned<NaiveDate>| {
        let message = format!("{} is listed twice; the first stands", again.value);
        problems
            .at(again.span, message)
            .also(first, "the first")
            .warning();
    };
    let mut days: HashMap<NaiveDate, Span> = HashMap::new();
    for day in &form.days {
        match days.get(&day.date.value) {
            Some(first) => listed_twice(*first, &day.date),
            None => {
                days.insert(day.date.value, day.date.span);
            }
        }
    }
    let mut except: HashMap<NaiveDate, Span> = HashMap::new();
    for date in &form.except {
        if let Some(day) = days.get(&date.value) {
            let message = format!("{} is in `days` and in `except`", date.value);
            let problem = problems.at(date.span, message).also(*day, "in `days`");
            let hint =
                "`days` makes a holiday, `except` removes one of the source: keep one of them";
            problem.hint(hint).error();
        }
        match except.get(&date.value) {
            Some(first) => listed_twice(*first, date),
            None => {
                except.insert(date.value, date.span);
            }
        }
    }
}

fn read_source(
    calendar: &str,
    source: &SourceForm,
    fetched: &mut Vec<FetchedSource>,
    context: &Context<'_>,
) -> Option<Table> {
    let value = &source.value;
    let problem = |message: String| context.problems.at(value.span, message);
    match source.kind {
        SourceKind::BuiltIn => {
            let table = built_in::table(&value.value);
            if table.is_none() {
                let hint = nearest::hint(&value.value, built_in::NAMES);
                let message = format!("no calendar `{}` is built in", value.value);
                problem(message).maybe_hint(hint).error();
            }
            table
        }
        SourceKind::File => {
            let path = beside(context.path, &value.value);
            match read_file(&path, source) {
                Ok(table) => Some(table),
                Err(fault) => {
                    let message = placed(&value.value, &fault);
                    problem(message).maybe_hint(fault.hint).error();
                    None
                }
            }
        }
        SourceKind::Url => {
            let address = value.value.split(['?', '#']).next().unwrap_or_default();
            if let Err(fault) = address::base_url(address) {
                let hint = "write it as https://www.gov.uk/bank-holidays.json";
                problem(fault.message).hint(hint).error();
                return None;
            }
            let source_of = FetchedSource {
                calendar: calendar.to_owned(),
                url: value.value.clone(),
                division: source.division.as_ref().map(|text| text.value.clone()),
                file_name: cached_name(&value.value),
            };
            let directory = context.sources.cache_dir.as_ref();
            let path = directory.map(|directory| directory.join(&source_of.file_name));
            fetched.push(source_of);
            let Some(path) = path.filter(|path| path.exists()) else {
                let message = "the holidays of this `url` have not been fetched yet".to_owned();
                problem(message)
                    .hint("a running daemon fetches them; until then they are not known")
                    .warning();
                return None;
            };
            match read_file(&path, source) {
                Ok(table) => Some(table),
                Err(fault) => {
                    let message = placed("the copy fetched last", &fault);
                    problem(message).maybe_hint(fault.hint).warning();
                    None
                }
            }
        }
    }
}

/// A path of the file: relative ones are relative to it.
pub fn beside(file: &Path, relative: &str) -> std::path::PathBuf {
    file.parent().unwrap_or(Path::new("")).join(relative)
}

fn read_file(path: &Path, source: &SourceForm) -> Result<Table, SourceFault> {
    let bytes = files::read(path, holidays::MAX_BYTES).map_err(|error| SourceFault {
        message: error.to_string(),
        line: None,
        hint: None,
    })?;
    let division = source.division.as_ref().map(|text| text.value.as_str());
    holidays::read(&source.value.value, &bytes, division)
}

fn placed(name: &str, fault: &SourceFault) -> String {
    match fault.line {
        Some(line) => format!("{name}:{line}: {fault}"),
        None => format!("{name}: {fault}"),
    }
}

/// The name of a fetched copy: told by the address alone, and safe as a file's name.
fn cached_name(url: &str) -> String {
    let hash = Sha256::digest(url.as_bytes());
    let hex: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("holidays-{hex}")
}

/// An exception that the source does not list is a slip, unless it lies in the past or out of reach.
fn warn_of_except(form: &CalendarForm, table: &Table, context: &Context<'_>) {
    let today = context.now.date_naive();
    let listed = |date| table.dates.iter().any(|dated| dated.date == date);
    let away = |date: NaiveDate, from: NaiveDate| (date - from).num_days().abs();
    for except in &form.except {
        let date = except.value;
        let in_reach = table
            .reach
            .is_some_and(|reach| (today..=reach).contains(&date));
        if listed(date) || !in_reach {
            continue;
        }
        let message = format!("{date} is no holiday of the source, so there is nothing to except");
        let nearest = table
            .dates
            .iter()
            .min_by_key(|dated| away(dated.date, date));
        let hint = nearest.filter(|near| away(near.date, date) <= 7);
        let hint = hint.map(|near| format!("did you mean {}, {}?", near.date, near.name));
        let problem = context.problems.at(except.span, message);
        problem.maybe_hint(hint).warning();
    }
}

fn warn_of_source(source: &SourceForm, table: &Table, context: &Context<'_>) {
    let (name, key) = (&source.value.value, source.value.span);
    let problem = |message: String| context.problems.at(key, message);
    for remark in &table.remarks {
        problem(format!("{name}: {remark}")).warning();
    }
    let twice = table.twice();
    if let Some(first) = twice.first() {
        let more = match twice.len() {
            1 => String::new(),
            n => format!(", and {} more dates", n - 1),
        };
        problem(format!(
            "{name}: {first} is listed twice{more}; the first stands"
        ))
        .warning();
    }
    let Some(reach) = table.reach else { return };
    let days = (reach - context.now.date_naive()).num_days();
    if days > SOON_DAYS {
        return;
    }
    let when = match days {
        ..0 => format!("ended on {reach}"),
        0 => format!("end today, {reach}"),
        1 => format!("end tomorrow, {reach}"),
        _ => format!("end on {reach}, in {days} days"),
    };
    let (message, hint) = match source.kind {
        SourceKind::BuiltIn => (
            format!("the confirmed dates of `{name}` {when}"),
            "a newer version of the program knows more; list one-off days under `days` until then",
        ),
        SourceKind::File => (format!("the dates of {name} {when}"), "get a newer list"),
        SourceKind::Url => (
            format!("the dates of this `url` {when}"),
            "see whether the daemon fetches it",
        ),
    };
    problem(message).hint(hint).warning();
}
