//! `reload`: has the daemon read its file again, and says what came of it.

use std::io::Write;

use hyper::Method;

use super::context::{Context, finish};
use super::daemon::{NOTHING, asked, nobody};
use super::exit::Exit;
use super::failure::Failure;
use crate::service::control::wire::ReloadOutcome;

/// Reloads the file of the daemon.
///
/// # Errors
/// No daemon answers, or the file is refused.
pub fn reload(context: &Context) -> Result<Exit, Failure> {
    let outcome: Option<ReloadOutcome> = asked(context, Method::POST, "/reload", NOTHING)?;
    let outcome = outcome.ok_or_else(|| nobody(context))?;
    if !outcome.accepted {
        context.talk(&format!("{}\n", outcome.diagnostics.trim_end()));
        return Err(Failure::new(outcome.summary)
            .exit(Exit::BadConfig)
            .hint("`todswitch check` says the same without a reload"));
    }
    let mut out = context.stdout();
    writeln!(out, "in force: {} ({})", outcome.summary, outcome.hash)?;
    for change in &outcome.changes {
        writeln!(out, "  {change}")?;
    }
    finish(out)
}
