//! Random cases, in words of their own: what a file might say, as plain numbers that shrink.

use proptest::prelude::*;
use todswitch::domain::action::{Action, QueueId};

use crate::clock::Place;

/// Everything that decides one policy's action.
#[derive(Debug, Clone)]
pub struct Spec {
    pub place: Place,
    pub closed: Action,
    pub open: Action,
    pub on_holiday: Option<Action>,
    pub rhythm: Rhythm,
    pub finish: bool,
    pub calendars: Vec<Vec<Feast>>,
    pub overrides: Vec<Patch>,
    pub holds: Vec<Grip>,
}

#[derive(Debug, Clone)]
pub enum Rhythm {
    Weekly(Vec<Window>),
    Triggers(Vec<Cron>),
}

/// Hours on weekdays; an end that is not after the start is on the next day.
#[derive(Debug, Clone)]
pub struct Window {
    /// From Monday.
    pub days: [bool; 7],
    pub start: u16,
    pub end: u16,
    pub action: Action,
}

#[derive(Debug, Clone)]
pub struct Cron {
    pub minutes: Vec<u16>,
    pub hours: Vec<u16>,
    pub day: Option<u8>,
    pub month: Option<u8>,
    /// From Monday.
    pub weekdays: Option<[bool; 7]>,
    pub action: Action,
}

/// A holiday.
#[derive(Debug, Clone)]
pub struct Feast {
    pub day: Day,
    pub hours: Vec<(u16, u16)>,
}

/// An override, in local minutes.
#[derive(Debug, Clone)]
pub struct Patch {
    pub day: Day,
    pub minute: u16,
    pub minutes: u32,
    pub action: Action,
}

/// A hold, in minutes since the comparison starts.
#[derive(Debug, Clone)]
pub struct Grip {
    pub from: u32,
    pub minutes: Option<u32>,
    pub action: Action,
}

/// A day of the comparison.
#[derive(Debug, Clone, Copy)]
pub enum Day {
    /// So many days after the first.
    Nth(u16),
    /// So many days off one of the clock changes.
    NearChange(u8, i8),
}

/// Zones and the dates the comparison starts on. In each of them something odd happens.
const PLACES: [(&str, i64); 24] = [
    ("Europe/London", 20_454),       // 2026-01-01
    ("America/New_York", 20_605),    // 2026-06-01
    ("Australia/Lord_Howe", 20_454), // half an hour
    ("Pacific/Chatham", 20_454),     // at 02:45
    ("Antarctica/Troll", 20_454),    // two hours
    ("Europe/Dublin", 20_454),       // winter time is the exception
    ("Africa/Casablanca", 20_454),   // the rules changed in 2026
    ("America/Vancouver", 20_454),   // the rules changed in 2026
    ("Africa/Cairo", 20_454),        // midnights that do not exist
    ("America/Havana", 19_723),      // 2024-01-01: and midnights that come twice
    ("America/Santiago", 20_454),
    ("Asia/Beirut", 20_454),
    ("Atlantic/Azores", 20_454),
    ("Pacific/Apia", 15_126),         // 2011-06-01: no 30 December
    ("America/St_Johns", 14_518),     // 2009-10-01: at 00:01, back to the day before
    ("Asia/Pyongyang", 16_617),       // 2015-07-01: back over midnight by half an hour
    ("Asia/Pyongyang", 17_600),       // 2018-03-10: from 23:30 to midnight
    ("Pacific/Kwajalein", 8_582),     // 1993-07-01: no 21 August
    ("Antarctica/Casey", 14_518),     // 2009-10-01: three hours
    ("America/Caracas", 16_892),      // 2016-04-01: half an hour for good
    ("Africa/Cairo", 14_610),         // 2010-01-01: four changes
    ("Asia/Gaza", 20_454),            // Ramadan
    ("America/Scoresbysund", 19_723), // 2024-01-01: a change of zone and of rule
    ("Asia/Kolkata", 20_454),         // nothing at all
];

const JUMP: Action = Action::Jump(QueueId(std::num::NonZeroU64::MIN));

pub fn specs() -> impl Strategy<Value = Spec> {
    let place = prop::sample::select(&PLACES[..]);
    let place = place.prop_map(|(zone, first_day)| Place { zone, first_day });
    let calendars = prop::collection::vec(prop::collection::vec(feasts(), 0..8), 0..4);
    (
        (place, actions(), actions(), prop::option::of(actions())),
        rhythms(),
        any::<bool>(),
        calendars,
        prop::collection::vec(patches(), 0..8),
        prop::collection::vec(grips(), 0..4),
    )
        .prop_map(
            |((place, closed, open, on_holiday), rhythm, finish, calendars, overrides, holds)| {
                Spec {
                    place,
                    closed,
                    open,
                    on_holiday,
                    rhythm,
                    finish,
                    calendars,
                    overrides,
                    holds,
                }
            },
        )
}

/// The same with two windows or overrides, between which there is something to decide.
pub fn pairs() -> impl Strategy<Value = Spec> {
    let windows = prop::collection::vec(windows(), 2);
    let patches = prop::collection::vec(patches(), 2);
    (specs(), windows, patches, 0_u16..3).prop_map(|(mut spec, windows, patches, near)| {
        spec.rhythm = Rhythm::Weekly(windows);
        spec.overrides = patches;
        for patch in &mut spec.overrides {
            patch.day = Day::Nth(u16::from(patch.minute % 2 == 0) * near);
        }
        spec
    })
}

fn rhythms() -> impl Strategy<Value = Rhythm> {
    prop_oneof![
        2 => prop::collection::vec(windows(), 0..7).prop_map(Rhythm::Weekly),
        1 => prop::collection::vec(crons(), 0..6).prop_map(Rhythm::Triggers),
    ]
}

fn windows() -> impl Strategy<Value = Window> {
    let hours = hours(4);
    (weekdays(), hours, actions()).prop_map(|(days, (start, end), action)| Window {
        days,
        start,
        end,
        action,
    })
}

fn crons() -> impl Strategy<Value = Cron> {
    let minutes = prop::sample::subsequence(vec![0, 1, 15, 30, 45, 59], 1..3);
    let hours = prop::sample::subsequence(vec![0, 1, 2, 3, 8, 12, 18, 22, 23], 1..4);
    let day = prop::option::weighted(0.2, prop::sample::select(vec![1, 13, 25, 28]));
    let month = prop::option::weighted(0.2, prop::sample::select(vec![3, 4, 10, 11, 12]));
    let weekdays = prop::option::weighted(0.6, weekdays());
    (minutes, hours, day, month, weekdays, actions()).prop_map(
        |(minutes, hours, day, month, weekdays, action)| Cron {
            minutes,
            hours,
            day,
            month,
            weekdays,
            action,
        },
    )
}

fn feasts() -> impl Strategy<Value = Feast> {
    let hours = prop_oneof![Just(Vec::new()), prop::collection::vec(hours(3), 1..3)];
    (days(), hours).prop_map(|(day, hours)| Feast { day, hours })
}

fn patches() -> impl Strategy<Value = Patch> {
    let minutes = prop_oneof![
        prop::sample::select(vec![1, 15, 30, 60, 90, 120, 720, 1440, 2880, 4320, 14_400]),
        1_u32..4000,
    ];
    (days(), edges(), minutes, actions()).prop_map(|(day, minute, minutes, action)| Patch {
        day,
        minute,
        minutes,
        action,
    })
}

fn grips() -> impl Strategy<Value = Grip> {
    let minutes = prop::option::weighted(0.9, 1_u32..20_000);
    (0_u32..390 * 1440, minutes, actions()).prop_map(|(from, minutes, action)| Grip {
        from,
        minutes,
        action,
    })
}

fn actions() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![Action::Queue, Action::Voicemail, Action::Hangup, JUMP])
}

fn days() -> impl Strategy<Value = Day> {
    prop_oneof![
        (0_u16..395).prop_map(Day::Nth),
        (0_u8..6, -2_i8..=2).prop_map(|(which, off)| Day::NearChange(which, off)),
    ]
}

fn weekdays() -> impl Strategy<Value = [bool; 7]> {
    prop_oneof![
        Just([true; 7]),
        Just([true, true, true, true, true, false, false]),
        Just([false, false, false, false, false, true, true]),
        (0..7_usize).prop_map(|only| std::array::from_fn(|day| day == only)),
        any::<[bool; 7]>().prop_filter("a day at least", |days| days.contains(&true)),
    ]
}

/// A minute of the day, most often one at which some clock somewhere is changed.
fn edges() -> impl Strategy<Value = u16> {
    prop_oneof![
        3 => prop::sample::select(vec![
            0, 1, 29, 30, 59, 60, 61, 90, 105, 119, 120, 135, 150, 165, 180, 181, 240, 1320, 1380,
            1381, 1410, 1439,
        ]),
        1 => 0_u16..1440,
    ]
}

/// Start and end. `short` of ten ranges are short, so that several fit into a day.
fn hours(short: u32) -> impl Strategy<Value = (u16, u16)> {
    let short_hours = (edges(), 1_u16..240).prop_map(|(start, length)| match start + length {
        end if end > 1440 => (start, end - 1440),
        end => (start, end),
    });
    let to_midnight = edges().prop_map(|start| (start, 1440));
    let any_hours = (edges(), edges()).prop_filter("not empty", |(start, end)| start != end);
    prop_oneof![
        short => short_hours,
        1 => to_midnight,
        9 - short => any_hours,
    ]
}
