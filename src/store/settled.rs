//! What was settled for each live policy: the memory that makes each switch happen once.
//!
//! Never pruned. Must not know how it was settled.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::value::{Columns, id, micros};
use super::{RowId, Store, StoreError, SwitchRow, history};
use crate::domain::Instant;
use crate::domain::plan::Settled;
use crate::domain::policy::Uid;

impl Store {
    /// What was settled, for every policy ever switched.
    ///
    /// # Errors
    /// The store, or a row of it, cannot be read.
    pub fn settled(&self) -> Result<HashMap<Uid, Settled>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT uid, action, due, as_of FROM settled")?;
        let mut rows = statement.query([])?;
        let mut settled = HashMap::new();
        while let Some(row) = rows.next()? {
            let columns = Columns::of("settled", "uid", row)?;
            let entry = Settled {
                action: columns.action("action")?,
                due: columns.instant("due")?,
                as_of: columns.instant("as_of")?,
            };
            settled.insert(columns.uid("uid")?, entry);
        }
        Ok(settled)
    }

    /// Remembers what was settled for a policy, in place of what was before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn settle(&mut self, uid: Uid, settled: &Settled) -> Result<(), StoreError> {
        put(&self.connection, uid, settled)
    }

    /// Remembers what was settled for a policy together with its row of the history, a new one or
    /// the one with this number: both or none, so that a crash leaves no switch without its row, and
    /// none that is made again for want of its memory.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn settle_with_row(
        &mut self,
        uid: Uid,
        settled: &Settled,
        at: Option<RowId>,
        row: &SwitchRow,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        put(&transaction, uid, settled)?;
        history::put(&transaction, at, row)?;
        transaction.commit()?;
        Ok(())
    }

    /// Notes that what was settled for these policies was still wanted at an instant: all of them or
    /// none. An instant before the one noted changes nothing, so a clock set back re-fires nothing.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn advance(&mut self, as_of: Instant, uids: &[Uid]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut statement = transaction
                .prepare_cached("UPDATE settled SET as_of = ?1 WHERE uid = ?2 AND as_of < ?1")?;
            for uid in uids {
                statement.execute(params![micros(as_of), id(*uid)])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

fn put(connection: &Connection, uid: Uid, settled: &Settled) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO settled (uid, action, due, as_of) VALUES (?1, ?2, ?3, ?4)",
    )?;
    statement.execute(params![
        id(uid),
        settled.action.to_string(),
        micros(settled.due),
        micros(settled.as_of),
    ])?;
    Ok(())
}
