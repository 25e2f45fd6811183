//! Health over HTTP, and the bounds of those who look.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use todswitch::contactnow::simulator::{Fault, Scope, Times};

use super::program::Program;
use super::stage::Stage;
use super::{settled_daemon, status};

/// Where a daemon says that it listens.
pub fn address(daemon: &Program) -> String {
    let line = daemon.line(&["metrics and health are served"]);
    let (_, address) = line.split_once("address=").unwrap();
    address.trim().to_owned()
}

/// The status and the body of an answer.
pub fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_in_which_nothing_is_due_is_healthy_and_one_that_makes_a_switch_late_is_not() {
    let stage = Stage::set().await;
    let tables = "[web]\nlisten = \"127.0.0.1:0\"\n\
                  [alerts]\nwebhook = \"http://127.0.0.1:9/\"\nafter = \"1s\"\n";
    let daemon = settled_daemon(&stage, tables);
    let address = address(&daemon);
    let down = Fault::Status {
        status: 503,
        retry_after: None,
        location: None,
    };
    stage
        .simulator
        .fault(down, Scope::any(), Times::UntilCleared);
    daemon.signal(Signal::USR1);
    stage
        .until("a failed read", |stage| {
            !status(stage)["daemon"]["read_error"].is_null()
        })
        .await;
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    let hold = ["hold", "set", "--policy", "sales", "hangup"];
    let rest = ["--until-cleared", "--reason", "fire drill"];
    let held = super::run(&stage, &[&hold[..], &rest].concat());
    assert_eq!(held.code, 0, "{}", held.err);
    stage
        .until("unhealthy", |_| get(&address, "/healthz").0 == 503)
        .await;
    let why = get(&address, "/healthz").1;
    assert!(why.starts_with("sales: hangup was due at"), "{why}");
    stage.simulator.clear_faults();
    stage
        .until("healthy again", |_| get(&address, "/healthz").0 == 200)
        .await;
    assert_eq!(stage.live(11), "hangup");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_say_nothing_are_shown_out_and_hold_nobody_up_for_long() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "[web]\nlisten = \"127.0.0.1:0\"\n");
    let address = address(&daemon);
    // More than are answered at once, as many as the system keeps waiting.
    let silent: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    let began = Instant::now();
    assert_eq!(get(&address, "/healthz").0, 200);
    let waited = began.elapsed();
    // One after the other, five seconds for every sixteen, it would be half a minute.
    assert!(waited < Duration::from_secs(15), "{waited:?}");
    drop(silent);
}
