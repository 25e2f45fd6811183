//! Whether a `Host` header names this machine.

use std::net::{IpAddr, SocketAddr};

/// Whether the name is an address of this machine, or `localhost`.
pub(super) fn is_ours(host: &str, listening: SocketAddr) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.is_loopback() || address == listening.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        let listening = "127.0.0.1:8107".parse().unwrap();
        for host in ["127.0.0.1:8107", "localhost", "LOCALHOST:1", "[::1]:8107"] {
            assert!(is_ours(host, listening), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.example.com:8107",
            "[",
            "10.0.0.1",
        ] {
            assert!(!is_ours(host, listening), "{host}");
        }
    }
}
