//! The help and the command line itself.

use crate::todswitch::{assert_expected, assert_fits_a_page, command, on_schedule, ran, run};

const COMMANDS: [&str; 12] = [
    "run", "status", "hold", "reload", "demo", "check", "preview", "explain", "history",
    "policies", "init", "simulate",
];

#[test]
fn the_help_lists_commands_exit_codes_and_examples() {
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    assert_expected("help.txt", &help.out);
}

#[test]
fn every_help_fits_a_page() {
    assert_fits_a_page(&run(&["--help"]).out);
    for name in COMMANDS {
        let help = run(&[name, "--help"]);
        assert_eq!(help.code, 0, "{name}");
        assert_fits_a_page(&help.out);
    }
    for name in ["list", "create", "set"] {
        assert_fits_a_page(&run(&["policies", name, "--help"]).out);
    }
}

#[test]
fn a_wrong_command_line_is_said_on_stderr_with_exit_code_2() {
    for args in [
        &["prewiev"][..],
        &["preview", "--from", "24.12.2026"],
        &["preview", "--days", "0"],
        &["preview", "--to", "2026-12-01", "--days", "3"],
        &["explain"],
        &["run", "--once", "--timeout", "60"],
        &["check", "--color", "blue"],
        &[],
    ] {
        let ran = on_schedule(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert!(!ran.err.is_empty(), "{args:?}");
    }
}

#[test]
fn global_options_work_before_and_after_the_command() {
    let after = run(&["check", "--config", "schedule.toml", "--color", "always"]);
    let before = run(&["--color", "always", "--config", "schedule.toml", "check"]);
    assert_eq!(after.out, before.out);
    assert!(after.out.contains("\x1b["));
}

#[test]
fn the_file_is_also_named_by_the_environment_and_an_option_goes_first() {
    let mut by_env = command(&["check"]);
    assert_eq!(ran(by_env.env("TODSWITCH_CONFIG", "schedule.toml")).code, 0);
    let mut both = command(&["check", "--config", "schedule.toml"]);
    assert_eq!(ran(both.env("TODSWITCH_CONFIG", "absent.toml")).code, 0);
}
