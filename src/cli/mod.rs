//! The commands: words in, words out.
//!
//! The only place that prints, and that reads the environment. Answers go to stdout, talk to
//! stderr. Must not decide anything that is not about the command line.

mod alert;
pub mod args;
mod check;
mod connect;
mod context;
mod daemon;
mod demo;
mod exit;
mod explain;
mod failure;
mod held;
mod history;
mod hold;
mod init;
mod live;
mod load;
pub mod places;
mod policies;
mod preview;
mod progress;
mod reload;
mod run;
mod simulate;
mod stage;
mod status;
mod when;
mod who;

use clap::Parser;
use clap::error::ErrorKind;

use args::{LogForm, LogLevel};
use tracing_subscriber::filter::LevelFilter;

use crate::render::Style;
use crate::service::logging::{self, Colour, Destination, LogFormat};

pub use args::{Asked, Command};
pub use context::Context;
pub use exit::Exit;
pub use failure::Failure;

/// Reads the command line.
///
/// # Errors
/// What is left to do where there is no command to run: the help was asked for and printed, or the
/// command line is wrong and it was said how.
pub fn parse() -> Result<Asked, Exit> {
    Asked::try_parse().map_err(|error| {
        // Nobody is there to be told that the message cannot be told.
        let _ = error.print();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
            _ => Exit::Usage,
        }
    })
}

/// Starts the log as it was asked for.
pub fn start_log(asked: &Asked) {
    let globals = &asked.globals;
    let format = match globals.log_format {
        LogForm::Text => LogFormat::Text,
        LogForm::Json => LogFormat::Json,
    };
    let level = match (globals.log_level, &asked.command) {
        // The demo tells everything itself, line by line.
        (None, Command::Demo(_)) => LevelFilter::OFF,
        (Some(LogLevel::Error), _) => LevelFilter::ERROR,
        (Some(LogLevel::Warn), _) => LevelFilter::WARN,
        (Some(LogLevel::Info) | None, _) => LevelFilter::INFO,
        (Some(LogLevel::Debug), _) => LevelFilter::DEBUG,
        (Some(LogLevel::Trace), _) => LevelFilter::TRACE,
    };
    let colour = match context::talk(globals.color) == Style::COLOUR {
        true => Colour::On,
        false => Colour::Off,
    };
    logging::start(format, level, Destination::detect(), colour)
        .expect("the log of a process is started once, here");
}

/// Runs the command, and tells people where it fails.
pub fn dispatch(asked: &Asked) -> Exit {
    let context = Context::new(&asked.globals);
    let done = match &asked.command {
        Command::Check(args) => check::check(&context, args),
        Command::Preview(args) => preview::preview(&context, args),
        Command::Explain(args) => explain::explain(&context, args),
        Command::History(args) => history::history(&context, args),
        Command::Run(args) => run::run(&context, args),
        Command::Demo(args) => demo::demo(&context, args),
        Command::Status(args) => status::status(&context, args),
        Command::Hold(command) => hold::hold(&context, command),
        Command::Reload(_) => reload::reload(&context),
        Command::Policies(args) => policies::policies(&context, args),
        Command::Init(args) => init::init(&context, args),
        Command::Alert(args) => alert::alert(&context, args),
        Command::Simulate(args) => simulate::simulate(&context, args),
    };
    done.unwrap_or_else(|failure| failure.tell(context.err))
}
