//! A switch by command: made and read back by the command itself, and kept in the history.
//!
//! Must not know who made it, nor touch what was settled: to the schedule it is a change by another
//! hand, which stands until the next switch.

use crate::config::Config;
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::Uid;
use crate::store::{Outcome, SwitchRow};

/// A switch by command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualSwitch {
    /// The policy's name in the file, else its description.
    pub policy: String,
    /// Its id.
    pub uid: Uid,
    /// The live value before, as it was read.
    pub from: String,
    /// The value asked for.
    pub to: Action,
    /// When it was asked for.
    pub due: Instant,
    /// When it was read back as asked for.
    pub settled: Option<Instant>,
    /// How many writes were sent.
    pub tries: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// Who asked, in words.
    pub by: String,
}

impl ManualSwitch {
    /// Its row of the history.
    pub fn row(&self, config: &Config) -> SwitchRow {
        SwitchRow {
            policy: self.policy.clone(),
            uid: Some(self.uid),
            from: Some(self.from.clone()),
            to: self.to,
            due: self.due,
            sent: (self.tries > 0).then_some(self.due),
            settled: self.settled,
            tries: self.tries,
            outcome: match (&self.error, self.tries) {
                (Some(_), _) => Outcome::Failed,
                (None, 0) => Outcome::AlreadyLive,
                (None, _) => Outcome::Settled,
            },
            error: self.error.clone(),
            rule_kind: "manual".to_owned(),
            rule_name: self.by.clone(),
            rule_line: None,
            file_hash: config.hash.clone(),
            zone_version: config.zone_data.version.clone(),
        }
    }
}
