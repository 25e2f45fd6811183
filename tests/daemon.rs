//! The real binary against the simulator over real HTTP: everything that goes wrong with an API,
//! and with a process.

#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "daemon/program.rs"]
mod program;
#[path = "daemon/stage.rs"]
mod stage;

use std::fs;
use std::path::Path;
use std::process::Output;

use chrono::{DateTime, Utc};
use program::{Program, output, todswitch};
use rustix::process::Signal;
use stage::{KEY, POLICIES, Stage, soon};
use todswitch::contactnow::simulator::{Fault, Scope, Times};
use todswitch::store::Outcome;

fn daemon(stage: &Stage) -> Program {
    Program::start(todswitch(stage.path()).args(["run", "--log-level", "debug"]))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn unavailable() -> Fault {
    Fault::Status {
        status: 503,
        retry_after: None,
        location: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pass_writes_what_differs_and_a_term_ends_it_cleanly() {
    let stage = Stage::set().await;
    let daemon = daemon(&stage);
    daemon.line(&[
        "INFO  switched",
        "policy=sales",
        "from=voicemail",
        "to=queue",
    ]);
    daemon.line(&["INFO  switched", "policy=support"]);
    daemon.line(&["already as wanted", "policy=lobby"]);
    let (status, said) = daemon.stop();
    assert!(status.success(), "{status} {said}");
    assert!(said.contains("stopped"), "{said}");
    assert_eq!(
        [stage.live(11), stage.live(12), stage.live(14)],
        ["queue", "queue", "hangup"]
    );
    assert_eq!(stage.updates(11).len(), 1);
    assert!(
        stage.updates(13).is_empty(),
        "what is live already is not written"
    );
    let row = stage.row("sales");
    assert_eq!((row.outcome, row.tries), (Outcome::Settled, 1));
    assert_eq!((row.rule_kind.as_str(), row.rule_line), ("closed", Some(9)));
    assert!(row.sent.is_some() && row.settled >= row.sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_leaves_on_its_boundary_and_not_before() {
    let stage = Stage::set().await;
    let (boundary, soon) = soon("jump:4501");
    stage.file(&format!("{POLICIES}{soon}"), "");
    let daemon = daemon(&stage);
    daemon.line(&[
        "INFO  switched",
        "policy=sales",
        "to=jump:4501",
        "rule=\"override \\\"Soon\\\"\"",
    ]);
    drop(daemon);
    let write = stage.updates(11).pop().unwrap();
    let arrived = DateTime::<Utc>::from_timestamp_nanos(write.at_unix_ns);
    assert!(arrived >= boundary, "{arrived} is before {boundary}");
    assert_eq!(stage.row("sales").due, boundary);
    assert_eq!(stage.updates(13).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_passing_fault_is_tried_again_until_the_switch_is_settled() {
    let rejected = || Fault::Raw {
        body: "<html>Bad gateway</html>".into(),
    };
    for (name, fault, scope, times, writes) in [
        ("an outage", unavailable(), Scope::any(), 3, 1),
        (
            "an outage of writes",
            unavailable(),
            Scope::update().uid(11),
            2,
            3,
        ),
        ("an HTML page", Fault::Html, Scope::update().uid(11), 1, 2),
        ("another page", rejected(), Scope::update().uid(11), 1, 2),
        ("an empty answer", Fault::Empty, Scope::read(), 2, 1),
        ("a cut answer to a read", Fault::Cut, Scope::read(), 2, 1),
        (
            "a cut answer to a write",
            Fault::Cut,
            Scope::update().uid(11),
            1,
            1,
        ),
        (
            "a connection lost before",
            Fault::DropBefore,
            Scope::update().uid(11),
            1,
            2,
        ),
        (
            "a connection lost after",
            Fault::DropAfter,
            Scope::update().uid(11),
            1,
            1,
        ),
        (
            "an answer broken off",
            Fault::Broken,
            Scope::update().uid(11),
            1,
            1,
        ),
        (
            "an expired token",
            Fault::ExpiredToken,
            Scope::update().uid(11),
            1,
            2,
        ),
        ("an unknown token", Fault::UnknownToken, Scope::read(), 1, 1),
        (
            "not stored",
            Fault::NotStored,
            Scope::update().uid(11),
            1,
            2,
        ),
        (
            "a slow write",
            Fault::Latency { ms: 300 },
            Scope::update(),
            3,
            1,
        ),
        (
            "a write too slow",
            Fault::Stall { ms: 1500 },
            Scope::update().uid(11),
            1,
            1,
        ),
    ] {
        let stage = Stage::set().await;
        stage.file(POLICIES, "timeout = \"1s\"\nread_timeout = \"1s\"");
        stage.fault(fault, scope, times);
        let daemon = daemon(&stage);
        daemon.line(&["INFO  switched", "policy=sales"]);
        daemon.line(&["INFO  switched", "policy=support"]);
        let (status, said) = daemon.stop();
        assert!(status.success(), "{name}: {said}");
        assert_eq!(
            [stage.live(11), stage.live(12)],
            ["queue", "queue"],
            "{name}"
        );
        assert_eq!(stage.updates(11).len(), writes, "{name}: {said}");
        assert_eq!(stage.row("sales").outcome, Outcome::Settled, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_record_is_loud_and_holds_nothing_else_up() {
    let stage = Stage::set().await;
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let scope = Scope::update().uid(11);
    stage.simulator.fault(rejected, scope, Times::UntilCleared);
    let daemon = daemon(&stage);
    daemon.line(&[
        "ERROR",
        "NOT SWITCHED",
        "policy=sales",
        "Invalid queue id [0]",
    ]);
    daemon.line(&["INFO  switched", "policy=support"]);
    drop(daemon);
    let once = output(todswitch(stage.path()).args(["run", "--once", "--timeout", "100ms"]));
    assert_eq!(once.status.code(), Some(1), "{}", text(&once.stderr));
    assert!(
        text(&once.stdout).contains("sales"),
        "{}",
        text(&once.stdout)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_loud_and_not_hammered() {
    let stage = Stage::set().await;
    stage
        .simulator
        .fault(Fault::Authentication, Scope::token(), Times::UntilCleared);
    let daemon = daemon(&stage);
    daemon.line(&["cannot be read", "authentication"]);
    drop(daemon);
    assert_eq!(stage.simulator.log().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_pass_says_by_its_exit_code_whether_all_is_as_wanted() {
    let stage = Stage::set().await;
    let once = |args: &[&str]| output(todswitch(stage.path()).args(["run", "--once"]).args(args));
    stage.fault(unavailable(), Scope::any(), 2);
    let done = once(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(text(&done.stdout), "all 3 policies are live as wanted\n");
    stage
        .simulator
        .fault(unavailable(), Scope::any(), Times::UntilCleared);
    let down = once(&["--timeout", "1s"]);
    assert_eq!(down.status.code(), Some(1), "{}", text(&down.stdout));
    stage.simulator.clear_faults();
    stage.simulator.set_by_hand(11, "hangup");
    let by_hand = once(&["--timeout", "1s"]);
    assert_eq!(
        by_hand.status.code(),
        Some(1),
        "a manual change stands, and is not as wanted"
    );
    assert_eq!(stage.live(11), "hangup");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_no_write_and_records_what_it_would_do() {
    let stage = Stage::set().await;
    let (_, soon) = soon("hangup");
    stage.file(&format!("{POLICIES}{soon}"), "");
    let daemon = Program::start(todswitch(stage.path()).args(["run", "--dry-run"]));
    daemon.line(&["would switch", "policy=sales", "from=voicemail", "to=queue"]);
    daemon.line(&["would switch", "policy=sales", "to=hangup"]);
    let (status, _) = daemon.stop();
    assert!(status.success());
    let posts = stage
        .simulator
        .log()
        .into_iter()
        .filter(|entry| entry.verb == "POST");
    assert_eq!(posts.count(), 0);
    assert!(
        stage
            .history()
            .iter()
            .all(|row| row.outcome != Outcome::Settled)
    );
    assert_eq!(stage.row("sales").outcome, Outcome::DryRun);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_in_the_middle_of_a_write_loses_nothing_and_doubles_nothing() {
    let stage = Stage::set().await;
    stage.fault(Fault::Latency { ms: 700 }, Scope::update(), 1);
    let first = daemon(&stage);
    stage
        .until("a write is on its way", |stage| {
            !stage.simulator.log().is_empty()
                && stage.simulator.load().peak > 0
                && stage
                    .simulator
                    .log()
                    .iter()
                    .any(|entry| entry.action == "read")
        })
        .await;
    let (status, said) = first.stop();
    assert!(status.success(), "{said}");
    let second = daemon(&stage);
    second.line(&["pass done", "failing=0"]);
    second.stop();
    assert_eq!([stage.live(11), stage.live(12)], ["queue", "queue"]);
    assert_eq!(
        [stage.updates(11).len(), stage.updates(12).len()],
        [1, 1],
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_anywhere_is_made_up_for_and_no_write_is_sent_twice() {
    let stage = Stage::set().await;
    stage
        .simulator
        .fault(Fault::Latency { ms: 30 }, Scope::any(), Times::UntilCleared);
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..12 {
        let wanted = ["voicemail", "hangup", "queue"][round % 3];
        stage.file(
            &POLICIES.replace("closed = \"queue\"", &format!("closed = {wanted:?}")),
            "",
        );
        stage.simulator.clear_log();
        let before = [stage.live(11), stage.live(12), stage.live(13)];
        for _ in 0..random.usize(1..4) {
            let killed = daemon(&stage);
            killed.line(&["started"]);
            let after = random.usize(0..6);
            let asked = stage.simulator.log().len();
            stage
                .until("it asks", |stage| {
                    stage.simulator.log().len() >= asked + after.min(2)
                })
                .await;
            killed.kill();
        }
        let last = daemon(&stage);
        stage
            .until("all is as wanted", |stage| {
                [11, 12, 13].iter().all(|uid| stage.live(*uid) == wanted)
            })
            .await;
        last.line(&["pass done", "failing=0"]);
        last.stop();
        for (uid, before) in [11, 12, 13].into_iter().zip(before) {
            let stored = stage
                .updates(uid)
                .into_iter()
                .filter(|entry| entry.outcome == "stored");
            let changes = usize::from(before != wanted);
            assert_eq!(stored.count(), changes, "round {round}, policy {uid}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_process_on_a_store_says_who_holds_it() {
    let stage = Stage::set().await;
    let first = daemon(&stage);
    first.line(&["already as wanted"]);
    let second = output(todswitch(stage.path()).arg("run"));
    assert_eq!(second.status.code(), Some(1));
    let said = text(&second.stderr);
    assert!(said.contains("todswitch run"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_refused_at_the_start_and_at_a_reload() {
    let stage = Stage::set().await;
    let daemon = daemon(&stage);
    daemon.line(&["INFO  switched", "policy=sales"]);
    daemon.line(&["already as wanted", "policy=lobby"]);
    let good = fs::read_to_string(stage.path().join("schedule.toml")).unwrap();
    fs::write(
        stage.path().join("schedule.toml"),
        good.replace("\"queue\"", "\"queu\""),
    )
    .unwrap();
    daemon.signal(Signal::HUP);
    daemon.line(&["the last good one stays in force"]);
    daemon.line(&["did you mean"]);
    let bad = output(todswitch(stage.path()).arg("run"));
    assert_eq!(bad.status.code(), Some(78), "{}", text(&bad.stderr));
    fs::write(
        stage.path().join("schedule.toml"),
        good.replace("\"queue\"", "\"hangup\""),
    )
    .unwrap();
    daemon.signal(Signal::HUP);
    daemon.line(&["INFO  switched", "policy=sales", "to=hangup"]);
    let (status, _) = daemon.stop();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_printed_logged_or_stored() {
    let stage = Stage::set().await;
    let echo = Fault::Refused {
        error: "bad call: {query}".into(),
    };
    stage.fault(echo, Scope::any(), 2);
    stage.fault(unavailable(), Scope::token(), 1);
    stage.fault(Fault::InvalidToken, Scope::update(), 1);
    stage.fault(Fault::DropAfter, Scope::update(), 1);
    let trace = ["--log-level", "trace"];
    let mut seen = String::new();
    let mut note = |output: Output| {
        seen.push_str(&text(&output.stdout));
        seen.push_str(&text(&output.stderr));
    };
    for format in ["text", "json"] {
        let log = ["--log-format", format];
        let command =
            |args: &[&str]| output(todswitch(stage.path()).args(trace).args(log).args(args));
        for args in [
            &["run", "--once", "--dry-run", "--timeout", "2s"][..],
            &["run", "--once", "--timeout", "3s"],
            &["run", "--once", "--timeout", "3s"],
            &["check"],
            &["preview"],
            &["explain", "--policy", "sales"],
            &["history"],
            &["history", "--format", "json"],
        ] {
            note(command(args));
        }
    }
    let daemon = Program::start(todswitch(stage.path()).args(trace).arg("run"));
    daemon.line(&["started"]);
    daemon.line(&["pass done"]);
    seen.push_str(&daemon.stop().1);
    let token = token(&stage).await;
    assert_eq!(token.len(), 40, "{token}");
    let files = read_all(&stage.path().join("state"));
    assert!(seen.len() > 2_000 && files.len() > 2_000);
    for secret in [KEY, &token] {
        assert!(!seen.contains(secret), "{secret} in:\n{seen}");
        let hidden = files
            .windows(secret.len())
            .all(|part| part != secret.as_bytes());
        assert!(hidden, "{secret} in the store");
    }
}

/// The token that everybody from this address is given.
async fn token(stage: &Stage) -> String {
    let base = stage.simulator.base_url();
    let url = format!("{base}/token.php?action=get&username=acme-api&password={KEY}&format=json");
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .build()
        .unwrap();
    let answer = client.get(url).send().await.unwrap().text().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

fn read_all(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            bytes.extend(fs::read(path).unwrap());
        }
    }
    bytes
}
