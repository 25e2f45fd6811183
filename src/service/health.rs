//! Whether all is well, and why not.
//!
//! Must not know who asks.

use chrono::{Days, TimeDelta};

use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::trigger::Trigger;
use crate::engine::Snapshot;

/// How late a pass may end: an API that does not answer takes its time.
const SLACK: TimeDelta = TimeDelta::minutes(3);

/// How late a switch may be where the file does not say.
const AFTER: TimeDelta = TimeDelta::minutes(2);

/// What is not as it should be; nothing where all is well.
pub fn complaints(snapshot: Option<&Snapshot>, now: Instant) -> Vec<String> {
    let Some(snapshot) = snapshot else {
        return vec!["no pass has ended yet".to_owned()];
    };
    let mut found = Vec::new();
    let audit = next_audit(&snapshot.config.daemon.audit, snapshot.at);
    let expected = audit.map_or(snapshot.next_pass_at, |at| at.min(snapshot.next_pass_at));
    if expected
        .checked_add_signed(SLACK)
        .is_some_and(|latest| now > latest)
    {
        found.push(format!(
            "the last pass ended at {}, and the next is late",
            time(snapshot.at)
        ));
    }
    if let Some(error) = &snapshot.read_error {
        found.push(format!("the account cannot be read: {error}"));
    }
    let alerts = snapshot.config.alerts.as_ref();
    let after = alerts.and_then(|alerts| TimeDelta::from_std(alerts.after).ok());
    for policy in &snapshot.policies {
        let name = &policy.name;
        if let Some(lost) = &policy.lost {
            found.push(format!("{name}: {lost}"));
        }
        let pending = policy.pending.as_ref();
        if let Some(pending) = pending.filter(|one| one.due + after.unwrap_or(AFTER) <= now) {
            let due = time(pending.due);
            found.push(format!("{name}: {} was due at {due}", pending.to));
        }
    }
    found
}

/// When the account is read for drift the next time.
fn next_audit(cron: &str, after: Instant) -> Option<Instant> {
    let audit = Trigger::new(cron, Action::Queue, 0).ok()?;
    let first = after.date_naive();
    // An audit rarer than once a year is none.
    (0..366).find_map(|day| {
        let date = first.checked_add_days(Days::new(day))?;
        let midnight = date.and_hms_opt(0, 0, 0)?.and_utc();
        let mut minutes = audit.minutes().iter().filter(|_| audit.fires_on(date));
        let at = |minute: &u16| midnight + TimeDelta::minutes(i64::from(*minute));
        minutes.find(|minute| at(minute) > after).map(at)
    })
}

fn time(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_audit_is_found_over_midnight_and_on_few_days() {
        let after = |text: &str| text.parse::<Instant>().unwrap();
        for (cron, from, next) in [
            (
                "*/5 * * * *",
                "2026-11-23T12:03:00Z",
                "2026-11-23T12:05:00Z",
            ),
            (
                "*/5 * * * *",
                "2026-11-23T23:57:00Z",
                "2026-11-24T00:00:00Z",
            ),
            ("0 6 1 * *", "2026-11-23T12:03:00Z", "2026-12-01T06:00:00Z"),
        ] {
            assert_eq!(next_audit(cron, after(from)), Some(after(next)), "{cron}");
        }
    }
}
