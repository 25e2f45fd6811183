//! Running the daemon: signals, systemd, chores, the control socket, alerts, metrics, the log.
//!
//! Must not decide what a policy should be.

pub mod alerts;
mod chores;
pub mod control;
pub mod daemon;
mod health;
mod holidays;
pub mod logging;
mod metrics;
pub mod notify;
mod reload;
mod serve;
pub mod signals;
mod watchers;
mod web;
mod zones;
