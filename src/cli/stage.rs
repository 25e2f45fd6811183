//! A stage for the daemon without a real account: the simulator with the policies of a file.
//!
//! Shared by `demo` and `run --simulate`. Must not know what is played on it.

use std::sync::Arc;

use secrecy::SecretString;

use super::Failure;
use crate::clock::Clock;
use crate::config::Config;
use crate::contactnow::simulator::{Account, SimPolicy, SimQueue};
use crate::contactnow::{Client, ClientSettings, Credentials, Simulator, SimulatorSettings};
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::Selector;
use crate::domain::timeline::Timeline;

/// A simulator, and a client for it.
pub(super) struct Stage {
    pub simulator: Simulator,
    pub client: Arc<Client>,
    /// The simulated id of each policy of the file, in its order.
    pub uids: Vec<u64>,
}

/// What the account shows at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// What the schedule wants.
    AsWanted,
    /// Everything hung up, so that the first pass has something to do.
    HungUp,
}

impl Stage {
    /// Starts the simulator on a free port of loopback.
    pub async fn set<C: Clock + 'static>(
        config: &Config,
        clock: Arc<C>,
        now: Instant,
        opening: Opening,
    ) -> Result<Stage, Failure> {
        let (account, uids) = account(config, now, opening);
        let key = SecretString::from("a-key-of-the-simulator");
        let time = Arc::new(move || clock.now());
        let settings = SimulatorSettings {
            account,
            ..SimulatorSettings::new(key.clone(), time)
        };
        let username = settings.username.clone();
        let simulator = Simulator::start(settings)
            .await
            .map_err(|error| Failure::new(format!("the simulator cannot listen: {error}")))?;
        let credentials = Credentials::Key { username, key };
        let client = Client::new(ClientSettings::new(simulator.base_url(), credentials))
            .map_err(|error| Failure::new(error.to_string()))?;
        Ok(Stage {
            simulator,
            client: Arc::new(client),
            uids,
        })
    }
}

/// An account with every policy of the file, and every queue that it jumps to.
fn account(config: &Config, now: Instant, opening: Opening) -> (Account, Vec<u64>) {
    let mut free = (1..).filter(|uid| {
        let taken = |selector: &Selector| matches!(selector, Selector::Uid(id) if id.0 == *uid);
        !config.policies.iter().any(|one| taken(&one.selector))
    });
    let mut account = Account::default();
    let mut uids = Vec::with_capacity(config.policies.len());
    for policy in &config.policies {
        let (uid, description) = match &policy.selector {
            Selector::Uid(uid) => (uid.0, policy.name.clone()),
            Selector::Description(text) => (free.next().unwrap_or_default(), text.clone()),
        };
        let timeline = Timeline::new(policy, Vec::new());
        let default = match opening {
            Opening::AsWanted => timeline.state_at(now).action,
            Opening::HungUp => Action::Hangup,
        };
        let policy = SimPolicy::new(uid, description, default.to_string());
        account.policies.push(policy);
        uids.push(uid);
        let year = now + chrono::TimeDelta::days(366);
        for segment in timeline.segments(now, year) {
            if let Action::Jump(id) = segment.action
                && account.queues.iter().all(|queue| queue.qid != id.0.get())
            {
                let name = format!("Queue {}", id.0);
                account.queues.push(SimQueue::new(id.0.get(), name, uid));
            }
        }
    }
    (account, uids)
}
