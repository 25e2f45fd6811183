//! A simulator at a fixed time, and clients for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::DateTime;
use todswitch::contactnow::simulator::{Simulator, SimulatorSettings};
use todswitch::contactnow::{Client, ClientSettings, Credentials, Format, Update};
use todswitch::domain::Instant;
use todswitch::domain::policy::Uid;

/// Long enough to be found in any output, with characters that a URL and XML spell otherwise.
pub const KEY: &str = "k3y/with+odd&chars-7f1c";

pub const BOTH: [Format; 2] = [Format::Json, Format::Xml];

/// A time that a test sets.
#[derive(Clone)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    pub fn new() -> Time {
        let start = DateTime::parse_from_rfc3339("2026-12-24T09:00:00Z").unwrap();
        Time(Arc::new(AtomicI64::new(start.timestamp())))
    }

    pub fn now(&self) -> Instant {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap()
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn settings(&self) -> SimulatorSettings {
        let time = self.clone();
        SimulatorSettings::new(KEY.into(), Arc::new(move || time.now()))
    }

    pub async fn simulator(&self) -> Simulator {
        Simulator::start(self.settings()).await.unwrap()
    }
}

pub fn settings(simulator: &Simulator, format: Format) -> ClientSettings {
    let credentials = Credentials::Key {
        username: "acme-api".into(),
        key: KEY.into(),
    };
    ClientSettings {
        format,
        ..ClientSettings::new(simulator.base_url(), credentials)
    }
}

pub fn client(simulator: &Simulator, format: Format) -> Client {
    Client::new(settings(simulator, format)).unwrap()
}

/// A client that does not wait long.
pub fn hasty(simulator: &Simulator, format: Format) -> Client {
    Client::new(ClientSettings {
        read_timeout: Duration::from_millis(700),
        ..settings(simulator, format)
    })
    .unwrap()
}

pub fn update(uid: u64, action: &str) -> Update {
    Update {
        uid: Uid(uid),
        description: format!("Policy {uid}"),
        action: action.parse().unwrap(),
    }
}

/// The log as `method action` for each request.
pub fn asked(simulator: &Simulator) -> Vec<String> {
    let entries = simulator.log();
    let line = |entry: &todswitch::contactnow::simulator::Entry| {
        format!("{} {}", entry.method, entry.action)
    };
    entries.iter().map(line).collect()
}
