//! The words that every text shares: dates, times, rules, actions, lateness.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Timelike};

use super::style::{Ink, Style};
use super::text::{fit, plain, width};
use crate::domain::Instant;
use crate::domain::Line;
use crate::domain::action::Action;
use crate::domain::timeline::{Reason, ReasonKind};
use crate::domain::zone::Zone;

/// `Thu 24 Dec 2026`.
pub fn date(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// `09:00`, with seconds where there are any.
pub fn time(time: NaiveTime) -> String {
    let second = if time.second() == 0 { "" } else { ":%S" };
    time.format(&format!("%H:%M{second}")).to_string()
}

/// `Thu 24 Dec 2026 09:00`.
pub fn date_time(local: DateTime<FixedOffset>) -> String {
    let naive = local.naive_local();
    format!("{} {}", date(naive.date()), time(naive.time()))
}

/// The same, of an instant in a zone.
pub fn moment(zone: &Zone, at: Instant) -> String {
    date_time(zone.local(at))
}

/// Which pass it is of a local time that happens twice.
pub fn pass(zone: &Zone, at: Instant) -> Option<&'static str> {
    let civil = zone.local(at).naive_local();
    if zone.instant(civil) < at {
        return Some("second pass");
    }
    let mut coming = zone.clock_changes(at, at + TimeDelta::days(1));
    let again = coming.any(|change| {
        !change.is_gap() && (change.local_after()..change.local_before()).contains(&civil)
    });
    again.then_some("first pass")
}

/// The part of a zone's name that people say: `New York` of `America/New_York`.
pub fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// `Christmas Eve (line 15)` in at most so many columns: the name gives way, the line stays.
pub fn rule(name: &str, line: Option<Line>, columns: usize) -> String {
    let line = line.map_or(String::new(), |line| format!(" (line {line})"));
    let name = fit(name, columns.saturating_sub(width(&line)).max(1));
    format!("{name}{line}")
}

/// A kind of rule as people call one of it.
pub fn kind(kind: ReasonKind) -> &'static str {
    match kind {
        ReasonKind::Hold => "hold",
        ReasonKind::Override => "override",
        ReasonKind::Holiday => "holiday",
        ReasonKind::Weekly => "window",
        ReasonKind::Trigger => "trigger",
        ReasonKind::Closed => "closed",
    }
}

/// A rule as part of a sentence: `the holiday Christmas Eve`.
pub fn the_rule(reason: &Reason<'_>) -> String {
    let name = plain(reason.name);
    match reason.kind {
        ReasonKind::Closed => "the closed action".to_owned(),
        other => format!("the {} {name}", kind(other)),
    }
}

/// `voicemail → queue`, painted, and filled up to so many columns.
pub fn push_change(out: &mut String, style: Style, from: &str, to: Action, columns: usize) {
    let (from, to_word) = (fit(from, 24), to.to_string());
    let from_ink = from.parse().map_or(Ink::Notice, Ink::of);
    style.push(out, from_ink, &from);
    style.push(out, Ink::Faint, " → ");
    style.push(out, Ink::of(to), &to_word);
    let blank = columns.saturating_sub(width(&from) + 3 + to_word.len());
    out.extend(std::iter::repeat_n(' ', blank));
}

/// `12 ms`, `12.3 s`, `14 min`, `3 h`, `2 days`: at most eight columns.
pub fn late(ms: i64) -> String {
    match ms {
        ..10_000 => format!("{ms} ms"),
        10_000..600_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        36_000_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}
