//! Fetching holiday lists from elsewhere, with the last good copy kept.
//!
//! A copy is replaced only by one that can be read. Must not know what the holidays are for.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tracing::{info, warn};

use crate::config::{FetchedSource, holidays};

/// No list is longer; the published feed has 60 kB.
const LARGEST: usize = 4 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Whether a fetch brought anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// At least one list differs from its copy before.
    Changed,
    /// None does.
    Unchanged,
}

/// Fetches every list into `cache_dir`. What fails is logged, and its last good copy stays.
pub(super) async fn refresh(sources: &[FetchedSource], cache_dir: &Path) -> Refreshed {
    let mut refreshed = Refreshed::Unchanged;
    for source in sources {
        let calendar = &source.calendar;
        match fetch(source, cache_dir).await {
            Ok(Refreshed::Changed) => {
                info!(calendar, "holidays fetched: the list is new");
                refreshed = Refreshed::Changed;
            }
            Ok(Refreshed::Unchanged) => {}
            Err(error) => warn!(
                calendar,
                "holidays not fetched, the last copy stays: {error}"
            ),
        }
    }
    refreshed
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("{0}")]
    Http(reqwest::Error),
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("the list is larger than 4 MiB")]
    TooLarge,
    #[error("{0}")]
    Unreadable(String),
    #[error("the copy cannot be kept: {0}")]
    Copy(#[from] io::Error),
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> FetchError {
        FetchError::Http(error.without_url())
    }
}

async fn fetch(source: &FetchedSource, cache_dir: &Path) -> Result<Refreshed, FetchError> {
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .referer(false)
        .build()?;
    let mut answer = client.get(&source.url).send().await?;
    if !answer.status().is_success() {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    holidays::read(&source.file_name, &body, source.division.as_deref())
        .map_err(|fault| FetchError::Unreadable(fault.to_string()))?;
    keep(&cache_dir.join(&source.file_name), &body)
}

/// Puts a copy in place of the one before, whole or not at all.
fn keep(path: &Path, body: &[u8]) -> Result<Refreshed, FetchError> {
    if fs::read(path).is_ok_and(|before| before == body) {
        return Ok(Refreshed::Unchanged);
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let beside = path.with_extension("new");
    let file = fs::File::create(&beside)?;
    io::Write::write_all(&mut &file, body)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(Refreshed::Changed)
}
