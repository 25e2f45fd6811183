//! Schedules: weekly windows or triggers, what holds outside them, and on holidays.
//!
//! Owns what one civil day looks like. Must not know instants: it speaks civil minutes only.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};

use super::Line;
use super::action::Action;
use super::calendar::{Calendar, Holiday};
use super::hours::{DAY_MINUTES, DaySet, Hours};
use super::trigger::{CYCLE_DAYS, Firings, Trigger};
use super::zone::Zone;

/// The parts of a schedule, as the file gives them.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The key below `[schedules]`.
    pub name: String,
    /// The zone its times are local to, and its holidays are dates of.
    pub zone: Arc<Zone>,
    /// Its calendars; of several the first that names a date decides.
    pub calendars: Vec<Arc<Calendar>>,
    /// What holds outside every window, and before any trigger has fired.
    pub closed: Default,
    /// What holds inside a holiday's own hours.
    pub open: Option<Default>,
    /// What holds on a holiday; the closed action unless said.
    pub on_holiday: Option<Default>,
    /// When it is open.
    pub rhythm: Rhythm,
    /// What becomes of a window that runs past midnight into a holiday.
    pub overnight_into_holiday: OvernightIntoHoliday,
}

/// An action of a schedule, and the line that gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Default {
    /// The action.
    pub action: Action,
    /// Its line.
    pub line: Line,
}

/// How a schedule says when it switches.
#[derive(Debug, Clone)]
pub enum Rhythm {
    /// By weekly hours.
    Weekly(Vec<Window>),
    /// By cron expressions.
    Triggers(Vec<Trigger>),
}

/// Hours on some weekdays, and what holds within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days it opens on.
    pub days: DaySet,
    /// From when to when; it may run past midnight.
    pub hours: Hours,
    /// What holds within.
    pub action: Action,
    /// Its days as the file has them and its hours: `mon-fri 09:00-12:30`.
    pub name: String,
    /// Its line.
    pub line: Line,
}

/// What becomes of a window that runs past midnight into a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::default::Default)]
pub enum OvernightIntoHoliday {
    /// It ends at midnight.
    #[default]
    Close,
    /// It finishes.
    Finish,
}

/// Why parts do not make a schedule. Indices into the windows or the triggers given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Two windows with different actions overlap, first on this weekday at this minute.
    Windows(usize, usize, Weekday, u16),
    /// Two triggers with different actions fire at one local time.
    Triggers(usize, usize, NaiveDate, u16),
    /// A holiday of a calendar has hours of its own, and the schedule has no `open` action.
    NoOpenAction {
        /// The holiday's name.
        holiday: String,
        /// Its line.
        line: Line,
    },
}

/// A schedule, right by construction.
#[derive(Debug, Clone)]
pub struct Schedule {
    parts: Parts,
    /// For each weekday, from Monday, what opens on it: in order and apart.
    opens: [Vec<Piece>; 7],
    /// For each weekday, from Monday, the day as it is when neither it nor the day before is a holiday.
    ordinary: [Vec<Piece>; 7],
    firings: Firings,
    /// The holidays of all calendars by date: the calendar, and the place in it.
    holidays: Vec<(NaiveDate, usize, usize)>,
}

/// Civil minutes `[start, end)` counted from a midnight, and the rule that holds in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub start: u16,
    pub end: u16,
    pub rule: Rule,
}

/// Which part of a schedule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Closed,
    /// An index into the windows.
    Window(usize),
    /// An index into the triggers.
    Trigger(usize),
    /// Outside a holiday's own hours. An index into the schedule's holidays.
    OnHoliday(usize),
    /// Inside a holiday's own hours. An index into the schedule's holidays.
    HolidayHours(usize),
}

impl Schedule {
    /// Puts a schedule together.
    ///
    /// # Errors
    /// Every conflict between its parts.
    pub fn new(parts: Parts) -> Result<Schedule, Vec<Conflict>> {
        let holidays = merged_holidays(&parts.calendars);
        let mut conflicts = match &parts.rhythm {
            Rhythm::Weekly(windows) => window_conflicts(windows),
            Rhythm::Triggers(triggers) => trigger_conflicts(triggers),
        };
        if parts.open.is_none() {
            conflicts.extend(holidays.iter().filter_map(|&(_, calendar, place)| {
                let holiday = &parts.calendars[calendar].holidays()[place];
                (!holiday.hours.is_empty()).then(|| Conflict::NoOpenAction {
                    holiday: holiday.name.clone(),
                    line: holiday.line,
                })
            }));
        }
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        let opens = std::array::from_fn(|day| opens_on(&parts.rhythm, weekday(day)));
        let ordinary = std::array::from_fn(|day| {
            let mut pieces = Vec::new();
            let yesterday: &Vec<Piece> = &opens[(day + 6) % 7];
            fill(&mut pieces, &opens[day], tails(yesterday), Rule::Closed);
            pieces
        });
        let firings = match &parts.rhythm {
            Rhythm::Weekly(_) => Firings::default(),
            Rhythm::Triggers(triggers) => Firings::new(triggers),
        };
        Ok(Schedule {
            parts,
            opens,
            ordinary,
            firings,
            holidays,
        })
    }

    /// The key below `[schedules]`.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The zone its times are local to.
    pub fn zone(&self) -> &Arc<Zone> {
        &self.parts.zone
    }

    /// All of its parts.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The holiday that a date of this schedule is, by the first calendar that names it.
    pub fn holiday(&self, date: NaiveDate) -> Option<&Holiday> {
        self.holiday_index(date).map(|index| self.holiday_at(index))
    }

    /// Days in which everything without a date comes once.
    pub(super) fn cycle_days(&self) -> i64 {
        match &self.parts.rhythm {
            Rhythm::Triggers(triggers) if actions_differ(triggers) => CYCLE_DAYS as i64,
            // A clock change may swallow the only window of one week.
            _ => 15,
        }
    }

    /// The first date that is a holiday.
    pub(super) fn first_holiday(&self) -> Option<NaiveDate> {
        self.holidays.first().map(|(date, ..)| *date)
    }

    /// The last date that is a holiday.
    pub(super) fn last_holiday(&self) -> Option<NaiveDate> {
        self.holidays.last().map(|(date, ..)| *date)
    }

    pub(super) fn holiday_at(&self, index: usize) -> &Holiday {
        let (_, calendar, place) = self.holidays[index];
        &self.parts.calendars[calendar].holidays()[place]
    }

    pub(super) fn holiday_index(&self, date: NaiveDate) -> Option<usize> {
        let found = self
            .holidays
            .binary_search_by_key(&date, |(date, ..)| *date);
        found.ok()
    }

    /// The place of the first holiday not before a date.
    pub(super) fn holidays_from(&self, date: NaiveDate) -> usize {
        self.holidays.partition_point(|(day, ..)| *day < date)
    }

    /// The date of the holiday at a place, if there are that many.
    pub(super) fn holiday_date(&self, place: usize) -> Option<NaiveDate> {
        self.holidays.get(place).map(|(date, ..)| *date)
    }

    /// What holds on a day that is no holiday and follows none, for a weekly schedule.
    pub(super) fn ordinary_day(&self, weekday: Weekday) -> Option<&[Piece]> {
        let pieces = &self.ordinary[weekday.num_days_from_monday() as usize];
        matches!(self.parts.rhythm, Rhythm::Weekly(_)).then_some(pieces)
    }

    /// Fills `pieces` with a whole civil day, `[0, 1440)` in order without a hole.
    ///
    /// `today` and `yesterday` are the holidays that those dates are. `fired` is the trigger that
    /// says at the day's first midnight; what says at its end is returned.
    pub(super) fn day(
        &self,
        date: NaiveDate,
        yesterday: Option<usize>,
        today: Option<usize>,
        fired: Option<usize>,
        pieces: &mut Vec<Piece>,
    ) -> Option<usize> {
        pieces.clear();
        let fired_after = match &self.parts.rhythm {
            Rhythm::Triggers(triggers) => self.firings.last_on(triggers, date).or(fired),
            Rhythm::Weekly(_) => None,
        };
        let into_holiday = self.parts.overnight_into_holiday;
        let yesterday_opens = match yesterday {
            _ if today.is_some() && into_holiday == OvernightIntoHoliday::Close => Vec::new(),
            Some(holiday) => self.holiday_opens(holiday),
            None => self.opens[date.weekday().pred().num_days_from_monday() as usize].clone(),
        };
        let tails = tails(&yesterday_opens);
        match today {
            Some(holiday) => {
                let opens = self.holiday_opens(holiday);
                fill(pieces, &opens, tails, Rule::OnHoliday(holiday));
            }
            None => {
                let opens = &self.opens[date.weekday().num_days_from_monday() as usize];
                match &self.parts.rhythm {
                    Rhythm::Weekly(_) => fill(pieces, opens, tails, Rule::Closed),
                    Rhythm::Triggers(triggers) => {
                        let firings = self.firings.on(triggers, date);
                        fill_fired(pieces, tails, firings, fired);
                    }
                }
            }
        }
        fired_after
    }

    /// The trigger that says at the midnight a date begins with.
    pub(super) fn fired_before(&self, date: NaiveDate) -> Option<usize> {
        match &self.parts.rhythm {
            Rhythm::Triggers(triggers) => self.firings.last_until(triggers, date.pred_opt()?),
            Rhythm::Weekly(_) => None,
        }
    }

    fn holiday_opens(&self, index: usize) -> Vec<Piece> {
        let parts = &self.parts;
        let outside = parts.on_holiday.unwrap_or(parts.closed).action;
        // Of one action they are one segment: their reason is the same too.
        let rule = if parts.open.is_some_and(|open| open.action == outside) {
            Rule::OnHoliday(index)
        } else {
            Rule::HolidayHours(index)
        };
        let hours = self.holiday_at(index).hours.iter();
        hours
            .map(|hours| Piece {
                start: hours.start(),
                end: hours.end(),
                rule,
            })
            .collect()
    }
}

fn weekday(from_monday: usize) -> Weekday {
    Weekday::try_from(from_monday as u8).expect("seven days in a week")
}

fn merged_holidays(calendars: &[Arc<Calendar>]) -> Vec<(NaiveDate, usize, usize)> {
    let mut merged: Vec<(NaiveDate, usize, usize)> = Vec::new();
    for (index, calendar) in calendars.iter().enumerate() {
        let days = calendar.holidays().iter().enumerate();
        merged.extend(days.map(|(place, day)| (day.date, index, place)));
    }
    merged.sort_unstable();
    merged.dedup_by_key(|(date, ..)| *date);
    merged
}

/// What opens on a weekday. Windows that overlap have one action here: the earlier one goes on.
fn opens_on(rhythm: &Rhythm, day: Weekday) -> Vec<Piece> {
    let Rhythm::Weekly(windows) = rhythm else {
        return Vec::new();
    };
    let mut found: Vec<(Hours, usize)> = (windows.iter().enumerate())
        .filter(|(_, window)| window.days.contains(day))
        .map(|(index, window)| (window.hours, index))
        .collect();
    found.sort_unstable();
    let mut pieces: Vec<Piece> = Vec::with_capacity(found.len());
    for (hours, index) in found {
        let start = pieces.last().map_or(hours.start(), |last| last.end);
        let start = start.max(hours.start());
        if start < hours.end() {
            pieces.push(Piece {
                start,
                end: hours.end(),
                rule: Rule::Window(index),
            });
        }
    }
    pieces
}

/// The part of yesterday's pieces that lies after midnight, in minutes of today.
fn tails(yesterday: &[Piece]) -> impl Iterator<Item = Piece> + '_ {
    let late = yesterday.iter().filter(|piece| piece.end > DAY_MINUTES);
    late.map(|piece| Piece {
        start: piece.start.saturating_sub(DAY_MINUTES),
        end: piece.end - DAY_MINUTES,
        rule: piece.rule,
    })
}

/// A day: what opens on it, where nothing does the tails of yesterday, and elsewhere `base`.
fn fill(pieces: &mut Vec<Piece>, opens: &[Piece], tails: impl Iterator<Item = Piece>, base: Rule) {
    let tails: Vec<Piece> = tails.collect();
    let mut at = 0;
    let closing = Piece {
        start: DAY_MINUTES,
        end: DAY_MINUTES,
        rule: base,
    };
    for open in opens.iter().chain([&closing]) {
        for tail in &tails {
            let (start, end) = (tail.start.max(at), tail.end.min(open.start));
            if start < end {
                push(pieces, at, start, base);
                push(pieces, start, end, tail.rule);
                at = end;
            }
        }
        push(pieces, at, open.start.min(DAY_MINUTES), base);
        push(pieces, open.start, open.end.min(DAY_MINUTES), open.rule);
        at = open.end.min(DAY_MINUTES);
    }
}

/// A day of a trigger schedule: the tail of a holiday's own hours, then the latest trigger fired.
fn fill_fired(
    pieces: &mut Vec<Piece>,
    tails: impl Iterator<Item = Piece>,
    firings: impl Iterator<Item = (u16, usize)>,
    fired: Option<usize>,
) {
    let mut at = 0;
    let mut says = fired;
    let rule = |fired: Option<usize>| fired.map_or(Rule::Closed, Rule::Trigger);
    let mut firings = firings.peekable();
    let mut until = |at: &mut u16, end: u16, pieces: &mut Vec<Piece>| {
        while let Some((minute, index)) = firings.next_if(|(minute, _)| *minute < end) {
            push(pieces, *at, minute, rule(says));
            *at = minute.max(*at);
            says = Some(index);
        }
        push(pieces, *at, end, rule(says));
        *at = end.max(*at);
    };
    for tail in tails {
        until(&mut at, tail.start, pieces);
        push(pieces, at, tail.end, tail.rule);
        at = tail.end;
    }
    until(&mut at, DAY_MINUTES, pieces);
}

fn push(pieces: &mut Vec<Piece>, start: u16, end: u16, rule: Rule) {
    if start < end {
        pieces.push(Piece { start, end, rule });
    }
}

fn actions_differ(triggers: &[Trigger]) -> bool {
    let mut pairs = triggers.windows(2);
    pairs.any(|pair| pair[0].action != pair[1].action)
}

fn window_conflicts(windows: &[Window]) -> Vec<Conflict> {
    const WEEK: i32 = 7 * DAY_MINUTES as i32;
    let spans = |window: &Window| -> Vec<(i32, i32)> {
        let days = (0..7).filter(|day| window.days.contains(weekday(*day)));
        let hours = window.hours;
        days.map(|day| day as i32 * i32::from(DAY_MINUTES))
            .map(|day| (day + i32::from(hours.start()), day + i32::from(hours.end())))
            .collect()
    };
    let spans: Vec<Vec<(i32, i32)>> = windows.iter().map(spans).collect();
    let mut conflicts = Vec::new();
    for second in 0..windows.len() {
        for first in 0..second {
            if windows[first].action == windows[second].action {
                continue;
            }
            let pairs = spans[first]
                .iter()
                .flat_map(|a| spans[second].iter().map(move |b| (a, b)));
            let meeting = pairs
                .flat_map(|(a, b)| [-WEEK, 0, WEEK].map(|week| (a, (b.0 + week, b.1 + week))))
                .map(|(a, b)| (a.0.max(b.0), a.1.min(b.1)))
                .find(|(start, end)| start < end);
            if let Some((start, _)) = meeting {
                let start = start.rem_euclid(WEEK) as u16;
                let day = weekday(usize::from(start / DAY_MINUTES));
                conflicts.push(Conflict::Windows(first, second, day, start % DAY_MINUTES));
            }
        }
    }
    conflicts
}

fn trigger_conflicts(triggers: &[Trigger]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for second in 0..triggers.len() {
        for first in 0..second {
            if triggers[first].action == triggers[second].action {
                continue;
            }
            if let Some((date, minute)) = triggers[first].meets(&triggers[second]) {
                conflicts.push(Conflict::Triggers(first, second, date, minute));
            }
        }
    }
    conflicts
}
