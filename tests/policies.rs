//! The commands about the account, as run by hand: the real binary against the simulator, in both
//! forms of the API.

#[path = "policies/first_file.rs"]
mod first_file;
#[path = "policies/live.rs"]
mod live;
#[path = "daemon/program.rs"]
#[expect(dead_code, reason = "shared with the tests of the daemon")]
mod program;
#[path = "daemon/stage.rs"]
#[expect(dead_code, reason = "shared with the tests of the daemon")]
mod stage;
#[path = "policies/terminal.rs"]
mod terminal;
#[path = "policies/unclear.rs"]
mod unclear;

use program::{Program, output, todswitch};
use stage::{POLICIES, Stage};
use todswitch::contactnow::simulator::{Fault, Scope};
use todswitch::domain::policy::Uid;
use todswitch::store::Outcome;

const FORMATS: [&str; 2] = ["format = \"json\"", "format = \"xml\""];

/// The code, stdout and stderr of a command.
fn run(stage: &Stage, args: &[&str]) -> (i32, String, String) {
    let done = output(todswitch(stage.path()).args(args).env("USER", "ann"));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = done.status.code().unwrap();
    (code, text(done.stdout), text(done.stderr))
}

async fn stage(format: &str) -> Stage {
    let stage = Stage::set().await;
    stage.file(
        POLICIES,
        &format!("{format}\ntimeout = \"1s\"\nread_timeout = \"1s\""),
    );
    stage
}

fn creates(stage: &Stage) -> usize {
    let log = stage.simulator.log().into_iter();
    log.filter(|entry| entry.action == "create").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_what_each_policy_is_and_should_be() {
    for format in FORMATS {
        let stage = stage(format).await;
        let (code, out, err) = run(&stage, &["policies", "list"]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(
            out,
            "\
uid  description   live       schedule  should be  ok
 11  Sales & more  voicemail  open      queue      no
 12  Support       voicemail  open      queue      no
 13  Lobby         queue      open      queue      yes
 14  Not ours      hangup     -         -          -
1 as they should be, 2 not as they should be, 1 without a schedule
"
        );
        assert!(!err.contains('\r'), "no bar without a terminal: {err:?}");
        let (_, csv, _) = run(&stage, &["policies", "list", "--format", "csv"]);
        assert!(
            csv.starts_with("uid,description,live,policy,schedule,should_be,ok\n11,Sales & more,")
        );
        let (_, json, _) = run(&stage, &["policies", "list", "--format", "json"]);
        let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
        assert_eq!(first["policy"], "sales");
        assert_eq!(first["ok"], "no");
        stage.file(
            "[schedules.x]\nclosed = \"queue\"\n[policies.gone]\nuid = 99\nschedule = \"x\"\n",
            format,
        );
        let (_, out, _) = run(&stage, &["policies", "list"]);
        assert!(out.contains(" 99  (policies.gone)  "), "{out}");
        assert!(out.contains("1 missing in the account"), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_created_once_and_its_uid_printed() {
    for format in FORMATS {
        let stage = stage(format).await;
        let create = |description: &str, more: &[&str]| {
            let args = [
                "policies",
                "create",
                "--default",
                "jump:4501",
                "--description",
            ];
            run(&stage, &[&args[..], &[description], more].concat())
        };
        let (code, uid, err) = create("Nächte <& \"more\">", &[]);
        assert_eq!(code, 0, "{err}");
        let uid: u64 = uid.trim().parse().unwrap();
        assert_eq!(stage.live(uid), "jump:4501");
        let (code, out, err) = create("Nächte <& \"more\">", &[]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains(&format!("uid {uid}")), "{err}");
        assert_eq!(creates(&stage), 1, "a duplicate is not sent");
        let (code, other, err) = create("Nächte <& \"more\">", &["--allow-duplicate"]);
        assert_eq!(code, 0, "{err}");
        assert_ne!(other.trim(), uid.to_string());
        let (code, _, err) = create("", &[]);
        assert_eq!(code, 2, "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_by_hand_is_read_back_and_recorded_and_stands_at_the_next_start() {
    for format in FORMATS {
        let stage = stage(format).await;
        let once = ["run", "--once", "--timeout", "5s"];
        assert_eq!(run(&stage, &once).0, 0);
        let (code, out, _) = run(&stage, &["policies", "set", "sales", "hangup", "--dry-run"]);
        assert_eq!(code, 0);
        assert!(out.contains("would be switched to hangup"), "{out}");
        assert_eq!(stage.live(11), "queue");

        let (code, out, err) = run(&stage, &["policies", "set", "sales", "hangup"]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(out, "sales (uid 11): queue -> hangup, read back\n");
        assert!(err.contains("says queue; what was set stands"), "{err}");
        assert_eq!(stage.live(11), "hangup");
        let row = stage.row("sales");
        assert_eq!((row.outcome, row.tries), (Outcome::Settled, 1));
        assert_eq!(
            (row.rule_kind.as_str(), row.rule_name.as_str()),
            ("manual", "by hand, ann")
        );
        let (_, history, _) = run(&stage, &["history", "--policy", "sales"]);
        assert!(history.contains("by hand, ann"), "{history}");

        let daemon = Program::start(todswitch(stage.path()).arg("run"));
        daemon.line(&["drift", "policy=sales", "live=hangup"]);
        let (code, _, err) = run(&stage, &["policies", "set", "12", "voicemail"]);
        assert_eq!(code, 0, "{err}");
        let row = stage.row("support");
        assert_eq!((row.rule_kind.as_str(), row.uid), ("manual", Some(Uid(12))));
        daemon.line(&["drift", "policy=support", "live=voicemail"]);
        daemon.stop();
        assert_eq!([stage.live(11), stage.live(12)], ["hangup", "voicemail"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_meant_by_name_uid_or_unique_description_or_all_are_listed() {
    let stage = stage(FORMATS[0]).await;
    for (word, uid) in [("lobby", 13), ("12", 12), ("Not ours", 14)] {
        let (code, _, err) = run(&stage, &["policies", "set", word, "jump:4501"]);
        assert_eq!(code, 0, "{word}: {err}");
        assert_eq!(stage.live(uid), "jump:4501", "{word}");
    }
    let create = ["policies", "create", "--default", "queue", "--description"];
    let twin = run(
        &stage,
        &[&create[..], &["Support", "--allow-duplicate"]].concat(),
    );
    let twin = format!("uid {}", twin.1.trim());
    let all = || vec!["uid 11", "uid 12", "uid 13", "uid 14", &twin];
    for (word, candidates) in [
        ("Support", vec!["uid 12", &twin]),
        ("sal", vec!["uid 11"]),
        ("suport", vec!["uid 12", &twin, "`support` here"]),
        ("lobbby", vec!["uid 13", "`lobby` here"]),
        ("nothing", all()),
        ("99", all()),
    ] {
        let (code, _, err) = run(&stage, &["policies", "set", word, "queue"]);
        assert_eq!(code, 2, "{word}: {err}");
        let uids = candidates.iter().filter(|one| one.starts_with("uid"));
        let listed = err.matches("hint: uid ").count();
        assert_eq!(listed, uids.count(), "{word}: {err}");
        for candidate in candidates {
            assert!(err.contains(candidate), "{word}: {candidate}: {err}");
        }
    }
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    stage.fault(rejected, Scope::update(), 1);
    let (code, _, err) = run(&stage, &["policies", "set", "sales", "jump:9"]);
    assert_eq!(code, 1);
    assert!(err.contains("Invalid queue id [0]"), "{err}");
    assert_eq!(stage.row("sales").outcome, Outcome::Failed);
    stage.fault(Fault::NotStored, Scope::update(), 1);
    let (code, _, err) = run(&stage, &["policies", "set", "sales", "queue"]);
    assert_eq!(code, 1);
    let err = err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(err.contains("voicemail was read back"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_works_in_both_forms_and_in_batches() {
    for format in FORMATS {
        for batch in ["", "batch = 100"] {
            let stage = stage(&format!("{format}\n{batch}")).await;
            let daemon = Program::start(todswitch(stage.path()).arg("run"));
            daemon.line(&[
                "INFO  switched",
                "policy=sales",
                "from=voicemail",
                "to=queue",
            ]);
            daemon.line(&["INFO  switched", "policy=support"]);
            daemon.line(&["already as wanted", "policy=lobby"]);
            let (status, said) = daemon.stop();
            assert!(status.success(), "{said}");
            assert_eq!([stage.live(11), stage.live(12)], ["queue", "queue"]);
            let log = stage.simulator.log();
            let writes = log.iter().filter(|entry| entry.action == "update");
            let wanted = if batch.is_empty() { 2 } else { 1 };
            assert_eq!(writes.count(), wanted, "{format} {batch}");
        }
    }
}
