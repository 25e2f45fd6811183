//! Metrics, health and status over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::daemon;
use super::program::Program;
use super::stage::Stage;

/// Where it says that it listens.
fn address(daemon: &Program) -> String {
    let line = daemon.line(&["metrics and health are served"]);
    let (_, address) = line.split_once("address=").unwrap();
    address.trim().to_owned()
}

fn ask(address: &str, method: &str, path: &str, host: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_tells_how_everything_stands() {
    let stage = Stage::set().await;
    let daemon = daemon(&stage, "[web]\nlisten = \"127.0.0.1:0\"\n");
    let address = address(&daemon);
    daemon.line(&["pass done", "failing=0"]);
    let get = |path: &str| ask(&address, "GET", path, &address);
    stage.until("healthy", |_| get("/healthz").0 == 200).await;
    let (status, metrics) = get("/metrics");
    assert_eq!(status, 200);
    for line in [
        "# TYPE todswitch_switches_total counter",
        "todswitch_switches_total{outcome=\"settled\"} 2",
        "todswitch_switch_lateness_seconds_count 2",
        "todswitch_pending 0",
        "todswitch_policies 3",
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    let (status, json) = get("/status.json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (status, json["policies"].as_array().unwrap().len()),
        (200, 3)
    );
    assert_eq!(get("/").0, 404);
    assert_eq!(ask(&address, "POST", "/metrics", &address).0, 405);
    assert_eq!(ask(&address, "GET", "/metrics", "evil.example").0, 421);
}
