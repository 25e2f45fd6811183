//! `[alerts]` and `[web]` with their defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::Context;
use crate::config::forms::{AlertsForm, WebForm};
use crate::config::settings::{AlertSettings, WebSettings};

/// Where metrics and health are served unless the file says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8107);

/// How late a switch may be unless the file says otherwise.
const AFTER: Duration = Duration::from_secs(120);

/// The settings of `[alerts]`; `None` where the address is missing, which has been said.
pub fn alerts(form: &AlertsForm) -> Option<AlertSettings> {
    Some(AlertSettings {
        webhook: form.webhook.clone()?,
        after: form.after.unwrap_or(AFTER),
    })
}

/// The settings of `[web]`.
pub fn web(form: &WebForm, context: &Context<'_>) -> WebSettings {
    let listen = form.listen.as_ref().map_or(LISTEN, |listen| listen.value);
    if !listen.ip().is_loopback() && !form.allow_remote {
        let span = form
            .listen
            .as_ref()
            .map_or(form.place, |listen| listen.span);
        let message = "other machines could ask at this address";
        let hint = "listen on 127.0.0.1, or say `allow_remote = true` as well";
        context.problems.at(span, message).hint(hint).error();
    }
    WebSettings {
        listen,
        allow_remote: form.allow_remote,
    }
}
