//! Schedules: windows or triggers with their actions, and what the domain says of them.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::Context;
use super::calendars::Calendars;
use super::clock_changes;
use super::zones::Zones;
use crate::config::forms::{FileForm, RhythmForm, ScheduleForm, TriggerForm, WindowForm};
use crate::config::source::{Span, Spanned};
use crate::domain::hours::{DAY_MINUTES, Hours};
use crate::domain::schedule::{Conflict, Parts, Rhythm, Schedule, Window};
use crate::domain::trigger::{CYCLE_DAYS, Trigger, TriggerError};

/// The schedules of a file by name; `None` for one that is wrong, which has been said.
pub type Schedules = Vec<(String, Option<Arc<Schedule>>)>;

/// A window over so many minutes may have its ends swapped.
const LONG_MINUTES: u16 = 16 * 60;

/// Puts every schedule together.
pub fn all(
    form: &FileForm,
    zones: &Zones<'_>,
    calendars: &Calendars,
    context: &Context<'_>,
) -> Schedules {
    let top = calendars.named(&form.holidays, context);
    let read = |one: &ScheduleForm| {
        let zone = zones.of_schedule(&one.name, one.timezone.as_ref());
        let calendars = match &one.holidays {
            Some(names) => calendars.named(names, context),
            None => top.clone(),
        };
        let (rhythm, places) = rhythm(one, context)?;
        let parts = Parts {
            name: one.name.value.clone(),
            zone: zone?,
            calendars,
            closed: one.closed?,
            open: one.open,
            on_holiday: one.on_holiday,
            rhythm,
            overnight_into_holiday: one.overnight_into_holiday,
        };
        let schedule = match Schedule::new(parts) {
            Ok(schedule) => Arc::new(schedule),
            Err(conflicts) => {
                report(one, &conflicts, &places, context);
                return None;
            }
        };
        clock_changes::warn_of_schedule(&schedule, &places, context);
        Some(schedule)
    };
    let schedules = form.schedules.iter();
    schedules
        .map(|one| (one.name.value.clone(), read(one)))
        .collect()
}

/// The windows or triggers, and the place of each; `None` where one is wrong, which has been said.
fn rhythm(form: &ScheduleForm, context: &Context<'_>) -> Option<(Rhythm, Vec<Span>)> {
    match &form.rhythm {
        RhythmForm::Weekly(entries) => {
            require_open(form, entries, context);
            let windows: Vec<Option<Vec<(Window, Span)>>> = (entries.iter())
                .map(|entry| windows(form, entry, context))
                .collect();
            let windows = windows.into_iter().collect::<Option<Vec<_>>>()?;
            let (windows, places) = windows.into_iter().flatten().unzip();
            Some((Rhythm::Weekly(windows), places))
        }
        RhythmForm::Triggers(entries) => {
            let triggers: Vec<Option<(Trigger, Span)>> = (entries.iter())
                .map(|entry| trigger(entry, context))
                .collect();
            let triggers = triggers.into_iter().collect::<Option<Vec<_>>>()?;
            let (triggers, places) = triggers.into_iter().unzip();
            Some((Rhythm::Triggers(triggers), places))
        }
    }
}

/// Says once that `open` is missing where an entry relies on it.
fn require_open(form: &ScheduleForm, entries: &[WindowForm], context: &Context<'_>) {
    if form.open_is_written {
        return;
    }
    if let Some(entry) = entries.iter().find(|entry| entry.action.is_none()) {
        let message = format!("schedule `{}` needs `open`", form.name.value);
        let problem = context.problems.at(form.name.span, message);
        let problem = problem.also(entry.place, "this entry has no `action` of its own");
        problem
            .hint("what holds inside the hours: open = \"queue\"")
            .error();
    }
}

/// One window for each range of hours of an entry.
fn windows(
    form: &ScheduleForm,
    entry: &WindowForm,
    context: &Context<'_>,
) -> Option<Vec<(Window, Span)>> {
    let problems = context.problems;
    for hours in &entry.hours.value {
        warn_of_long(*hours, entry.hours.span, context);
    }
    let action = entry.action.or(form.open.map(|open| open.action))?;
    let line = problems.source().line(entry.place);
    let window = |hours: &Hours| Window {
        days: entry.days,
        hours: *hours,
        action,
        name: format!("{} {hours}", entry.days_text),
        line,
    };
    let ranges = entry.hours.value.iter();
    Some(ranges.map(|hours| (window(hours), entry.place)).collect())
}

fn trigger(entry: &TriggerForm, context: &Context<'_>) -> Option<(Trigger, Span)> {
    let line = context.problems.source().line(entry.place);
    match Trigger::new(&entry.cron.value, entry.action, line) {
        Ok(trigger) => Some((trigger, entry.place)),
        Err(error) => {
            report_cron(&entry.cron, &error, context);
            None
        }
    }
}

/// Says what is wrong with a cron expression.
pub fn report_cron(cron: &Spanned<String>, error: &TriggerError, context: &Context<'_>) {
    let hint = match error {
        TriggerError::FieldCount(_) | TriggerError::Field(_) => {
            "minute hour day month weekday, as in \"30 8 * * mon-fri\""
        }
        TriggerError::NeverFires => "see whether its month has such a day",
    };
    let message = match error {
        TriggerError::Field(why) => {
            let why = why.rsplit(": ").next().unwrap_or(why).trim_end_matches('.');
            format!(
                "this cron expression cannot be read: {}",
                why.to_lowercase()
            )
        }
        other => other.to_string(),
    };
    let problem = context.problems.at(cron.span, message);
    problem.hint(hint).error();
}

fn warn_of_long(hours: Hours, place: Span, context: &Context<'_>) {
    // Swapped, a range to 24:00 would be none.
    if hours.minutes() <= LONG_MINUTES || hours.end() == DAY_MINUTES {
        return;
    }
    let Some(swapped) = Hours::new(hours.end() % DAY_MINUTES, hours.start()) else {
        return;
    };
    let (whole, rest) = (hours.minutes() / 60, hours.minutes() % 60);
    let rest = match rest {
        0 => String::new(),
        minutes => format!(" {minutes} minutes"),
    };
    let message = format!("`{hours}` is open for {whole} hours{rest}: are its ends swapped?");
    let problem = context.problems.at(place, message);
    problem
        .hint(format!("the other way round it is {swapped}"))
        .warning();
}

fn report(form: &ScheduleForm, conflicts: &[Conflict], places: &[Span], context: &Context<'_>) {
    let problems = context.problems;
    // An entry with several ranges is several windows, and one mistake.
    let mut said: HashSet<(Span, Span)> = HashSet::new();
    let mut new_pair = |first: usize, second: usize| {
        let pair = (places[first], places[second]);
        said.insert(pair).then_some(pair)
    };
    let mut no_open = None;
    for conflict in conflicts {
        match conflict {
            Conflict::Windows(first, second, day, minute) => {
                let Some((first, second)) = new_pair(*first, *second) else {
                    continue;
                };
                let message = format!(
                    "two windows with different actions overlap, as on {} at {}",
                    day_name(*day),
                    clock(*minute)
                );
                let problem = problems.at(second, message).also(first, "the other one");
                problem.hint("end one where the other begins").error();
            }
            Conflict::Triggers(first, second, date, minute) => {
                let date = next_meeting(form, (*first, *second), context).unwrap_or(*date);
                let Some((first, second)) = new_pair(*first, *second) else {
                    continue;
                };
                let message = format!(
                    "two triggers with different actions fire together, as on {date} at {}",
                    clock(*minute)
                );
                problems
                    .at(second, message)
                    .also(first, "the other one")
                    .error();
            }
            Conflict::NoOpenAction { holiday, line } => {
                no_open.get_or_insert((holiday, line));
            }
        }
    }
    if let Some((holiday, line)) = no_open.filter(|_| !form.open_is_written) {
        let message = format!("schedule `{}` needs `open`", form.name.value);
        let problem = problems.at(form.name.span, message);
        let why = format!(
            "{holiday} (line {line}) has hours of its own: open = \"queue\" says what holds in them"
        );
        problem.hint(why).error();
    }
}

/// The first date from now on which both fire.
fn next_meeting(
    form: &ScheduleForm,
    (first, second): (usize, usize),
    context: &Context<'_>,
) -> Option<NaiveDate> {
    let RhythmForm::Triggers(entries) = &form.rhythm else {
        return None;
    };
    let read = |index: usize| {
        let entry: &TriggerForm = entries.get(index)?;
        Trigger::new(&entry.cron.value, entry.action, 1).ok()
    };
    let (first, second) = (read(first)?, read(second)?);
    let dates = context.now.date_naive().iter_days();
    let mut dates = dates.take(usize::try_from(CYCLE_DAYS).unwrap_or(usize::MAX));
    dates.find(|date| first.fires_on(*date) && second.fires_on(*date))
}

/// The short name of a weekday.
fn day_name(day: Weekday) -> String {
    day.to_string()
}

/// Minutes of a day as `HH:MM`.
fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
