//! What became of a rule, in words, and by a stable name.

use chrono::NaiveDate;

use crate::domain::Instant;
use crate::domain::explain::Verdict;
use crate::domain::timeline::Reason;
use crate::domain::zone::Zone;
use crate::render::text::plain;
use crate::render::words;

/// The stable name.
pub(super) fn name(verdict: &Verdict<'_>) -> &'static str {
    match verdict {
        Verdict::Wins => "wins",
        Verdict::Outranked(_) => "outranked",
        Verdict::NotYet(_) => "not-yet",
        Verdict::Over(_) => "over",
        Verdict::NotNamed(_) => "date-not-named",
        Verdict::NotOnWeekday => "not-on-weekday",
        Verdict::OutsideHours => "outside-hours",
        Verdict::HiddenBy(_) => "hidden-by-holiday",
        Verdict::CutAtMidnight(_) => "cut-at-midnight",
        Verdict::LaterFired { .. } => "later-trigger-fired",
        Verdict::NeverFired => "never-fired",
    }
}

/// The rule that it is about, where it is about one.
pub(super) fn by<'a>(verdict: &Verdict<'a>) -> Option<Reason<'a>> {
    match verdict {
        Verdict::Outranked(by) | Verdict::HiddenBy(by) | Verdict::CutAtMidnight(by) => Some(*by),
        Verdict::LaterFired { later, .. } => Some(*later),
        _ => None,
    }
}

/// The instant that it names, where it names one.
pub(super) fn at(verdict: &Verdict<'_>) -> Option<Instant> {
    match verdict {
        Verdict::NotYet(at) | Verdict::Over(at) => Some(*at),
        Verdict::LaterFired { fired, .. } => Some(*fired),
        _ => None,
    }
}

/// The verdict in words; what falls on `today` is told by its time alone.
pub(super) fn words(verdict: &Verdict<'_>, zone: &Zone, today: NaiveDate) -> String {
    let when = |at: &Instant| {
        let local = zone.local(*at);
        if local.date_naive() == today {
            words::time(local.time())
        } else {
            words::date_time(local)
        }
    };
    match verdict {
        Verdict::Wins => "wins".to_owned(),
        Verdict::Outranked(by) => format!("outranked by {}", words::kind(by.kind)),
        Verdict::NotYet(from) => format!("not yet: from {}", when(from)),
        Verdict::Over(since) => format!("over since {}", when(since)),
        Verdict::NotNamed(_) => "does not name this date".to_owned(),
        Verdict::NotOnWeekday => "not on this weekday".to_owned(),
        Verdict::OutsideHours => "outside its hours".to_owned(),
        Verdict::HiddenBy(holiday) => format!("hidden by {}", plain(holiday.name)),
        Verdict::CutAtMidnight(holiday) => {
            format!("cut at midnight by {}", plain(holiday.name))
        }
        Verdict::LaterFired { fired, later } => {
            format!("fired {}, and after it {}", when(fired), plain(later.name))
        }
        Verdict::NeverFired => "has not fired so far".to_owned(),
    }
}
