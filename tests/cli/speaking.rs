//! How it speaks: colour only where it is wanted, and quietly to whoever has left.

use std::io::Read;
use std::process::Stdio;

use crate::todswitch::{command, on_schedule, ran};

#[test]
fn a_pipe_and_no_color_get_no_escape_codes() {
    for args in [
        &["check"][..],
        &["preview", "--from", "2026-12-21", "--days", "5"],
        &["explain", "--policy", "sales", "--at", "2026-12-21"],
        &["explain", "--policy", "nobody"],
    ] {
        let plain = on_schedule(args);
        assert!(
            !plain.out.contains('\x1b') && !plain.err.contains('\x1b'),
            "{args:?}"
        );
        let mut asked = command(&[&["--config", "schedule.toml"], args].concat());
        let asked = ran(asked.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1"));
        assert!(
            !asked.out.contains('\x1b') && !asked.err.contains('\x1b'),
            "{args:?}"
        );
        let never = on_schedule(&[args, &["--color", "never"]].concat());
        assert_eq!((never.out, never.code), (plain.out, plain.code), "{args:?}");
    }
}

#[test]
fn colour_is_there_where_it_is_asked_for() {
    let ran = on_schedule(&["preview", "--days", "5", "--color", "always"]);
    assert!(ran.out.contains("\x1b[1m"));
    let failed = on_schedule(&["explain", "--policy", "nobody", "--color", "always"]);
    assert!(
        failed.err.starts_with("\x1b[31merror:\x1b[0m"),
        "{}",
        failed.err
    );
}

#[test]
fn a_reader_that_has_left_is_no_failure() {
    let args = ["--config", "schedule.toml", "preview", "--days", "3650"];
    for format in ["text", "json", "csv"] {
        let mut child = command(&[&args[..], &["--format", format]].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before a word of it was read.
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{format}: {err}");
        assert_eq!(err, "", "{format}");
    }
}
