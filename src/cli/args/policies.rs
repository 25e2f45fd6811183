//! The words of `policies` and `init`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Form;
use crate::domain::action::Action;

/// `policies`.
#[derive(Debug, Args)]
pub struct PoliciesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: PoliciesCommand,
}

/// What to do with the policies of the account.
#[derive(Debug, Subcommand)]
pub enum PoliciesCommand {
    /// Show every live policy, and whether it is as it should be
    List(ListArgs),
    /// Create a policy, and print its uid
    Create(CreateArgs),
    /// Switch one policy by hand, now
    Set(SetArgs),
}

/// `policies list`.
#[derive(Debug, Args)]
#[command(after_help = "\
What a policy should be comes from the file, and from the holds that were set
by hand where the store can be read. Policies that no schedule drives are shown
too. A policy of the file that is not in the account has no live default.")]
pub struct ListArgs {
    /// For people, for programs (an object a line), or for a spreadsheet
    #[arg(long, value_name = "text|json|csv", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub format: Form,
}

/// `policies create`.
#[derive(Debug, Args)]
#[command(
    override_usage = "todswitch policies create [OPTIONS] --description TEXT --default ACTION"
)]
#[command(after_help = "\
The API has no way to delete a policy, and does not look for duplicates. So all
policies are read first, and a description that is there is refused. After an
answer that is not clear nothing is sent again: the account is read, and what
was found is said.

Example:
  todswitch policies create --description \"Sales night\" --default voicemail")]
pub struct CreateArgs {
    /// Its name in the account
    #[arg(long, value_name = "TEXT", value_parser = description)]
    pub description: String,
    /// Its default: queue, voicemail, hangup or jump:ID
    #[arg(long, value_name = "ACTION", value_parser = action)]
    pub default: Action,
    /// Create it although another policy has the description
    #[arg(long)]
    pub allow_duplicate: bool,
}

/// `policies set`.
#[derive(Debug, Args)]
#[command(after_help = "\
POLICY is a name from the file, a uid, or a description that is unique in the
account. What was set stands until the next switch of its schedule, unless the
file says on_drift = \"restore\".

Examples:
  todswitch policies set sales voicemail
  todswitch policies set 2164 jump:4501 --dry-run")]
pub struct SetArgs {
    /// The policy
    #[arg(value_name = "POLICY")]
    pub policy: String,
    /// What to set: queue, voicemail, hangup or jump:ID
    #[arg(value_name = "ACTION", value_parser = action)]
    pub action: Action,
    /// Say what would be set, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every policy of the account is listed with its uid and a schedule that keeps it
as it is, so the first run of the new file changes nothing. The secret stays in
its own file. Without --username and --token-file the account is that of the
[api] in --config FILE. No file is ever overwritten.

Example:
  todswitch init --username acme-api --password-file api-key \\
    --timezone Europe/London --output schedule.toml")]
pub struct InitArgs {
    /// Where the API is [default: that of --config FILE, else
    /// https://api-106.dxi.eu]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The user of the API
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub username: Option<String>,
    /// The file with the user's key, readable by its owner only
    #[arg(long, value_name = "FILE", requires = "username")]
    pub password_file: Option<PathBuf>,
    /// The file with a fixed token, instead of a user
    #[arg(long, value_name = "FILE", conflicts_with = "username")]
    pub token_file: Option<PathBuf>,
    /// The form of the API's requests and answers [default: that of
    /// --config FILE, else json]
    #[arg(long, value_name = "json|xml")]
    #[arg(hide_possible_values = true)]
    pub wire: Option<Wire>,
    /// The zone that the hours will be local to, such as Europe/London
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Where to write the file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The form of the API's requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wire {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

/// Reads an action.
pub(super) fn action(text: &str) -> Result<Action, String> {
    text.parse().map_err(|error| {
        format!("{error}; write queue, voicemail, hangup, or jump: and the id of a queue")
    })
}

fn description(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("not a name: one line of text is expected".to_owned());
    }
    Ok(text.to_owned())
}
