//! Counters of what happened, and the text of `/metrics`.
//!
//! Owns the names and their help. The text is written here: what Prometheus' own crate writes is
//! OpenMetrics, whose counters `promtool check metrics` does not take. Must not know HTTP.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::Instant;
use crate::engine::{Event, Snapshot};
use crate::render::status::Facts;
use crate::store::Outcome;

/// Upper bounds of the lateness, in seconds.
const BOUNDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0,
];

/// Counters since the daemon started.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counts>);

#[derive(Debug, Default, Clone)]
struct Counts {
    switches: BTreeMap<&'static str, u64>,
    api_errors: BTreeMap<&'static str, u64>,
    reloads: BTreeMap<&'static str, u64>,
    drifts: u64,
    store_failures: u64,
    late: [u64; BOUNDS.len()],
    late_sum: f64,
    late_count: u64,
}

impl Metrics {
    /// Counts an event of the engine.
    pub fn observe(&self, event: &Event<'_>) {
        let mut counts = self.lock();
        match event {
            Event::Ended(row) => {
                *counts.switches.entry(row.outcome.as_str()).or_default() += 1;
                if let (Outcome::Settled, Some(settled)) = (row.outcome, row.settled) {
                    let late = (settled - row.due).as_seconds_f64().max(0.0);
                    counts.late(late);
                }
            }
            Event::Failing { .. } => *counts.switches.entry("failed").or_default() += 1,
            Event::ReadFailed { error, .. } => {
                *counts.api_errors.entry(error.kind.as_str()).or_default() += 1;
            }
            Event::Drifted { .. } => counts.drifts += 1,
            Event::StoreFailed { .. } => counts.store_failures += 1,
            _ => {}
        }
    }

    /// Counts a reload.
    pub fn reloaded(&self, accepted: bool) {
        let result = if accepted { "ok" } else { "refused" };
        *self.lock().reloads.entry(result).or_default() += 1;
    }

    /// The text of `/metrics`.
    pub fn text(&self, snapshot: Option<&Snapshot>, facts: &Facts) -> String {
        let counts = self.lock().clone();
        let mut page = Page(String::new());
        page.family("build_info", "gauge", "The version that runs.");
        page.row("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        page.family("start_time_seconds", "gauge", "When the daemon started.");
        page.row("start_time_seconds", &[], seconds(facts.started));
        let help = "Whether a changed file is refused, and the one before in force.";
        page.family("file_refused", "gauge", help);
        page.row("file_refused", &[], u8::from(facts.refused.is_some()));
        page.counter(
            "switches_total",
            "Switches by how they ended; failed ones count at each try.",
            "outcome",
            &counts.switches,
        );
        counts.write_late(&mut page);
        page.counter(
            "api_errors_total",
            "Reads of the account that failed, by kind.",
            "kind",
            &counts.api_errors,
        );
        page.counter(
            "reloads_total",
            "Reloads of the file, by result.",
            "result",
            &counts.reloads,
        );
        page.family(
            "drifts_total",
            "counter",
            "Live values found changed by another hand.",
        );
        page.row("drifts_total", &[], counts.drifts);
        page.family(
            "store_failures_total",
            "counter",
            "Times that the store could not keep something.",
        );
        page.row("store_failures_total", &[], counts.store_failures);
        if let Some(snapshot) = snapshot {
            standing(&mut page, snapshot);
        }
        page.0
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn late(&mut self, seconds: f64) {
        for (bound, count) in BOUNDS.iter().zip(&mut self.late) {
            if seconds <= *bound {
                *count += 1;
            }
        }
        self.late_sum += seconds;
        self.late_count += 1;
    }

    fn write_late(&self, page: &mut Page) {
        let help = "From the time a switch was due to when it was read back.";
        page.family("switch_lateness_seconds", "histogram", help);
        for (bound, count) in BOUNDS.iter().zip(self.late) {
            let le = bound.to_string();
            page.row("switch_lateness_seconds_bucket", &[("le", &le)], count);
        }
        let all = self.late_count;
        page.row("switch_lateness_seconds_bucket", &[("le", "+Inf")], all);
        page.row("switch_lateness_seconds_sum", &[], self.late_sum);
        page.row("switch_lateness_seconds_count", &[], all);
    }
}

/// What is true now, as of the last pass.
fn standing(page: &mut Page, snapshot: &Snapshot) {
    let policies = &snapshot.policies;
    let count = |is: &dyn Fn(&crate::engine::PolicyStatus) -> bool| {
        policies.iter().filter(|one| is(one)).count()
    };
    let gauges: [(&str, &str, usize); 5] = [
        ("policies", "Policies of the file in force.", policies.len()),
        (
            "pending",
            "Switches that are due and not settled.",
            count(&|one| one.pending.is_some()),
        ),
        (
            "drifting",
            "Policies whose live value was changed by another hand.",
            count(&|one| one.drift.is_some()),
        ),
        (
            "lost",
            "Policies that are not in the account, or more than once.",
            count(&|one| one.lost.is_some()),
        ),
        (
            "held",
            "Policies that are held by hand.",
            count(&|one| one.hold.is_some()),
        ),
    ];
    for (name, help, value) in gauges {
        page.family(name, "gauge", help);
        page.row(name, &[], value);
    }
    let next = policies
        .iter()
        .filter_map(|one| one.next.as_ref()?.at)
        .min();
    let times = [
        (
            "next_switch_timestamp_seconds",
            "When the next switch is due.",
            next,
        ),
        (
            "last_pass_timestamp_seconds",
            "When the last pass ended.",
            Some(snapshot.at),
        ),
        (
            "account_read_timestamp_seconds",
            "When the account was last read; none while it cannot be.",
            snapshot.account_read_at,
        ),
    ];
    for (name, help, at) in times {
        if let Some(at) = at {
            page.family(name, "gauge", help);
            page.row(name, &[], seconds(at));
        }
    }
    let calendars = snapshot.config.calendars.iter();
    let ends: Vec<_> = calendars
        .filter_map(|one| Some((&one.name, one.reach?.and_hms_opt(0, 0, 0)?.and_utc())))
        .collect();
    let name = "holidays_end_timestamp_seconds";
    if !ends.is_empty() {
        page.family(name, "gauge", "The last date that a calendar is sure of.");
    }
    for (calendar, end) in ends {
        page.row(name, &[("calendar", calendar)], seconds(end));
    }
}

fn seconds(at: Instant) -> f64 {
    at.signed_duration_since(Instant::UNIX_EPOCH)
        .as_seconds_f64()
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(
            self.0,
            "# HELP todswitch_{name} {help}\n# TYPE todswitch_{name} {kind}"
        );
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        counts: &BTreeMap<&'static str, u64>,
    ) {
        if counts.is_empty() {
            return;
        }
        self.family(name, "counter", help);
        for (value, count) in counts {
            self.row(name, &[(label, value)], count);
        }
    }

    fn row(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = (labels.iter())
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "todswitch_{name}{labels} {value}");
    }
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_quoted_and_a_histogram_is_cumulative() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        let mut counts = Counts::default();
        counts.late(0.02);
        counts.late(3.0);
        counts.late(3000.0);
        assert_eq!((counts.late[1], counts.late[2], counts.late[8]), (0, 1, 2));
        assert_eq!((counts.late[11], counts.late_count), (2, 3));
    }
}
