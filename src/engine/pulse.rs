//! The loop's sign of life, given by the loop itself and only while it makes progress.
//!
//! Must not know who listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is done at each beat.
pub type Beat = Box<dyn FnMut() + Send>;

/// Counts what was brought to an end, so that a pass that hangs is told from one that is long.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

/// The beats.
#[derive(Default)]
pub(super) struct Pulse {
    beat: Option<(Duration, Beat)>,
    progress: Progress,
}

impl Progress {
    /// A request came to its end, whichever way.
    pub fn made(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Pulse {
    pub fn new(every: Duration, beat: Beat, progress: Progress) -> Pulse {
        Pulse {
            beat: Some((every, beat)),
            progress,
        }
    }

    /// Beats once, and then for as long as it is polled, while `is_well`. Never ends.
    pub async fn keep_beating(&mut self, is_well: impl Fn() -> bool) {
        let Some((every, beat)) = &mut self.beat else {
            return std::future::pending().await;
        };
        loop {
            if is_well() {
                beat();
            }
            tokio::time::sleep(*every).await;
        }
    }

    /// The same, while requests come to an end within this time of one another.
    pub async fn keep_beating_while_working(&mut self, patience: Duration) {
        let Some((every, beat)) = &mut self.beat else {
            return std::future::pending().await;
        };
        let (mut seen, mut still) = (self.progress.count(), Duration::ZERO);
        loop {
            let count = self.progress.count();
            if count != seen {
                (seen, still) = (count, Duration::ZERO);
            }
            if still < patience {
                beat();
            }
            tokio::time::sleep(*every).await;
            still = still.saturating_add(*every);
        }
    }
}
