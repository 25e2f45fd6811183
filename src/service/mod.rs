//! Running the daemon: signals, systemd, chores, the log.
//!
//! Must not decide what a policy should be.

mod chores;
pub mod daemon;
mod holidays;
pub mod logging;
pub mod notify;
pub mod signals;
