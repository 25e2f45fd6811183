//! Parse, start logging, dispatch, exit code; nothing else.

use std::process::ExitCode;

use todswitch::cli;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(asked) => {
            cli::start_log(&asked.globals);
            cli::dispatch(&asked).into()
        }
        Err(exit) => exit.into(),
    }
}
