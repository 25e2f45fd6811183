//! Faults on demand: what goes wrong, for which requests, how often.
//!
//! Must not know how a fault is carried out.

use serde::{Deserialize, Serialize};

/// What goes wrong. The name in snake case is the `fault` of `POST /_sim/faults`, where the fields
/// stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// The request waits, then is answered as without; it may meet a further fault.
    Latency {
        /// How long, in real milliseconds.
        ms: u64,
    },
    /// An HTTP status with an HTML page; nothing is done.
    Status {
        /// 4xx or 5xx; 3xx goes with `location`.
        status: u16,
        /// The `Retry-After` header, seconds or an HTTP date.
        #[serde(default)]
        retry_after: Option<String>,
        /// The `Location` header.
        #[serde(default)]
        location: Option<String>,
    },
    /// HTTP 200 with an HTML page; nothing is done.
    Html,
    /// HTTP 200 with nothing; nothing is done.
    Empty,
    /// Done, and the answer's text ends half-way.
    Cut,
    /// Done, and the connection breaks half-way through the answer.
    Broken,
    /// Done, and the second half of the answer comes late.
    Stall {
        /// How late, in real milliseconds.
        ms: u64,
    },
    /// The connection is closed without an answer; nothing is done.
    DropBefore,
    /// Done, and the connection is closed without an answer.
    DropAfter,
    /// The token is refused as `Expired token`, with `expire` -1, and is expired from then on.
    ExpiredToken,
    /// The token is refused as `Unknown token`; it stays good.
    UnknownToken,
    /// The token is refused as `Invalid token`; it stays good.
    InvalidToken,
    /// `Authentication failure`.
    Authentication,
    /// The record is rejected: `bad` 1 and this error.
    Rejected {
        /// The error, such as `Invalid queue id [0]`.
        error: String,
    },
    /// The request is refused: `success` false and this error.
    Refused {
        /// The error; `{query}` in it becomes the query string, as a server that says too much.
        error: String,
    },
    /// Accepted and not stored.
    NotStored,
    /// HTTP 200 with this body; nothing is done.
    Raw {
        /// The body.
        body: String,
    },
}

/// Which requests meet a fault. What is left out matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// `tod_policy`, `tod_rules`, `queues`; or `token`, which no scope matches that names no method.
    #[serde(default)]
    pub method: Option<String>,
    /// `read`, `update`, `create`; `get`, `validate`.
    #[serde(default)]
    pub action: Option<String>,
    /// A policy that the request names.
    #[serde(default)]
    pub uid: Option<u64>,
}

impl Scope {
    /// Every request of `database.php`.
    pub fn any() -> Scope {
        Scope::default()
    }

    /// Requests for tokens.
    pub fn token() -> Scope {
        Scope {
            method: Some("token".into()),
            ..Scope::default()
        }
    }

    /// Updates of policies.
    pub fn update() -> Scope {
        Scope::action("update")
    }

    /// Reads.
    pub fn read() -> Scope {
        Scope::action("read")
    }

    /// One action of any method.
    pub fn action(action: &str) -> Scope {
        Scope {
            action: Some(action.into()),
            ..Scope::default()
        }
    }

    /// The same, for one policy.
    #[must_use]
    pub fn uid(self, uid: u64) -> Scope {
        Scope {
            uid: Some(uid),
            ..self
        }
    }
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// This often.
    Count(u32),
    /// Until the faults are cleared.
    UntilCleared,
}

/// The faults that wait for a request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Waiting>);

/// A fault that waits, as `GET /_sim/faults` gives it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waiting {
    #[serde(flatten)]
    fault: Fault,
    #[serde(flatten)]
    scope: Scope,
    /// How often it will strike yet; none for until cleared.
    count: Option<u32>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault, scope: Scope, times: Times) {
        let count = match times {
            Times::Count(count) => Some(count),
            Times::UntilCleared => None,
        };
        self.0.push(Waiting {
            fault,
            scope,
            count,
        });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn waiting(&self) -> Vec<Waiting> {
        self.0.clone()
    }

    /// What strikes this request: latencies, all of them, and the first other fault.
    pub(super) fn strike(
        &mut self,
        method: &str,
        action: &str,
        uids: &[u64],
    ) -> (u64, Option<Fault>) {
        let (mut wait, mut other) = (0, None);
        for waiting in &mut self.0 {
            if waiting.count == Some(0) || !waiting.scope.matches(method, action, uids) {
                continue;
            }
            match &waiting.fault {
                Fault::Latency { ms } => wait += ms,
                _ if other.is_some() => continue,
                fault => other = Some(fault.clone()),
            }
            waiting.count = waiting.count.map(|count| count - 1);
        }
        self.0.retain(|waiting| waiting.count != Some(0));
        (wait, other)
    }
}

impl Scope {
    fn matches(&self, method: &str, action: &str, uids: &[u64]) -> bool {
        let method_fits = match &self.method {
            None => method != "token",
            Some(wanted) => wanted == method,
        };
        let action_fits = self.action.as_ref().is_none_or(|wanted| wanted == action);
        let uid_fits = self.uid.is_none_or(|wanted| uids.contains(&wanted));
        method_fits && action_fits && uid_fits
    }
}

impl Fault {
    /// Its name, for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Fault::Latency { .. } => "latency",
            Fault::Status { .. } => "status",
            Fault::Html => "html",
            Fault::Empty => "empty",
            Fault::Cut => "cut",
            Fault::Broken => "broken",
            Fault::Stall { .. } => "stall",
            Fault::DropBefore => "drop_before",
            Fault::DropAfter => "drop_after",
            Fault::ExpiredToken => "expired_token",
            Fault::UnknownToken => "unknown_token",
            Fault::InvalidToken => "invalid_token",
            Fault::Authentication => "authentication",
            Fault::Rejected { .. } => "rejected",
            Fault::Refused { .. } => "refused",
            Fault::NotStored => "not_stored",
            Fault::Raw { .. } => "raw",
        }
    }
}
