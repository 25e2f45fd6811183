//! What keeps the store small and its times honest.
//!
//! Must not know how long the history is kept, nor what the time is.

use chrono::DateTime;

use super::value::micros;
use super::{Store, StoreError};
use crate::domain::Instant;

impl Store {
    /// Forgets the switches, events, drifts, holds and runs that were over before an instant, and
    /// says how many rows that was. What was settled, what still stands and the last run are kept.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn prune(&mut self, before: Instant) -> Result<usize, StoreError> {
        let before = micros(before);
        let transaction = self.connection.transaction()?;
        let mut pruned = 0;
        for statement in [
            "DELETE FROM switches WHERE due < ?1",
            "DELETE FROM events WHERE at < ?1",
            "DELETE FROM drifts WHERE ended < ?1",
            "DELETE FROM holds WHERE until < ?1 OR cleared < ?1",
            "DELETE FROM runs WHERE started < ?1 AND id <> (SELECT max(id) FROM runs)",
        ] {
            pruned += transaction.execute(statement, [before])?;
        }
        transaction.commit()?;
        Ok(pruned)
    }

    /// The newest instant at which anything was written here; a clock that shows less is wrong, or
    /// was wrong then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn last_row_at(&self) -> Result<Option<Instant>, StoreError> {
        let newest: Option<i64> = self.connection.query_row(
            "SELECT max(at) FROM (
                SELECT max(as_of) AS at FROM settled
                UNION ALL SELECT max(max(due, ifnull(sent, due), ifnull(settled, due)))
                    FROM switches WHERE id > (SELECT switch_id FROM clock_accepted)
                UNION ALL SELECT max(at)
                    FROM events WHERE id > (SELECT event_id FROM clock_accepted)
                UNION ALL SELECT max(max(started, ifnull(stopped, started)))
                    FROM runs WHERE id > (SELECT run_id FROM clock_accepted)
             )",
            [],
            |row| row.get(0),
        )?;
        Ok(newest.and_then(DateTime::from_timestamp_micros))
    }

    /// Takes `now` for right although rows here are newer: those count no more for
    /// [`Store::last_row_at`], nothing counts as settled in the future, and what is held is held now.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn accept_clock(&mut self, now: Instant) -> Result<(), StoreError> {
        let now = micros(now);
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE settled SET as_of = min(as_of, ?1), due = min(due, ?1)",
            [now],
        )?;
        transaction.execute("UPDATE holds SET set_at = min(set_at, ?1)", [now])?;
        transaction.execute(
            "UPDATE clock_accepted SET
                switch_id = (SELECT ifnull(max(id), 0) FROM switches),
                event_id = (SELECT ifnull(max(id), 0) FROM events),
                run_id = (SELECT ifnull(max(id), 0) FROM runs)",
            [],
        )?;
        transaction.commit()?;
        Ok(())
    }
}
