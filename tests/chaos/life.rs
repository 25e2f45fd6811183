//! The program and its world: a simulated account, a store on the disk, and one clock for all,
//! which runs on while nothing else does.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant as RealInstant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use todswitch::clock::{Clock, SimulatedClock};
use todswitch::contactnow::simulator::{
    Account, Entry, SimPolicy, SimQueue, Simulator, SimulatorSettings,
};
use todswitch::domain::Instant;
use todswitch::store::{HistoryQuery, Store, SwitchRow};

use crate::case::{self, Driven, FIRST_DAY};

/// An hour takes a tenth of a second.
pub const RATE: f64 = 36_000.0;

/// What every policy is before the first run.
pub const FIRST: &str = "hangup";

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub policies: Vec<Driven>,
    pub simulator: Simulator,
    pub clock: SimulatedClock,
    /// What the clock shows at the beginning, and the real time of it.
    start: Instant,
    anchor: Instant,
    directory: tempfile::TempDir,
}

/// One run of the program.
pub struct Life {
    child: Child,
    pub began: Instant,
    log: PathBuf,
}

impl World {
    /// A world in which nothing has happened yet.
    pub async fn new(policies: Vec<Driven>) -> World {
        let start = DateTime::from_timestamp(FIRST_DAY * 86_400, 0).unwrap();
        let anchor = Utc::now();
        let clock = SimulatedClock::anchored(start, RATE, anchor);
        let time = clock.clone();
        let key = "k3y";
        let live = |one: &Driven| SimPolicy::new(one.uid, &one.name, FIRST);
        let account = Account {
            policies: policies.iter().map(live).collect(),
            queues: vec![SimQueue::new(case::QUEUE, "Night", 0)],
        };
        let settings = SimulatorSettings {
            account,
            ..SimulatorSettings::new(SecretString::from(key), Arc::new(move || time.now()))
        };
        let simulator = Simulator::start(settings).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        put("api-key", key);
        put(
            "schedule.toml",
            &case::file(&policies, &simulator.base_url()),
        );
        World {
            start,
            anchor,
            policies,
            simulator,
            clock,
            directory,
        }
    }

    /// Starts the program; the number is for its log.
    pub fn begin(&self, number: u64) -> Life {
        let log = self.directory.path().join(format!("log-{number:04}"));
        let said = File::create(&log).unwrap();
        let text = |at: Instant| at.to_rfc3339_opts(SecondsFormat::Nanos, true);
        let (start, anchor) = (text(self.start), text(self.anchor));
        let began = self.clock.now();
        let child = Command::new(env!("CARGO_BIN_EXE_todswitch"))
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.directory.path())
            .args(["run", "--config=schedule.toml", "--state-dir=state"])
            .arg("--log-level=debug")
            .arg(format!("--clock={start}@{RATE}@{anchor}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        Life { child, began, log }
    }

    /// When the first pass of a life was over, by its log.
    pub fn first_pass(&self, log: &Path) -> Option<Instant> {
        let said = fs::read_to_string(log).unwrap();
        let line = said.lines().find(|line| line.contains("pass done"))?;
        let (real, _) = line.split_once(' ')?;
        let real: Instant = real.parse().unwrap();
        let passed = (real - self.anchor).as_seconds_f64() * RATE;
        Some(self.start + TimeDelta::from_std(Duration::from_secs_f64(passed)).unwrap())
    }

    /// What was asked of the account since the last time, once the simulator is done with it. A
    /// request that a server goes on with although nobody waits for the answer is beyond what a
    /// client can promise.
    pub fn asked(&self) -> Vec<Entry> {
        let mut log = Vec::new();
        self.until("nothing is in work", || {
            log = self.simulator.log();
            log.iter().all(|entry| entry.outcome != "in work")
        });
        self.simulator.clear_log();
        log
    }

    /// Waits until every policy is as wanted and was found so by this life, and says when that was.
    pub fn until_quiet(&self, life: &Life) -> Instant {
        let mut quiet_at = None;
        self.until("all is quiet", || {
            let now = self.clock.now();
            let Ok(settled) = self.store().settled() else {
                return false;
            };
            let is_quiet = self.policies.iter().all(|one| {
                let due = one.boundaries.iter().rfind(|boundary| boundary.at <= now);
                let Some(settled) = settled.iter().find(|(uid, _)| uid.0 == one.uid) else {
                    return false;
                };
                let as_of = settled.1.as_of;
                let is_settled = as_of > life.began && due.is_none_or(|due| as_of >= due.at);
                let live = self.simulator.default_of(one.uid).unwrap();
                is_settled && live == one.wanted(now).to_string()
            });
            quiet_at = is_quiet.then_some(now);
            is_quiet
        });
        quiet_at.unwrap()
    }

    pub fn rows(&self) -> Vec<SwitchRow> {
        let page = self.store().history(&HistoryQuery::default()).unwrap();
        assert!(page.unreadable.is_empty());
        page.rows
    }

    /// Keeps everything for whoever looks into it.
    pub fn keep(self) -> PathBuf {
        self.directory.keep()
    }

    fn store(&self) -> Store {
        Store::open_reader(&self.directory.path().join("state")).unwrap()
    }

    /// Waits until the account was asked for anything.
    pub fn until_it_asks(&self) {
        self.until("it asks", || !self.simulator.log().is_empty());
    }

    fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let until = RealInstant::now() + PATIENCE;
        while !is_so() {
            assert!(RealInstant::now() < until, "never: {what}");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Life {
    /// Ends it as a power cut does, and says where its log lies. It must have been alive.
    pub fn kill(mut self) -> PathBuf {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.clone()
    }

    /// Ends it as systemd does.
    pub fn stop(mut self) -> PathBuf {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        self.log.clone()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
