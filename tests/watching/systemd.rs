//! A service manager at the other end of `$NOTIFY_SOCKET`.

use std::os::unix::net::UnixDatagram;

use rustix::process::Signal;

use super::program::{PATIENCE, Program, todswitch};
use super::stage::Stage;

fn heard(manager: &UnixDatagram, word: &str) -> String {
    let mut buffer = [0; 4096];
    loop {
        let length = manager
            .recv(&mut buffer)
            .unwrap_or_else(|_| panic!("no {word}"));
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.lines().any(|line| line.starts_with(word)) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_and_the_watchdog_is_fed_by_the_loop() {
    let stage = Stage::set().await;
    let socket = stage.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = todswitch(stage.path());
    command.env("NOTIFY_SOCKET", &socket);
    command.env("WATCHDOG_USEC", "200000");
    let daemon = Program::start(command.args(["run", "--log-level", "debug"]));
    assert!(heard(&manager, "READY=1").contains("STATUS="));
    for _ in 0..3 {
        heard(&manager, "WATCHDOG=1");
    }
    daemon.signal(Signal::HUP);
    assert!(heard(&manager, "RELOADING=1").contains("MONOTONIC_USEC="));
    heard(&manager, "READY=1");
    let reads = || {
        let log = stage.simulator.log().into_iter();
        log.filter(|entry| entry.action == "read").count()
    };
    let before = reads();
    daemon.signal(Signal::USR1);
    stage.until("an audit", |_| reads() > before).await;
    let (status, said) = daemon.stop();
    assert!(status.success(), "{said}");
    heard(&manager, "STOPPING=1");
}
