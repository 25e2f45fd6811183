//! `policies list`: every live policy, what drives it, and whether it is as it should be.

use std::collections::{BTreeMap, HashMap};

use super::Desk;
use crate::cli::args::{Form, ListArgs};
use crate::cli::context::finish;
use crate::cli::{Context, Exit, Failure, connect};
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::account::Account;
use crate::domain::policy::{Hold, LivePolicy, Policy, SelectError, Selector, Uid};
use crate::domain::timeline::Timeline;
use crate::render::policies::{PolicyLine, Standing, write_csv, write_json, write_text};
use crate::store::{Store, StoreError};

pub(super) async fn list(desk: &Desk<'_>, args: &ListArgs) -> Result<Exit, Failure> {
    let context = desk.context;
    let live = connect::read_all(&desk.client, &desk.place).await?;
    let lines = lines(&desk.config, live, holds(context), context.now);
    let mut out = context.stdout();
    match args.format {
        Form::Text => write_text(&lines, context.out, &mut out)?,
        Form::Json => write_json(&lines, &mut out)?,
        Form::Csv => write_csv(&lines, &mut out)?,
    }
    finish(out)
}

/// The holds that stand, where there is a store that can be read.
pub(super) fn holds(context: &Context) -> HashMap<String, Vec<Hold>> {
    let store = Store::open_reader(&context.places.state_dir);
    match store.and_then(|store| store.holds_at(context.now)) {
        Ok(holds) => holds,
        Err(StoreError::NoStore(_)) => HashMap::new(),
        Err(error) => {
            context.warn(&format!("holds are left out: {error}"));
            HashMap::new()
        }
    }
}

/// A line for each live policy as it was read; below, those of the file that are not found.
fn lines(
    config: &Config,
    live: Vec<LivePolicy>,
    mut holds: HashMap<String, Vec<Hold>>,
    now: Instant,
) -> Vec<PolicyLine> {
    let account = Account::new(live.clone());
    let mut driven: BTreeMap<Uid, &Policy> = BTreeMap::new();
    let mut lost = Vec::new();
    for policy in &config.policies {
        match account.find(&policy.selector) {
            Ok(live) => {
                driven.insert(live.uid, policy);
            }
            Err(error) => lost.push((policy, error)),
        }
    }
    let mut wanted = |policy: &Policy| {
        let holds = holds.remove(&policy.name).unwrap_or_default();
        Timeline::new(policy, holds).state_at(now).action
    };
    let mut lines: Vec<PolicyLine> = Vec::with_capacity(live.len());
    for one in live {
        let policy = driven.get(&one.uid);
        let action = policy.map(|policy| wanted(policy));
        lines.push(PolicyLine {
            uid: Some(one.uid),
            description: one.description,
            name: policy.map(|policy| policy.name.clone()),
            schedule: policy.map(|policy| policy.schedule.name().to_owned()),
            wanted: action,
            standing: match action {
                None => Standing::NotDriven,
                Some(action) if one.default.is(action) => Standing::AsWanted,
                Some(_) => Standing::Differs,
            },
            live: Some(one.default),
        });
    }
    lines.extend(lost.into_iter().map(|(policy, error)| PolicyLine {
        uid: match &policy.selector {
            Selector::Uid(uid) => Some(*uid),
            Selector::Description(_) => None,
        },
        description: match &policy.selector {
            Selector::Uid(_) => String::new(),
            Selector::Description(text) => text.clone(),
        },
        live: None,
        name: Some(policy.name.clone()),
        schedule: Some(policy.schedule.name().to_owned()),
        wanted: Some(wanted(policy)),
        standing: match error {
            SelectError::Missing(_) => Standing::Missing,
            SelectError::Ambiguous { .. } => Standing::Ambiguous,
        },
    }));
    lines
}
