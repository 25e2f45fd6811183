//! The second stage: the file as its author wrote it. Every leaf is read and keeps its place;
//! nothing is looked up yet.
//!
//! Owns the keys. Must not know zones, holiday sources or the domain's rules.

mod api;
mod calendar;
mod overrides;
mod policy;
mod schedule;
mod watchers;

use toml::Spanned as TomlSpanned;
use toml::de::DeTable;

use super::reader::Fields;
use super::source::{Problems, Span, Spanned};

pub use api::{ApiForm, DaemonForm};
pub use calendar::{CalendarForm, SourceForm, SourceKind};
pub use overrides::{DeedForm, OverrideForm};
pub use policy::PolicyForm;
pub use schedule::{RhythmForm, ScheduleForm, TriggerForm, WindowForm};
pub use watchers::{AlertsForm, WebForm};

/// The whole file.
#[derive(Debug)]
pub struct FileForm {
    /// `timezone`.
    pub timezone: Option<Spanned<String>>,
    /// `holidays`.
    pub holidays: Vec<Spanned<String>>,
    /// `[api]`.
    pub api: Option<ApiForm>,
    /// `[daemon]`.
    pub daemon: DaemonForm,
    /// `[alerts]`.
    pub alerts: Option<AlertsForm>,
    /// `[web]`.
    pub web: Option<WebForm>,
    /// `[calendars.*]`.
    pub calendars: Vec<CalendarForm>,
    /// `[schedules.*]`.
    pub schedules: Vec<ScheduleForm>,
    /// `[policies.*]`.
    pub policies: Vec<PolicyForm>,
    /// `[[overrides]]`.
    pub overrides: Vec<OverrideForm>,
}

/// Every table of the file and the keys that are known in it.
pub const KEYS: [(&str, &[&str]); 12] = [
    ("", TOP),
    ("api", api::API),
    ("daemon", api::DAEMON),
    ("alerts", watchers::ALERTS),
    ("web", watchers::WEB),
    ("calendars", calendar::CALENDAR),
    ("calendars.days", calendar::DAY),
    ("schedules", schedule::SCHEDULE),
    ("schedules.weekly", schedule::WINDOW),
    ("schedules.triggers", schedule::TRIGGER),
    ("policies", policy::POLICY),
    ("overrides", overrides::OVERRIDE),
];

const TOP: &[&str] = &[
    "timezone",
    "holidays",
    "api",
    "daemon",
    "alerts",
    "web",
    "calendars",
    "schedules",
    "policies",
    "overrides",
];

/// Reads every leaf; what is wrong becomes problems, and is left out.
pub fn read<'t>(table: &'t TomlSpanned<DeTable<'t>>, problems: &'t Problems<'t>) -> FileForm {
    let top = Span { start: 0, end: 0 };
    let file = Fields::open(table.get_ref(), top, "the file", TOP, problems);
    let named = |key, known| file.tables(key, known).into_iter();
    FileForm {
        timezone: file.text("timezone").map(|text| text.map(str::to_owned)),
        holidays: file.texts("holidays").unwrap_or_default(),
        api: file.table("api", api::API).as_ref().map(api::read),
        daemon: api::read_daemon(file.table("daemon", api::DAEMON).as_ref()),
        alerts: (file.table("alerts", watchers::ALERTS).as_ref()).map(watchers::read_alerts),
        web: (file.table("web", watchers::WEB).as_ref()).map(watchers::read_web),
        calendars: named("calendars", calendar::CALENDAR)
            .map(|(name, fields)| calendar::read(name, &fields))
            .collect(),
        schedules: named("schedules", schedule::SCHEDULE)
            .map(|(name, fields)| schedule::read(name, &fields))
            .collect(),
        policies: named("policies", policy::POLICY)
            .map(|(name, fields)| policy::read(name, &fields))
            .collect(),
        overrides: overrides::read_all(&file),
    }
}
