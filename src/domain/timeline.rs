//! What should be true at each instant, and why: one iterator of segments, and its readings.
//!
//! Owns the merging of layers: holds above overrides above the schedule. Must not know what a
//! civil day looks like (that is the schedule's) nor what is live.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::action::Action;
use super::overlay::{Cover, CoverBy, Overrides, covers};
use super::policy::{Hold, Policy};
use super::schedule::{Piece, Rhythm, Rule, Schedule};
use super::zone::{Reach, civil_time, instant_at};
use super::{Instant, Line};

/// Everything that decides one policy's action.
#[derive(Debug, Clone)]
pub struct Timeline {
    schedule: Arc<Schedule>,
    overrides: Arc<Overrides>,
    holds: Vec<Hold>,
    covers: Vec<Cover>,
}

/// A span with one action and one reason, half-open `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Its first instant.
    pub start: Instant,
    /// The first instant after it.
    pub end: Instant,
    /// What holds.
    pub action: Action,
    /// Why.
    pub reason: Reason<'a>,
}

/// A change of the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The boundary.
    pub at: Instant,
    /// The action up to it.
    pub from: Action,
    /// The action from it on; never the same.
    pub to: Action,
    /// Why the new action holds.
    pub reason: Reason<'a>,
}

/// What holds at an instant, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State<'a> {
    /// The action.
    pub action: Action,
    /// Why.
    pub reason: Reason<'a>,
}

/// The rule that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Which kind of rule.
    pub kind: ReasonKind,
    /// What people call it.
    pub name: &'a str,
    /// Its line in the file; a hold has none.
    pub line: Option<Line>,
}

/// The kinds of rules, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReasonKind {
    /// Set by hand.
    Hold,
    /// A dated override of the file.
    Override,
    /// A holiday of a calendar.
    Holiday,
    /// A window of the weekly hours.
    Weekly,
    /// A cron expression.
    Trigger,
    /// Nothing else.
    Closed,
}

impl ReasonKind {
    /// The word for it in every output and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            ReasonKind::Hold => "hold",
            ReasonKind::Override => "override",
            ReasonKind::Holiday => "holiday",
            ReasonKind::Weekly => "weekly",
            ReasonKind::Trigger => "trigger",
            ReasonKind::Closed => "closed",
        }
    }
}

impl Timeline {
    /// The timeline of a policy under the holds that are set for it.
    pub fn new(policy: &Policy, holds: Vec<Hold>) -> Timeline {
        let zone = policy.schedule.zone();
        let covers = covers(&policy.overrides, &holds, zone);
        Timeline {
            schedule: Arc::clone(&policy.schedule),
            overrides: Arc::clone(&policy.overrides),
            holds,
            covers,
        }
    }

    /// The schedule beneath.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The overrides above the schedule.
    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// The holds above the overrides.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The segments of `[from, to)`, without a hole, cut off at both ends. Neighbours may have the
    /// same action; their reasons differ. Fractions of a second are dropped.
    pub fn segments(&self, from: Instant, to: Instant) -> Segments<'_> {
        self.segments_between(from.timestamp(), to.timestamp())
    }

    /// What holds at an instant.
    pub fn state_at(&self, at: Instant) -> State<'_> {
        let unix = at.timestamp();
        let (action, reason) = match self.cover_at(unix) {
            Some(cover) => self.covered(cover.by),
            None => self.ruled(self.rule_at(unix)),
        };
        State { action, reason }
    }

    /// The changes with `from < at < to`. One that falls on `from` is past: it is in the state there.
    pub fn changes(&self, from: Instant, to: Instant) -> impl Iterator<Item = Change<'_>> {
        let mut before: Option<Action> = None;
        self.segments(from, to).filter_map(move |segment| {
            let from = before.replace(segment.action)?;
            (from != segment.action).then_some(Change {
                at: segment.start,
                from,
                to: segment.action,
                reason: segment.reason,
            })
        })
    }

    /// The first change after an instant; `None` where there will never be one again.
    pub fn next_change(&self, after: Instant) -> Option<Change<'_>> {
        self.changes(after, instant_at(self.horizon(after.timestamp())))
            .next()
    }

    /// When the action that holds at an instant began, and the rule that began it; `None` where it
    /// has always held.
    pub fn since(&self, at: Instant) -> Option<Change<'_>> {
        let dawn = instant_at(self.dawn(at.timestamp()));
        let to = at + TimeDelta::seconds(1);
        // Most actions began within days, so the whole past is asked for last.
        let recent = [3, 30, 400].map(|days| at.checked_sub_signed(TimeDelta::days(days)));
        let recent = recent.into_iter().flatten().filter(|from| *from > dawn);
        recent
            .chain([dawn])
            .find_map(|from| self.changes(from, to).last())
    }

    fn segments_between(&self, from: i64, to: i64) -> Segments<'_> {
        Segments {
            timeline: self,
            base: Base::new(&self.schedule, from, to),
            pending: None,
            cover: self.covers.partition_point(|cover| cover.end <= from),
            at: from,
            at_instant: instant_at(from),
            to,
        }
    }

    fn cover_at(&self, unix: i64) -> Option<&Cover> {
        let place = self.covers.partition_point(|cover| cover.end <= unix);
        self.covers.get(place).filter(|cover| cover.start <= unix)
    }

    fn rule_at(&self, unix: i64) -> Rule {
        let schedule = &*self.schedule;
        let civil = schedule.zone().civil(unix);
        let date = civil_time(civil).date();
        let minute = (civil.rem_euclid(86_400) / 60) as u16;
        let in_force = |pieces: &[Piece]| {
            let piece = pieces.iter().find(|piece| minute < piece.end);
            piece.expect("a day has no hole").rule
        };
        let today = schedule.holiday_index(date);
        let yesterday = date
            .pred_opt()
            .and_then(|date| schedule.holiday_index(date));
        if today.is_none()
            && yesterday.is_none()
            && let Some(pieces) = schedule.ordinary_day(date.weekday())
        {
            return in_force(pieces);
        }
        let mut pieces = Vec::new();
        let fired = schedule.fired_before(date);
        schedule.day(date, yesterday, today, fired, &mut pieces);
        in_force(&pieces)
    }

    /// The Unix second by which every change that will ever come has come once.
    fn horizon(&self, after: i64) -> i64 {
        let dated = self.schedule.last_holiday().map(|date| {
            let midnight = self.schedule.zone().midnight(date).timestamp();
            midnight + 3 * 86_400
        });
        let covered = self.covers.last().map(|cover| match cover.end {
            i64::MAX => cover.start,
            end => end,
        });
        let settled = after
            .max(dated.unwrap_or(after))
            .max(covered.unwrap_or(after));
        settled + self.schedule.cycle_days() * 86_400
    }

    /// The Unix second before which nothing was different from what came just after it.
    fn dawn(&self, at: i64) -> i64 {
        let dated = self.schedule.first_holiday().map(|date| {
            let midnight = self.schedule.zone().midnight(date).timestamp();
            midnight - 86_400
        });
        let covered = self.covers.first().map(|cover| cover.start);
        let unsettled = at.min(dated.unwrap_or(at)).min(covered.unwrap_or(at));
        unsettled - self.schedule.cycle_days() * 86_400
    }

    fn covered(&self, by: CoverBy) -> (Action, Reason<'_>) {
        match by {
            CoverBy::Hold(index) => {
                let hold = &self.holds[index];
                let reason = Reason {
                    kind: ReasonKind::Hold,
                    name: &hold.reason,
                    line: None,
                };
                (hold.action, reason)
            }
            CoverBy::Override(index) => {
                let one = &self.overrides.all()[index];
                let reason = Reason {
                    kind: ReasonKind::Override,
                    name: &one.name,
                    line: Some(one.line),
                };
                (one.action, reason)
            }
        }
    }

    // Once for each segment: to hand the answer back through memory costs more than to find it.
    #[inline(always)]
    fn ruled(&self, rule: Rule) -> (Action, Reason<'_>) {
        let parts = self.schedule.parts();
        let closed = parts.closed;
        let reason = |kind, name, line| Reason {
            kind,
            name,
            line: Some(line),
        };
        match (rule, &parts.rhythm) {
            (Rule::Window(index), Rhythm::Weekly(windows)) => {
                let window = &windows[index];
                let reason = reason(ReasonKind::Weekly, window.name.as_str(), window.line);
                (window.action, reason)
            }
            (Rule::Trigger(index), Rhythm::Triggers(triggers)) => {
                let trigger = &triggers[index];
                let reason = reason(ReasonKind::Trigger, trigger.text.as_str(), trigger.line);
                (trigger.action, reason)
            }
            (Rule::OnHoliday(index), _) => {
                let holiday = self.schedule.holiday_at(index);
                let action = parts.on_holiday.unwrap_or(closed).action;
                let reason = reason(ReasonKind::Holiday, holiday.name.as_str(), holiday.line);
                (action, reason)
            }
            (Rule::HolidayHours(index), _) => {
                let holiday = self.schedule.holiday_at(index);
                let open = parts
                    .open
                    .expect("hours of a holiday are refused without `open`");
                let reason = reason(ReasonKind::Holiday, holiday.name.as_str(), holiday.line);
                (open.action, reason)
            }
            _ => {
                let reason = reason(ReasonKind::Closed, "closed", closed.line);
                (closed.action, reason)
            }
        }
    }
}

/// The segments of a range. See [`Timeline::segments`].
#[derive(Debug)]
pub struct Segments<'a> {
    timeline: &'a Timeline,
    base: Base<'a>,
    pending: Option<Span>,
    /// The first cover that ends after `at`.
    cover: usize,
    at: i64,
    at_instant: Instant,
    to: i64,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.at >= self.to {
            return None;
        }
        let cover = self.timeline.covers.get(self.cover);
        let (end, (action, reason)) = match cover {
            Some(cover) if cover.start <= self.at => {
                self.cover += 1;
                (cover.end.min(self.to), self.timeline.covered(cover.by))
            }
            _ => {
                while self.pending.is_none_or(|span| span.end <= self.at) {
                    self.pending = Some(self.base.next()?);
                }
                let span = self.pending?;
                let limit = cover.map_or(self.to, |cover| cover.start.min(self.to));
                (span.end.min(limit), self.timeline.ruled(span.rule))
            }
        };
        self.at = end;
        let end = instant_at(end);
        let start = std::mem::replace(&mut self.at_instant, end);
        Some(Segment {
            start,
            end,
            action,
            reason,
        })
    }
}

/// A span of one rule of the schedule, in Unix seconds.
#[derive(Debug, Clone, Copy)]
struct Span {
    end: i64,
    rule: Rule,
}

/// The schedule alone: its days laid end to end, what has no length left out, neighbours of one
/// rule joined. Ends at `to`, so that a rule that holds for ever ends too.
#[derive(Debug)]
struct Base<'a> {
    schedule: &'a Schedule,
    date: NaiveDate,
    weekday: Weekday,
    /// The civil second at which `date` begins.
    civil: i64,
    /// The place of the first holiday not before `date`.
    holiday: usize,
    next_holiday: Option<NaiveDate>,
    yesterday: Option<usize>,
    fired: Option<usize>,
    /// The day under way where it is not an ordinary one.
    special: Vec<Piece>,
    ordinary: Option<&'a [Piece]>,
    piece: usize,
    /// Where the pieces read so far end, and the rule of the last ones.
    at: i64,
    rule: Option<Rule>,
    to: i64,
    reach: Reach,
}

impl<'a> Base<'a> {
    fn new(schedule: &'a Schedule, from: i64, to: i64) -> Base<'a> {
        let date = civil_time(schedule.zone().civil(from)).date();
        let yesterday = date
            .pred_opt()
            .and_then(|date| schedule.holiday_index(date));
        let holiday = schedule.holidays_from(date);
        let civil = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let mut base = Base {
            schedule,
            date,
            weekday: date.weekday(),
            civil,
            holiday,
            next_holiday: schedule.holiday_date(holiday),
            yesterday,
            fired: schedule.fired_before(date),
            special: Vec::new(),
            ordinary: None,
            piece: 0,
            at: from,
            rule: None,
            to,
            reach: schedule.zone().reach(civil),
        };
        base.lay_out_day();
        base
    }

    fn next(&mut self) -> Option<Span> {
        while self.at < self.to {
            let pieces = self.ordinary.unwrap_or(&self.special);
            let Some(&piece) = pieces.get(self.piece) else {
                self.next_day();
                continue;
            };
            let civil = self.civil + i64::from(piece.end) * 60;
            if !self.reach.contains(civil) {
                self.reach = self.schedule.zone().reach(civil);
            }
            let end = self.reach.unix(civil);
            self.piece += 1;
            if end <= self.at {
                continue;
            }
            let start = std::mem::replace(&mut self.at, end);
            let before = self.rule.replace(piece.rule);
            if let Some(rule) = before.filter(|before| *before != piece.rule) {
                return Some(Span { end: start, rule });
            }
        }
        let rule = self.rule.take()?;
        Some(Span { end: self.to, rule })
    }

    fn next_day(&mut self) {
        self.yesterday = None;
        if self.next_holiday == Some(self.date) {
            self.yesterday = Some(self.holiday);
            self.holiday += 1;
            self.next_holiday = self.schedule.holiday_date(self.holiday);
        }
        self.date = self
            .date
            .succ_opt()
            .expect("dates end long after the horizon");
        self.weekday = self.weekday.succ();
        self.civil += 86_400;
        self.lay_out_day();
    }

    fn lay_out_day(&mut self) {
        self.piece = 0;
        let today = (self.next_holiday == Some(self.date)).then_some(self.holiday);
        if today.is_none() && self.yesterday.is_none() {
            self.ordinary = self.schedule.ordinary_day(self.weekday);
            if self.ordinary.is_some() {
                return;
            }
        }
        self.ordinary = None;
        let (date, yesterday) = (self.date, self.yesterday);
        self.fired = self
            .schedule
            .day(date, yesterday, today, self.fired, &mut self.special);
    }
}
