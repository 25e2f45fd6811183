//! `[api]` and `[daemon]`: leaves that need nothing else of the file.

use std::net::IpAddr;
use std::time::Duration;

use crate::config::leaf::{Fault, address, duration, words};
use crate::config::reader::{Fields, parse};
use crate::config::settings::WireFormat;
use crate::config::source::{Span, Spanned};

pub(super) const API: &[&str] = &[
    "base_url",
    "username",
    "password_file",
    "token_file",
    "format",
    "campaign",
    "address",
    "ca_file",
    "concurrency",
    "batch",
    "connect_timeout",
    "read_timeout",
    "timeout",
];
pub(super) const DAEMON: &[&str] = &["warm_up", "keep", "audit"];

const FORMATS: [(&str, WireFormat); 2] = [("json", WireFormat::Json), ("xml", WireFormat::Xml)];

/// The most addresses that a token may be asked for.
const MAX_ADDRESSES: usize = 10;

/// `[api]` as written; what is left out is `None`.
#[derive(Debug)]
pub struct ApiForm {
    /// Its header.
    pub place: Span,
    /// `base_url`.
    pub base_url: Option<String>,
    /// `username`.
    pub username: Option<Spanned<String>>,
    /// `password_file`.
    pub password_file: Option<Spanned<String>>,
    /// `token_file`.
    pub token_file: Option<Spanned<String>>,
    /// `format`.
    pub format: Option<WireFormat>,
    /// `campaign`.
    pub campaign: Option<String>,
    /// `address`.
    pub address: Vec<IpAddr>,
    /// `ca_file`.
    pub ca_file: Option<String>,
    /// `concurrency`.
    pub concurrency: Option<u64>,
    /// `batch`.
    pub batch: Option<u64>,
    /// `connect_timeout`.
    pub connect_timeout: Option<Duration>,
    /// `read_timeout`.
    pub read_timeout: Option<Duration>,
    /// `timeout`.
    pub timeout: Option<Duration>,
}

/// `[daemon]` as written; what is left out is `None`.
#[derive(Debug, Default)]
pub struct DaemonForm {
    /// `warm_up`.
    pub warm_up: Option<Duration>,
    /// `keep`.
    pub keep: Option<Duration>,
    /// `audit`.
    pub audit: Option<Spanned<String>>,
}

pub(super) fn read(fields: &Fields<'_>) -> ApiForm {
    let filled = |key: &str| -> Option<Spanned<String>> {
        let text = fields.text(key)?.map(str::to_owned);
        if text.value.trim().is_empty() {
            let message = format!("`{key}` is empty");
            fields.problems().at(text.span, message).error();
            return None;
        }
        Some(text)
    };
    let timeout = |key| length(fields, key, 1, 600);
    let word = |key| fields.word(key, |text| words::one_of(text, &FORMATS));
    let campaign = fields.text_or_integer("campaign");
    ApiForm {
        place: fields.place(),
        base_url: (fields.word("base_url", address::base_url)).map(|base| base.value),
        username: filled("username"),
        password_file: filled("password_file"),
        token_file: filled("token_file"),
        format: word("format").map(|format| format.value),
        campaign: campaign.map(|campaign| campaign.value),
        address: read_addresses(fields),
        ca_file: filled("ca_file").map(|file| file.value),
        concurrency: fields.integer_in("concurrency", 1, 64),
        batch: fields.integer_in("batch", 1, 100),
        connect_timeout: timeout("connect_timeout"),
        read_timeout: timeout("read_timeout"),
        timeout: timeout("timeout"),
    }
}

pub(super) fn read_daemon(fields: Option<&Fields<'_>>) -> DaemonForm {
    let Some(fields) = fields else {
        return DaemonForm::default();
    };
    const YEAR: u64 = 366 * 86_400;
    DaemonForm {
        warm_up: length(fields, "warm_up", 0, 600),
        keep: length(fields, "keep", 86_400, 100 * YEAR),
        audit: fields.text("audit").map(|text| text.map(str::to_owned)),
    }
}

/// A length of time from so many to so many seconds.
pub(super) fn length(fields: &Fields<'_>, key: &str, from: u64, to: u64) -> Option<Duration> {
    let read = |text: &str| {
        let length = duration::parse(text)?;
        if (from..=to).contains(&length.as_secs()) {
            return Ok(length);
        }
        let spelled = [from, to].map(|seconds| duration::spell(Duration::from_secs(seconds)));
        let message = format!("`{key}` must be {} to {}", spelled[0], spelled[1]);
        Err(Fault::new(message))
    };
    fields.word(key, read).map(|length| length.value)
}

fn read_addresses(fields: &Fields<'_>) -> Vec<IpAddr> {
    let texts = fields.texts("address").unwrap_or_default();
    if let Some(one_too_many) = texts.get(MAX_ADDRESSES) {
        let message = format!(
            "`address` has {} entries, {MAX_ADDRESSES} at most",
            texts.len()
        );
        fields.problems().at(one_too_many.span, message).error();
    }
    let one = |text: &Spanned<String>| {
        let text = Spanned {
            value: text.value.as_str(),
            span: text.span,
        };
        let read = |text: &str| {
            let wrong = |_| {
                Fault::new(format!("`{text}` is not an IP address"))
                    .hint("write it as 192.0.2.10 or 2001:db8::10")
            };
            text.parse().map_err(wrong)
        };
        Some(parse(fields.problems(), &text, read)?.value)
    };
    texts.iter().filter_map(one).collect()
}
