//! How to reach the API: what a client is made from.
//!
//! Owns the defaults and what is refused before the first request. Must not know where a setting
//! or a secret came from.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::error::{ApiError, ErrorKind};
use super::wire::Format;

/// The most addresses a token may be asked for, by the API's documents.
pub const MAX_ADDRESSES: usize = 10;

/// How to reach the API.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// The base, a path prefix included. Plain http only to loopback.
    pub base_url: String,
    /// Who asks.
    pub credentials: Credentials,
    /// The form of requests and answers.
    pub format: Format,
    /// The contact centre, for credentials that need it on every call.
    pub campaign: Option<String>,
    /// The addresses a token is asked for; the requesting one where empty.
    pub address: Vec<IpAddr>,
    /// A further certificate authority, PEM.
    pub ca_file: Option<PathBuf>,
    /// Requests at once.
    pub concurrency: usize,
    /// Records in one update.
    pub batch: usize,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Between two pieces of an answer.
    pub read_timeout: Duration,
    /// For a whole request, once it may start.
    pub timeout: Duration,
}

/// Who asks. Debug prints no secret.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A user name and a key, for which the API gives tokens.
    Key {
        /// The user.
        username: String,
        /// The key.
        key: SecretString,
    },
    /// A token that somebody else renews.
    Token(SecretString),
}

impl ClientSettings {
    /// The settings with every default.
    pub fn new(base_url: impl Into<String>, credentials: Credentials) -> ClientSettings {
        ClientSettings {
            base_url: base_url.into(),
            credentials,
            format: Format::default(),
            campaign: None,
            address: Vec::new(),
            ca_file: None,
            concurrency: 4,
            batch: 1,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(20),
        }
    }

    /// The base as a URL whose path ends with a slash.
    ///
    /// # Errors
    /// Not a URL, not https (plain http is for loopback), or with more than a host and a path.
    pub(super) fn base(&self) -> Result<Url, ApiError> {
        let refuse = |why: &str| ApiError::new(ErrorKind::Setup, format!("the base URL {why}"));
        let mut url = Url::parse(&self.base_url).map_err(|_| refuse("is not a URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(refuse("is plain http, which is for loopback only")),
            _ => return Err(refuse("is neither http nor https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("has a user name or a password in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment"));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }

    /// What is wrong beside the base.
    ///
    /// # Errors
    /// A secret that is missing, or a number out of its bounds.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let refuse = |why: &str| Err(ApiError::new(ErrorKind::Setup, why));
        let (name, secret) = match &self.credentials {
            Credentials::Key { username, .. } if username.trim().is_empty() => {
                return refuse("the user name is empty");
            }
            Credentials::Key { key, .. } => ("key", key),
            Credentials::Token(token) => ("token", token),
        };
        if secret.expose_secret().trim().is_empty() {
            return refuse(&format!("the {name} is empty"));
        }
        if self.address.len() > MAX_ADDRESSES {
            return refuse("a token can be asked for 10 addresses at most");
        }
        if self.concurrency == 0 || self.batch == 0 {
            return refuse("concurrency and batch are 1 at least");
        }
        Ok(())
    }
}

/// Whether a base is one of this machine.
pub fn is_loopback_url(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| is_loopback(&url))
}

/// Whether plain http to it stays on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base: &str) -> ClientSettings {
        ClientSettings::new(base, Credentials::Token("t0ken".into()))
    }

    #[test]
    fn a_base_keeps_its_path_prefix() {
        for (base, expected) in [
            ("https://api-106.dxi.eu", "https://api-106.dxi.eu/"),
            ("https://h/api", "https://h/api/"),
            ("https://h/api/", "https://h/api/"),
            ("http://127.0.0.1:8106", "http://127.0.0.1:8106/"),
            ("http://[::1]:8106/x", "http://[::1]:8106/x/"),
            ("http://localhost", "http://localhost/"),
        ] {
            assert_eq!(settings(base).base().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn a_base_that_would_leak_or_mislead_is_refused() {
        for (base, why) in [
            ("api-106.dxi.eu", "is not a URL"),
            ("http://api-106.dxi.eu", "is plain http"),
            ("http://127.0.0.1.example.com", "is plain http"),
            ("ftp://h", "is neither"),
            ("https://u:p@h", "has a user name"),
            ("https://h/?token=1", "has a query"),
            ("https://h/#x", "has a query or a fragment"),
        ] {
            let error = settings(base).base().unwrap_err();
            assert_eq!(error.kind, ErrorKind::Setup);
            assert!(error.message.contains(why), "{base}: {error}");
        }
    }

    #[test]
    fn a_real_account_is_not_on_this_machine() {
        assert!(is_loopback_url("http://127.0.0.1:8106"));
        for elsewhere in [
            "https://api-106.dxi.eu",
            "https://127.0.0.1.example.com",
            "",
        ] {
            assert!(!is_loopback_url(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn nothing_secret_is_in_debug() {
        let key = Credentials::Key {
            username: "acme".into(),
            key: "s3cret".into(),
        };
        let settings = ClientSettings::new("https://h", key);
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}
