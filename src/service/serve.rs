//! Answering the connections of a listener: so many at a time, each for so long.
//!
//! Owns the bounds of a connection. Must not know what is asked, nor over which kind of socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinHandle};

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 16;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long, where others wait: those who say nothing must not keep a probe from being answered.
const PATIENCE_WHEN_FULL: Duration = Duration::from_millis(250);

/// The bounds that differ from one listener to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The most that is kept of a request before it is understood.
    pub buffer_bytes: usize,
    /// How long a connection may last, whatever is asked over it.
    pub longest: Duration,
}

/// A listener that is answered until the value is dropped.
#[derive(Debug)]
pub(super) struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to answer, one request a connection.
pub(super) fn serve(listener: impl Listener, router: Router, bounds: Bounds) -> Serving {
    Serving(tokio::spawn(answer(listener, router, bounds)))
}

async fn answer(mut listener: impl Listener, router: Router, bounds: Bounds) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open: Vec<Open> = Vec::new();
    loop {
        // Waits out whatever keeps it from accepting, too many open files included.
        let (stream, _) = listener.accept().await;
        open.retain(|one| !one.task.is_finished());
        let permit = loop {
            let free = Arc::clone(&permits).acquire_owned();
            match tokio::time::timeout(PATIENCE_WHEN_FULL, free).await {
                Ok(Ok(permit)) => break permit,
                Ok(Err(_)) => return,
                Err(_) => open.iter().for_each(Open::show_out),
            }
        };
        let has_asked = Arc::new(AtomicBool::new(false));
        let routes = TowerToHyperService::new(router.clone());
        let asks = Arc::clone(&has_asked);
        let service = service_fn(move |request| {
            asks.store(true, Ordering::Relaxed);
            routes.call(request)
        });
        let task = tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(bounds.buffer_bytes)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A client that left, or asks nonsense, is no concern of the daemon.
            let _ = tokio::time::timeout(bounds.longest, connection).await;
            drop(permit);
        });
        open.push(Open {
            has_asked,
            task: task.abort_handle(),
        });
    }
}

/// A connection that may still be answered.
struct Open {
    has_asked: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Open {
    /// Ends it, unless it has said what it wants.
    fn show_out(&self) {
        if !self.has_asked.load(Ordering::Relaxed) {
            self.task.abort();
        }
    }
}
