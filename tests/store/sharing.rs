//! Who may have a store, and who may only read it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use todswitch::store::StoreError;

use super::*;

#[test]
fn the_second_owner_is_told_who_the_first_is() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path(), "todswitch run").unwrap();
    let error = Store::open(dir.path(), "todswitch run --once").unwrap_err();
    assert_eq!(error.kind(), "held");
    let expected = format!(
        "the store {} is held by todswitch run (process {})",
        dir.path().display(),
        std::process::id()
    );
    assert_eq!(error.to_string(), expected);
    drop(first);
    Store::open(dir.path(), "todswitch run --once").unwrap();
}

#[test]
fn a_reader_sees_each_commit_of_a_writer_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Store::open(dir.path(), "a test").unwrap();
    let mut reader = Store::open_reader(dir.path()).unwrap();
    for minute in 0..5 {
        writer.record(&switch("sales", minute)).unwrap();
        assert_eq!(history(&reader).len(), history(&writer).len());
    }
    let error = reader.record(&switch("sales", 9)).unwrap_err();
    assert_eq!(error.kind(), "denied");
}

#[test]
fn a_reader_needs_no_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open_reader(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::NoStore(_)), "{error}");
    let mut writer = Store::open(dir.path(), "a test").unwrap();
    writer.record(&switch("sales", 0)).unwrap();
    drop(writer);
    assert_eq!(history(&Store::open_reader(dir.path()).unwrap()).len(), 1);
}

#[test]
fn what_is_stored_is_for_its_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("state/todswitch");
    let mut store = Store::open(&dir, "a test").unwrap();
    store.record(&switch("sales", 0)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_place_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("below"), "a test").unwrap_err();
    assert_eq!(error.kind(), "place");
    assert!(error.to_string().contains("a file/below"), "{error}");
}

#[test]
fn its_owner_may_be_any_thread() {
    let mut store = memory();
    let owner = std::thread::spawn(move || {
        store.record(&switch("sales", 0)).unwrap();
        history(&store).len()
    });
    assert_eq!(owner.join().unwrap(), 1);
}
