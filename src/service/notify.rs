//! Notifications to systemd: ready, reloading, stopping, the status line, the watchdog.
//!
//! Owns the socket of `$NOTIFY_SOCKET`; without one nothing is sent. A service manager that does not
//! listen holds nothing up: a change of state waits for it a moment, all else not at all. Must not
//! know what is going on.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use sd_notify::NotifyState;

/// How long a change of state waits for room in the manager's queue: lost, it would fail the start.
const PATIENCE: Duration = Duration::from_millis(200);

/// Longer status lines are cut; `systemctl status` shows one line.
const LONGEST_STATUS: usize = 1000;

/// Tells systemd how the service is doing.
#[derive(Debug, Default)]
pub struct Notifier {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// The one that the environment names; the environment is left as it is. A socket that cannot
    /// be used counts as none.
    pub fn from_environment() -> Notifier {
        let socket = std::env::var_os("NOTIFY_SOCKET");
        Notifier {
            socket: socket.and_then(|address| connect(&address).ok()),
            watchdog: sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero()),
        }
    }

    /// How often systemd wants to hear [`Notifier::alive`], at the latest: feed it twice as often.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// The service is up, or a reload is over, whichever way it went.
    pub fn ready(&self, status: &str) {
        let status = one_line(status);
        self.change(&[NotifyState::Ready, NotifyState::Status(&status)]);
    }

    /// A reload begins.
    pub fn reloading(&self) {
        let mut states = vec![NotifyState::Reloading];
        // Without the time systemd would refuse the whole reload.
        states.extend(NotifyState::monotonic_usec_now());
        self.change(&states);
    }

    /// The service is on its way out.
    pub fn stopping(&self, status: &str) {
        let status = one_line(status);
        self.change(&[NotifyState::Stopping, NotifyState::Status(&status)]);
    }

    /// The line that `systemctl status` shows.
    pub fn status(&self, status: &str) {
        self.tell(&[NotifyState::Status(&one_line(status))]);
    }

    /// The loop makes progress.
    pub fn alive(&self) {
        if self.watchdog.is_some() {
            self.tell(&[NotifyState::Watchdog]);
        }
    }

    /// Sends what the manager waits for.
    fn change(&self, states: &[NotifyState<'_>]) {
        if let Some(socket) = &self.socket
            && socket.set_nonblocking(false).is_ok()
        {
            let _ = socket.send(message(states).as_bytes());
            let _ = socket.set_nonblocking(true);
        }
    }

    /// Sends what may be lost: the next one says it again.
    fn tell(&self, states: &[NotifyState<'_>]) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(message(states).as_bytes());
        }
    }
}

fn message(states: &[NotifyState<'_>]) -> String {
    let lines: Vec<String> = states.iter().map(|state| format!("{state}\n")).collect();
    lines.concat()
}

fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nonblocking(true)?;
    match address.as_bytes() {
        [b'@', name @ ..] => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        _ => socket.connect(address)?,
    }
    Ok(socket)
}

/// A line of its own: a newline in it would be another assignment.
fn one_line(status: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    status.chars().map(plain).take(LONGEST_STATUS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A notifier and the service manager at the other end of it.
    fn pair(watchdog: Option<Duration>) -> (Notifier, UnixDatagram, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let address = dir.path().join("notify");
        let manager = UnixDatagram::bind(&address).unwrap();
        manager.set_nonblocking(true).unwrap();
        let notifier = Notifier {
            socket: Some(connect(address.as_os_str()).unwrap()),
            watchdog,
        };
        (notifier, manager, dir)
    }

    fn next(manager: &UnixDatagram) -> String {
        let mut message = [0; 4096];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    #[test]
    fn each_message_is_in_the_words_of_systemd() {
        let (notifier, manager, _dir) = pair(Some(Duration::from_secs(30)));
        notifier.ready("next: sales to queue\nat 09:00");
        assert_eq!(
            next(&manager),
            "READY=1\nSTATUS=next: sales to queue at 09:00\n"
        );
        notifier.reloading();
        let message = next(&manager);
        let time = message
            .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
            .unwrap();
        assert!(time.trim_end().parse::<u64>().unwrap() > 0, "{message}");
        notifier.status("file refused");
        assert_eq!(next(&manager), "STATUS=file refused\n");
        notifier.alive();
        assert_eq!(next(&manager), "WATCHDOG=1\n");
        notifier.stopping("finishing a write");
        assert_eq!(next(&manager), "STOPPING=1\nSTATUS=finishing a write\n");
    }

    #[test]
    fn nobody_is_told_where_nobody_asked() {
        let notifier = Notifier::default();
        notifier.ready("");
        let (notifier, manager, _dir) = pair(None);
        notifier.alive();
        assert!(manager.recv(&mut [0; 16]).is_err(), "no watchdog is set");
    }

    #[test]
    fn a_manager_that_does_not_listen_holds_nothing_up() {
        let (notifier, manager, _dir) = pair(None);
        for _ in 0..10_000 {
            notifier.status("still here");
        }
        drop(manager);
        notifier.status("gone");
    }

    #[test]
    fn an_abstract_address_is_understood() {
        let name = format!("todswitch-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        let socket = connect(OsStr::new(&format!("@{name}"))).unwrap();
        let notifier = Notifier {
            socket: Some(socket),
            watchdog: None,
        };
        notifier.status("heard");
        assert_eq!(next(&manager), "STATUS=heard\n");
    }
}
