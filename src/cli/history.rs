//! `history`: what was switched.

use super::args::{Form, HistoryArgs};
use super::context::{Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use super::{load, when};
use crate::config::{Config, ZoneTable, nearest};
use crate::domain::zone::Zone;
use crate::render::history::{write_csv, write_json, write_text};
use crate::render::text::count;
use crate::store::{HistoryQuery, Order, Store, StoreError, SwitchRow};

/// How many switches are shown unless a span or a limit was asked for.
const LATEST: u32 = 100;

/// Shows the rows of the store, whether or not the daemon runs.
///
/// # Errors
/// There is no store, it cannot be read, or the span ends before it begins.
pub fn history(context: &Context, args: &HistoryArgs) -> Result<Exit, Failure> {
    let zones = ZoneTable::open();
    // The store outlives the file: without one the times are UTC's.
    let config = load::read(context, &zones).ok().map(|loaded| loaded.config);
    let utc = zones
        .zone("UTC")
        .map_err(|error| Failure::new(error.to_string()))?;
    let local = config.as_ref().and_then(local_zone);
    let zone = local.unwrap_or(&utc);
    let (from, to) = when::past_span(&args.span, zone, context.now)?;
    let open_span = from.is_none() && to.is_none();
    let limit = args.limit.or(open_span.then_some(LATEST));
    let query = HistoryQuery {
        policy: args.policy.clone(),
        from,
        to,
        limit,
        order: Order::NewestFirst,
    };
    let store = Store::open_reader(&context.places.state_dir).map_err(unreadable)?;
    let mut page = store.history(&query).map_err(unreadable)?;
    page.rows.reverse();
    for error in &page.unreadable {
        context.note(&format!("a row is left out: {error}"));
    }
    let mut out = context.stdout();
    match args.format {
        Form::Text => write_text(&page.rows, local, context.out, &mut out)?,
        Form::Json => write_json(&page.rows, &mut out)?,
        Form::Csv => write_csv(&page.rows, &mut out)?,
    }
    finish(out)?;
    remark(context, args, config.as_ref(), &page.rows, limit);
    Ok(Exit::Done)
}

fn local_zone(config: &Config) -> Option<&Zone> {
    let policies: Vec<_> = config.policies.iter().collect();
    load::zone(config, &policies)
}

/// Says what the rows themselves do not: that there are none, or more.
fn remark(
    context: &Context,
    args: &HistoryArgs,
    config: Option<&Config>,
    rows: &[SwitchRow],
    limit: Option<u32>,
) {
    if let (true, Some(name)) = (rows.is_empty(), &args.policy) {
        let policies = config.iter().flat_map(|config| &config.policies);
        let names: Vec<&str> = policies.map(|policy| policy.name.as_str()).collect();
        let known = names.contains(&name.as_str());
        let hint = (!known).then(|| nearest::hint(name, names.iter().copied()));
        let hint = hint
            .flatten()
            .map_or(String::new(), |hint| format!("; {hint}"));
        context.note(&format!("no switch of `{name}` is recorded{hint}"));
    } else if rows.is_empty() {
        context.note("no switch is recorded for this span");
    } else if args.limit.is_none() && limit == u32::try_from(rows.len()).ok() {
        let latest = count(rows.len(), "switch", "switches");
        context.note(&format!(
            "these are the latest {latest}; --limit or --days shows more"
        ));
    }
}

fn unreadable(error: StoreError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        StoreError::NoStore(_) => {
            failure.hint("`todswitch run` makes it at its first pass; --state-dir says where it is")
        }
        StoreError::Denied(_) => {
            failure.hint("ask as root, or as the user that the daemon runs as")
        }
        StoreError::Newer { .. } => failure.hint("use the version of todswitch that runs here"),
        _ => failure,
    }
}
