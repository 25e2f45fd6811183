//! After an unclear failure the account is read, and what is known of it is said.

use todswitch::contactnow::simulator::{Fault, Scope, Times};
use todswitch::store::Outcome;

use crate::program::{output, todswitch};
use crate::stage::Stage;
use crate::{FORMATS, creates, run, stage};

fn down() -> Fault {
    Fault::Status {
        status: 502,
        retry_after: None,
        location: None,
    }
}

/// What it said, in one line.
fn line(err: &str) -> String {
    err.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_unclear_answer_nothing_is_created_twice_and_what_is_there_is_said() {
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    for format in FORMATS {
        for (name, fault, code, said) in [
            ("dropped before", Fault::DropBefore, 1, "no such policy"),
            ("dropped after", Fault::DropAfter, 0, "has the policy now"),
            ("cut off", Fault::Cut, 0, "has the policy now"),
            ("broken off", Fault::Broken, 0, "has the policy now"),
            (
                "too slow",
                Fault::Stall { ms: 1500 },
                0,
                "has the policy now",
            ),
            ("empty", Fault::Empty, 1, "no such policy"),
            ("a bad gateway", down(), 1, "no such policy"),
            ("rejected", rejected.clone(), 1, "was not created"),
        ] {
            let stage = stage(format).await;
            stage.fault(fault, Scope::action("create"), 1);
            let (found, out, err) = run(
                &stage,
                &[
                    "policies",
                    "create",
                    "--description",
                    "New",
                    "--default",
                    "queue",
                ],
            );
            assert_eq!(found, code, "{name}: {err}");
            let err = line(&err);
            assert!(err.contains(said), "{name}: {err}");
            assert_eq!(creates(&stage), 1, "{name}: sent once");
            let made = stage.simulator.policies();
            let made = made.iter().find(|policy| policy.description == "New");
            let uid = made.map_or(String::new(), |policy| format!("{}\n", policy.uid));
            assert_eq!(out, uid, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_nobody_can_look_for_is_said_to_be_unknown() {
    for format in FORMATS {
        let stage = stage(format).await;
        stage.fault(Fault::Stall { ms: 1500 }, Scope::action("create"), 1);
        let mut command = todswitch(stage.path());
        command.args(["policies", "create", "--description", "New"]);
        command.args(["--default", "queue"]);
        let running = tokio::task::spawn_blocking(move || output(&mut command));
        stage
            .until("it was sent", |stage| creates(stage) == 1)
            .await;
        (stage.simulator).fault(down(), Scope::read(), Times::UntilCleared);
        let done = running.await.unwrap();
        assert_eq!(done.status.code(), Some(1));
        assert!(done.stdout.is_empty());
        let err = line(&String::from_utf8(done.stderr).unwrap());
        assert!(
            err.contains("nobody knows whether the policy was created"),
            "{err}"
        );
        assert_eq!(creates(&stage), 1);
        assert!(reads(&stage) > 2, "it looks more than once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_by_hand_that_is_not_read_back_is_said_to_be_unknown() {
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    for (name, fault, unread, code, said) in [
        ("one bad read", None, 1, 0, ""),
        ("no good read", None, 9, 1, "accepted, but not read back"),
        ("lost, and there", Some(Fault::DropAfter), 0, 0, ""),
        (
            "lost, and no good read",
            Some(Fault::DropAfter),
            9,
            1,
            "nobody knows whether sales",
        ),
        (
            "lost before",
            Some(Fault::DropBefore),
            0,
            1,
            "was not switched",
        ),
        (
            "rejected, and no good read",
            Some(rejected),
            9,
            1,
            "was not switched",
        ),
    ] {
        for format in FORMATS {
            let stage = stage(format).await;
            if let Some(fault) = &fault {
                stage.fault(fault.clone(), Scope::update(), 1);
            }
            if unread > 0 {
                stage.fault(down(), Scope::read().uid(11), unread);
            }
            let (found, _, err) = run(&stage, &["policies", "set", "sales", "hangup"]);
            let err = line(&err);
            assert_eq!(found, code, "{name}: {err}");
            assert!(err.contains(said), "{name}: {err}");
            let wanted = if code == 0 {
                Outcome::Settled
            } else {
                Outcome::Failed
            };
            assert_eq!(stage.row("sales").outcome, wanted, "{name}");
            assert_eq!(stage.updates(11).len(), 1, "{name}: sent once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_does_not_come_back_as_it_was_is_warned_of() {
    let stage = stage(FORMATS[0]).await;
    let body = r#"{"success":true,"total":1,"list":[{"uid":"11","description":"Sales Ã¼","default":"hangup"}]}"#;
    let mangled = Fault::Raw { body: body.into() };
    stage.fault(mangled, Scope::read().uid(11), 1);
    let (code, out, err) = run(&stage, &["policies", "set", "sales", "hangup"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("read back"), "{out}");
    let said = "was \"Sales & more\" and was read back as \"Sales Ã¼\"";
    assert!(line(&err).contains(said), "{err}");
}

fn reads(stage: &Stage) -> usize {
    let log = stage.simulator.log().into_iter();
    log.filter(|entry| entry.action == "read").count()
}
