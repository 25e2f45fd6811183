//! The other end of the control socket: one request a connection.
//!
//! Must not know what is asked.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use super::wire::Problem;

/// A little longer than the daemon takes to say that it is busy.
const PATIENCE: Duration = Duration::from_secs(70);

/// The status of 5,000 policies is about 5 MB.
const LARGEST_ANSWER: usize = 64 << 20;

/// Why there is no answer, or none that was hoped for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No daemon runs there.
    #[error("no daemon answers at {}", .0.display())]
    Nobody(PathBuf),
    /// It may run, but may not be asked.
    #[error("{}: {source}", path.display())]
    Denied {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It answered that it will not, or cannot.
    #[error("{}", problem.error)]
    Problem {
        /// The code.
        status: StatusCode,
        /// Its words.
        problem: Problem,
    },
    /// It took the request and gave no answer that makes sense.
    #[error("the daemon gave no answer: {0}")]
    NoAnswer(String),
}

/// Asks the daemon behind a socket.
///
/// # Errors
/// Nobody is there, the daemon refuses, or its answer is not what was asked for.
pub async fn ask<T: DeserializeOwned>(
    socket: &Path,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<T, AskError> {
    let stream = UnixStream::connect(socket).await.map_err(|source| {
        let path = socket.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::Nobody(path),
            _ => AskError::Denied { path, source },
        }
    })?;
    let body = match body.map(serde_json::to_vec) {
        None => Vec::new(),
        Some(bytes) => bytes.map_err(no_answer)?,
    };
    let answered = tokio::time::timeout(PATIENCE, exchange(stream, method, path, body));
    let (status, bytes) = answered
        .await
        .map_err(|_| no_answer("it takes too long"))??;
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(no_answer);
    }
    let problem = serde_json::from_slice(&bytes).unwrap_or_else(|_| Problem {
        error: String::from_utf8_lossy(&bytes).trim().to_owned(),
        hint: None,
    });
    Err(AskError::Problem { status, problem })
}

async fn exchange(
    stream: UnixStream,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<(StatusCode, Bytes), AskError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(no_answer)?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "todswitch")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(no_answer)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(no_answer)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST_ANSWER);
        let bytes = body.collect().await.map_err(no_answer)?.to_bytes();
        Ok((status, bytes))
    };
    let mut exchange = std::pin::pin!(exchange);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        done = &mut exchange => done,
        // The daemon closes when it has answered: what was read is still to be taken up.
        _ = &mut connection => exchange.await,
    }
}

/// A text as one part of a path.
#[must_use]
pub fn path_part(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => part.push(char::from(byte)),
            byte => part.push_str(&format!("%{byte:02X}")),
        }
    }
    part
}

fn no_answer(error: impl ToString) -> AskError {
    AskError::NoAnswer(error.to_string())
}
