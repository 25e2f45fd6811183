//! Why an action holds at an instant: every rule that was looked at, and what became of it.
//!
//! Owns the verdicts. Must not decide anything of its own: the winner is what the layers say, and
//! always what [`Timeline::state_at`] says. Must not know how a verdict is worded.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};

use super::Instant;
use super::action::Action;
use super::hours::{DAY_MINUTES, Hours};
use super::overlay::{CoverBy, covers};
use super::schedule::{OvernightIntoHoliday, Rhythm, Rule, Window};
use super::timeline::{Change, Reason, ReasonKind, State, Timeline};
use super::trigger::{CYCLE_DAYS, Trigger};
use super::zone::civil_time;

/// What holds at an instant, and every rule that was looked at.
#[derive(Debug, Clone)]
pub struct Explanation<'a> {
    /// The instant, without its fraction of a second.
    pub at: Instant,
    /// The local time at it.
    pub local: DateTime<FixedOffset>,
    /// What holds.
    pub state: State<'a>,
    /// The change that began it; `None` where it has always held.
    pub since: Option<Change<'a>>,
    /// The change that ends it; `None` where it holds for ever.
    pub until: Option<Change<'a>>,
    /// Every rule, highest first. Exactly one wins.
    pub looked_at: Vec<LookedAt<'a>>,
}

/// A rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAt<'a> {
    /// The rule. A calendar that does not name the date goes by its own name, without a line.
    pub rule: Reason<'a>,
    /// The hours of its own that a holiday is looked at for.
    pub hours: Option<Hours>,
    /// What it would have, where it had its way.
    pub action: Option<Action>,
    /// What became of it.
    pub verdict: Verdict<'a>,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It decides.
    Wins,
    /// It holds too, but this one goes before it.
    Outranked(Reason<'a>),
    /// Its span begins later.
    NotYet(Instant),
    /// Its span has ended.
    Over(Instant),
    /// A calendar that does not name this date.
    NotNamed(NaiveDate),
    /// A window that opens neither today nor yesterday.
    NotOnWeekday,
    /// A window that is not open at this time.
    OutsideHours,
    /// It would hold, were the day it belongs to not this holiday.
    HiddenBy(Reason<'a>),
    /// A window of yesterday that ended at midnight because of this holiday.
    CutAtMidnight(Reason<'a>),
    /// A trigger after which this one has fired.
    LaterFired {
        /// When the trigger itself fired last.
        fired: Instant,
        /// The later one.
        later: Reason<'a>,
    },
    /// A trigger that has not fired so far.
    NeverFired,
}

impl<'a> Explanation<'a> {
    /// The rule that decides.
    pub fn winner(&self) -> &LookedAt<'a> {
        let winner = self
            .looked_at
            .iter()
            .find(|one| one.verdict == Verdict::Wins);
        winner.expect("closed wins where nothing else does")
    }
}

/// Explains what holds at an instant.
pub fn explain(timeline: &Timeline, at: Instant) -> Explanation<'_> {
    let at = super::zone::instant_at(at.timestamp());
    let looking = Looking::new(timeline, at);
    let mut looked_at = looking.holds();
    looked_at.extend(looking.overrides());
    looked_at.extend(looking.calendars());
    match &timeline.schedule().parts().rhythm {
        Rhythm::Weekly(windows) => looked_at.extend(looking.windows(windows)),
        Rhythm::Triggers(triggers) => looked_at.extend(looking.triggers(triggers)),
    }
    looked_at.push(looking.closed());
    Explanation {
        at,
        local: timeline.schedule().zone().local(at),
        state: timeline.state_at(at),
        since: timeline.since(at),
        until: timeline.next_change(at),
        looked_at,
    }
}

/// What is asked of every rule.
struct Looking<'a> {
    timeline: &'a Timeline,
    at: Instant,
    date: NaiveDate,
    minute: u16,
    /// Holidays of the schedule: today's and yesterday's.
    today: Option<usize>,
    yesterday: Option<usize>,
    cover: Option<CoverBy>,
    rule: Rule,
    /// The rule that decides, as every loser names it.
    winner: Reason<'a>,
}

impl<'a> Looking<'a> {
    fn new(timeline: &'a Timeline, at: Instant) -> Looking<'a> {
        let schedule = timeline.schedule();
        let zone = schedule.zone();
        let unix = at.timestamp();
        let covers = covers(timeline.overrides(), timeline.holds(), zone);
        let cover = (covers.iter()).find(|cover| cover.start <= unix && unix < cover.end);
        let civil = civil_time(zone.civil(unix));
        let date = civil.date();
        let minute = minute_of(civil);
        let before = date - Days::new(1);
        let (today, yesterday) = (schedule.holiday_index(date), schedule.holiday_index(before));
        let fired = schedule.fired_before(date);
        let mut pieces = Vec::new();
        schedule.day(date, yesterday, today, fired, &mut pieces);
        let piece = pieces.iter().find(|piece| minute < piece.end);
        Looking {
            timeline,
            at,
            date,
            minute,
            today,
            yesterday,
            cover: cover.map(|cover| cover.by),
            rule: piece.expect("a day has no hole").rule,
            winner: timeline.state_at(at).reason,
        }
    }

    /// The verdict on a rule that holds: it wins, or what wins goes before it.
    fn holding(&self, wins: bool) -> Verdict<'a> {
        if wins {
            Verdict::Wins
        } else {
            Verdict::Outranked(self.winner)
        }
    }

    /// The same for a rule of the schedule, which wins beneath no cover.
    fn ruling(&self, rule: Rule) -> Verdict<'a> {
        self.holding(self.cover.is_none() && self.rule == rule)
    }

    fn spanning(&self, from: Instant, until: Option<Instant>, by: CoverBy) -> Verdict<'a> {
        match until {
            // A hold set within a second holds from its beginning, as the timeline has it.
            _ if self.at.timestamp() < from.timestamp() => Verdict::NotYet(from),
            Some(until) if until <= self.at => Verdict::Over(until),
            _ => self.holding(self.cover == Some(by)),
        }
    }

    fn holds(&self) -> Vec<LookedAt<'a>> {
        let mut holds: Vec<_> = self.timeline.holds().iter().enumerate().collect();
        holds.sort_by_key(|(_, hold)| std::cmp::Reverse(hold.from));
        (holds.into_iter())
            .map(|(index, hold)| LookedAt {
                rule: Reason {
                    kind: ReasonKind::Hold,
                    name: &hold.reason,
                    line: None,
                },
                hours: None,
                action: Some(hold.action),
                verdict: self.spanning(hold.from, hold.until, CoverBy::Hold(index)),
            })
            .collect()
    }

    /// In the order of the file, those that hold first and of these the innermost first.
    fn overrides(&self) -> Vec<LookedAt<'a>> {
        let zone = self.timeline.schedule().zone();
        let overrides = self.timeline.overrides().all().iter().enumerate();
        let mut ranked: Vec<(Option<TimeDelta>, LookedAt<'a>)> = overrides
            .map(|(index, one)| {
                let (from, until) = (zone.instant(one.from), zone.instant(one.until));
                let verdict = self.spanning(from, Some(until), CoverBy::Override(index));
                let holds = matches!(verdict, Verdict::Wins | Verdict::Outranked(_));
                let looked_at = LookedAt {
                    rule: Reason {
                        kind: ReasonKind::Override,
                        name: &one.name,
                        line: Some(one.line),
                    },
                    hours: None,
                    action: Some(one.action),
                    verdict,
                };
                (holds.then(|| one.until - one.from), looked_at)
            })
            .collect();
        ranked.sort_by_key(|(span, _)| (span.is_none(), *span));
        ranked.into_iter().map(|(_, looked_at)| looked_at).collect()
    }

    fn calendars(&self) -> Vec<LookedAt<'a>> {
        let schedule = self.timeline.schedule();
        let mut looked_at = Vec::new();
        let first = self.today.map(|today| schedule.holiday_at(today));
        for calendar in &schedule.parts().calendars {
            match (calendar.on(self.date), self.today) {
                (Some(holiday), Some(today)) if first.is_some_and(|f| std::ptr::eq(f, holiday)) => {
                    looked_at.extend(self.own_hours(today, 0));
                    looked_at.push(LookedAt {
                        rule: self.holiday(today),
                        hours: None,
                        action: Some(self.on_holiday()),
                        verdict: self.ruling(Rule::OnHoliday(today)),
                    });
                }
                (Some(holiday), today) => looked_at.push(LookedAt {
                    rule: Reason {
                        kind: ReasonKind::Holiday,
                        name: &holiday.name,
                        line: Some(holiday.line),
                    },
                    hours: None,
                    action: None,
                    // An earlier calendar names the date.
                    verdict: Verdict::Outranked(today.map_or(self.winner, |t| self.holiday(t))),
                }),
                (None, _) => looked_at.push(LookedAt {
                    rule: Reason {
                        kind: ReasonKind::Holiday,
                        name: &calendar.name,
                        line: None,
                    },
                    hours: None,
                    action: None,
                    verdict: Verdict::NotNamed(self.date),
                }),
            }
        }
        if let Some(yesterday) = self.yesterday {
            looked_at.extend(self.own_hours(yesterday, DAY_MINUTES));
        }
        looked_at
    }

    /// The hours of a holiday's own: all of today's, and of yesterday's those that run past midnight.
    fn own_hours(&self, index: usize, days_ago: u16) -> Vec<LookedAt<'a>> {
        let schedule = self.timeline.schedule();
        let hours = schedule.holiday_at(index).hours.iter();
        let minute = self.minute + days_ago;
        (hours.filter(|hours| days_ago == 0 || hours.end() > DAY_MINUTES))
            .map(|hours| {
                let within = (hours.start()..hours.end()).contains(&minute);
                let midnight_of = self.date - Days::new(u64::from(days_ago / DAY_MINUTES));
                let instant = |minute| schedule.zone().instant(civil_minute(midnight_of, minute));
                let verdict = match self.today.filter(|_| days_ago > 0) {
                    _ if minute < hours.start() => Verdict::NotYet(instant(hours.start())),
                    Some(_) if !within && self.cuts() => Verdict::Over(instant(DAY_MINUTES)),
                    _ if !within => Verdict::Over(instant(hours.end())),
                    Some(today) if self.cuts() => Verdict::CutAtMidnight(self.holiday(today)),
                    _ => self.ruling(Rule::HolidayHours(index)),
                };
                LookedAt {
                    rule: self.holiday(index),
                    hours: Some(*hours),
                    action: schedule.parts().open.map(|open| open.action),
                    verdict,
                }
            })
            .collect()
    }

    fn windows(&self, windows: &'a [Window]) -> Vec<LookedAt<'a>> {
        (windows.iter().enumerate())
            .map(|(index, window)| LookedAt {
                rule: Reason {
                    kind: ReasonKind::Weekly,
                    name: &window.name,
                    line: Some(window.line),
                },
                hours: None,
                action: Some(window.action),
                verdict: self.window(index, window),
            })
            .collect()
    }

    fn window(&self, index: usize, window: &Window) -> Verdict<'a> {
        let (start, end) = (window.hours.start(), window.hours.end());
        let today = window.days.contains(self.date.weekday());
        let runs_over = window.days.contains(self.date.weekday().pred()) && end > DAY_MINUTES;
        let verdict = self.ruling(Rule::Window(index));
        if verdict == Verdict::Wins {
            return verdict;
        }
        if runs_over && self.minute + DAY_MINUTES < end {
            return match (self.yesterday, self.today) {
                (Some(yesterday), _) => Verdict::HiddenBy(self.holiday(yesterday)),
                (None, Some(today)) if self.cuts() => Verdict::CutAtMidnight(self.holiday(today)),
                _ => verdict,
            };
        }
        match self.today {
            Some(holiday) if today => Verdict::HiddenBy(self.holiday(holiday)),
            _ if today && (start..end).contains(&self.minute) => verdict,
            _ if today || runs_over => Verdict::OutsideHours,
            _ => Verdict::NotOnWeekday,
        }
    }

    fn triggers(&self, triggers: &'a [Trigger]) -> Vec<LookedAt<'a>> {
        let zone = self.timeline.schedule().zone();
        let fired: Vec<Option<NaiveDateTime>> = (triggers.iter())
            .map(|trigger| last_firing(trigger, self.date, self.minute))
            .collect();
        // Of several at one minute the first of the file says.
        let latest =
            (0..triggers.len()).max_by_key(|index| (fired[*index], triggers.len() - index));
        let verdict = |index: usize| {
            let Some(own) = fired[index] else {
                return Verdict::NeverFired;
            };
            match (latest, self.today) {
                (Some(latest), _) if fired[latest] > Some(own) => Verdict::LaterFired {
                    fired: zone.instant(own),
                    later: of_trigger(&triggers[latest]),
                },
                (_, Some(today)) => Verdict::HiddenBy(self.holiday(today)),
                _ => self.ruling(Rule::Trigger(index)),
            }
        };
        (triggers.iter().enumerate())
            .map(|(index, trigger)| LookedAt {
                rule: of_trigger(trigger),
                hours: None,
                action: Some(trigger.action),
                verdict: verdict(index),
            })
            .collect()
    }

    fn closed(&self) -> LookedAt<'a> {
        let closed = self.timeline.schedule().parts().closed;
        LookedAt {
            rule: Reason {
                kind: ReasonKind::Closed,
                name: "closed",
                line: Some(closed.line),
            },
            hours: None,
            action: Some(closed.action),
            verdict: self.ruling(Rule::Closed),
        }
    }

    fn holiday(&self, index: usize) -> Reason<'a> {
        let holiday = self.timeline.schedule().holiday_at(index);
        Reason {
            kind: ReasonKind::Holiday,
            name: &holiday.name,
            line: Some(holiday.line),
        }
    }

    fn on_holiday(&self) -> Action {
        let parts = self.timeline.schedule().parts();
        parts.on_holiday.unwrap_or(parts.closed).action
    }

    /// Whether a holiday ends what runs into it.
    fn cuts(&self) -> bool {
        let parts = self.timeline.schedule().parts();
        parts.overnight_into_holiday == OvernightIntoHoliday::Close
    }
}

fn of_trigger(trigger: &Trigger) -> Reason<'_> {
    Reason {
        kind: ReasonKind::Trigger,
        name: &trigger.text,
        line: Some(trigger.line),
    }
}

/// The last civil time at which a trigger fired, up to a minute of a date.
fn last_firing(trigger: &Trigger, date: NaiveDate, minute: u16) -> Option<NaiveDateTime> {
    let so_far = trigger.minutes().iter().rev();
    let today = so_far.copied().find(|fires| *fires <= minute);
    if let Some(fires) = today.filter(|_| trigger.fires_on(date)) {
        return Some(civil_minute(date, fires));
    }
    let last = *trigger.minutes().last()?;
    let before = (1..CYCLE_DAYS).map_while(|days| date.checked_sub_days(Days::new(days)));
    let fired_on = before.into_iter().find(|date| trigger.fires_on(*date))?;
    Some(civil_minute(fired_on, last))
}

fn civil_minute(date: NaiveDate, minute: u16) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute))
}

fn minute_of(civil: NaiveDateTime) -> u16 {
    let minutes = (civil - civil.date().and_time(chrono::NaiveTime::MIN)).num_minutes();
    u16::try_from(minutes).expect("a day has 1440 minutes")
}

#[cfg(test)]
mod tests;
