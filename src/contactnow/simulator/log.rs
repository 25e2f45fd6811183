//! What was asked of the simulator. Bounded; never holds a token or a key.

use serde::Serialize;

/// One request, as `/_sim/log` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Counted from 1 since the start.
    pub seq: u64,
    /// `GET` or `POST`.
    pub verb: String,
    /// `tod_policy`, `tod_rules`, `queues`; `token` for `token.php`.
    pub method: String,
    /// `create`, `read`, `update`; `get`, `validate`.
    pub action: String,
    /// The policy it named, the first of several.
    pub uid: Option<u64>,
    /// The default it asked for, the first of several.
    pub default: Option<String>,
    /// How many records it carried.
    pub records: usize,
    /// `json` or `xml`.
    pub format: String,
    /// The length of its body.
    pub body_length: usize,
    /// When it arrived, real: nanoseconds since 1970.
    pub at_unix_ns: i64,
    /// When it arrived by the simulator's time source, RFC 3339.
    pub time: String,
    /// What became of it: `ok`, `stored`, `unchanged`, `created`, `rejected: …`, `refused: …`, `fault: …`.
    pub outcome: String,
}

/// How many requests were in work at one time since the log was cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Load {
    /// The most requests at once.
    pub peak: usize,
    /// Writes that came while another write for the same policy was in work.
    pub overlapping_writes: usize,
    /// Connections that were accepted.
    pub connections: usize,
}
