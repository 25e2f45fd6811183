//! A simulator of the API over real HTTP, with its documented quirks and faults on demand.
//!
//! Owns an account in memory. Must not know the client: it reads and writes the wire forms by
//! itself, so that one mistake cannot cancel out another.

pub mod account;
pub mod fault;
pub mod log;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::Instant;

pub use account::{Account, SimPolicy, SimQueue};
pub use fault::{Fault, Scope, Times};
pub use log::{Entry, Load};

/// Where the simulator takes the time from, for the life of tokens and its log.
pub type TimeSource = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What a simulator is made from.
#[derive(Clone)]
pub struct SimulatorSettings {
    /// Where it listens; port 0 for any.
    pub listen: SocketAddr,
    /// A path before `/token.php` and `/database.php`, such as `/api`; empty by default.
    pub prefix: String,
    /// The user it knows.
    pub username: String,
    /// The user's key.
    pub key: SecretString,
    /// The account it starts with.
    pub account: Account,
    /// The contact centre that every call must name.
    pub campaign: Option<String>,
    /// The time.
    pub time: TimeSource,
    /// How long a token lives.
    pub token_life: Duration,
    /// Whether an update that changes nothing counts in `total`; a real server may not.
    pub count_unchanged: bool,
    /// Who it takes every caller for, where that is not the peer's address.
    pub pretend_peer: Option<IpAddr>,
    /// A seed for its tokens; random where there is none.
    pub seed: Option<u64>,
}

/// A running simulator. It stops when it is dropped.
pub struct Simulator {
    addr: SocketAddr,
    prefix: String,
}

impl Simulator {
    /// Starts one at `settings.listen`.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub async fn start(settings: SimulatorSettings) -> io::Result<Simulator> {
        let listener = std::net::TcpListener::bind(settings.listen)?;
        Simulator::start_on(listener, settings).await
    }

    /// Starts one on a listener that stands already.
    ///
    /// # Errors
    /// The listener is not one.
    #[expect(clippy::unused_async, reason = "must be called inside a runtime")]
    pub async fn start_on(
        listener: std::net::TcpListener,
        settings: SimulatorSettings,
    ) -> io::Result<Simulator> {
        Ok(Simulator {
            addr: listener.local_addr()?,
            prefix: settings.prefix,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.addr, self.prefix)
    }

    /// Serves until `shutdown` is ready, then lets requests in work end.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
    }

    /// Adds a fault; the ones added first strike first.
    pub fn fault(&self, _fault: Fault, _scope: Scope, _times: Times) {
        todo!()
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        todo!()
    }

    /// Sets a default by hand, as somebody in the admin interface would. False where no policy has the uid.
    pub fn set_by_hand(&self, _uid: u64, _default: &str) -> bool {
        todo!()
    }

    /// Ends every token's life now.
    pub fn expire_tokens(&self) {
        todo!()
    }

    /// The policies as they are stored.
    pub fn policies(&self) -> Vec<SimPolicy> {
        todo!()
    }

    /// One policy's stored default.
    pub fn default_of(&self, _uid: u64) -> Option<String> {
        todo!()
    }

    /// What was asked since the log was cleared; the last 20,000 requests.
    pub fn log(&self) -> Vec<Entry> {
        todo!()
    }

    /// How much was in work at once since the log was cleared.
    pub fn load(&self) -> Load {
        todo!()
    }

    /// Forgets the log and the load.
    pub fn clear_log(&self) {
        todo!()
    }
}

impl SimulatorSettings {
    /// Any free port on loopback, the user `acme-api` with this key, the sample account.
    pub fn new(key: SecretString, time: TimeSource) -> SimulatorSettings {
        SimulatorSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            prefix: String::new(),
            username: "acme-api".into(),
            key,
            account: Account::sample(),
            campaign: None,
            time,
            token_life: Duration::from_secs(12 * 3600),
            count_unchanged: true,
            pretend_peer: None,
            seed: None,
        }
    }
}
