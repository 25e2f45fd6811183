//! How a request fails: a stable kind, whether to try again, and words without any secret.

use std::time::Duration;

/// A failed request. Never holds a URL, a token or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of failure, for labels and decisions.
    pub kind: ErrorKind,
    /// What was found and what was expected, in words.
    pub message: String,
    /// How long the server asked to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// The kinds of failure. Their names are stable: history, metrics and alerts carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// No connection, no name, or a connection that broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// An HTTP status of 3xx, 4xx or 5xx. Redirects are not followed.
    HttpStatus,
    /// An answer that is not what the API sends: HTML, empty, cut off, too large.
    BadAnswer,
    /// The credentials were refused: asking again soon does harm.
    Authentication,
    /// The token was refused, and a fresh one too.
    Token,
    /// The record was rejected (`bad` above 0).
    Rejected,
    /// The request as a whole was refused (`success` false, or an `error`).
    Refused,
    /// Accepted, but not what was read back.
    NotStored,
    /// The program's own settings: a missing secret, a certificate that cannot be read.
    Setup,
}

impl ErrorKind {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::TimedOut => "timed-out",
            ErrorKind::HttpStatus => "http-status",
            ErrorKind::BadAnswer => "bad-answer",
            ErrorKind::Authentication => "authentication",
            ErrorKind::Token => "token",
            ErrorKind::Rejected => "rejected",
            ErrorKind::Refused => "refused",
            ErrorKind::NotStored => "not-stored",
            ErrorKind::Setup => "setup",
        }
    }
}

impl ApiError {
    /// An error of a kind, in words that hold no secret.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> ApiError {
        ApiError {
            kind,
            message: message.into(),
            retry_after: None,
        }
    }
}
