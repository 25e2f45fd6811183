//! The ContactNow API: what can be asked of it, and how it fails.
//!
//! Owns the wire forms, the token and what a failure means. Must not know the schedule, the store
//! or a clock: `now` is an argument.

pub mod client;
pub mod error;
pub mod queue;
pub mod retry;
pub mod settings;
pub mod simulator;
pub mod wire;

mod asked;
mod token;
mod transport;
mod words;
mod writing;

use std::future::Future;

use chrono::TimeDelta;

use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::{LivePolicy, Uid};

pub use client::Client;
pub use error::{ApiError, ErrorKind};
pub use queue::Queue;
pub use retry::Backoff;
pub use settings::{ClientSettings, Credentials, is_loopback_url};
pub use simulator::{Simulator, SimulatorSettings};
pub use wire::Format;

/// What the engine asks of the API. Real over HTTP, and in memory for its tests.
pub trait PolicyApi: Send + Sync {
    /// Reads every live policy of the account, or the one with this id.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    fn read(
        &self,
        which: Option<Uid>,
        now: Instant,
    ) -> impl Future<Output = Result<Vec<LivePolicy>, ApiError>> + Send;

    /// Writes the defaults of policies in one request: one of them, unless batches are configured.
    /// Ok means accepted, which proves nothing: read it back.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    fn update(
        &self,
        updates: &[Update],
        now: Instant,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// The server's clock less ours, by the last answer, where that is known.
    fn clock_difference(&self) -> Option<TimeDelta> {
        None
    }

    /// When the token in use ends, where there is one and that is known.
    fn token_expires(&self) -> Option<Instant> {
        None
    }

    /// When the token in use was first given, where there is one.
    fn token_taken(&self) -> Option<Instant> {
        None
    }
}

/// One policy to write, all three fields as the API wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its id.
    pub uid: Uid,
    /// Its description as it was read, sent back unchanged.
    pub description: String,
    /// The default to set.
    pub action: Action,
}
