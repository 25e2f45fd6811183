//! One pass, tried again for a bounded time: for a timer, a container, or a first look.

use chrono::TimeDelta;

use super::pass::Look;
use super::{Engine, Mode};
use crate::clock::Clock;
use crate::contactnow::PolicyApi;
use crate::domain::action::Action;
use crate::domain::plan::effective;

/// How a single pass ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceReport {
    /// How many policies were looked at.
    pub policies: usize,
    /// Those that are not live as wanted. In a dry run: those that would have to be written.
    pub not_as_wanted: Vec<NotAsWanted>,
    /// Whether the account was read.
    pub was_read: bool,
}

/// A policy that is not live as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAsWanted {
    /// Its name in the file.
    pub policy: String,
    /// What is wanted.
    pub wanted: Action,
    /// What is live, or why that is not known.
    pub found: String,
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// Passes until every policy is live as wanted, or until `timeout` is over. A manual change
    /// that stands by the rule is reported, not waited for.
    pub async fn once(&mut self, timeout: TimeDelta) -> OnceReport {
        let deadline = self.clock.now() + timeout;
        loop {
            self.pass(Look::Everything).await;
            let retry = self.tracked.iter().filter_map(|one| one.pending.as_ref());
            let retry = retry
                .map(|pending| pending.retry_at)
                .chain(self.look_again_at)
                .min();
            match retry {
                Some(at) if at < deadline => {
                    self.clock.sleep_until(at).await;
                }
                _ => return self.report(),
            }
        }
    }

    fn report(&self) -> OnceReport {
        let now = self.clock.now();
        let mut not_as_wanted = Vec::new();
        for one in &self.tracked {
            let at = match self.settings.mode {
                Mode::Live => effective(self.memory.settled(one.uid), now),
                Mode::DryRun => now,
            };
            let wanted = one.timeline.state_at(at).action;
            let live = self.account.find(&one.policy.selector);
            let found = match (&live, self.look_again_at.is_none()) {
                (_, false) => "the account cannot be read".to_owned(),
                (Ok(live), true) if live.default.is(wanted) => continue,
                (Ok(live), true) => live.default.to_string(),
                (Err(error), true) => error.to_string(),
            };
            let error = one.pending.as_ref().and_then(|one| one.row.error.clone());
            not_as_wanted.push(NotAsWanted {
                policy: one.policy.name.clone(),
                wanted,
                found: error.map_or(found.clone(), |error| format!("{found} ({error})")),
            });
        }
        OnceReport {
            policies: self.tracked.len(),
            not_as_wanted,
            was_read: self.look_again_at.is_none(),
        }
    }
}
