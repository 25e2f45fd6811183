//! todswitch: switches the default action of ContactNow *time of day* policies by a schedule.
//!
//! The plan of the house; dependencies point strictly downward (held by `tests/layering.rs`).

/// The commands: words in, words out; the only place that prints.
pub mod cli;
/// Pure: a timeline, a history or a summary as text, JSON or CSV.
pub mod render;
/// Running the daemon: signals, systemd, chores, the log.
pub mod service;

/// The loop and one pass: evaluate, plan, apply or dry-run, verify, record.
pub mod engine;

/// The file: TOML to the domain, diagnostics, holiday sources, zone data.
pub mod config;
/// The API: client, wire forms, token; and the simulator of it.
pub mod contactnow;
/// What is remembered: SQLite.
pub mod store;

/// Now and sleep-until: the system's clock, and a simulated one.
pub mod clock;

/// The pure core: zones, calendars, schedules, the timeline, the plan.
pub mod domain;
