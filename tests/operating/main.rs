//! The real binary as its operator works with it: reloads, holds, drift, zones, disks, its end.

#[path = "../watching/hook.rs"]
mod hook;
#[path = "../daemon/program.rs"]
mod program;
#[expect(dead_code, reason = "the daemon's tests use the rest of it")]
#[path = "../daemon/stage.rs"]
mod stage;

mod alerts;
mod asking;
mod disk;
mod drift;
mod ending;
mod holds;
mod log;
mod manager;
mod reload;
mod status;
mod store;
mod web;
mod zones;

use program::{Program, output, todswitch};
use stage::{POLICIES, Stage};
use todswitch::store::{EventKind, EventsQuery, Store};

/// What a command left.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Starts the daemon.
fn daemon(stage: &Stage) -> Program {
    Program::start(todswitch(stage.path()).args(["run", "--log-level", "debug"]))
}

/// Starts a daemon whose file has these tables before the policies, once all is as wanted.
fn settled_daemon(stage: &Stage, tables: &str) -> Program {
    stage.file(&format!("{tables}\n{POLICIES}"), "");
    let daemon = daemon(stage);
    daemon.line(&["pass done", "failing=0"]);
    daemon
}

/// Runs a command as a user.
fn run_as(stage: &Stage, user: &str, args: &[&str]) -> Ran {
    let done = output(todswitch(stage.path()).args(args).env("USER", user));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code: done.status.code().unwrap(),
        out: text(done.stdout),
        err: text(done.stderr),
    }
}

/// Runs a command.
fn run(stage: &Stage, args: &[&str]) -> Ran {
    run_as(stage, "ann", args)
}

/// The status as JSON, from a daemon.
fn status(stage: &Stage) -> serde_json::Value {
    let asked = run(stage, &["status", "--json"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    serde_json::from_str(&asked.out).unwrap()
}

/// The words of the events of a kind, the oldest first.
fn events(stage: &Stage, kind: EventKind) -> Vec<String> {
    let store = Store::open_reader(&stage.path().join("state")).unwrap();
    let query = EventsQuery {
        kind: Some(kind),
        ..EventsQuery::default()
    };
    let rows = store.events(&query).unwrap().rows.into_iter();
    rows.map(|row| row.message).collect()
}
