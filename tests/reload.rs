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
