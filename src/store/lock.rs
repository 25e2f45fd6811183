//! One process per store, and the second says who holds it.
//!
//! Must not know what is in the store.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::StoreError;

const NAME: &str = "lock";

/// The lock of a store: held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a directory, and makes the directory where there is none.
    pub(super) fn take(dir: &Path, holder: &str) -> Result<Lock, StoreError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(StoreError::at(dir))?;

        let path = dir.join(NAME);
        let mut options = OpenOptions::new();
        // Not truncated: what is written there names the holder.
        options.read(true).write(true).create(true).truncate(false);
        let opened = options.mode(0o600).open(&path);
        // Where nothing can be written a lock of before does as well.
        let opened = opened.or_else(|error| File::open(&path).map_err(|_| error));
        let mut file = opened.map_err(StoreError::at(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let by = read_holder(&mut file);
                let dir = dir.to_owned();
                return Err(StoreError::Held { dir, by });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::at(&path)(source)),
        }
        // The lock holds whether or not this can be written (a full disk): the name is a courtesy.
        let _ = write_holder(&mut file, holder);
        Ok(Lock { _file: file })
    }
}

fn write_holder(file: &mut File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{holder} (process {})", std::process::id())
}

fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    // Who holds it may have been killed in the middle of saying so.
    let _ = file.take(1024).read_to_string(&mut text);
    let name = text.lines().next().unwrap_or_default().trim();
    match name {
        "" => "another process".to_owned(),
        name => name.to_owned(),
    }
}
