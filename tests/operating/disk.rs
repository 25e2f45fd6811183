//! A disk on which nothing can be kept any more: switching goes on, and that is told.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::hook::Hook;
use super::program::{Program, todswitch};
use super::stage::{POLICIES, Stage, soon};
use super::web::{address, get};
use super::{daemon, run};

/// The same command where a file that may not grow is an error and not the end of the process.
fn surviving(command: &Command) -> Command {
    in_shell("trap '' XFSZ", command)
}

/// The same command after some words of the shell.
fn in_shell(words: &str, command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{words}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .stdin(std::process::Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir(directory);
    }
    shell
}

/// How large a process may let a file become.
fn room(daemon: &Program, bytes: Option<u64>) {
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    let pid: Pid = daemon.pid();
    prlimit(Some(pid), Resource::Fsize, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_stops_no_switch_and_is_told_until_there_is_room() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let tables = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[alerts]\nwebhook = \"{}\"\n",
        hook.url
    );
    let (_, over) = soon("hangup");
    stage.file(&format!("{tables}{POLICIES}{over}"), "");
    let mut command = todswitch(stage.path());
    let daemon = Program::start(&mut surviving(command.args([
        "run",
        "--log-level",
        "debug",
    ])));
    daemon.line(&["pass done", "failing=0"]);
    room(&daemon, Some(0));
    daemon.line(&["INFO  switched", "policy=sales", "to=hangup"]);
    daemon.line(&["ERROR", "the store failed, switching goes on"]);
    let told = hook.alert("store", "began");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("switching goes on"), "{text}");
    assert_eq!([11, 12, 13].map(|uid| stage.live(uid)), ["hangup"; 3]);
    let metrics = get(&address(&daemon), "/metrics").1;
    assert!(
        !metrics.contains("todswitch_store_failures_total 0"),
        "{metrics}"
    );
    let hold = ["hold", "set", "--all", "queue", "--until-cleared"];
    let hold = [&hold[..], &["--reason", "fire drill"]].concat();
    let refused = run(&stage, &hold);
    assert_eq!(refused.code, 1, "a hold that cannot be kept is none");
    assert!(refused.err.contains("could not be kept"), "{}", refused.err);

    room(&daemon, None);
    assert_eq!(run(&stage, &hold).code, 0);
    daemon.line(&["INFO  switched", "policy=sales", "from=hangup", "to=queue"]);
    hook.alert("store", "over");
    let (status, said) = daemon.stop();
    assert!(status.success(), "{said}");
    assert_eq!(hook.count("store"), 2);
    assert_eq!(stage.row("sales").from.as_deref(), Some("hangup"));
    assert_eq!(stage.updates(11).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_starts_on_a_full_disk_remembers_switches_and_tells() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    stage.file(&format!("{alerts}{POLICIES}"), "");
    let first = daemon(&stage);
    first.line(&["pass done", "failing=0"]);
    // What it kept last lies in a log beside the store.
    first.kill();
    stage.simulator.set_by_hand(12, "hangup");
    let (_, over) = soon("jump:4501");
    stage.file(&format!("{alerts}{POLICIES}{over}"), "");
    let mut command = todswitch(stage.path());
    command.args(["run", "--log-level", "debug"]);
    let full = "trap '' XFSZ; ulimit -S -f 0";
    let second = Program::start(&mut in_shell(full, &command));
    second.line(&["ERROR", "the store failed, switching goes on"]);
    second.line(&["pass done", "failing=0"]);
    assert_eq!(stage.live(12), "hangup", "it stands until the next switch");
    second.line(&["INFO  switched", "policy=sales", "to=jump:4501"]);
    hook.alert("store", "began");

    room(&second, None);
    let hold = ["hold", "set", "--all", "queue", "--until-cleared"];
    let hold = [&hold[..], &["--reason", "fire drill"]].concat();
    assert_eq!(run(&stage, &hold).code, 0);
    second.line(&["INFO  switched", "policy=sales", "to=queue"]);
    hook.alert("store", "over");
    let (status, said) = second.stop();
    assert!(status.success(), "{said}");
    assert_eq!(hook.count("store"), 2);
    assert_eq!(stage.row("sales").rule_kind, "hold");
}

/// The user and the group of nobody.
const NOBODY: u32 = 65534;

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_store_may_only_be_read_switches_and_tells() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    stage.file(&format!("{alerts}{POLICIES}"), "");
    let first = daemon(&stage);
    first.line(&["pass done", "failing=0"]);
    first.stop();
    // A manual change of before: what was settled is remembered, or it would be trampled.
    stage.simulator.set_by_hand(12, "hangup");
    let state = stage.path().join("state");
    let mut command = todswitch(stage.path());
    if rustix::process::geteuid().is_root() {
        let program = stage.path().join("program");
        fs::copy(command.get_program(), &program).unwrap();
        chown(stage.path().join("api-key"), Some(NOBODY), None).unwrap();
        let mut as_nobody = Command::new("setpriv");
        as_nobody
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(program)
            .args(command.get_args())
            .env_clear()
            .current_dir(stage.path());
        command = as_nobody;
    }
    mode(stage.path(), 0o755);
    for entry in fs::read_dir(&state).unwrap() {
        mode(&entry.unwrap().path(), 0o444);
    }
    mode(&state, 0o555);
    let (_, over) = soon("jump:4501");
    stage.file(&format!("{alerts}{POLICIES}{over}"), "");
    let second = Program::start(command.args(["run", "--log-level", "debug"]));
    second.line(&["ERROR", "the store failed, switching goes on"]);
    second.line(&["pass done", "failing=0"]);
    assert_eq!(stage.live(12), "hangup", "it stands until the next switch");
    second.line(&["INFO  switched", "policy=sales", "to=jump:4501"]);
    second.line(&["INFO  switched", "policy=support", "from=hangup"]);
    hook.alert("store", "began");
    let (status, said) = second.stop();
    mode(&state, 0o755);
    assert!(status.success(), "{said}");
    assert_eq!(hook.count("store"), 1);
    assert_eq!(stage.history().len(), 3, "those of the first run");
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
