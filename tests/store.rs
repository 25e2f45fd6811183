//! The store from outside: what it remembers, who may have it, and what it does with a damaged file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::domain::plan::Settled;
use todswitch::domain::policy::{Hold, LiveDefault, Uid};
use todswitch::store::{
    EventKind, EventsQuery, HistoryQuery, Order, Outcome, Store, StoreError, SwitchRow,
};

const FILE: &str = "todswitch.db";

fn at(minute: i64) -> Instant {
    let start: Instant = "2026-12-24T09:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minute)
}

fn settled(action: Action, due: i64, as_of: i64) -> Settled {
    let (due, as_of) = (at(due), at(as_of));
    Settled { action, due, as_of }
}

fn switch(policy: &str, due: i64) -> SwitchRow {
    SwitchRow {
        policy: policy.into(),
        uid: Some(Uid(2164)),
        from: Some("voicemail".into()),
        to: "jump:4501".parse().unwrap(),
        due: at(due),
        sent: None,
        settled: None,
        tries: 0,
        outcome: Outcome::Failed,
        error: None,
        rule_kind: "weekly".into(),
        rule_name: "mon-fri 09:00-12:30".into(),
        rule_line: Some(25),
        file_hash: "5e884898".into(),
        zone_version: "2026f".into(),
    }
}

fn history(store: &Store) -> Vec<SwitchRow> {
    let page = store.history(&HistoryQuery::default()).unwrap();
    assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
    page.rows
}

fn memory() -> Store {
    Store::in_memory().unwrap()
}

mod remembering {
    use super::*;

    #[test]
    fn what_was_settled_comes_back_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path(), "a test").unwrap();
        store.settle(Uid(1), &settled(Action::Queue, 0, 0)).unwrap();
        store
            .settle(Uid(u64::MAX), &settled(Action::Hangup, 1, 2))
            .unwrap();
        store
            .settle(Uid(1), &settled(Action::Voicemail, 3, 4))
            .unwrap();
        drop(store);
        let found = Store::open(dir.path(), "a test")
            .unwrap()
            .settled()
            .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[&Uid(1)], settled(Action::Voicemail, 3, 4));
        assert_eq!(found[&Uid(u64::MAX)], settled(Action::Hangup, 1, 2));
    }

    #[test]
    fn time_only_goes_forward_for_what_was_settled() {
        let mut store = memory();
        for uid in [1, 2, 3] {
            store
                .settle(Uid(uid), &settled(Action::Queue, 0, 5))
                .unwrap();
        }
        store.advance(at(9), &[Uid(1), Uid(2), Uid(99)]).unwrap();
        store.advance(at(7), &[Uid(2), Uid(3)]).unwrap();
        store.advance(at(1), &[Uid(1), Uid(2), Uid(3)]).unwrap();
        let found = store.settled().unwrap();
        let as_of = [1, 2, 3].map(|uid| found[&Uid(uid)].as_of);
        assert_eq!(as_of, [at(9), at(9), at(7)]);
        assert_eq!(found.len(), 3, "what was never settled is not made up");
    }

    #[test]
    fn a_switch_is_recorded_when_due_and_written_again_as_it_goes() {
        let mut store = memory();
        let mut row = switch("sales", 0);
        let id = store.record(&row).unwrap();
        assert_eq!(history(&store), [row.clone()]);
        row.sent = Some(at(0) + TimeDelta::microseconds(170));
        row.settled = Some(at(2));
        row.tries = 3;
        row.outcome = Outcome::Settled;
        row.error = Some("server: 503".into());
        store.update(id, &row).unwrap();
        assert_eq!(history(&store), [row]);
    }

    #[test]
    fn every_outcome_and_every_gap_in_a_row_comes_back() {
        let mut store = memory();
        for (minute, (outcome, _)) in (0..).zip(Outcome::ALL) {
            let row = SwitchRow {
                outcome,
                uid: None,
                from: None,
                rule_line: None,
                ..switch("sales", minute)
            };
            store.record(&row).unwrap();
            assert_eq!(history(&store).last(), Some(&row));
        }
    }

    #[test]
    fn the_history_is_asked_by_policy_span_and_number() {
        let mut store = memory();
        for minute in [3, 1, 2, 0] {
            store.record(&switch("sales", minute)).unwrap();
            store.record(&switch("support", minute)).unwrap();
        }
        let minutes = |query: HistoryQuery| {
            let page = store.history(&query).unwrap();
            let minute = |row: &SwitchRow| (row.due - at(0)).num_minutes();
            page.rows.iter().map(minute).collect::<Vec<_>>()
        };
        let sales = HistoryQuery {
            policy: Some("sales".into()),
            ..HistoryQuery::default()
        };
        assert_eq!(minutes(HistoryQuery::default()), [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(minutes(sales.clone()), [0, 1, 2, 3]);
        let from_one_to_three = HistoryQuery {
            from: Some(at(1)),
            to: Some(at(3)),
            ..sales.clone()
        };
        assert_eq!(minutes(from_one_to_three), [1, 2]);
        let last_two = HistoryQuery {
            limit: Some(2),
            order: Order::NewestFirst,
            ..sales
        };
        assert_eq!(minutes(last_two), [3, 2]);
    }

    #[test]
    fn events_are_asked_by_kind_and_policy() {
        let mut store = memory();
        for (minute, (kind, name)) in (0..).zip(EventKind::ALL) {
            store.record_event(at(minute), kind, None, name).unwrap();
        }
        store
            .record_event(at(99), EventKind::Drift, Some("sales"), "again")
            .unwrap();
        let all = store.events(&EventsQuery::default()).unwrap();
        assert_eq!(all.rows.len(), EventKind::ALL.len() + 1);
        assert!(
            all.rows
                .iter()
                .all(|row| row.policy.is_some() || row.message == row.kind.as_str())
        );
        let drifts = store.events(&EventsQuery {
            kind: Some(EventKind::Drift),
            order: Order::NewestFirst,
            ..EventsQuery::default()
        });
        let words: Vec<String> = drifts
            .unwrap()
            .rows
            .into_iter()
            .map(|row| row.message)
            .collect();
        assert_eq!(words, ["again", "drift"]);
    }

    #[test]
    fn a_run_that_did_not_stop_ended_uncleanly() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path(), "a test").unwrap();
        let mut store = open();
        assert_eq!(store.last_run().unwrap(), None);
        store.mark_started(at(0)).unwrap();
        store.mark_stopped(at(1)).unwrap();
        drop(store);
        let mut store = open();
        assert_eq!(store.last_run().unwrap().unwrap().stopped, Some(at(1)));
        store.mark_started(at(2)).unwrap();
        drop(store);
        let run = open().last_run().unwrap().unwrap();
        assert_eq!((run.started, run.stopped), (at(2), None));
    }

    #[test]
    fn the_same_drift_is_seen_once() {
        let mut store = memory();
        let (live, other) = (LiveDefault::parse("hangup"), LiveDefault::parse("ivr:9"));
        let see = |store: &mut Store, live: &LiveDefault, minute| {
            store
                .drift_seen(Uid(1), "sales", live, Action::Queue, at(minute))
                .unwrap()
        };
        assert!(see(&mut store, &live, 0));
        assert!(!see(&mut store, &live, 5));
        let open = store.open_drifts().unwrap();
        assert_eq!(
            (open.len(), open[0].first_seen, &open[0].live),
            (1, at(0), &live)
        );

        assert!(see(&mut store, &other, 6), "other values are another drift");
        assert_eq!(store.open_drifts().unwrap()[0].live, other);
        let ended = store.drift_ended(Uid(1), at(9)).unwrap().unwrap();
        assert_eq!((ended.first_seen, ended.ended), (at(6), Some(at(9))));
        assert_eq!(store.drift_ended(Uid(1), at(9)).unwrap(), None);
        assert_eq!(store.open_drifts().unwrap(), []);
        let ends: Vec<_> = store
            .drifts_since(at(0))
            .unwrap()
            .iter()
            .map(|row| row.ended)
            .collect();
        assert_eq!(ends, [Some(at(6)), Some(at(9))]);
        assert!(see(&mut store, &live, 10), "one that ended may come again");
    }

    #[test]
    fn a_hold_stands_until_it_ends_is_cleared_or_is_replaced() {
        let mut store = memory();
        let hold = |from, until: Option<i64>| Hold {
            from: at(from),
            until: until.map(at),
            action: Action::Hangup,
            reason: "fire drill".into(),
            set_by: "ada".into(),
        };
        store.set_hold("sales", &hold(0, Some(10))).unwrap();
        store.set_hold("support", &hold(0, None)).unwrap();
        let standing = store.holds_at(at(9)).unwrap();
        assert_eq!(standing["sales"], [hold(0, Some(10))]);
        assert_eq!(standing["support"], [hold(0, None)]);
        assert!(
            !store.holds_at(at(10)).unwrap().contains_key("sales"),
            "its end is not in it"
        );

        store.set_hold("sales", &hold(5, Some(20))).unwrap();
        assert_eq!(store.holds_at(at(6)).unwrap()["sales"], [hold(5, Some(20))]);
        assert!(store.clear_hold("sales", at(7), "grace").unwrap());
        assert!(!store.clear_hold("sales", at(8), "grace").unwrap());
        assert!(!store.holds_at(at(8)).unwrap().contains_key("sales"));
        let rows = store.holds_since(at(0)).unwrap();
        let by: Vec<_> = rows
            .iter()
            .map(|row| (row.policy.as_str(), row.cleared_by.as_deref()))
            .collect();
        assert_eq!(
            by,
            [
                ("sales", Some("ada")),
                ("support", None),
                ("sales", Some("grace"))
            ]
        );
    }

    #[test]
    fn pruning_forgets_what_is_over_and_nothing_else() {
        let mut store = memory();
        store.settle(Uid(1), &settled(Action::Queue, 0, 0)).unwrap();
        for minute in [0, 50, 100] {
            store.record(&switch("sales", minute)).unwrap();
            store
                .record_event(at(minute), EventKind::Alert, None, "x")
                .unwrap();
        }
        store.mark_started(at(0)).unwrap();
        let live = LiveDefault::Known(Action::Hangup);
        store
            .drift_seen(Uid(1), "sales", &live, Action::Queue, at(0))
            .unwrap();
        store
            .drift_seen(Uid(2), "support", &live, Action::Queue, at(0))
            .unwrap();
        store.drift_ended(Uid(2), at(1)).unwrap();
        let hold = |until: Option<i64>| Hold {
            from: at(0),
            until: until.map(at),
            action: Action::Hangup,
            reason: "drill".into(),
            set_by: "ada".into(),
        };
        store.set_hold("sales", &hold(None)).unwrap();
        store.set_hold("support", &hold(Some(9))).unwrap();

        assert_eq!(store.prune(at(50)).unwrap(), 4);
        assert_eq!(history(&store).len(), 2);
        assert_eq!(store.events(&EventsQuery::default()).unwrap().rows.len(), 2);
        assert_eq!(store.settled().unwrap().len(), 1);
        assert_eq!(store.open_drifts().unwrap().len(), 1);
        assert_eq!(store.drifts_since(at(0)).unwrap().len(), 1);
        assert_eq!(store.holds_since(at(0)).unwrap().len(), 1);
        assert!(store.last_run().unwrap().is_some());
        assert_eq!(store.prune(at(50)).unwrap(), 0);
    }

    #[test]
    fn the_newest_row_tells_a_clock_that_is_wrong() {
        let mut store = memory();
        assert_eq!(store.last_row_at().unwrap(), None);
        store
            .record_event(at(1), EventKind::Started, None, "")
            .unwrap();
        assert_eq!(store.last_row_at().unwrap(), Some(at(1)));
        let mut row = switch("sales", 2);
        row.settled = Some(at(3));
        store.record(&row).unwrap();
        assert_eq!(store.last_row_at().unwrap(), Some(at(3)));
        store.settle(Uid(1), &settled(Action::Queue, 2, 9)).unwrap();
        assert_eq!(store.last_row_at().unwrap(), Some(at(9)));

        store.accept_clock(at(2)).unwrap();
        assert_eq!(store.last_row_at().unwrap(), Some(at(2)));
        assert_eq!(store.settled().unwrap()[&Uid(1)].as_of, at(2));
        assert_eq!(history(&store).len(), 1, "the history is not rewritten");
        store
            .record_event(at(4), EventKind::Clock, None, "")
            .unwrap();
        assert_eq!(store.last_row_at().unwrap(), Some(at(4)));
    }
}

mod sharing {
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
        use std::os::unix::fs::PermissionsExt;
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
}

mod damage {
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
            .step_by(409)
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
        for cut in (0..log.len()).step_by(4001).chain([log.len()]) {
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
        for cut in (0..database.len()).step_by(1021) {
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
}

mod crash {
    use super::*;

    /// Set in the environment of a copy of this test program that is to be killed.
    const VICTIM: &str = "TODSWITCH_TEST_STORE_VICTIM";

    #[test]
    fn a_committed_row_survives_kill_9() {
        if let Some(dir) = std::env::var_os(VICTIM) {
            write_for_ever(Path::new(&dir));
        }
        let dir = tempfile::tempdir().unwrap();
        let mut kept = 0;
        for round in 1..=5 {
            kept += kill_after(dir.path(), round * 7);
            let store = Store::open(dir.path(), "a test").unwrap();
            assert_eq!(store.set_aside(), None);
            let found = history(&store).len();
            assert!(found >= kept, "{found} of {kept}");
            kept = found;
            let settled = store.settled().unwrap();
            assert_eq!(settled.len(), 1);
            assert_eq!(store.last_run().unwrap().unwrap().stopped, None);
        }
    }

    fn write_for_ever(dir: &Path) -> ! {
        let mut store = Store::open(dir, "the victim").unwrap();
        store.mark_started(at(0)).unwrap();
        for minute in 0.. {
            store.record(&switch("sales", minute)).unwrap();
            store
                .settle(Uid(1), &settled(Action::Queue, minute, minute))
                .unwrap();
            println!("committed");
        }
        unreachable!("it is killed");
    }

    /// Kills a writer as soon as it has told of so many rows; gives how many it told of.
    fn kill_after(dir: &Path, rows: usize) -> usize {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "crash::a_committed_row_survives_kill_9",
                "--nocapture",
            ])
            .env(VICTIM, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(victim.stdout.take().unwrap()).lines();
        let committed = told
            .map(Result::unwrap)
            .filter(|line| line.ends_with("committed"))
            .take(rows)
            .count();
        victim.kill().unwrap();
        victim.wait().unwrap();
        committed
    }
}
