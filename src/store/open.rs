//! Opening the file of a store: a good one, a new one, or one in place of what was torn or foreign.
//!
//! Owns the file's name, its settings and the judgement of what lies there. Must not know the rows.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use super::{StoreError, schema};

const NAME: &str = "todswitch.db";

/// The files that SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

const BUSY: Duration = Duration::from_secs(5);

/// The log of recent writes is cut back to this size, in bytes, when it was merged.
const LOG_KEPT: i64 = 4 << 20;

/// Opens or makes the store of a directory whose lock is held, and says where what lay there
/// before was put, if it was no good store.
pub(super) fn for_writing(dir: &Path) -> Result<(Connection, Option<PathBuf>), StoreError> {
    let opened = as_usual(dir);
    let path = dir.join(NAME);
    match opened {
        // What is remembered is of use although nothing can be kept: each write fails for itself,
        // until there is room.
        Err(StoreError::Full(_) | StoreError::Sqlite(_) | StoreError::Denied(_)) => {
            match alone(&path) {
                Ok(connection) => Ok((connection, None)),
                Err(_) if !has_log(&path) && path.exists() => Ok((as_it_lies(&path)?, None)),
                Err(_) => opened,
            }
        }
        opened => opened,
    }
}

fn as_usual(dir: &Path) -> Result<(Connection, Option<PathBuf>), StoreError> {
    let path = dir.join(NAME);
    if let Some(connection) = open_good(&path)? {
        return Ok((configured(connection)?, None));
    }
    let set_aside = set_aside(&path)?;
    make(dir, &path)?;
    let connection = Connection::open_with_flags(&path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    Ok((configured(connection)?, set_aside))
}

/// Opens a good store without a file beside it: nobody can read it meanwhile.
fn alone(path: &Path) -> Result<Connection, StoreError> {
    let mut connection =
        Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    check(&connection, path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    schema::bring_up_to_date(&mut connection)?;
    Ok(connection)
}

/// Opens the store of a directory for reading only.
pub(super) fn for_reading(dir: &Path) -> Result<Connection, StoreError> {
    let path = dir.join(NAME);
    match looks_like_a_store(&path).map_err(StoreError::at(&path))? {
        Some(true) => {}
        Some(false) => return Err(damaged("it is not a store of todswitch")),
        None => return Err(StoreError::NoStore(dir.to_owned())),
    }
    let connection = Connection::open_with_flags(&path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    connection.busy_timeout(BUSY)?;
    match known_form(&connection, &path) {
        Ok(()) => Ok(connection),
        // Whoever may not write beside it can still read it while nobody writes.
        Err(StoreError::Denied(_)) if !has_log(&path) => as_it_lies(&path),
        Err(error) => Err(error),
    }
}

/// A store without a file.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    schema::bring_up_to_date(&mut connection)?;
    Ok(connection)
}

/// The store at a path if it is a good one; `None` where there is nothing, or nothing good.
fn open_good(path: &Path) -> Result<Option<Connection>, StoreError> {
    if looks_like_a_store(path).map_err(StoreError::at(path))? != Some(true) {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(BUSY)?;
    // What turns out to be torn is left exactly as it was found.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    match check(&connection, path) {
        Ok(()) => {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
            Ok(Some(connection))
        }
        Err(StoreError::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a file has the mark of a store, whole or not; `None` where there is no file.
fn looks_like_a_store(path: &Path) -> io::Result<Option<bool>> {
    const HEADER: u64 = 100;
    const MAGIC: &[u8] = b"SQLite format 3\0";
    const ID: std::ops::Range<usize> = 68..72;

    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut header = Vec::new();
    file.take(HEADER).read_to_end(&mut header)?;
    let has_mark = header.starts_with(MAGIC)
        && header.get(ID) == Some(schema::APPLICATION_ID.to_be_bytes().as_slice());
    Ok(Some(has_mark))
}

fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    known_form(connection, path)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(damaged(&verdict));
    }
    // SQLite reads the missing end of a last page as zeros, which may pass for values. While there
    // is a log, that page may lie in it whole.
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let length = fs::metadata(path).map_err(StoreError::at(path))?.len();
    let whole = u64::try_from(page).is_ok_and(|page| length.is_multiple_of(page));
    if !whole && !has_log(path) {
        return Err(damaged("its last page is cut"));
    }
    Ok(())
}

fn known_form(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = schema::form(connection)?;
    if found > schema::FORM {
        let path = path.to_owned();
        let known = schema::FORM;
        return Err(StoreError::Newer { path, found, known });
    }
    Ok(())
}

fn configured(mut connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Every commit is on the disk when it returns, not only every merge of the log.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    schema::bring_up_to_date(&mut connection)?;
    Ok(connection)
}

/// Makes a new store under another name first, so that a crash leaves either none or a whole one.
fn make(dir: &Path, path: &Path) -> Result<(), StoreError> {
    let new = with_suffix(path, ".new");
    for suffix in COMPANIONS.into_iter().chain([""]) {
        let left_over = with_suffix(&new, suffix);
        match fs::remove_file(&left_over) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::at(&left_over)(error));
            }
            _ => {}
        }
    }
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(&new);
    made.map_err(StoreError::at(&new))?;

    let mut connection =
        Connection::open_with_flags(&new, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    schema::bring_up_to_date(&mut connection)?;
    connection.close().map_err(|(_, error)| error)?;
    fs::rename(&new, path).map_err(StoreError::at(path))?;
    sync(dir)
}

/// Gives whatever lies at a path another name, its companions with it; never over a file.
fn set_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    // The file itself first: what is left of an interrupted attempt is then seen to be no store.
    let suffixes = [""].into_iter().chain(COMPANIONS);
    let found: Vec<&str> = suffixes
        .filter(|suffix| exists(&with_suffix(path, suffix)))
        .collect();
    let Some(first) = found.first() else {
        return Ok(None);
    };
    let is_free = |to: &PathBuf| !found.iter().any(|suffix| exists(&with_suffix(to, suffix)));
    let to = (1..)
        .map(|number| with_suffix(path, &format!(".set-aside-{number}")))
        .find(is_free)
        .expect("the numbers do not end");
    for suffix in &found {
        let from = with_suffix(path, suffix);
        fs::rename(&from, with_suffix(&to, suffix)).map_err(StoreError::at(&from))?;
    }
    sync(path.parent().unwrap_or(Path::new(".")))?;
    Ok(Some(with_suffix(&to, first)))
}

/// Reads a database that nobody writes, without a lock or a file beside it.
fn as_it_lies(path: &Path) -> Result<Connection, StoreError> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let with_uri = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags(with_uri))?;
    known_form(&connection, path)?;
    Ok(connection)
}

/// Whether there are writes that are not in the database itself yet.
fn has_log(path: &Path) -> bool {
    fs::metadata(with_suffix(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn flags(access: OpenFlags) -> OpenFlags {
    // One owner: SQLite need not guard against two threads.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn damaged(why: &str) -> StoreError {
    let code = ffi::Error::new(ffi::SQLITE_NOTADB);
    rusqlite::Error::SqliteFailure(code, Some(why.to_owned())).into()
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Makes a new name durable.
fn sync(dir: &Path) -> Result<(), StoreError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(StoreError::at(dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_read_as_it_lies_whatever_its_directory_is_called() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("état 50%?mode=rw#1");
        fs::create_dir(&dir).unwrap();
        drop(for_writing(&dir).unwrap());
        let connection = as_it_lies(&dir.join(NAME)).unwrap();
        assert_eq!(schema::form(&connection).unwrap(), schema::FORM);
        let files = fs::read_dir(&dir).unwrap().count();
        assert_eq!(files, 1, "nothing is made beside it");
    }

    #[test]
    fn every_commit_is_on_the_disk_when_it_returns() {
        let dir = tempfile::tempdir().unwrap();
        let (connection, _) = for_writing(dir.path()).unwrap();
        let setting = |name| connection.pragma_query_value(None, name, |row| row.get(0));
        let full: i64 = setting("synchronous").unwrap();
        assert_eq!(full, 2);
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn what_an_interrupted_birth_left_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("todswitch.db.new"), "half").unwrap();
        fs::write(dir.path().join("todswitch.db.new-journal"), "half").unwrap();
        let (_, set_aside) = for_writing(dir.path()).unwrap();
        assert_eq!(set_aside, None);
        assert!(!dir.path().join("todswitch.db.new").exists());
    }
}
