//! A process that is killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// Set in the environment of a copy of this test program that is to be killed.
const VICTIM: &str = "TODSWITCH_TEST_STORE_VICTIM";

#[test]
fn a_committed_row_survives_kill_9() {
    if let Some(dir) = std::env::var_os(VICTIM) {
        write_for_ever(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut kept = 0;
    for round in 1..=5 {
        kept += kill_after(dir.path(), round * 7);
        let store = Store::open(dir.path(), "a test").unwrap();
        assert_eq!(store.set_aside(), None);
        let rows = history(&store);
        let found = rows.len();
        assert!(found >= kept, "{found} of {kept}");
        kept = found;
        let settled = store.settled().unwrap();
        assert_eq!(settled.len(), 1);
        let last = rows.iter().map(|row| row.due).max();
        assert_eq!(last, Some(settled[&Uid(1)].due), "both or neither");
        assert_eq!(store.last_run().unwrap().unwrap().stopped, None);
    }
}

fn write_for_ever(dir: &Path) -> ! {
    let mut store = Store::open(dir, "the victim").unwrap();
    store.mark_started(at(0)).unwrap();
    let kept = i64::try_from(history(&store).len()).unwrap();
    for minute in kept.. {
        let settled = settled(Action::Queue, minute, minute);
        let row = switch("sales", minute);
        store.begin().unwrap();
        store.settle(Uid(1), &settled).unwrap();
        store.record(&row).unwrap();
        store.commit().unwrap();
        println!("committed");
    }
    unreachable!("it is killed");
}

/// Kills a writer as soon as it has told of so many rows; gives how many it told of.
fn kill_after(dir: &Path, rows: usize) -> usize {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::a_committed_row_survives_kill_9",
            "--nocapture",
        ])
        .env(VICTIM, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(victim.stdout.take().unwrap()).lines();
    let committed = told
        .map(Result::unwrap)
        .filter(|line| line.ends_with("committed"))
        .take(rows)
        .count();
    victim.kill().unwrap();
    victim.wait().unwrap();
    committed
}
