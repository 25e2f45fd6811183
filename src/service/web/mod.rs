//! `/metrics`, `/healthz` and `/status.json` over HTTP: to be looked at, never to be changed by.
//!
//! Owns how many may look and how long. Must not know what the numbers mean.

mod host;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tracing::info;

use super::health;
use super::metrics::Metrics;
use crate::clock::Clock;
use crate::config::WebSettings;
use crate::domain::Instant;
use crate::engine::Snapshot;
use crate::render::status::{Facts, Report};

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 16;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may last, whatever is asked over it.
const LONGEST: Duration = Duration::from_secs(30);

/// What requests are answered from.
pub struct Window {
    /// How everything stands.
    pub snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
    /// What the engine does not know of its daemon.
    pub facts: watch::Receiver<Facts>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub now: Box<dyn Fn() -> Instant + Send + Sync>,
}

/// A listener that is answered until the value is dropped.
#[derive(Debug)]
pub struct Web(JoinHandle<()>);

impl Drop for Web {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The time as a function of it.
pub fn time_of<C: Clock + 'static>(clock: Arc<C>) -> Box<dyn Fn() -> Instant + Send + Sync> {
    Box::new(move || clock.now())
}

/// Begins to answer.
///
/// # Errors
/// The address cannot be had.
pub async fn listen(settings: WebSettings, window: Window) -> std::io::Result<Web> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    info!(%address, "metrics and health are served");
    let router = router(settings, address, Arc::new(window));
    Ok(Web(tokio::spawn(answer(listener, router))))
}

fn router(settings: WebSettings, address: SocketAddr, window: Arc<Window>) -> Router {
    let guard = move |request: Request, next: Next| async move {
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        // A page of another site must not read this one by a name of its own.
        if settings.allow_remote || host.is_some_and(|host| host::is_ours(host, address)) {
            return next.run(request).await;
        }
        let words = "this name is not served here\n";
        (StatusCode::MISDIRECTED_REQUEST, words).into_response()
    };
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/status.json", get(status))
        .with_state(window)
        .layer(middleware::from_fn(guard))
}

async fn answer(listener: TcpListener, router: Router) {
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
                .max_buf_size(16 * 1024)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A client that left, or asks nonsense, is no concern of the daemon.
            let _ = tokio::time::timeout(LONGEST, connection).await;
            drop(permit);
        });
    }
}

async fn metrics(State(window): State<Arc<Window>>) -> Response {
    let snapshot = window.snapshots.borrow().clone();
    let started = window.facts.borrow().started;
    let text = window.metrics.text(snapshot.as_deref(), started);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn healthz(State(window): State<Arc<Window>>) -> Response {
    let snapshot = window.snapshots.borrow().clone();
    let complaints = health::complaints(snapshot.as_deref(), (window.now)());
    match complaints.is_empty() {
        true => "ok\n".into_response(),
        false => {
            let text = complaints.join("\n") + "\n";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn status(State(window): State<Arc<Window>>) -> Json<Report> {
    let snapshot = window.snapshots.borrow().clone();
    Json(Report::of(snapshot.as_deref(), &window.facts.borrow()))
}
