//! Asking the daemon from a command: over its control socket, on a run time of the moment.

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::failure::Failure;
use crate::service::control::client::{AskError, ask};

/// No body.
pub(super) const NOTHING: Option<&()> = None;

/// Asks the daemon; `None` where none runs.
///
/// # Errors
/// It may not be asked, it refuses, or its answer makes no sense.
pub(super) fn asked<T: DeserializeOwned>(
    context: &Context,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<Option<T>, Failure> {
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let socket = &context.places.socket;
    match run_time.block_on(ask(socket, method, path, body)) {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::Nobody(_)) => Ok(None),
        Err(error @ AskError::Denied { .. }) => Err(Failure::new(error.to_string())
            .hint("ask as root, as the user that the daemon runs as, or as one of its group")),
        Err(AskError::Problem { status, problem }) => {
            let failure = match status {
                StatusCode::BAD_REQUEST => Failure::usage(problem.error),
                _ => Failure::new(problem.error),
            };
            Err(failure.maybe_hint(problem.hint))
        }
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

/// The failure of a command that needs a daemon.
pub(super) fn nobody(context: &Context) -> Failure {
    Failure::new("no daemon answers")
        .at(context.places.socket.display().to_string())
        .hint("`systemctl status todswitch` says whether it runs")
        .hint("its socket lies in $RUNTIME_DIRECTORY, else in the state directory (--state-dir)")
}
