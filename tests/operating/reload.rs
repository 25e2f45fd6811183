//! A changed file: put into force or refused, and everybody is told which.

use std::fs;

use chrono::{Days, Utc};
use rustix::process::Signal;

use super::manager::Manager;
use super::program::{Program, todswitch};
use super::stage::{POLICIES, Stage};
use super::web::{address, get};
use super::{daemon, events, run, settled_daemon, status};
use todswitch::store::EventKind;

/// A party in two days, that begins then.
fn party(begins: &str) -> String {
    let date = Utc::now().date_naive() + Days::new(2);
    format!(
        "[[overrides]]\nname = \"Party\"\nfrom = {date}T{begins}\nuntil = {date}T23:00:00\n\
         action = \"hangup\"\npolicies = [\"sales\"]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_file_is_in_force_at_once_and_what_it_changes_is_named() {
    let stage = Stage::set().await;
    stage.file(&format!("{POLICIES}{}", party("12:00:00")), "");
    let daemon = daemon(&stage);
    daemon.line(&["pass done", "failing=0"]);
    let hash = status(&stage)["file"]["hash"].clone();
    stage.file(&format!("{POLICIES}{}", party("15:00:00")), "");
    let reloaded = run(&stage, &["reload"]);
    assert_eq!(reloaded.code, 0, "{}", reloaded.err);
    let words = "this edit changes 1 switch in the coming 60 days";
    let change = (Utc::now().date_naive() + Days::new(2))
        .format("  sales %a %-d %b %Y 15:00: hangup, instead of 12:00\n")
        .to_string();
    assert!(
        reloaded.out.contains(words) && reloaded.out.ends_with(&change),
        "{}",
        reloaded.out
    );
    daemon.line(&["the file is in force", words]);
    daemon.line(&["changed: sales", "instead of 12:00"]);
    stage
        .until("the status names it", |stage| {
            status(stage)["file"]["hash"] != hash
        })
        .await;
    assert_eq!(events(&stage, EventKind::Reloaded), [words]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_an_edit_changes_is_written() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    stage.simulator.clear_log();
    let other = "[schedules.shut]\nclosed = \"hangup\"\n";
    let support = "uid = 12\nschedule = \"open\"";
    let edited = POLICIES.replace(support, &support.replace("open", "shut"));
    stage.file(&format!("{other}{edited}"), "");
    daemon.signal(Signal::HUP);
    daemon.line(&["INFO  switched", "policy=support", "to=hangup"]);
    daemon.stop();
    let posts = stage.simulator.log().into_iter();
    let posts: Vec<_> = posts.filter(|entry| entry.verb == "POST").collect();
    assert_eq!(posts.len(), 1, "{posts:?}");
    assert_eq!(posts[0].uid, Some(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_seen_everywhere_until_a_good_one_comes() {
    let stage = Stage::set().await;
    stage.file(&format!("[web]\nlisten = \"127.0.0.1:0\"\n{POLICIES}"), "");
    let mut command = todswitch(stage.path());
    let manager = Manager::of(&stage, &mut command);
    let daemon = Program::start(command.args(["run", "--log-level", "debug"]));
    manager.hears(&["READY=1"]);
    let address = address(&daemon);
    let metric = |value| format!("todswitch_file_refused {value}\n");
    assert!(get(&address, "/metrics").1.contains(&metric(0)));
    let path = stage.path().join("schedule.toml");
    let good = fs::read_to_string(&path).unwrap();
    let hash = status(&stage)["file"]["hash"].clone();

    fs::write(&path, good.replace("closed = ", "clsoed = ")).unwrap();
    let refused = run(&stage, &["reload"]);
    assert_eq!(refused.code, 78, "{}", refused.err);
    for words in ["clsoed", "did you mean", "schedule.toml:", "refused"] {
        assert!(refused.err.contains(words), "{words} in {}", refused.err);
        daemon.line(&[words]);
    }
    manager.hears(&["RELOADING=1", "MONOTONIC_USEC="]);
    manager.hears(&["READY=1", "STATUS=Changed file REFUSED."]);
    let told = status(&stage);
    let error = told["daemon"]["refused"]["error"].as_str().unwrap();
    assert!(error.contains("clsoed"), "{error}");
    assert_eq!(told["file"]["hash"], hash);
    let text = run(&stage, &["status"]).out;
    assert!(text.contains("REFUSED   the file as of"), "{text}");
    let metrics = get(&address, "/metrics").1;
    assert!(metrics.contains(&metric(1)), "{metrics}");
    assert!(metrics.contains("todswitch_reloads_total{result=\"refused\"} 1"));
    assert_eq!(events(&stage, EventKind::ReloadRefused).len(), 1);
    daemon.signal(Signal::USR1);
    manager.hears(&["STATUS=Changed file REFUSED."]);

    fs::write(&path, good).unwrap();
    daemon.signal(Signal::HUP);
    manager.hears(&["RELOADING=1", "MONOTONIC_USEC="]);
    let ready = manager.hears(&["READY=1"]);
    assert!(!ready.contains("REFUSED"), "{ready}");
    assert!(status(&stage)["daemon"]["refused"].is_null());
    let metrics = get(&address, "/metrics").1;
    assert!(metrics.contains(&metric(0)), "{metrics}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_without_a_daemon_is_a_failure_that_says_so() {
    let stage = Stage::set().await;
    let asked = run(&stage, &["reload"]);
    assert_eq!(asked.code, 1);
    assert!(asked.err.contains("no daemon answers"), "{}", asked.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_up_only_at_a_start_is_said_to_be() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    let audit = "[daemon]\naudit = \"0 * * * *\"\n";
    stage.file(&format!("{audit}{POLICIES}"), "timeout = \"7s\"");
    let words = "is changed, which is taken up at the next start";
    let said = format!(
        "this edit changes no switch in the coming 60 days ({})\n  [api] {words}\n  `audit` {words}\n",
        "HASH"
    );
    let reloaded = run(&stage, &["reload"]);
    let hash = reloaded.out.rsplit_once(")\n").unwrap().0;
    let hash = hash.rsplit_once('(').unwrap().1;
    assert_eq!(
        reloaded.out,
        format!("in force: {}", said.replace("HASH", hash))
    );
    daemon.line(&["WARN", "[api]", words]);
}
