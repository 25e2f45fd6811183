//! What a local minute says, painted over one whole day at a time, lowest layer first.

use std::collections::{HashMap, HashSet};

use todswitch::domain::action::Action;
use todswitch::domain::timeline::ReasonKind;

use crate::clock::Clock;
use crate::spec::{Cron, Day, Patch, Rhythm, Spec, Window};

/// An action and the kind of its reason.
pub type Cell = (Action, ReasonKind);

/// A day since 1970 as local minutes.
pub type Page = Vec<Cell>;

/// A holiday: its day, and the hours of its own.
type Listed = (i64, Vec<(u16, u16)>);

/// A case without its conflicts, all days counted from 1970.
pub struct Book<'a> {
    pub spec: &'a Spec,
    /// For each calendar its holidays.
    pub calendars: Vec<Vec<Listed>>,
    /// `[from, until)` in local minutes since 1970.
    pub overrides: Vec<(i64, i64, Action)>,
    pub windows: Vec<Window>,
    pub crons: Vec<Cron>,
    /// The overrides with those that were left out.
    pub all_overrides: Vec<(i64, i64, Action)>,
    /// Whether a window or trigger, or an override, had to be left out for a conflict.
    pub had_conflict: bool,
    pub had_override_conflict: bool,
    feasts: HashMap<i64, Vec<(u16, u16)>>,
}

impl<'a> Book<'a> {
    pub fn new(spec: &'a Spec, clock: &Clock) -> Book<'a> {
        let day = |day: Day| match day {
            Day::NearChange(which, off) if !clock.change_days.is_empty() => {
                let which = usize::from(which) % clock.change_days.len();
                clock.change_days[which] + i64::from(off)
            }
            Day::NearChange(which, _) => spec.place.first_day + i64::from(which),
            Day::Nth(nth) => spec.place.first_day + i64::from(nth),
        };
        let mut book = Book {
            spec,
            calendars: Vec::new(),
            overrides: Vec::new(),
            windows: Vec::new(),
            crons: Vec::new(),
            all_overrides: Vec::new(),
            had_conflict: false,
            had_override_conflict: false,
            feasts: HashMap::new(),
        };
        for calendar in &spec.calendars {
            let mut listed = Vec::new();
            for feast in calendar {
                listed.push((day(feast.day), feast.hours.clone()));
                let first = book.feasts.entry(day(feast.day));
                first.or_insert_with(|| feast.hours.clone());
            }
            book.calendars.push(listed);
        }
        for patch in &spec.overrides {
            let new = (patch_start(patch, day(patch.day)), patch.action);
            let new = (new.0, new.0 + i64::from(patch.minutes), new.1);
            let fits = book.overrides.iter().all(|old| undisputed(*old, new));
            book.had_override_conflict |= !fits;
            book.all_overrides.push(new);
            book.overrides.extend(fits.then_some(new));
        }
        match &spec.rhythm {
            Rhythm::Weekly(windows) => book.take_windows(windows),
            Rhythm::Triggers(crons) => book.take_crons(crons),
        }
        book
    }

    /// What a whole local day says, holds left out.
    pub fn page(&self, day: i64) -> Page {
        let mut page = vec![(self.spec.closed, ReasonKind::Closed); 1440];
        let feast = self.feasts.get(&day);
        if feast.is_none() {
            self.paint_triggers(&mut page, day);
        }
        if feast.is_some() {
            let action = self.spec.on_holiday.unwrap_or(self.spec.closed);
            page.fill((action, ReasonKind::Holiday));
        }
        if feast.is_none() || self.spec.finish {
            for (start, end, cell) in self.opens(day - 1) {
                paint(&mut page, start - 1440, end - 1440, cell);
            }
        }
        for (start, end, cell) in self.opens(day) {
            paint(&mut page, start, end, cell);
        }
        // Those that lie around others first.
        let mut overrides = self.overrides.clone();
        overrides.sort_by_key(|(from, until, _)| from - until);
        for (from, until, action) in overrides {
            let (start, end) = (from - day * 1440, until - day * 1440);
            let inside = |minute: i64| minute.clamp(0, 1440) as i32;
            let cell = (action, ReasonKind::Override);
            paint(&mut page, inside(start), inside(end), cell);
        }
        page
    }

    /// What opens on a day, in minutes after its midnight, also beyond the next one.
    fn opens(&self, day: i64) -> Vec<(i32, i32, Cell)> {
        if let Some(hours) = self.feasts.get(&day) {
            let cell = (self.spec.open, ReasonKind::Holiday);
            let hours = hours.iter().map(|(start, end)| unwrapped(*start, *end));
            return hours.map(|(start, end)| (start, end, cell)).collect();
        }
        let windows = self.windows.iter();
        let windows = windows.filter(|window| window.days[weekday(day)]);
        windows
            .map(|window| {
                let (start, end) = unwrapped(window.start, window.end);
                (start, end, (window.action, ReasonKind::Weekly))
            })
            .collect()
    }

    fn paint_triggers(&self, page: &mut Page, day: i64) {
        if self.crons.is_empty() {
            return;
        }
        let earlier = (1..).find_map(|back| self.last_firing(day - back));
        let mut says = earlier.expect("every generated trigger fires within years");
        for minute in 0..1440 {
            says = self.firing(day, minute).unwrap_or(says);
            page[usize::from(minute)] = (says, ReasonKind::Trigger);
        }
    }

    fn last_firing(&self, day: i64) -> Option<Action> {
        let on_day = self.crons.iter().filter(|cron| fires_on(cron, day));
        let last = |cron: &Cron| {
            cron.hours.iter().max().unwrap() * 60 + cron.minutes.iter().max().unwrap()
        };
        on_day.max_by_key(|cron| last(cron)).map(|cron| cron.action)
    }

    fn firing(&self, day: i64, minute: u16) -> Option<Action> {
        let mut firing = self.crons.iter().filter(|cron| {
            cron.hours.contains(&(minute / 60))
                && cron.minutes.contains(&(minute % 60))
                && fires_on(cron, day)
        });
        firing.next().map(|cron| cron.action)
    }

    fn take_windows(&mut self, windows: &[Window]) {
        for new in windows {
            let disputed = self.windows.iter().any(|old| {
                let old_minutes = week(old);
                old.action != new.action && !old_minutes.is_disjoint(&week(new))
            });
            self.had_conflict |= disputed;
            self.windows.extend((!disputed).then(|| new.clone()));
        }
    }

    fn take_crons(&mut self, crons: &[Cron]) {
        for new in crons {
            let disputed = self.crons.iter().any(|old| {
                let minute = old
                    .minutes
                    .iter()
                    .any(|minute| new.minutes.contains(minute));
                let hour = old.hours.iter().any(|hour| new.hours.contains(hour));
                let day = |day: &i64| fires_on(old, *day) && fires_on(new, *day);
                // 28 years of this century.
                old.action != new.action && minute && hour && (10_957..21_184).any(|d| day(&d))
            });
            self.had_conflict |= disputed;
            self.crons.extend((!disputed).then(|| new.clone()));
        }
    }

    /// Whether the action never changes again once everything with a date is past.
    pub fn is_constant_in_the_end(&self) -> bool {
        match self.spec.rhythm {
            Rhythm::Weekly(_) => {
                let long_after = 200_000;
                let week = (0..7).flat_map(|day| self.page(long_after + day));
                week.map(|(action, _)| action).collect::<HashSet<_>>().len() == 1
            }
            Rhythm::Triggers(_) => {
                let actions = self.crons.iter().map(|cron| cron.action);
                actions.collect::<HashSet<_>>().len() <= 1
            }
        }
    }
}

/// From Monday.
pub fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

fn patch_start(patch: &Patch, day: i64) -> i64 {
    day * 1440 + i64::from(patch.minute)
}

fn unwrapped(start: u16, end: u16) -> (i32, i32) {
    let (start, end) = (i32::from(start), i32::from(end));
    (start, if end > start { end } else { end + 1440 })
}

fn paint(page: &mut Page, start: i32, end: i32, cell: Cell) {
    for minute in start.max(0)..end.min(1440) {
        page[minute as usize] = cell;
    }
}

/// The minutes of the week that a window claims.
fn week(window: &Window) -> HashSet<i32> {
    let (start, end) = unwrapped(window.start, window.end);
    let days = (0..7).filter(|day| window.days[*day as usize]);
    days.flat_map(|day| (start..end).map(move |minute| (day * 1440 + minute) % 10_080))
        .collect()
}

/// Whether two overrides are of one action, apart, or one inside the other.
fn undisputed(a: (i64, i64, Action), b: (i64, i64, Action)) -> bool {
    let apart = a.1 <= b.0 || b.1 <= a.0;
    let a_in_b = b.0 <= a.0 && a.1 <= b.1;
    let b_in_a = a.0 <= b.0 && b.1 <= a.1;
    a.2 == b.2 || apart || (a_in_b != b_in_a)
}

fn fires_on(cron: &Cron, day: i64) -> bool {
    let (month, day_of_month) = month_and_day(day);
    let in_month = cron.month.is_none_or(|wanted| wanted == month);
    let by_day = cron.day.map(|wanted| wanted == day_of_month);
    let by_weekday = cron.weekdays.map(|days| days[weekday(day)]);
    in_month
        && match (by_day, by_weekday) {
            (Some(by_day), Some(by_weekday)) => by_day || by_weekday,
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => true,
        }
}

/// Month and day of the Gregorian calendar, counted in eras of 400 years from 1 March of the year 0.
fn month_and_day(day: i64) -> (u8, u8) {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    (((month + 2) % 12 + 1) as u8, day_of_month as u8)
}
