//! The control socket as curl meets it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{Program, output, todswitch};
use super::settled_daemon;
use super::stage::Stage;

/// One request as `curl --unix-socket` sends it.
fn curl(socket: &Path, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = UnixStream::connect(socket).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_asks_for_the_status_and_holds_a_policy() {
    let stage = Stage::set().await;
    let daemon = settled_daemon(&stage, "");
    let socket = stage.path().join("state/todswitch.sock");
    let (status, told) = curl(&socket, "GET", "/status", "");
    assert_eq!(
        (status, &told["policies"][0]["policy"]),
        (200, &json!("sales"))
    );
    let hold = json!({
        "policies": ["sales"], "action": "hangup", "until": "next-switch",
        "reason": "fire drill", "set_by": "curl",
    });
    // No switch will come that it could end at.
    assert_eq!(curl(&socket, "POST", "/holds", &hold.to_string()).0, 400);
    let mut hold = hold;
    hold["until"] = json!("for 3600s");
    let (status, held) = curl(&socket, "POST", "/holds", &hold.to_string());
    assert_eq!(
        (status, &held[0]["set_by"]),
        (200, &json!("curl")),
        "{held}"
    );
    daemon.line(&["INFO  switched", "policy=sales", "to=hangup"]);
    assert_eq!(curl(&socket, "DELETE", "/holds/sales?by=curl", "").0, 200);
    daemon.line(&["INFO  switched", "policy=sales", "from=hangup", "to=queue"]);
    assert_eq!(curl(&socket, "POST", "/audit", "").0, 202);
    assert_eq!(
        curl(&socket, "POST", "/reload", "").1["accepted"],
        json!(true)
    );
    assert_eq!(curl(&socket, "GET", "/nothing", "").0, 404);
    let huge = format!("\"{}\"", "x".repeat(300 * 1024));
    assert_eq!(curl(&socket, "POST", "/holds", &huge).0, 413);
    daemon.stop();
    assert!(!socket.exists(), "removed at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_lies_in_the_runtime_directory_for_its_owner_and_group() {
    let stage = Stage::set().await;
    let run_time = stage.path().join("run");
    fs::create_dir(&run_time).unwrap();
    let mut command = todswitch(stage.path());
    command.env("RUNTIME_DIRECTORY", &run_time);
    let daemon = Program::start(command.args(["run", "--log-level", "debug"]));
    daemon.line(&["pass done", "failing=0"]);
    let metadata = fs::metadata(run_time.join("todswitch.sock")).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o660);
    let mut status = todswitch(stage.path());
    let asked = output(status.arg("status").env("RUNTIME_DIRECTORY", &run_time));
    assert_eq!(asked.status.code(), Some(0));
    assert_eq!(
        super::run(&stage, &["status"]).code,
        1,
        "it is not elsewhere"
    );
    daemon.kill();
    let again = Program::start(
        todswitch(stage.path())
            .args(["run", "--log-level", "debug"])
            .env("RUNTIME_DIRECTORY", &run_time),
    );
    again.line(&["pass done", "failing=0"]);
    let mut status = todswitch(stage.path());
    let asked = output(status.arg("status").env("RUNTIME_DIRECTORY", &run_time));
    assert_eq!(
        asked.status.code(),
        Some(0),
        "what a killed one left is replaced"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_cannot_be_asked_or_looked_at_switches_all_the_same() {
    let stage = Stage::set().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let socket = stage.path().join("state/todswitch.sock");
    fs::create_dir(stage.path().join("state")).unwrap();
    fs::write(&socket, "mine").unwrap();
    let daemon = settled_daemon(&stage, &format!("[web]\nlisten = \"{address}\"\n"));
    daemon.line(&["ERROR", "there is no control socket", "no socket"]);
    daemon.line(&["ERROR", "nothing is served at", &address.to_string()]);
    daemon.line(&["INFO  switched", "policy=sales", "to=queue"]);
    assert!(daemon.stop().0.success());
    assert_eq!(fs::read_to_string(&socket).unwrap(), "mine");
}
