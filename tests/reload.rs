//! What an edit is said to change.

use std::path::Path;

use todswitch::config::{self, Config, ZoneTable};
use todswitch::domain::Instant;
use todswitch::domain::difference::differences;
use todswitch::render::difference::{difference, summary};

const FILE: &str = r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [{ days = "mon-fri", hours = "09:00-17:30" }]
[policies.sales]
uid = 1
schedule = "office"
[policies.support]
uid = 2
schedule = "office"
"#;

fn load(file: &str) -> Config {
    let zones = ZoneTable::embedded();
    let loaded = config::parse(file, Path::new("schedule.toml"), now(), &zones);
    loaded.unwrap_or_else(|error| panic!("{error}")).config
}

fn now() -> Instant {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// The summary, and each switch that is named.
fn said(edited: &str) -> (String, Vec<String>) {
    let to = "2027-01-22T10:00:00Z".parse().unwrap();
    let found = differences(&load(FILE).policies, &load(edited).policies, now(), to);
    let named = found.switches.iter().map(difference).collect();
    (summary(&found, 60), named)
}

#[test]
fn an_edit_names_each_switch_that_comes_goes_or_leads_elsewhere() {
    let party = "\n[[overrides]]\nname = \"Party\"\nfrom = 2026-12-18T15:00:00\n\
                 until = 2026-12-19T00:00:00\naction = \"hangup\"\npolicies = [\"sales\"]\n";
    let (summary, named) = said(&format!("{FILE}{party}"));
    assert_eq!(
        summary,
        "this edit changes 3 switches in the coming 60 days"
    );
    assert_eq!(
        named,
        [
            "sales Fri 18 Dec 2026 15:00: hangup, was no switch",
            "sales Fri 18 Dec 2026 17:30: no switch, was voicemail",
            "sales Sat 19 Dec 2026 00:00: voicemail, was no switch",
        ]
    );
}

#[test]
fn an_edit_that_changes_no_switch_says_so_and_policies_that_come_and_go_are_named() {
    let (summary, named) = said(&FILE.replace("[schedules", "# a comment\n[schedules"));
    assert_eq!(summary, "this edit changes no switch in the coming 60 days");
    assert_eq!(named, Vec::<String>::new());
    let (summary, _) = said(&FILE.replace("policies.sales", "policies.shop"));
    assert_eq!(
        summary,
        "this edit changes no switch in the coming 60 days; new: shop; gone: sales"
    );
}

#[test]
fn a_switch_that_moves_is_one_change() {
    let (summary, named) = said(&FILE.replace("09:00-17:30", "09:00-18:00"));
    // 44 working days, Monday 23 November to Friday 22 January at ten.
    assert_eq!(
        summary,
        "this edit changes 88 switches in the coming 60 days"
    );
    assert_eq!(
        named[0],
        "sales Mon 23 Nov 2026 18:00: voicemail, instead of 17:30"
    );
    assert!(named.iter().all(|one| one.ends_with("instead of 17:30")));
}

#[test]
fn a_switch_that_moves_over_midnight_is_one_change_too() {
    let late = FILE.replace("09:00-17:30", "09:00-23:30");
    let later = late.replace("09:00-23:30", "09:00-00:30");
    let to = "2026-11-24T06:00:00Z".parse().unwrap();
    let found = differences(&load(&late).policies, &load(&later).policies, now(), to);
    let named: Vec<_> = found.switches.iter().map(difference).collect();
    assert_eq!(
        named,
        ["sales", "support"].map(|policy| format!(
            "{policy} Tue 24 Nov 2026 00:30: voicemail, instead of Mon 23 Nov 2026 23:30"
        ))
    );
}

#[test]
fn a_lunch_that_is_dropped_goes_and_what_is_further_than_half_a_day_away_does_not_move() {
    let lunch = FILE.replace("09:00-17:30", "09:00-12:30, 13:30-17:30");
    let noon = FILE.replace("09:00-17:30", "09:00-12:00");
    let to = "2026-11-23T20:00:00Z".parse().unwrap();
    let only_sales = |file: &str| load(&file[..file.find("[policies.support]").unwrap()]).policies;
    let found = differences(&only_sales(&lunch), &only_sales(&noon), now(), to);
    let named: Vec<_> = found.switches.iter().map(difference).collect();
    assert_eq!(
        named,
        [
            "sales Mon 23 Nov 2026 12:00: voicemail, instead of 12:30",
            "sales Mon 23 Nov 2026 13:30: no switch, was queue",
            "sales Mon 23 Nov 2026 17:30: no switch, was voicemail",
        ]
    );
}
