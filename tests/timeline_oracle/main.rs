//! The timeline against a brute-force oracle that shares no code and no idea with it.
//!
//! Each case is one policy in one odd zone, compared at every minute of 400 days. `PROPTEST_CASES`
//! sets how many; a case that fails shrinks.

mod book;
mod clock;
mod domain;
mod spec;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use todswitch::domain::timeline::{Change, ReasonKind, Timeline};

use book::{Book, Cell};
use clock::{Clock, DAYS};
use domain::instant;
use spec::{Grip, Spec};

const CASES_BY_DEFAULT: u32 = 48;

#[test]
fn every_minute_of_400_days_is_as_the_oracle_says() {
    let probes = prop::collection::vec(0..DAYS * 1440, 24);
    proptest!(config(1), |(spec in spec::specs(), probes in probes)| {
        compare(&spec, &probes)?;
    });
}

#[test]
fn what_cannot_be_decided_is_refused_and_nothing_else() {
    proptest!(config(12), |(spec in spec::pairs())| {
        let book = Book::new(&spec, &Clock::at(spec.place));
        prop_assert_eq!(domain::refuses_schedule(&book), book.had_conflict);
        let refused = domain::refuses_overrides(&book.all_overrides);
        prop_assert_eq!(refused, book.had_override_conflict);
    });
}

fn config(times: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(CASES_BY_DEFAULT) * times,
        max_shrink_iters: 4_000,
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn compare(spec: &Spec, probes: &[i64]) -> TestCaseResult {
    let clock = Clock::at(spec.place);
    let book = Book::new(spec, &clock);
    prop_assert_eq!(domain::refuses_schedule(&book), book.had_conflict);
    let timeline = domain::timeline(&book);
    let first = spec.place.first_day * 1440;
    let cells = cells(&book, &clock);

    segments_are(&timeline, first, &cells)?;
    let changes = changes(first, &cells);
    changes_are(&timeline, first, &changes)?;
    for &probe in probes {
        reads_agree(&timeline, first, &cells, &changes, first + probe, &book)?;
        parts_agree(&timeline, first + probe, first + probes[0])?;
    }
    // Everything near a change of the clocks.
    for day in &clock.change_days {
        let near = (day * 1440 - 240..day * 1440 + 1680)
            .filter(|minute| (first..first + DAYS * 1440).contains(minute));
        for minute in near {
            let state = timeline.state_at(instant(minute * 60 + 30));
            let said = (state.action, state.reason.kind);
            prop_assert_eq!(
                said,
                cells[(minute - first) as usize],
                "{}",
                instant(minute * 60)
            );
        }
        let noon = day * 1440 + 720;
        parts_agree(
            &timeline,
            noon - 1000 + probes[0] % 1440,
            noon + probes[1] % 9000,
        )?;
    }
    // Around every change, where a mistake of one would show.
    for &(minute, ..) in changes.iter().step_by(1 + changes.len() / 60) {
        for near in [minute - 1, minute, minute + 1] {
            if (first..first + DAYS * 1440).contains(&near) {
                reads_agree(&timeline, first, &cells, &changes, near, &book)?;
            }
        }
    }
    Ok(())
}

/// What the oracle says at each minute of UTC.
fn cells(book: &Book, clock: &Clock) -> Vec<Cell> {
    let first = book.spec.place.first_day * 1440;
    let mut cells = Vec::with_capacity((DAYS * 1440) as usize);
    let (mut day, mut page) = (i64::MIN, Vec::new());
    for minute in first..first + DAYS * 1440 {
        let reached = clock.reached(minute);
        if reached.div_euclid(1440) != day {
            day = reached.div_euclid(1440);
            page = book.page(day);
        }
        cells.push(page[reached.rem_euclid(1440) as usize]);
    }
    // The hold set last lies on top; of two set at once the one that comes later.
    let mut holds: Vec<&Grip> = book.spec.holds.iter().collect();
    holds.sort_by_key(|hold| hold.from);
    for hold in holds {
        let from = hold.from as usize;
        let until = hold
            .minutes
            .map_or(cells.len(), |minutes| from + minutes as usize);
        let until = until.min(cells.len());
        cells[from.min(until)..until].fill((hold.action, ReasonKind::Hold));
    }
    cells
}

/// The minutes at which the action changes: from what, to what, and the kind of the reason.
fn changes(first: i64, cells: &[Cell]) -> Vec<(i64, Cell, Cell)> {
    let pairs = cells.windows(2).zip(first + 1..);
    pairs
        .filter(|(pair, _)| pair[0].0 != pair[1].0)
        .map(|(pair, minute)| (minute, pair[0], pair[1]))
        .collect()
}

fn segments_are(timeline: &Timeline, first: i64, cells: &[Cell]) -> TestCaseResult {
    let (from, to) = (first * 60, (first + DAYS * 1440) * 60);
    let mut at = from;
    let mut before = None;
    for segment in timeline.segments(instant(from), instant(to)) {
        prop_assert_eq!(segment.start.timestamp(), at, "a hole or an overlap");
        prop_assert!(
            segment.start < segment.end,
            "an empty segment at {}",
            segment.start
        );
        let same = before == Some((segment.action, segment.reason));
        prop_assert!(!same, "two segments for one at {}", segment.start);
        before = Some((segment.action, segment.reason));
        let end = segment.end.timestamp();
        prop_assert_eq!(end % 60, 0);
        let minutes = (at / 60 - first) as usize..(end / 60 - first) as usize;
        let said = (segment.action, segment.reason.kind);
        for (minute, cell) in minutes.clone().zip(&cells[minutes]) {
            if *cell != said {
                let at = instant((first + minute as i64) * 60);
                return Err(TestCaseError::fail(format!(
                    "{at}: {said:?}, oracle {cell:?}"
                )));
            }
        }
        at = end;
    }
    prop_assert_eq!(at, to, "the end is not covered");
    Ok(())
}

fn changes_are(timeline: &Timeline, first: i64, changes: &[(i64, Cell, Cell)]) -> TestCaseResult {
    let (from, to) = (first * 60, (first + DAYS * 1440) * 60);
    let said: Vec<_> = timeline
        .changes(instant(from), instant(to))
        .map(as_cells)
        .collect();
    let want: Vec<_> = changes
        .iter()
        .map(|(m, from, to)| (*m, from.0, *to))
        .collect();
    prop_assert_eq!(said, want);
    Ok(())
}

/// State, next change and last change at an instant.
fn reads_agree(
    timeline: &Timeline,
    first: i64,
    cells: &[Cell],
    changes: &[(i64, Cell, Cell)],
    minute: i64,
    book: &Book,
) -> TestCaseResult {
    for second in [0, 59] {
        let at = instant(minute * 60 + second);
        let cell = cells[(minute - first) as usize];
        let state = timeline.state_at(at);
        prop_assert_eq!((state.action, state.reason.kind), cell, "state at {}", at);

        let next = timeline.next_change(at);
        let said = next.map(as_cells);
        match changes.iter().find(|(change, ..)| *change > minute) {
            Some((change, from, to)) => {
                prop_assert_eq!(said, Some((*change, from.0, *to)), "next after {}", at);
            }
            None => {
                let held_for_ever = cells.last().unwrap().1 == ReasonKind::Hold
                    && book.spec.holds.iter().any(|hold| hold.minutes.is_none());
                let never =
                    held_for_ever || book.is_constant_in_the_end() && nothing_dated_after(book);
                if never {
                    prop_assert_eq!(said, None, "next after {}", at);
                }
                if let Some(next) = next {
                    prop_assert!(next.at.timestamp() >= (first + DAYS * 1440) * 60);
                    prop_assert_eq!(timeline.state_at(next.at).action, next.to);
                    prop_assert_eq!(
                        timeline.state_at(instant(next.at.timestamp() - 1)).action,
                        next.from
                    );
                    prop_assert_eq!(next.from, state.action);
                } else if !held_for_ever {
                    prop_assert!(book.is_constant_in_the_end(), "it will change after {}", at);
                }
            }
        }

        let since = timeline.since(at);
        let said = since.map(as_cells);
        match changes.iter().rev().find(|(change, ..)| *change <= minute) {
            Some((change, from, to)) => {
                prop_assert_eq!(said, Some((*change, from.0, *to)), "since at {}", at);
            }
            None => match since {
                Some(since) => {
                    prop_assert!(since.at.timestamp() <= first * 60);
                    prop_assert_eq!(since.to, state.action);
                }
                None => prop_assert!(book.is_constant_in_the_end(), "it began before {}", at),
            },
        }
    }
    Ok(())
}

/// A part of the segments is the whole, cut off at its ends.
fn parts_agree(timeline: &Timeline, one: i64, other: i64) -> TestCaseResult {
    let (from, to) = (
        instant(one.min(other) * 60 + 7),
        instant(one.max(other) * 60 + 7),
    );
    let part: Vec<_> = timeline.segments(from, to).collect();
    let wider = timeline.segments(
        from - chrono::TimeDelta::days(9),
        to + chrono::TimeDelta::days(9),
    );
    let cut: Vec<_> = wider
        .filter(|segment| segment.start < to && segment.end > from)
        .map(|mut segment| {
            segment.start = segment.start.max(from);
            segment.end = segment.end.min(to);
            segment
        })
        .filter(|segment| segment.start < segment.end)
        .collect();
    prop_assert_eq!(part, cut);
    Ok(())
}

fn nothing_dated_after(book: &Book) -> bool {
    let last = book.spec.place.first_day + DAYS - 3;
    let feasts = book.calendars.iter().flatten().map(|(day, _)| *day);
    let overrides = book.overrides.iter().map(|(_, until, _)| until / 1440 + 1);
    let holds = (book.spec.holds.iter()).map(|hold| {
        let until = hold.from + hold.minutes.unwrap_or(0);
        book.spec.place.first_day + i64::from(until) / 1440 + 1
    });
    feasts.chain(overrides).chain(holds).all(|day| day < last)
}

fn as_cells(change: Change) -> (i64, todswitch::domain::action::Action, Cell) {
    assert_eq!(change.at.timestamp() % 60, 0);
    (
        change.at.timestamp() / 60,
        change.from,
        (change.to, change.reason.kind),
    )
}
