//! Alerts: what went wrong is told once by webhook, and told again when it is over.
//!
//! Owns a task of its own, so that nothing waits for it. Must not know how switching goes about it.

mod causes;
mod message;
mod queue;
mod webhook;

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::{mpsc, watch};
use tracing::{error, warn};

use crate::clock::{Clock, Wake};
use crate::contactnow::ErrorKind;
use crate::engine::{Command, Event, Snapshot};
use crate::store::{EventKind, Outcome};

use causes::Causes;
pub use message::{Alert, Kind, Stage};
use queue::Queue;
pub use webhook::{WebhookError, send};

/// Notices that wait at once; more are left out, and the log says so.
const NOTICES: usize = 256;

/// Something that happened and may be worth an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A drifted value was written back.
    Restored {
        /// The policy.
        policy: String,
        /// What it was, and is again.
        words: String,
    },
    /// Something began that lasts: told once until it is over.
    Began(Kind, String),
    /// It is over.
    Over(Kind),
    /// Something that is over by itself.
    Once(Kind, String),
}

/// Where notices are handed in; it never waits.
#[derive(Debug, Clone)]
pub struct Notices(mpsc::Sender<Notice>);

impl Notices {
    /// Hands one in.
    pub fn tell(&self, notice: Notice) {
        if self.0.try_send(notice).is_err() {
            warn!("too much happens at once: not all of it is alerted");
        }
    }

    /// What of the engine's events is worth a notice. The rest is seen in how everything stands.
    pub fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Ended(row) if row.outcome == Outcome::Restored => {
                let from = row.from.as_deref().unwrap_or("another value");
                self.tell(Notice::Restored {
                    policy: row.policy.clone(),
                    words: format!(
                        "it was set to {from} by another hand, and is {} again",
                        row.to
                    ),
                });
            }
            Event::ReadFailed { error, .. } if error.kind == ErrorKind::Authentication => {
                self.tell(Notice::Began(Kind::Authentication, error.to_string()));
            }
            Event::ReadAgain => self.tell(Notice::Over(Kind::Authentication)),
            Event::StoreFailed { error } => {
                self.tell(Notice::Began(Kind::Store, error.to_string()));
            }
            Event::ClockDoubted { words } => {
                self.tell(Notice::Began(Kind::Clock, (*words).to_owned()));
            }
            Event::ClockAccepted { .. } => self.tell(Notice::Over(Kind::Clock)),
            _ => {}
        }
    }
}

/// What the alerts are made from.
pub struct Watched<C> {
    /// The clock.
    pub clock: Arc<C>,
    /// How everything stands.
    pub snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
    /// Where an alert is recorded.
    pub commands: mpsc::Sender<Command>,
    /// What alerts were told by the run before this one, the oldest first.
    pub told_before: Vec<String>,
}

/// A way to hand in notices, and what they are handed to.
pub fn channel() -> (Notices, mpsc::Receiver<Notice>) {
    let (sender, receiver) = mpsc::channel(NOTICES);
    (Notices(sender), receiver)
}

/// Watches until nobody can hand in notices any more.
pub async fn run<C: Clock>(mut watched: Watched<C>, mut notices: mpsc::Receiver<Notice>) {
    let mut causes = Causes::new(&watched.told_before, watched.clock.now());
    let queue = Arc::new(Queue::default());
    let sending = tokio::spawn(webhook::keep_sending(
        Arc::clone(&queue),
        watched.snapshots.clone(),
    ));
    loop {
        let now = watched.clock.now();
        let snapshot = watched.snapshots.borrow_and_update().clone();
        let alerts = match &snapshot {
            Some(snapshot) => causes.look(snapshot, now),
            None => Vec::new(),
        };
        tell(alerts, &queue, &watched.commands);
        let wake_at = snapshot
            .and_then(|snapshot| causes.next_late(&snapshot, now))
            .unwrap_or(now + TimeDelta::hours(1));
        tokio::select! {
            notice = notices.recv() => match notice {
                Some(notice) => {
                    let now = watched.clock.now();
                    tell(causes.hear(notice, now), &queue, &watched.commands);
                }
                None => break,
            },
            Ok(()) = watched.snapshots.changed() => {}
            Wake::Due | Wake::ClockSet = watched.clock.sleep_until(wake_at) => {}
        }
    }
    sending.abort();
}

fn tell(alerts: Vec<Alert>, queue: &Queue, commands: &mpsc::Sender<Command>) {
    for alert in alerts {
        match alert.stage {
            Stage::Over => tracing::info!("alert over: {}", alert.text()),
            Stage::Began | Stage::Once => error!("alert: {}", alert.text()),
        }
        // The log has it, should the store be busy.
        let _ = commands.try_send(Command::Record(EventKind::Alert, alert.record()));
        if let Some(dropped) = queue.push(alert) {
            error!(
                "too many alerts wait to be sent: dropped: {}",
                dropped.text()
            );
        }
    }
}
