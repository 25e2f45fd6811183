//! `todswitch demo`: the main job in half a minute, against the simulator, on a clock that runs fast.
//!
//! Must not do anything that `run` does not: the engine, the client and HTTP are the real ones.

use std::collections::HashMap;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, oneshot};

use super::args::DemoArgs;
use super::context::print;
use super::stage::{Opening, Stage};
use super::{Context, Exit, Failure};
use crate::clock::{Clock, SimulatedClock};
use crate::config::{self, Config, ZoneTable};
use crate::contactnow::simulator::{Fault, Scope, Times};
use crate::domain::Instant;
use crate::domain::timeline::Timeline;
use crate::engine::{Command, Engine, Event, Mode, Settings, Telling};
use crate::render::style::Ink;
use crate::render::switch_line::{SwitchColumns, SwitchLine, switch_line};
use crate::service::signals::{Signal, Signals};
use crate::store::{Outcome, Store, SwitchRow};

/// The file that is played, the one in the repository.
const FILE: &str = include_str!("../../schedule.example.toml");
const NAME: &str = "schedule.example.toml";
/// The fortnight, and the story told in it.
const START: &str = "2026-12-21T00:00:00Z";
const DAYS: i64 = 14;
const BY_HAND: &str = "2026-12-22T10:20:00Z";
const DOWN_FROM: &str = "2026-12-23T08:55:00Z";
const DOWN_UNTIL: &str = "2026-12-23T09:40:00Z";
/// How often the account is looked at between switches, on the fast clock.
const AUDIT: TimeDelta = TimeDelta::hours(2);
/// The real time before a switch in which everything is made ready.
const WARM_UP: Duration = Duration::from_millis(40);

pub(super) fn demo(context: &Context, args: &DemoArgs) -> Result<Exit, Failure> {
    let start = instant(START);
    let zones = ZoneTable::open();
    let loaded = config::parse(FILE, Path::new(NAME), start, &zones);
    let config = Arc::new(
        loaded
            .map_err(|error| Failure::new(error.to_string()))?
            .config,
    );
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    run_time.block_on(play(context, args, config, start))
}

async fn play(
    context: &Context,
    args: &DemoArgs,
    config: Arc<Config>,
    start: Instant,
) -> Result<Exit, Failure> {
    let seconds = TimeDelta::days(DAYS).num_seconds() as f64;
    let rate = seconds / f64::from(args.seconds.max(1));
    let end = start + TimeDelta::days(DAYS);
    let clock = Arc::new(SimulatedClock::new(start, rate));
    let stage = Stage::set(&config, Arc::clone(&clock), start, Opening::AsWanted).await?;
    let told = Arc::new(Told::new(context, &config, rate));
    told.opening(args.seconds);
    let settings = Settings {
        mode: Mode::Live,
        warm_up: TimeDelta::seconds((WARM_UP.as_secs_f64() * rate) as i64),
        stop_grace: Duration::from_secs(1),
        batch: 1,
        seed: 1,
    };
    let store = Store::in_memory().map_err(|error| Failure::new(error.to_string()))?;
    let observer = {
        let (told, clock) = (Arc::clone(&told), Arc::clone(&clock));
        Box::new(move |event: &Event<'_>| told.event(event, clock.now()))
    };
    let client = Arc::clone(&stage.client);
    let mut engine = Engine::new(
        Arc::clone(&clock),
        client,
        store,
        Arc::clone(&config),
        settings,
        observer,
    );
    let mut signals = Signals::listen()?;
    let (commands, receiver) = mpsc::channel(4);
    let (stop, stopped) = oneshot::channel();
    let is_whole = {
        let mut running = pin!(engine.run(receiver, stopped));
        let is_whole = tokio::select! {
            () = &mut running => true,
            () = tell_story(&stage, &told, &clock, &commands, end) => true,
            () = interrupted(&mut signals) => false,
        };
        let _ = stop.send(());
        running.await;
        is_whole
    };
    let timelines = config
        .policies
        .iter()
        .map(|one| Timeline::new(one, Vec::new()));
    let as_wanted = timelines.zip(&stage.uids).all(|(timeline, uid)| {
        let wanted = timeline.state_at(end).action.to_string();
        stage.simulator.default_of(*uid) == Some(wanted)
    });
    told.closing(&stage, is_whole);
    if is_whole && !as_wanted {
        return Err(Failure::new(
            "the simulated account is not as the schedule wants it",
        ));
    }
    Ok(Exit::Done)
}

/// What happens to the account meanwhile.
async fn tell_story(
    stage: &Stage,
    told: &Told,
    clock: &SimulatedClock,
    commands: &mpsc::Sender<Command>,
    end: Instant,
) {
    let mut audit_at = instant(START) + AUDIT;
    let mut scenes = vec![
        (instant(BY_HAND), Scene::ByHand),
        (instant(DOWN_FROM), Scene::Down),
        (instant(DOWN_UNTIL), Scene::Up),
        (end, Scene::End),
    ];
    while !scenes.is_empty() {
        if audit_at < scenes[0].0 {
            clock.sleep_until(audit_at).await;
            let _ = commands.try_send(Command::Audit);
            audit_at += AUDIT;
            continue;
        }
        let (at, scene) = scenes.remove(0);
        clock.sleep_until(at).await;
        match scene {
            Scene::ByHand => {
                stage.simulator.set_by_hand(stage.uids[0], "hangup");
                told.scene(at, "somebody sets %s to hangup in the admin interface");
            }
            Scene::Down => {
                let fault = Fault::Status {
                    status: 503,
                    retry_after: None,
                    location: None,
                };
                stage
                    .simulator
                    .fault(fault, Scope::any(), Times::UntilCleared);
                told.scene(at, "the API goes down: every request is answered with 503");
            }
            Scene::Up => {
                stage.simulator.clear_faults();
                told.scene(at, "the API is up again");
            }
            Scene::End => return,
        }
    }
}

enum Scene {
    ByHand,
    Down,
    Up,
    End,
}

async fn interrupted(signals: &mut Signals) {
    while signals.next().await != Signal::Stop {}
}

/// What was told, and how: one line for each switch.
struct Told {
    context: (crate::render::Style, SwitchColumns),
    config: Arc<Config>,
    policies: HashMap<String, usize>,
    rate: f64,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    settled: usize,
    retried: usize,
    drifts: usize,
    read_failures: usize,
    late_ms: Vec<i64>,
    never: usize,
}

impl Told {
    fn new(context: &Context, config: &Arc<Config>, rate: f64) -> Told {
        let names = config.policies.iter().enumerate();
        Told {
            context: (
                context.out,
                SwitchColumns::new(config.policies.iter().map(|one| one.name.as_str())),
            ),
            config: Arc::clone(config),
            policies: names.map(|(at, one)| (one.name.clone(), at)).collect(),
            rate,
            counts: Mutex::default(),
        }
    }

    fn opening(&self, seconds: u32) {
        let (style, columns) = self.context;
        let policies = self.config.policies.len();
        print(&format!(
            "{DAYS} days over Christmas in {seconds} seconds: {NAME} with its {policies} policies,\n\
             against a simulated account over HTTP, on a clock that runs {:.0} times as fast.\n\
             \"late\" is real time, from the boundary until the switch was read back.\n\n{}\n",
            self.rate,
            columns.header(style),
        ));
    }

    fn event(&self, event: &Event<'_>, now: Instant) {
        match event {
            Event::Ended(row) => self.ended(row),
            Event::Failing {
                row,
                telling: Telling::First,
                ..
            } => {
                let error = row.error.as_deref().unwrap_or_default();
                let kind = error.split(':').next().unwrap_or_default();
                let what = format!("not switched yet, and tried again: {} ({kind})", row.policy);
                self.line(now, &what);
            }
            Event::ReadFailed { .. } => self.count(|counts| counts.read_failures += 1),
            Event::Drifted {
                policy,
                live,
                settled,
                ..
            } => {
                self.count(|counts| counts.drifts += 1);
                self.line(
                    now,
                    &format!(
                        "noticed: {policy} is {live}, not {settled}; left until the next switch"
                    ),
                );
            }
            _ => {}
        }
    }

    fn ended(&self, row: &SwitchRow) {
        let (style, columns) = self.context;
        let late_ms = row.settled.map(|at| {
            let late = (at - row.due).num_microseconds().unwrap_or(i64::MAX) as f64;
            (late / self.rate / 1000.0).round() as i64
        });
        match row.outcome {
            Outcome::Settled | Outcome::Restored => self.count(|counts| {
                counts.settled += 1;
                counts.retried += usize::from(row.tries > 1);
                counts.late_ms.extend(late_ms);
            }),
            Outcome::AlreadyLive => return,
            _ => self.count(|counts| counts.never += 1),
        }
        let line = SwitchLine {
            local: self.local(&row.policy, row.due),
            policy: &row.policy,
            from: row.from.as_deref().unwrap_or("?"),
            to: row.to,
            why: &row.rule_name,
            tries: row.tries,
            late_ms,
        };
        print(&format!("{}\n", switch_line(&line, columns, style)));
    }

    fn scene(&self, at: Instant, what: &str) {
        let first = self.config.policies.first().map_or("", |one| &*one.name);
        self.line(at, &what.replace("%s", first));
    }

    fn line(&self, at: Instant, what: &str) {
        let (style, _) = self.context;
        let first = self.config.policies.first().map_or("", |one| &*one.name);
        let when = self.local(first, at).format("%a %_d %b %H:%M");
        let text = format!("{when} {what}");
        print(&format!("{}\n", style.paint(Ink::Notice, &text)));
    }

    fn closing(&self, stage: &Stage, is_whole: bool) {
        let counts = self
            .counts
            .lock()
            .expect("no thread panics while it counts");
        let mut late = counts.late_ms.clone();
        late.sort_unstable();
        let median = late.get(late.len() / 2).copied().unwrap_or_default();
        let most = late.last().copied().unwrap_or_default();
        let requests = stage.simulator.log().len();
        let word = if is_whole { "Done" } else { "Interrupted" };
        // Who ends it early may not have seen the outage.
        let through = if counts.read_failures > 0 {
            ", through the outage"
        } else {
            ""
        };
        print(&format!(
            "\n{word}: {} switches, each read back; {} after more than one try; {} never settled.\n\
             Late by {median} ms in the middle and {most} ms at most{through}.\n\
             {} reads failed and were tried again; {} change by another hand was noticed.\n\
             {requests} requests over HTTP.\n",
            counts.settled, counts.retried, counts.never, counts.read_failures, counts.drifts,
        ));
    }

    fn local(&self, policy: &str, at: Instant) -> chrono::DateTime<chrono::FixedOffset> {
        let policy = self
            .policies
            .get(policy)
            .map(|at| &self.config.policies[*at]);
        match policy {
            Some(policy) => policy.schedule.zone().local(at),
            None => at.fixed_offset(),
        }
    }

    fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self
            .counts
            .lock()
            .expect("no thread panics while it counts"));
    }
}

fn instant(text: &str) -> Instant {
    text.parse().expect("the story's instants are RFC 3339")
}
