//! Every failure, in both formats: its kind, what was sent, and what is stored afterwards.

use todswitch::contactnow::simulator::{Fault, Scope, Times};
use todswitch::contactnow::{Client, ClientSettings, Credentials, ErrorKind, PolicyApi};
use todswitch::domain::action::Action;

use crate::harness::{BOTH, Time, asked, client, hasty, settings, update};

fn status(status: u16, retry_after: Option<&str>) -> Fault {
    Fault::Status {
        status,
        retry_after: retry_after.map(Into::into),
        location: None,
    }
}

#[tokio::test]
async fn a_write_that_fails_says_how_and_whether_it_was_stored_is_read_back() {
    use ErrorKind::{BadAnswer, HttpStatus, Refused, Rejected, TimedOut, Unreachable};
    let rejected = Fault::Rejected {
        error: "Invalid queue id [0]".into(),
    };
    let refused = Fault::Refused {
        error: "Bad argument: xyz".into(),
    };
    let cases = [
        (status(500, None), HttpStatus, false),
        (status(403, None), HttpStatus, false),
        (Fault::Html, BadAnswer, false),
        (Fault::Empty, BadAnswer, false),
        (Fault::Cut, BadAnswer, true),
        (Fault::Broken, BadAnswer, true),
        (Fault::Stall { ms: 60_000 }, TimedOut, true),
        (Fault::Latency { ms: 60_000 }, TimedOut, false),
        (Fault::DropBefore, Unreachable, false),
        (Fault::DropAfter, Unreachable, true),
        (rejected, Rejected, false),
        (refused, Refused, false),
    ];
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = hasty(&simulator, format);
        for (fault, kind, stored) in cases.clone() {
            simulator.set_by_hand(2164, "queue");
            client.warm_up(time.now()).await.unwrap();
            simulator.clear_log();
            simulator.fault(fault.clone(), Scope::update(), Times::Count(1));
            let error = client
                .update(&[update(2164, "hangup")], time.now())
                .await
                .unwrap_err();
            assert_eq!(error.kind, kind, "{format:?} {fault:?}: {error}");
            assert_eq!(asked(&simulator).len(), 1, "{fault:?} was sent again");
            let live = if stored { "hangup" } else { "queue" };
            assert_eq!(
                simulator.default_of(2164).as_deref(),
                Some(live),
                "{fault:?}"
            );
            client
                .update(&[update(2164, "voicemail")], time.now())
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn accepted_is_not_stored() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        simulator.fault(Fault::NotStored, Scope::update().uid(2164), Times::Count(1));
        client
            .update(&[update(2164, "hangup")], time.now())
            .await
            .unwrap();
        assert_eq!(simulator.default_of(2164).as_deref(), Some("queue"));
    }
}

#[tokio::test]
async fn the_documents_own_rejections() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        for (bad, words) in [
            (
                update(2164, "jump:9"),
                "the record was rejected: Invalid queue id [9]",
            ),
            (
                update(2499265, "queue"),
                "the record was rejected: Record id [2499265] does not exist.",
            ),
        ] {
            let error = client.update(&[bad], time.now()).await.unwrap_err();
            assert_eq!(
                (error.kind, error.message.as_str()),
                (ErrorKind::Rejected, words)
            );
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_request_sent_again_once() {
    for format in BOTH {
        for action in ["read", "update"] {
            let time = Time::new();
            let simulator = time.simulator().await;
            let client = client(&simulator, format);
            client.read(None, time.now()).await.unwrap();
            simulator.clear_log();
            simulator.fault(Fault::ExpiredToken, Scope::action(action), Times::Count(1));
            let result = match action {
                "read" => client.read(None, time.now()).await.map(|_| ()),
                _ => client.update(&[update(2164, "hangup")], time.now()).await,
            };
            result.unwrap();
            let request = format!("tod_policy {action}");
            assert_eq!(
                asked(&simulator),
                [request.as_str(), "token get", request.as_str()]
            );
        }
    }
}

#[tokio::test]
async fn the_same_dying_token_handed_back_makes_no_loop() {
    for format in BOTH {
        for fault in [Fault::UnknownToken, Fault::InvalidToken] {
            let time = Time::new();
            let simulator = time.simulator().await;
            let client = client(&simulator, format);
            simulator.fault(fault, Scope::any(), Times::UntilCleared);
            for round in 1..=3 {
                let error = client.read(None, time.now()).await.unwrap_err();
                assert_eq!(error.kind, ErrorKind::Token);
                // Kept after the first round: one more asking and two more tries each time.
                assert_eq!(asked(&simulator).len(), 1 + 3 * round);
                time.pass(2);
            }
            simulator.clear_faults();
            client.read(None, time.now()).await.unwrap();
            assert_eq!(asked(&simulator).len(), 11);
        }
    }
}

#[tokio::test]
async fn a_crowd_whose_token_is_refused_does_not_ask_for_one_each() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        simulator.fault(Fault::InvalidToken, Scope::any(), Times::UntilCleared);
        let updates: Vec<_> = (0..200).map(|_| update(2164, "hangup")).collect();
        let all = updates.iter().map(async |one| {
            let result = client.update(std::slice::from_ref(one), time.now()).await;
            assert_eq!(result.unwrap_err().kind, ErrorKind::Token);
        });
        let began = std::time::Instant::now();
        futures_util::future::join_all(all).await;
        let log = asked(&simulator);
        let tokens = log.iter().filter(|line| *line == "token get").count();
        // The first, and one a second from then on, on however slow a machine.
        let most = 2 + usize::try_from(began.elapsed().as_secs()).unwrap();
        assert!(tokens <= most, "{tokens} tokens in {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn many_requests_with_one_expired_token_ask_for_a_fresh_one_once() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        client.read(None, time.now()).await.unwrap();
        simulator.clear_log();
        simulator.expire_tokens();
        let updates = [2164, 2165, 2166, 2167].map(|uid| update(uid, "hangup"));
        let all = updates.chunks(1).map(|one| client.update(one, time.now()));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        let log = asked(&simulator);
        assert_eq!(log.iter().filter(|line| *line == "token get").count(), 1);
        assert!(log.len() <= 9, "{log:?}");
    }
}

#[tokio::test]
async fn refused_credentials_are_asked_about_once_in_five_minutes() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let credentials = Credentials::Key {
            username: "acme-api".into(),
            key: "wrong".into(),
        };
        let client = Client::new(ClientSettings {
            credentials,
            ..settings(&simulator, format)
        })
        .unwrap();
        for _ in 0..6 {
            let error = client.read(None, time.now()).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Authentication);
            time.pass(70);
        }
        assert_eq!(asked(&simulator), ["token get"; 2]);
    }
}

#[tokio::test]
async fn a_failed_token_request_is_a_failed_request() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        for (fault, kind) in [
            (Fault::Html, ErrorKind::BadAnswer),
            (status(502, None), ErrorKind::HttpStatus),
            (Fault::DropBefore, ErrorKind::Unreachable),
            (Fault::Cut, ErrorKind::BadAnswer),
        ] {
            simulator.fault(fault, Scope::token(), Times::Count(1));
            let error = client.read(None, time.now()).await.unwrap_err();
            assert_eq!(error.kind, kind);
        }
        client.read(None, time.now()).await.unwrap();
    }
}

#[tokio::test]
async fn retry_after_comes_with_the_error() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        for (wish, expected) in [
            (Some("7"), Some(7.0)),
            (Some("Thu, 24 Dec 2026 09:02:00 GMT"), Some(120.0)),
            (Some("later"), None),
            (None, None),
        ] {
            simulator.fault(status(503, wish), Scope::read(), Times::Count(1));
            let error = client.read(None, time.now()).await.unwrap_err();
            // What passed since the request was made is off a date.
            let wait = error.retry_after.map(|wait| wait.as_secs_f64().ceil());
            assert_eq!(wait, expected);
            assert_eq!(
                error.message,
                "the server answered HTTP 503 Service Unavailable"
            );
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for format in BOTH {
        let time = Time::new();
        let (simulator, elsewhere) = (time.simulator().await, time.simulator().await);
        let client = client(&simulator, format);
        for status in [301, 302, 307, 308] {
            let location = Some(format!("{}/database.php", elsewhere.base_url()));
            let fault = Fault::Status {
                status,
                retry_after: None,
                location,
            };
            simulator.fault(fault, Scope::any(), Times::Count(1));
            let error = client.read(None, time.now()).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::HttpStatus);
            assert!(error.message.contains("redirect"), "{error}");
        }
        assert_eq!(elsewhere.load().connections, 0);
    }
}

#[tokio::test]
async fn an_answer_beyond_every_bound_is_not_read() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        let body = " ".repeat(16 * 1024 * 1024 + 1);
        simulator.fault(Fault::Raw { body }, Scope::read(), Times::Count(1));
        let error = client.read(None, time.now()).await.unwrap_err();
        assert_eq!(error.message, "the answer is larger than 16 MiB");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        simulator.serve_until(async {}).await;
        let error = client.read(None, time.now()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    }
}

#[tokio::test]
async fn a_create_with_an_unclear_end_is_not_sent_twice() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = client(&simulator, format);
        for fault in [Fault::DropAfter, Fault::Cut, Fault::Broken] {
            simulator.fault(fault, Scope::action("create"), Times::Count(1));
            let before = simulator.policies().len();
            let result = client.create("New", Action::Queue, time.now()).await;
            assert!(result.unwrap_err().kind.is_transient());
            assert_eq!(simulator.policies().len(), before + 1);
        }
    }
}
