//! What goes wrong is told once, and once more when it is over.

use std::fs;

use rustix::process::Signal;
use todswitch::contactnow::simulator::{Fault, Scope, Times};

use super::daemon;
use super::hook::Hook;
use super::program::{Program, output, todswitch};
use super::stage::{POLICIES, Stage};

fn table(hook: &Hook) -> String {
    format!("[alerts]\nwebhook = \"{}\"\nafter = \"1s\"\n", hook.url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_switch_is_told_once_and_again_when_it_is_settled() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[503]));
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let scope = Scope::update().uid(11);
    stage.simulator.fault(rejected, scope, Times::UntilCleared);
    let daemon = daemon(&stage, &table(&hook));
    let late = hook.alert("late", "began");
    assert_eq!(late["policy"], "sales");
    let text = late["text"].as_str().unwrap();
    assert!(
        text.contains("NOT SWITCHED") && text.contains("Invalid queue id"),
        "{text}"
    );
    let (_, said) = daemon.stop();
    assert!(!said.contains("T0-secret-path"), "{said}");
    stage.simulator.clear_faults();
    let again = Program::start(todswitch(stage.path()).args(["run", "--log-level", "debug"]));
    again.line(&["INFO  switched", "policy=sales"]);
    hook.alert("late", "over");
    assert_eq!(hook.count("late"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_a_refused_file_and_a_lost_policy_are_told() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let first = daemon(&stage, &table(&hook));
    first.line(&["pass done", "failing=0"]);
    first.kill();
    let more = "[policies.gone]\nuid = 99\nschedule = \"open\"\n";
    stage.file(&format!("{}{POLICIES}{more}", table(&hook)), "");
    let second = Program::start(todswitch(stage.path()).arg("run"));
    hook.alert("unclean", "once");
    assert_eq!(hook.alert("policy", "began")["policy"], "gone");
    let path = stage.path().join("schedule.toml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("closed = ", "clsoed = ")).unwrap();
    second.signal(Signal::HUP);
    hook.alert("reload", "began");
    fs::write(&path, good).unwrap();
    second.signal(Signal::HUP);
    hook.alert("reload", "over");
    second.stop();
    let third = Program::start(todswitch(stage.path()).args(["run", "--log-level", "debug"]));
    third.line(&["pass done"]);
    third.stop();
    assert_eq!((hook.count("policy"), hook.count("unclean")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_told_once() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    stage
        .simulator
        .fault(Fault::Authentication, Scope::token(), Times::UntilCleared);
    let daemon = daemon(&stage, &table(&hook));
    hook.alert("authentication", "began");
    daemon.signal(Signal::USR1);
    hook.alert("late", "began");
    assert_eq!(hook.count("authentication"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_says_whether_it_was_taken() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let trial = || output(todswitch(stage.path()).args(["alert", "test"]));
    assert_eq!(trial().status.code(), Some(1), "there is no [alerts]");
    stage.file(&format!("{}{POLICIES}", table(&hook)), "");
    assert_eq!(trial().status.code(), Some(0));
    hook.alert("test", "once");
    let refusing = Hook::open(&[500]);
    stage.file(&format!("{}{POLICIES}", table(&refusing)), "");
    let refused = trial();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("500") && !said.contains("T0-secret-path"),
        "{said}"
    );
}
