//! Schedules: windows or triggers with their actions, and what the domain says of them.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::Context;
use super::calendars::Calendars;
use super::clock_changes;
use super::zones::Zones;
use crate::config::forms::{FileForm, RhythmForm, ScheduleForm, TriggerForm, WindowForm};
use crate::config::leaf::Fault;
use crate::config::reader;
use crate::config::source::{Span, Spanned};
use crate::domain::action::Action;
use crate::domain::hours::{DAY_MINUTES, Hours};
use crate::domain::schedule::{Conflict, Default, Parts, Rhythm, Schedule, Window};
use crate::domain::trigger::{CYCLE_DAYS, CronField, Trigger, TriggerError};

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
        let whole = zone.is_some() && one.closed.is_some();
        // What is in conflict is told whatever else is missing.
        let line = context.problems.source().line(one.name.span);
        let action = Action::Hangup;
        let parts = Parts {
            name: one.name.value.clone(),
            zone: zone.or_else(|| context.zones.zone("UTC").ok())?,
            calendars,
            closed: one.closed.unwrap_or(Default { action, line }),
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
        if !whole {
            return None;
        }
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
        RhythmForm::Triggers(_) => {
            let (triggers, places) = triggers(form, context)?.into_iter().unzip();
            Some((Rhythm::Triggers(triggers), places))
        }
    }
}

/// The triggers and the place of each; `None` where one is wrong, which has been said.
pub fn triggers(form: &ScheduleForm, context: &Context<'_>) -> Option<Vec<(Trigger, Span)>> {
    let entries: &[TriggerForm] = match &form.rhythm {
        RhythmForm::Triggers(entries) => entries,
        RhythmForm::Weekly(_) => &[],
    };
    let triggers: Vec<Option<(Trigger, Span)>> = (entries.iter())
        .map(|entry| trigger(entry, context))
        .collect();
    triggers.into_iter().collect()
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
    // Its expression is told about whatever is wrong with its action.
    let action = entry.action.unwrap_or(Action::Queue);
    match Trigger::new(&entry.cron.value, action, line) {
        Ok(trigger) => entry.action.map(|_| (trigger, entry.place)),
        Err(error) => {
            report_cron(&entry.cron, &error, context);
            None
        }
    }
}

/// Says what is wrong with a cron expression.
pub fn report_cron(cron: &Spanned<String>, error: &TriggerError, context: &Context<'_>) {
    let hint = match error {
        TriggerError::FieldCount(_) | TriggerError::Together => {
            "minute hour day month weekday, as in \"30 8 * * mon-fri\""
        }
        TriggerError::Field { field, .. } => hint_of_field(*field),
        TriggerError::NeverFires => "see whether its month has such a day",
    };
    let mut fault = Fault::new(error.to_string()).hint(hint);
    if let TriggerError::Field { part, .. } = error {
        fault = fault.part(part.clone());
    }
    let text = Spanned {
        value: cron.value.as_str(),
        span: cron.span,
    };
    reader::parse(context.problems, &text, |_| Err::<(), Fault>(fault));
}

fn hint_of_field(field: CronField) -> &'static str {
    match field {
        CronField::Minute => "minutes are 0 to 59, as in `0`, `0,30` or `*/15`",
        CronField::Hour => "hours are 0 to 23, as in `8`, `8,13` or `9-17`; a range goes upwards",
        CronField::Day => {
            "days of the month are 1 to 31, as in `1`, `1,15` or `1-7`; or `L`, the last"
        }
        CronField::Month => {
            "months are jan to dec, or 1 to 12; a range goes upwards: `11-12,1-2`, not `11-2`"
        }
        CronField::Weekday => {
            "weekdays are sun to sat, or 0 to 7; a range goes upwards: `fri-sat,sun-mon`, not `fri-mon`"
        }
    }
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
        1 => " 1 minute".to_owned(),
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
        Trigger::new(&entry.cron.value, entry.action?, 1).ok()
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
