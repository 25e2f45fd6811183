//! From the file's `[api]` to a client: the one place where the secret is read.
//!
//! Must not know what the client is for.

use std::future::Future;
use std::time::Duration;

use super::context::now;
use super::progress::waiting;
use super::{Exit, Failure};
use crate::config::{self, ApiSettings, Config, WireFormat, secrets};
use crate::contactnow::{
    ApiError, Backoff, Client, ClientSettings, Credentials, ErrorKind, Format, PolicyApi,
};
use crate::domain::policy::{LivePolicy, Uid};

/// How often a read after a write is tried: reading harms nobody, and not knowing does.
const READS: usize = 3;
/// The longest wait between two of them.
const BETWEEN_READS: Duration = Duration::from_secs(5);

/// A client for the account that the file names.
///
/// # Errors
/// No `[api]`, a secret that cannot be used, or settings that the client refuses.
pub(super) fn client(config: &Config) -> Result<Client, Failure> {
    let Some(api) = &config.api else {
        return Err(Failure::new("the file has no [api]")
            .exit(Exit::BadConfig)
            .at(config.path.display().to_string())
            .expected("a table [api] with username and password_file, or token_file"));
    };
    client_of(api, &place(config))
}

/// A client for an account; `place` says where its settings come from.
///
/// # Errors
/// A secret that cannot be used, or settings that the client refuses.
pub(super) fn client_of(api: &ApiSettings, place: &str) -> Result<Client, Failure> {
    Client::new(settings(api)?).map_err(|error| {
        Failure::new(error.to_string())
            .exit(Exit::BadConfig)
            .at(place)
    })
}

/// Where the settings of a file's account stand.
pub(super) fn place(config: &Config) -> String {
    format!("[api] in {}", config.path.display())
}

/// Asks the API to the end, on this thread.
///
/// # Errors
/// What is asked reports it, or the run time cannot be started.
pub(super) fn ask<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the run time cannot be started: {error}")))?;
    run_time.block_on(asking)
}

/// Every live policy of the account, as it was read.
///
/// # Errors
/// Anything but a complete answer.
pub(super) async fn read_all(client: &Client, place: &str) -> Result<Vec<LivePolicy>, Failure> {
    let read = waiting("reading the account", client.read(None, now())).await;
    read.map_err(|error| unread(&error, place))
}

/// Every live policy, or the one with an id, after something was written. Tried a few times.
///
/// # Errors
/// What the last try says.
pub(super) async fn read_back(
    client: &Client,
    which: Option<Uid>,
) -> Result<Vec<LivePolicy>, ApiError> {
    let mut backoff = Backoff::new(fastrand::u64(..));
    let reading = async {
        for _ in 1..READS {
            match client.read(which, now()).await {
                Err(error) if error.kind.is_transient() => {
                    let delay = backoff.next_delay(&error).unwrap_or_default();
                    tokio::time::sleep(delay.min(BETWEEN_READS)).await;
                }
                result => return result,
            }
        }
        client.read(which, now()).await
    };
    waiting("reading it back", reading).await
}

/// The failure of a command that could not read the account.
pub(super) fn unread(error: &ApiError, place: &str) -> Failure {
    let failure = Failure::new(format!("the account cannot be read: {error}")).at(place);
    match error.kind {
        ErrorKind::Authentication => failure.hint("look at the user name and at the key's file"),
        ErrorKind::Unreachable | ErrorKind::TimedOut => {
            failure.hint("look at base_url, at the network, and at the proxy in the environment")
        }
        _ => failure,
    }
}

fn settings(api: &ApiSettings) -> Result<ClientSettings, Failure> {
    let secret = secrets::read(api)
        .map_err(|error| Failure::new(error.to_string()).exit(Exit::BadConfig))?;
    let credentials = match &api.credentials {
        config::Credentials::Key { username, .. } => Credentials::Key {
            username: username.clone(),
            key: secret,
        },
        config::Credentials::Token { .. } => Credentials::Token(secret),
    };
    Ok(ClientSettings {
        base_url: api.base_url.clone(),
        credentials,
        format: match api.format {
            WireFormat::Json => Format::Json,
            WireFormat::Xml => Format::Xml,
        },
        campaign: api.campaign.clone(),
        address: api.address.clone(),
        ca_file: api.ca_file.clone(),
        concurrency: api.concurrency,
        batch: api.batch,
        connect_timeout: api.connect_timeout,
        read_timeout: api.read_timeout,
        timeout: api.timeout,
    })
}
