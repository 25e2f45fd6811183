//! One request over HTTP: bounded in time, size and number, and free of the URL in every error.
//!
//! The only place that knows reqwest's client. Must not know tokens' lives or what was asked.

use std::error::Error as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::{Certificate, Response, StatusCode, Url};
use rustls::CertificateError;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::Instant as Stopwatch;

use super::asked::Asked;
use super::error::{ApiError, ErrorKind};
use super::settings::{ClientSettings, Credentials, is_loopback};
use super::wire::{Answer, Format, read_answer};
use super::words;
use crate::domain::Instant;

/// No answer is read beyond this; 5,000 policies take about 0.5 MiB.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;
/// No wish of the server's to wait is honoured beyond this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Sends requests.
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    format: Format,
    campaign: Option<String>,
    /// The key or the fixed token, hidden wherever a server should write it.
    secret: SecretString,
    permits: Semaphore,
    difference: Mutex<Option<TimeDelta>>,
}

/// One request. It holds secrets, so it has no Debug.
pub(super) struct Request<'a> {
    /// `token.php` or `database.php`.
    pub(super) script: &'a str,
    /// The arguments, without secrets.
    pub(super) arguments: Vec<(&'a str, String)>,
    /// The arguments that are secrets.
    pub(super) secrets: Vec<(&'a str, &'a SecretString)>,
    /// The body of a POST; a GET where there is none.
    pub(super) body: Option<&'a str>,
}

impl Transport {
    pub(super) fn new(settings: &ClientSettings) -> Result<Transport, ApiError> {
        let base = settings.base()?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("todswitch/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .timeout(settings.timeout)
            .pool_max_idle_per_host(settings.concurrency);
        if base.scheme() == "http" {
            // No certificate is ever looked at, and a machine without any must not fail here.
            builder = builder.tls_certs_only([]);
        } else if let Some(file) = &settings.ca_file {
            builder = builder.tls_certs_merge(authorities(file)?);
        }
        if is_loopback(&base) {
            // A proxy must not see what was meant to stay on this machine.
            builder = builder.no_proxy();
        }
        Ok(Transport {
            http: builder.build().map_err(|error| {
                match (&settings.ca_file, certificate_error(&error)) {
                    // The file's form was right, and what it holds was read only now.
                    (Some(file), Some(_)) => bad_ca_file(file, "a certificate in it is damaged"),
                    _ => error.into(),
                }
            })?,
            base,
            format: settings.format,
            campaign: settings.campaign.clone(),
            secret: match &settings.credentials {
                Credentials::Key { key, .. } => key.clone(),
                Credentials::Token(token) => token.clone(),
            },
            permits: Semaphore::new(settings.concurrency),
            difference: Mutex::new(None),
        })
    }

    /// Sends a request and passes a good answer.
    pub(super) async fn send(
        &self,
        request: &Request<'_>,
        asked: Asked,
    ) -> Result<Answer, ApiError> {
        let permit = self.permits.acquire().await;
        let watch = Stopwatch::now();
        let result = self.exchange(request, asked).await;
        drop(permit);
        let took = watch.elapsed();
        match result {
            Ok(answer) => {
                tracing::trace!(script = request.script, ?took, "answered");
                Ok(answer)
            }
            Err(mut error) => {
                let mut secrets = vec![&self.secret];
                secrets.extend(request.secrets.iter().map(|(_, secret)| *secret));
                error.message = words::safe(&error.message, &secrets);
                let kind = error.kind.as_str();
                tracing::debug!(script = request.script, ?took, kind, %error, "failed");
                Err(error)
            }
        }
    }

    async fn exchange(&self, request: &Request<'_>, asked: Asked) -> Result<Answer, ApiError> {
        let url = self.url(request)?;
        let sending = match request.body {
            None => self.http.get(url),
            Some(body) => self
                .http
                .post(url)
                .header(CONTENT_TYPE, content_type(self.format))
                .body(body.to_owned()),
        };
        let response = sending.send().await?;
        self.note_date(&response, asked.now());
        check_status(&response, asked.now())?;
        let body = read_body(response).await?;
        read_answer(self.format, &body)?.good()
    }

    fn url(&self, request: &Request<'_>) -> Result<Url, ApiError> {
        let mut url = self
            .base
            .join(request.script)
            .map_err(|_| ApiError::new(ErrorKind::Setup, "the base URL cannot be a base"))?;
        let mut query = url.query_pairs_mut();
        for (name, secret) in &request.secrets {
            query.append_pair(name, secret.expose_secret());
        }
        for (name, value) in &request.arguments {
            query.append_pair(name, value);
        }
        if let Some(campaign) = &self.campaign {
            query.append_pair("campaign", campaign);
        }
        query.append_pair("format", self.format.as_str());
        drop(query);
        Ok(url)
    }

    fn note_date(&self, response: &Response, now: Instant) {
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(http_date) else {
            return;
        };
        *self.lock_difference() = Some(date - now);
    }

    pub(super) fn clock_difference(&self) -> Option<TimeDelta> {
        *self.lock_difference()
    }

    fn lock_difference(&self) -> std::sync::MutexGuard<'_, Option<TimeDelta>> {
        self.difference
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The certificates of a `ca_file`, one at least.
fn authorities(file: &Path) -> Result<Vec<Certificate>, ApiError> {
    let pem = std::fs::read(file).map_err(|error| bad_ca_file(file, &error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(bad_ca_file(file, "it holds no certificate in PEM form")),
    }
}

fn bad_ca_file(file: &Path, why: &str) -> ApiError {
    ApiError::new(ErrorKind::Setup, format!("{}: {why}", file.display()))
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
    }
}

fn check_status(response: &Response, now: Instant) -> Result<(), ApiError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let why = if status.is_redirection() {
        ", a redirect, which is not followed: look at the base URL"
    } else if status == StatusCode::NOT_FOUND {
        ": look at the base URL, its path included"
    } else {
        ""
    };
    let mut error = ApiError::new(
        ErrorKind::HttpStatus,
        format!("the server answered HTTP {status}{why}"),
    );
    let wish = response.headers().get(RETRY_AFTER);
    error.retry_after = wish
        .and_then(|wish| wish.to_str().ok())
        .and_then(|wish| retry_after(wish, now));
    Err(error)
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        let mib = MAX_BODY / 1024 / 1024;
        ApiError::new(
            ErrorKind::BadAnswer,
            format!("the answer is larger than {mib} MiB"),
        )
    };
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BODY as u64)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Retry-After`: seconds, or a date.
fn retry_after(wish: &str, now: Instant) -> Option<Duration> {
    let wish = wish.trim();
    let wait = match wish.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (http_date(wish)? - now).to_std().unwrap_or_default(),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// A date of HTTP's preferred form, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Instant> {
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|date| date.with_timezone(&Utc))
}

/// The only way out for reqwest's errors: the URL, which carries token and key, stays behind.
impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> ApiError {
        let error = error.without_url();
        if let Some(why) = certificate_error(&error) {
            return ApiError::new(ErrorKind::Unreachable, certificate_words(&why));
        }
        let (kind, lead) = if error.is_builder() {
            (ErrorKind::Setup, "the client cannot be made")
        } else if error.is_timeout() && error.is_connect() {
            (ErrorKind::TimedOut, "no connection in time")
        } else if error.is_timeout() {
            (ErrorKind::TimedOut, "no answer in time")
        } else if error.is_connect() {
            (ErrorKind::Unreachable, "no connection")
        } else if error.is_body() || error.is_decode() {
            (ErrorKind::BadAnswer, "the answer is cut off")
        } else {
            (ErrorKind::Unreachable, "the connection broke")
        };
        let mut cause = error.source();
        while let Some(deeper) = cause.and_then(std::error::Error::source) {
            cause = Some(deeper);
        }
        let message = match cause {
            Some(cause) if is_without_roots(cause) => format!(
                "{lead}: this machine has no certificates of authorities; install its package \
                 ca-certificates, or set ca_file"
            ),
            Some(cause) if kind != ErrorKind::TimedOut => format!("{lead}: {cause}"),
            _ => lead.to_owned(),
        };
        ApiError::new(kind, words::safe(&message, &[]))
    }
}

/// Why the server's certificate was refused, wherever in the chain of causes that stands.
fn certificate_error(error: &(dyn std::error::Error + 'static)) -> Option<CertificateError> {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why.clone());
        }
        // An io::Error gives the cause of what it holds as its own, and so hides what it holds.
        link = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|held| held as _),
            None => error.source(),
        };
    }
    None
}

fn certificate_words(why: &CertificateError) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, UnknownIssuer,
    };
    let why = match why {
        // Or one of the same name, with another key.
        UnknownIssuer | BadSignature => {
            "no authority known here issued it; if one of your own did, name that \
                          authority's certificate in ca_file"
                .to_owned()
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "it is for another host; give base_url the name the certificate is for".to_owned()
        }
        Expired | ExpiredContext { .. } => {
            "it has expired; have it renewed, or set this machine's clock right".to_owned()
        }
        NotValidYet | NotValidYetContext { .. } => {
            "it is not valid yet; set this machine's clock right".to_owned()
        }
        other => format!("{other}; look at the server's certificate, and at ca_file"),
    };
    words::safe(&format!("the server's certificate is refused: {why}"), &[])
}

/// The words of rustls-platform-verifier, whose error has no kind of its own for it.
fn is_without_roots(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.to_string().contains("No CA certificates were loaded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (wish, expected) in [
            ("2", Some(2)),
            (" 120 ", Some(120)),
            ("86400", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", Some(3600)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(wish, now),
                expected.map(Duration::from_secs),
                "{wish:?}"
            );
        }
    }
}
