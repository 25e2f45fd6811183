//! A store that is torn, or somebody else's.

use std::fs;

use chrono::{TimeDelta, Utc};

use super::hook::Hook;
use super::program::{Program, todswitch};
use super::stage::Stage;
use super::{daemon, run, settled_daemon};
use todswitch::store::{EventKind, Store};

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_store_and_a_foreign_one_are_set_aside_loudly_and_whole() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    settled_daemon(&stage, &alerts).stop();
    let path = stage.path().join("state/todswitch.db");
    let torn = fs::read(&path).unwrap();
    let torn = torn[..torn.len() / 2].to_vec();
    for (number, bytes) in [(1, torn), (2, b"dear diary".to_vec())] {
        fs::write(&path, &bytes).unwrap();
        let daemon = daemon(&stage);
        daemon.line(&["ERROR", "set aside", &format!("set-aside-{number}")]);
        daemon.line(&["pass done", "failing=0"]);
        stage
            .until("it is told", |_| hook.count("store") == number)
            .await;
        daemon.stop();
        let aside = stage
            .path()
            .join(format!("state/todswitch.db.set-aside-{number}"));
        assert_eq!(fs::read(aside).unwrap(), bytes);
        assert_eq!(super::events(&stage, EventKind::Store).len(), 1);
    }
    let told = hook.alert("store", "once");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("torn or not ours"), "{text}");
    assert_eq!(
        stage.updates(11).len(),
        1,
        "what is live already is not written"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_is_kept_is_gone_after_a_start() {
    let stage = Stage::set().await;
    settled_daemon(&stage, "").stop();
    let now = Utc::now();
    let mut store = Store::open(&stage.path().join("state"), "a test").unwrap();
    for (days, words) in [(30, "old"), (2, "young")] {
        let at = now - TimeDelta::days(days);
        store
            .record_event(at, EventKind::Reloaded, None, words)
            .unwrap();
    }
    drop(store);
    let _daemon = settled_daemon(&stage, "[daemon]\nkeep = \"7d\"\n");
    stage
        .until("it is pruned", |stage| {
            super::events(stage, EventKind::Reloaded) == ["young"]
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_far_ahead_makes_nothing_old() {
    let stage = Stage::set().await;
    settled_daemon(&stage, "").stop();
    let now = Utc::now();
    let mut store = Store::open(&stage.path().join("state"), "a test").unwrap();
    let at = now - TimeDelta::days(2);
    store
        .record_event(at, EventKind::Reloaded, None, "young")
        .unwrap();
    drop(store);
    let ahead = (now + TimeDelta::days(1000)).format("%FT%TZ");
    let clock = format!("{ahead}@1@{}", now.format("%FT%TZ"));
    let daemon = Program::start(todswitch(stage.path()).args([
        "run",
        "--log-level",
        "debug",
        "--clock",
        &clock,
    ]));
    daemon.line(&["pass done", "failing=0"]);
    // It is asked after the pruning, and in its turn.
    let held = run(
        &stage,
        &[
            "hold",
            "set",
            "--all",
            "hangup",
            "--until-cleared",
            "--reason",
            "x",
        ],
    );
    assert_eq!(held.code, 0, "{}", held.err);
    daemon.stop();
    assert_eq!(super::events(&stage, EventKind::Reloaded), ["young"]);
}
