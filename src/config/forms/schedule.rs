//! `[schedules.*]`: actions, weekly hours or triggers.

use crate::config::leaf::{days, hours, words};
use crate::config::reader::Fields;
use crate::config::source::{Span, Spanned};
use crate::domain::action::Action;
use crate::domain::hours::{DaySet, Hours};
use crate::domain::schedule::{Default, OvernightIntoHoliday};

pub(super) const SCHEDULE: &[&str] = &[
    "timezone",
    "holidays",
    "open",
    "closed",
    "on_holiday",
    "overnight_into_holiday",
    "weekly",
    "triggers",
];
pub(super) const WINDOW: &[&str] = &["days", "hours", "action"];
pub(super) const TRIGGER: &[&str] = &["cron", "action"];

const OVERNIGHT: [(&str, OvernightIntoHoliday); 2] = [
    ("close", OvernightIntoHoliday::Close),
    ("finish", OvernightIntoHoliday::Finish),
];

/// A schedule as written.
#[derive(Debug)]
pub struct ScheduleForm {
    /// Its key.
    pub name: Spanned<String>,
    /// `timezone`, instead of the file's.
    pub timezone: Option<Spanned<String>>,
    /// `holidays`, instead of the file's.
    pub holidays: Option<Vec<Spanned<String>>>,
    /// `open`, with the line of its key.
    pub open: Option<Default>,
    /// Whether `open` is written at all, be it rightly or wrongly.
    pub open_is_written: bool,
    /// `closed`; `None` where it is missing or wrong, which has been said.
    pub closed: Option<Default>,
    /// `on_holiday`.
    pub on_holiday: Option<Default>,
    /// `overnight_into_holiday`.
    pub overnight_into_holiday: OvernightIntoHoliday,
    /// `weekly` or `triggers`.
    pub rhythm: RhythmForm,
}

/// When a schedule switches.
#[derive(Debug)]
pub enum RhythmForm {
    /// By hours; none at all for a schedule that is always closed.
    Weekly(Vec<WindowForm>),
    /// By cron expressions.
    Triggers(Vec<TriggerForm>),
}

/// An entry of `weekly`.
#[derive(Debug)]
pub struct WindowForm {
    /// Its table.
    pub place: Span,
    /// The days as written.
    pub days_text: String,
    /// The days.
    pub days: DaySet,
    /// The ranges of hours.
    pub hours: Spanned<Vec<Hours>>,
    /// `action`, instead of `open`.
    pub action: Option<Action>,
}

/// An entry of `triggers`.
#[derive(Debug)]
pub struct TriggerForm {
    /// Its table.
    pub place: Span,
    /// `cron`.
    pub cron: Spanned<String>,
    /// `action`; `None` where it is missing or wrong, which has been said.
    pub action: Option<Action>,
}

pub(super) fn read(name: Spanned<String>, fields: &Fields<'_>) -> ScheduleForm {
    if fields.key("closed").is_none() {
        let hint = "what holds outside the hours: closed = \"voicemail\"";
        fields.missing("closed", hint);
    }
    let line = |key| {
        fields
            .key(key)
            .map(|span| fields.problems().source().line(span))
    };
    let default = |key| {
        let action = fields.word(key, words::action)?.value;
        let line = line(key)?;
        Some(Default { action, line })
    };
    let overnight = fields.word("overnight_into_holiday", |text| {
        words::one_of(text, &OVERNIGHT)
    });
    ScheduleForm {
        timezone: fields.text("timezone").map(|text| text.map(str::to_owned)),
        holidays: fields.texts("holidays"),
        open: default("open"),
        closed: default("closed"),
        on_holiday: default("on_holiday"),
        overnight_into_holiday: overnight.map(|word| word.value).unwrap_or_default(),
        open_is_written: fields.key("open").is_some(),
        rhythm: read_rhythm(fields),
        name,
    }
}

fn read_rhythm(fields: &Fields<'_>) -> RhythmForm {
    let problems = fields.problems();
    if let (Some(weekly), Some(triggers)) = (fields.key("weekly"), fields.key("triggers")) {
        let (first, second) = (weekly.min(triggers), weekly.max(triggers));
        let message = "a schedule has either `weekly` or `triggers`";
        let problem = problems.at(second, message).also(first, "the other one");
        problem
            .hint("make two schedules, or write the triggers as hours")
            .error();
    }
    let entries = |key| fields.list(key).unwrap_or_default().iter();
    let open = |value, what, known| Fields::of_value(value, what, known, problems);
    let triggers = entries("triggers").filter_map(|value| {
        let trigger = open(value, "an entry of `triggers`", TRIGGER)?;
        read_trigger(&trigger)
    });
    let triggers: Vec<TriggerForm> = triggers.collect();
    let windows = entries("weekly").filter_map(|value| {
        let window = open(value, "an entry of `weekly`", WINDOW)?;
        read_window(&window)
    });
    let windows: Vec<WindowForm> = windows.collect();
    if fields.key("triggers").is_some() {
        RhythmForm::Triggers(triggers)
    } else {
        RhythmForm::Weekly(windows)
    }
}

fn read_window(window: &Fields<'_>) -> Option<WindowForm> {
    if window.key("days").is_none() {
        window.missing("days", "on which days it opens: days = \"mon-fri\"");
    }
    if window.key("hours").is_none() {
        window.missing("hours", "from when to when: hours = \"09:00-17:30\"");
    }
    let action = window.word("action", words::action);
    let days = window.word("days", days::parse);
    let hours = window.word("hours", hours::parse);
    if window.key("action").is_some() && action.is_none() {
        return None;
    }
    Some(WindowForm {
        place: window.place(),
        days_text: window.text("days")?.value.trim().to_owned(),
        days: days?.value,
        hours: hours?,
        action: action.map(|action| action.value),
    })
}

fn read_trigger(trigger: &Fields<'_>) -> Option<TriggerForm> {
    if trigger.key("cron").is_none() {
        trigger.missing("cron", "when it fires: cron = \"0 8 * * mon-fri\"");
    }
    if trigger.key("action").is_none() {
        trigger.missing("action", "what holds from then on: action = \"queue\"");
    }
    let (cron, action) = (trigger.text("cron"), trigger.word("action", words::action));
    Some(TriggerForm {
        place: trigger.place(),
        cron: cron?.map(str::to_owned),
        action: action.map(|action| action.value),
    })
}
