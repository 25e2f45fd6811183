//! The words of `hold`, `status` and `reload`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;
use super::policies::action;
use crate::domain::action::Action;
use crate::domain::hold::HoldEnd;

/// `status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a daemon it shows what the file wants and what the store remembers, and
the exit code is 1.")]
pub struct StatusArgs {
    /// One JSON object instead of a text
    #[arg(long)]
    pub json: bool,
}

/// `reload`.
#[derive(Debug, Args)]
#[command(after_help = "\
It waits for the outcome: 0 and what the edit changes in the coming 60 days, or
78 and everything that is wrong with the file, which is not in force then.")]
pub struct ReloadArgs {}

/// `hold`.
#[derive(Debug, Subcommand)]
pub enum HoldCommand {
    /// Hold policies at an action, above everything in the file
    Set(HoldSetArgs),
    /// Show the holds that stand
    List(HoldListArgs),
    /// End holds before their time
    Clear(HoldClearArgs),
}

/// `hold set`.
#[derive(Debug, Args)]
#[command(after_help = "\
When it ends, the policy goes to what the schedule wants then. A local TIME is
of each policy's own zone; 17:30 is the next one to come.

Examples:
  todswitch hold set --all voicemail --for 2h --reason \"fire drill\"
  todswitch hold set --policy sales hangup --until 17:30 --reason \"no staff\"")]
pub struct HoldSetArgs {
    /// The policies.
    #[command(flatten)]
    pub which: Which,
    /// queue, voicemail, hangup or jump:QUEUE
    #[arg(value_parser = action)]
    pub action: Action,
    /// When it ends.
    #[command(flatten)]
    pub until: HoldUntil,
    /// Why; it is kept with your name
    #[arg(long, value_name = "TEXT")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: String,
}

/// Which policies.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// A policy; may be given more than once
    #[arg(long = "policy", value_name = "NAME")]
    pub policies: Vec<String>,
    /// Every policy
    #[arg(long)]
    pub all: bool,
}

/// When a hold ends.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct HoldUntil {
    /// At a time: 17:30, 2026-12-24T17:30 or 2026-12-24T17:30:00Z
    #[arg(long, value_name = "TIME")]
    pub until: Option<HoldEnd>,
    /// After a time: 30m, 2h
    #[arg(long = "for", value_name = "LENGTH", value_parser = duration)]
    pub time: Option<Duration>,
    /// At the next switch that the schedule has for the policy
    #[arg(long)]
    pub until_next_switch: bool,
    /// Only when it is cleared
    #[arg(long)]
    pub until_cleared: bool,
}

/// `hold list`.
#[derive(Debug, Args)]
pub struct HoldListArgs {
    /// A JSON array instead of a text
    #[arg(long)]
    pub json: bool,
}

/// `hold clear`.
#[derive(Debug, Args)]
pub struct HoldClearArgs {
    /// The policies.
    #[command(flatten)]
    pub which: Which,
}
