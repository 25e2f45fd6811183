//! Holds: what is asked of the engine, and what becomes of it at once.
//!
//! Owns who gets which hold. Must not know who asks, or by which way.

use std::collections::HashMap;
use std::fmt;

use chrono::SecondsFormat;

use super::{Engine, Event};
use crate::clock::Clock;
use crate::contactnow::PolicyApi;
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::hold::{HoldEnd, HoldEndError};
use crate::domain::policy::{Hold, Policy};
use crate::store::StoreError;

/// A hold that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldOrder {
    /// The policies; none for all of the file.
    pub policies: Vec<String>,
    /// What they are held at.
    pub action: Action,
    /// When it ends.
    pub end: HoldEnd,
    /// Why, in words.
    pub reason: String,
    /// Who asks.
    pub set_by: String,
}

/// Holds that somebody wants to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearOrder {
    /// The policies, those included that the file does not have; none for all that are held.
    pub policies: Vec<String>,
    /// Who asks.
    pub by: String,
}

/// A hold, and the policy it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The policy.
    pub policy: String,
    /// Its hold.
    pub hold: Hold,
}

/// Why a hold is not set or cleared. Nothing was done then.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The file has no such policy.
    #[error("no policy `{0}` in the file in force")]
    UnknownPolicy(String),
    /// Its end makes no sense for this policy.
    #[error("{policy}: {error}")]
    End {
        /// The policy.
        policy: String,
        /// Why.
        error: HoldEndError,
    },
    /// Who and why must be said.
    #[error("a hold needs a reason, and somebody who sets it")]
    NoReason,
    /// There is nothing to clear.
    #[error("no hold stands for `{0}`")]
    NotHeld(String),
    /// The store did not keep it.
    #[error("the hold could not be kept: {0}")]
    Store(#[from] StoreError),
}

impl HoldOrder {
    /// The hold of each policy that it is for.
    ///
    /// # Errors
    /// A policy that is not there, an end that is past, or a missing reason.
    pub fn resolve(&self, policies: &[Policy], now: Instant) -> Result<Vec<Held>, HoldError> {
        if self.reason.trim().is_empty() || self.set_by.trim().is_empty() {
            return Err(HoldError::NoReason);
        }
        let unknown = |name: &&String| !policies.iter().any(|policy| policy.name == **name);
        if let Some(name) = self.policies.iter().find(unknown) {
            return Err(HoldError::UnknownPolicy(name.clone()));
        }
        let is_meant =
            |policy: &&Policy| self.policies.is_empty() || self.policies.contains(&policy.name);
        let held = |policy: &Policy| {
            let until = self
                .end
                .resolve(policy, now)
                .map_err(|error| HoldError::End {
                    policy: policy.name.clone(),
                    error,
                })?;
            Ok(Held {
                policy: policy.name.clone(),
                hold: Hold {
                    from: now,
                    until,
                    action: self.action,
                    reason: self.reason.trim().to_owned(),
                    set_by: self.set_by.trim().to_owned(),
                },
            })
        };
        policies.iter().filter(is_meant).map(held).collect()
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hold = &self.hold;
        let until = hold.until.map_or("it is cleared".to_owned(), |until| {
            until.to_rfc3339_opts(SecondsFormat::Secs, true)
        });
        let Hold {
            action,
            reason,
            set_by,
            ..
        } = hold;
        write!(f, "{action} until {until}, by {set_by}: {reason}")
    }
}

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// Sets holds: all of them or none. What they ask for is done by the next pass.
    ///
    /// # Errors
    /// An order that cannot be met, or a store that does not keep it.
    pub fn set_hold(&mut self, order: &HoldOrder) -> Result<Vec<Held>, HoldError> {
        let now = self.clock.now();
        let held = order.resolve(&self.config.policies, now)?;
        self.memory.set_holds(&held, now)?;
        let mut by_policy: HashMap<&str, &Held> =
            held.iter().map(|one| (one.policy.as_str(), one)).collect();
        for one in &mut self.tracked {
            if let Some(held) = by_policy.remove(one.policy.name.as_str()) {
                let mut holds = ended(one.timeline.holds(), now);
                holds.push(held.hold.clone());
                one.hold(holds);
            }
        }
        for one in &held {
            self.emit(&Event::HoldSet(one));
        }
        self.report_trouble();
        Ok(held)
    }

    /// Clears holds, and says of which policies.
    ///
    /// # Errors
    /// A policy that is named and not held, or a store that does not keep it.
    pub fn clear_hold(&mut self, order: &ClearOrder) -> Result<Vec<String>, HoldError> {
        let now = self.clock.now();
        let tracked = self.tracked.iter().filter(|one| one.held(now).is_some());
        let stray = self.stray.iter().map(|one| one.policy.clone());
        let held: Vec<String> = tracked
            .map(|one| one.policy.name.clone())
            .chain(stray)
            .collect();
        if let Some(name) = order.policies.iter().find(|name| !held.contains(name)) {
            return Err(HoldError::NotHeld(name.clone()));
        }
        let is_meant = |name: &String| order.policies.is_empty() || order.policies.contains(name);
        let cleared: Vec<String> = held.into_iter().filter(is_meant).collect();
        for policy in &cleared {
            self.memory.clear_hold(policy, now, &order.by)?;
            self.stray.retain(|one| one.policy != *policy);
            if let Some(one) = (self.tracked.iter_mut()).find(|one| one.policy.name == *policy) {
                let holds = ended(one.timeline.holds(), now);
                one.hold(holds);
            }
            let by = &order.by;
            self.emit(&Event::HoldCleared { policy, by });
        }
        self.report_trouble();
        Ok(cleared)
    }

    /// Whoever set a hold by a clock that was ahead meant it to stand at once, and to its end.
    pub(super) fn hold_from_now(&mut self, now: Instant) {
        let mut holds = self.memory.holds(now);
        for one in &mut self.tracked {
            one.hold(holds.remove(&one.policy.name).unwrap_or_default());
        }
    }

    /// Keeps in mind, and tells, the holds that are left over when every policy has its own.
    pub(super) fn stray_holds(&mut self, left: HashMap<String, Vec<Hold>>, now: Instant) {
        let stands = |hold: &Hold| hold.until.is_none_or(|until| now < until);
        let mut stray: Vec<Held> = Vec::new();
        for (policy, holds) in left {
            let standing = holds.into_iter().rfind(stands);
            stray.extend(standing.map(|hold| Held { policy, hold }));
        }
        stray.sort_by(|a, b| a.policy.cmp(&b.policy));
        for one in &stray {
            if !self.stray.contains(one) {
                self.emit(&Event::HoldWithoutPolicy(one));
            }
        }
        self.stray = stray;
    }
}

/// The same holds, ended by `now` at the latest.
fn ended(holds: &[Hold], now: Instant) -> Vec<Hold> {
    let end = |hold: &Hold| Hold {
        until: Some(hold.until.map_or(now, |until| until.min(now))),
        ..hold.clone()
    };
    holds.iter().map(end).collect()
}
