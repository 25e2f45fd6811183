//! The values of the columns: into SQLite, and typed on the way out.
//!
//! Must not know the tables.

use std::fmt::Display;

use chrono::DateTime;
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::StoreError;
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::Uid;

/// An instant as the store keeps it.
pub(super) fn micros(at: Instant) -> i64 {
    at.timestamp_micros()
}

/// An id as the store keeps it: the same 64 bits.
pub(super) fn id(uid: Uid) -> i64 {
    uid.0.cast_signed()
}

/// Reads the columns of a row; the first must be its id, for the errors.
pub(super) struct Columns<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a Row<'a>,
    pub(super) row_id: i64,
}

impl<'a> Columns<'a> {
    pub(super) fn of(
        table: &'static str,
        id: &'static str,
        row: &'a Row<'a>,
    ) -> Result<Columns<'a>, StoreError> {
        let row_id = row.get(id)?;
        Ok(Columns { table, row, row_id })
    }

    /// A column as SQLite has it.
    pub(super) fn plain<T: FromSql>(&self, column: &'static str) -> Result<T, StoreError> {
        let found = self.row.get(column);
        found.map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn instant(&self, column: &'static str) -> Result<Instant, StoreError> {
        let micros = self.plain(column)?;
        self.to_instant(column, micros)
    }

    pub(super) fn instant_or_none(
        &self,
        column: &'static str,
    ) -> Result<Option<Instant>, StoreError> {
        let micros: Option<i64> = self.plain(column)?;
        let found = micros.map(|micros| self.to_instant(column, micros));
        found.transpose()
    }

    pub(super) fn uid(&self, column: &'static str) -> Result<Uid, StoreError> {
        Ok(Uid(self.plain::<i64>(column)?.cast_unsigned()))
    }

    pub(super) fn uid_or_none(&self, column: &'static str) -> Result<Option<Uid>, StoreError> {
        let id: Option<i64> = self.plain(column)?;
        Ok(id.map(|id| Uid(id.cast_unsigned())))
    }

    pub(super) fn action(&self, column: &'static str) -> Result<Action, StoreError> {
        self.word(column, |word| word.parse().ok())
    }

    /// A word of a table of words.
    pub(super) fn word<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let word: String = self.plain(column)?;
        parse(&word).ok_or_else(|| self.unreadable(column, word))
    }

    /// A number that fits.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        let number: i64 = self.plain(column)?;
        T::try_from(number).map_err(|_| self.unreadable(column, number))
    }

    fn to_instant(&self, column: &'static str, micros: i64) -> Result<Instant, StoreError> {
        DateTime::from_timestamp_micros(micros).ok_or_else(|| self.unreadable(column, micros))
    }

    fn unreadable(&self, column: &'static str, value: impl Display) -> StoreError {
        StoreError::Row {
            table: self.table,
            id: self.row_id,
            column,
            value: value.to_string(),
        }
    }
}
