//! `check --live`: the file beside the account.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use todswitch::contactnow::simulator::{
    Account, Fault, Scope, SimPolicy, SimQueue, Simulator, SimulatorSettings, Times,
};

use crate::stage::{KEY, POLICIES, Stage, account};
use crate::{FORMATS, run, stage};

/// The same stage in front of another account, or another clock.
async fn replace(
    stage: &mut Stage,
    account: Account,
    time: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) {
    let settings = SimulatorSettings {
        account,
        ..SimulatorSettings::new(KEY.into(), Arc::new(time))
    };
    stage.simulator = Simulator::start(settings).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_check_counts_rules_and_names_the_queues_of_each_policy() {
    let account = Account {
        policies: vec![
            SimPolicy {
                rules: 2,
                ..SimPolicy::new(11, "Sales & more", "queue")
            },
            SimPolicy {
                rules: 1,
                ..SimPolicy::new(12, "Support", "queue")
            },
            SimPolicy::new(13, "Lobby", "queue"),
        ],
        queues: vec![
            SimQueue::new(4500, "Front <desk>", 13),
            SimQueue::new(4501, "Night", 0),
            SimQueue::new(4502, "Second line", 12),
            SimQueue::new(4503, "Support", 12),
        ],
    };
    for format in FORMATS {
        let mut stage = stage(format).await;
        replace(&mut stage, account.clone(), Utc::now).await;
        stage.file(POLICIES, format);
        let (code, out, err) = run(&stage, &["check", "--live"]);
        assert_eq!((code, err.as_str()), (0, ""));
        let (_, found) = out.split_once("the account: ").unwrap();
        assert_eq!(
            found,
            "\
3 live policies
  sales    uid 11, \"Sales & more\", 2 rules of its own
  support  uid 12, \"Support\", 1 rule of its own; queues: Second line (4502),
           Support (4503)
  lobby    uid 13, \"Lobby\", no rules of its own; queues: Front <desk> (4500)
A policy's default decides only the calls that none of its own ContactNow rules
matches.
the server's clock is this machine's, to a second
the account fits the file
"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_check_says_what_the_account_lacks() {
    for format in FORMATS {
        let stage = stage(format).await;
        let (code, out, err) = run(&stage, &["check", "--live"]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("the account: 4 live policies\n"), "{out}");
        assert!(out.contains("uid 11, \"Sales & more\", no rules"), "{out}");
        assert!(out.contains("the server's clock is"), "{out}");
        assert!(out.ends_with("the account fits the file\n"), "{out}");

        let bad = POLICIES.replace("uid = 12", "uid = 99")
            + "
[policies.twice]
uid = 13
schedule = \"open\"
[[overrides]]
name = \"Night\"
date = 2030-01-01
action = \"jump:4501\"
[[overrides]]
name = \"Nowhere\"
date = 2030-01-02
action = \"jump:4999\"
";
        stage.file(&bad, format);
        let (code, out, err) = run(&stage, &["check", "--live"]);
        assert_eq!(code, 1, "{err}");
        for said in [
            "policies.support (line 13): no live policy has the uid 99",
            "are one live policy, uid 13",
            "jump:4999 leads to no queue",
        ] {
            assert!(err.contains(said), "{said}: {err}");
        }
        assert!(
            out.contains("jumps to queues that are there: Night (4501)"),
            "{out}"
        );
        assert!(out.ends_with("3 errors in the account\n"), "{out}");
        let (code, json, _) = run(&stage, &["check", "--live", "--format", "json"]);
        assert_eq!(code, 1);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["live"]["errors"].as_array().unwrap().len(), 3);

        stage.file(POLICIES, format);
        let refused = Fault::Refused {
            error: "Unknown method".into(),
        };
        let scope = Scope {
            method: Some("queues".into()),
            ..Scope::default()
        };
        stage.simulator.fault(refused, scope, Times::UntilCleared);
        let (code, _, err) = run(&stage, &["check", "--live"]);
        assert_eq!(code, 0, "not every account answers: {err}");
        assert!(err.contains("the queues cannot be read"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_by_more_than_30_seconds_is_warned_of() {
    for (ahead, said) in [
        (-90, "90 s behind this machine's"),
        (-20, "20 s behind this machine's"),
        (20, "20 s ahead of this machine's"),
        (90, "90 s ahead of this machine's"),
    ] {
        let mut stage = stage(FORMATS[0]).await;
        let time = move || Utc::now() + TimeDelta::seconds(ahead);
        replace(&mut stage, account(), time).await;
        stage.file(POLICIES, "");
        let (code, out, err) = run(&stage, &["check", "--live"]);
        assert_eq!(code, 0, "{err}");
        // The header carries whole seconds, and the answer takes some time.
        let near = [ahead - 2, ahead - 1, ahead].map(|found| {
            let spelled = said.replace(&ahead.abs().to_string(), &found.abs().to_string());
            out.contains(&spelled)
        });
        assert!(near.contains(&true), "{said}: {out}");
        let warned = err.contains("this machine's clock and the server's differ by");
        assert_eq!(warned, ahead.abs() > 30, "{ahead}: {err}");
    }
}
