//! What happened beside the switches, and whether the last run ended cleanly.
//!
//! Must not know who is told about an event.

use rusqlite::{OptionalExtension, Row, params};

use super::history::{Order, Page};
use super::value::{Columns, micros};
use super::{Store, StoreError};
use crate::domain::Instant;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// When.
    pub at: Instant,
    /// What kind.
    pub kind: EventKind,
    /// The policy it is about, if it is about one.
    pub policy: Option<String>,
    /// What happened, in words.
    pub message: String,
}

/// The kinds of events. Their names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The daemon started.
    Started,
    /// The daemon stopped, as it was told to.
    Stopped,
    /// The run before this one did not end cleanly.
    Unclean,
    /// A changed file was put into force.
    Reloaded,
    /// A changed file was refused.
    ReloadRefused,
    /// A live value is not the settled one.
    Drift,
    /// A drift ended.
    DriftEnded,
    /// A hold was set.
    HoldSet,
    /// A hold ended or was cleared.
    HoldEnded,
    /// The clock was set, or is clearly wrong.
    Clock,
    /// The zone data changed.
    ZoneData,
    /// The store itself: a file set aside, a disk that was full.
    Store,
    /// Somebody was alerted.
    Alert,
}

impl EventKind {
    /// Every kind, for parsing and printing.
    pub const ALL: [(EventKind, &'static str); 13] = [
        (EventKind::Started, "started"),
        (EventKind::Stopped, "stopped"),
        (EventKind::Unclean, "unclean"),
        (EventKind::Reloaded, "reloaded"),
        (EventKind::ReloadRefused, "reload-refused"),
        (EventKind::Drift, "drift"),
        (EventKind::DriftEnded, "drift-ended"),
        (EventKind::HoldSet, "hold-set"),
        (EventKind::HoldEnded, "hold-ended"),
        (EventKind::Clock, "clock"),
        (EventKind::ZoneData, "zone-data"),
        (EventKind::Store, "store"),
        (EventKind::Alert, "alert"),
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    /// The kind of a stable name.
    pub fn parse(name: &str) -> Option<EventKind> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(kind, _)| *kind)
    }
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsQuery {
    /// Of this kind only.
    pub kind: Option<EventKind>,
    /// About this policy only.
    pub policy: Option<String>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
    /// No more than so many.
    pub limit: Option<u32>,
    /// Which come first.
    pub order: Order,
}

/// A run of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// When it started.
    pub started: Instant,
    /// When it stopped; `None` while it runs, and for ever if it ended uncleanly.
    pub stopped: Option<Instant>,
}

impl Store {
    /// Adds an event.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record_event(
        &mut self,
        at: Instant,
        kind: EventKind,
        policy: Option<&str>,
        message: &str,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO events (at, kind, policy, message) VALUES (?1, ?2, ?3, ?4)",
        )?;
        statement.execute(params![micros(at), kind.as_str(), policy, message])?;
        Ok(())
    }

    /// The events that answer to a query, by their instant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events(&self, query: &EventsQuery) -> Result<Page<EventRow>, StoreError> {
        let order = query.order.word();
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT * FROM events
             WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR policy = ?2)
                AND at >= ?3 AND at < ?4
             ORDER BY at {order}, id {order} LIMIT ?5"
        ))?;
        let mut rows = statement.query(params![
            query.kind.map(EventKind::as_str),
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

    /// The last run that was marked. Ask before marking this one: a run that did not stop ended
    /// uncleanly.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn last_run(&self) -> Result<Option<Run>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, started, stopped FROM runs ORDER BY id DESC LIMIT 1")?;
        let read = |row: &Row<'_>| {
            let columns = Columns::of("runs", "id", row)?;
            Ok(Run {
                started: columns.instant("started")?,
                stopped: columns.instant_or_none("stopped")?,
            })
        };
        let run = statement.query_row([], |row| Ok(read(row))).optional()?;
        run.transpose()
    }

    /// Marks that a run began.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn mark_started(&mut self, at: Instant) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("INSERT INTO runs (started) VALUES (?1)")?;
        statement.execute([micros(at)])?;
        Ok(())
    }

    /// Marks that the run ended cleanly.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn mark_stopped(&mut self, at: Instant) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("UPDATE runs SET stopped = ?1 WHERE id = (SELECT max(id) FROM runs)")?;
        statement.execute([micros(at)])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> Result<EventRow, StoreError> {
    let columns = Columns::of("events", "id", row)?;
    Ok(EventRow {
        at: columns.instant("at")?,
        kind: columns.word("kind", EventKind::parse)?,
        policy: columns.plain("policy")?,
        message: columns.plain("message")?,
    })
}
