//! A disk on which nothing can be kept any more: switching goes on, and that is told.

use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::hook::Hook;
use super::program::{Program, todswitch};
use super::stage::{POLICIES, Stage, soon};
use super::web::{address, get};
use super::{daemon, run};

/// The same command where a file that may not grow is an error and not the end of the process.
fn surviving(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
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
async fn a_daemon_that_starts_on_a_full_disk_switches_and_tells() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    stage.file(&format!("{alerts}{POLICIES}"), "");
    let first = daemon(&stage);
    first.line(&["pass done", "failing=0"]);
    first.stop();
    stage.simulator.set_by_hand(12, "hangup");
    stage.file(
        &format!("{alerts}{}", POLICIES.replace("\"queue\"", "\"voicemail\"")),
        "",
    );
    let mut command = Command::new("/bin/sh");
    let full = "trap '' XFSZ; ulimit -S -f 0; exec \"$@\"";
    let program = todswitch(stage.path());
    command
        .args(["-c", full, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .args(["run", "--log-level", "debug"])
        .env_clear()
        .env("HOME", stage.path())
        .current_dir(stage.path());
    let second = Program::start(&mut command);
    second.line(&["INFO  switched", "policy=sales", "to=voicemail"]);
    second.line(&["ERROR", "the store failed, switching goes on"]);
    hook.alert("store", "began");
    second.line(&["pass done"]);
    assert_eq!(stage.live(11), "voicemail");
}
