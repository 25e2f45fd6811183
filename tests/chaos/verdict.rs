//! The simulator's log and the history against what the oracle wants, one policy at a time.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::store::{Outcome, SwitchRow};

use crate::case::Driven;

/// A write that the account took.
#[derive(Debug, Clone, Copy)]
pub struct Write {
    pub at: Instant,
    pub to: Action,
}

/// What is known of one policy in the end.
pub struct Known<'a> {
    pub driven: &'a Driven,
    pub live_at_first: Action,
    pub writes: Vec<Write>,
    pub rows: Vec<SwitchRow>,
    /// When nobody was there to switch.
    pub down: &'a [(Instant, Instant)],
    /// Until when everything must be done.
    pub until: Instant,
}

/// How many of what there were, over all policies.
#[derive(Debug, Default)]
pub struct Counts {
    pub boundaries: usize,
    pub writes: usize,
    /// Written, and found to be live by a later run.
    pub adopted: usize,
    /// Passed by while nobody was there.
    pub missed: usize,
    /// How late the others arrived that had somebody there all the time.
    pub late: Vec<TimeDelta>,
}

/// What is over sooner may be over before the pass under way is: a tenth of a second, real.
const A_PASS: TimeDelta = TimeDelta::hours(1);

/// Everything that is not as it should be.
pub fn complaints(known: &Known<'_>, counts: &mut Counts) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_done = |row: &&SwitchRow| matches!(row.outcome, Outcome::Settled | Outcome::AlreadyLive);
    let Some(opening) = known.rows.iter().find(is_done) else {
        return vec!["nothing was ever settled".to_owned()];
    };
    let settled = opening.settled.unwrap();
    let (first, writes): (Vec<&Write>, Vec<&Write>) =
        known.writes.iter().partition(|one| one.at <= settled);
    let mut live = first.last().map_or(known.live_at_first, |one| one.to);
    if live != opening.to {
        wrong.push(format!(
            "at first {live} was live, recorded is {}",
            opening.to
        ));
    }
    let rows = rows_by_boundary(known, opening, &mut wrong);
    let mut written = writes_by_boundary(known, &writes, opening.due, &mut wrong);
    counts.writes += known.writes.len();

    let boundaries = &known.driven.boundaries;
    let in_question = boundaries
        .iter()
        .enumerate()
        .filter(|(_, one)| opening.due < one.at && one.at <= known.until);
    for (index, boundary) in in_question {
        counts.boundaries += 1;
        let (at, to) = (boundary.at, boundary.to);
        let write = written.remove(&index);
        if let Some(write) = write {
            live = to;
            if !known.is_down(at, write) {
                counts.late.push(write - at);
            }
        }
        let Some(row) = rows.get(&at) else {
            wrong.push(format!("no row for {to} at {at} (written: {write:?})"));
            continue;
        };
        if row.to != to {
            wrong.push(format!("{at}: recorded is {}, wanted {to}", row.to));
        }
        let next = boundaries
            .get(index + 1)
            .map_or(known.until, |next| next.at);
        let was_down = || next - at < A_PASS || known.is_down(at, next);
        let is_good = match (row.outcome, write) {
            (Outcome::Settled, Some(_)) => row.tries > 0 && row.settled >= Some(at),
            (Outcome::AlreadyLive, Some(_)) => {
                counts.adopted += 1;
                was_down()
            }
            (Outcome::AlreadyLive, None) => live == to && was_down(),
            (Outcome::Missed | Outcome::Superseded, None) => {
                counts.missed += 1;
                was_down()
            }
            // Written, and killed before anybody looked; then the next boundary came.
            (Outcome::Missed | Outcome::Superseded, Some(_)) => {
                counts.adopted += 1;
                was_down()
            }
            _ => false,
        };
        if !is_good {
            let (outcome, tries) = (row.outcome, row.tries);
            wrong.push(format!(
                "{to} at {at}: {outcome:?} after {tries} tries, written {write:?}, live {live}"
            ));
        }
    }
    wrong
}

impl Known<'_> {
    /// Whether nobody was there at some time in a span.
    fn is_down(&self, from: Instant, until: Instant) -> bool {
        let mut down = self.down.iter();
        down.any(|(began, ended)| *began < until && from < *ended)
    }
}

/// Each boundary has one row at most, and after the opening each row has a boundary.
fn rows_by_boundary<'a>(
    known: &'a Known<'_>,
    opening: &SwitchRow,
    wrong: &mut Vec<String>,
) -> BTreeMap<Instant, &'a SwitchRow> {
    let mut rows: BTreeMap<Instant, &SwitchRow> = BTreeMap::new();
    for row in &known.rows {
        let is_boundary = known.driven.boundaries.iter().any(|one| one.at == row.due);
        if row.due > opening.due && !is_boundary {
            wrong.push(format!("a row of no boundary: {row:?}"));
        }
        if row.outcome == Outcome::Failed && row.due <= known.until {
            wrong.push(format!("left as failed: {row:?}"));
        }
        if let Some(other) = rows.insert(row.due, row) {
            let both = [other, row].map(|row| (row.outcome, row.tries));
            wrong.push(format!("two rows for {} at {}: {both:?}", row.to, row.due));
        }
    }
    rows
}

/// Each write belongs to a boundary of its own, which was past when it arrived.
fn writes_by_boundary(
    known: &Known<'_>,
    writes: &[&Write],
    after: Instant,
    wrong: &mut Vec<String>,
) -> BTreeMap<usize, Instant> {
    let mut written = BTreeMap::new();
    let mut last = None;
    for write in writes {
        let boundaries = known.driven.boundaries.iter().enumerate();
        let found = boundaries.rev().find(|(index, one)| {
            after < one.at && one.at <= write.at && one.to == write.to && last < Some(*index)
        });
        match found {
            Some((index, _)) => {
                last = Some(index);
                written.insert(index, write.at);
            }
            None => wrong.push(format!("a write that no boundary asks for: {write:?}")),
        }
    }
    written
}
