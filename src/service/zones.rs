//! The zone data that the file in force was read with, and word of it when it changes on the disk.
//!
//! Owns what is watched: every directory through which one of its files is found, links followed,
//! so that a file renamed over another and a link that is turned are seen. Must not know what is
//! done about a change.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use rustix::io::Errno;
use tokio::net::unix::pipe;
use tracing::{debug, warn};

use crate::config::ZoneTable;

/// A package manager replaces hundreds of files: it is waited for until nothing came for so long.
const QUIET: Duration = Duration::from_millis(100);

/// But no longer than so often that long.
const MOST_WAITS: u32 = 20;

/// More links than this are a circle.
const LINKS: usize = 40;

/// The zone data in use. Its copies are the same.
#[derive(Debug, Clone)]
pub struct ZonesInUse(Arc<Mutex<ZoneTable>>);

impl ZonesInUse {
    /// What a file was read with.
    pub fn new(table: ZoneTable) -> ZonesInUse {
        ZonesInUse(Arc::new(Mutex::new(table)))
    }

    /// The file was read again, with this.
    pub fn replace(&self, table: ZoneTable) {
        *self.table() = table;
    }

    /// Whether it has changed on the disk since.
    pub(super) fn changed_on_disk(&self) -> bool {
        self.table().changed_on_disk()
    }

    fn table(&self) -> MutexGuard<'_, ZoneTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches it.
pub(super) struct Watch {
    zones: ZonesInUse,
    /// `None` where the kernel does not tell: each audit looks.
    changes: Option<Changes>,
}

impl Watch {
    /// Begins to watch.
    pub fn new(zones: ZonesInUse) -> Watch {
        let mut watch = Watch {
            zones,
            changes: None,
        };
        watch.begin_again();
        watch
    }

    /// Whether it has changed, whoever noticed.
    pub fn changed_on_disk(&self) -> bool {
        self.zones.changed_on_disk()
    }

    /// Watches the files of the data that is in use now.
    pub fn begin_again(&mut self) {
        let files = self.zones.table().files();
        self.changes = Changes::of(&files)
            .inspect_err(|error| {
                warn!("changed zone data is noticed only when the account is read: {error}");
            })
            .ok();
    }

    /// Waits until it has changed. May be dropped at any time without losing a change.
    pub async fn changed(&mut self) {
        let Some(changes) = &mut self.changes else {
            return std::future::pending().await;
        };
        loop {
            if let Err(error) = changes.settled().await {
                warn!("changed zone data is noticed only when the account is read: {error}");
                self.changes = None;
                return std::future::pending().await;
            }
            if self.zones.changed_on_disk() {
                return;
            }
            debug!("the zone data on the disk is what was read");
        }
    }
}

/// What the kernel tells of some directories.
struct Changes {
    fd: pipe::Receiver,
    /// How often something came since all was quiet; `None` while it is.
    waits: Option<u32>,
}

impl Changes {
    /// Begins with a change: what happened before it was watched is not missed.
    fn of(files: &[PathBuf]) -> io::Result<Changes> {
        let fd = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let kinds = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        let directories: BTreeSet<PathBuf> =
            files.iter().flat_map(|path| looked_up_in(path)).collect();
        for directory in directories {
            match add_watch(&fd, &directory, kinds) {
                // It went just now; the first look will see that.
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                watched => drop(watched?),
            }
        }
        // It reads like a pipe; this is the way to await it in safe code.
        let fd = pipe::Receiver::from_owned_fd_unchecked(fd)?;
        let waits = Some(0);
        Ok(Changes { fd, waits })
    }

    /// Waits for a change, and then until all is quiet again.
    async fn settled(&mut self) -> io::Result<()> {
        if self.waits.is_none() {
            self.fd.readable().await?;
        }
        loop {
            let waits = *self.waits.get_or_insert(0);
            let came = self.drain()?;
            if waits >= MOST_WAITS || (waits > 0 && !came) {
                self.waits = None;
                return Ok(());
            }
            tokio::time::sleep(QUIET).await;
            self.waits = Some(waits + 1);
        }
    }

    /// Takes all that came, and says whether anything did.
    fn drain(&self) -> io::Result<bool> {
        // Which file it was does not matter: all are looked at.
        let mut events = [0; 4096];
        let mut came = false;
        loop {
            match self.fd.try_read(&mut events) {
                Ok(_) => came = true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(came),
                Err(error) => return Err(error),
            }
        }
    }
}

/// The directories whose entries decide what is found at a path: the one it lies in, and that of
/// each link on the way. Of a path that is not there it is the last directory that is.
fn looked_up_in(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut here = PathBuf::from(".");
    let mut ahead: VecDeque<PathBuf> = steps(path);
    let mut links = 0;
    while let Some(step) = ahead.pop_front() {
        let at = here.join(&step);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_symlink() && links < LINKS => {
                links += 1;
                found.push(here.clone());
                for step in steps(&fs::read_link(&at).unwrap_or_default())
                    .into_iter()
                    .rev()
                {
                    ahead.push_front(step);
                }
            }
            Ok(metadata) if metadata.is_dir() && !ahead.is_empty() => here = at,
            _ => {
                found.push(here);
                break;
            }
        }
    }
    found
}

fn steps(path: &Path) -> VecDeque<PathBuf> {
    let steps = path.components();
    let steps = steps.filter(|step| *step != Component::CurDir);
    steps.map(|step| PathBuf::from(step.as_os_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_path_is_looked_up_in_its_directory_and_in_that_of_each_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(root.join("2026f/Europe")).unwrap();
        fs::create_dir(root.join("etc")).unwrap();
        fs::write(root.join("2026f/GB"), "").unwrap();
        symlink("../GB", root.join("2026f/Europe/London")).unwrap();
        symlink("../2026f", root.join("etc/zoneinfo")).unwrap();
        symlink(root.join("etc/zoneinfo"), root.join("zoneinfo")).unwrap();
        let directories: BTreeSet<_> = looked_up_in(&root.join("zoneinfo/Europe/London"))
            .iter()
            .map(|directory| fs::canonicalize(directory).unwrap())
            .collect();
        let expected = ["", "2026f", "2026f/Europe", "etc"].map(|name| root.join(name));
        let expected = expected.map(|path| fs::canonicalize(path).unwrap());
        assert_eq!(directories, BTreeSet::from(expected));
        let missing = looked_up_in(&root.join("2026f/Asia/Tokyo"));
        assert_eq!(missing, [root.join("2026f")]);
    }

    #[test]
    fn a_circle_of_links_ends() {
        let dir = tempfile::tempdir().unwrap();
        symlink("loop", dir.path().join("loop")).unwrap();
        assert!(looked_up_in(&dir.path().join("loop")).len() <= LINKS + 1);
    }
}
