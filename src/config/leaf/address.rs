//! Addresses that secrets are sent to: the base of the API, and a webhook.

use std::net::IpAddr;

use super::Fault;

/// Reads a base: `https`, or plain `http` to this machine only; a path prefix is kept, the slashes
/// at its end are not. What is wrong is never quoted, for an address may hold a secret.
///
/// # Errors
/// Another scheme, a user name, a query, a fragment, or no host.
pub fn base_url(text: &str) -> Result<String, Fault> {
    const SHAPE: &str = "write it as https://api-106.dxi.eu, a path after it if there is one";
    if text.contains(['?', '#']) {
        let message = "the address must not have a query or a fragment";
        return Err(Fault::new(message).hint(SHAPE));
    }
    checked(text, SHAPE)?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// Reads the address of a webhook: the same, and it may have a query.
///
/// # Errors
/// Another scheme, a user name, a fragment, or no host.
pub fn webhook(text: &str) -> Result<String, Fault> {
    const SHAPE: &str = "write it as the chat tool gave it: https://…";
    if text.contains('#') {
        return Err(Fault::new("the address must not have a fragment").hint(SHAPE));
    }
    checked(text, SHAPE)?;
    Ok(text.to_owned())
}

fn checked(text: &str, shape: &'static str) -> Result<(), Fault> {
    let wrong = |message: &str| Err(Fault::new(message).hint(shape));
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => (scheme, rest),
        _ => return wrong("the address must begin with https://"),
    };
    if text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return wrong("the address has a character that no address has");
    }
    let (authority, _path) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
    if authority.contains('@') {
        return wrong("the address must not have a user name or a password");
    }
    let Some(host) = host(authority) else {
        return wrong("the address has no host, or a port that is none");
    };
    if scheme == "http" && !is_loopback(host) {
        return Err(Fault::new(
            "plain http would send the secret in the clear: it is for this machine only",
        )
        .hint("write https://"));
    }
    Ok(())
}

/// The host of `host`, `host:port` or `[address]:port`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_one = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    let named = (host.bytes())
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
    (port_is_one && named && !host.is_empty()).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_https_or_on_this_machine() {
        for (text, base) in [
            ("https://api-106.dxi.eu", "https://api-106.dxi.eu"),
            ("https://api-106.dxi.eu/", "https://api-106.dxi.eu"),
            (
                "https://api.contactnow.8x8.com/api/",
                "https://api.contactnow.8x8.com/api",
            ),
            ("http://127.0.0.1:8106", "http://127.0.0.1:8106"),
            ("http://localhost:8106/api", "http://localhost:8106/api"),
            ("http://[::1]:8106", "http://[::1]:8106"),
        ] {
            assert_eq!(base_url(text).as_deref(), Ok(base));
        }
        for text in [
            "",
            "api-106.dxi.eu",
            "ftp://api-106.dxi.eu",
            "https://",
            "https:///api",
            "https://:443",
            "https://host:0",
            "https://host:port",
            "https://host:70000",
            "https://user:key@host",
            "https://host?token=1",
            "https://host/#x",
            "https://ho st",
            "https://host\\x",
            "https://[::1",
            "http://api-106.dxi.eu",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://0.0.0.0",
        ] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refused_base_is_not_repeated() {
        let fault = base_url("https://me:topsecret@host").unwrap_err();
        assert!(!format!("{fault:?}").contains("topsecret"));
    }
}
