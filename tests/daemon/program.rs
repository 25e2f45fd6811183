//! The real binary as a child process: its lines as they come, its signals, its end.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running program. It is killed when it is dropped.
pub struct Program {
    child: Child,
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
    reader: Option<thread::JoinHandle<()>>,
}

/// A command of the real binary, away from the environment of whoever runs the tests.
pub fn todswitch(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todswitch"));
    command
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .args(["--config", "schedule.toml", "--state-dir", "state"])
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn output(command: &mut Command) -> Output {
    command.output().unwrap()
}

impl Program {
    pub fn start(command: &mut Command) -> Program {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let stderr = child.stderr.take().unwrap();
        let reader = thread::spawn({
            let lines = Arc::clone(&lines);
            move || read(stderr, &lines)
        });
        Program {
            child,
            lines,
            reader: Some(reader),
        }
    }

    /// Waits for a line of the log with all of these in it, and gives it.
    pub fn line(&self, parts: &[&str]) -> String {
        self.line_after(0, parts)
    }

    /// How many lines there are.
    pub fn said_so_far(&self) -> usize {
        self.lines.0.lock().unwrap().len()
    }

    /// The same, of the lines after the first so many.
    pub fn line_after(&self, skipped: usize, parts: &[&str]) -> String {
        let (lines, news) = &*self.lines;
        let until = Instant::now() + PATIENCE;
        let mut lines = lines.lock().unwrap();
        loop {
            let mut later = lines.iter().skip(skipped);
            let found = later.find(|line| parts.iter().all(|part| line.contains(part)));
            if let Some(line) = found {
                return line.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no line with {parts:?} in:\n{}",
                lines.join("\n")
            );
            lines = news.wait_timeout(lines, left).unwrap().0;
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it cleanly, and gives all that it said.
    pub fn stop(mut self) -> (ExitStatus, String) {
        self.signal(Signal::TERM);
        let status = self.wait();
        (status, self.said())
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.wait();
        self.said()
    }

    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn said(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.lines.0.lock().unwrap().join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stderr: impl Read, lines: &(Mutex<Vec<String>>, Condvar)) {
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { return };
        lines.0.lock().unwrap().push(line);
        lines.1.notify_all();
    }
}
