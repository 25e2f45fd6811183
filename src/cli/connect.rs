//! From the file's `[api]` to a client: the one place where the secret is read.
//!
//! Must not know what the client is for.

use super::{Exit, Failure};
use crate::config::{self, ApiSettings, Config, WireFormat, secrets};
use crate::contactnow::{Client, ClientSettings, Credentials, Format};

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
    Client::new(settings(api)?).map_err(|error| {
        Failure::new(error.to_string())
            .exit(Exit::BadConfig)
            .at(format!("[api] in {}", config.path.display()))
    })
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
