//! Holds: set by hand at run time, kept here so that they survive a restart.
//!
//! Must not know what a hold overrides.

use std::collections::HashMap;

use rusqlite::{Row, params};

use super::value::{Columns, micros};
use super::{Store, StoreError};
use crate::domain::Instant;
use crate::domain::policy::Hold;

/// A hold as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// The name of its policy.
    pub policy: String,
    /// The hold.
    pub hold: Hold,
    /// When it was cleared or replaced before its end, if it was.
    pub cleared: Option<Instant>,
    /// Who cleared or replaced it.
    pub cleared_by: Option<String>,
}

impl Store {
    /// Sets the hold of a policy, in place of one that stands.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn set_hold(&mut self, policy: &str, hold: &Hold) -> Result<(), StoreError> {
        self.set_holds([(policy, hold)])
    }

    /// Sets the holds of policies, in place of those that stand: all of them or none.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn set_holds<'h>(
        &mut self,
        holds: impl IntoIterator<Item = (&'h str, &'h Hold)>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.savepoint()?;
        for (policy, hold) in holds {
            transaction.execute(
                "UPDATE holds SET cleared = ?2, cleared_by = ?3
                 WHERE policy = ?1 AND cleared IS NULL",
                params![policy, micros(hold.from), hold.set_by],
            )?;
            transaction.execute(
                "INSERT INTO holds (policy, set_at, until, action, reason, set_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    policy,
                    micros(hold.from),
                    hold.until.map(micros),
                    hold.action.to_string(),
                    hold.reason,
                    hold.set_by,
                ],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Clears the hold of a policy, and says whether one stood.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn clear_hold(&mut self, policy: &str, at: Instant, by: &str) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE holds SET cleared = ?2, cleared_by = ?3
             WHERE policy = ?1 AND cleared IS NULL AND (until IS NULL OR until > ?2)",
        )?;
        Ok(statement.execute(params![policy, micros(at), by])? > 0)
    }

    /// The holds that stand at an instant or are yet to begin, by policy.
    ///
    /// # Errors
    /// The store, or a row of it, cannot be read.
    pub fn holds_at(&self, now: Instant) -> Result<HashMap<String, Vec<Hold>>, StoreError> {
        let mut holds: HashMap<String, Vec<Hold>> = HashMap::new();
        for row in self.holds_since(now)? {
            if row.cleared.is_none() {
                holds.entry(row.policy).or_default().push(row.hold);
            }
        }
        Ok(holds)
    }

    /// The holds that had not ended by an instant, those cleared later included, the oldest first.
    ///
    /// # Errors
    /// The store, or a row of it, cannot be read.
    pub fn holds_since(&self, from: Instant) -> Result<Vec<HoldRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM holds
             WHERE (until IS NULL OR until > ?1) AND (cleared IS NULL OR cleared > ?1)
             ORDER BY set_at, id",
        )?;
        let mut rows = statement.query([micros(from)])?;
        let mut holds = Vec::new();
        while let Some(row) = rows.next()? {
            holds.push(read(row)?);
        }
        Ok(holds)
    }
}

fn read(row: &Row<'_>) -> Result<HoldRow, StoreError> {
    let columns = Columns::of("holds", "id", row)?;
    let hold = Hold {
        from: columns.instant("set_at")?,
        until: columns.instant_or_none("until")?,
        action: columns.action("action")?,
        reason: columns.plain("reason")?,
        set_by: columns.plain("set_by")?,
    };
    Ok(HoldRow {
        policy: columns.plain("policy")?,
        hold,
        cleared: columns.instant_or_none("cleared")?,
        cleared_by: columns.plain("cleared_by")?,
    })
}
