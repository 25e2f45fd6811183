//! Many policies that all switch at one boundary: the engine and the client against the simulator,
//! on a clock that jumps.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use todswitch::clock::{Clock, JumpingClock};
use todswitch::config::{self, ZoneTable};
use todswitch::contactnow::simulator::{Account, Simulator, SimulatorSettings};
use todswitch::contactnow::{Client, ClientSettings, Credentials, Format};
use todswitch::domain::Instant;
use todswitch::engine::{Engine, Mode, OnceReport, Settings};
use todswitch::store::Store;

pub struct Rig {
    pub simulator: Simulator,
    engine: Engine<JumpingClock, Client>,
    clock: Arc<JumpingClock>,
}

/// How a rig is set.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Policies of the account.
    pub live: usize,
    /// Policies of the file, the first of the account.
    pub driven: usize,
    pub concurrency: usize,
    pub batch: usize,
    pub format: Format,
}

/// The uid of the first policy.
pub const FIRST: u64 = 10_001;

fn boundary() -> Instant {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

impl Rig {
    /// Everything is `voicemail`, and settled so; at the boundary the file wants `queue`.
    pub async fn set(shape: Shape) -> Rig {
        let clock = Arc::new(JumpingClock::new(boundary() - TimeDelta::hours(1)));
        let time = Arc::clone(&clock);
        let key = SecretString::from("k3y");
        let settings = SimulatorSettings {
            account: Account::of(shape.live),
            ..SimulatorSettings::new(key.clone(), Arc::new(move || time.now()))
        };
        let username = settings.username.clone();
        let simulator = Simulator::start(settings).await.unwrap();
        let credentials = Credentials::Key { username, key };
        let client = Client::new(ClientSettings {
            concurrency: shape.concurrency,
            batch: shape.batch,
            format: shape.format,
            ..ClientSettings::new(simulator.base_url(), credentials)
        });
        let zones = ZoneTable::embedded();
        let path = Path::new("schedule.toml");
        let config = config::parse(&file(shape.driven), path, clock.now(), &zones).unwrap();
        let settings = Settings {
            mode: Mode::Live,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::from_secs(1),
            batch: shape.batch,
            seed: 1,
        };
        let mut rig = Rig {
            engine: Engine::new(
                Arc::clone(&clock),
                Arc::new(client.unwrap()),
                Store::in_memory().unwrap(),
                Arc::new(config.config),
                settings,
                Box::new(|_| {}),
            ),
            simulator,
            clock,
        };
        let report = rig.engine.once(TimeDelta::zero()).await;
        assert!(report.not_as_wanted.is_empty() && report.was_read);
        rig.clock.set(boundary());
        rig.simulator.clear_log();
        rig
    }

    /// One pass at the boundary.
    pub async fn switch(&mut self) -> OnceReport {
        self.engine.once(TimeDelta::zero()).await
    }
}

fn file(policies: usize) -> String {
    let mut text = String::from(
        "timezone = \"UTC\"\n[schedules.night]\nclosed = \"voicemail\"\n\
         [[overrides]]\nname = \"Now\"\ndate = 2030-01-01\naction = \"queue\"\n",
    );
    for at in 0..policies as u64 {
        let uid = FIRST + at;
        writeln!(text, "[policies.p{at}]\nuid = {uid}\nschedule = \"night\"").unwrap();
    }
    text
}
