//! What a run leaves behind, and what the next one makes of it: one row for each boundary, however
//! often the program was cut off between.

#[path = "engine/account.rs"]
#[expect(dead_code, reason = "the tests of the engine ask more of it")]
mod account;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use account::InMemory;
use chrono::TimeDelta;
use todswitch::clock::JumpingClock;
use todswitch::config::{self, ZoneTable};
use todswitch::domain::Instant;
use todswitch::engine::{Engine, Mode, Settings};
use todswitch::store::{HistoryQuery, Outcome, Store};

/// Switches at 9:00, 12:00, 13:00 and 17:00 UTC.
const FILE: &str = r#"
timezone = "UTC"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [{ days = "mon-sun", hours = "09:00-12:00, 13:00-17:00" }]
[policies.sales]
uid = 1
schedule = "office"
on_drift = "restore"
"#;

struct World {
    clock: Arc<JumpingClock>,
    account: Arc<InMemory<JumpingClock>>,
    store: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let clock = Arc::new(JumpingClock::new(hour(8)));
        let policies = [(1, "Sales", "voicemail")];
        World {
            account: Arc::new(InMemory::new(Arc::clone(&clock), &policies)),
            clock,
            store: tempfile::tempdir().unwrap(),
        }
    }

    /// One run at an hour of the day. It is over after its first pass, without a word to the store.
    async fn run(&self, at: u32) {
        self.clock.set(hour(at));
        let config = config::parse(
            FILE,
            Path::new("schedule.toml"),
            hour(at),
            &ZoneTable::embedded(),
        );
        let settings = Settings {
            mode: Mode::Live,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::ZERO,
            batch: 1,
            seed: 7,
        };
        let mut engine = Engine::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.account),
            Store::open(self.store.path(), "a test").unwrap(),
            Arc::new(config.unwrap().config),
            settings,
            Box::new(|_| {}),
        );
        engine.once(TimeDelta::zero()).await;
    }

    /// The hour, the outcome and the tries of each row.
    fn rows(&self) -> Vec<(i64, Outcome, u32)> {
        let store = Store::open_reader(self.store.path()).unwrap();
        let rows = store.history(&HistoryQuery::default()).unwrap().rows;
        let rows = rows.into_iter();
        rows.map(|row| ((row.due - hour(0)).num_hours(), row.outcome, row.tries))
            .collect()
    }
}

fn hour(hour: u32) -> Instant {
    format!("2026-11-24T{hour:02}:00:00Z").parse().unwrap()
}

#[tokio::test]
async fn a_switch_that_failed_goes_on_in_the_row_it_has() {
    let world = World::new();
    world.run(8).await;
    world.account.forget(2);
    world.run(10).await;
    world.run(10).await;
    let rows = world.rows();
    assert_eq!(rows[1..], [(9, Outcome::Failed, 2)]);
    world.run(11).await;
    let rows = world.rows();
    assert_eq!(rows[1..], [(9, Outcome::Settled, 3)]);
}

#[tokio::test]
async fn a_switch_that_failed_and_whose_time_is_over_is_superseded() {
    let world = World::new();
    world.run(8).await;
    world.account.forget(1);
    world.run(10).await;
    world.run(14).await;
    let expected = [
        (9, Outcome::Superseded, 1),
        (12, Outcome::Missed, 0),
        (13, Outcome::Settled, 1),
    ];
    assert_eq!(world.rows()[1..], expected);
}

#[tokio::test]
async fn what_was_missed_is_listed_once_however_often_the_start_fails() {
    let world = World::new();
    world.run(8).await;
    world.account.down(hour(13), hour(18));
    world.run(13).await;
    world.run(14).await;
    world.run(17).await;
    world.run(18).await;
    let expected = [
        (9, Outcome::Missed, 0),
        (12, Outcome::Missed, 0),
        (13, Outcome::Superseded, 0),
        (17, Outcome::AlreadyLive, 0),
    ];
    assert_eq!(world.rows()[1..], expected);
}

#[tokio::test]
async fn a_value_that_was_to_be_restored_is_restored_in_the_row_it_has() {
    let world = World::new();
    world.run(8).await;
    world.account.change(1, "hangup");
    world.account.forget(1);
    world.run(8).await;
    assert_eq!(world.rows()[1..], [(8, Outcome::Failed, 1)]);
    world.run(8).await;
    assert_eq!(world.rows()[1..], [(8, Outcome::Restored, 2)]);
    assert_eq!(world.account.live(1), "voicemail");
}
