//! How many times as fast: medians of interleaved rounds, so that a busy machine slows both alike.

use std::hint::black_box;
use std::time::Instant;

use super::*;

const ROUNDS: usize = 41;

/// Prints the ratios that are the goal.
pub fn print() {
    let (ours, theirs) = (timeline(&office()), theirs());
    assert_eq!(count_ours(&ours), count_theirs(&theirs), "one schedule");
    println!(
        "\n{} segments in the year, Europe/London",
        count_ours(&ours)
    );
    let at = |timezone: &Tz, at: DateTime<Utc>| at.with_timezone(timezone);

    let mut probe = probes();
    report(
        "a year of changes",
        10.0,
        1,
        &mut || count_ours(&ours),
        &mut || count_theirs(&theirs),
    );
    let mut other = probes();
    report(
        "state at",
        1.0,
        500,
        &mut || ours.state_at(probe.next_probe()),
        &mut || theirs.state(at(&ZONE, other.next_probe())),
    );
    report(
        "next change",
        1.0,
        500,
        &mut || ours.next_change(probe.next_probe()),
        &mut || theirs.next_change(at(&ZONE, other.next_probe())),
    );
}

fn report<A, B>(
    what: &str,
    goal: f64,
    times: u32,
    ours: &mut impl FnMut() -> A,
    theirs: &mut impl FnMut() -> B,
) {
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_times.push(nanoseconds(times, ours));
        their_times.push(nanoseconds(times, theirs));
    }
    let (ours, theirs) = (median(our_times), median(their_times));
    let ratio = theirs / ours;
    let met = if ratio >= goal { "met" } else { "MISSED" };
    println!(
        "{what:18} {:9.2} µs, opening-hours {:9.2} µs: {ratio:5.1} times as fast (goal {goal}: {met})",
        ours / 1e3,
        theirs / 1e3,
    );
}

/// Nanoseconds for one of several runs.
fn nanoseconds<T>(times: u32, run: &mut impl FnMut() -> T) -> f64 {
    let began = Instant::now();
    for _ in 0..times {
        black_box(run());
    }
    began.elapsed().as_nanos() as f64 / f64::from(times)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
