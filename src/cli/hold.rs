//! `hold`: sets, lists and clears holds: through the daemon where one runs, else in the store.

use std::io::Write;
use std::path::Path;

use chrono::TimeDelta;
use hyper::Method;

use super::args::{HoldClearArgs, HoldCommand, HoldListArgs, HoldSetArgs, HoldUntil, Which};
use super::context::{Context, finish};
use super::daemon::{NOTHING, asked};
use super::exit::Exit;
use super::failure::Failure;
use super::who::who;
use super::{held, load};
use crate::config::ZoneTable;
use crate::domain::hold::HoldEnd;
use crate::engine::{HoldError, HoldOrder};
use crate::render::holds::{hold_words, holds_text};
use crate::render::status::HoldPart;
use crate::service::control::client::path_part;
use crate::service::control::wire::{Cleared, HoldBody, hold_hint};
use crate::store::{EventKind, Store, StoreError};

/// Sets, lists or clears holds.
///
/// # Errors
/// A policy that is not there, an end that is past, or a store that another process has.
pub fn hold(context: &Context, command: &HoldCommand) -> Result<Exit, Failure> {
    match command {
        HoldCommand::Set(args) => set(context, args),
        HoldCommand::List(args) => list(context, args),
        HoldCommand::Clear(args) => clear(context, args),
    }
}

fn set(context: &Context, args: &HoldSetArgs) -> Result<Exit, Failure> {
    let order = HoldOrder {
        policies: args.which.policies.clone(),
        action: args.action,
        end: end(&args.until),
        reason: args.reason.clone(),
        set_by: who(),
    };
    let body = HoldBody::from(&order);
    let told: Option<Vec<HoldPart>> = asked(context, Method::POST, "/holds", Some(&body))?;
    let runs = told.is_some();
    let held = match told {
        Some(held) => held,
        None => set_in_store(context, &order)?,
    };
    let mut out = context.stdout();
    for hold in &held {
        writeln!(out, "held: {} at {}", hold.policy, hold_words(hold))?;
    }
    finish(out)?;
    if !runs {
        context.note("no daemon runs: it holds from the next start of `todswitch run`");
    }
    Ok(Exit::Done)
}

fn end(until: &HoldUntil) -> HoldEnd {
    match until {
        HoldUntil {
            until: Some(end), ..
        } => *end,
        HoldUntil {
            time: Some(time), ..
        } => HoldEnd::After(TimeDelta::from_std(*time).unwrap_or(TimeDelta::MAX)),
        HoldUntil {
            until_next_switch: true,
            ..
        } => HoldEnd::NextSwitch,
        _ => HoldEnd::Cleared,
    }
}

fn set_in_store(context: &Context, order: &HoldOrder) -> Result<Vec<HoldPart>, Failure> {
    let config = load::load(context, &ZoneTable::open())?;
    let held = order.resolve(&config.policies, context.now);
    let held = held.map_err(|error| {
        let names = config.policies.iter().map(|policy| policy.name.as_str());
        Failure::usage(error.to_string()).maybe_hint(hold_hint(&error, names))
    })?;
    let mut store = open(&context.places.state_dir)?;
    let pairs = held.iter().map(|one| (one.policy.as_str(), &one.hold));
    store.set_holds(pairs).map_err(not_kept)?;
    let mut parts = Vec::new();
    for one in &held {
        let words = one.to_string();
        store
            .record_event(context.now, EventKind::HoldSet, Some(&one.policy), &words)
            .map_err(not_kept)?;
        let policy = config
            .policies
            .iter()
            .find(|policy| policy.name == one.policy);
        let zone = policy.map(|policy| &**policy.schedule.zone());
        parts.push(HoldPart::of(&one.policy, &one.hold, zone));
    }
    Ok(parts)
}

fn list(context: &Context, args: &HoldListArgs) -> Result<Exit, Failure> {
    let told: Option<Vec<HoldPart>> = asked(context, Method::GET, "/holds", NOTHING)?;
    let holds = match told {
        Some(holds) => holds,
        None => in_store(context),
    };
    let mut out = context.stdout();
    if args.json {
        let json = serde_json::to_string_pretty(&holds)
            .map_err(|error| Failure::new(error.to_string()))?;
        writeln!(out, "{json}")?;
    } else {
        out.write_all(holds_text(&holds, context.out).as_bytes())?;
    }
    finish(out)?;
    if holds.is_empty() && !args.json {
        context.note("nothing is held");
    }
    Ok(Exit::Done)
}

fn in_store(context: &Context) -> Vec<HoldPart> {
    let config = load::read(context, &ZoneTable::open()).ok();
    let mut parts: Vec<HoldPart> = Vec::new();
    for (name, holds) in held::holds(context) {
        let policies = config.iter().flat_map(|loaded| &loaded.config.policies);
        let policy = policies.into_iter().find(|policy| policy.name == name);
        let zone = policy.map(|policy| &**policy.schedule.zone());
        parts.extend(holds.iter().map(|hold| HoldPart::of(&name, hold, zone)));
    }
    parts.sort_by(|a, b| a.policy.cmp(&b.policy));
    parts
}

fn clear(context: &Context, args: &HoldClearArgs) -> Result<Exit, Failure> {
    let by = who();
    let query = format!("?by={}", path_part(&by));
    let mut all = Vec::new();
    for policy in targets(&args.which) {
        let path = match policy {
            Some(name) => format!("/holds/{}{query}", path_part(name)),
            None => format!("/holds{query}"),
        };
        let told: Option<Cleared> = asked(context, Method::DELETE, &path, NOTHING)?;
        all.extend(match told {
            Some(told) => told.cleared,
            None => clear_in_store(context, policy, &by)?,
        });
    }
    let mut out = context.stdout();
    for policy in &all {
        writeln!(out, "cleared: {policy}")?;
    }
    finish(out)?;
    if all.is_empty() {
        context.note("nothing was held");
    }
    Ok(Exit::Done)
}

/// Each policy that was named, or one `None` for all of them.
fn targets(which: &Which) -> Vec<Option<&str>> {
    if which.all {
        return vec![None];
    }
    which
        .policies
        .iter()
        .map(|name| Some(name.as_str()))
        .collect()
}

fn clear_in_store(
    context: &Context,
    policy: Option<&str>,
    by: &str,
) -> Result<Vec<String>, Failure> {
    let mut store = open(&context.places.state_dir)?;
    let now = context.now;
    let names = match policy {
        Some(name) => vec![name.to_owned()],
        None => {
            let mut names: Vec<_> = store.holds_at(now).map_err(not_kept)?.into_keys().collect();
            names.sort();
            names
        }
    };
    let mut cleared = Vec::new();
    for name in names {
        if !store.clear_hold(&name, now, by).map_err(not_kept)? {
            let error = HoldError::NotHeld(name);
            return Err(Failure::new(error.to_string()).maybe_hint(hold_hint(&error, [])));
        }
        let words = format!("cleared by {by}");
        store
            .record_event(now, EventKind::HoldEnded, Some(&name), &words)
            .map_err(not_kept)?;
        cleared.push(name);
    }
    Ok(cleared)
}

fn open(state_dir: &Path) -> Result<Store, Failure> {
    Store::open(state_dir, "todswitch hold").map_err(|error| match error {
        StoreError::Held { .. } => Failure::new(error.to_string())
            .hint("it does not answer; is $RUNTIME_DIRECTORY the one that the daemon has?"),
        error => not_kept(error),
    })
}

fn not_kept(error: StoreError) -> Failure {
    Failure::new(error.to_string())
}
