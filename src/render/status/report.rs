//! The status as JSON. Field order is the format; fields are added, never renamed.

use serde::{Deserialize, Serialize};

use super::Stamp;
use crate::config::Config;
use crate::domain::policy::Hold;
use crate::domain::zone::Zone;
use crate::domain::{Instant, Line};
use crate::engine::{Mode, PolicyStatus, Snapshot, Wanted};

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The daemon; `None` where none answered.
    pub daemon: Option<DaemonPart>,
    /// The file in force, or without a daemon the one that would be.
    pub file: Option<FilePart>,
    /// Every policy, in the order of the file.
    pub policies: Vec<PolicyPart>,
    /// Holds of policies that the file does not have.
    pub holds_without_policy: Vec<HoldPart>,
}

/// What the engine does not know of its daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it started.
    pub started: Instant,
    /// When a changed file was refused, and what was wrong with it; `None` once one was good again.
    pub refused: Option<(Instant, String)>,
}

/// The daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaemonPart {
    /// Its version.
    pub version: String,
    /// When it started.
    pub started: Stamp,
    /// Whether it writes: `live` or `dry-run`.
    pub mode: String,
    /// When the last pass ended; `None` before the first one did.
    pub last_pass: Option<Stamp>,
    /// When the next one is due.
    pub next_pass: Option<Stamp>,
    /// When the account was last read; `None` where the last try failed.
    pub account_read: Option<Stamp>,
    /// Why it could not be read.
    pub read_error: Option<String>,
    /// When the token in use ends, where that is known.
    pub token_expires: Option<Stamp>,
    /// When it was first given.
    pub token_taken: Option<Stamp>,
    /// How many policies are not settled as they should be.
    pub failing: usize,
    /// The changed file that was refused.
    pub refused: Option<RefusedPart>,
}

/// A changed file that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedPart {
    /// When.
    pub at: Stamp,
    /// The first line of what was wrong with it.
    pub error: String,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilePart {
    /// Its path.
    pub path: String,
    /// What the history names it by.
    pub hash: String,
    /// Where the zone data is from, and its version.
    pub zone_data: String,
    /// How far each calendar's source reaches; `None` for a calendar without one.
    pub holidays_known_to: Vec<(String, Option<String>)>,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyPart {
    /// Its name in the file.
    pub policy: String,
    /// Its id.
    pub uid: Option<u64>,
    /// The zone that its times are local to.
    pub zone: String,
    /// What was last read.
    pub live: Option<String>,
    /// When that was.
    pub live_at: Option<Stamp>,
    /// What is wanted, since when and why.
    pub wanted: WantedPart,
    /// What was settled.
    pub settled: Option<SettledPart>,
    /// The next switch.
    pub next: Option<WantedPart>,
    /// The hold that stands.
    pub hold: Option<HoldPart>,
    /// The change by another hand that stands.
    pub drift: Option<DriftPart>,
    /// The switch that is due and not settled.
    pub pending: Option<PendingPart>,
    /// Why it is not found in the account.
    pub lost: Option<String>,
}

/// An action, when it began or begins, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WantedPart {
    /// The action.
    pub action: String,
    /// When; `None` where it has always held.
    pub at: Option<Stamp>,
    /// The kind of rule.
    pub kind: String,
    /// The rule's name.
    pub rule: String,
    /// Its line.
    pub line: Option<Line>,
}

/// What was settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettledPart {
    /// The action.
    pub action: String,
    /// The boundary of that switch.
    pub due: Stamp,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldPart {
    /// The policy.
    pub policy: String,
    /// What it is held at.
    pub action: String,
    /// When it was set.
    pub from: Stamp,
    /// When it ends; `None` for one that stays until it is cleared.
    pub until: Option<Stamp>,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub set_by: String,
}

/// A change by another hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftPart {
    /// What is live.
    pub live: String,
    /// When it was first seen.
    pub since: Stamp,
}

/// A switch that is due and not settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingPart {
    /// What is to be written.
    pub to: String,
    /// The boundary it was due at.
    pub due: Stamp,
    /// Writes that were sent.
    pub tries: u32,
    /// When the next one leaves.
    pub retry_at: Stamp,
    /// The last error.
    pub error: Option<String>,
    /// Whether it writes a drifted value back.
    pub restores: bool,
}

impl Report {
    /// What a daemon says of itself; without a snapshot its first pass is not over yet.
    pub fn of(snapshot: Option<&Snapshot>, facts: &Facts) -> Report {
        let zone = snapshot.and_then(|snapshot| local_zone(&snapshot.config));
        let stamp = |at| Stamp::of(at, zone);
        let daemon = DaemonPart {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: stamp(facts.started),
            mode: match snapshot.map(|snapshot| snapshot.mode) {
                Some(Mode::DryRun) => "dry-run".to_owned(),
                _ => "live".to_owned(),
            },
            last_pass: snapshot.map(|snapshot| stamp(snapshot.at)),
            next_pass: snapshot
                .filter(|snapshot| snapshot.next_pass_at < Instant::MAX_UTC)
                .map(|snapshot| stamp(snapshot.next_pass_at)),
            account_read: snapshot.and_then(|one| one.account_read_at).map(stamp),
            read_error: snapshot.and_then(|one| one.read_error.clone()),
            token_expires: snapshot.and_then(|one| one.token_expires).map(stamp),
            token_taken: snapshot.and_then(|one| one.token_taken).map(stamp),
            failing: snapshot.map_or(0, |snapshot| snapshot.failing),
            refused: facts.refused.as_ref().map(|(at, text)| RefusedPart {
                at: stamp(*at),
                error: text.lines().next().unwrap_or_default().to_owned(),
            }),
        };
        let policies = snapshot.iter().flat_map(|one| &one.policies);
        let stray = snapshot.iter().flat_map(|one| &one.stray);
        Report {
            daemon: Some(daemon),
            file: snapshot.map(|snapshot| FilePart::of(&snapshot.config)),
            policies: policies.map(|one| PolicyPart::of(one)).collect(),
            holds_without_policy: stray
                .map(|held| HoldPart::of(&held.policy, &held.hold, zone))
                .collect(),
        }
    }

    /// Every hold that stands.
    pub fn holds(&self) -> Vec<HoldPart> {
        let held = self.policies.iter().filter_map(|one| one.hold.as_ref());
        held.chain(&self.holds_without_policy).cloned().collect()
    }
}

/// The zone that times of no policy are local to.
pub(super) fn local_zone(config: &Config) -> Option<&Zone> {
    let first = config.policies.first();
    let zone = config.default_zone.as_deref();
    zone.or(first.map(|policy| &**policy.schedule.zone()))
}

impl FilePart {
    /// Of a file that was read.
    pub fn of(config: &Config) -> FilePart {
        let calendars = config.calendars.iter();
        FilePart {
            path: config.path.display().to_string(),
            hash: config.hash.clone(),
            zone_data: format!("{} {}", config.zone_data.source, config.zone_data.version),
            holidays_known_to: calendars
                .map(|one| (one.name.clone(), one.reach.map(|date| date.to_string())))
                .collect(),
        }
    }
}

impl PolicyPart {
    /// Of a policy as it stands.
    pub fn of(one: &PolicyStatus) -> PolicyPart {
        let zone = &**one.schedule.zone();
        let stamp = |at| Stamp::of(at, Some(zone));
        let wanted = |wanted: &Wanted| WantedPart {
            action: wanted.action.to_string(),
            at: wanted.at.map(stamp),
            kind: wanted.kind.as_str().to_owned(),
            rule: wanted.rule.clone(),
            line: wanted.line,
        };
        PolicyPart {
            policy: one.name.clone(),
            uid: one.uid.map(|uid| uid.0),
            zone: zone.name().to_owned(),
            live: one.live.as_ref().map(|(live, _)| live.to_string()),
            live_at: one.live.as_ref().map(|(_, at)| stamp(*at)),
            wanted: wanted(&one.wanted),
            settled: one.settled.map(|settled| SettledPart {
                action: settled.action.to_string(),
                due: stamp(settled.due),
            }),
            next: one.next.as_ref().map(wanted),
            hold: (one.hold.as_ref()).map(|hold| HoldPart::of(&one.name, hold, Some(zone))),
            drift: one.drift.as_ref().map(|(live, since)| DriftPart {
                live: live.to_string(),
                since: stamp(*since),
            }),
            pending: one.pending.as_ref().map(|pending| PendingPart {
                to: pending.to.to_string(),
                due: stamp(pending.due),
                tries: pending.tries,
                retry_at: stamp(pending.retry_at),
                error: pending.error.clone(),
                restores: pending.restores,
            }),
            lost: one.lost.clone(),
        }
    }
}

impl HoldPart {
    /// Of a hold, on the clock of a zone.
    pub fn of(policy: &str, hold: &Hold, zone: Option<&Zone>) -> HoldPart {
        HoldPart {
            policy: policy.to_owned(),
            action: hold.action.to_string(),
            from: Stamp::of(hold.from, zone),
            until: hold.until.map(|until| Stamp::of(until, zone)),
            reason: hold.reason.clone(),
            set_by: hold.set_by.clone(),
        }
    }
}
