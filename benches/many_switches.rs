//! 1,000 switches at one boundary in an account of 5,000 policies, each answer 50 ms away.
//!
//! `cargo bench --bench many_switches` prints the time over the ideal, which is the requests divided
//! by how many go out at once, times the latency. The goal is 1.1 at most; in batches of 100, at
//! most 15 round trips.

#[path = "../tests/batch/rig.rs"]
mod rig;

use std::time::{Duration, Instant};

use rig::{Rig, Shape};
use todswitch::contactnow::Format;
use todswitch::contactnow::simulator::{Fault, Scope, Times};

const LATENCY: Duration = Duration::from_millis(50);

fn main() {
    let run_time = tokio::runtime::Runtime::new().expect("threads can be started");
    println!("1,000 switches, 5,000 policies, 50 ms");
    println!("format  at once  batch  requests     time    ideal  ratio");
    for (format, concurrency, batch) in [
        (Format::Json, 4, 1),
        (Format::Json, 16, 1),
        (Format::Xml, 16, 1),
        (Format::Json, 4, 100),
        (Format::Xml, 4, 100),
    ] {
        let shape = Shape {
            live: 5000,
            driven: 1000,
            concurrency,
            batch,
            format,
        };
        run_time.block_on(measure(shape));
    }
}

async fn measure(shape: Shape) {
    let mut rig = Rig::set(shape).await;
    let latency = Fault::Latency {
        ms: u64::try_from(LATENCY.as_millis()).expect("a latency is short"),
    };
    rig.simulator
        .fault(latency, Scope::any(), Times::UntilCleared);
    let start = Instant::now();
    let report = rig.switch().await;
    let took = start.elapsed();
    assert!(report.not_as_wanted.is_empty(), "{report:?}");
    let requests = u32::try_from(rig.simulator.log().len()).expect("requests are few");
    let at_once = u32::try_from(shape.concurrency).expect("they are few");
    let ideal = LATENCY * requests / at_once;
    println!(
        "{:<6}  {:>7}  {:>5}  {requests:>8}  {:>5} ms {:>5} ms  {:>5.2}",
        shape.format.as_str(),
        shape.concurrency,
        shape.batch,
        took.as_millis(),
        ideal.as_millis(),
        took.as_secs_f64() / ideal.as_secs_f64()
    );
}
