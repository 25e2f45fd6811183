//! The real binary, killed at random points and started again while the clock runs on: nothing is
//! lost, and nothing is doubled.
//!
//! `CHAOS_KILLS` says how often it is killed, 200 times by default; `CHAOS_SEED` repeats the random
//! choices of a run, though not the scheduling of the machine.

#[path = "../timeline_oracle/book.rs"]
#[expect(dead_code, reason = "the oracle of the timeline asks more of it")]
mod book;
mod case;
#[path = "../timeline_oracle/clock.rs"]
mod clock;
mod life;
#[path = "../timeline_oracle/spec.rs"]
#[expect(
    dead_code,
    reason = "its cases are made by proptest, those here are not"
)]
mod spec;
mod verdict;

use std::fmt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use life::{RATE, World};
use todswitch::clock::Clock;
use todswitch::contactnow::simulator::{Entry, Fault, Scope, Times};
use todswitch::domain::Instant;
use todswitch::store::SwitchRow;
use verdict::{Counts, Known, Write};

/// How late, in real milliseconds, a write may be in the middle of those made while it ran.
const LATE_MS: f64 = 50.0;

#[test]
fn killed_at_random_points_it_loses_nothing_and_doubles_nothing() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seed = number("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
    let kills = number("CHAOS_KILLS").unwrap_or(200);
    println!("CHAOS_SEED={seed} CHAOS_KILLS={kills}");
    let mut rng = Rng::with_seed(seed);
    let run_time = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let policies = case::policies(&mut rng);
    let world = run_time.block_on(World::new(policies));

    let mut points = Points::default();
    let (mut lives, mut log) = (Vec::new(), Vec::new());
    for number in 0..kills {
        arrange(&world, &mut rng);
        let life = world.begin(number);
        live(&world, &mut rng);
        let ended = world.clock.now();
        let said = life.kill();
        let asked = world.asked();
        lives.push((world.first_pass(&said), ended));
        points.count(&asked);
        log.extend(asked);
    }
    world.simulator.clear_faults();
    let life = world.begin(kills);
    let until = world.until_quiet(&life);
    let said = life.stop();
    lives.push((world.first_pass(&said), until));
    log.extend(world.asked());
    println!("{points}");
    judge(world, &log, &down(&lives), until);
}

#[test]
fn the_clock_of_this_test_never_drives_a_real_account() {
    let directory = tempfile::tempdir().unwrap();
    let file = "timezone = \"UTC\"\n[api]\nusername = \"acme-api\"\npassword_file = \"api-key\"\n\
                [schedules.s]\nclosed = \"queue\"\n[policies.p]\nuid = 1\nschedule = \"s\"\n";
    std::fs::write(directory.path().join("schedule.toml"), file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_todswitch"))
        .current_dir(directory.path())
        .env_clear()
        .args(["run", "--config=schedule.toml", "--state-dir=state"])
        .arg("--clock=2026-12-24T09:00:00Z@36000@2026-11-24T15:00:00Z")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--clock is for a simulator on this machine"),
        "{said}"
    );
    assert!(
        !directory.path().join("state").exists(),
        "nothing was begun"
    );
}

/// When nobody was there to switch: from each end until the next first pass is over. A life without
/// one was none. Each life has its first pass and its end.
fn down(lives: &[(Option<Instant>, Instant)]) -> Vec<(Instant, Instant)> {
    let pairs = lives.windows(2).map(|pair| {
        let [(_, ended), (first_pass, next_ended)] = [pair[0], pair[1]];
        (ended, first_pass.unwrap_or(next_ended))
    });
    pairs.collect()
}

/// What goes wrong in the coming life.
fn arrange(world: &World, rng: &mut Rng) {
    let simulator = &world.simulator;
    simulator.clear_faults();
    if rng.u8(0..10) < 6 {
        let ms = rng.u64(1..=20);
        simulator.fault(Fault::Latency { ms }, Scope::any(), Times::UntilCleared);
    }
    if rng.u8(0..10) < 2 {
        let status = Fault::Status {
            status: 503,
            retry_after: None,
            location: None,
        };
        let faults = [Fault::DropAfter, Fault::NotStored, Fault::Cut, status];
        let fault = faults[rng.usize(0..faults.len())].clone();
        simulator.fault(fault, Scope::update(), Times::Count(1));
    }
}

/// The time until it is killed: some die at their start, however long that takes on a busy machine.
fn live(world: &World, rng: &mut Rng) {
    let longest_ms = match rng.u8(0..10) {
        0..3 => 60.0,
        3..7 => {
            world.until_it_asks();
            80.0
        }
        _ => {
            world.until_it_asks();
            300.0
        }
    };
    thread::sleep(Duration::from_secs_f64(rng.f64() * longest_ms / 1000.0));
}

fn judge(world: World, log: &[Entry], down: &[(Instant, Instant)], until: Instant) {
    let in_a_row = log.iter().zip(1..).all(|(entry, seq)| entry.seq == seq);
    assert!(in_a_row, "the log has dropped nothing");
    let rows = world.rows();
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for driven in &world.policies {
        let mine = |row: &&SwitchRow| row.policy == driven.name;
        let known = Known {
            driven,
            live_at_first: life::FIRST.parse().unwrap(),
            writes: writes(log, driven.uid, &mut wrong),
            rows: rows.iter().filter(mine).cloned().collect(),
            down,
            until,
        };
        let complaints = verdict::complaints(&known, &mut counts);
        wrong.extend(
            complaints
                .into_iter()
                .map(|one| format!("{}: {one}", driven.name)),
        );
    }
    counts.late.sort_unstable();
    let middle = counts.late.get(counts.late.len() / 2);
    let late = middle.map_or(f64::MAX, |late| late.as_seconds_f64() * 1000.0 / RATE);
    println!(
        "{} boundaries, {} writes ({} found by a later run), {} missed; {} while it ran, {late:.1} ms \
         late in the middle; {} requests, until {until}",
        counts.boundaries,
        counts.writes,
        counts.adopted,
        counts.missed,
        counts.late.len(),
        log.len()
    );
    if late > LATE_MS {
        wrong.push(format!("{late:.1} ms late in the middle while it ran"));
    }
    if !wrong.is_empty() {
        let kept = world.keep();
        panic!(
            "{} wrong, kept in {}:\n{}",
            wrong.len(),
            kept.display(),
            wrong.join("\n")
        );
    }
    assert!(
        counts.boundaries > 100 && counts.writes > 100,
        "it proves too little"
    );
}

/// The writes that the account took; one that changed nothing was sent twice.
fn writes(log: &[Entry], uid: u64, wrong: &mut Vec<String>) -> Vec<Write> {
    let updates = log
        .iter()
        .filter(|entry| entry.action == "update" && entry.uid == Some(uid));
    let mut writes = Vec::new();
    for entry in updates {
        let ends =
            |word: &str| entry.outcome == word || entry.outcome.ends_with(&format!(", {word}"));
        if ends("unchanged") {
            wrong.push(format!("a write that changed nothing: {entry:?}"));
        }
        if ends("stored") {
            let at = at(entry);
            let to = entry.default.as_deref().unwrap().parse().unwrap();
            writes.push(Write { at, to });
        }
    }
    writes
}

fn at(entry: &Entry) -> Instant {
    entry.time.parse().unwrap()
}

/// What the program was at when it was killed.
#[derive(Debug, Default)]
struct Points {
    before_any_request: usize,
    in_a_read: usize,
    in_a_write: usize,
    before_the_read_back: usize,
    elsewhere: usize,
}

impl Points {
    fn count(&mut self, life: &[Entry]) {
        let abandoned = |entry: &&Entry| entry.outcome.starts_with("abandoned");
        let cut_off = life.iter().rfind(abandoned);
        let written = life.iter().rposition(|entry| entry.action == "update");
        let read = life
            .iter()
            .rposition(|entry| entry.action == "read" && entry.outcome == "ok");
        let point = match cut_off {
            _ if life.is_empty() => &mut self.before_any_request,
            Some(entry) if entry.action == "update" => &mut self.in_a_write,
            _ if written > read => &mut self.before_the_read_back,
            Some(_) => &mut self.in_a_read,
            None => &mut self.elsewhere,
        };
        *point += 1;
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "killed {} times before any request, {} in a read, {} in a write, {} between a write and \
             its read-back, {} elsewhere",
            self.before_any_request,
            self.in_a_read,
            self.in_a_write,
            self.before_the_read_back,
            self.elsewhere
        )
    }
}
