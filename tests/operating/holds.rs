//! Holds by the real commands, with a daemon and without one.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use todswitch::contactnow::simulator::{Fault, Scope, Times};

use super::program::{output, todswitch};
use super::stage::{POLICIES, Stage, soon};
use super::{daemon, events, run, run_as, settled_daemon, status};
use todswitch::store::EventKind;

const DRILL: [&str; 2] = ["--reason", "fire drill"];

fn set(stage: &Stage, args: &[&str]) -> super::Ran {
    run_as(stage, "ada", &[&["hold", "set"], args, &DRILL[..]].concat())
}

fn list(stage: &Stage) -> Vec<Value> {
    let listed = run(stage, &["hold", "list", "--json"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    serde_json::from_str(&listed.out).unwrap()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Writes that arrived for a policy, as what was written.
fn written(stage: &Stage, uid: u64) -> Vec<String> {
    let updates = stage.updates(uid).into_iter();
    updates.filter_map(|entry| entry.default).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_above_the_file_survives_a_restart_and_is_shown_everywhere_until_it_is_cleared() {
    let stage = Stage::set().await;
    let first = settled_daemon(&stage, "");
    let held = set(&stage, &["--policy", "sales", "hangup", "--for", "2h"]);
    assert_eq!(held.code, 0, "{}", held.err);
    assert!(
        held.out.starts_with("held: sales at hangup until "),
        "{}",
        held.out
    );
    first.line(&["INFO  switched", "policy=sales", "to=hangup", "hold"]);
    assert_eq!(stage.live(11), "hangup");
    let is_shown = |stage: &Stage| {
        let listed = list(stage);
        assert_eq!(listed.len(), 1);
        let hold = &listed[0];
        assert_eq!(
            [
                &hold["policy"],
                &hold["action"],
                &hold["reason"],
                &hold["set_by"]
            ],
            ["sales", "hangup", "fire drill", "ada"]
        );
        let span = instant(&hold["until"]) - instant(&hold["from"]);
        assert_eq!(span, TimeDelta::hours(2));
        for (args, words) in [
            (&["preview", "--policy", "sales"][..], "fire drill"),
            (&["explain", "--policy", "sales"], "fire drill"),
            (&["hold", "list"], "fire drill"),
            (&["status"], "hold: hangup until"),
        ] {
            let asked = run(stage, args);
            assert!(asked.out.contains(words), "{args:?}: {}", asked.out);
        }
    };
    is_shown(&stage);
    first.stop();
    is_shown(&stage);
    let second = daemon(&stage);
    second.line(&["pass done", "failing=0"]);
    is_shown(&stage);
    assert_eq!(written(&stage, 11), ["queue", "hangup"]);

    let cleared = run_as(&stage, "bob", &["hold", "clear", "--policy", "sales"]);
    assert_eq!((cleared.code, &*cleared.out), (0, "cleared: sales\n"));
    second.line(&["INFO  switched", "policy=sales", "to=queue"]);
    assert_eq!(list(&stage), [Value::Null; 0]);
    second.stop();
    let set_by = events(&stage, EventKind::HoldSet);
    assert!(set_by[0].ends_with("by ada: fire drill"), "{set_by:?}");
    assert_eq!(events(&stage, EventKind::HoldEnded), ["cleared by bob"]);
    assert_eq!(written(&stage, 11), ["queue", "hangup", "queue"]);
    assert_eq!(written(&stage, 12), ["queue"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_set_and_cleared_without_a_daemon_is_what_the_next_one_finds() {
    let stage = Stage::set().await;
    settled_daemon(&stage, "").stop();
    let until = "2099-12-24T17:30:00Z";
    let held = set(&stage, &["--all", "voicemail", "--until", until]);
    assert_eq!(held.code, 0, "{}", held.err);
    assert_eq!(held.out.lines().count(), 3, "{}", held.out);
    assert!(held.err.contains("no daemon runs"), "{}", held.err);
    let listed = list(&stage);
    assert_eq!(listed.len(), 3);
    assert_eq!(
        instant(&listed[0]["until"]),
        until.parse::<DateTime<Utc>>().unwrap()
    );
    let first = daemon(&stage);
    first.line(&["pass done", "failing=0"]);
    assert_eq!([11, 12, 13].map(|uid| stage.live(uid)), ["voicemail"; 3]);
    first.stop();
    let cleared = run_as(&stage, "bob", &["hold", "clear", "--all"]);
    assert_eq!(
        cleared.out,
        "cleared: lobby\ncleared: sales\ncleared: support\n"
    );
    let second = daemon(&stage);
    second.line(&["pass done", "failing=0"]);
    assert_eq!([11, 12, 13].map(|uid| stage.live(uid)), ["queue"; 3]);
    second.stop();
    let set_by = events(&stage, EventKind::HoldSet);
    assert!(
        set_by
            .iter()
            .all(|words| words.ends_with("by ada: fire drill"))
    );
    assert_eq!(events(&stage, EventKind::HoldEnded), ["cleared by bob"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_as_it_was_told_to() {
    let stage = Stage::set().await;
    let boundary = Utc::now().date_naive() + chrono::Days::new(2);
    let over = format!(
        "[[overrides]]\nname = \"Party\"\nfrom = {boundary}T12:00:00\n\
         until = {boundary}T23:00:00\naction = \"hangup\"\n"
    );
    stage.file(&format!("{POLICIES}{over}"), "");
    let daemon = daemon(&stage);
    daemon.line(&["pass done", "failing=0"]);
    let next = boundary.and_hms_opt(12, 0, 0).unwrap().and_utc();
    let evening = boundary.and_hms_opt(17, 30, 0).unwrap().and_utc();
    let local = format!("{boundary}T17:30");
    for (end, until) in [
        (&["--until-next-switch"][..], Some(next)),
        (&["--until", &local], Some(evening)),
        (&["--until-cleared"], None),
    ] {
        let held = set(&stage, &[&["--policy", "sales", "voicemail"], end].concat());
        assert_eq!(held.code, 0, "{end:?}: {}", held.err);
        let hold = &list(&stage)[0];
        match until {
            Some(until) => assert_eq!(instant(&hold["until"]), until, "{end:?}"),
            None => assert!(hold["until"].is_null(), "{end:?}"),
        }
    }
    assert_eq!(
        list(&stage).len(),
        1,
        "the newest takes the place of the others"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_hold_ends_the_policy_goes_to_what_the_schedule_wants_then() {
    let stage = Stage::set().await;
    let (_, over) = soon("jump:4501");
    stage.file(&format!("{POLICIES}{over}"), "");
    let daemon = daemon(&stage);
    daemon.line(&["pass done", "failing=0"]);
    // The override begins while the hold stands.
    let held = set(&stage, &["--policy", "sales", "hangup", "--for", "3s"]);
    assert_eq!(held.code, 0, "{}", held.err);
    daemon.line(&["INFO  switched", "policy=support", "to=jump:4501"]);
    daemon.line(&["INFO  switched", "policy=sales", "to=jump:4501"]);
    daemon.stop();
    assert_eq!(written(&stage, 11), ["queue", "hangup", "jump:4501"]);
    let row = stage.row("sales");
    assert!(row.due > stage.row("support").due, "{row:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_met_says_why_and_holds_nothing() {
    let stage = Stage::set().await;
    let check = |stage: &Stage| {
        for (args, code, words) in [
            (&["--policy", "sales", "hangup"][..], 2, "--until"),
            (&["hangup", "--for", "1h"], 2, "--policy"),
            (
                &["--all", "shut", "--for", "1h"],
                2,
                "write queue, voicemail",
            ),
            (
                &["--policy", "sale", "hangup", "--for", "1h"],
                2,
                "hint: did you mean `sales`?",
            ),
            (
                &["--all", "hangup", "--until", "2020-01-01T00:00:00Z"],
                2,
                "past",
            ),
        ] {
            let refused = set(stage, args);
            assert!(refused.err.contains(words), "{args:?}: {}", refused.err);
            assert_eq!(refused.code, code, "{args:?}");
        }
        let silent = run(stage, &["hold", "set", "--all", "hangup", "--for", "1h"]);
        assert_eq!(silent.code, 2, "a reason is asked for: {}", silent.err);
        let nothing = run(stage, &["hold", "clear", "--policy", "sales"]);
        assert_eq!(nothing.code, 1);
        assert!(
            nothing.err.contains("no hold stands for `sales`"),
            "{}",
            nothing.err
        );
        assert!(nothing.err.contains("hint: `todswitch hold list`"));
        assert_eq!(list(stage).len(), 0);
    };
    let daemon = settled_daemon(&stage, "");
    check(&stage);
    assert!(status(&stage)["policies"][0]["hold"].is_null());
    daemon.stop();
    check(&stage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_listed_as_soon_as_it_is_set_although_the_pass_after_it_takes_long() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    stage.simulator.fault(
        Fault::Latency { ms: 3000 },
        Scope::any(),
        Times::UntilCleared,
    );
    let held = set(&stage, &["--policy", "sales", "hangup", "--until-cleared"]);
    assert_eq!(held.code, 0, "{}", held.err);
    assert_eq!(list(&stage).len(), 1);
    let shown = status(&stage);
    assert_eq!(shown["policies"][0]["hold"]["set_by"], "ada");
    assert_eq!(shown["policies"][0]["live"], "queue");
    stage.simulator.clear_faults();
    drop(daemon);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_set_a_hold_is_whoever_became_root_or_else_a_number() {
    let stage = Stage::set().await;
    for (environment, expected) in [
        (&[("USER", "root"), ("SUDO_USER", "ada")][..], "ada"),
        (&[("LOGNAME", "bob")], "bob"),
        (&[], "uid "),
    ] {
        let mut command = todswitch(stage.path());
        command.args(["hold", "set", "--policy", "sales", "hangup", "--for", "1h"]);
        command.args(DRILL).envs(environment.iter().copied());
        let done = output(&mut command);
        assert!(done.status.success(), "{done:?}");
        let set_by = list(&stage)[0]["set_by"].clone();
        assert!(set_by.as_str().unwrap().starts_with(expected), "{set_by}");
    }
}
