//! `init`: a first file from the account, which passes the check and changes nothing.

use std::fs;

use crate::stage::POLICIES;
use crate::{FORMATS, run, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_first_file_passes_the_check_and_its_first_pass_changes_nothing() {
    for wire in ["json", "xml"] {
        let stage = stage(FORMATS[0]).await;
        let create = ["policies", "create", "--default", "hangup", "--description"];
        run(
            &stage,
            &[&create[..], &["Support", "--allow-duplicate"]].concat(),
        );
        stage.simulator.set_by_hand(14, "ivr:\"9\"");
        let zurich = [&create[..], &["Kundendienst Zürich"]].concat();
        run(&stage, &zurich);
        fs::remove_file(stage.path().join("schedule.toml")).unwrap();
        let base = stage.simulator.base_url();
        let init = [
            "init",
            "--base-url",
            &base,
            "--username",
            "acme-api",
            "--password-file",
            "api-key",
            "--wire",
            wire,
            "--timezone",
            "Europe/London",
            "--output",
            "schedule.toml",
        ];
        let (code, out, err) = run(&stage, &init);
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
        let file = fs::read_to_string(stage.path().join("schedule.toml")).unwrap();
        assert!(
            file.contains("[policies.sales-and-more]\nuid = 11\n"),
            "{file}"
        );
        assert!(
            file.contains("# [policies.not-ours]\n# uid = 14\n"),
            "{file}"
        );
        let (code, out, err) = run(&stage, &["check"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("5 policies"), "{out}");
        let (code, _, err) = run(&stage, &["check", "--live"]);
        assert_eq!(code, 0, "{err}");

        stage.simulator.clear_log();
        let (code, out, err) = run(&stage, &["run", "--once"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("all 5 policies"), "{out}");
        let writes = stage.simulator.log();
        assert!(writes.iter().all(|entry| entry.verb != "POST"));
        assert!(writes.iter().all(|entry| entry.format == wire));

        let (code, _, err) = run(&stage, &init);
        assert_eq!(code, 1);
        assert!(err.contains("none is ever overwritten"), "{err}");
        let (code, out, err) = run(&stage, &["init"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("timezone = \"Europe/London\"\n"), "{out}");
        assert!(out.contains("username = \"acme-api\"\n"), "{out}");
        let (code, ..) = run(&stage, &["init", "--timezone", "Europe/Londen"]);
        assert_eq!(code, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_keep_their_letters_and_work_everywhere() {
    let stage = stage(FORMATS[0]).await;
    let create = ["policies", "create", "--default", "queue", "--description"];
    for description in ["Kundendienst Zürich", "春節", "Élan: l'été"] {
        let (code, _, err) = run(&stage, &[&create[..], &[description]].concat());
        assert_eq!(code, 0, "{err}");
    }
    let (_, file, _) = run(&stage, &["init"]);
    fs::write(stage.path().join("schedule.toml"), &file).unwrap();
    let (code, _, err) = run(&stage, &["run", "--once", "--timeout", "5s"]);
    assert_eq!(code, 0, "{err}");
    for (key, name) in [
        ("[policies.\"kundendienst-zürich\"]", "kundendienst-zürich"),
        ("[policies.\"春節\"]", "春節"),
        ("[policies.\"élan-lété\"]", "élan-lété"),
    ] {
        assert!(file.contains(key), "{file}{err}");
        for args in [
            &["preview", "--policy", name][..],
            &["explain", "--policy", name],
            &["policies", "set", name, "hangup"],
            &["history", "--policy", name],
        ] {
            let (code, out, err) = run(&stage, args);
            assert_eq!(code, 0, "{args:?}: {err}");
            assert!(!out.is_empty(), "{args:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_takes_all_of_the_account_of_the_old_one_with_it() {
    let stage = stage(FORMATS[0]).await;
    let given = "\
campaign = \"4711\"
address = [\"127.0.0.1\", \"192.0.2.7\"]
concurrency = 8
batch = 50
connect_timeout = \"3s\"
read_timeout = \"1m30s\"
timeout = \"2m\"
";
    stage.file(POLICIES, &format!("format = \"xml\"\n{given}"));
    let (code, file, err) = run(&stage, &["init"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        file.contains(&format!("format = \"xml\"\n{given}\n")),
        "{file}"
    );
    let log = stage.simulator.log();
    assert!(log.iter().all(|entry| entry.format == "xml"));

    let (code, file, err) = run(&stage, &["init", "--wire", "json"]);
    assert_eq!(code, 0, "{err}");
    assert!(!file.contains("format ="), "{file}");
    let elsewhere = ["init", "--base-url", "http://127.0.0.1:1/"];
    let (code, _, err) = run(&stage, &elsewhere);
    assert_eq!(
        code, 1,
        "the account of another address is asked there: {err}"
    );

    stage.file(POLICIES, "");
    let (_, file, _) = run(&stage, &["init"]);
    let api = file.split("[api]").nth(1).unwrap().split("\n\n").next();
    assert_eq!(api.unwrap().lines().skip(1).count(), 3, "{file}");
}
