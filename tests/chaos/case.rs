//! What is driven: policies of every kind, each as the file has it and as the oracle's book has it.

use std::fmt::Write;

use chrono::{DateTime, NaiveDateTime};
use fastrand::Rng;
use todswitch::domain::Instant;
use todswitch::domain::action::Action;

use crate::book::Book;
use crate::clock::{Clock, Place};
use crate::spec::{Cron, Day, Feast, Patch, Rhythm, Spec, Window};

/// The day since 1970 on which everything begins: 24 October 2026. In the night after it the clocks
/// of London go back, in the night to 1 November those of New York.
pub const FIRST_DAY: i64 = 20_750;

/// Days of which the boundaries are known: a quarter of an hour of the fast clock.
const DAYS: i64 = 390;

pub const QUEUE: u64 = 4501;

/// A policy, and what the oracle wants of it.
pub struct Driven {
    pub name: String,
    pub uid: u64,
    pub spec: Spec,
    /// What is wanted before the first boundary.
    pub opening: Action,
    pub boundaries: Vec<Boundary>,
}

/// The instant at which another action is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Boundary {
    pub at: Instant,
    pub to: Action,
}

impl Driven {
    pub fn wanted(&self, at: Instant) -> Action {
        let past = self.boundaries.iter().take_while(|one| one.at <= at);
        past.last().map_or(self.opening, |one| one.to)
    }

    fn new(number: u64, spec: Spec) -> Driven {
        let clock = Clock::at(spec.place);
        let book = Book::new(&spec, &clock);
        assert!(!book.had_conflict && !book.had_override_conflict);
        let (mut day, mut page) = (i64::MIN, Vec::new());
        let mut action_at = |minute: i64| {
            let reached = clock.reached(minute);
            if reached.div_euclid(1440) != day {
                day = reached.div_euclid(1440);
                page = book.page(day);
            }
            page[reached.rem_euclid(1440) as usize].0
        };
        let first = FIRST_DAY * 1440;
        let opening = action_at(first);
        let mut before = opening;
        let mut boundaries = Vec::new();
        for minute in first + 1..first + DAYS * 1440 {
            let to = action_at(minute);
            if to != before {
                let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
                boundaries.push(Boundary { at, to });
            }
            before = to;
        }
        drop(book);
        Driven {
            name: format!("p{number}"),
            uid: 100 + number,
            spec,
            opening,
            boundaries,
        }
    }
}

/// Six policies: hours in two zones, overnight and not, with a holiday and an override, and triggers.
pub fn policies(rng: &mut Rng) -> Vec<Driven> {
    let all = [true; 7];
    let weekdays = [true, true, true, true, true, false, false];
    let weekend = weekdays.map(|day| !day);
    let mut specs = Vec::new();
    for zone in ["Europe/London", "America/New_York"] {
        let mut windows = windows(rng, all, 120, 1300);
        windows.push(Window {
            days: all,
            start: 1380,
            end: 100,
            action: open(rng),
        });
        specs.push(spec(zone, Rhythm::Weekly(windows)));
        let mut windows = self::windows(rng, weekdays, 0, 1440);
        windows.extend(self::windows(rng, weekend, 0, 1440));
        let mut dated = spec(zone, Rhythm::Weekly(windows));
        dated.calendars = vec![vec![Feast {
            day: Day::Nth(rng.u16(1..4)),
            hours: vec![(540, 780)],
        }]];
        dated.overrides = vec![Patch {
            day: Day::Nth(rng.u16(0..4)),
            minute: rng.u16(0..1440),
            minutes: rng.u32(200..900),
            action: Action::Hangup,
        }];
        specs.push(dated);
        specs.push(spec(zone, Rhythm::Triggers(crons(rng))));
    }
    let numbered = (1..).zip(specs);
    numbered
        .map(|(number, spec)| Driven::new(number, spec))
        .collect()
}

fn spec(zone: &'static str, rhythm: Rhythm) -> Spec {
    Spec {
        place: Place {
            zone,
            first_day: FIRST_DAY,
        },
        closed: Action::Voicemail,
        open: Action::Queue,
        on_holiday: Some(Action::Hangup),
        rhythm,
        finish: false,
        calendars: Vec::new(),
        overrides: Vec::new(),
        holds: Vec::new(),
    }
}

/// Windows of a day between two minutes of it.
fn windows(rng: &mut Rng, days: [bool; 7], from: u16, until: u16) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut start = from + rng.u16(0..120);
    loop {
        let end = start + rng.u16(90..300);
        if end > until {
            return windows;
        }
        let action = open(rng);
        windows.push(Window {
            days,
            start,
            end,
            action,
        });
        start = end + if rng.bool() { rng.u16(90..300) } else { 0 };
    }
}

/// Two triggers that take turns, two hours apart.
fn crons(rng: &mut Rng) -> Vec<Cron> {
    let mut cron = |first: u16, action| Cron {
        minutes: vec![rng.u16(0..60)],
        hours: (first..24).step_by(4).collect(),
        day: None,
        month: None,
        weekdays: None,
        action,
    };
    vec![cron(0, Action::Queue), cron(2, Action::Voicemail)]
}

fn open(rng: &mut Rng) -> Action {
    let jump = format!("jump:{QUEUE}").parse().unwrap();
    [Action::Queue, Action::Hangup, jump][rng.usize(0..3)]
}

/// The same, as the admin would write it.
pub fn file(policies: &[Driven], base_url: &str) -> String {
    let mut text = format!(
        "timezone = \"UTC\"\n[api]\nbase_url = \"{base_url}\"\nusername = \"acme-api\"\n\
         password_file = \"api-key\"\n"
    );
    for one in policies {
        let (name, uid) = (&one.name, one.uid);
        let calendar = one.spec.calendars.first();
        if let Some(days) = calendar {
            write_calendar(&mut text, name, days);
        }
        let (zone, closed) = (one.spec.place.zone, one.spec.closed);
        let holidays = calendar.map_or(String::new(), |_| format!("\"{name}\""));
        let on_holiday = one.spec.on_holiday.unwrap();
        write!(
            text,
            "[schedules.{name}]\ntimezone = \"{zone}\"\nopen = \"{}\"\nclosed = \"{closed}\"\n\
             on_holiday = \"{on_holiday}\"\nholidays = [{holidays}]\n{}\
             [policies.{name}]\nuid = {uid}\nschedule = \"{name}\"\n",
            one.spec.open,
            rhythm(&one.spec.rhythm),
        )
        .unwrap();
    }
    for one in policies {
        for patch in &one.spec.overrides {
            write_override(&mut text, &one.name, patch);
        }
    }
    text
}

fn write_calendar(text: &mut String, name: &str, days: &[Feast]) {
    writeln!(text, "[calendars.{name}]\ndays = [").unwrap();
    for day in days {
        let date = local(nth(day.day) * 1440).date();
        let hours: Vec<_> = day
            .hours
            .iter()
            .map(|(start, end)| span(*start, *end))
            .collect();
        let hours = hours.join(", ");
        writeln!(
            text,
            "  {{ date = {date}, name = \"A feast\", hours = \"{hours}\" }},"
        )
        .unwrap();
    }
    text.push_str("]\n");
}

fn write_override(text: &mut String, name: &str, patch: &Patch) {
    let from = nth(patch.day) * 1440 + i64::from(patch.minute);
    let until = from + i64::from(patch.minutes);
    let time = |minute| local(minute).format("%Y-%m-%dT%H:%M:%S");
    writeln!(
        text,
        "[[overrides]]\nname = \"Once\"\nfrom = {}\nuntil = {}\naction = \"{}\"\npolicies = [\"{name}\"]",
        time(from),
        time(until),
        patch.action
    )
    .unwrap();
}

fn rhythm(rhythm: &Rhythm) -> String {
    let mut text = String::new();
    match rhythm {
        Rhythm::Weekly(windows) => {
            text.push_str("weekly = [\n");
            for one in windows {
                let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                let days = (0..7).filter(|day| one.days[*day]).map(|day| names[day]);
                let days = days.collect::<Vec<_>>().join(", ");
                let (hours, action) = (span(one.start, one.end), one.action);
                writeln!(
                    text,
                    "  {{ days = \"{days}\", hours = \"{hours}\", action = \"{action}\" }},"
                )
                .unwrap();
            }
        }
        Rhythm::Triggers(crons) => {
            text.push_str("triggers = [\n");
            for one in crons {
                let hours: Vec<_> = one.hours.iter().map(u16::to_string).collect();
                let (minute, hours, action) = (one.minutes[0], hours.join(","), one.action);
                writeln!(
                    text,
                    "  {{ cron = \"{minute} {hours} * * *\", action = \"{action}\" }},"
                )
                .unwrap();
            }
        }
    }
    text.push_str("]\n");
    text
}

fn nth(day: Day) -> i64 {
    match day {
        Day::Nth(nth) => FIRST_DAY + i64::from(nth),
        Day::NearChange(..) => unreachable!("no case here has one"),
    }
}

fn local(minute: i64) -> NaiveDateTime {
    DateTime::from_timestamp(minute * 60, 0)
        .unwrap()
        .naive_utc()
}

fn span(start: u16, end: u16) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", time(start), time(end))
}
