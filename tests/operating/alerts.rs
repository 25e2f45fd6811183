//! Alerts that tell what will go wrong, and a webhook that is of no help.

use std::io::Read;
use std::net::TcpListener;
use std::thread;

use chrono::{Days, Utc};
use rustix::process::Signal;

use super::hook::Hook;
use super::stage::{POLICIES, Stage, soon};
use super::{daemon, events, run, settled_daemon};
use todswitch::contactnow::simulator::{Fault, Scope, Times};
use todswitch::store::EventKind;

#[tokio::test(flavor = "multi_thread")]
async fn holidays_that_run_out_within_thirty_days_are_told_once() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let last = |days| Utc::now().date_naive() + Days::new(days);
    let write = |name: &str, days| {
        let line = format!("{},Founders' Day\n", last(days));
        std::fs::write(stage.path().join(name), line).unwrap();
    };
    write("short.csv", 20);
    write("long.csv", 60);
    let tables = format!(
        "holidays = [\"short\", \"long\"]\n[alerts]\nwebhook = \"{}\"\n\
         [calendars.short]\nfile = \"short.csv\"\n[calendars.long]\nfile = \"long.csv\"\n",
        hook.url
    );
    // `holidays` must stand before the first table.
    let text = |stage: &Stage| {
        let path = stage.path().join("schedule.toml");
        let policies = POLICIES.replace(
            "[schedules.open]",
            "[schedules.open]\non_holiday = \"queue\"",
        );
        stage.file(&policies, "");
        let file = std::fs::read_to_string(&path).unwrap();
        let file = file.replace("[api]", &format!("{tables}[api]"));
        std::fs::write(path, file).unwrap();
    };
    text(&stage);
    let first = daemon(&stage);
    let told = hook.alert("holidays", "began");
    assert_eq!(told["calendar"], "short");
    let words = told["text"].as_str().unwrap();
    assert!(words.contains(&last(20).to_string()), "{words}");
    first.line(&["pass done", "failing=0"]);
    first.signal(Signal::USR1);
    first.stop();
    let second = daemon(&stage);
    second.line(&["pass done", "failing=0"]);
    write("short.csv", 90);
    second.signal(Signal::HUP);
    hook.alert("holidays", "over");
    second.stop();
    assert_eq!(hook.count("holidays"), 2);
    assert_eq!(events(&stage, EventKind::Alert).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_never_answers_does_not_hold_up_a_switch() {
    let stage = Stage::set().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let alerts = format!("[alerts]\nwebhook = \"{url}\"\n");
    settled_daemon(&stage, &alerts).kill();
    let (boundary, over) = soon("hangup");
    stage.file(&format!("{alerts}{POLICIES}{over}"), "");
    let daemon = daemon(&stage);
    // It is told that the last run did not end by itself, and keeps that to itself.
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut piece = [0; 64];
        stream.read_exact(&mut piece).unwrap();
        stream
    });
    daemon.line(&["INFO  switched", "policy=sales", "to=hangup"]);
    let row = stage.row("sales");
    let unanswered = taken.join().unwrap();
    assert_eq!(row.due, boundary);
    let late = row.settled.unwrap() - boundary;
    // A webhook is waited for up to ten seconds.
    assert!(late.num_seconds() < 5, "{late}");
    drop(unanswered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_refused_twice_is_one_alert_and_so_is_its_end() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let daemon = settled_daemon(&stage, &format!("[alerts]\nwebhook = \"{}\"\n", hook.url));
    let path = stage.path().join("schedule.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, good.replace("closed = ", "clsoed = ")).unwrap();
    for _ in 0..2 {
        assert_eq!(run(&stage, &["reload"]).code, 78);
    }
    std::fs::write(&path, good).unwrap();
    for _ in 0..2 {
        assert_eq!(run(&stage, &["reload"]).code, 0);
    }
    hook.alert("reload", "over");
    daemon.stop();
    assert_eq!(hook.count("reload"), 2);
    let told = hook.alert("reload", "began");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("clsoed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_refused_are_told_once_and_again_when_they_are_accepted() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    stage
        .simulator
        .fault(Fault::Authentication, Scope::token(), Times::UntilCleared);
    stage.file(
        &format!("[alerts]\nwebhook = \"{}\"\n{POLICIES}", hook.url),
        "",
    );
    let daemon = daemon(&stage);
    hook.alert("authentication", "began");
    for _ in 0..2 {
        let said = daemon.said_so_far();
        daemon.signal(Signal::USR1);
        daemon.line_after(said, &["pass done"]);
    }
    daemon.stop();
    assert_eq!(hook.count("authentication"), 1);
    // Within five minutes this run would not ask again.
    stage.simulator.clear_faults();
    let cured = self::daemon(&stage);
    cured.line(&["INFO  switched", "policy=sales"]);
    hook.alert("authentication", "over");
    cured.stop();
    assert_eq!(hook.count("authentication"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_that_is_put_right_by_a_restart_is_over_and_the_next_one_is_told() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let first = settled_daemon(&stage, &format!("[alerts]\nwebhook = \"{}\"\n", hook.url));
    let path = stage.path().join("schedule.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let bad = good.replace("closed = ", "clsoed = ");
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(run(&stage, &["reload"]).code, 78);
    hook.alert("reload", "began");
    first.stop();
    std::fs::write(&path, &good).unwrap();
    let second = daemon(&stage);
    hook.alert("reload", "over");
    second.line(&["pass done"]);
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(run(&stage, &["reload"]).code, 78);
    stage
        .until("it is told again", |_| hook.count("reload") == 3)
        .await;
}
