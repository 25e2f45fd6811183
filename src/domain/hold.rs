//! When a hold ends: as people say it, and as an instant.
//!
//! Must not know where a hold is kept or who may set one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta};

use super::Instant;
use super::policy::Policy;
use super::timeline::Timeline;

/// When a hold ends, before it is known for which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldEnd {
    /// When the clock of the policy's zone shows this the next time.
    Time(NaiveTime),
    /// At this local time of the policy's zone.
    Local(NaiveDateTime),
    /// At this instant.
    At(Instant),
    /// After this time.
    After(TimeDelta),
    /// At the next switch of the policy that is no hold's.
    NextSwitch,
    /// When somebody clears it.
    Cleared,
}

/// Why a hold has no end that makes sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldEndError {
    /// It would have ended already.
    #[error("{} is past", .0.to_rfc3339_opts(SecondsFormat::Secs, true))]
    Past(Instant),
    /// The policy will never switch by itself.
    #[error("no switch will come")]
    NoSwitch,
}

/// Why a text is no end of a hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time; write 17:30 or 2026-12-24T17:30 (local), or 2026-12-24T17:30:00Z")]
pub struct NoHoldEnd;

impl HoldEnd {
    /// The instant for a policy; `None` where it ends only when it is cleared.
    ///
    /// # Errors
    /// An end that is not after `now`, or a next switch that will not come.
    pub fn resolve(self, policy: &Policy, now: Instant) -> Result<Option<Instant>, HoldEndError> {
        let zone = policy.schedule.zone();
        let until = match self {
            HoldEnd::Cleared => return Ok(None),
            HoldEnd::NextSwitch => {
                let timeline = Timeline::new(policy, Vec::new());
                let next = timeline.next_change(now).ok_or(HoldEndError::NoSwitch)?;
                return Ok(Some(next.at));
            }
            HoldEnd::At(at) => at,
            HoldEnd::Local(local) => zone.instant(local),
            HoldEnd::After(time) => now.checked_add_signed(time).unwrap_or(Instant::MAX_UTC),
            HoldEnd::Time(time) => {
                let today = zone.local(now).date_naive();
                let days = [Some(today), today.succ_opt()];
                let times = days.into_iter().flatten().map(|day| day.and_time(time));
                let mut instants = times.map(|local| zone.instant(local));
                instants.find(|at| *at > now).unwrap_or(now)
            }
        };
        if until <= now {
            return Err(HoldEndError::Past(until));
        }
        Ok(Some(until))
    }
}

impl fmt::Display for HoldEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HoldEnd::Time(time) => write!(f, "{}", time.format("%H:%M:%S")),
            HoldEnd::Local(local) => write!(f, "{}", local.format("%Y-%m-%dT%H:%M:%S")),
            HoldEnd::At(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            HoldEnd::After(time) => write!(f, "for {}s", time.num_seconds()),
            HoldEnd::NextSwitch => f.write_str("next-switch"),
            HoldEnd::Cleared => f.write_str("cleared"),
        }
    }
}

impl FromStr for HoldEnd {
    type Err = NoHoldEnd;

    fn from_str(text: &str) -> Result<HoldEnd, NoHoldEnd> {
        let text = text.trim();
        match text {
            "next-switch" => return Ok(HoldEnd::NextSwitch),
            "cleared" => return Ok(HoldEnd::Cleared),
            _ => {}
        }
        if let Some(seconds) = text.strip_prefix("for ") {
            let seconds = seconds.strip_suffix('s').and_then(|text| text.parse().ok());
            let time = seconds.and_then(TimeDelta::try_seconds).ok_or(NoHoldEnd)?;
            return Ok(HoldEnd::After(time));
        }
        let time = ["%H:%M", "%H:%M:%S"].into_iter();
        if let Some(time) = time
            .map(|form| NaiveTime::parse_from_str(text, form))
            .find_map(Result::ok)
        {
            return Ok(HoldEnd::Time(time));
        }
        let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"].into_iter();
        if let Some(local) = local
            .map(|form| NaiveDateTime::parse_from_str(text, form))
            .find_map(Result::ok)
        {
            return Ok(HoldEnd::Local(local));
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| NoHoldEnd)?;
        Ok(HoldEnd::At(at.to_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_reads_as_it_is_written() {
        for text in [
            "17:30:00",
            "2026-12-24T17:30:00",
            "2026-12-24T17:30:00Z",
            "for 7200s",
            "next-switch",
            "cleared",
        ] {
            assert_eq!(text.parse::<HoldEnd>().unwrap().to_string(), text);
        }
        assert_eq!(
            "17:30".parse(),
            Ok(HoldEnd::Time("17:30:00".parse().unwrap()))
        );
        for text in ["", "noon", "24:30", "2026-12-24", "for 2h"] {
            assert_eq!(text.parse::<HoldEnd>(), Err(NoHoldEnd), "{text}");
        }
    }
}
