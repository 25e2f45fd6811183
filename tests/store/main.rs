//! The store from outside: what it remembers, who may have it, and what it does with a damaged file.

mod crash;
mod damage;
mod remembering;
mod sharing;

use chrono::TimeDelta;
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::domain::plan::Settled;
use todswitch::domain::policy::Uid;
use todswitch::store::{HistoryQuery, Outcome, Store, SwitchRow};

/// The name of a store's file.
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
