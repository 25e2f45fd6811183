//! The control socket: HTTP over a Unix socket, for the commands of this program and for curl.
//!
//! Owns the socket's file, and what may be asked there. Must not know what a hold or
//! a reload does.

pub mod client;
mod routes;
mod socket;
pub mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::serve::{Bounds, Serving, serve};
use crate::engine::{Command, Snapshot};
use crate::render::status::Facts;
use wire::ReloadOutcome;

pub use socket::SocketError;

use socket::Socket;

const BOUNDS: Bounds = Bounds {
    buffer_bytes: 64 * 1024,
    longest: Duration::from_secs(120),
};

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
    _serving: Serving,
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
        Ok(Control {
            _serving: serve(listener, routes::router(desk), BOUNDS),
            _socket: socket,
        })
    }
}
