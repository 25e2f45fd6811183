//! What the program leaves behind: its exit code.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked.
    Done,
    /// It did not.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The schedule file is refused (`EX_CONFIG` of sysexits.h, which systemd knows too).
    BadConfig,
}

impl Exit {
    /// The code, as `--help` lists it.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::BadConfig => 78,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
