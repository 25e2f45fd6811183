//! Alerts that wait to be sent: a few, the oldest dropped first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::message::Alert;

/// A webhook that is away for long is told no more than this when it is back.
const LONGEST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<VecDeque<Alert>>,
    news: Notify,
}

impl Queue {
    /// Puts one at the end; the one that had to make room is returned.
    pub fn push(&self, alert: Alert) -> Option<Alert> {
        let mut waiting = self.lock();
        let dropped = if waiting.len() == LONGEST {
            waiting.pop_front()
        } else {
            None
        };
        waiting.push_back(alert);
        self.news.notify_one();
        dropped
    }

    /// Waits for the first of them.
    pub async fn pop(&self) -> Alert {
        loop {
            let first = self.lock().pop_front();
            match first {
                Some(alert) => return alert,
                None => self.news.notified().await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Alert>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
