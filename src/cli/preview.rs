//! `preview`: the coming switches.

use super::args::{Form, PreviewArgs};
use super::context::{Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use super::{held, load, when};
use crate::config::ZoneTable;
use crate::domain::policy::Policy;
use crate::render::preview::{Preview, write_csv, write_json, write_text};

/// The length of a preview unless it was asked for another.
const DAYS: u32 = 14;

/// Shows what the file will switch.
///
/// # Errors
/// The file is refused, a policy is unknown, or the span ends before it begins.
pub fn preview(context: &Context, args: &PreviewArgs) -> Result<Exit, Failure> {
    let config = load::load(context, &ZoneTable::open())?;
    let shown = shown(&config.policies, args, |name| load::policy(&config, name))?;
    let Some(zone) = load::zone(&config, &shown) else {
        return Err(Failure::new("there is no policy in the file")
            .at(config.path.display().to_string())
            .hint("add a table below [policies]"));
    };
    let (from, to) = when::span(&args.span, zone, context.now, DAYS)?;
    let preview = Preview::held(
        &shown,
        held::holds(context),
        from,
        to,
        zone,
        &config.zone_data,
    );
    let mut out = context.stdout();
    match args.format {
        Form::Text => write_text(&preview, context.out, &mut out)?,
        Form::Json => write_json(&preview, &mut out)?,
        Form::Csv => write_csv(&preview, &mut out)?,
    }
    finish(out)
}

/// All policies, or those that were named, in the order of the file.
fn shown<'c>(
    all: &'c [Policy],
    args: &PreviewArgs,
    find: impl Fn(&str) -> Result<&'c Policy, Failure>,
) -> Result<Vec<&'c Policy>, Failure> {
    for name in &args.policies {
        find(name)?;
    }
    let named = |policy: &&Policy| args.policies.is_empty() || args.policies.contains(&policy.name);
    Ok(all.iter().filter(named).collect())
}
