//! A clock that shows less than what was recorded.

use chrono::{TimeDelta, Utc};
use todswitch::contactnow::simulator::{Fault, Scope, Times};
use todswitch::store::{EventKind, EventsQuery, Store};

use super::daemon;
use super::program::{Program, todswitch};
use super::stage::Stage;

/// Something was recorded tomorrow.
fn tomorrow(stage: &Stage) {
    let mut store = Store::open(&stage.path().join("state"), "a test").unwrap();
    let at = Utc::now() + TimeDelta::days(1);
    let words = "recorded tomorrow";
    store
        .record_event(at, EventKind::Clock, None, words)
        .unwrap();
}

fn events(stage: &Stage, kind: EventKind) -> usize {
    let store = Store::open_reader(&stage.path().join("state")).unwrap();
    let query = EventsQuery {
        kind: Some(kind),
        ..EventsQuery::default()
    };
    store.events(&query).unwrap().rows.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubted_clock_switches_nothing_until_it_is_accepted() {
    let stage = Stage::set().await;
    tomorrow(&stage);
    let down = Fault::Status {
        status: 503,
        retry_after: None,
        location: None,
    };
    stage
        .simulator
        .fault(down, Scope::any(), Times::UntilCleared);
    let doubting = daemon(&stage, "");
    doubting.line(&["ERROR", "NOTHING IS SWITCHED"]);
    assert!(doubting.stop().0.success());
    stage.simulator.clear_faults();
    assert_eq!(stage.live(11), "voicemail");
    let accepting = Program::start(todswitch(stage.path()).args(["run", "--accept-clock"]));
    accepting.line(&["INFO  switched", "policy=sales"]);
    accepting.stop();
    assert!(events(&stage, EventKind::Clock) >= 3);
    assert_eq!(events(&stage, EventKind::Stopped), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_the_api_confirms_is_accepted() {
    let stage = Stage::set().await;
    tomorrow(&stage);
    let daemon = daemon(&stage, "");
    daemon.line(&["the clock is accepted", "the API shows the same time"]);
    daemon.line(&["INFO  switched", "policy=sales"]);
}
