//! The README shows what the program says.

use super::todswitch::{command, ran};

#[test]
fn the_readmes_previews_and_explanations_are_those_of_the_program() {
    let readme = include_str!("../../README.md");
    // What `check` says depends on the day; the files of these two do not.
    let shown = [
        ("$ todswitch preview ", "\n\n$ "),
        ("$ todswitch explain ", "\n```"),
    ];
    for (prompt, end) in shown {
        let at = readme.find(prompt).unwrap();
        let (line, rest) = readme[at..].split_once('\n').unwrap();
        let text = &rest[..rest.find(end).unwrap()];
        let args: Vec<&str> = line.split(' ').skip(2).collect();
        let ran = ran(command(&args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TZDIR", "tests/cli")
            .env("TODSWITCH_CONFIG", "schedule.example.toml"));
        assert_eq!(ran.out.trim_end(), text.trim_end(), "{line}");
    }
}

#[test]
fn the_smallest_file_of_the_readme_is_a_good_one() {
    let readme = include_str!("../../README.md");
    let file = readme.split("```toml\n").nth(1).unwrap();
    let file = file.split("```").next().unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("schedule.toml");
    std::fs::write(&path, file).unwrap();
    let ran = ran(command(&["check"]).env("TODSWITCH_CONFIG", &path));
    assert_eq!(ran.code, 0, "{}", ran.err);
}
