//! `[alerts]` and `[web]`: who is told, and who may look.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::api::length;
use crate::config::leaf::{Fault, address};
use crate::config::reader::Fields;
use crate::config::source::{Span, Spanned};

pub(super) const ALERTS: &[&str] = &["webhook", "after"];
pub(super) const WEB: &[&str] = &["listen", "allow_remote"];

/// `[alerts]` as written; what is left out is `None`.
#[derive(Debug)]
pub struct AlertsForm {
    /// `webhook`.
    pub webhook: Option<SecretString>,
    /// `after`.
    pub after: Option<Duration>,
}

/// `[web]` as written; what is left out is `None`.
#[derive(Debug)]
pub struct WebForm {
    /// Its header.
    pub place: Span,
    /// `listen`.
    pub listen: Option<Spanned<SocketAddr>>,
    /// `allow_remote`.
    pub allow_remote: bool,
}

pub(super) fn read_alerts(fields: &Fields<'_>) -> AlertsForm {
    if fields.key("webhook").is_none() {
        let hint = "write the address that your chat tool gave you: webhook = \"https://…\"";
        fields.missing("webhook", hint);
    }
    AlertsForm {
        webhook: (fields.word("webhook", address::webhook)).map(|url| url.value.into()),
        after: length(fields, "after", 1, 86_400),
    }
}

pub(super) fn read_web(fields: &Fields<'_>) -> WebForm {
    let listen = |text: &str| {
        let wrong = |_| {
            Fault::new(format!("`{text}` is not an address with a port"))
                .hint("write it as 127.0.0.1:8107 or [::1]:8107")
        };
        text.parse::<SocketAddr>().map_err(wrong)
    };
    WebForm {
        place: fields.place(),
        listen: fields.word("listen", listen),
        allow_remote: fields.truth("allow_remote").unwrap_or(false),
    }
}
