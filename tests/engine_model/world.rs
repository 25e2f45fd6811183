//! A world that goes on while the program comes and goes: one clock, one account, a store on the
//! disk, and a list of things that happen.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use chrono::{DurationRound, TimeDelta};
use todswitch::clock::{Clock, JumpingClock};
use todswitch::config::{self, Config, ZoneTable};
use todswitch::domain::Instant;
use todswitch::domain::policy::Hold;
use todswitch::engine::{Command, Engine, Event, Mode, Settings};
use todswitch::store::{HistoryQuery, Outcome, Store, SwitchRow};
use tokio::sync::{mpsc, oneshot};

use super::account::{Cut, InMemory};
use super::model::{Model, UIDS, uid_of};
use super::op::{Op, Story, command};
use super::{files, wal};

/// How long nothing happens at the end.
const QUIET: TimeDelta = TimeDelta::hours(6);
const AUDIT: TimeDelta = TimeDelta::minutes(5);

pub struct World {
    clock: Arc<JumpingClock>,
    account: Arc<InMemory<JumpingClock>>,
    place: tempfile::TempDir,
    /// How many stores there were: a killed process leaves its own behind.
    stores: usize,
    shared: Arc<Mutex<Shared>>,
}

/// What the engine's observer writes.
struct Shared {
    model: Model,
    /// The live values as they were before the writes of the pass under way.
    live: BTreeMap<u64, String>,
    /// How far the store was written when the last call arrived, and when the one before it did.
    written: [wal::Mark; 2],
    /// The commits that a kill under way loses, and for how long nobody is there then.
    killed: Option<(usize, i64)>,
    /// The last pass, and how many more there were at that instant.
    last_pass: Option<Instant>,
    passes: u32,
    /// Whether the last kill lost what was settled.
    forget_settled: bool,
}

enum End {
    Killed,
    Stopped { away_minutes: i64 },
    Over,
}

impl World {
    pub fn new(confirms_clock: bool) -> World {
        let start: Instant = "2026-03-26T06:00:17Z".parse().unwrap();
        let clock = Arc::new(JumpingClock::new(start));
        let policies = [
            (1, "Sales", "hangup"),
            (2, "Support", "queue"),
            (3, "Lobby", "queue"),
        ];
        let account = Arc::new(InMemory::new(Arc::clone(&clock), &policies));
        if confirms_clock {
            account.confirm_clock();
        }
        let live = UIDS.map(|(_, uid)| (uid, account.live(uid)));
        World {
            shared: Arc::new(Mutex::new(Shared {
                model: Model::new(load(0, start)),
                live: live.into(),
                written: Default::default(),
                killed: None,
                last_pass: None,
                passes: 0,
                forget_settled: false,
            })),
            clock,
            account,
            place: tempfile::tempdir().unwrap(),
            stores: 0,
        }
    }

    /// Lets a story happen, and then nothing; gives how many switches were claimed.
    pub async fn play(&mut self, mut story: Story) -> usize {
        loop {
            let end = self.session(&mut story).await;
            let away_minutes = match end {
                End::Over => break,
                End::Stopped { away_minutes } => away_minutes,
                End::Killed => self.bury(),
            };
            self.absent(&mut story, TimeDelta::minutes(away_minutes));
            self.settle_accounts();
        }
        self.judge()
    }

    fn store(&self) -> PathBuf {
        self.place.path().join(self.stores.to_string())
    }

    /// One run of the program, from its start to its end.
    async fn session(&mut self, story: &mut Story) -> End {
        let (commands, receiver) = mpsc::channel(8);
        let (stop, stopped) = oneshot::channel();
        let mut engine = self.engine();
        let end = {
            let running = pin!(engine.run(receiver, stopped));
            let telling = self.tell(story, commands);
            let account = Arc::clone(&self.account);
            let cut = poll_fn(|context| {
                context.waker().wake_by_ref();
                if account.is_cut() {
                    return Poll::Ready(());
                }
                Poll::Pending
            });
            let mut running = running;
            let end = tokio::select! {
                biased;
                () = cut => End::Killed,
                () = &mut running => unreachable!("nobody stopped it"),
                end = telling => end,
            };
            if !matches!(end, End::Killed) {
                let _ = stop.send(());
                running.await;
            }
            end
        };
        if matches!(end, End::Killed) {
            // Before the engine's store is closed, which merges its log.
            self.leave_store();
        }
        drop(engine);
        end
    }

    fn engine(&self) -> Engine<JumpingClock, InMemory<JumpingClock>> {
        let store = Store::open(&self.store(), "the test").unwrap();
        assert_eq!(store.set_aside(), None);
        let (shared, account) = (Arc::clone(&self.shared), Arc::clone(&self.account));
        let clock = Arc::clone(&self.clock);
        let (dir, calls) = (self.store(), Arc::clone(&self.shared));
        account.tell_calls(Box::new(move || {
            let written = &mut calls.lock().unwrap().written;
            written.rotate_left(1);
            written[1] = wal::mark(&dir);
        }));
        let account = Arc::clone(&self.account);
        let config = Arc::clone(shared.lock().unwrap().model.config());
        let settings = Settings {
            mode: Mode::Live,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::MAX,
            batch: 1,
            seed: 7,
        };
        let observer = move |event: &Event<'_>| {
            shared.lock().unwrap().observe(event, &account, &clock);
        };
        Engine::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.account),
            store,
            config,
            settings,
            Box::new(observer),
        )
    }

    /// What happens while the program runs.
    async fn tell(&self, story: &mut Story, commands: mpsc::Sender<Command>) -> End {
        while let Some((gap, op)) = story.pop_front() {
            let second = self.clock.now().duration_trunc(TimeDelta::seconds(1));
            let at = second.unwrap() + TimeDelta::seconds(gap);
            self.pass_time(at, &commands).await;
            match op {
                Op::Stop { away_minutes } => return End::Stopped { away_minutes },
                Op::Kill {
                    calls,
                    cut,
                    lost_commits,
                    away_minutes,
                } => {
                    self.account.cut_after(calls + 1, cut);
                    let lost = match cut {
                        Cut::BeforeItCounts => lost_commits,
                        // What was lost would have been lost before the call that counted.
                        Cut::AfterItCounts => 0,
                    };
                    self.shared.lock().unwrap().killed = Some((lost, away_minutes));
                }
                Op::Edit { file } => {
                    let now = self.clock.now();
                    let config = load(file, now);
                    self.model(|model| model.edited(Arc::clone(&config), now));
                    commands.try_send(Command::Reload(config)).unwrap();
                }
                Op::Hold { .. } | Op::Clear { .. } => {
                    commands.try_send(command(&op)).unwrap();
                }
                op => self.happen(&op),
            }
            let at = self.clock.now() + TimeDelta::seconds(1);
            self.pass_time(at, &commands).await;
        }
        self.account.recover();
        // Between two minutes: nothing is just about to be switched.
        let minute = self.clock.now().duration_trunc(TimeDelta::minutes(1));
        let end = minute.unwrap() + QUIET + TimeDelta::seconds(47);
        self.pass_time(end, &commands).await;
        End::Over
    }

    /// Lets time pass, with an audit every five minutes, while the engine is not at work.
    async fn pass_time(&self, to: Instant, commands: &mpsc::Sender<Command>) {
        let mut from = self.clock.now();
        while from < to {
            let at = to.min(from + AUDIT);
            let mut sleep = pin!(self.clock.sleep_until(at));
            poll_fn(|context| {
                if self.account.is_in_work() || commands.capacity() < commands.max_capacity() {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                sleep.as_mut().poll(context)
            })
            .await;
            from = at;
            if from < to {
                commands.try_send(Command::Audit).unwrap();
            }
        }
    }

    /// What happens to the world, whether or not the program runs.
    fn happen(&self, op: &Op) {
        let now = self.clock.now();
        match op {
            Op::ByHand { uid, default } => {
                self.account.change(*uid, default);
                let mut shared = self.shared.lock().unwrap();
                shared.live.insert(*uid, (*default).to_owned());
                shared.model.by_hand(*uid, default, now);
            }
            Op::Down { minutes } => self.account.down(now, now + TimeDelta::minutes(*minutes)),
            Op::Fail { calls } => self.account.fail_next(*calls),
            Op::Edit { file } => {
                self.model(|model| model.replace_file(load(*file, now)));
            }
            Op::Step { minutes } => {
                if *minutes < 0 {
                    self.model(|model| model.time_was_taken_back = true);
                }
                self.clock.step(TimeDelta::minutes(*minutes));
            }
            Op::Hold { .. } | Op::Clear { .. } | Op::Kill { .. } | Op::Stop { .. } => {}
        }
    }

    /// What happens while nobody is there.
    fn absent(&self, story: &mut Story, time: TimeDelta) {
        let mut left = time;
        while let Some((gap, _)) = story.front() {
            let gap = TimeDelta::seconds(*gap);
            if gap > left {
                break;
            }
            left -= gap;
            self.clock.step(gap);
            let (_, op) = story.pop_front().unwrap();
            self.happen(&op);
        }
        self.clock.step(left);
    }

    /// Makes the store what the power cut left of it.
    fn leave_store(&mut self) {
        let from = self.store();
        self.stores += 1;
        let mut shared = self.shared.lock().unwrap();
        // The last call did not count: what came before it may be lost as well.
        let since = wal::commits_since(&from, &shared.written[0]);
        let (lost, _) = shared.killed.as_mut().unwrap();
        *lost = since.min(*lost);
        let lost = *lost;
        drop(shared);
        wal::copy_without(&from, &self.store(), lost);
    }

    fn bury(&self) -> i64 {
        self.account.was_cut();
        let mut shared = self.shared.lock().unwrap();
        let (lost, away_minutes) = shared.killed.take().unwrap();
        let now = self.clock.now();
        let before = shared.live.clone();
        shared.look_at_writes(&self.account, now);
        let shared = &mut *shared;
        for (uid, live) in shared
            .live
            .iter()
            .filter(|(uid, live)| before[uid] != **live)
        {
            // Of a write that nobody lived to record the next run cannot know whose it was.
            shared.model.by_hand(*uid, live, now);
        }
        if lost > 0 {
            let store = Store::open_reader(&self.store()).unwrap();
            shared.model.replace_holds(holds(&store));
            shared.forget_settled = true;
        }
        away_minutes
    }

    /// A new process is about to begin with what the store has.
    fn settle_accounts(&mut self) {
        let store = Store::open_reader(&self.store()).unwrap();
        let settled = store.settled().unwrap().into_iter();
        let settled: BTreeMap<_, _> = settled.map(|(uid, known)| (uid.0, known)).collect();
        let unfinished = store.unfinished().unwrap().into_iter();
        let unfinished = unfinished.map(|(_, row)| (row.policy, row.due)).collect();
        let mut shared = self.shared.lock().unwrap();
        let lost = std::mem::take(&mut shared.forget_settled);
        shared.model.restarted(&settled, unfinished, lost);
    }

    fn model<T>(&self, act: impl FnOnce(&mut Model) -> T) -> T {
        act(&mut self.shared.lock().unwrap().model)
    }

    /// All is quiet: everything is as it should be, and everything is in the history.
    fn judge(&self) -> usize {
        let now = self.clock.now();
        let shared = self.shared.lock().unwrap();
        let model = &shared.model;
        assert!(!model.is_failing());
        for policy in &model.config().policies {
            let name = &*policy.name;
            assert!(!model.is_due(name, now), "{name} is due still");
            let live = self.account.live(uid_of(name));
            let wanted = model.wanted(name, now).unwrap().to_string();
            // A manual change stands: it was made while nothing was due, and nothing was since.
            let stands = model.stands(name, &live);
            assert!(live == wanted || stands, "{name}: {live}, not {wanted}");
        }
        let store = Store::open_reader(&self.store()).unwrap();
        let rows = store.history(&HistoryQuery::default()).unwrap().rows;
        self.judge_history(model, &rows);
        model.claims
    }

    fn judge_history(&self, model: &Model, rows: &[SwitchRow]) {
        let unfinished = rows.iter().find(|row| row.outcome == Outcome::Failed);
        assert_eq!(unfinished, None, "it was never brought to an end");
        let listed: BTreeSet<(&str, Instant)> =
            rows.iter().map(|row| (&*row.policy, row.due)).collect();
        for (policy, at) in &model.boundaries {
            let there = listed.contains(&(&**policy, *at));
            assert!(there, "{policy} at {at} is not in the history");
        }
        // By each file: what one file hands over may be the last word of the next.
        let mut ends: BTreeMap<(&str, Instant, &str), Vec<&SwitchRow>> = BTreeMap::new();
        for row in rows {
            let end = (&*row.policy, row.due, &*row.file_hash);
            ends.entry(end).or_default().push(row);
        }
        if !model.time_was_taken_back {
            let twice = ends.values().find(|rows| rows.len() > 1);
            assert_eq!(twice, None, "in the history twice");
        }
    }
}

impl Shared {
    fn observe(
        &mut self,
        event: &Event<'_>,
        account: &InMemory<JumpingClock>,
        clock: &JumpingClock,
    ) {
        let now = clock.now();
        self.look_at_writes(account, now);
        match event {
            Event::Ended(row) => {
                let live = account.live(uid_of(&row.policy));
                self.model.ended(row, now, &live);
            }
            Event::Failing { row, .. } => self.model.failing(row),
            Event::HoldSet(held) => {
                self.model.held(&held.policy, Some(held.hold.clone()), now);
            }
            Event::HoldCleared { policy, .. } => self.model.held(policy, None, now),
            Event::ClockAccepted { words } if words.contains("API") => {
                self.model.clock_accepted(now);
            }
            Event::Passed { at, again_at, .. } => {
                self.passes = match self.last_pass == Some(*at) {
                    true => self.passes + 1,
                    false => 0,
                };
                self.last_pass = Some(*at);
                assert!(self.passes < 20, "it spins at {at}");
                self.model.passed(*at, *again_at, account.failures());
            }
            Event::StoreFailed { error } => panic!("{error}"),
            _ => {}
        }
    }

    /// Holds the writes since the last look against the rules.
    fn look_at_writes(&mut self, account: &InMemory<JumpingClock>, now: Instant) {
        self.model.written(&account.writes(), &self.live, now);
        for (uid, live) in &mut self.live {
            *live = account.live(*uid);
        }
    }
}

fn load(file: usize, now: Instant) -> Arc<Config> {
    let path = Path::new("schedule.toml");
    let loaded = config::parse(files::FILES[file], path, now, &ZoneTable::embedded());
    Arc::new(loaded.unwrap_or_else(|error| panic!("{error}")).config)
}

/// The holds as the store has them.
fn holds(store: &Store) -> BTreeMap<String, Vec<Hold>> {
    let mut holds: BTreeMap<String, Vec<Hold>> = BTreeMap::new();
    for row in store.holds_since(Instant::MIN_UTC).unwrap() {
        let until = row.hold.until.into_iter().chain(row.cleared).min();
        let hold = Hold { until, ..row.hold };
        holds.entry(row.policy).or_default().push(hold);
    }
    holds
}
