//! What is remembered: what was settled, every switch and event, drift, holds. SQLite.
//!
//! One process owns a store, by a lock; others may read it meanwhile. Times are whole microseconds
//! since 1970, actions their words. Must not know the API, the file or a clock.

mod drift;
mod error;
mod events;
mod history;
mod holds;
mod housekeeping;
mod lock;
mod open;
pub mod row;
mod schema;
mod settled;
mod value;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use drift::DriftRow;
pub use error::StoreError;
pub use events::{EventKind, EventRow, EventsQuery, Run};
pub use history::{HistoryQuery, Order, Page, RowId};
pub use holds::HoldRow;
pub use row::{Outcome, SwitchRow};

use lock::Lock;

/// The store: one owner writes it, by `&mut`. Every write is on the disk when it returns.
#[derive(Debug)]
pub struct Store {
    // Closed before the lock is let go.
    connection: Connection,
    _lock: Option<Lock>,
    set_aside: Option<PathBuf>,
}

impl Store {
    /// Opens the store of a directory for writing, and makes both where there is none. `holder`
    /// says to a second process what runs here (`todswitch run`).
    ///
    /// A torn or foreign file is set aside under another name first: see [`Store::set_aside`].
    ///
    /// # Errors
    /// Another process holds it; it is of a newer form; the directory or disk refuses.
    pub fn open(dir: &Path, holder: &str) -> Result<Store, StoreError> {
        let lock = Lock::take(dir, holder)?;
        let (connection, set_aside) = open::for_writing(dir)?;
        Ok(Store {
            connection,
            _lock: Some(lock),
            set_aside,
        })
    }

    /// Opens the store of a directory for reading, whether or not a daemon has it.
    ///
    /// # Errors
    /// There is none ([`StoreError::NoStore`]); it is damaged, of a newer form, or not readable.
    pub fn open_reader(dir: &Path) -> Result<Store, StoreError> {
        Ok(Store {
            connection: open::for_reading(dir)?,
            _lock: None,
            set_aside: None,
        })
    }

    /// A store that is forgotten with the value.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn in_memory() -> Result<Store, StoreError> {
        Ok(Store {
            connection: open::in_memory()?,
            _lock: None,
            set_aside: None,
        })
    }

    /// Makes all that is written until [`Store::commit`] one: it is kept whole or not at all.
    ///
    /// # Errors
    /// The store cannot be written. What follows is then kept one by one.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(())
    }

    /// Keeps what was written since [`Store::begin`]. Without one there is nothing to do.
    ///
    /// # Errors
    /// Nothing of it was kept.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let result = self.connection.execute_batch("COMMIT");
        if result.is_err() && !self.connection.is_autocommit() {
            // A failed commit may leave it open, and with it everything that follows.
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(result?)
    }

    /// Where the file that was here before now lies, if it was torn or no store of this program.
    /// Nothing that was settled is known then: say so loudly.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }
}
