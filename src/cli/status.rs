//! `status`: how everything stands, by the daemon, or else by what the store remembers.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use hyper::Method;

use super::args::StatusArgs;
use super::context::{Context, finish};
use super::daemon::{NOTHING, asked};
use super::exit::Exit;
use super::failure::Failure;
use super::{held, load};
use crate::config::{Config, ZoneTable};
use crate::domain::plan::Settled;
use crate::domain::policy::{LiveDefault, Selector, Uid};
use crate::domain::timeline::Timeline;
use crate::engine::{PolicyStatus, Wanted};
use crate::render::status::{FilePart, HoldPart, PolicyPart, Report, status_text};
use crate::store::{Store, StoreError};

/// Shows how everything stands. Without a daemon that is what the store knows, and a failure.
///
/// # Errors
/// The daemon may not be asked.
pub fn status(context: &Context, args: &StatusArgs) -> Result<Exit, Failure> {
    let told: Option<Report> = asked(context, Method::GET, "/status", NOTHING)?;
    let runs = told.is_some();
    let report = told.unwrap_or_else(|| remembered(context));
    let mut out = context.stdout();
    if args.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(error.to_string()))?;
        writeln!(out, "{json}")?;
    } else {
        out.write_all(status_text(&report, context.out).as_bytes())?;
    }
    finish(out)?;
    if runs {
        return Ok(Exit::Done);
    }
    context.note(&format!(
        "no daemon answers at {}; this is what the file wants and the store remembers",
        context.places.socket.display()
    ));
    Ok(Exit::Failed)
}

/// What was remembered by the last daemon.
#[derive(Default)]
struct Memory {
    settled: HashMap<Uid, Settled>,
    drifts: HashMap<Uid, (LiveDefault, crate::domain::Instant)>,
    /// Ids of policies that the file names by description, by their names.
    uids: HashMap<String, Uid>,
}

fn remembered(context: &Context) -> Report {
    let config = load::read(context, &ZoneTable::open()).map(|loaded| loaded.config);
    let config = match config {
        Ok(config) => Some(config),
        Err(_) => {
            context.note("the schedule file is refused; `todswitch check` says why");
            None
        }
    };
    let store = Store::open_reader(&context.places.state_dir);
    let memory = match store.and_then(|store| recall(&store)) {
        Ok(memory) => memory,
        Err(StoreError::NoStore(_)) => Memory::default(),
        Err(error) => {
            context.note(&format!("the store cannot be read: {error}"));
            Memory::default()
        }
    };
    let mut holds = held::holds(context);
    let mut policies = Vec::new();
    if let Some(config) = &config {
        policies = policy_parts(context, config, &memory, &mut holds);
    }
    let mut stray: Vec<HoldPart> = Vec::new();
    for (policy, holds) in holds {
        stray.extend(holds.last().map(|hold| HoldPart::of(&policy, hold, None)));
    }
    Report {
        daemon: None,
        file: config.as_ref().map(FilePart::of),
        policies,
        holds_without_policy: stray,
    }
}

fn recall(store: &Store) -> Result<Memory, StoreError> {
    let query = crate::store::HistoryQuery {
        limit: Some(10_000),
        order: crate::store::Order::NewestFirst,
        ..Default::default()
    };
    let mut uids = HashMap::new();
    for row in store.history(&query)?.rows {
        if let Some(uid) = row.uid {
            uids.entry(row.policy).or_insert(uid);
        }
    }
    let drifts = store.open_drifts()?.into_iter();
    Ok(Memory {
        settled: store.settled()?,
        drifts: drifts
            .map(|drift| (drift.uid, (drift.live, drift.first_seen)))
            .collect(),
        uids,
    })
}

fn policy_parts(
    context: &Context,
    config: &Config,
    memory: &Memory,
    holds: &mut held::Holds,
) -> Vec<PolicyPart> {
    let now = context.now;
    let part = |policy: &crate::domain::policy::Policy| {
        let holds = holds.remove(&policy.name).unwrap_or_default();
        // All of them stand; `now` is cut to the second, and one may be younger.
        let hold = holds.last().cloned();
        let timeline = Timeline::new(policy, holds);
        let uid = match policy.selector {
            Selector::Uid(uid) => Some(uid),
            Selector::Description(_) => memory.uids.get(&policy.name).copied(),
        };
        PolicyPart::of(&PolicyStatus {
            name: policy.name.clone(),
            schedule: Arc::clone(&policy.schedule),
            uid,
            live: None,
            wanted: Wanted::at(&timeline, now),
            settled: uid.and_then(|uid| memory.settled.get(&uid).copied()),
            next: timeline.next_change(now).as_ref().map(Wanted::by),
            hold,
            drift: uid.and_then(|uid| memory.drifts.get(&uid).cloned()),
            pending: None,
            lost: None,
        })
    };
    config.policies.iter().map(part).collect()
}
