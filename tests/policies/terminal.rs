//! The bar of what takes long, on a terminal: it is seen, it moves, and it is gone at the end.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::sync::Arc;

use chrono::Utc;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use todswitch::contactnow::simulator::{
    Account, Fault, Scope, Simulator, SimulatorSettings, Times,
};

use crate::program::todswitch;
use crate::stage::{KEY, Stage};

const ERASE: &str = "\r\u{1b}[K";

/// An account of 40 policies that are far away, and a file that switches all of them.
async fn stage(latency_ms: u64) -> Stage {
    let mut stage = Stage::set().await;
    let settings = SimulatorSettings {
        account: Account::of(40),
        ..SimulatorSettings::new(KEY.into(), Arc::new(Utc::now))
    };
    stage.simulator = Simulator::start(settings).await.unwrap();
    let latency = Fault::Latency { ms: latency_ms };
    (stage.simulator).fault(latency, Scope::any(), Times::UntilCleared);
    let mut file = String::from("[schedules.open]\nclosed = \"queue\"\n");
    for uid in 10_001..=10_040 {
        writeln!(file, "[policies.p{uid}]\nuid = {uid}\nschedule = \"open\"").unwrap();
    }
    stage.file(&file, "");
    stage
}

/// The code of a command whose stderr is a terminal, and all that was written to that.
fn on_a_terminal(stage: &Stage, args: &[&str]) -> (i32, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let screen = rustix::fs::open(
        &name,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .unwrap();
    let mut command = todswitch(stage.path());
    command.args(args).env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdout(Stdio::null()).stderr(File::from(screen));
    let mut child = command.spawn().unwrap();
    // The command holds the other end: what it wrote ends when it does.
    drop(command);
    let mut written = Vec::new();
    let mut terminal = File::from(terminal);
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = terminal.read(&mut piece) {
        written.extend_from_slice(&piece[..length]);
    }
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8(written).unwrap())
}

/// How far each bar of this name was, in percent.
fn percents(written: &str, what: &str) -> Vec<u32> {
    let bars = written.split(ERASE).filter_map(|line| {
        let bar = line.strip_prefix(what)?.strip_prefix(" [")?;
        bar.split_once("] ")?
            .1
            .strip_suffix(" %")?
            .trim()
            .parse()
            .ok()
    });
    bars.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_is_seen_on_a_terminal_and_gone_at_the_end() {
    let stage = stage(20).await;
    for (args, what) in [
        (&["check", "--live"][..], "counting rules"),
        (&["run", "--once"], "writing"),
    ] {
        let (code, written) = on_a_terminal(&stage, args);
        assert_eq!(code, 0, "{written:?}");
        let percents = percents(&written, what);
        assert!(percents.len() > 10, "{what}: {percents:?}");
        assert!(percents.is_sorted(), "{what}: {percents:?}");
        let (_, left) = written.rsplit_once(ERASE).unwrap();
        assert!(!left.contains('['), "{what}: {left:?}");
        // Whatever is said stands on a line of its own.
        let lines = written.split("\r\n").filter(|line| line.contains("INFO"));
        for line in lines {
            let (_, seen) = line.rsplit_once(ERASE).unwrap_or(("", line));
            assert!(seen.starts_with("20"), "{line:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_answer_that_takes_long_is_waited_for_aloud() {
    let stage = stage(1300).await;
    let (code, written) = on_a_terminal(&stage, &["policies", "list"]);
    assert_eq!(code, 0, "{written:?}");
    let first = format!("{ERASE}reading the account, 1 s{ERASE}");
    assert!(written.starts_with(&first), "{written:?}");
    assert!(written.ends_with(ERASE), "{written:?}");
}
