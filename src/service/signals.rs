//! The signals of the process as one enum.
//!
//! Owns which signal means what, and that a second request to stop is not waited for. Must not know
//! how anything is stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::StreamExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// What somebody asks of the process by a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End cleanly (SIGTERM, SIGINT).
    Stop,
    /// Read the file again (SIGHUP).
    Reload,
    /// Compare the account with what was settled, now (SIGUSR1).
    Audit,
}

impl Signal {
    const NUMBERS: [(i32, Signal); 4] = [
        (SIGTERM, Signal::Stop),
        (SIGINT, Signal::Stop),
        (SIGHUP, Signal::Reload),
        (SIGUSR1, Signal::Audit),
    ];

    fn of(number: i32) -> Option<Signal> {
        let found = Self::NUMBERS.iter().find(|(known, _)| *known == number);
        found.map(|(_, signal)| *signal)
    }
}

/// The signals as they arrive. Several of one kind that arrive together may count as one.
pub struct Signals {
    stream: signal_hook_tokio::Signals,
}

impl Signals {
    /// Begins to listen. From here on the first SIGTERM or SIGINT is a [`Signal::Stop`], and a
    /// second one ends the process at once, with the exit status of the signal.
    ///
    /// # Errors
    /// The system refuses a handler. Needs a run time with IO.
    pub fn listen() -> io::Result<Signals> {
        let stopping = Arc::new(AtomicBool::new(false));
        for number in [SIGTERM, SIGINT] {
            // In this order: the first signal finds the flag down and raises it.
            flag::register_conditional_default(number, Arc::clone(&stopping))?;
            flag::register(number, Arc::clone(&stopping))?;
        }
        let numbers = Signal::NUMBERS.map(|(number, _)| number);
        let stream = signal_hook_tokio::Signals::new(numbers)?;
        Ok(Signals { stream })
    }

    /// Waits for the next one. May be dropped at any time without losing one.
    pub async fn next(&mut self) -> Signal {
        loop {
            match self.stream.next().await {
                Some(number) => {
                    if let Some(signal) = Signal::of(number) {
                        return signal;
                    }
                }
                // It ends only by a handle that was never given out.
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_hook::low_level::raise;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    /// Set in the environment of a copy of this test program that is to be killed.
    const VICTIM: &str = "TODSWITCH_TEST_SIGNAL_VICTIM";

    // One test for all: the handlers are those of the whole process.
    #[tokio::test]
    async fn each_signal_is_told_as_what_it_asks_for() {
        let mut signals = Signals::listen().unwrap();
        for (number, expected) in [
            (SIGHUP, Signal::Reload),
            (SIGUSR1, Signal::Audit),
            (SIGTERM, Signal::Stop),
        ] {
            raise(number).unwrap();
            assert_eq!(signals.next().await, expected);
        }
        if std::env::var_os(VICTIM).is_some() {
            raise(SIGINT).unwrap();
            unreachable!("the second request to stop ends the process");
        }
    }

    #[test]
    fn a_second_request_to_stop_ends_the_process() {
        let this_program = std::env::current_exe().unwrap();
        let test = "service::signals::tests::each_signal_is_told_as_what_it_asks_for";
        let ended = Command::new(this_program)
            .args(["--exact", test])
            .env(VICTIM, "1")
            .output()
            .unwrap();
        assert_eq!(ended.status.signal(), Some(SIGINT), "{ended:?}");
    }
}
