//! What is shown with a daemon and without one.

use serde_json::Value;
use todswitch::contactnow::simulator::{Fault, Scope, Times};

use super::stage::{POLICIES, Stage};
use super::{daemon, run, settled_daemon, status};

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_daemon_tells_all_that_was_promised() {
    let stage = Stage::set().await;
    let over = "[[overrides]]\nname = \"Jubilee\"\nfrom = 2126-11-24T12:00:00\n\
                until = 2126-11-24T18:00:00\naction = \"hangup\"\n";
    let calendar = "[calendars.england]\nbuilt_in = \"england-and-wales\"\n";
    let policies = POLICIES.replace(
        "[schedules.open]\n",
        "[schedules.open]\non_holiday = \"queue\"\nholidays = [\"england\"]\n",
    );
    stage.file(&format!("{calendar}{policies}{over}"), "");
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let scope = Scope::update().uid(11);
    stage.simulator.fault(rejected, scope, Times::UntilCleared);
    let daemon = daemon(&stage);
    daemon.line(&["NOT SWITCHED", "policy=sales"]);
    daemon.line(&["INFO  switched", "policy=support"]);
    stage
        .until("the first pass is told", |stage| {
            !status(stage)["daemon"]["last_pass"].is_null()
        })
        .await;
    let told = status(&stage);
    for path in [
        "/daemon/version",
        "/daemon/started",
        "/daemon/last_pass",
        "/daemon/next_pass",
        "/daemon/account_read",
        "/daemon/token_taken",
        "/daemon/token_expires",
        "/file/path",
        "/file/hash",
        "/file/zone_data",
        "/file/holidays_known_to/0/1",
        "/policies/0/live",
        "/policies/0/live_at",
        "/policies/0/wanted/rule",
        "/policies/0/wanted/line",
        "/policies/0/next/at",
        "/policies/0/pending/retry_at",
    ] {
        let found = told.pointer(path).unwrap_or(&Value::Null);
        assert!(!found.is_null(), "{path} in {told:#}");
    }
    assert_eq!(told["daemon"]["mode"], "live");
    assert_eq!(told["daemon"]["failing"], 1);
    let sales = &told["policies"][0];
    assert_eq!(
        [&sales["live"], &sales["wanted"]["action"]],
        ["voicemail", "queue"]
    );
    let error = sales["pending"]["error"].as_str().unwrap();
    assert!(error.contains("Invalid queue id"), "{error}");
    let text = run(&stage, &["status"]).out;
    for words in [
        "FAILING   1 policy is not as wanted",
        "live: voicemail",
        "wanted: queue",
        "RETRYING:",
        "Invalid queue id",
        "token     of ",
        "england: known to",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_the_status_is_what_the_store_knows_and_a_failure() {
    let stage = Stage::set().await;
    settled_daemon(&stage, "").stop();
    let held = ["hold", "set", "--policy", "support", "hangup"];
    let rest = ["--until-cleared", "--reason", "fire drill"];
    assert_eq!(run(&stage, &[&held[..], &rest].concat()).code, 0);
    let asked = run(&stage, &["status"]);
    assert_eq!(asked.code, 1);
    assert!(asked.err.contains("no daemon answers at"), "{}", asked.err);
    for words in ["NOT RUNNING", "hold: hangup", "fire drill"] {
        assert!(asked.out.contains(words), "{words} in\n{}", asked.out);
    }
    let asked = run(&stage, &["status", "--json"]);
    assert_eq!(asked.code, 1);
    let told: Value = serde_json::from_str(&asked.out).unwrap();
    assert!(told["daemon"].is_null());
    assert_eq!(told["policies"][0]["settled"]["action"], "queue");
    assert_eq!(told["policies"][2]["uid"], 13, "known from the history");
    assert_eq!(told["policies"][1]["hold"]["set_by"], "ann");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_the_same_with_a_daemon_and_without_one() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    let history = || run(&stage, &["history", "--format", "json"]);
    let with = history();
    assert_eq!(
        (with.code, with.out.lines().count()),
        (0, 3),
        "{}",
        with.err
    );
    daemon.stop();
    let without = history();
    assert_eq!((without.code, without.out), (0, with.out));
}
