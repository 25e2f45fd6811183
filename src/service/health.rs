//! Whether all is well, and why not.
//!
//! All is well while the last pass is recent, no switch is overdue by the file's `after`, every
//! policy is found, and the account is not unread for long: an outage at night, in which nothing is
//! due, wakes nobody. Must not know who asks.

use chrono::{Days, TimeDelta};

use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::trigger::Trigger;
use crate::engine::Snapshot;

/// How late a pass may end: an API that does not answer takes its time.
const SLACK: TimeDelta = TimeDelta::minutes(3);

/// How late a switch may be where the file does not say.
const AFTER: TimeDelta = TimeDelta::minutes(2);

/// How many audits may find that the account cannot be read.
const AUDITS: usize = 3;

/// It may be so long unread, however often there is an audit.
const UNREAD_LEAST: TimeDelta = TimeDelta::minutes(10);

/// And no longer than so, however seldom.
const UNREAD_MOST: TimeDelta = TimeDelta::hours(1);

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
        match snapshot.unread_since {
            None => found.push(error.clone()),
            Some(since) if now > unread_until(&snapshot.config.daemon.audit, since) => {
                let since = time(since);
                found.push(format!("the account cannot be read since {since}: {error}"));
            }
            Some(_) => {}
        }
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

/// Until when an account that cannot be read is no complaint.
fn unread_until(cron: &str, since: Instant) -> Instant {
    let audits = std::iter::successors(Some(since), |at| next_audit(cron, *at));
    let last = audits.take(AUDITS + 1).last().unwrap_or(since);
    last.clamp(since + UNREAD_LEAST, since + UNREAD_MOST)
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
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::config::{self, ZoneTable};
    use crate::domain::timeline::Timeline;
    use crate::engine::{Mode, Pending, PolicyStatus, Wanted};

    fn at(text: &str) -> Instant {
        format!("2026-11-23T{text}Z").parse().unwrap()
    }

    /// At noon everything was as it should be, and the next switch comes at 17:30.
    fn noon(tables: &str) -> Snapshot {
        let file = format!(
            "timezone = \"UTC\"\n{tables}\n[schedules.office]\nclosed = \"voicemail\"\n\
             weekly = [{{ days = \"mon-fri\", hours = \"09:00-17:30\", action = \"queue\" }}]\n\
             [policies.sales]\nuid = 11\nschedule = \"office\"\n"
        );
        let zones = ZoneTable::embedded();
        let loaded = config::parse(&file, Path::new("schedule.toml"), at("12:00:00"), &zones);
        let config = Arc::new(loaded.unwrap().config);
        let policy = &config.policies[0];
        let timeline = Timeline::new(policy, Vec::new());
        let sales = PolicyStatus {
            name: policy.name.clone(),
            schedule: Arc::clone(&policy.schedule),
            uid: None,
            live: None,
            wanted: Wanted::at(&timeline, at("12:00:00")),
            settled: None,
            next: None,
            hold: None,
            drift: None,
            pending: None,
            lost: None,
        };
        Snapshot {
            at: at("12:00:00"),
            next_pass_at: at("17:30:00"),
            mode: Mode::Live,
            account_read_at: Some(at("12:00:00")),
            read_error: None,
            unread_since: None,
            token_expires: None,
            token_taken: None,
            failing: 0,
            policies: vec![Arc::new(sales)],
            stray: Vec::new(),
            config,
        }
    }

    fn unread(mut snapshot: Snapshot, since: Option<&str>) -> Snapshot {
        snapshot.account_read_at = None;
        snapshot.read_error = Some("HTTP status 503".into());
        snapshot.unread_since = since.map(at);
        snapshot
    }

    /// A pass at this time found nothing new.
    fn passed(mut snapshot: Snapshot, time: &str) -> Snapshot {
        snapshot.at = at(time);
        snapshot
    }

    fn pending(mut snapshot: Snapshot, due: &str) -> Snapshot {
        let mut sales = PolicyStatus::clone(&snapshot.policies[0]);
        sales.pending = Some(Pending {
            to: Action::Queue,
            due: at(due),
            tries: 1,
            retry_at: at(due),
            error: None,
            restores: false,
        });
        snapshot.policies = vec![Arc::new(sales)];
        snapshot
    }

    #[test]
    fn it_is_well_until_a_pass_is_late_a_switch_is_overdue_or_the_account_is_long_unread() {
        let daily = || noon("[daemon]\naudit = \"0 6 * * *\"");
        let minutely = || noon("[daemon]\naudit = \"* * * * *\"");
        let patient = || noon("[alerts]\nwebhook = \"http://127.0.0.1:1/\"\nafter = \"30m\"");
        let late_pass = "the last pass ended at 2026-11-23T12:00:00Z";
        let since_noon = "the account cannot be read since 2026-11-23T12:00:00Z: HTTP status 503";
        let doubted = Some("HTTP status 503");
        let due = Some("sales: queue was due at 2026-11-23T12:00:00Z");
        for (what, snapshot, now, expected) in [
            ("just passed", noon(""), "12:00:01", None),
            ("the audit is not late", noon(""), "12:08:00", None),
            ("the audit is late", noon(""), "12:08:01", Some(late_pass)),
            ("no audit today", daily(), "17:33:00", None),
            ("the switch is late", daily(), "17:33:01", Some(late_pass)),
            (
                "unread for three audits",
                passed(unread(noon(""), Some("12:00:00")), "12:14:50"),
                "12:15:00",
                None,
            ),
            (
                "and longer",
                passed(unread(noon(""), Some("12:00:00")), "12:14:50"),
                "12:15:01",
                Some(since_noon),
            ),
            (
                "three audits are three minutes, which is too soon",
                passed(unread(minutely(), Some("12:00:00")), "12:10:00"),
                "12:10:00",
                None,
            ),
            (
                "ten are not",
                passed(unread(minutely(), Some("12:00:00")), "12:10:00"),
                "12:10:01",
                Some(since_noon),
            ),
            (
                "three audits are three days, which is too late",
                passed(unread(daily(), Some("12:00:00")), "13:00:00"),
                "13:00:01",
                Some(since_noon),
            ),
            (
                "a doubted clock is told at once",
                unread(noon(""), None),
                "12:00:01",
                doubted,
            ),
            ("due", pending(noon(""), "12:00:00"), "12:01:59", None),
            ("overdue", pending(noon(""), "12:00:00"), "12:02:00", due),
            (
                "overdue while the account is not unread for long",
                pending(unread(noon(""), Some("12:00:00")), "12:00:00"),
                "12:02:00",
                due,
            ),
            (
                "the file says how late is late",
                passed(pending(patient(), "12:00:00"), "12:29:00"),
                "12:29:59",
                None,
            ),
            (
                "and then it is",
                passed(pending(patient(), "12:00:00"), "12:29:00"),
                "12:30:00",
                due,
            ),
        ] {
            let found = complaints(Some(&snapshot), at(now));
            let first = found.first().map(String::as_str);
            match expected {
                None => assert_eq!(first, None, "{what}"),
                Some(words) => assert!(
                    first.is_some_and(|first| first.starts_with(words)),
                    "{what}: {found:?}"
                ),
            }
        }
        assert_eq!(complaints(None, at("12:00:00")).len(), 1);
    }

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
