//! What is remembered, and what is forgotten.

use todswitch::domain::policy::{Hold, LiveDefault};
use todswitch::store::{EventKind, EventsQuery, Order};

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
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), "a test").unwrap();
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
    let ends: Vec<i64> = {
        let file = rusqlite::Connection::open(dir.path().join(FILE)).unwrap();
        let mut ends = file
            .prepare("SELECT ended FROM drifts ORDER BY id")
            .unwrap();
        let rows = ends.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(ends, [at(6), at(9)].map(|at| at.timestamp_micros()));
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
