//! What is said over the control socket besides the status: the two ends are of one version.

use serde::{Deserialize, Serialize};

use crate::domain::action::ActionError;
use crate::domain::hold::NoHoldEnd;
use crate::engine::HoldOrder;

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
}
