//! The real binary as those see it who watch it: alerts, metrics, health, systemd, the clock.

#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "../daemon/program.rs"]
mod program;
#[expect(dead_code, reason = "the daemon's tests use the rest of it")]
#[path = "../daemon/stage.rs"]
mod stage;

mod alerts;
mod clock;
mod hook;
mod systemd;
mod web;

use program::{Program, todswitch};
use stage::{POLICIES, Stage};

/// Starts a daemon whose file has these tables before the policies.
fn daemon(stage: &Stage, tables: &str) -> Program {
    stage.file(&format!("{tables}\n{POLICIES}"), "");
    Program::start(todswitch(stage.path()).args(["run", "--log-level", "debug"]))
}
