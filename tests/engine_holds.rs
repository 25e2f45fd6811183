//! Holds in the engine: above everything, through restarts and edits, and over when they end.

#[path = "engine/account.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod account;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account::InMemory;
use chrono::TimeDelta;
use todswitch::clock::{Clock, JumpingClock};
use todswitch::config::{self, Config, ZoneTable};
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::domain::hold::HoldEnd;
use todswitch::domain::timeline::ReasonKind;
use todswitch::engine::{
    ClearOrder, Command, Engine, Event, Held, HoldError, HoldOrder, Mode, PolicyStatus, Settings,
    Snapshot,
};
use todswitch::store::{EventsQuery, HistoryQuery, Outcome, Store, SwitchRow};
use tokio::sync::{mpsc, oneshot};

const FILE: &str = r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [{ days = "mon-fri", hours = "09:00-12:30, 13:30-17:30" }]
[schedules.shop]
closed = "hangup"
open = "queue"
weekly = [{ days = "mon-fri", hours = "10:00-16:00" }]
[policies.sales]
uid = 1
schedule = "office"
[policies.shop]
uid = 2
schedule = "shop"
"#;

type Api = InMemory<JumpingClock>;

/// A run of the program after another: the same store directory, account and clock.
struct World {
    clock: Arc<JumpingClock>,
    account: Arc<Api>,
    store: tempfile::TempDir,
    config: Arc<Config>,
    told: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// On a Monday morning, with everything as the file wants it.
    async fn new() -> World {
        let clock = Arc::new(JumpingClock::new(at("08:00")));
        let policies = [(1, "Sales", "voicemail"), (2, "Shop", "hangup")];
        let world = World {
            account: Arc::new(InMemory::new(Arc::clone(&clock), &policies)),
            clock,
            store: tempfile::tempdir().unwrap(),
            config: load(FILE),
            told: Arc::default(),
        };
        world.run_until("11:00", Vec::new()).await;
        assert_eq!(world.live(), ["queue", "queue"]);
        world
    }

    /// Starts the program, gives it commands after its first pass, and stops it when nothing is to
    /// be done before `end`. How everything stood then is returned.
    async fn run_until(&self, end: &str, commands: Vec<Command>) -> Snapshot {
        let end = at(end);
        let (sender, receiver) = mpsc::channel(8);
        let mut passes = 1 + commands.len();
        for command in commands {
            sender.try_send(command).unwrap();
        }
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let told = Arc::clone(&self.told);
        let observer = move |event: &Event<'_>| {
            told.lock().unwrap().push(format!("{event:?}"));
            if let Event::Passed { again_at, .. } = event {
                passes = passes.saturating_sub(1);
                if passes == 0
                    && *again_at >= end
                    && let Some(stop) = stop.take()
                {
                    let _ = stop.send(());
                }
            }
        };
        let settings = Settings {
            mode: Mode::Live,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::MAX,
            batch: 1,
            seed: 7,
        };
        let mut engine = Engine::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.account),
            Store::open(self.store.path(), "the test").unwrap(),
            Arc::clone(&self.config),
            settings,
            Box::new(observer),
        );
        let snapshots = engine.watch();
        engine.run(receiver, stopped).await;
        self.clock.set(end.max(self.clock.now()));
        let snapshot = snapshots.borrow().clone().unwrap();
        Snapshot::clone(&snapshot)
    }

    fn live(&self) -> [String; 2] {
        [self.account.live(1), self.account.live(2)]
    }

    fn history(&self) -> Vec<SwitchRow> {
        let store = Store::open_reader(self.store.path()).unwrap();
        let mut rows = store.history(&HistoryQuery::default()).unwrap().rows;
        rows.retain(|row| row.due >= at("11:00"));
        rows.sort_by_key(|row| row.due);
        rows
    }

    fn told(&self, what: &str) -> usize {
        let told = self.told.lock().unwrap();
        told.iter().filter(|event| event.starts_with(what)).count()
    }
}

fn load(file: &str) -> Arc<Config> {
    let zones = ZoneTable::embedded();
    let loaded = config::parse(file, Path::new("schedule.toml"), at("08:00"), &zones);
    Arc::new(loaded.unwrap_or_else(|error| panic!("{error}")).config)
}

/// A time of that Monday.
fn at(time: &str) -> Instant {
    format!("2026-11-23T{time}:00Z").parse().unwrap()
}

fn order(policies: &[&str], action: &str, end: &str) -> HoldOrder {
    HoldOrder {
        policies: policies.iter().map(ToString::to_string).collect(),
        action: action.parse().unwrap(),
        end: end.parse().unwrap(),
        reason: "fire drill".into(),
        set_by: "ada".into(),
    }
}

type Answer<T> = oneshot::Receiver<Result<T, HoldError>>;

fn set(policies: &[&str], action: &str, end: &str) -> (Command, Answer<Vec<Held>>) {
    let (reply, answer) = oneshot::channel();
    (
        Command::SetHold(order(policies, action, end), reply),
        answer,
    )
}

fn clear(policies: &[&str]) -> (Command, Answer<Vec<String>>) {
    let (reply, answer) = oneshot::channel();
    let order = ClearOrder {
        policies: policies.iter().map(ToString::to_string).collect(),
        by: "bob".into(),
    };
    (Command::ClearHold(order, reply), answer)
}

fn shown<'s>(snapshot: &'s Snapshot, name: &str) -> &'s PolicyStatus {
    let found = snapshot.policies.iter().find(|one| one.name == name);
    found.unwrap()
}

#[tokio::test]
async fn a_hold_is_above_everything_and_ends_in_what_the_schedule_wants_then() {
    let world = World::new().await;
    let (command, mut answer) = set(&["sales"], "hangup", "13:00");
    let snapshot = world.run_until("11:30", vec![command]).await;
    let held = answer.try_recv().unwrap().unwrap();
    assert_eq!(held[0].hold.until, Some(at("13:00")));
    assert_eq!(world.live(), ["hangup", "queue"]);
    let sales = shown(&snapshot, "sales");
    assert_eq!(sales.hold.as_ref().unwrap().set_by, "ada");
    assert_eq!(sales.wanted.kind, ReasonKind::Hold);
    assert_eq!(sales.next.as_ref().unwrap().at, Some(at("13:00")));
    // The switch of 12:30 passes beneath it.
    let snapshot = world.run_until("13:10", Vec::new()).await;
    assert_eq!(world.live(), ["voicemail", "queue"]);
    assert_eq!(shown(&snapshot, "sales").hold, None);
    let rows = world.history();
    let sales: Vec<_> = rows.iter().filter(|row| row.policy == "sales").collect();
    let [begun, ended] = &sales[..] else {
        panic!("{sales:?}");
    };
    assert_eq!(
        (begun.rule_kind.as_str(), begun.to),
        ("hold", Action::Hangup)
    );
    assert_eq!(begun.rule_name, "fire drill");
    assert_eq!(
        (ended.due, ended.rule_kind.as_str()),
        (at("13:00"), "closed")
    );
    assert_eq!(ended.outcome, Outcome::Settled);
}

#[tokio::test]
async fn a_hold_that_ended_while_nobody_was_there_is_made_up_for_and_hides_what_it_covered() {
    let world = World::new().await;
    let (command, _answer) = set(&["sales"], "hangup", "16:00");
    world.run_until("11:30", vec![command]).await;
    // Beneath the hold 12:30 and 13:30 pass; 16:00 opens again; nobody is there.
    world.clock.set(at("16:30"));
    world.run_until("16:40", Vec::new()).await;
    assert_eq!(world.account.live(1), "queue");
    let rows = world.history();
    assert!(
        rows.iter().all(|row| row.outcome != Outcome::Missed),
        "{rows:?}"
    );
    let last = rows.iter().rfind(|row| row.policy == "sales").unwrap();
    assert_eq!((last.due, last.to), (at("16:00"), Action::Queue));
}

#[tokio::test]
async fn until_the_next_switch_is_each_policys_own() {
    let world = World::new().await;
    let (command, mut answer) = set(&[], "voicemail", "next-switch");
    world.run_until("12:00", vec![command]).await;
    let held = answer.try_recv().unwrap().unwrap();
    let ends: Vec<_> = held.iter().map(|one| one.hold.until.unwrap()).collect();
    assert_eq!(ends, [at("12:30"), at("16:00")]);
    assert_eq!(world.live(), ["voicemail", "voicemail"]);
    world.run_until("16:10", Vec::new()).await;
    assert_eq!(world.live(), ["queue", "hangup"]);
}

#[tokio::test]
async fn a_hold_survives_restarts_and_edits_until_it_is_cleared() {
    let mut world = World::new().await;
    let (command, _answer) = set(&["sales"], "hangup", "cleared");
    world.run_until("11:30", vec![command]).await;
    let edited = FILE.replace("09:00-12:30", "09:00-12:45");
    let reload = Command::Reload(load(&edited));
    world.run_until("15:00", vec![reload]).await;
    assert_eq!(world.account.live(1), "hangup");
    // A file without the policy keeps its hold, and says so.
    world.config = load(&FILE.replace("policies.sales", "policies.renamed"));
    let snapshot = world.run_until("15:10", Vec::new()).await;
    assert_eq!(snapshot.stray[0].policy, "sales");
    assert_eq!(world.told("HoldWithoutPolicy"), 1);
    world.config = load(FILE);
    let (command, mut answer) = clear(&["sales"]);
    world.run_until("15:20", vec![command]).await;
    assert_eq!(answer.try_recv().unwrap().unwrap(), ["sales"]);
    assert_eq!(world.account.live(1), "queue");
    let store = Store::open_reader(world.store.path()).unwrap();
    let events = store.events(&EventsQuery::default()).unwrap().rows;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "hold-set").count(), 1);
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "hold-ended").count(),
        1
    );
}

#[tokio::test]
async fn a_hold_to_what_the_file_wants_ends_a_manual_change() {
    let world = World::new().await;
    world.account.change(1, "hangup");
    let snapshot = world.run_until("11:10", Vec::new()).await;
    assert_eq!(world.account.live(1), "hangup", "reported, and left alone");
    assert_eq!(
        shown(&snapshot, "sales").drift.as_ref().unwrap().1,
        at("11:00")
    );
    let (command, _answer) = set(&["sales"], "queue", "cleared");
    let snapshot = world.run_until("12:45", vec![command]).await;
    assert_eq!(world.account.live(1), "queue");
    assert_eq!(shown(&snapshot, "sales").drift, None);
    // A manual change made after it stands, as after any switch.
    world.account.change(1, "hangup");
    world.run_until("12:50", Vec::new()).await;
    assert_eq!(world.account.live(1), "hangup");
}

#[tokio::test]
async fn a_newer_hold_takes_the_place_of_the_older_one_for_good() {
    let world = World::new().await;
    let (first, _answer) = set(&["sales"], "hangup", "cleared");
    let (second, _other) = set(&["sales"], "jump:7", "12:00");
    world.run_until("11:30", vec![first]).await;
    world.run_until("11:40", vec![second]).await;
    assert_eq!(world.account.live(1), "jump:7");
    world.run_until("12:10", Vec::new()).await;
    assert_eq!(world.account.live(1), "queue");
}

#[tokio::test]
async fn an_order_that_cannot_be_met_changes_nothing() {
    let world = World::new().await;
    let writes = world.account.writes().len();
    let (unknown, mut a) = set(&["sales", "sails"], "hangup", "cleared");
    let (past, mut b) = set(&["sales"], "hangup", "2026-11-23T09:00:00Z");
    let (not_held, mut c) = clear(&["shop"]);
    let (reply, mut d) = oneshot::channel();
    let silent = HoldOrder {
        reason: " ".into(),
        end: HoldEnd::Cleared,
        ..order(&[], "hangup", "cleared")
    };
    let silent = Command::SetHold(silent, reply);
    world
        .run_until("11:10", vec![unknown, past, not_held, silent])
        .await;
    let words = [
        a.try_recv().unwrap().unwrap_err().to_string(),
        b.try_recv().unwrap().unwrap_err().to_string(),
        c.try_recv().unwrap().unwrap_err().to_string(),
        d.try_recv().unwrap().unwrap_err().to_string(),
    ];
    assert_eq!(
        words,
        [
            "no policy `sails` in the file in force",
            "sales: 2026-11-23T09:00:00Z is past",
            "no hold stands for `shop`",
            "a hold needs a reason, and somebody who sets it",
        ]
    );
    assert_eq!(world.account.writes().len(), writes);
}
