//! What can go wrong with the store, and the stable name of each kind.
//!
//! Must not know what the caller does about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the store {} is held by {by}", dir.display())]
    Held {
        /// The directory of the store.
        dir: PathBuf,
        /// What holds it: what it runs, and its process id.
        by: String,
    },
    /// There is none to read.
    #[error("there is no store in {}", .0.display())]
    NoStore(PathBuf),
    /// It was written by a newer version of the program.
    #[error("the store {} has form {found}, and this version knows forms up to {known}", path.display())]
    Newer {
        /// Its file.
        path: PathBuf,
        /// The form it has.
        found: i64,
        /// The newest form known.
        known: i64,
    },
    /// Its directory or lock could not be used.
    #[error("{}: {source}", path.display())]
    Place {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk is full.
    #[error("the disk of the store is full")]
    Full(#[source] rusqlite::Error),
    /// It may not be written, or not even opened.
    #[error("the store cannot be opened for this: {0}")]
    Denied(#[source] rusqlite::Error),
    /// Another process kept it busy for too long.
    #[error("the store is busy")]
    Busy(#[source] rusqlite::Error),
    /// Its file is torn, or is not a store.
    #[error("the store is damaged: {0}")]
    Damaged(#[source] rusqlite::Error),
    /// A row that does not read as what it should be.
    #[error("row {id} of {table} has {value:?} as its {column}")]
    Row {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: i64,
        /// The column.
        column: &'static str,
        /// What is written there.
        value: String,
    },
    /// Anything else that SQLite reports.
    #[error("the store: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl StoreError {
    /// The stable name of its kind, for labels and the log.
    pub fn kind(&self) -> &'static str {
        match self {
            StoreError::Held { .. } => "held",
            StoreError::NoStore(_) => "no-store",
            StoreError::Newer { .. } => "newer",
            StoreError::Place { .. } => "place",
            StoreError::Full(_) => "full",
            StoreError::Denied(_) => "denied",
            StoreError::Busy(_) => "busy",
            StoreError::Damaged(_) => "damaged",
            StoreError::Row { .. } => "row",
            StoreError::Sqlite(_) => "sqlite",
        }
    }

    /// For `map_err`: an error of the file system at a path.
    pub(super) fn at(path: &std::path::Path) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Place { path, source }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full(error),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StoreError::Denied(error)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged(error)
            }
            _ => StoreError::Sqlite(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Instant;
    use crate::store::{EventKind, EventsQuery, Store};

    #[test]
    fn a_full_disk_is_told_as_one_and_what_was_there_stays() {
        let mut store = Store::in_memory().unwrap();
        let at = Instant::UNIX_EPOCH;
        let event =
            |store: &mut Store, words: &str| store.record_event(at, EventKind::Store, None, words);
        event(&mut store, "there was room").unwrap();
        store
            .connection
            .pragma_update(None, "max_page_count", 1)
            .unwrap();
        let error = event(&mut store, &"no room ".repeat(10_000)).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            ("full", "the disk of the store is full")
        );
        store
            .connection
            .pragma_update(None, "max_page_count", 1_000)
            .unwrap();
        event(&mut store, "room again").unwrap();
        assert_eq!(store.events(&EventsQuery::default()).unwrap().rows.len(), 2);
    }
}
