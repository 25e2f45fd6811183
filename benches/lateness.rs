//! How late a write arrives: a switch each second, by the engine and by a job of tokio-cron-scheduler.
//!
//! `cargo bench --bench lateness` takes two minutes; `LATENESS_BOUNDARIES` makes it shorter. Both do
//! the same on the same seconds, each on a thread of its own: the engine with its client and a
//! store on the disk, the job with a plain reqwest POST. Counted is the time from the boundary to the
//! arrival at the simulator, over loopback. The goals are those of a machine with nothing else to
//! do: a median under 1 ms, 99 of 100 under 5 ms.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DurationRound, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use todswitch::clock::{Clock, SystemClock};
use todswitch::config::{self, Config, ZoneTable};
use todswitch::contactnow::simulator::{Account, Entry, SimPolicy, Simulator, SimulatorSettings};
use todswitch::contactnow::{Client, ClientSettings, Credentials};
use todswitch::domain::Instant;
use todswitch::engine::{Engine, Mode, Settings};
use todswitch::store::Store;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio_cron_scheduler::{Job, JobScheduler};

/// The policy of the engine, and that of the job.
const OURS: u64 = 1;
const THEIRS: u64 = 2;

const KEY: &str = "k3y";

/// Until the first boundary: time for the first pass, and for the scheduler's start.
const LEAD: TimeDelta = TimeDelta::seconds(4);

fn main() {
    let wished = std::env::var("LATENESS_BOUNDARIES").ok();
    let wished = wished.map(|text| text.parse().expect("LATENESS_BOUNDARIES is a number"));
    let boundaries: u32 = wished.unwrap_or(120);
    let first = Utc::now() + LEAD;
    let first = first
        .duration_trunc(TimeDelta::seconds(1))
        .expect("an instant of our days");
    let end = first + TimeDelta::seconds(boundaries.into());

    let run_time = run_time();
    let simulator = run_time.block_on(simulator());
    let (base_url, token) = (simulator.base_url(), simulator.token());
    let engine = thread::spawn({
        let base_url = base_url.clone();
        move || engine(base_url, first, boundaries, end)
    });
    let job = thread::spawn(move || job(&base_url, token, end));
    // The simulator lives on this thread.
    run_time.block_on(SystemClock.sleep_until(end + TimeDelta::seconds(1)));
    engine.join().expect("the engine runs to its end");
    job.join().expect("the job runs to its end");

    let log = simulator.log();
    let seconds = (0..boundaries).map(|nth| first + TimeDelta::seconds(nth.into()));
    let seconds: Vec<Instant> = seconds.collect();
    check(&log, &seconds, end);
    tell(
        &lateness(&log, OURS, &seconds),
        &lateness(&log, THEIRS, &seconds),
    );
}

async fn simulator() -> Simulator {
    let account = Account {
        policies: vec![
            SimPolicy::new(OURS, "Ours", "hangup"),
            SimPolicy::new(THEIRS, "Theirs", "hangup"),
        ],
        queues: Vec::new(),
    };
    let settings = SimulatorSettings {
        account,
        ..SimulatorSettings::new(SecretString::from(KEY), Arc::new(Utc::now))
    };
    Simulator::start(settings)
        .await
        .expect("loopback has a free port")
}

/// The engine as the daemon has it, with another override each second.
fn engine(base_url: String, first: Instant, boundaries: u32, end: Instant) {
    let directory = tempfile::tempdir().expect("there is room for a store");
    let credentials = Credentials::Key {
        username: "acme-api".into(),
        key: SecretString::from(KEY),
    };
    let client = Client::new(ClientSettings::new(base_url, credentials));
    let settings = Settings {
        mode: Mode::Live,
        // Between two boundaries, as it is with those of a day.
        warm_up: TimeDelta::milliseconds(400),
        stop_grace: Duration::from_secs(1),
        batch: 1,
        seed: 1,
    };
    let mut engine = Engine::new(
        Arc::new(SystemClock),
        Arc::new(client.expect("the settings are good")),
        Store::open(directory.path(), "a benchmark").expect("the directory is ours"),
        Arc::new(schedule(first, boundaries)),
        settings,
        Box::new(|_| {}),
    );
    let (_commands, receiver) = mpsc::channel(1);
    let (stop, stopped) = oneshot::channel();
    run_time().block_on(async {
        tokio::spawn(async move {
            // Before the boundary at which the last override ends.
            SystemClock
                .sleep_until(end - TimeDelta::milliseconds(100))
                .await;
            let _ = stop.send(());
        });
        engine.run(receiver, stopped).await;
    });
}

fn schedule(first: Instant, boundaries: u32) -> Config {
    let mut file = String::from(
        "timezone = \"UTC\"\n[schedules.night]\nclosed = \"hangup\"\n\
         [policies.ours]\nuid = 1\nschedule = \"night\"\n",
    );
    for nth in 0..boundaries {
        let at = |nth: u32| {
            let at = first + TimeDelta::seconds(nth.into());
            at.format("%Y-%m-%dT%H:%M:%S").to_string()
        };
        let action = action(nth);
        let (from, until) = (at(nth), at(nth + 1));
        write!(
            file,
            "[[overrides]]\nname = \"{nth}\"\nfrom = {from}\nuntil = {until}\naction = \"{action}\"\n"
        )
        .expect("a String takes everything");
    }
    let zones = ZoneTable::embedded();
    let loaded = config::parse(&file, Path::new("schedule.toml"), first, &zones);
    loaded.expect("the file is right").config
}

fn action(nth: u32) -> &'static str {
    if nth.is_multiple_of(2) {
        "queue"
    } else {
        "voicemail"
    }
}

/// The same by cron: a job that posts each second over a connection that stands.
fn job(base_url: &str, token: SecretString, end: Instant) {
    let url = format!(
        "{base_url}/database.php?token={}&method=tod_policy&action=update&raw=1&format=json",
        token.expose_secret()
    );
    run_time().block_on(async {
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .build();
        let http = http.expect("the settings are good");
        let mut scheduler = JobScheduler::new().await.expect("it starts");
        let job = Job::new_async("* * * * * *", move |_, _| {
            let action = action(u32::from(Utc::now().timestamp() % 2 == 0));
            let body = format!(
                "[{{\"uid\":\"{THEIRS}\",\"description\":\"Theirs\",\"default\":\"{action}\"}}]"
            );
            let sending = http.post(&url).body(body).send();
            Box::pin(async move {
                let answer = sending.await.expect("the simulator answers");
                answer.bytes().await.expect("in full");
            })
        });
        scheduler
            .add(job.expect("the expression is right"))
            .await
            .expect("it is added");
        scheduler.start().await.expect("it starts");
        SystemClock
            .sleep_until(end + TimeDelta::milliseconds(900))
            .await;
        scheduler.shutdown().await.expect("it stops");
    });
}

/// How late the first write after each boundary arrived, sorted.
fn lateness(log: &[Entry], uid: u64, boundaries: &[Instant]) -> Vec<Duration> {
    let arrivals: Vec<Instant> = log
        .iter()
        .filter(|entry| entry.action == "update" && entry.uid == Some(uid))
        .map(|entry| Instant::from_timestamp_nanos(entry.at_unix_ns))
        .collect();
    let late = |boundary: &Instant| {
        let arrived = arrivals.iter().find(|at| *at >= boundary);
        let arrived = arrived.unwrap_or_else(|| panic!("no write of {uid} for {boundary}"));
        (*arrived - boundary)
            .to_std()
            .expect("it came after its boundary")
    };
    let mut late: Vec<Duration> = boundaries.iter().map(late).collect();
    late.sort_unstable();
    late
}

/// Each boundary was written once, as it should be.
fn check(log: &[Entry], boundaries: &[Instant], end: Instant) {
    let written = log.iter().filter(|entry| {
        let at = Instant::from_timestamp_nanos(entry.at_unix_ns);
        entry.action == "update" && entry.uid == Some(OURS) && at < end
    });
    let written = written.map(|entry| (entry.outcome.as_str(), entry.default.as_deref()));
    let wanted = (0..)
        .zip(boundaries)
        .map(|(nth, _)| ("stored", Some(action(nth))));
    assert!(
        written.eq(wanted),
        "a boundary was missed, or written twice"
    );
}

fn tell(ours: &[Duration], theirs: &[Duration]) {
    type Pick = fn(&[Duration]) -> Duration;
    let picks: [(&str, Pick); 4] = [
        ("least", |late| late[0]),
        ("median", |late| late[late.len() / 2]),
        ("99 of 100", |late| {
            late[(late.len() * 99).div_ceil(100) - 1]
        }),
        ("most", |late| late[late.len() - 1]),
    ];
    println!("late by, over {} boundaries", ours.len());
    println!(
        "{:<10} {:>12} {:>22} {:>9}",
        "", "todswitch", "tokio-cron-scheduler", "ratio"
    );
    for (name, pick) in picks {
        let [ours, theirs] = [ours, theirs].map(|late| pick(late).as_secs_f64() * 1000.0);
        let ratio = theirs / ours;
        println!("{name:<10} {ours:>9.3} ms {theirs:>19.3} ms {ratio:>9.0}");
    }
}

fn run_time() -> Runtime {
    let run_time = Builder::new_current_thread().enable_all().build();
    run_time.expect("threads can be started")
}
