//! Drift: live values that are not the settled ones, from when they were first seen to their end.
//!
//! Must not know what is done about it.

use rusqlite::{Row, params};

use super::value::{Columns, id, micros};
use super::{Store, StoreError};
use crate::domain::Instant;
use crate::domain::action::Action;
use crate::domain::policy::{LiveDefault, Uid};

/// A drift of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftRow {
    /// The id of the policy.
    pub uid: Uid,
    /// Its name.
    pub policy: String,
    /// What was read.
    pub live: LiveDefault,
    /// What was settled.
    pub settled: Action,
    /// When it was first seen.
    pub first_seen: Instant,
    /// When it was found ended; `None` while it stands.
    pub ended: Option<Instant>,
}

impl Store {
    /// Notes a drift, and says whether it is a new one. The same values as before are the same
    /// drift; other values end the one that stood.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn drift_seen(
        &mut self,
        uid: Uid,
        policy: &str,
        live: &LiveDefault,
        settled: Action,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let (live, settled) = (live.to_string(), settled.to_string());
        let transaction = self.connection.savepoint()?;
        let stands: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM drifts
             WHERE uid = ?1 AND live = ?2 AND settled = ?3 AND ended IS NULL)",
            params![id(uid), live, settled],
            |row| row.get(0),
        )?;
        if stands {
            return Ok(false);
        }
        transaction.execute(
            "UPDATE drifts SET ended = ?2 WHERE uid = ?1 AND ended IS NULL",
            params![id(uid), micros(at)],
        )?;
        transaction.execute(
            "INSERT INTO drifts (uid, policy, live, settled, first_seen) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id(uid), policy, live, settled, micros(at)],
        )?;
        transaction.commit()?;
        Ok(true)
    }

    /// Notes that the drift of a policy ended, and gives the one that stood.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn drift_ended(&mut self, uid: Uid, at: Instant) -> Result<Option<DriftRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE drifts SET ended = ?2 WHERE uid = ?1 AND ended IS NULL RETURNING *",
        )?;
        let mut rows = statement.query(params![id(uid), micros(at)])?;
        let mut ended = None;
        // To the end, or the statement is not carried out.
        while let Some(row) = rows.next()? {
            ended = Some(read(row)?);
        }
        Ok(ended)
    }

    /// The drifts that stand, the oldest first.
    ///
    /// # Errors
    /// The store, or a row of it, cannot be read.
    pub fn open_drifts(&self) -> Result<Vec<DriftRow>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM drifts WHERE ended IS NULL ORDER BY first_seen, id")?;
        let mut rows = statement.query([])?;
        let mut drifts = Vec::new();
        while let Some(row) = rows.next()? {
            drifts.push(read(row)?);
        }
        Ok(drifts)
    }
}

fn read(row: &Row<'_>) -> Result<DriftRow, StoreError> {
    let columns = Columns::of("drifts", "id", row)?;
    Ok(DriftRow {
        uid: columns.uid("uid")?,
        policy: columns.plain("policy")?,
        live: LiveDefault::parse(&columns.plain::<String>("live")?),
        settled: columns.action("settled")?,
        first_seen: columns.instant("first_seen")?,
        ended: columns.instant_or_none("ended")?,
    })
}
