//! `explain`: why a policy is what it is at some time.

use std::io::Write;

use super::args::{ExplainArgs, TextOrJson};
use super::context::{Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use super::{held, load};
use crate::config::ZoneTable;
use crate::domain::explain;
use crate::domain::timeline::Timeline;
use crate::render::explain::{explain_json, explain_text};

/// Explains one policy at one time.
///
/// # Errors
/// The file is refused, or the policy is unknown.
pub fn explain(context: &Context, args: &ExplainArgs) -> Result<Exit, Failure> {
    let config = load::load(context, &ZoneTable::open())?;
    let policy = load::policy(&config, &args.policy)?;
    let zone = policy.schedule.zone();
    let holds = held::holds(context).remove(&policy.name);
    let timeline = Timeline::new(policy, holds.unwrap_or_default());
    let why = explain::explain(&timeline, args.at.instant(zone, context.now));
    let text = match args.format {
        TextOrJson::Text => explain_text(&policy.name, zone, &why, context.out),
        TextOrJson::Json => explain_json(&policy.name, zone, &config.zone_data, &why) + "\n",
    };
    let mut out = context.stdout();
    out.write_all(text.as_bytes())?;
    finish(out)
}
