//! `policies`: the live policies of the account, listed, created, or switched by hand.
//!
//! Owns how a policy is named on the command line. Must not know how an answer is spelled.

mod create;
mod list;
mod set;
mod target;

use super::args::{PoliciesArgs, PoliciesCommand};
use super::{Context, Exit, Failure, connect, load};
use crate::config::{Config, ZoneTable};
use crate::contactnow::{Client, ErrorKind};

/// Does what was asked with the account of the file.
///
/// # Errors
/// The file is refused, the account cannot be asked, or what was asked did not come true.
pub(super) fn policies(context: &Context, args: &PoliciesArgs) -> Result<Exit, Failure> {
    let config = load::load(context, &ZoneTable::open())?;
    let desk = Desk {
        context,
        client: connect::client(&config)?,
        place: connect::place(&config),
        config,
    };
    connect::ask(async {
        match &args.command {
            PoliciesCommand::List(args) => list::list(&desk, args).await,
            PoliciesCommand::Create(args) => create::create(&desk, args).await,
            PoliciesCommand::Set(args) => set::set(&desk, args).await,
        }
    })
}

/// What every one of these commands works with.
struct Desk<'c> {
    context: &'c Context,
    config: Config,
    client: Client,
    /// Where the account's settings stand.
    place: String,
}

/// Whether a failure says for certain that nothing was done.
fn is_clear(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Rejected
            | ErrorKind::Refused
            | ErrorKind::Authentication
            | ErrorKind::Token
            | ErrorKind::Setup
    )
}
