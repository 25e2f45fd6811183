//! Whoever watches the engine: the status line, the counters, the alerts, the watchdog.
//!
//! Owns what of its events goes to whom. Must not know what is done about it.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::{error, warn};

use super::alerts::{self, Kind, Notice, Notices, Watched};
use super::metrics::Metrics;
use super::notify::Notifier;
use crate::clock::Clock;
use crate::contactnow::PolicyApi;
use crate::domain::Instant;
use crate::engine::{Engine, Event, NextSwitch, Observer};
use crate::store::{EventKind, EventsQuery, Order, Store, StoreError};

/// Alerts of earlier runs that are read to find those that are not over.
const REMEMBERED: u32 = 1000;

/// Notes how this run begins; what the runs before it told is returned. A store that cannot keep
/// it is told, and holds nothing up.
pub(super) fn begin(store: &mut Store, now: Instant, notices: &Notices) -> Vec<String> {
    let unclean = kept(store.last_run(), notices).flatten();
    if let Some(unclean) = unclean.filter(|run| run.stopped.is_none()) {
        let since = unclean.started;
        let at = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        warn!(since = at, "the last run did not end by itself");
        let words = format!(
            "it started on {}",
            since.format("%a %-d %b %Y at %H:%M:%S UTC")
        );
        let recorded = store.record_event(now, EventKind::Unclean, None, &words);
        kept(recorded, notices);
        notices.tell(Notice::Once(Kind::Unclean, words));
    }
    if let Some(path) = store.set_aside() {
        let words = format!(
            "it was torn or not ours, and lies at {} now",
            path.display()
        );
        let recorded = store.record_event(now, EventKind::Store, None, &words);
        kept(recorded, notices);
        notices.tell(Notice::Once(Kind::Store, words));
    }
    let query = EventsQuery {
        kind: Some(EventKind::Alert),
        limit: Some(REMEMBERED),
        order: Order::NewestFirst,
        ..EventsQuery::default()
    };
    let told = kept(store.events(&query), notices);
    let version = env!("CARGO_PKG_VERSION");
    kept(
        store.record_event(now, EventKind::Started, None, version),
        notices,
    );
    if kept(store.mark_started(now), notices).is_some() {
        notices.tell(Notice::Over(Kind::Store));
    }
    // It is with a good file that a run begins.
    notices.tell(Notice::Over(Kind::Reload));
    let told = told
        .into_iter()
        .flat_map(|page| page.rows.into_iter().rev());
    told.map(|event| event.message).collect()
}

fn kept<T>(result: Result<T, StoreError>, notices: &Notices) -> Option<T> {
    result
        .inspect_err(|error| {
            error!("the store failed, switching goes on: {error}");
            notices.tell(Notice::Began(Kind::Store, error.to_string()));
        })
        .ok()
}

/// Notes that this run ended as it was told to.
pub(super) fn end(store: &mut Store, now: Instant) {
    let noted = store
        .record_event(now, EventKind::Stopped, None, "as it was told to")
        .and_then(|()| store.mark_stopped(now));
    if let Err(error) = noted {
        error!("the store failed at the end: {error}");
    }
}

/// Starts the alerts, in a task of their own.
pub(super) fn start_alerts<C: Clock + 'static>(
    watched: Watched<C>,
    notices: mpsc::Receiver<Notice>,
) {
    tokio::spawn(alerts::run(watched, notices));
}

/// The engine's loop feeds the watchdog, twice as often as systemd asks for it.
pub(super) fn feed_watchdog<C: Clock, A: PolicyApi>(engine: &mut Engine<C, A>) {
    let notifier = Notifier::from_environment();
    if let Some(interval) = notifier.watchdog() {
        engine.beat(interval / 2, Box::new(move || notifier.alive()));
    }
}

/// Tells all of them.
pub(super) fn observer(
    status: watch::Sender<Option<String>>,
    metrics: Arc<Metrics>,
    notices: Notices,
) -> Observer {
    // Whether the store failed since the last pass, and whether anything was kept since.
    let (mut failed, mut kept) = (false, false);
    Box::new(move |event| {
        metrics.observe(event);
        notices.observe(event);
        match event {
            Event::StoreFailed { .. } => failed = true,
            Event::Ended(_) => kept = true,
            Event::ClockDoubted { words } => {
                status.send_replace(Some(format!("NOTHING IS SWITCHED: {words}")));
            }
            Event::Passed { next, failing, .. } => {
                if kept && !failed {
                    notices.tell(Notice::Over(Kind::Store));
                }
                (failed, kept) = (false, false);
                status.send_replace(Some(line(next.as_ref(), *failing)));
            }
            _ => {}
        }
    })
}

/// The status line after each pass: the next switch, and what is not as it should be.
fn line(next: Option<&NextSwitch<'_>>, failing: usize) -> String {
    let next = match next {
        Some(next) => format!(
            "Next: {} to {} on {}",
            next.policy,
            next.to,
            next.local.format("%a %-d %b at %H:%M (UTC%:z)")
        ),
        None => "No switch will come".to_owned(),
    };
    match failing {
        0 => next,
        failing => format!("{failing} NOT as wanted. {next}"),
    }
}
