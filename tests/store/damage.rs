//! Torn, foreign and newer files.

use std::fs;
use std::path::Path;

use todswitch::store::{EventKind, StoreError};

use super::*;

/// A store with something in every corner, closed.
fn small(dir: &Path) {
    let mut store = Store::open(dir, "a test").unwrap();
    fill(&mut store);
}

fn fill(store: &mut Store) {
    for minute in 0..20_i64 {
        let uid = Uid(minute.unsigned_abs());
        store
            .settle(uid, &settled(Action::Queue, minute, minute))
            .unwrap();
        store.record(&switch("sales", minute)).unwrap();
        store
            .record_event(at(minute), EventKind::Alert, None, "words")
            .unwrap();
    }
}

/// Opens a directory that holds these bytes as its store; gives what was set aside.
fn open_with(bytes: &[u8]) -> (Store, Option<Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE), bytes).unwrap();
    let store = Store::open(dir.path(), "a test").unwrap();
    let aside = store.set_aside().map(|path| fs::read(path).unwrap());
    (store, aside)
}

#[test]
fn a_file_torn_anywhere_is_set_aside_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let whole = fs::read(dir.path().join(FILE)).unwrap();
    let (store, aside) = open_with(&whole);
    assert_eq!((history(&store).len(), aside), (20, None));

    let pages = (0..whole.len()).step_by(4096);
    let around = pages.flat_map(|page| [page.saturating_sub(1), page, page + 1]);
    let cuts = (0..whole.len())
        .step_by(1361)
        .chain(around)
        .chain([whole.len() - 1]);
    for cut in cuts {
        let (store, aside) = open_with(&whole[..cut]);
        assert_eq!(aside.as_deref(), Some(&whole[..cut]), "cut at {cut}");
        assert_eq!(history(&store), []);
        assert!(store.settled().unwrap().is_empty());
    }
}

#[test]
fn a_page_lost_in_the_middle_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let whole = fs::read(dir.path().join(FILE)).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut torn = whole.clone();
        torn[page * 4096..(page + 1) * 4096].fill(0);
        let (_, aside) = open_with(&torn);
        assert_eq!(aside, Some(torn), "page {page}");
    }
}

#[test]
fn a_foreign_file_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other.db");
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
        .unwrap();
    drop(connection);
    for foreign in [
        fs::read(&other).unwrap(),
        b"dear diary".to_vec(),
        Vec::new(),
    ] {
        let (store, aside) = open_with(&foreign);
        assert_eq!(aside, Some(foreign));
        assert_eq!(history(&store), []);
    }
}

#[test]
fn each_file_set_aside_has_a_name_of_its_own_and_takes_its_companions() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    for number in 1..=3 {
        fs::write(&path, format!("foreign {number}")).unwrap();
        fs::write(dir.path().join("todswitch.db-wal"), "its log").unwrap();
        let store = Store::open(dir.path(), "a test").unwrap();
        let aside = dir.path().join(format!("{FILE}.set-aside-{number}"));
        assert_eq!(store.set_aside(), Some(aside.as_path()));
        let log = dir.path().join(format!("{FILE}.set-aside-{number}-wal"));
        assert_eq!(fs::read_to_string(log).unwrap(), "its log");
        assert_eq!(
            fs::read_to_string(aside).unwrap(),
            format!("foreign {number}")
        );
    }
}

#[test]
fn a_log_without_its_database_is_not_taken_into_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("todswitch.db-wal");
    fs::write(&log, "left over").unwrap();
    let store = Store::open(dir.path(), "a test").unwrap();
    let aside = store.set_aside().unwrap();
    assert_eq!(fs::read_to_string(aside).unwrap(), "left over");
}

#[test]
fn a_reader_says_what_is_wrong_and_moves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE), "dear diary").unwrap();
    let error = Store::open_reader(dir.path()).unwrap_err();
    assert_eq!(error.kind(), "damaged");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let connection = rusqlite::Connection::open(dir.path().join(FILE)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    for refused in [
        Store::open(dir.path(), "a test").unwrap_err(),
        Store::open_reader(dir.path()).unwrap_err(),
    ] {
        assert!(
            matches!(refused, StoreError::Newer { found: 99, .. }),
            "{refused}"
        );
    }
    assert!(dir.path().join(FILE).exists());
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let connection = rusqlite::Connection::open(dir.path().join(FILE)).unwrap();
    let edit = "UPDATE switches SET outcome = 'splendid' WHERE id = 3;
                UPDATE settled SET action = 'sing' WHERE uid = 4";
    connection.execute_batch(edit).unwrap();
    drop(connection);
    let store = Store::open(dir.path(), "a test").unwrap();
    let page = store.history(&HistoryQuery::default()).unwrap();
    assert_eq!((page.rows.len(), page.unreadable.len()), (19, 1));
    assert_eq!(
        page.unreadable[0].to_string(),
        "row 3 of switches has \"splendid\" as its outcome"
    );
    assert_eq!(
        store.settled().unwrap_err().to_string(),
        "row 4 of settled has \"sing\" as its action"
    );
}

#[test]
fn a_log_torn_anywhere_loses_only_the_last_commits() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), "a test").unwrap();
    fill(&mut store);
    // Copied while it is open: as a crash would leave it.
    let database = fs::read(dir.path().join(FILE)).unwrap();
    let log = fs::read(dir.path().join("todswitch.db-wal")).unwrap();
    let mut found_before = 0;
    for cut in (0..log.len()).step_by(16_381).chain([log.len()]) {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join(FILE), &database).unwrap();
        fs::write(copy.path().join("todswitch.db-wal"), &log[..cut]).unwrap();
        let store = Store::open(copy.path(), "a test").unwrap();
        assert_eq!(store.set_aside(), None, "cut at {cut}");
        let found = history(&store).len();
        assert!(found >= found_before, "cut at {cut}");
        found_before = found;
    }
    assert_eq!(found_before, 20);
}

#[test]
fn a_database_torn_beside_its_log_is_set_aside_or_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), "a test").unwrap();
    fill(&mut store);
    let expected = history(&store);
    let database = fs::read(dir.path().join(FILE)).unwrap();
    let log = fs::read(dir.path().join("todswitch.db-wal")).unwrap();
    for cut in (0..database.len()).step_by(4093) {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join(FILE), &database[..cut]).unwrap();
        fs::write(copy.path().join("todswitch.db-wal"), &log).unwrap();
        let store = Store::open(copy.path(), "a test").unwrap();
        if store.set_aside().is_none() {
            assert_eq!(history(&store), expected, "cut at {cut}");
            assert_eq!(store.settled().unwrap().len(), 20, "cut at {cut}");
        }
    }
}
