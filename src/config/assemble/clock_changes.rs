//! Warnings of times that a clock change leaves out or repeats within a year.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::Context;
use crate::config::source::Span;
use crate::domain::action::Action;
use crate::domain::hours::DAY_MINUTES;
use crate::domain::schedule::{OvernightIntoHoliday, Rhythm, Schedule, Window};
use crate::domain::trigger::Trigger;
use crate::domain::zone::{ClockChange, Zone};

/// How far ahead clock changes are looked at.
const AHEAD: TimeDelta = TimeDelta::days(366);

/// Warns of edges of windows and firings of triggers in a clock change.
pub fn warn_of_schedule(schedule: &Schedule, places: &[Span], context: &Context<'_>) {
    let changes: Vec<Fold<'_>> = folds(schedule.zone(), context);
    for fold in &changes {
        match &schedule.parts().rhythm {
            Rhythm::Weekly(windows) => {
                for (window, place) in windows.iter().zip(places) {
                    warn_of_window(schedule, windows, window, *place, fold, context);
                }
            }
            Rhythm::Triggers(triggers) => {
                for (trigger, place) in triggers.iter().zip(places) {
                    warn_of_trigger(schedule, trigger, *place, fold, context);
                }
            }
        }
    }
}

/// Warns of a dated edge in a clock change of a zone.
pub fn warn_of_edge(
    what: &str,
    civil: NaiveDateTime,
    zone: &Zone,
    place: Span,
    context: &Context<'_>,
) {
    for fold in folds(zone, context) {
        if fold.holds(civil) && !fold.moves_midnight_only(civil) {
            let message = format!("{what} {}", fold.meaning(civil));
            context.problems.at(place, message).warning();
        }
    }
}

/// The civil times `[from, to)` that a clock change leaves out or repeats.
struct Fold<'z> {
    zone: &'z Zone,
    is_gap: bool,
    from: NaiveDateTime,
    to: NaiveDateTime,
}

fn folds<'z>(zone: &'z Zone, context: &Context<'_>) -> Vec<Fold<'z>> {
    let fold = |change: ClockChange| {
        let (before, after) = (change.local_before(), change.local_after());
        Fold {
            zone,
            is_gap: change.is_gap(),
            from: before.min(after),
            to: before.max(after),
        }
    };
    let changes = zone.clock_changes(context.now, context.now + AHEAD);
    changes.map(fold).collect()
}

impl Fold<'_> {
    fn holds(&self, civil: NaiveDateTime) -> bool {
        (self.from..self.to).contains(&civil)
    }

    /// A midnight at which the clocks go forward: the day begins at that instant all the same.
    fn moves_midnight_only(&self, civil: NaiveDateTime) -> bool {
        self.is_gap && civil == self.from && civil.time() == NaiveTime::MIN
    }

    /// The dates on which a window may open that has an edge in it.
    fn opening_dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let first = self.from.date() - Days::new(1);
        let last = self.to.date();
        first.iter_days().take_while(move |date| *date <= last)
    }

    fn meaning(&self, civil: NaiveDateTime) -> String {
        let instant = self.zone.instant(civil);
        let (date, time, zone) = (civil.date(), civil.format("%H:%M"), self.zone.name());
        let utc = instant.format("%Y-%m-%d %H:%M UTC");
        if self.is_gap {
            let meant = self.zone.local(instant).format("%H:%M");
            format!(
                "{time}, which the clocks of {zone} leave out on {date}: {meant} is meant, {utc}"
            )
        } else {
            format!(
                "{time}, which the clocks of {zone} show twice on {date}: the first is meant, {utc}"
            )
        }
    }
}

fn warn_of_window(
    schedule: &Schedule,
    windows: &[Window],
    window: &Window,
    place: Span,
    fold: &Fold<'_>,
    context: &Context<'_>,
) {
    for date in fold.opening_dates() {
        if !opens(schedule, window, date) {
            continue;
        }
        let edges = [
            ("opens", window.hours.start()),
            ("closes", window.hours.end()),
        ];
        for (verb, minute) in edges {
            let civil = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute.into());
            let cut_off = minute > DAY_MINUTES && ends_at_midnight(schedule, date);
            let hidden = fold.moves_midnight_only(civil)
                || cut_off
                || goes_on_over(schedule, windows, window.action, civil);
            if fold.holds(civil) && !hidden {
                let message = format!("`{}` {verb} at {}", window.name, fold.meaning(civil));
                context.problems.at(place, message).warning();
            }
        }
    }
}

fn opens(schedule: &Schedule, window: &Window, date: NaiveDate) -> bool {
    window.days.contains(chrono::Datelike::weekday(&date)) && schedule.holiday(date).is_none()
}

fn ends_at_midnight(schedule: &Schedule, date: NaiveDate) -> bool {
    let tomorrow = schedule.holiday(date + Days::new(1)).is_some();
    tomorrow && schedule.parts().overnight_into_holiday == OvernightIntoHoliday::Close
}

/// Whether an edge at midnight is no switch, because the same action holds on either side of it.
fn goes_on_over(
    schedule: &Schedule,
    windows: &[Window],
    action: Action,
    civil: NaiveDateTime,
) -> bool {
    let (date, yesterday) = (civil.date(), civil.date() - Days::new(1));
    let like = || windows.iter().filter(|window| window.action == action);
    civil.time() == NaiveTime::MIN
        && like().any(|window| window.hours.start() == 0 && opens(schedule, window, date))
        && like()
            .any(|window| window.hours.end() >= DAY_MINUTES && opens(schedule, window, yesterday))
}

fn warn_of_trigger(
    schedule: &Schedule,
    trigger: &Trigger,
    place: Span,
    fold: &Fold<'_>,
    context: &Context<'_>,
) {
    let mut fired = Vec::new();
    for date in fold.opening_dates() {
        if schedule.holiday(date).is_some() || !trigger.fires_on(date) {
            continue;
        }
        let civil =
            |minute: &u16| date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(*minute));
        let times = trigger.minutes().iter().map(civil);
        fired.extend(times.filter(|time| fold.holds(*time) && !fold.moves_midnight_only(*time)));
    }
    let [first, others @ ..] = fired.as_slice() else {
        return;
    };
    let more = match others.len() {
        0 => String::new(),
        n => format!(" ({n} more of its times as well)"),
    };
    let message = format!("`{}` fires at {}{more}", trigger.text, fold.meaning(*first));
    context.problems.at(place, message).warning();
}
