//! Where things lie: the schedule file, the store, the socket.
//!
//! Must not look whether they are there.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::Globals;

/// The name of the directories that are this program's own.
const NAME: &str = "todswitch";

/// Where things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The schedule file.
    pub file: PathBuf,
    /// The directory of the store.
    pub state_dir: PathBuf,
    /// The control socket.
    pub socket: PathBuf,
}

impl Places {
    /// By the options, else the environment, else the usual places.
    pub fn new(globals: &Globals, env: &dyn Fn(&str) -> Option<OsString>) -> Places {
        // systemd lists several directories with colons; the first is the unit's own.
        let first = |name: &str| {
            let value = env(name).filter(|value| !value.is_empty())?;
            std::env::split_paths(&value).next()
        };
        let below_home = || PathBuf::from(env("HOME").unwrap_or_default()).join(".local/state");
        let state_dir = (globals.state_dir.clone())
            .or_else(|| first("STATE_DIRECTORY"))
            .unwrap_or_else(|| {
                let base = first("XDG_STATE_HOME").filter(|path| path.is_absolute());
                base.unwrap_or_else(below_home).join(NAME)
            });
        let socket_dir = first("RUNTIME_DIRECTORY").unwrap_or_else(|| state_dir.clone());
        Places {
            file: globals.config.clone(),
            socket: socket_dir.join("todswitch.sock"),
            state_dir,
        }
    }

    /// Where the last good copies of fetched holidays lie.
    pub fn holidays(&self) -> PathBuf {
        self.state_dir.join("holidays")
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Asked;

    fn places(args: &[&str], env: &[(&str, &str)]) -> Places {
        let asked = Asked::parse_from([&["todswitch", "check"], args].concat());
        let find = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        };
        Places::new(&asked.globals, &find)
    }

    #[test]
    fn the_store_lies_where_the_first_of_four_says() {
        let home = ("HOME", "/home/a");
        let xdg = ("XDG_STATE_HOME", "/x");
        let state = ("STATE_DIRECTORY", "/var/lib/todswitch:/other");
        for (args, env, want) in [
            (vec![], vec![home], "/home/a/.local/state/todswitch"),
            (
                vec![],
                vec![home, ("XDG_STATE_HOME", "")],
                "/home/a/.local/state/todswitch",
            ),
            (vec![], vec![home, xdg], "/x/todswitch"),
            (vec![], vec![home, xdg, state], "/var/lib/todswitch"),
            (vec!["--state-dir", "s"], vec![home, xdg, state], "s"),
        ] {
            let found = places(&args, &env);
            assert_eq!(found.state_dir, PathBuf::from(want), "{args:?} {env:?}");
            assert_eq!(found.socket, PathBuf::from(want).join("todswitch.sock"));
        }
    }

    #[test]
    fn the_socket_lies_in_the_runtime_directory_where_there_is_one() {
        let found = places(&[], &[("RUNTIME_DIRECTORY", "/run/todswitch")]);
        assert_eq!(found.socket, PathBuf::from("/run/todswitch/todswitch.sock"));
    }
}
