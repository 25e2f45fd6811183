//! The engine on a clock that jumps, with an account in memory: years in seconds, every switch at
//! its instant, restarts and cuts anywhere, each switch applied exactly once.

#[path = "engine/account.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod account;

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account::{Cut, InMemory, Write};
use chrono::TimeDelta;
use todswitch::clock::{Clock, JumpingClock};
use todswitch::config::{self, Config, ZoneTable};
use todswitch::domain::Instant;
use todswitch::domain::timeline::Timeline;
use todswitch::engine::{Command, Engine, Event, Mode, OnceReport, Settings};
use todswitch::store::{HistoryQuery, Outcome, Store, SwitchRow};
use tokio::sync::{mpsc, oneshot};

const FILE: &str = r#"
timezone = "Europe/London"
holidays = ["england"]
[calendars.england]
built_in = "england-and-wales"
days = [{ date = 2026-12-24, name = "Christmas Eve", hours = "09:00-12:30" }]
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [
  { days = "mon-fri", hours = "09:00-12:30, 13:30-17:30" },
  { days = "fri", hours = "22:00-06:00", action = "jump:4501" },
]
[schedules.lobby]
timezone = "America/New_York"
open = "queue"
closed = "hangup"
triggers = [
  { cron = "0 8 * * mon-fri", action = "queue" },
  { cron = "30 18 * * mon-fri", action = "voicemail" },
]
[policies.sales]
uid = 1
schedule = "office"
[policies.support]
description = "Support"
schedule = "office"
on_drift = "restore"
[policies.lobby]
uid = 3
schedule = "lobby"
[[overrides]]
name = "Summer party"
from = 2026-07-17T15:00:00
until = 2026-07-18T00:00:00
action = "hangup"
policies = ["sales"]
"#;

/// A run of the program after another: the same store directory, account and clock.
struct World {
    clock: Arc<JumpingClock>,
    account: Arc<InMemory<JumpingClock>>,
    store: tempfile::TempDir,
    config: Arc<Config>,
    mode: Mode,
    told: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn new(start: &str, file: &str) -> World {
        let clock = Arc::new(JumpingClock::new(at(start)));
        let policies = [
            (1, "Sales", "hangup"),
            (2, "Support", "hangup"),
            (3, "Lobby", "queue"),
            (4, "Nobody's", "queue"),
        ];
        World {
            account: Arc::new(InMemory::new(Arc::clone(&clock), &policies)),
            config: load(file, at(start)),
            clock,
            store: tempfile::tempdir().unwrap(),
            mode: Mode::Live,
            told: Arc::default(),
        }
    }

    fn engine(
        &self,
        stop_when: impl Fn(&Event<'_>) -> bool + Send + 'static,
    ) -> (
        Engine<JumpingClock, InMemory<JumpingClock>>,
        oneshot::Receiver<()>,
    ) {
        let (sender, receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let told = Arc::clone(&self.told);
        let settings = Settings {
            mode: self.mode,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::ZERO,
            batch: 1,
            seed: 7,
        };
        let engine = Engine::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.account),
            Store::open(self.store.path(), "the test").unwrap(),
            Arc::clone(&self.config),
            settings,
            Box::new(move |event| {
                if !matches!(event, Event::Passed { .. }) {
                    told.lock().unwrap().push(format!("{event:?}"));
                }
                if stop_when(event)
                    && let Some(sender) = sender.take()
                {
                    let _ = sender.send(());
                }
            }),
        );
        (engine, receiver)
    }

    /// Runs until a pass begins at `end` or later, or until the account cuts a call off.
    async fn run_until(&self, end: Instant) {
        self.run_with(end, |_| {}).await;
    }

    async fn run_with(&self, end: Instant, prepare: impl FnOnce(&mpsc::Sender<Command>)) {
        let (commands, receiver) = mpsc::channel(4);
        prepare(&commands);
        let passes = AtomicUsize::new(receiver.len() + 1);
        let (mut engine, stop) = self.engine(move |event| {
            let Event::Passed { again_at, .. } = event else {
                return false;
            };
            let left = passes.load(Relaxed).saturating_sub(1);
            passes.store(left, Relaxed);
            left == 0 && *again_at >= end
        });
        tokio::select! {
            biased;
            () = engine.run(receiver, stop) => {}
            () = self.cut() => {}
        }
        if self.clock.now() < end && !self.account.was_cut() {
            self.clock.set(end);
        }
    }

    /// Resolves once the call to be cut off was reached.
    async fn cut(&self) {
        while !self.account.is_cut() {
            tokio::task::yield_now().await;
        }
    }

    async fn once(&self) -> OnceReport {
        let (mut engine, _stop) = self.engine(|_| false);
        engine.once(TimeDelta::seconds(60)).await
    }

    fn history(&self) -> Vec<SwitchRow> {
        let store = Store::open_reader(self.store.path()).unwrap();
        store.history(&HistoryQuery::default()).unwrap().rows
    }

    fn outcomes(&self, outcome: Outcome) -> Vec<(String, Instant)> {
        let rows = self.history().into_iter();
        let rows = rows.filter(|row| row.outcome == outcome);
        rows.map(|row| (row.policy, row.due)).collect()
    }

    /// What must be written: where the first pass finds another value, and at every change.
    fn expected(&self, from: Instant, to: Instant) -> Vec<Write> {
        let mut expected = Vec::new();
        for (policy, uid) in self.config.policies.iter().zip([1, 2, 3]) {
            let timeline = Timeline::new(policy, Vec::new());
            let action = timeline.state_at(from).action;
            if action.to_string() != ["hangup", "hangup", "queue"][uid as usize - 1] {
                expected.push(Write {
                    at: from,
                    uid,
                    action,
                });
            }
            expected.extend(timeline.changes(from, to).map(|change| Write {
                at: change.at,
                uid,
                action: change.to,
            }));
        }
        sorted(expected)
    }
}

fn load(file: &str, now: Instant) -> Arc<Config> {
    let path = Path::new("schedule.toml");
    let loaded = config::parse(file, path, now, &ZoneTable::embedded());
    Arc::new(loaded.unwrap_or_else(|error| panic!("{error}")).config)
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn sorted(mut writes: Vec<Write>) -> Vec<Write> {
    writes.sort_by_key(|write| (write.at, write.uid));
    writes
}

#[tokio::test]
async fn a_year_is_switched_on_the_second_and_nothing_twice() {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T12:00:00Z"));
    let world = World::new("2026-01-01T00:00:00Z", FILE);
    world.run_until(to).await;
    let expected = world.expected(from, to);
    assert!(expected.len() > 2_500, "{}", expected.len());
    assert_eq!(sorted(world.account.writes()), expected);
    assert_eq!(world.outcomes(Outcome::Settled).len(), expected.len());
    assert!(
        world
            .told
            .lock()
            .unwrap()
            .iter()
            .all(|event| event.starts_with("Ended"))
    );
}

#[tokio::test]
async fn restarts_and_cuts_anywhere_lose_nothing_and_double_nothing() {
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-05-01T12:00:00Z"));
    let world = World::new("2026-03-01T00:00:00Z", FILE);
    let mut random = fastrand::Rng::with_seed(11);
    let mut runs = 0;
    while world.clock.now() < to {
        let cut = [Cut::BeforeItCounts, Cut::AfterItCounts][random.usize(0..2)];
        world.account.cut_after(random.u64(1..40), cut);
        let end = to.min(world.clock.now() + TimeDelta::minutes(random.i64(1..6000)));
        world.run_until(end).await;
        runs += 1;
    }
    assert!(runs > 40, "{runs}");
    assert_eq!(sorted(world.account.writes()), world.expected(from, to));
}

#[tokio::test]
async fn an_outage_is_made_up_for_by_one_write_and_what_was_missed_is_listed() {
    let world = World::new("2026-11-23T08:00:00Z", FILE);
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    assert_eq!(world.account.live(1), "queue");
    let before = world.account.writes().len();
    // Nobody is there at 12:30, 13:30 and 17:30.
    world.clock.set(at("2026-11-23T20:00:00Z"));
    world.run_until(at("2026-11-23T20:10:00Z")).await;
    let writes = world.account.writes().split_off(before);
    assert_eq!(
        writes.iter().filter(|write| write.uid == 1).count(),
        1,
        "{writes:?}"
    );
    assert_eq!(world.account.live(1), "voicemail");
    let missed = world.outcomes(Outcome::Missed);
    let sales: Vec<_> = missed
        .iter()
        .filter(|(policy, _)| policy == "sales")
        .collect();
    assert_eq!(sales.len(), 2, "{missed:?}");
    assert!(missed.contains(&("support".into(), at("2026-11-23T13:30:00Z"))));
    let row = world
        .history()
        .into_iter()
        .find(|row| row.policy == "sales" && row.due == at("2026-11-23T17:30:00Z"));
    assert_eq!(row.unwrap().outcome, Outcome::Settled);
}

#[tokio::test]
async fn an_outage_that_ends_where_it_began_writes_only_over_a_manual_change() {
    for (manual, writes) in [(None, 0), (Some("hangup"), 1)] {
        let world = World::new("2026-11-23T08:00:00Z", FILE);
        world.run_until(at("2026-11-23T10:00:00Z")).await;
        let before = world.account.writes().len();
        if let Some(default) = manual {
            world.account.change(1, default);
        }
        // Closed at 12:30 and open again at 13:30, unseen.
        world.clock.set(at("2026-11-23T14:00:00Z"));
        world.run_until(at("2026-11-23T14:10:00Z")).await;
        let sales = world.account.writes().split_off(before);
        let sales = sales.iter().filter(|write| write.uid == 1).count();
        assert_eq!(sales, writes, "{manual:?}");
        assert_eq!(world.account.live(1), "queue");
    }
}

#[tokio::test]
async fn a_manual_change_stands_until_the_next_switch_or_is_restored() {
    let world = World::new("2026-11-23T08:00:00Z", FILE);
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    world.account.change(1, "hangup");
    world.account.change(2, "hangup");
    // A restart in between, and another one: neither tramples it.
    world.run_until(at("2026-11-23T10:30:00Z")).await;
    world.run_until(at("2026-11-23T11:00:00Z")).await;
    assert_eq!(world.account.live(1), "hangup", "reported, and left alone");
    assert_eq!(world.account.live(2), "queue", "restored");
    let told = world.told.lock().unwrap().join("\n");
    assert_eq!(told.matches("Drifted").count(), 2, "each once: {told}");
    assert_eq!(told.matches("DriftEnded").count(), 1, "restored: {told}");
    world.run_until(at("2026-11-23T13:00:00Z")).await;
    assert_eq!(world.account.live(1), "voicemail");
    let told = world.told.lock().unwrap().join("\n");
    assert_eq!(told.matches("DriftEnded").count(), 2, "{told}");
    assert_eq!(world.outcomes(Outcome::Restored).len(), 1);
}

#[tokio::test]
async fn while_the_api_is_down_it_is_tried_again_until_a_later_switch_takes_over() {
    let world = World::new("2026-11-23T08:00:00Z", FILE);
    world
        .account
        .down(at("2026-11-23T08:59:00Z"), at("2026-11-23T09:20:00Z"));
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    let row = world
        .history()
        .into_iter()
        .find(|row| row.policy == "sales" && row.due == at("2026-11-23T09:00:00Z"));
    let row = row.unwrap();
    assert_eq!(row.outcome, Outcome::Settled);
    let settled = row.settled.unwrap();
    assert!(settled >= at("2026-11-23T09:20:00Z") && settled < at("2026-11-23T09:21:01Z"));
    assert_eq!(row.error.as_deref(), Some("http-status: HTTP status 503"));

    world
        .account
        .down(at("2026-11-23T12:29:00Z"), at("2026-11-23T13:45:00Z"));
    world.run_until(at("2026-11-23T16:00:00Z")).await;
    let superseded = world.outcomes(Outcome::Superseded);
    assert!(
        superseded.contains(&("sales".into(), at("2026-11-23T12:30:00Z"))),
        "{superseded:?}"
    );
    assert_eq!(world.account.live(1), "queue");
}

#[tokio::test]
async fn a_write_that_was_accepted_and_not_stored_is_written_again() {
    let world = World::new("2026-11-23T08:59:00Z", FILE);
    world.run_until(at("2026-11-23T08:59:30Z")).await;
    world.account.forget(2);
    world.run_until(at("2026-11-23T09:30:00Z")).await;
    assert_eq!(world.account.live(1), "queue");
    assert_eq!(world.account.live(2), "queue");
    let rows = world.history();
    let due = at("2026-11-23T09:00:00Z");
    let tries: Vec<u32> = rows
        .iter()
        .filter(|row| row.due == due)
        .map(|row| row.tries)
        .collect();
    assert_eq!(tries, [2, 2], "{rows:?}");
}

#[tokio::test]
async fn one_rejected_policy_does_not_hold_up_the_others() {
    let world = World::new("2026-11-23T08:00:00Z", FILE);
    world.account.reject(1);
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    assert_eq!(world.account.live(1), "hangup");
    assert_eq!(world.account.live(2), "queue");
    let row = world
        .history()
        .into_iter()
        .find(|row| row.policy == "sales")
        .unwrap();
    assert!(row.error.unwrap().contains("Invalid queue id [0]"));
    let report = world.once().await;
    assert_eq!(report.not_as_wanted.len(), 1, "{report:?}");
    assert_eq!(report.not_as_wanted[0].policy, "sales");
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_settles_nothing() {
    let mut world = World::new("2026-11-23T08:00:00Z", FILE);
    world.mode = Mode::DryRun;
    world.run_until(at("2026-11-23T14:00:00Z")).await;
    assert_eq!(world.account.writes(), []);
    let rows = world.history();
    assert!(
        rows.iter().all(|row| row.outcome != Outcome::Settled),
        "{rows:?}"
    );
    let sales = world.outcomes(Outcome::DryRun);
    let sales: Vec<_> = sales
        .iter()
        .filter(|(policy, _)| policy == "sales")
        .collect();
    assert_eq!(sales.len(), 4, "{sales:?}"); // at the start, 09:00, 12:30 and 13:30
    world.mode = Mode::Live;
    world.run_until(at("2026-11-23T14:10:00Z")).await;
    assert_eq!(world.account.live(1), "queue");
}

#[tokio::test]
async fn a_clock_set_back_re_fires_nothing_and_set_forward_switches_once() {
    let world = World::new("2026-11-23T08:00:00Z", FILE);
    world.run_until(at("2026-11-23T09:10:00Z")).await;
    let before = world.account.writes();
    world.clock.set(at("2026-11-23T08:30:00Z"));
    world.run_until(at("2026-11-23T09:20:00Z")).await;
    assert_eq!(world.account.writes(), before);
    world.clock.set(at("2026-11-23T12:45:00Z"));
    world.run_until(at("2026-11-23T12:50:00Z")).await;
    let sales = world.account.writes().split_off(before.len());
    assert_eq!(
        sales.iter().filter(|write| write.uid == 1).count(),
        1,
        "{sales:?}"
    );
}

#[tokio::test]
async fn an_edit_is_in_force_at_once_and_does_not_write_what_is_not_changed() {
    let world = World::new("2026-11-23T09:10:00Z", FILE);
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    let before = world.account.writes().len();
    world.account.change(1, "hangup"); // by hand: stands
    let later = FILE.replace("09:00-12:30, 13:30", "09:30-12:30, 13:30");
    let edited = load(&later, world.clock.now());
    world
        .run_with(at("2026-11-23T10:30:00Z"), |commands| {
            commands.try_send(Command::Reload(edited)).unwrap();
        })
        .await;
    assert_eq!(world.account.writes().len(), before);
    let closed = FILE.replace("09:00-12:30, 13:30", "11:30-12:30, 13:30");
    let edited = load(&closed, world.clock.now());
    world
        .run_with(at("2026-11-23T10:40:00Z"), |commands| {
            commands.try_send(Command::Reload(edited)).unwrap();
        })
        .await;
    assert_eq!(world.account.live(2), "voicemail");
    assert_eq!(world.account.live(1), "voicemail");
}

#[tokio::test]
async fn a_policy_that_is_not_there_is_told_once_and_the_others_are_switched() {
    let file = FILE.replace("uid = 1", "uid = 99");
    let world = World::new("2026-11-23T08:00:00Z", &file);
    world.run_until(at("2026-11-23T10:00:00Z")).await;
    assert_eq!(world.account.live(2), "queue");
    let told = world.told.lock().unwrap().join("\n");
    assert_eq!(told.matches("Lost").count(), 1, "{told}");
    let report = world.once().await;
    assert_eq!(
        report.not_as_wanted[0].found,
        "no live policy has the uid 99"
    );
}

#[tokio::test]
async fn a_policy_that_is_deleted_just_before_its_switch_is_told_as_lost() {
    let file = FILE.split("[policies.support]").next().unwrap();
    let world = World::new("2026-11-23T08:00:00Z", file);
    world.account.vanish(1);
    world.run_until(at("2026-11-23T08:00:01Z")).await;
    let told = world.told.lock().unwrap().join("\n");
    assert_eq!(told.matches("Lost").count(), 1, "{told}");
}

#[tokio::test]
async fn an_edit_during_an_outage_goes_on_with_the_switch_that_was_under_way() {
    let world = World::new("2026-11-23T09:05:00Z", FILE);
    world
        .account
        .down(at("2026-11-23T08:00:00Z"), at("2026-11-23T09:20:00Z"));
    let edited = load(&FILE.replace("17:30", "18:00"), world.clock.now());
    world
        .run_with(at("2026-11-23T10:00:00Z"), |commands| {
            commands.try_send(Command::Reload(edited)).unwrap();
        })
        .await;
    let rows = world.history().into_iter();
    let sales: Vec<_> = rows.filter(|row| row.policy == "sales").collect();
    assert_eq!(sales.len(), 1, "{sales:?}");
    assert_eq!(sales[0].outcome, Outcome::Settled);
    assert_eq!(world.account.live(2), "queue");
}
