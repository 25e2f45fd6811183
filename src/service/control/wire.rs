//! What is said over the control socket besides the status: the two ends are of one version.

use serde::{Deserialize, Serialize};

use crate::config::nearest;
use crate::domain::Instant;
use crate::domain::action::ActionError;
use crate::domain::hold::NoHoldEnd;
use crate::domain::policy::Uid;
use crate::engine::{HoldError, HoldOrder, ManualSwitch};

/// The body of `POST /holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// The policies.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Every policy of the file, instead of naming them.
    #[serde(default)]
    pub all: bool,
    /// What they are held at.
    pub action: String,
    /// `17:30`, `2026-12-24T17:30` (local), `2026-12-24T17:30:00Z`, `for 7200s`, `next-switch` or
    /// `cleared`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub set_by: String,
}

/// Why a body is no order.
#[derive(Debug, thiserror::Error)]
pub enum BadBody {
    /// Neither policies nor all of them, or both.
    #[error("name `policies`, or say `all`")]
    WhichPolicies,
    /// Not an action.
    #[error("action: {0}")]
    Action(#[from] ActionError),
    /// Not an end.
    #[error("until: {0}")]
    Until(#[from] NoHoldEnd),
}

impl TryFrom<HoldBody> for HoldOrder {
    type Error = BadBody;

    fn try_from(body: HoldBody) -> Result<HoldOrder, BadBody> {
        if body.all != body.policies.is_empty() {
            return Err(BadBody::WhichPolicies);
        }
        Ok(HoldOrder {
            policies: body.policies,
            action: body.action.parse()?,
            end: body.until.parse()?,
            reason: body.reason,
            set_by: body.set_by,
        })
    }
}

impl From<&HoldOrder> for HoldBody {
    fn from(order: &HoldOrder) -> HoldBody {
        HoldBody {
            policies: order.policies.clone(),
            all: order.policies.is_empty(),
            action: order.action.to_string(),
            until: order.end.to_string(),
            reason: order.reason.clone(),
            set_by: order.set_by.clone(),
        }
    }
}

/// The body of `POST /manual`: a switch by command, made and read back already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualBody {
    /// Its name in the file, else its description.
    pub policy: String,
    /// Its id.
    pub uid: u64,
    /// The live value before.
    pub from: String,
    /// The value asked for.
    pub to: String,
    /// When it was asked for: microseconds since 1970.
    pub due_us: i64,
    /// When it was read back: microseconds since 1970.
    pub settled_us: Option<i64>,
    /// How many writes were sent.
    pub tries: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// Who asked.
    pub by: String,
}

/// Why a body is no switch.
#[derive(Debug, thiserror::Error)]
pub enum BadManual {
    /// Not an action.
    #[error("to: {0}")]
    Action(#[from] ActionError),
    /// Not a time.
    #[error("a time is out of range")]
    Time,
}

impl TryFrom<ManualBody> for ManualSwitch {
    type Error = BadManual;

    fn try_from(body: ManualBody) -> Result<ManualSwitch, BadManual> {
        let time = |us| Instant::from_timestamp_micros(us).ok_or(BadManual::Time);
        Ok(ManualSwitch {
            policy: body.policy,
            uid: Uid(body.uid),
            from: body.from,
            to: body.to.parse()?,
            due: time(body.due_us)?,
            settled: body.settled_us.map(time).transpose()?,
            tries: body.tries,
            error: body.error,
            by: body.by,
        })
    }
}

impl From<&ManualSwitch> for ManualBody {
    fn from(switch: &ManualSwitch) -> ManualBody {
        ManualBody {
            policy: switch.policy.clone(),
            uid: switch.uid.0,
            from: switch.from.clone(),
            to: switch.to.to_string(),
            due_us: switch.due.timestamp_micros(),
            settled_us: switch.settled.map(|at| at.timestamp_micros()),
            tries: switch.tries,
            error: switch.error.clone(),
            by: switch.by.clone(),
        }
    }
}

/// The query of `DELETE /holds` and `DELETE /holds/{policy}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who asks.
    pub by: String,
}

/// The answer to `DELETE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// The policies whose holds were cleared.
    pub cleared: Vec<String>,
}

/// The answer to `POST /reload`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadOutcome {
    /// Whether the file is in force.
    pub accepted: bool,
    /// The hash of the file in force now.
    pub hash: String,
    /// What it changes, in one line.
    pub summary: String,
    /// Each switch it changes, as far as they are listed.
    pub changes: Vec<String>,
    /// Everything that is wrong with it.
    pub diagnostics: String,
}

/// Any answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What was found.
    pub error: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What to do about a hold that is not set or cleared, with the names of the policies there are.
#[must_use]
pub fn hold_hint<'n>(
    error: &HoldError,
    names: impl IntoIterator<Item = &'n str> + Clone,
) -> Option<String> {
    match error {
        HoldError::UnknownPolicy(name) => nearest::hint(name, names),
        HoldError::NotHeld(_) => Some("`todswitch hold list` shows what is held".to_owned()),
        HoldError::End { .. } | HoldError::NoReason | HoldError::Store(_) => None,
    }
}
