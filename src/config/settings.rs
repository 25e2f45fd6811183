//! The last stage: what a good file means, right by construction.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::calendar::Calendar;
use crate::domain::policy::Policy;
use crate::domain::schedule::Schedule;
use crate::domain::zone::{Zone, ZoneData};

/// A schedule file that was read without an error.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it was read from.
    pub path: PathBuf,
    /// SHA-256 of its bytes, the first 12 hex digits: what the history names it by.
    pub hash: String,
    /// The policies, in the order of the file.
    pub policies: Vec<Policy>,
    /// The schedules, in the order of the file.
    pub schedules: Vec<Arc<Schedule>>,
    /// The calendars, in the order of the file.
    pub calendars: Vec<Arc<Calendar>>,
    /// The zone of the top of the file.
    pub default_zone: Option<Arc<Zone>>,
    /// The copy of the zone data that all of it was read with.
    pub zone_data: ZoneData,
    /// How to reach the API; `None` where the file has no `[api]`.
    pub api: Option<ApiSettings>,
    /// How the daemon goes about it.
    pub daemon: DaemonSettings,
    /// Who is told when something goes wrong; `None` where the file has no `[alerts]`.
    pub alerts: Option<AlertSettings>,
    /// Where metrics and health are served; `None` where the file has no `[web]`.
    pub web: Option<WebSettings>,
    /// The holiday sources that are fetched, in the order of the file.
    pub fetched: Vec<FetchedSource>,
}

/// A holiday source of a calendar that is fetched from elsewhere; its last good copy is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedSource {
    /// The calendar.
    pub calendar: String,
    /// Where from.
    pub url: String,
    /// Which division of the published feed is read.
    pub division: Option<String>,
    /// The name of the copy in the cache directory.
    pub file_name: String,
}

/// The table `[api]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// The base, a path prefix included, without a slash at its end. Plain http only to loopback.
    pub base_url: String,
    /// Who asks.
    pub credentials: Credentials,
    /// The form of requests and answers.
    pub format: WireFormat,
    /// The contact centre, for credentials that need it on every call.
    pub campaign: Option<String>,
    /// The addresses a token is asked for; at most 10, none by default.
    pub address: Vec<IpAddr>,
    /// A further certificate authority, PEM.
    pub ca_file: Option<PathBuf>,
    /// Requests at once, 1 to 64; 4 by default.
    pub concurrency: usize,
    /// Records in one update; 1 by default.
    pub batch: usize,
    /// Until a connection stands: 5 s by default.
    pub connect_timeout: Duration,
    /// Between two pieces of an answer: 10 s by default.
    pub read_timeout: Duration,
    /// For a whole request: 20 s by default.
    pub timeout: Duration,
}

/// Where the API is unless the file says otherwise.
pub const BASE_URL: &str = "https://api-106.dxi.eu";

impl ApiSettings {
    /// The settings with every default.
    pub fn new(credentials: Credentials) -> ApiSettings {
        ApiSettings {
            base_url: BASE_URL.to_owned(),
            credentials,
            format: WireFormat::default(),
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
}

/// Where the secret comes from. The secret itself is read only by commands that talk to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A user name and a key, for which the API gives tokens.
    Key {
        /// The user.
        username: String,
        /// The file with the key; `$CREDENTIALS_DIRECTORY/api-key` where there is none.
        file: Option<PathBuf>,
    },
    /// A token that somebody else renews.
    Token {
        /// The file with the token; `$CREDENTIALS_DIRECTORY/api-token` where there is none.
        file: Option<PathBuf>,
    },
}

/// The form of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WireFormat {
    /// JSON.
    #[default]
    Json,
    /// XML.
    Xml,
}

/// The table `[daemon]`: how the daemon goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonSettings {
    /// How long before a switch the token, the connection and the live values are made ready: `warm_up`, 10 s by default.
    pub warm_up: Duration,
    /// How long the history is kept: `keep`, 400 days by default.
    pub keep: Duration,
    /// When the account is read for drift: `audit`, a cron expression on UTC; every five minutes by default.
    pub audit: String,
}

/// The table `[alerts]`: who is told when something goes wrong.
#[derive(Debug, Clone)]
pub struct AlertSettings {
    /// Where alerts are posted. Whoever knows the address can post there: it is never shown.
    pub webhook: SecretString,
    /// How late a switch may be before it is an alert: `after`, two minutes by default.
    pub after: Duration,
}

/// The table `[web]`: where metrics and health are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSettings {
    /// The address and the port; of this machine only, unless `allow_remote` says otherwise.
    pub listen: SocketAddr,
    /// Whether other machines may ask.
    pub allow_remote: bool,
}
