//! Running the daemon: signals, systemd, the log.
//!
//! Must not decide what a policy should be.

pub mod logging;
pub mod notify;
pub mod signals;
