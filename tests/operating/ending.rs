//! How it ends, and what its exit code says.

use std::time::{Duration, Instant};

use todswitch::contactnow::simulator::{Fault, Scope, Times};

use super::manager::Manager;
use super::program::{Program, output, todswitch};
use super::settled_daemon;
use super::stage::{POLICIES, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_term_is_obeyed_within_the_time_out_of_a_request() {
    let stage = Stage::set().await;
    let times = "timeout = \"1s\"\nread_timeout = \"1s\"";
    stage.file(POLICIES, times);
    stage.simulator.fault(
        Fault::Latency { ms: 60_000 },
        Scope::any(),
        Times::UntilCleared,
    );
    let mut command = todswitch(stage.path());
    let manager = Manager::of(&stage, &mut command);
    let daemon = Program::start(command.args(["run", "--log-level", "debug"]));
    daemon.line(&["started"]);
    stage
        .until("a request is under way", |stage| {
            stage.simulator.load().connections > 0
        })
        .await;
    let began = Instant::now();
    let (status, said) = daemon.stop();
    let took = began.elapsed();
    assert!(status.success(), "{said}");
    // A second for the request, the rest for a machine that is busy.
    assert!(took < Duration::from_secs(5), "{took:?}: {said}");
    manager.hears(&["STOPPING=1", "STATUS="]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_why() {
    let stage = Stage::set().await;
    let code = |args: &[&str]| output(todswitch(stage.path()).args(args)).status.code();
    assert_eq!(code(&["run", "--sideways"]), Some(2));
    let first = settled_daemon(&stage, "");
    assert_eq!(code(&["run"]), Some(1), "another one has the store");
    assert_eq!(first.stop().0.code(), Some(0));
    stage.file("[schedules.open]\nclsoed = \"queue\"\n", "");
    assert_eq!(code(&["run"]), Some(78), "the file is refused");
    stage.file(POLICIES, "");
    std::fs::remove_file(stage.path().join("api-key")).unwrap();
    assert_ne!(code(&["run"]), Some(0), "there is no key");
}
