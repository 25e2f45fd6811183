//! The control socket: HTTP over a Unix socket, for the commands of this program and for curl.
//!
//! Owns the socket's file, and how much and how long anybody may ask. Must not know what a hold or
//! a reload does.

pub mod client;
mod routes;
mod socket;
pub mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::engine::{Command, Snapshot};
use crate::render::status::Facts;
use wire::ReloadOutcome;

pub use socket::SocketError;

use socket::Socket;

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 16;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may last, whatever is asked over it.
const LONGEST: Duration = Duration::from_secs(120);

/// What the socket's requests are answered from.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Holds and audits go to the engine itself.
    pub commands: mpsc::Sender<Command>,
    /// Reloads go to the daemon.
    pub reloads: mpsc::Sender<oneshot::Sender<ReloadOutcome>>,
    /// How everything stands.
    pub snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
    /// What the engine does not know of its daemon.
    pub facts: watch::Receiver<Facts>,
}

/// A socket that is answered until the value is dropped.
#[derive(Debug)]
pub struct Control {
    task: JoinHandle<()>,
    // Removed when it is dropped.
    _socket: Socket,
}

impl Control {
    /// Makes the socket and begins to answer. One that nobody answers is replaced.
    ///
    /// # Errors
    /// Another daemon answers there, or the socket cannot be made.
    pub fn listen(path: &Path, desk: Desk) -> Result<Control, SocketError> {
        let (socket, listener) = Socket::bind(path)?;
        let task = tokio::spawn(answer(listener, desk));
        Ok(Control {
            task,
            _socket: socket,
        })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(listener: UnixListener, desk: Desk) {
    let router = routes::router(desk);
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, most likely: they come back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(64 * 1024)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A client that left, or asks nonsense, is no concern of the daemon.
            let _ = tokio::time::timeout(LONGEST, connection).await;
            drop(permit);
        });
    }
}
