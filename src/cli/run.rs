//! `todswitch run`: the daemon, a dry run, a single pass, or a trial against the simulator.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tracing::error;

use super::args::RunArgs;
use super::context::print;
use super::progress::{Counted, Progress};
use super::stage::{Opening, Stage};
use super::{Context, Exit, Failure, connect, load};
use crate::clock::{Clock, SystemClock};
use crate::config::{ApiSettings, Config, ZoneTable};
use crate::contactnow::{Client, is_loopback_url};
use crate::engine::{Engine, Event, Mode, OnceReport, Settings};
use crate::service::daemon;
use crate::store::{EventKind, Store};

/// The real time before a switch in which everything is made ready where the clock is a fast one.
const FAST_WARM_UP: Duration = Duration::from_millis(20);

pub(super) fn run(context: &Context, args: &RunArgs) -> Result<Exit, Failure> {
    let mut context = context.clone();
    if let Some(fast) = &args.clock {
        context.now = fast.clock().now();
    }
    let context = &context;
    let zones = ZoneTable::open();
    let config = Arc::new(load::load(context, &zones)?);
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match &args.clock {
        None => run_time.block_on(start(context, args, config, zones, SystemClock)),
        Some(fast) => {
            refuse_a_real_account(&config, args)?;
            run_time.block_on(start(context, args, config, zones, fast.clock()))
        }
    }
}

/// A clock of its own is for tests alone: no real account is ever switched by it.
fn refuse_a_real_account(config: &Config, args: &RunArgs) -> Result<(), Failure> {
    let is_simulated = |api: &ApiSettings| is_loopback_url(&api.base_url);
    if args.simulate || config.api.as_ref().is_some_and(is_simulated) {
        return Ok(());
    }
    Err(Failure::usage("--clock is for a simulator on this machine")
        .at(connect::place(config))
        .expected("a base_url on loopback, or --simulate"))
}

async fn start<C: Clock + 'static>(
    context: &Context,
    args: &RunArgs,
    config: Arc<Config>,
    zones: ZoneTable,
    clock: C,
) -> Result<Exit, Failure> {
    let clock = Arc::new(clock);
    if args.simulate {
        let now = clock.now();
        let stage = Stage::set(&config, Arc::clone(&clock), now, Opening::HungUp).await?;
        context.note(&format!(
            "simulated: the API is in this process, at {}; nothing is kept",
            stage.simulator.base_url()
        ));
        let store = Store::in_memory().map_err(store_failure)?;
        return go(
            context,
            args,
            config,
            clock,
            Arc::clone(&stage.client),
            store,
            zones,
        )
        .await;
    }
    let client = Arc::new(connect::client(&config)?);
    let what = if args.dry_run {
        "todswitch run --dry-run"
    } else {
        "todswitch run"
    };
    let mut store = Store::open(&context.places.state_dir, what).map_err(store_failure)?;
    if let Some(set_aside) = store.set_aside() {
        error!(
            set_aside = %set_aside.display(),
            "the store was torn or not ours: it is set aside, and a new one is begun"
        );
    }
    if args.accept_clock {
        let now = clock.now();
        store.accept_clock(now).map_err(store_failure)?;
        let words = "accepted by --accept-clock";
        store
            .record_event(now, EventKind::Clock, None, words)
            .map_err(store_failure)?;
    }
    go(context, args, config, clock, client, store, zones).await
}

async fn go<C: Clock + 'static>(
    context: &Context,
    args: &RunArgs,
    config: Arc<Config>,
    clock: Arc<C>,
    client: Arc<Client>,
    store: Store,
    zones: ZoneTable,
) -> Result<Exit, Failure> {
    let settings = settings(args, &config);
    if args.once {
        let observer = Box::new(|_: &Event<'_>| {});
        let api = Arc::new(Counted {
            api: client,
            progress: Progress::new("writing", 0),
        });
        let mut engine = Engine::new(clock, api, store, config, settings, observer);
        let timeout = TimeDelta::from_std(args.timeout).unwrap_or(TimeDelta::MAX);
        return Ok(tell_once(&engine.once(timeout).await, settings.mode));
    }
    let zones = daemon::ZonesInUse::new(zones);
    let parts = daemon::Parts {
        clock,
        api: client,
        store,
        config,
        settings,
        cache_dir: context.places.holidays(),
        load: load_again(context, &zones),
        zones,
        socket: (!args.simulate).then(|| context.places.socket.clone()),
    };
    daemon::run(parts)
        .await
        .map_err(|error| Failure::new(error.to_string()))?;
    Ok(Exit::Done)
}

fn settings(args: &RunArgs, config: &Config) -> Settings {
    let api = config.api.as_ref();
    let warm_up = match &args.clock {
        None => config.daemon.warm_up,
        Some(fast) => config
            .daemon
            .warm_up
            .min(FAST_WARM_UP)
            .mul_f64(fast.rate.min(1e9)),
    };
    Settings {
        mode: if args.dry_run {
            Mode::DryRun
        } else {
            Mode::Live
        },
        warm_up: TimeDelta::from_std(warm_up).unwrap_or(TimeDelta::zero()),
        stop_grace: api.map_or(Duration::from_secs(20), |api| api.timeout),
        batch: api.map_or(1, |api| api.batch),
        seed: fastrand::u64(..),
    }
}

/// Loads the file again for a reload.
fn load_again(context: &Context, zones: &daemon::ZonesInUse) -> daemon::Load {
    let context = context.clone();
    let zones = zones.clone();
    Arc::new(move || {
        let mut context = context.clone();
        context.now = super::context::now();
        let table = ZoneTable::open();
        let loaded = load::read(&context, &table);
        zones.replace(table);
        let loaded = loaded.map_err(|error| error.to_string())?;
        Ok(Arc::new(loaded.config))
    })
}

fn store_failure(error: crate::store::StoreError) -> Failure {
    Failure::new(error.to_string())
}

fn tell_once(report: &OnceReport, mode: Mode) -> Exit {
    let all = report.policies;
    let wrong = report.not_as_wanted.len();
    for one in &report.not_as_wanted {
        print(&format!(
            "{}: {} is wanted, found {}\n",
            one.policy, one.wanted, one.found
        ));
    }
    match (mode, report.was_read) {
        (Mode::DryRun, true) => {
            print(&format!(
                "dry run: {wrong} of {all} policies would be switched\n"
            ));
            Exit::Done
        }
        (_, true) if wrong == 0 => {
            print(&format!("all {all} policies are live as wanted\n"));
            Exit::Done
        }
        _ => {
            print(&format!("{wrong} of {all} policies are NOT as wanted\n"));
            Exit::Failed
        }
    }
}
