//! A simulator of the API over real HTTP, with its documented quirks and faults on demand.
//!
//! Owns an account in memory. Must not know the client: it reads and writes the wire forms by
//! itself, so that one mistake cannot cancel out another.

pub mod account;
pub mod fault;
pub mod log;

mod call;
mod connection;
mod control;
mod endpoints;
mod reply;
mod state;
mod tokens;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::domain::Instant;
use connection::{Caller, Door};
use state::State;

pub use account::{Account, SimPolicy, SimQueue};
pub use fault::{Fault, Scope, Times};
pub use log::{Entry, Load};

/// No request is read beyond this.
const MAX_BODY: usize = 16 * 1024 * 1024;

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

/// A running simulator. Dropped, it stops when the requests in work have ended.
pub struct Simulator {
    addr: SocketAddr,
    state: Arc<State>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// How long requests in work may take to end when it is told to stop.
const GRACE: Duration = Duration::from_secs(5);

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
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let addr = listener.local_addr()?;
        let prefix = settings.prefix.clone();
        let state = Arc::new(State::new(settings));
        let routes = Router::new()
            .route(&format!("{prefix}/token.php"), any(endpoints::token))
            .route(&format!("{prefix}/database.php"), any(endpoints::database))
            .merge(control::routes())
            .fallback(endpoints::nowhere)
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::clone(&state));
        let door = Door {
            listener,
            state: Arc::clone(&state),
        };
        let (stop, stopped) = oneshot::channel();
        let service = routes.into_make_service_with_connect_info::<Caller>();
        let serving = axum::serve(door, service).with_graceful_shutdown(async {
            // Dropping the sender stops it as well.
            let _ = stopped.await;
        });
        Ok(Simulator {
            addr,
            state,
            stop,
            task: tokio::spawn(serving.into_future()),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.addr, self.state.settings.prefix)
    }

    /// Serves until `shutdown` is ready, then lets requests in work end, for 5 s at most.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
        drop(self.stop);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            abort.abort();
        }
    }

    /// Adds a fault; the ones added first strike first.
    pub fn fault(&self, fault: Fault, scope: Scope, times: Times) {
        self.state.lock().faults.add(fault, scope, times);
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        self.state.lock().faults.clear();
    }

    /// Sets a default by hand, as somebody in the admin interface would. False where no policy has the uid.
    pub fn set_by_hand(&self, uid: u64, default: &str) -> bool {
        self.state.lock().account.set_by_hand(uid, default)
    }

    /// Ends every token's life now.
    pub fn expire_tokens(&self) {
        let now = self.state.now();
        self.state.lock().tokens.expire(None, now);
    }

    /// A good token for callers on loopback, the same one that `token.php` gives them.
    pub fn token(&self) -> SecretString {
        let now = self.state.now();
        let peer = self.state.settings.pretend_peer;
        let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        let life = self.state.settings.token_life;
        let (token, _) = self.state.lock().tokens.give(&[peer], now, life);
        token.into()
    }

    /// The policies as they are stored.
    pub fn policies(&self) -> Vec<SimPolicy> {
        self.state.lock().account.policies.clone()
    }

    /// One policy's stored default.
    pub fn default_of(&self, uid: u64) -> Option<String> {
        let inner = self.state.lock();
        let policy = inner
            .account
            .policies
            .iter()
            .find(|policy| policy.uid == uid);
        policy.map(|policy| policy.default.clone())
    }

    /// What was asked since the log was cleared; the last 20,000 requests.
    pub fn log(&self) -> Vec<Entry> {
        self.state.lock().log.entries()
    }

    /// How much was in work at once since the log was cleared.
    pub fn load(&self) -> Load {
        self.state.lock().log.load()
    }

    /// Forgets the log and the load.
    pub fn clear_log(&self) {
        self.state.lock().log.clear();
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
