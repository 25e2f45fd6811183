//! Times and spans as people type them.
//!
//! A time without a zone is local to a zone that the command names; a date is its midnight.

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::args::SpanArgs;
use super::failure::Failure;
use crate::domain::Instant;
use crate::domain::zone::{LAST_YEAR, Zone};

/// A time as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `now`.
    Now,
    /// Local to some zone.
    Local(NaiveDateTime),
    /// With a zone or an offset of its own.
    Instant(Instant),
}

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a time; write 2026-12-24, 2026-12-24T09:00 (local), 2026-12-24T09:00:00Z, \
     2026-12-24T09:00+01:00 or now"
)]
pub struct NoTime;

impl FromStr for When {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<When, NoTime> {
        const LOCAL: [&str; 4] = [
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%d %H:%M:%S",
        ];
        let text = text.trim();
        if text == "now" {
            return Ok(When::Now);
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let local = LOCAL
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let midnight = date.map(|date| date.and_time(chrono::NaiveTime::MIN));
        if let Some(local) = midnight.or(local).filter(|local| known(*local)) {
            return Ok(When::Local(local));
        }
        let with_offset = text
            .strip_suffix(['Z', 'z'])
            .map(|text| format!("{text}+00:00"));
        let text = with_offset.as_deref().unwrap_or(text);
        let forms = LOCAL.map(|form| format!("{form}%:z"));
        let instant = forms
            .iter()
            .find_map(|form| DateTime::parse_from_str(text, form).ok());
        let instant = instant.or_else(|| DateTime::parse_from_rfc3339(text).ok());
        match instant {
            Some(at) if known(at.naive_utc()) => Ok(When::Instant(at.to_utc())),
            _ => Err(NoTime),
        }
    }
}

/// Whether the clock changes are known then.
fn known(at: NaiveDateTime) -> bool {
    (1900..=LAST_YEAR).contains(&chrono::Datelike::year(&at))
}

impl When {
    /// The instant it means.
    pub fn instant(self, zone: &Zone, now: Instant) -> Instant {
        match self {
            When::Now => now,
            When::Local(local) => zone.instant(local),
            When::Instant(at) => at,
        }
    }
}

/// A span that begins at an instant, `days` civil days long unless its end was typed.
///
/// # Errors
/// It ends before it begins.
pub fn span(
    args: &SpanArgs,
    zone: &Zone,
    now: Instant,
    days: u32,
) -> Result<(Instant, Instant), Failure> {
    let from = args.from.unwrap_or(When::Now).instant(zone, now);
    let to = match args.to {
        Some(to) => to.instant(zone, now),
        None => days_after(from, args.days.unwrap_or(days), zone),
    };
    if to <= from {
        return Err(ends_too_soon(from, to, zone));
    }
    Ok((from, to))
}

/// A span that may be open at its ends: `days` alone means up to now.
///
/// # Errors
/// It ends before it begins.
pub fn past_span(
    args: &SpanArgs,
    zone: &Zone,
    now: Instant,
) -> Result<(Option<Instant>, Option<Instant>), Failure> {
    let from = args.from.map(|from| from.instant(zone, now));
    let to = args.to.map(|to| to.instant(zone, now));
    let (from, to) = match (from, to, args.days) {
        (None, None, Some(days)) => (Some(days_before(now, days, zone)), None),
        (Some(from), None, Some(days)) => (Some(from), Some(days_after(from, days, zone))),
        (from, to, _) => (from, to),
    };
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(ends_too_soon(from, to, zone)),
        span => Ok(span),
    }
}

fn ends_too_soon(from: Instant, to: Instant, zone: &Zone) -> Failure {
    let words = |at| zone.local(at).format("%Y-%m-%dT%H:%M:%S%:z");
    let how = if from == to {
        "has no length"
    } else {
        "ends before it begins"
    };
    Failure::usage(format!("the span {how}: {} to {}", words(from), words(to)))
        .expected("an end after the beginning (--to after --from)")
}

/// The same local time some days later: a day is not always 24 hours.
fn days_after(at: Instant, days: u32, zone: &Zone) -> Instant {
    let local = zone.local(at).naive_local() + Days::new(u64::from(days));
    zone.instant(local).max(at + TimeDelta::seconds(1))
}

fn days_before(at: Instant, days: u32, zone: &Zone) -> Instant {
    zone.instant(zone.local(at).naive_local() - Days::new(u64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let local = |text: &str| Ok(When::Local(text.parse().unwrap()));
        let instant = |text: &str| Ok(When::Instant(text.parse().unwrap()));
        for (text, want) in [
            ("now", Ok(When::Now)),
            ("2026-12-24", local("2026-12-24T00:00:00")),
            ("2026-12-24T09:00", local("2026-12-24T09:00:00")),
            ("2026-12-24 09:00:30", local("2026-12-24T09:00:30")),
            ("2026-12-24T09:00:00Z", instant("2026-12-24T09:00:00Z")),
            ("2026-12-24T09:00Z", instant("2026-12-24T09:00:00Z")),
            ("2026-12-24T09:00+01:00", instant("2026-12-24T08:00:00Z")),
            (
                "2026-12-24T09:00:00.5-05:00",
                instant("2026-12-24T14:00:00.5Z"),
            ),
            ("24.12.2026", Err(NoTime)),
            ("2026-02-30", Err(NoTime)),
            ("9999-12-31", Err(NoTime)),
            ("", Err(NoTime)),
        ] {
            assert_eq!(text.parse::<When>(), want, "{text:?}");
        }
    }
}
