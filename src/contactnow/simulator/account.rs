//! The simulated account: its policies, queues and rules.
//!
//! Owns what is stored. Must not know how it is asked for.

use serde::{Deserialize, Serialize};

/// A simulated policy, as `/_sim/policies` gives and takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimPolicy {
    /// Its id.
    pub uid: u64,
    /// Its description; need not be unique.
    pub description: String,
    /// Its default, as the API spells it; any text, as in a real account.
    pub default: String,
    /// How many `tod_rules` it has.
    #[serde(default)]
    pub rules: usize,
}

/// A simulated queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimQueue {
    /// Its id.
    pub qid: u64,
    /// Its name.
    pub description: String,
    /// The policy that hangs on it; 0 for none.
    pub tod: u64,
}

/// The account: what the simulator starts with.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Its policies, in the order they are read.
    pub policies: Vec<SimPolicy>,
    /// Its queues; `jump:` must name one of them.
    pub queues: Vec<SimQueue>,
}

impl SimPolicy {
    /// A policy without rules.
    pub fn new(uid: u64, description: impl Into<String>, default: impl Into<String>) -> SimPolicy {
        SimPolicy {
            uid,
            description: description.into(),
            default: default.into(),
            rules: 0,
        }
    }
}

impl SimQueue {
    /// A queue.
    pub fn new(qid: u64, description: impl Into<String>, tod: u64) -> SimQueue {
        SimQueue {
            qid,
            description: description.into(),
            tod,
        }
    }
}

impl Account {
    /// A small contact centre: eight policies, two of them with one description, and six queues.
    pub fn sample() -> Account {
        let policies = vec![
            SimPolicy::new(2164, "MyTOD", "queue"),
            SimPolicy {
                rules: 2,
                ..SimPolicy::new(2165, "Sales", "voicemail")
            },
            SimPolicy::new(2166, "Support", "voicemail"),
            SimPolicy::new(2167, "Lobby & reception", "queue"),
            SimPolicy::new(2168, "Kundendienst Zürich", "voicemail"),
            SimPolicy::new(2169, "Night line", "jump:4501"),
            SimPolicy::new(2170, "Campaign <spring>", "hangup"),
            SimPolicy::new(2171, "Campaign <spring>", "hangup"),
        ];
        let queues = vec![
            SimQueue::new(4500, "Front desk", 2164),
            SimQueue::new(4501, "Out of hours", 0),
            SimQueue::new(4502, "Sales", 2165),
            SimQueue::new(4503, "Support", 2166),
            SimQueue::new(4504, "Support, second line", 2166),
            SimQueue::new(4505, "Zürich", 2168),
        ];
        Account { policies, queues }
    }

    /// Sets a default as somebody in the admin interface would; false where no policy has the uid.
    pub(super) fn set_by_hand(&mut self, uid: u64, default: &str) -> bool {
        let found = self.policies.iter_mut().find(|policy| policy.uid == uid);
        let Some(policy) = found else {
            return false;
        };
        default.clone_into(&mut policy.default);
        true
    }

    /// An account of `count` policies, uids from 10001, all at `voicemail`, and the sample's queues.
    pub fn of(count: usize) -> Account {
        let policies = (1..=count as u64)
            .map(|n| SimPolicy::new(10_000 + n, format!("Policy {n:05}"), "voicemail"))
            .collect();
        Account {
            policies,
            queues: Account::sample().queues,
        }
    }
}
