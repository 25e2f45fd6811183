//! `history`: what is read from a store, with and without its owner and the file.

use std::path::Path;

use serde_json::Value;
use todswitch::domain::Instant;
use todswitch::domain::policy::Uid;
use todswitch::store::{Outcome, Store, SwitchRow};

use crate::todswitch::{Ran, assert_expected, assert_fits_a_page, on_schedule, run};

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

fn row(policy: &str, due: &str, outcome: Outcome) -> SwitchRow {
    let due = instant(due);
    SwitchRow {
        policy: policy.into(),
        uid: Some(Uid(2164)),
        from: Some("voicemail".into()),
        to: "queue".parse().unwrap(),
        due,
        sent: Some(due + chrono::TimeDelta::milliseconds(2)),
        settled: Some(due + chrono::TimeDelta::milliseconds(112)),
        tries: 1,
        outcome,
        error: None,
        rule_kind: "weekly".into(),
        rule_name: "mon-fri 09:00-12:30".into(),
        rule_line: Some(14),
        file_hash: "0123456789ab".into(),
        zone_version: "2026f".into(),
    }
}

fn rows() -> Vec<SwitchRow> {
    vec![
        row("sales", "2026-07-01T08:00:00Z", Outcome::Settled),
        SwitchRow {
            from: Some("jump:450123".into()),
            to: "hangup".parse().unwrap(),
            settled: None,
            tries: 12,
            error: Some(
                "rejected: Invalid queue id [0], which is a long story of an error that \
                 nobody wanted, \"quoted\""
                    .into(),
            ),
            ..row("lobby", "2026-07-01T17:30:00Z", Outcome::Failed)
        },
        SwitchRow {
            uid: None,
            from: None,
            sent: None,
            settled: None,
            tries: 0,
            rule_line: None,
            ..row("sales", "2026-07-02T08:00:00Z", Outcome::DryRun)
        },
    ]
}

fn filled(dir: &Path) -> Store {
    let mut store = Store::open(dir, "a test").unwrap();
    for row in rows() {
        store.record(&row).unwrap();
    }
    store
}

fn history(dir: &Path, args: &[&str]) -> Ran {
    let dir = dir.to_str().unwrap();
    on_schedule(&[&["--state-dir", dir, "history"], args].concat())
}

#[test]
fn text_is_for_people() {
    let dir = tempfile::tempdir().unwrap();
    let _held_by_a_daemon = filled(dir.path());
    let ran = history(dir.path(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_expected("history.txt", &ran.out);
    assert_fits_a_page(&ran.out);
}

#[test]
fn json_is_an_object_a_line_with_every_field() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let ran = history(dir.path(), &["--format", "json"]);
    assert_expected("history.json", &ran.out);
    let values: Vec<Value> = (ran.out.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(values.len(), 3);
    assert_eq!(
        (&values[0]["late_ms"], &values[2]["dry_run"]),
        (&112.into(), &true.into())
    );
}

#[test]
fn csv_is_for_a_spreadsheet() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    assert_expected(
        "history.csv",
        &history(dir.path(), &["--format", "csv"]).out,
    );
}

#[test]
fn a_policy_a_span_and_a_limit_narrow_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let lines = |args: &[&str]| {
        let ran = history(dir.path(), &[args, &["--format", "json"]].concat());
        let due = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            value["due"].as_str().unwrap()[5..16].to_owned()
        };
        ran.out.lines().map(due).collect::<Vec<String>>()
    };
    assert_eq!(
        lines(&["--policy", "sales"]),
        ["07-01T08:00", "07-02T08:00"]
    );
    assert_eq!(lines(&["--limit", "1"]), ["07-02T08:00"]);
    assert_eq!(lines(&["--from", "2026-07-02"]), ["07-02T08:00"]);
    assert_eq!(
        lines(&["--from", "2026-07-01", "--days", "1"]),
        ["07-01T08:00", "07-01T17:30"]
    );
    assert_eq!(lines(&["--to", "2026-07-01T09:00"]), Vec::<String>::new());
}

#[test]
fn nothing_found_is_said_apart_from_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let ran = history(dir.path(), &["--policy", "sale"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(ran.err.contains("did you mean `sales`?"), "{}", ran.err);
}

#[test]
fn without_the_file_times_are_those_of_utc() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let dir = dir.path().to_str().unwrap();
    let ran = run(&["history", "--state-dir", dir, "--config", "absent.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .starts_with("Wed 1 Jul 2026 · times of UTC\n  08:00:00"),
        "{}",
        ran.out
    );
}

#[test]
fn no_store_is_a_failure_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let ran = history(dir.path(), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("hint:"), "{}", ran.err);
}
