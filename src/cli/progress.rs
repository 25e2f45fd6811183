//! A bar for what takes long: on a terminal only, on stderr, gone when it is over.
//!
//! Must not know what it counts.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::contactnow::{ApiError, PolicyApi, Update};
use crate::domain::Instant;
use crate::domain::policy::{LivePolicy, Uid};

/// Columns of the bar itself.
const BAR: usize = 30;
/// Less than this many is over before anybody has read it.
const FEW: usize = 8;

/// A bar with a name. Dropped, it leaves an empty line behind.
pub(super) struct Progress {
    what: &'static str,
    total: AtomicUsize,
    done: AtomicUsize,
    /// What stands there now; `None` where nobody looks.
    shown: Option<Mutex<String>>,
}

impl Progress {
    /// A bar of `total` steps, shown if stderr is a terminal.
    pub fn new(what: &'static str, total: usize) -> Progress {
        Progress {
            what,
            total: AtomicUsize::new(total),
            done: AtomicUsize::new(0),
            shown: io::stderr()
                .is_terminal()
                .then(|| Mutex::new(String::new())),
        }
    }

    /// There is more to do.
    pub fn expect(&self, more: usize) {
        self.total.fetch_add(more, Ordering::Relaxed);
        self.show();
    }

    /// So much more is done.
    pub fn advance(&self, by: usize) {
        self.done.fetch_add(by, Ordering::Relaxed);
        self.show();
    }

    fn show(&self) {
        let Some(shown) = &self.shown else { return };
        let total = self.total.load(Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed);
        let line = if total < FEW || done >= total {
            String::new()
        } else {
            bar(self.what, done, total)
        };
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown != line {
            rewrite(&line);
            *shown = line;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self.shown.take().map(|shown| shown.into_inner());
        if shown.is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {
            rewrite("");
        }
    }
}

/// Waits for one answer, and says so from the first second on; nobody knows how far it is.
pub(super) async fn waiting<T>(what: &str, answer: impl Future<Output = T>) -> T {
    if !io::stderr().is_terminal() {
        return answer.await;
    }
    let mut answer = pin!(answer);
    let mut seconds = 0;
    loop {
        let found = tokio::time::timeout(Duration::from_secs(1), &mut answer).await;
        if seconds > 0 && found.is_ok() {
            rewrite("");
        }
        match found {
            Ok(answer) => return answer,
            Err(_) => seconds += 1,
        }
        rewrite(&format!("{what}, {seconds} s"));
    }
}

fn bar(what: &str, done: usize, total: usize) -> String {
    let full = BAR * done / total.max(1);
    format!(
        "{what} [{}{}] {:>3} %",
        "#".repeat(full),
        ".".repeat(BAR - full),
        100 * done / total.max(1)
    )
}

fn rewrite(line: &str) {
    let mut out = io::stderr().lock();
    // Nobody is there to be told that stderr is closed.
    let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
}

/// An API whose writes are counted by a bar.
pub(super) struct Counted<A> {
    pub api: Arc<A>,
    pub progress: Progress,
}

impl<A: PolicyApi> PolicyApi for Counted<A> {
    async fn read(&self, which: Option<Uid>, now: Instant) -> Result<Vec<LivePolicy>, ApiError> {
        waiting("reading the account", self.api.read(which, now)).await
    }

    async fn update(&self, updates: &[Update], now: Instant) -> Result<(), ApiError> {
        self.progress.expect(updates.len());
        let result = self.api.update(updates, now).await;
        self.progress.advance(updates.len());
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_up() {
        assert!(bar("writing", 0, 9).ends_with("..]   0 %"));
        assert!(bar("writing", 9, 9).ends_with("##] 100 %"));
        assert_eq!(bar("x", 5, 10).len(), bar("x", 9, 10).len());
    }
}
