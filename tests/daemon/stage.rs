//! A directory with a schedule file and its key, and a simulated account to point it at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use todswitch::contactnow::simulator::{
    Account, Entry, Fault, Scope, SimPolicy, SimQueue, Simulator, SimulatorSettings, Times,
};
use todswitch::store::{HistoryQuery, Store, SwitchRow};

use super::program::PATIENCE;

pub const KEY: &str = "k3y-that-must-never-be-seen";

pub struct Stage {
    pub simulator: Simulator,
    pub directory: tempfile::TempDir,
}

/// Three policies: two by uid, one by description.
pub const POLICIES: &str = r#"
[schedules.open]
closed = "queue"
[policies.sales]
uid = 11
schedule = "open"
[policies.support]
uid = 12
schedule = "open"
[policies.lobby]
description = "Lobby"
schedule = "open"
"#;

/// What those are in the account, and one more.
pub fn account() -> Account {
    Account {
        policies: vec![
            SimPolicy::new(11, "Sales & more", "voicemail"),
            SimPolicy::new(12, "Support", "voicemail"),
            SimPolicy::new(13, "Lobby", "queue"),
            SimPolicy::new(14, "Not ours", "hangup"),
        ],
        queues: vec![SimQueue::new(4501, "Night", 0)],
    }
}

impl Stage {
    /// A simulated account with three policies, and a file that wants all of them at `queue`.
    pub async fn set() -> Stage {
        let settings = SimulatorSettings {
            account: account(),
            ..SimulatorSettings::new(SecretString::from(KEY), Arc::new(Utc::now))
        };
        let simulator = Simulator::start(settings).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let stage = Stage {
            simulator,
            directory,
        };
        stage.put("api-key", &format!("{KEY}\n"), 0o600);
        stage.file(POLICIES, "");
        stage
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes the schedule file; `api` are further lines of `[api]`.
    pub fn file(&self, rest: &str, api: &str) {
        let base = self.simulator.base_url();
        let text = format!(
            "timezone = \"UTC\"\n[api]\nbase_url = \"{base}\"\nusername = \"acme-api\"\n\
             password_file = \"api-key\"\n{api}\n{rest}"
        );
        self.put("schedule.toml", &text, 0o644);
    }

    fn put(&self, name: &str, text: &str, mode: u32) {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn fault(&self, fault: Fault, scope: Scope, times: u32) {
        self.simulator.fault(fault, scope, Times::Count(times));
    }

    pub fn live(&self, uid: u64) -> String {
        self.simulator.default_of(uid).unwrap()
    }

    /// The updates that arrived for a policy.
    pub fn updates(&self, uid: u64) -> Vec<Entry> {
        let log = self.simulator.log().into_iter();
        log.filter(|entry| entry.action == "update" && entry.uid == Some(uid))
            .collect()
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, mut is_so: impl FnMut(&Stage) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < until, "never: {what}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub fn history(&self) -> Vec<SwitchRow> {
        let store = Store::open_reader(&self.path().join("state")).unwrap();
        store.history(&HistoryQuery::default()).unwrap().rows
    }

    pub fn row(&self, policy: &str) -> SwitchRow {
        let mut rows = self.history().into_iter();
        rows.rfind(|row| row.policy == policy).unwrap()
    }
}

/// An override that begins at the second after next.
pub fn soon(action: &str) -> (DateTime<Utc>, String) {
    let now = Utc::now();
    let from =
        now + TimeDelta::seconds(2) - TimeDelta::nanoseconds(now.timestamp_subsec_nanos().into());
    let until = from + TimeDelta::hours(1);
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let text = format!(
        "[[overrides]]\nname = \"Soon\"\nfrom = {}\nuntil = {}\naction = \"{action}\"\n",
        time(from),
        time(until)
    );
    (from, text)
}
