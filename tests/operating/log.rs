//! The log as the journal and the terminal get it.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

use super::program::{output, todswitch};
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_gets_priorities_and_no_second_time_whatever_colour_was_asked_for() {
    let stage = Stage::set().await;
    let path = stage.path().join("journal");
    let journal = File::create(&path).unwrap();
    let metadata = journal.metadata().unwrap();
    let stream = format!("{}:{}", metadata.dev(), metadata.ino());
    let mut command = todswitch(stage.path());
    command.args(["run", "--once", "--color", "always"]);
    command.env("JOURNAL_STREAM", stream).stderr(journal);
    assert!(command.status().unwrap().success());
    let lines = fs::read_to_string(path).unwrap();
    assert!(
        lines.contains("<6>switched policy=sales from=voicemail to=queue"),
        "{lines}"
    );
    for line in lines.lines() {
        assert!(line.starts_with('<') && !line.contains('\u{1b}'), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_another_stream_is_none() {
    let stage = Stage::set().await;
    let mut command = todswitch(stage.path());
    command.args(["run", "--once"]).env("JOURNAL_STREAM", "1:1");
    let said = String::from_utf8(output(&mut command).stderr).unwrap();
    assert!(said.contains("Z INFO  switched policy=sales"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_coloured_where_that_is_asked_for() {
    let stage = Stage::set().await;
    for (args, environment, is_coloured) in [
        (&["--color", "always"][..], ("A", "1"), true),
        (&["--color", "always"], ("NO_COLOR", "1"), true),
        (&["--color", "never"], ("CLICOLOR_FORCE", "1"), false),
        (&[], ("A", "1"), false),
    ] {
        let mut command = todswitch(stage.path());
        command.args(["run", "--once"]).args(args);
        command.env(environment.0, environment.1);
        let said = String::from_utf8(output(&mut command).stderr).unwrap();
        let logged = said.lines().filter(|line| line.contains("policy="));
        let logged: Vec<_> = logged.collect();
        assert!(!logged.is_empty() || stage.live(11) == "queue", "{said}");
        for line in logged {
            assert_eq!(line.contains('\u{1b}'), is_coloured, "{args:?} {line:?}");
        }
        stage.simulator.set_by_hand(11, "voicemail");
        fs::remove_dir_all(stage.path().join("state")).unwrap();
    }
}
