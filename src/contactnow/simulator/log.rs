//! What was asked of the simulator. Bounded; never holds a token or a key.

use std::collections::VecDeque;

use serde::Serialize;

use super::call::Call;
use crate::domain::Instant;

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

/// The most entries that are kept; the oldest go first.
const MAX_ENTRIES: usize = 20_000;

/// The log, and what is in work.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    last: u64,
    load: Load,
    at_once: usize,
    writing: Vec<u64>,
}

impl Log {
    /// Notes an arrival and gives its number.
    pub(super) fn arrive(&mut self, call: &Call, now: Instant) -> u64 {
        self.last += 1;
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
        }
        let records = call.records.as_deref().unwrap_or_default();
        self.entries.push_back(Entry {
            seq: self.last,
            verb: if call.post { "POST" } else { "GET" }.into(),
            method: short(&call.method),
            action: short(&call.action),
            uid: call.uids().first().copied(),
            default: records
                .iter()
                .find_map(|record| record.default.as_deref().map(short)),
            records: records.len(),
            format: if call.xml { "xml" } else { "json" }.into(),
            body_length: call.body_length,
            at_unix_ns: chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default(),
            time: now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            outcome: "in work".into(),
        });
        self.at_once += 1;
        self.load.peak = self.load.peak.max(self.at_once);
        if call.is_write() {
            let uids = call.uids();
            let overlaps = uids.iter().any(|uid| self.writing.contains(uid));
            self.load.overlapping_writes += usize::from(overlaps);
            self.writing.extend(uids);
        }
        self.last
    }

    /// Notes what became of a request.
    pub(super) fn outcome(&mut self, seq: u64, outcome: String) {
        if let Some(entry) = self.entries.iter_mut().rfind(|entry| entry.seq == seq) {
            entry.outcome = outcome;
        }
    }

    /// Notes that a request is no more in work.
    pub(super) fn leave(&mut self, call: &Call) {
        self.at_once -= 1;
        if call.is_write() {
            for uid in call.uids() {
                if let Some(index) = self.writing.iter().position(|writing| *writing == uid) {
                    self.writing.swap_remove(index);
                }
            }
        }
    }

    pub(super) fn connected(&mut self) {
        self.load.connections += 1;
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn load(&self) -> Load {
        self.load
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.load = Load {
            peak: self.at_once,
            ..Load::default()
        };
    }
}

/// A caller's words, so that a stray one cannot fill the log. A token in the wrong argument is too
/// long for it.
fn short(text: &str) -> String {
    text.chars().take(24).collect()
}
