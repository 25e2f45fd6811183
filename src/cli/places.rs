//! Where things lie: the schedule file, the store, the socket.
//!
//! Must not look into them: all it asks is whether a directory is there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
    /// By the options, else the environment, else those of the service that has this file, else
    /// the usual places. `is_dir` tells whether a directory is there for this user.
    pub fn new(
        globals: &Globals,
        env: &dyn Fn(&str) -> Option<OsString>,
        is_dir: &dyn Fn(&Path) -> bool,
    ) -> Places {
        // systemd lists several directories with colons; the first is the unit's own.
        let first = |name: &str| {
            let value = env(name).filter(|value| !value.is_empty())?;
            std::env::split_paths(&value).next()
        };
        let of_service = |base: &str| {
            let path = Path::new(base).join(service(&globals.config)?);
            is_dir(&path).then_some(path)
        };
        let below_home = || PathBuf::from(env("HOME").unwrap_or_default()).join(".local/state");
        let named = (globals.state_dir.clone()).or_else(|| first("STATE_DIRECTORY"));
        let is_named = named.is_some();
        let state_dir = named.or_else(|| of_service("/var/lib")).unwrap_or_else(|| {
            let base = first("XDG_STATE_HOME").filter(|path| path.is_absolute());
            base.unwrap_or_else(below_home).join(NAME)
        });
        // Beside a store that was named, and nowhere else: another daemon may have it.
        let socket_dir = first("RUNTIME_DIRECTORY")
            .or_else(|| of_service("/run").filter(|_| !is_named))
            .unwrap_or_else(|| state_dir.clone());
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

/// What the directories of the service are called that is started with this file.
fn service(file: &Path) -> Option<String> {
    let is_ours = file.parent()? == Path::new("/etc/todswitch") && file.extension()? == "toml";
    match file.file_stem()?.to_str()? {
        _ if !is_ours => None,
        "schedule" => Some(NAME.to_owned()),
        instance => Some(format!("{NAME}-{instance}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Asked;

    fn places(args: &[&str], env: &[(&str, &str)]) -> Places {
        places_with(args, env, &[])
    }

    fn places_with(args: &[&str], env: &[(&str, &str)], directories: &[&str]) -> Places {
        let asked = Asked::parse_from([&["todswitch", "check"], args].concat());
        let find = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        };
        let is_dir = |path: &Path| directories.iter().any(|known| path == Path::new(known));
        Places::new(&asked.globals, &find, &is_dir)
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

    #[test]
    fn a_command_beside_the_service_finds_what_is_the_services() {
        const LONDON: [&str; 2] = ["--config", "/etc/todswitch/london.toml"];
        let home = ("HOME", "/home/a");
        let here = [
            "/var/lib/todswitch",
            "/run/todswitch",
            "/var/lib/todswitch-london",
            "/run/todswitch-london",
        ];
        let usual = "/home/a/.local/state/todswitch";
        for (args, directories, state, socket) in [
            (&[][..], &here[..], "/var/lib/todswitch", "/run/todswitch"),
            (
                &LONDON,
                &here,
                "/var/lib/todswitch-london",
                "/run/todswitch-london",
            ),
            // It does not run.
            (&[], &here[..1], "/var/lib/todswitch", "/var/lib/todswitch"),
            // Its state is not for this user, who is told so at its socket.
            (&[], &here[1..2], usual, "/run/todswitch"),
            (&["--config", "mine.toml"], &here, usual, usual),
            (&["--state-dir", "s"], &here, "s", "s"),
        ] {
            let found = places_with(args, &[home], directories);
            assert_eq!(found.state_dir, PathBuf::from(state), "{args:?}");
            assert_eq!(found.socket, PathBuf::from(socket).join("todswitch.sock"));
        }
        let unit = [("STATE_DIRECTORY", "/s"), ("RUNTIME_DIRECTORY", "/r")];
        let found = places_with(&[], &unit, &here);
        assert_eq!(found.state_dir, PathBuf::from("/s"));
        assert_eq!(found.socket, PathBuf::from("/r/todswitch.sock"));
    }
}
