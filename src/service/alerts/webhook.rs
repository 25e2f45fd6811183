//! Posting alerts. The address is a secret: no error names it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tracing::{debug, error, warn};

use super::message::Alert;
use super::queue::Queue;
use crate::engine::Snapshot;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The waits between tries: a quarter of an hour in all, then it is given up.
const WAITS: [u64; 8] = [1, 2, 5, 15, 60, 120, 300, 400];

/// Why an alert could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No connection, or no answer in time.
    #[error("the webhook cannot be reached: {0}")]
    Http(String),
    /// It answered, and did not take it.
    #[error("the webhook answered with HTTP status {0}")]
    Status(u16),
}

impl From<reqwest::Error> for WebhookError {
    fn from(error: reqwest::Error) -> WebhookError {
        let error = error.without_url();
        let mut words = error.to_string();
        // Its text alone says only that something failed.
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            words = format!("{words}: {inner}");
            cause = inner.source();
        }
        WebhookError::Http(words)
    }
}

/// Posts an alert once.
///
/// # Errors
/// It did not arrive, or was not taken.
pub async fn send(webhook: &SecretString, alert: &Alert) -> Result<(), WebhookError> {
    let mut client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if webhook.expose_secret().starts_with("http://") {
        // Of this machine: needs no certificates, and a machine without any is no reason to fail.
        client = client.tls_certs_only([]).no_proxy();
    }
    let request = client
        .build()?
        .post(webhook.expose_secret())
        .header("content-type", "application/json")
        .body(alert.json().to_string());
    let status = request.send().await?.status();
    match status.is_success() {
        true => Ok(()),
        false => Err(WebhookError::Status(status.as_u16())),
    }
}

/// Sends what waits, one after the other, to the webhook of the file in force.
pub(super) async fn keep_sending(
    queue: Arc<Queue>,
    mut snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
) {
    // Before the first pass nobody knows the file in force.
    if snapshots.wait_for(Option::is_some).await.is_err() {
        return;
    }
    loop {
        let alert = queue.pop().await;
        let mut waits = WAITS.into_iter();
        loop {
            let Some(webhook) = webhook(&snapshots) else {
                debug!("no [alerts] in the file: nobody is told");
                break;
            };
            let Err(error) = send(&webhook, &alert).await else {
                break;
            };
            // What is wrong with the alert itself does not change.
            let is_final = matches!(error, WebhookError::Status(400..=428 | 430..=499));
            let Some(wait) = waits.next().filter(|_| !is_final) else {
                error!("alert not sent, given up: {error}");
                break;
            };
            warn!("alert not sent, tried again in {wait} s: {error}");
            tokio::time::sleep(Duration::from_secs(wait)).await;
        }
    }
}

fn webhook(snapshots: &watch::Receiver<Option<Arc<Snapshot>>>) -> Option<SecretString> {
    let snapshot = snapshots.borrow();
    let alerts = snapshot.as_ref()?.config.alerts.as_ref()?;
    Some(alerts.webhook.clone())
}
