//! Which policies are being written: never two writes for one at once.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Update;
use crate::domain::policy::Uid;

/// The policies with a write in work.
#[derive(Debug, Default)]
pub(super) struct Writing {
    uids: Mutex<HashSet<Uid>>,
    freed: Notify,
}

/// Policies that are this request's alone until it is dropped.
pub(super) struct Claim<'a> {
    writing: &'a Writing,
    uids: Vec<Uid>,
}

impl Writing {
    /// Waits until none of these policies is being written; all are claimed at once, so that two
    /// batches never wait for each other.
    pub(super) async fn claim(&self, updates: &[Update]) -> Claim<'_> {
        let uids: Vec<Uid> = updates.iter().map(|update| update.uid).collect();
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.take(&uids) {
                return Claim {
                    writing: self,
                    uids,
                };
            }
            freed.await;
        }
    }

    fn take(&self, uids: &[Uid]) -> bool {
        let mut taken = self.lock();
        let free = !uids.iter().any(|uid| taken.contains(uid));
        if free {
            taken.extend(uids);
        }
        free
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Uid>> {
        self.uids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut taken = self.writing.lock();
        for uid in &self.uids {
            taken.remove(uid);
        }
        drop(taken);
        self.writing.freed.notify_waiters();
    }
}
