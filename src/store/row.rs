//! The rows of the history: every switch can be explained.

use crate::domain::Instant;
use crate::domain::Line;
use crate::domain::action::Action;
use crate::domain::policy::Uid;

/// One switch, or one that was not to be: what, when, why, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchRow {
    /// The policy's name in the file (its description where it is not in the file).
    pub policy: String,
    /// Its id in the account; `None` where it could not be found.
    pub uid: Option<Uid>,
    /// The live value before, as it was read; `None` where it could not be read.
    pub from: Option<String>,
    /// The value wanted.
    pub to: Action,
    /// The boundary it was due at.
    pub due: Instant,
    /// When the first write left; `None` where none did.
    pub sent: Option<Instant>,
    /// When it was read back as wanted; `None` where it was not.
    pub settled: Option<Instant>,
    /// How many writes were sent.
    pub tries: u32,
    /// How it went.
    pub outcome: Outcome,
    /// The last error, kind and words (`rejected: Invalid queue id [0]`).
    pub error: Option<String>,
    /// The kind of rule: `hold`, `override`, `holiday`, `weekly`, `trigger`, `closed`; `manual` for one by command.
    pub rule_kind: String,
    /// The rule's name.
    pub rule_name: String,
    /// The rule's line in the file.
    pub rule_line: Option<Line>,
    /// The hash of the file in force.
    pub file_hash: String,
    /// The version of the zone data in use.
    pub zone_version: String,
}

/// How a switch went. Their names are stable: the history carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Written and read back.
    Settled,
    /// It was live already: nothing was written.
    AlreadyLive,
    /// A dry run: it would have been written.
    DryRun,
    /// Not settled so far, or given up at the end of a run.
    Failed,
    /// Not settled before a later switch took its place.
    Superseded,
    /// A boundary that passed while nobody was there; made up for by a later write.
    Missed,
    /// A drifted value written back.
    Restored,
}

impl Outcome {
    /// Every outcome, for parsing and printing.
    pub const ALL: [(Outcome, &'static str); 7] = [
        (Outcome::Settled, "settled"),
        (Outcome::AlreadyLive, "already-live"),
        (Outcome::DryRun, "dry-run"),
        (Outcome::Failed, "failed"),
        (Outcome::Superseded, "superseded"),
        (Outcome::Missed, "missed"),
        (Outcome::Restored, "restored"),
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(outcome, _)| *outcome == self);
        found.map_or("", |(_, name)| name)
    }

    /// The outcome of a stable name.
    pub fn parse(name: &str) -> Option<Outcome> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(outcome, _)| *outcome)
    }
}
