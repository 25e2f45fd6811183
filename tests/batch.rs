//! Many switches at one boundary in batches: few round trips, and no record held up by a bad one.

#[path = "batch/rig.rs"]
mod rig;

use rig::{FIRST, Rig, Shape};
use todswitch::contactnow::Format;
use todswitch::contactnow::simulator::{Entry, Fault, Scope, Times};

fn shape(format: Format, driven: usize, batch: usize) -> Shape {
    Shape {
        live: driven + 100,
        driven,
        concurrency: 4,
        batch,
        format,
    }
}

/// How many records each update carried.
fn updates(log: &[Entry]) -> Vec<usize> {
    let updates = log.iter().filter(|entry| entry.action == "update");
    updates.map(|entry| entry.records).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_switches_in_batches_of_a_hundred_take_at_most_15_round_trips() {
    for format in [Format::Json, Format::Xml] {
        let mut rig = Rig::set(shape(format, 1000, 100)).await;
        let report = rig.switch().await;
        assert!(report.not_as_wanted.is_empty(), "{report:?}");
        let log = rig.simulator.log();
        assert!(log.len() <= 15, "{} round trips", log.len());
        assert_eq!(updates(&log), [100; 10]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_does_not_settle_is_sent_one_by_one_in_the_same_pass() {
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let down = Fault::Status {
        status: 502,
        retry_after: None,
        location: None,
    };
    // The first faults strike the batch; 4 records follow one by one unless they are in place.
    for (name, fault, singles) in [
        ("bad > 0", rejected, 4),
        ("a bad gateway", down, 4),
        ("accepted and not stored", Fault::NotStored, 4),
        ("the answer is cut off", Fault::Cut, 0),
        ("the connection is lost after it", Fault::DropAfter, 0),
        ("the connection is lost before it", Fault::DropBefore, 4),
        ("the answer is empty", Fault::Empty, 4),
    ] {
        for format in [Format::Json, Format::Xml] {
            let mut rig = Rig::set(shape(format, 9, 4)).await;
            // The second of three batches: 4, 4 and 1.
            let scope = Scope::update().uid(FIRST + 5);
            rig.simulator.fault(fault.clone(), scope, Times::Count(1));
            let report = rig.switch().await;
            assert!(report.not_as_wanted.is_empty(), "{name}: {report:?}");
            let mut sent = updates(&rig.simulator.log());
            sent.sort_unstable();
            let mut wanted = vec![1; singles + 1];
            wanted.extend([4, 4]);
            assert_eq!(sent, wanted, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_record_fails_alone_and_is_named() {
    let mut rig = Rig::set(shape(Format::Json, 8, 8)).await;
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let scope = Scope::update().uid(FIRST + 2);
    rig.simulator.fault(rejected, scope, Times::UntilCleared);
    let report = rig.switch().await;
    let [bad] = report.not_as_wanted.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(bad.policy, "p2");
    assert!(bad.found.contains("Invalid queue id [0]"), "{bad:?}");
    assert_eq!(updates(&rig.simulator.log()).len(), 9);
}
