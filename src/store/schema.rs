//! The form of the tables, and the steps from each form to the next.
//!
//! Must not know where the database lies.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// "todS" in ASCII: says that an SQLite file is a store of this program.
pub(super) const APPLICATION_ID: i32 = 0x746f_6453;

/// The form this version writes, in `user_version`: the number of steps taken.
pub(super) const FORM: i64 = STEPS.len() as i64;

/// Each brings a database one form further. Never edit one that was released: add another.
const STEPS: [&str; 1] = [
    // Form 1.
    "
    CREATE TABLE settled (
        uid        INTEGER PRIMARY KEY,
        action     TEXT NOT NULL,
        due        INTEGER NOT NULL,
        as_of      INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE switches (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        policy     TEXT NOT NULL,
        uid        INTEGER,
        from_value TEXT,
        to_action  TEXT NOT NULL,
        due        INTEGER NOT NULL,
        sent       INTEGER,
        settled    INTEGER,
        tries      INTEGER NOT NULL,
        outcome    TEXT NOT NULL,
        error      TEXT,
        rule_kind  TEXT NOT NULL,
        rule_name  TEXT NOT NULL,
        rule_line  INTEGER,
        file_hash  TEXT NOT NULL,
        zone_version TEXT NOT NULL
    ) STRICT;
    CREATE INDEX switches_by_due ON switches (due);
    CREATE INDEX switches_by_policy ON switches (policy, due);

    CREATE TABLE events (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        at         INTEGER NOT NULL,
        kind       TEXT NOT NULL,
        policy     TEXT,
        message    TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_at ON events (at);

    CREATE TABLE runs (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        started    INTEGER NOT NULL,
        stopped    INTEGER
    ) STRICT;

    CREATE TABLE drifts (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        uid        INTEGER NOT NULL,
        policy     TEXT NOT NULL,
        live       TEXT NOT NULL,
        settled    TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        ended      INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX open_drifts ON drifts (uid) WHERE ended IS NULL;

    CREATE TABLE holds (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        policy     TEXT NOT NULL,
        set_at     INTEGER NOT NULL,
        until      INTEGER,
        action     TEXT NOT NULL,
        reason     TEXT NOT NULL,
        set_by     TEXT NOT NULL,
        cleared    INTEGER,
        cleared_by TEXT
    ) STRICT;
    CREATE UNIQUE INDEX standing_holds ON holds (policy) WHERE cleared IS NULL;

    -- One row: the rows up to these ids were written while the clock was wrong.
    CREATE TABLE clock_accepted (
        one        INTEGER PRIMARY KEY CHECK (one = 1),
        switch_id  INTEGER NOT NULL,
        event_id   INTEGER NOT NULL,
        run_id     INTEGER NOT NULL
    ) STRICT;
    INSERT INTO clock_accepted VALUES (1, 0, 0, 0);
    ",
];

/// The form of a database; 0 before the first step.
pub(super) fn form(connection: &Connection) -> Result<i64, StoreError> {
    let form = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(form)
}

/// Takes the steps that are missing, all or none.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    let found = form(connection)?;
    if found >= FORM {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let taken = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(taken) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORM)?;
    transaction.commit()?;
    Ok(())
}
