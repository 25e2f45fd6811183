//! No secret in any error, Debug or log, whatever the server says.
//!
//! A program of its own: the log of a process is one, and a test that has it must not share it.

#[path = "contactnow/harness.rs"]
#[expect(dead_code, reason = "the client's tests use the rest of it")]
mod harness;

use std::io;
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret;
use todswitch::contactnow::simulator::{Fault, Scope, Simulator, Times};
use todswitch::contactnow::{ApiError, Client, PolicyApi};
use tracing_subscriber::fmt::MakeWriter;

use harness::{BOTH, KEY, Time, hasty, settings, update};

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Output;

    fn make_writer(&self) -> Output {
        self.clone()
    }
}

fn say(output: &Output, error: &ApiError) {
    let text = format!("{error}\n{error:?}\n{error:#?}\n");
    output.0.lock().unwrap().extend_from_slice(text.as_bytes());
}

/// Everything that can go wrong, with a server that repeats whatever it was sent.
async fn go_through_everything(
    simulator: &Simulator,
    client: &Client,
    time: &Time,
    output: &Output,
) {
    let echo = |error: &str| Fault::Refused {
        error: error.into(),
    };
    let faults = [
        Fault::Html,
        Fault::Cut,
        Fault::Broken,
        Fault::DropBefore,
        Fault::Latency { ms: 60_000 },
        Fault::InvalidToken,
        echo("Bad argument: {query}"),
        echo("GET https://127.0.0.1/token.php?{query} HTTP/1.1"),
        echo("Invalid token {query}"),
        Fault::Status {
            status: 302,
            retry_after: None,
            location: Some("http://127.0.0.1:1/?token=x".into()),
        },
        Fault::Raw {
            body: format!("{{\"success\":false,\"error\":\"{KEY}\"}}"),
        },
        Fault::Raw {
            body: format!(
                "<result><success>0</success><error>{}</error></result>",
                KEY.replace('&', "&amp;")
            ),
        },
    ];
    for fault in faults {
        for scope in [Scope::token(), Scope::any()] {
            simulator.fault(fault.clone(), scope, Times::UntilCleared);
            if let Err(error) = client.read(None, time.now()).await {
                say(output, &error);
            }
            if let Err(error) = client.update(&[update(2164, "queue")], time.now()).await {
                say(output, &error);
            }
            simulator.clear_faults();
            time.pass(301);
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_any_output_at_the_finest_level() {
    let output = Output::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(output.clone())
        .finish();
    // For every thread: one that heard nothing would silence what it was first to reach.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let fresh = hasty(&simulator, format);
        go_through_everything(&simulator, &fresh, &time, &output).await;
        let kept = hasty(&simulator, format);
        kept.warm_up(time.now()).await.unwrap();
        go_through_everything(&simulator, &kept, &time, &output).await;

        let settings = settings(&simulator, format);
        let debug = format!("{kept:?} {kept:#?} {settings:?} {:?}", simulator.log());
        output.0.lock().unwrap().extend_from_slice(debug.as_bytes());
        let log = serde_json::to_string(&simulator.log()).unwrap();
        output.0.lock().unwrap().extend_from_slice(log.as_bytes());

        let bytes = output.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("failed") && text.contains("[hidden]"),
            "nothing was seen"
        );
        let token = simulator.token();
        let piece = "with+odd";
        for secret in [
            KEY,
            "k3y%2F",
            "k3y%2f",
            piece,
            "chars-7f1c",
            token.expose_secret(),
            "token=x",
        ] {
            if let Some(at) = text.find(secret) {
                let start = text[..at].rfind('\n').unwrap_or(0);
                panic!(
                    "{secret} in: {}",
                    text[start..].lines().nth(1).unwrap_or_default()
                );
            }
        }
    }
}

#[tokio::test]
async fn what_a_server_echoes_is_hidden() {
    for format in BOTH {
        let time = Time::new();
        let simulator = time.simulator().await;
        let client = hasty(&simulator, format);
        let error = Fault::Refused {
            error: "no such {query}".into(),
        };
        simulator.fault(error, Scope::token(), Times::Count(1));
        let error = client.read(None, time.now()).await.unwrap_err();
        let format = format.as_str();
        assert_eq!(
            error.message,
            format!(
                "the request was refused: no such password=[hidden]&action=get&username=acme-api&format={format}"
            )
        );
    }
}
