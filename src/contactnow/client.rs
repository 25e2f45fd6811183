//! The client: the policy API over HTTP.
//!
//! Owns which requests there are and how many at once. Must not know how an answer is spelled, nor
//! when to try again.

use chrono::TimeDelta;

use super::error::ApiError;
use super::settings::ClientSettings;
use super::{PolicyApi, Update};
use crate::domain::Instant;
use crate::domain::action::{Action, QueueId};
use crate::domain::policy::{LivePolicy, Uid};

/// A queue of the account, as far as a switch cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its id, which `jump:` names.
    pub id: QueueId,
    /// Its kind, such as `inbound`; empty where the answer has none.
    pub kind: String,
    /// Its name; empty where the answer has none.
    pub description: String,
    /// The policy that hangs on it.
    pub policy: Option<Uid>,
}

/// The API over HTTP. One for each account; shared by reference. Debug prints no secret.
#[derive(Debug)]
pub struct Client {
    settings: ClientSettings,
}

impl Client {
    /// Makes a client; asks nothing yet.
    ///
    /// # Errors
    /// Settings that cannot work, always of the kind `Setup`.
    pub fn new(settings: ClientSettings) -> Result<Client, ApiError> {
        Ok(Client { settings })
    }

    /// Makes token and connection ready, so that a write at a boundary leaves at once.
    ///
    /// # Errors
    /// No good token.
    pub async fn warm_up(&self, _now: Instant) -> Result<(), ApiError> {
        todo!()
    }

    /// Creates a policy and gives its id. Never sent twice: after an unclear failure (any kind but
    /// `Rejected`, `Refused`, `Authentication`, `Token` and `Setup`) read all and look for it.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    pub async fn create(
        &self,
        _description: &str,
        _action: Action,
        _now: Instant,
    ) -> Result<Uid, ApiError> {
        todo!()
    }

    /// How many rules of its own a policy has; its default decides only calls that none matches.
    ///
    /// # Errors
    /// Anything but a complete and successful answer.
    pub async fn tod_rules(&self, _policy: Uid, _now: Instant) -> Result<usize, ApiError> {
        todo!()
    }

    /// The queues of the account.
    ///
    /// # Errors
    /// Anything but a complete and successful answer; not every account answers this method.
    pub async fn queues(&self, _now: Instant) -> Result<Vec<Queue>, ApiError> {
        todo!()
    }

    /// When the token that is kept expires; `None` where there is none, or nobody knows.
    pub fn token_expires(&self) -> Option<Instant> {
        todo!()
    }

    /// The server's clock less ours, by the last `Date` header that was seen; exact to a second or two.
    pub fn clock_difference(&self) -> Option<TimeDelta> {
        todo!()
    }

    /// How many records go into one update.
    pub fn batch(&self) -> usize {
        self.settings.batch
    }

    /// How many requests go out at once.
    pub fn concurrency(&self) -> usize {
        self.settings.concurrency
    }
}

impl PolicyApi for Client {
    async fn read(&self, _which: Option<Uid>, _now: Instant) -> Result<Vec<LivePolicy>, ApiError> {
        todo!()
    }

    async fn update(&self, _updates: &[Update], _now: Instant) -> Result<(), ApiError> {
        todo!()
    }
}
