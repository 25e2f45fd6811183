//! Live values changed by another hand, and policies that cannot be found.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::{Value, json};
use todswitch::contactnow::simulator::SimPolicy;
use todswitch::store::{EventKind, Outcome};

use super::hook::Hook;
use super::program::{PATIENCE, Program};
use super::stage::{POLICIES, Stage};
use super::{daemon, events, settled_daemon, status};

/// A daemon that treats drift of sales like this, and tells a webhook.
fn treating(stage: &Stage, hook: &Hook, on_drift: &str) -> Program {
    let sales = "uid = 11\n";
    let policies = POLICIES.replace(sales, &format!("{sales}on_drift = \"{on_drift}\"\n"));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    stage.file(&format!("{alerts}{policies}"), "");
    let daemon = daemon(stage);
    daemon.line(&["pass done", "failing=0"]);
    daemon
}

/// Audits, and waits until that is done.
fn audit(daemon: &Program) {
    let before = daemon.said_so_far();
    daemon.signal(Signal::USR1);
    daemon.line_after(before, &["pass done"]);
}

/// What was read, what was settled, and whether it ended, of each drift.
fn drifts(stage: &Stage) -> Vec<(String, String, bool)> {
    let file = Connection::open(stage.path().join("state/todswitch.db")).unwrap();
    let words = "SELECT live, settled, ended >= first_seen FROM drifts ORDER BY id";
    let mut found = file.prepare(words).unwrap();
    let rows = found.query_map([], |row| {
        let ended: Option<bool> = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, ended == Some(true)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn drift(live: &str, ended: bool) -> (String, String, bool) {
    (live.into(), "queue".into(), ended)
}

/// Waits until the status shows this drift of sales.
async fn shown(stage: &Stage, live: Value) {
    stage
        .until("the drift is shown", |stage| {
            status(stage)["policies"][0]["drift"]["live"] == live
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reported_drift_stands_is_recorded_once_and_ends() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let daemon = treating(&stage, &hook, "report");
    stage.simulator.set_by_hand(11, "hangup");
    for _ in 0..3 {
        audit(&daemon);
    }
    daemon.line(&["WARN", "drift", "policy=sales", "live=hangup"]);
    shown(&stage, json!("hangup")).await;
    assert_eq!(stage.live(11), "hangup");
    assert_eq!(drifts(&stage), [drift("hangup", false)]);
    stage.simulator.set_by_hand(11, "queue");
    audit(&daemon);
    daemon.line(&["drift ended", "policy=sales"]);
    shown(&stage, Value::Null).await;
    daemon.stop();
    assert_eq!(drifts(&stage), [drift("hangup", true)]);
    assert_eq!(
        events(&stage, EventKind::Drift),
        ["found hangup, settled is queue"]
    );
    assert_eq!(events(&stage, EventKind::DriftEnded).len(), 1);
    assert_eq!(stage.updates(11).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_drift_is_written_back_recorded_and_told() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let daemon = treating(&stage, &hook, "restore");
    stage.simulator.set_by_hand(11, "hangup");
    audit(&daemon);
    daemon.line(&[
        "WARN",
        "restored after drift",
        "policy=sales",
        "from=hangup",
    ]);
    let told = hook.alert("restored", "once");
    assert_eq!(told["policy"], "sales");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("set to hangup by another hand"), "{text}");
    assert_eq!(stage.live(11), "queue");
    audit(&daemon);
    daemon.stop();
    assert_eq!(stage.row("sales").outcome, Outcome::Restored);
    assert_eq!(drifts(&stage), [drift("hangup", true)]);
    assert_eq!(hook.count("restored"), 1);
    assert_eq!(stage.updates(11).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ignored_drift_stands_and_nobody_is_told() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let daemon = treating(&stage, &hook, "ignore");
    stage.simulator.set_by_hand(11, "hangup");
    audit(&daemon);
    shown(&stage, Value::Null).await;
    let (_, said) = daemon.stop();
    assert!(!said.contains("drift"), "{said}");
    assert_eq!(stage.live(11), "hangup");
    assert_eq!(drifts(&stage), []);
    assert_eq!(stage.updates(11).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_vanishes_and_one_that_becomes_ambiguous_are_told_until_they_are_found() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let daemon = treating(&stage, &hook, "report");
    let before = stage.simulator.policies();
    let mut after = before.clone();
    after.retain(|one| one.uid != 11);
    after.push(SimPolicy::new(15, "Lobby", "hangup"));
    replace(&stage, &after).await;
    audit(&daemon);
    audit(&daemon);
    daemon.line(&["ERROR", "cannot switch it", "policy=sales"]);
    daemon.line(&["ERROR", "cannot switch it", "policy=lobby"]);
    stage
        .until("they are shown", |stage| {
            status(stage)["policies"][2]["lost"].is_string()
        })
        .await;
    let told = status(&stage);
    let lost = |at: usize| told["policies"][at]["lost"].as_str().unwrap_or_default();
    assert!(lost(0).contains("11"), "{told}");
    assert!(lost(2).contains("Lobby"), "{told}");
    replace(&stage, &before).await;
    audit(&daemon);
    hook.alert("policy", "over");
    stage
        .until("all four are told", |_| hook.count("policy") >= 4)
        .await;
    daemon.stop();
    assert_eq!(hook.count("policy"), 4);
    assert_eq!(stage.updates(13).len() + stage.updates(15).len(), 0);
}

async fn replace(stage: &Stage, policies: &[SimPolicy]) {
    let url = format!("{}/_sim/policies", stage.simulator.base_url());
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .build()
        .unwrap();
    let body = json!(policies).to_string();
    let answer = client.post(url).body(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_drift_ends_with_the_next_switch() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    stage.simulator.set_by_hand(11, "voicemail");
    audit(&daemon);
    stage.file(&POLICIES.replace("\"queue\"", "\"hangup\""), "");
    daemon.signal(Signal::HUP);
    daemon.line(&[
        "INFO  switched",
        "policy=sales",
        "from=voicemail",
        "to=hangup",
    ]);
    daemon.line(&["drift ended", "policy=sales"]);
    daemon.stop();
    assert_eq!(drifts(&stage), [drift("voicemail", true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_read_when_the_cron_expression_says() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "[daemon]\naudit = \"* * * * *\"\n");
    stage.simulator.set_by_hand(11, "hangup");
    // No expression fires more often than once a minute.
    let until = Instant::now() + Duration::from_secs(60) + PATIENCE;
    while events(&stage, EventKind::Drift).is_empty() {
        assert!(Instant::now() < until, "no audit in a minute");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    daemon.line(&["WARN", "drift", "policy=sales", "live=hangup"]);
}
