//! What the client can do, in both formats, where nothing goes wrong.

use std::collections::HashSet;
use std::sync::Arc;

use todswitch::contactnow::simulator::{
    Account, Fault, Scope, Simulator, SimulatorSettings, Times,
};
use todswitch::contactnow::{Client, ClientSettings, Credentials, ErrorKind, PolicyApi, Update};
use todswitch::domain::action::Action;
use todswitch::domain::policy::{LiveDefault, Uid};

use crate::harness::{BOTH, KEY, Time, asked, client, settings, update};

#[tokio::test]
async fn every_policy_is_read_as_it_is_stored() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        let live = client.read(None, time.now()).await.unwrap();
        let stored = simulator.policies();
        assert_eq!(live.len(), stored.len());
        for (live, stored) in live.iter().zip(&stored) {
            assert_eq!(
                (live.uid.0, &live.description),
                (stored.uid, &stored.description)
            );
            assert_eq!(live.default, LiveDefault::parse(&stored.default));
        }
        let one = client.read(Some(Uid(2168)), time.now()).await.unwrap();
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].description, "Kundendienst Zürich");
        assert_eq!(client.read(Some(Uid(9)), time.now()).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_update_is_stored_and_its_description_comes_back_unchanged() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        for live in client.read(None, time.now()).await.unwrap() {
            let update = Update {
                uid: live.uid,
                description: live.description.clone(),
                action: "jump:4500".parse().unwrap(),
            };
            client.update(&[update], time.now()).await.unwrap();
            let after = client.read(Some(live.uid), time.now()).await.unwrap();
            assert_eq!(after[0].description, live.description);
            assert_eq!(after[0].default.to_string(), "jump:4500");
        }
        let log = simulator.log();
        let posts: Vec<_> = log.iter().filter(|entry| entry.verb == "POST").collect();
        assert_eq!(posts.len(), 8);
        for post in posts {
            assert_eq!((post.outcome.as_str(), post.records), ("stored", 1));
            assert_eq!(post.format, format.as_str());
        }
    }
}

#[tokio::test]
async fn the_token_is_kept_until_it_expires() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        assert_eq!(client.token_expires(), None);
        for _ in 0..3 {
            client.read(None, time.now()).await.unwrap();
            time.pass(3600);
        }
        let token_requests = || {
            asked(&simulator)
                .iter()
                .filter(|line| *line == "token get")
                .count()
        };
        assert_eq!(token_requests(), 1);
        let expires = client.token_expires().unwrap();
        assert_eq!((expires - time.now()).num_hours(), 9);
        time.pass(9 * 3600);
        client.read(None, time.now()).await.unwrap();
        assert_eq!(token_requests(), 2);
        assert_eq!(
            (client.token_expires().unwrap() - time.now()).num_hours(),
            12
        );
    }
}

#[tokio::test]
async fn two_clients_have_one_token_and_neither_disturbs_the_other() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let (daemon, command) = (client(&simulator, format), client(&simulator, format));
        for _ in 0..2 {
            for one in [&daemon, &command, &daemon] {
                one.read(None, time.now()).await.unwrap();
            }
            let first = ["token get", "tod_policy read"];
            let wanted = [&first[..], &first, &["tod_policy read"]].concat();
            assert_eq!(asked(&simulator), wanted);
            assert_eq!(daemon.token_expires(), command.token_expires());
            simulator.clear_log();
            // Both have to ask again, once each.
            time.pass(12 * 3600);
        }
    }
}

#[tokio::test]
async fn warm_up_makes_token_and_connection_ready() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        client.warm_up(time.now()).await.unwrap();
        simulator.clear_log();
        client
            .update(&[update(2164, "hangup")], time.now())
            .await
            .unwrap();
        assert_eq!(asked(&simulator), ["tod_policy update"]);
        assert_eq!(simulator.load().connections, 0);

        simulator.expire_tokens();
        client.warm_up(time.now()).await.unwrap();
        simulator.clear_log();
        client
            .update(&[update(2164, "queue")], time.now())
            .await
            .unwrap();
        assert_eq!(asked(&simulator), ["tod_policy update"]);
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_out_at_once() {
    for format in BOTH {
        let time = Time::new();
        let account = Account::of(60);
        let settings = SimulatorSettings {
            account,
            ..time.settings()
        };
        let simulator = Simulator::start(settings).await.unwrap();
        let client = client(&simulator, format);
        simulator.fault(Fault::Latency { ms: 30 }, Scope::any(), Times::UntilCleared);
        let updates: Vec<Update> = (10_001..=10_060).map(|uid| update(uid, "queue")).collect();
        let all = updates.chunks(1).map(|one| client.update(one, time.now()));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        assert_eq!(simulator.load().peak, 4);
        assert_eq!(simulator.load().connections, 4);
        let token_requests = asked(&simulator)
            .iter()
            .filter(|line| *line == "token get")
            .count();
        assert_eq!(token_requests, 1);
    }
}

#[tokio::test]
async fn two_writes_for_one_policy_never_overlap() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        simulator.fault(Fault::Latency { ms: 20 }, Scope::any(), Times::UntilCleared);
        let updates = ["queue", "hangup", "voicemail"].map(|action| update(2164, action));
        let other = update(2165, "queue");
        let all = updates
            .iter()
            .chain([&other])
            .map(|one| client.update(std::slice::from_ref(one), time.now()));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        let load = simulator.load();
        assert_eq!(load.overlapping_writes, 0);
        assert_eq!(load.peak, 2);
    }
}

#[tokio::test]
async fn batches_go_out_as_configured() {
    for format in BOTH {
        let time = Time::new();
        let account = Account::of(250);
        let simulator_settings = SimulatorSettings {
            account,
            ..time.settings()
        };
        let simulator = Simulator::start(simulator_settings).await.unwrap();
        let batch = ClientSettings {
            batch: 100,
            ..settings(&simulator, format)
        };
        let client = Client::new(batch).unwrap();
        let updates: Vec<Update> = (10_001..=10_250).map(|uid| update(uid, "hangup")).collect();
        client.update(&updates, time.now()).await.unwrap();
        let log = simulator.log();
        let records: Vec<usize> = log.iter().skip(1).map(|entry| entry.records).collect();
        assert_eq!(records, [100, 100, 50]);
        assert!(
            simulator
                .policies()
                .iter()
                .all(|policy| policy.default == "hangup")
        );
    }
}

#[tokio::test]
async fn a_large_account_is_read_in_one_answer() {
    for format in BOTH {
        let time = Time::new();
        let account = Account::of(5000);
        let settings = SimulatorSettings {
            account,
            ..time.settings()
        };
        let simulator = Simulator::start(settings).await.unwrap();
        let live = client(&simulator, format)
            .read(None, time.now())
            .await
            .unwrap();
        assert_eq!(live.len(), 5000);
    }
}

#[tokio::test]
async fn create_rules_and_queues() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        let first = client
            .create("Été & <hiver>", Action::Hangup, time.now())
            .await
            .unwrap();
        let second = client
            .create("Été & <hiver>", Action::Hangup, time.now())
            .await
            .unwrap();
        assert_ne!(first, second);
        let stored = simulator.policies();
        assert_eq!(stored.len(), 10);
        assert_eq!(stored[8].description, "Été & <hiver>");

        assert_eq!(client.tod_rules(Uid(2165), time.now()).await.unwrap(), 2);
        assert_eq!(client.tod_rules(Uid(2164), time.now()).await.unwrap(), 0);
        let queues = client.queues(time.now()).await.unwrap();
        assert_eq!(queues.len(), 6);
        assert_eq!(
            (queues[0].policy, queues[1].policy),
            (Some(Uid(2164)), None)
        );
        assert_eq!(queues[5].description, "Zürich");
    }
}

#[tokio::test]
async fn a_path_prefix_and_a_contact_centre_go_with_every_request() {
    for format in BOTH {
        let time = Time::new();
        let simulator = Simulator::start(SimulatorSettings {
            prefix: "/api/v2".into(),
            campaign: Some("ACME & Co".into()),
            ..time.settings()
        })
        .await
        .unwrap();
        let without = client(&simulator, format).read(None, time.now()).await;
        assert_eq!(without.unwrap_err().kind, ErrorKind::Refused);
        let with = ClientSettings {
            campaign: Some("ACME & Co".into()),
            base_url: format!("{}/", simulator.base_url()),
            ..settings(&simulator, format)
        };
        let live = Client::new(with)
            .unwrap()
            .read(None, time.now())
            .await
            .unwrap();
        assert_eq!(live.len(), 8);
        let wrong_base = ClientSettings {
            base_url: format!("http://{}", simulator.addr()),
            ..settings(&simulator, format)
        };
        let error = Client::new(wrong_base)
            .unwrap()
            .read(None, time.now())
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::HttpStatus);
    }
}

#[tokio::test]
async fn a_token_is_bound_to_the_addresses_it_was_asked_for() {
    for format in BOTH {
        let time = Time::new();
        let elsewhere = std::net::IpAddr::from([10, 0, 0, 1]);
        let simulator = time.simulator().await;
        let bound = ClientSettings {
            address: vec![elsewhere],
            ..settings(&simulator, format)
        };
        let error = Client::new(bound.clone())
            .unwrap()
            .read(None, time.now())
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Token);
        // The same token came back: asked twice, sent twice, and no more.
        assert_eq!(
            asked(&simulator),
            [
                "token get",
                "tod_policy read",
                "token get",
                "tod_policy read"
            ]
        );
        let there = Simulator::start(SimulatorSettings {
            pretend_peer: Some(elsewhere),
            ..time.settings()
        });
        let there = there.await.unwrap();
        let bound = ClientSettings {
            base_url: there.base_url(),
            ..bound
        };
        Client::new(bound)
            .unwrap()
            .read(None, time.now())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_fixed_token_is_used_as_it_is() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let fixed = |token| ClientSettings {
            credentials: Credentials::Token(token),
            ..settings(&simulator, format)
        };
        let client = Client::new(fixed(simulator.token())).unwrap();
        client.warm_up(time.now()).await.unwrap();
        client.read(None, time.now()).await.unwrap();
        assert_eq!(asked(&simulator), ["token validate", "tod_policy read"]);
        simulator.clear_log();
        let client = Client::new(fixed("0123".into())).unwrap();
        let error = client.read(None, time.now()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Token);
        assert_eq!(
            error.message,
            "the token was refused: Invalid token (it is a fixed one: put a new one into its file)"
        );
        assert_eq!(asked(&simulator), ["tod_policy read"]);
    }
}

#[tokio::test]
async fn the_servers_clock_is_compared() {
    let time = Time::new();
    let simulator = time.simulator().await;
    let client = client(&simulator, BOTH[0]);
    assert_eq!(client.clock_difference(), None);
    let behind = time.now() - chrono::TimeDelta::seconds(300);
    client.read(None, behind).await.unwrap();
    let difference = client.clock_difference().unwrap().num_seconds();
    assert!((290..=300).contains(&difference), "{difference}");
}

#[tokio::test]
async fn a_request_that_waited_for_its_turn_tells_no_other_time() {
    let true_time = SimulatorSettings::new(KEY.into(), Arc::new(chrono::Utc::now));
    let simulator = Simulator::start(true_time).await.unwrap();
    let client = Client::new(ClientSettings {
        concurrency: 1,
        ..settings(&simulator, BOTH[0])
    });
    let client = client.unwrap();
    simulator.fault(
        Fault::Latency { ms: 900 },
        Scope::any(),
        Times::UntilCleared,
    );
    let now = chrono::Utc::now();
    let reads = (0..4).map(|_| client.read(None, now));
    for result in futures_util::future::join_all(reads).await {
        result.unwrap();
    }
    // The header carries whole seconds.
    let difference = client.clock_difference().unwrap().num_milliseconds();
    assert!((-1500..=500).contains(&difference), "{difference} ms");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let token = || Credentials::Token("t".into());
    let base = ClientSettings::new("https://localhost", token());
    let kind = |settings| {
        Client::new(settings)
            .map(|_| ())
            .map_err(|error| error.kind)
    };
    let setup = Err(ErrorKind::Setup);
    assert_eq!(
        kind(ClientSettings::new("http://example.com", token())),
        setup
    );
    assert_eq!(
        kind(ClientSettings {
            concurrency: 0,
            ..base.clone()
        }),
        setup
    );
    assert_eq!(
        kind(ClientSettings {
            ca_file: Some("no/such/file".into()),
            ..base.clone()
        }),
        setup
    );
    assert_eq!(
        kind(ClientSettings {
            credentials: Credentials::Token(" ".into()),
            ..base
        }),
        setup
    );
}

#[test]
fn uids_are_compared_as_decimal_text() {
    let all: HashSet<Uid> = ["2164", " 2164 ", "02164"]
        .map(|text| text.parse().unwrap())
        .into();
    assert_eq!(all.len(), 1);
}
