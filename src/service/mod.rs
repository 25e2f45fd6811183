//! Running the daemon: signals, systemd, chores, the control socket, the log.
//!
//! Must not decide what a policy should be.

mod chores;
pub mod control;
pub mod daemon;
mod holidays;
pub mod logging;
pub mod notify;
mod reload;
pub mod signals;
