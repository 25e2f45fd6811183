//! Parse, start logging, dispatch, exit code; nothing else.

use std::process::ExitCode;

use todswitch::cli;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(asked) => {
            cli::start_log(&asked);
            cli::dispatch(&asked).into()
        }
        Err(exit) => exit.into(),
    }
}
