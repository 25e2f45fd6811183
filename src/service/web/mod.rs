//! `/metrics`, `/healthz` and `/status.json` over HTTP: to be looked at, never to be changed by.
//!
//! Owns who may look. Must not know what the numbers mean.

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
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::info;

use super::health;
use super::metrics::Metrics;
use super::serve::{Bounds, Serving, serve};
use crate::clock::Clock;
use crate::config::WebSettings;
use crate::domain::Instant;
use crate::engine::Snapshot;
use crate::render::status::{Facts, Report};

const BOUNDS: Bounds = Bounds {
    buffer_bytes: 16 * 1024,
    longest: Duration::from_secs(30),
};

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

/// The time as a function of it.
pub fn time_of<C: Clock + 'static>(clock: Arc<C>) -> Box<dyn Fn() -> Instant + Send + Sync> {
    Box::new(move || clock.now())
}

/// Begins to answer.
///
/// # Errors
/// The address cannot be had.
pub(super) async fn listen(settings: WebSettings, window: Window) -> std::io::Result<Serving> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    info!(%address, "metrics and health are served");
    let router = router(settings, address, Arc::new(window));
    Ok(serve(listener, router, BOUNDS))
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

async fn metrics(State(window): State<Arc<Window>>) -> Response {
    let snapshot = window.snapshots.borrow().clone();
    let text = window
        .metrics
        .text(snapshot.as_deref(), &window.facts.borrow());
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
