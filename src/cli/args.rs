//! The words of the command line, and its help.
//!
//! Must not know what a command does with them.

mod fast_clock;
mod hold;
mod policies;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::when::When;

pub use fast_clock::FastClock;
pub use hold::{
    HoldClearArgs, HoldCommand, HoldListArgs, HoldSetArgs, HoldUntil, ReloadArgs, StatusArgs, Which,
};
pub use policies::{CreateArgs, InitArgs, ListArgs, PoliciesArgs, PoliciesCommand, SetArgs, Wire};

/// Commands are listed by what they are for, which clap cannot do: a test holds the list to the truth.
const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Look at the schedule:
  check      Read the schedule file and say everything that is wrong with it
  preview    Show the coming switches, day by day
  explain    Say why a policy is what it is at some time

The account:
  policies   List the live policies, create one, or switch one by hand
  init       Write a first schedule file from the account's policies

Switch:
  run        Switch the policies on time, until it is told to stop
  status     Show how everything stands
  hold       Hold policies at an action for a while, whatever the file says
  reload     Have the daemon read its file again
  history    Show what was switched, why, and how late
  demo       Watch a fortnight over Christmas in half a minute, on a simulator

Try out:
  alert      Try out whether alerts arrive
  simulate   Stand in for the ContactNow API on this machine

Options (before or after the command):
{options}{after-help}";

const AFTER: &str = "\
Exit codes:
   0  done
   1  failed: a policy is not as wanted, or a place cannot be read or written
   2  the command line is wrong
  78  the schedule file is refused

Examples:
  todswitch check --config schedule.toml
  todswitch preview --from 2026-12-21 --days 14
  todswitch explain --policy sales --at 2026-12-24T13:00
  todswitch run --dry-run

`todswitch help COMMAND` tells more of each.";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Switches the default action of ContactNow time of day policies by a schedule.
#[derive(Debug, Parser)]
#[command(name = "todswitch", version, styles = STYLES, max_term_width = 80)]
#[command(help_template = TEMPLATE, after_help = AFTER, subcommand_required = true)]
#[command(arg_required_else_help = true)]
pub struct Asked {
    /// The options that all commands share.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The options that all commands share, before or after the command's name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Globals {
    /// The schedule file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TODSWITCH_CONFIG",
        hide_env = true
    )]
    #[arg(default_value = "/etc/todswitch/schedule.toml")]
    #[arg(help = "The schedule file, else $TODSWITCH_CONFIG")]
    pub config: PathBuf,
    /// Where the history and what was settled are kept
    #[arg(long, global = true, value_name = "DIR")]
    #[arg(
        help = "Where it remembers what was switched [default: $STATE_DIRECTORY, \
                  where the service of this file does, or todswitch in $XDG_STATE_HOME or \
                  ~/.local/state]"
    )]
    pub state_dir: Option<PathBuf>,
    /// How much the log tells
    #[arg(long, global = true, value_name = "LEVEL")]
    #[arg(
        hide_possible_values = true,
        help = "How much the log tells: error, warn, info, debug or trace [default: info]"
    )]
    pub log_level: Option<LogLevel>,
    /// How the log is written
    #[arg(long, global = true, value_name = "text|json", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub log_format: LogForm,
    /// When to colour; $NO_COLOR is honoured
    #[arg(
        long,
        global = true,
        value_name = "auto|always|never",
        default_value = "auto"
    )]
    #[arg(hide_possible_values = true)]
    pub color: Colour,
}

/// How much the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may.
    Warn,
    /// And what was done.
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Switch the policies on time, until it is told to stop
    Run(RunArgs),
    /// Watch a fortnight over Christmas in half a minute, on a simulator
    Demo(DemoArgs),
    /// Read the schedule file and say everything that is wrong with it
    Check(CheckArgs),
    /// Show the coming switches, day by day
    Preview(PreviewArgs),
    /// Say why a policy is what it is at some time
    Explain(ExplainArgs),
    /// Show what was switched, why, and how late
    History(HistoryArgs),
    /// Show how everything stands
    Status(StatusArgs),
    /// Hold policies at an action for a while, whatever the file says
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Have the daemon read its file again
    Reload(ReloadArgs),
    /// List the live policies, create one, or switch one by hand
    Policies(PoliciesArgs),
    /// Write a first schedule file from the account's policies
    Init(InitArgs),
    /// Try out whether alerts arrive
    Alert(AlertCommand),
    /// Stand in for the ContactNow API on this machine
    Simulate(SimulateArgs),
}

/// `run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  todswitch run                        as the service does
  todswitch run --dry-run              log what would be switched; write nothing
  todswitch run --simulate             against a simulator inside the program
  todswitch run --once --timeout 30s   one pass; 0 only if all is as wanted")]
pub struct RunArgs {
    /// Log and record what would be switched, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Talk to a simulator inside the program instead of the API of the file
    #[arg(long)]
    pub simulate: bool,
    /// Make one pass and end; exit code 0 only if every policy is live as wanted
    #[arg(long)]
    pub once: bool,
    /// Take the clock for right although something was recorded at a later time
    #[arg(long)]
    pub accept_clock: bool,
    /// How long the one pass is tried again
    #[arg(long, value_name = "TIME", default_value = "60s", requires = "once")]
    #[arg(value_parser = duration)]
    pub timeout: Duration,
    /// For tests: a clock that runs fast, and on from one run to the next
    #[arg(long, hide = true, value_name = "START@RATE@ANCHOR")]
    pub clock: Option<FastClock>,
}

/// `alert`.
#[derive(Debug, Args)]
pub struct AlertCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: AlertAction,
}

/// What can be done about alerts.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum AlertAction {
    /// Send one to the webhook of the file, and say whether it was taken
    Test,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How long the fortnight takes
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub seconds: u32,
}

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Problems go to stderr as file:line:column, with the line and what to do about
it; a summary goes to stdout. Warnings never refuse a file: the exit code is 78
only where there are errors.

With --live the account is asked too: every policy must be there and unique,
and every `jump:` target a queue. Nothing is changed. The exit code is 1 where
something is wrong in the account.")]
pub struct CheckArgs {
    /// Compare the file with the account as well
    #[arg(long)]
    pub live: bool,
    /// For people, or one JSON object with the summary and all problems
    #[arg(long, value_name = "text|json", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub format: TextOrJson,
}

/// `preview`.
#[derive(Debug, Args)]
#[command(after_help = "\
A TIME is 2026-12-24 (midnight), 2026-12-24T09:00 (both local to `timezone` of
the file), 2026-12-24T09:00:00Z or now. A switch stands under the date of its
own policy's zone. One at the very beginning is in what holds at the start; one
at the very end is not shown.

Examples:
  todswitch preview
  todswitch preview --from 2026-12-21 --to 2027-01-04 --policy sales
  todswitch preview --days 365 --format csv > year.csv")]
pub struct PreviewArgs {
    /// The span shown.
    #[command(flatten)]
    pub span: SpanArgs,
    /// Only this policy; may be given more than once
    #[arg(long = "policy", value_name = "NAME")]
    pub policies: Vec<String>,
    /// For people, for programs, or for a spreadsheet
    #[arg(long, value_name = "text|json|csv", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub format: Form,
}

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
A TIME is 2026-12-24 (midnight), 2026-12-24T09:00 (both local to the policy's
own zone), 2026-12-24T09:00:00Z or now.

Example:
  todswitch explain --policy sales --at 2026-12-24T13:00")]
pub struct ExplainArgs {
    /// The policy
    #[arg(long, value_name = "NAME")]
    pub policy: String,
    /// The time
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub at: When,
    /// For people, or one JSON object
    #[arg(long, value_name = "text|json", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub format: TextOrJson,
}

/// `history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a span the latest 100 switches are shown. `--days 7` alone is the last
seven days. It works whether or not the daemon runs. Times are local to
`timezone` of the file where it can be read, else UTC.

Examples:
  todswitch history --policy sales --days 7
  todswitch history --from 2026-12-21 --format json | jq .late_ms")]
pub struct HistoryArgs {
    /// The span shown.
    #[command(flatten)]
    pub span: SpanArgs,
    /// Only this policy
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// The latest so many at most
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// For people, for programs (an object a line), or for a spreadsheet
    #[arg(long, value_name = "text|json|csv", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub format: Form,
}

/// `simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
It prints its address when it can be asked, and keeps an account of its own in
memory until SIGTERM or Ctrl-C.")]
pub struct SimulateArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8106")]
    pub listen: SocketAddr,
}

/// A span of time.
#[derive(Debug, Clone, Args)]
pub struct SpanArgs {
    /// Its beginning
    #[arg(long, value_name = "TIME")]
    pub from: Option<When>,
    /// Its end
    #[arg(long, value_name = "TIME", conflicts_with = "days")]
    pub to: Option<When>,
    /// Its length in days
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=36_600))]
    pub days: Option<u32>,
}

/// Two forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Three forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a spreadsheet.
    Csv,
}

/// A time with its unit, as the file has them: `500ms`, `30s`, `5m`, `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = UNITS
        .iter()
        .find(|(unit, _)| *unit == &text[digits.len()..]);
    match (digits.parse::<u64>(), unit) {
        (Ok(number), Some((_, ms))) if number > 0 => number
            .checked_mul(*ms)
            .map(Duration::from_millis)
            .ok_or_else(|| "too long".to_owned()),
        _ => Err("not a time with its unit; write 30s, 5m or 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Asked::command().debug_assert();
    }

    #[test]
    fn the_help_lists_every_command_in_its_own_words() {
        for command in Asked::command().get_subcommands() {
            let about = command.get_about().unwrap().to_string();
            let line = format!("\n  {:<10} {about}\n", command.get_name());
            assert!(TEMPLATE.contains(&line), "{line}");
        }
    }

    #[test]
    fn times_carry_their_unit() {
        assert_eq!(duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["60", "0s", "-1s", "1d", "s", ""] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
