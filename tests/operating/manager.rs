//! A service manager at the other end of `$NOTIFY_SOCKET`.

use std::os::unix::net::UnixDatagram;
use std::process::Command;

use super::program::PATIENCE;
use super::stage::Stage;

pub struct Manager(UnixDatagram);

impl Manager {
    /// Listens, and has a command tell it.
    pub fn of(stage: &Stage, command: &mut Command) -> Manager {
        let path = stage.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        command.env("NOTIFY_SOCKET", path);
        Manager(socket)
    }

    /// The next message that has all of these in it, those before it left out.
    pub fn hears(&self, parts: &[&str]) -> String {
        let mut buffer = [0; 4096];
        let mut heard = Vec::new();
        loop {
            let Ok(length) = self.0.recv(&mut buffer) else {
                panic!("no {parts:?} in {heard:?}");
            };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if parts.iter().all(|part| text.contains(part)) {
                return text;
            }
            heard.push(text);
        }
    }
}
