//! The history: a row for every switch, made when it falls due and written again as it goes.
//!
//! Must not know how a row is shown.

use rusqlite::{Connection, Row, named_params, params};

use super::value::{Columns, id, micros};
use super::{Outcome, Store, StoreError, SwitchRow};
use crate::domain::Instant;

/// The number of a row of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub(super) i64);

/// Which rows of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this policy only.
    pub policy: Option<String>,
    /// Due at this instant or later.
    pub from: Option<Instant>,
    /// Due before this instant.
    pub to: Option<Instant>,
    /// No more than so many.
    pub limit: Option<u32>,
    /// Which come first; those a limit leaves out are at the other end.
    pub order: Order,
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As it happened.
    #[default]
    OldestFirst,
    /// The last one first.
    NewestFirst,
}

impl Order {
    pub(super) fn word(self) -> &'static str {
        match self {
            Order::OldestFirst => "ASC",
            Order::NewestFirst => "DESC",
        }
    }
}

/// The rows that answer to a query, and those that could not be read: one bad row hides no other.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// An error for each row that is missing above.
    pub unreadable: Vec<StoreError>,
}

impl<T> Default for Page<T> {
    fn default() -> Page<T> {
        Page {
            rows: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

impl<T> Page<T> {
    /// Adds a row, or why it could not be read.
    pub(super) fn take(&mut self, row: Result<T, StoreError>) -> Result<(), StoreError> {
        match row {
            Ok(row) => self.rows.push(row),
            Err(error @ StoreError::Row { .. }) => self.unreadable.push(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Store {
    /// Adds a row.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record(&mut self, row: &SwitchRow) -> Result<RowId, StoreError> {
        put(&self.connection, None, row)?;
        Ok(RowId(self.connection.last_insert_rowid()))
    }

    /// Writes a row again; one that was pruned meanwhile stays pruned.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn update(&mut self, id: RowId, row: &SwitchRow) -> Result<(), StoreError> {
        put(&self.connection, Some(id), row)
    }

    /// The switches that were under way when nobody went on with them: what a run that ended by
    /// itself or not left as failed. Those made by command are none of them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unfinished(&self) -> Result<Vec<(RowId, SwitchRow)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM switches WHERE outcome = ?1 AND rule_kind <> 'manual' ORDER BY due, id",
        )?;
        let mut rows = statement.query([Outcome::Failed.as_str()])?;
        let mut unfinished = Vec::new();
        while let Some(row) = rows.next()? {
            unfinished.push((RowId(row.get("id")?), read(row)?));
        }
        Ok(unfinished)
    }

    /// Whether the history tells already what became of a policy's boundary.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn has_row(&self, policy: &str, due: Instant) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM switches WHERE policy = ?1 AND due = ?2 AND outcome <> ?3",
        )?;
        let dry_run = Outcome::DryRun.as_str();
        Ok(statement.exists(params![policy, micros(due), dry_run])?)
    }

    /// The rows that answer to a query, by the instant they were due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn history(&self, query: &HistoryQuery) -> Result<Page<SwitchRow>, StoreError> {
        let order = query.order.word();
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT * FROM switches
             WHERE (?1 IS NULL OR policy = ?1) AND due >= ?2 AND due < ?3
             ORDER BY due {order}, id {order} LIMIT ?4"
        ))?;
        let mut rows = statement.query(params![
            query.policy,
            query.from.map_or(i64::MIN, micros),
            query.to.map_or(i64::MAX, micros),
            query.limit.map_or(-1, i64::from),
        ])?;
        let mut page = Page::default();
        while let Some(row) = rows.next()? {
            page.take(read(row))?;
        }
        Ok(page)
    }
}

/// Inserts a row, or writes the one with this number again.
pub(super) fn put(
    connection: &Connection,
    at: Option<RowId>,
    row: &SwitchRow,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(match at {
        None => {
            "INSERT INTO switches (id, policy, uid, from_value, to_action, due, sent, settled, tries,
                outcome, error, rule_kind, rule_name, rule_line, file_hash, zone_version)
             VALUES (:id, :policy, :uid, :from, :to, :due, :sent, :settled, :tries, :outcome, :error,
                :rule_kind, :rule_name, :rule_line, :file_hash, :zone_version)"
        }
        Some(_) => {
            "UPDATE switches SET policy = :policy, uid = :uid, from_value = :from, to_action = :to,
                due = :due, sent = :sent, settled = :settled, tries = :tries, outcome = :outcome,
                error = :error, rule_kind = :rule_kind, rule_name = :rule_name,
                rule_line = :rule_line, file_hash = :file_hash, zone_version = :zone_version
             WHERE id = :id"
        }
    })?;
    statement.execute(named_params! {
        ":id": at.map(|at| at.0),
        ":policy": row.policy,
        ":uid": row.uid.map(id),
        ":from": row.from,
        ":to": row.to.to_string(),
        ":due": micros(row.due),
        ":sent": row.sent.map(micros),
        ":settled": row.settled.map(micros),
        ":tries": row.tries,
        ":outcome": row.outcome.as_str(),
        ":error": row.error,
        ":rule_kind": row.rule_kind,
        ":rule_name": row.rule_name,
        ":rule_line": row.rule_line,
        ":file_hash": row.file_hash,
        ":zone_version": row.zone_version,
    })?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<SwitchRow, StoreError> {
    let columns = Columns::of("switches", "id", row)?;
    Ok(SwitchRow {
        policy: columns.plain("policy")?,
        uid: columns.uid_or_none("uid")?,
        from: columns.plain("from_value")?,
        to: columns.action("to_action")?,
        due: columns.instant("due")?,
        sent: columns.instant_or_none("sent")?,
        settled: columns.instant_or_none("settled")?,
        tries: columns.number("tries")?,
        outcome: columns.word("outcome", Outcome::parse)?,
        error: columns.plain("error")?,
        rule_kind: columns.plain("rule_kind")?,
        rule_name: columns.plain("rule_name")?,
        rule_line: columns.plain("rule_line")?,
        file_hash: columns.plain("file_hash")?,
        zone_version: columns.plain("zone_version")?,
    })
}
