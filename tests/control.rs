//! The control socket over a real Unix socket, with a real engine behind it.

#[path = "engine/account.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod account;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use account::InMemory;
use chrono::TimeDelta;
use hyper::Method;
use todswitch::clock::SimulatedClock;
use todswitch::config::{self, ZoneTable};
use todswitch::domain::Instant;
use todswitch::engine::{Engine, Event, Mode, Settings};
use todswitch::render::Style;
use todswitch::render::status::{Facts, HoldPart, Report, status_text};
use todswitch::service::control::client::{AskError, ask, path_part};
use todswitch::service::control::wire::{Cleared, HoldBody, Problem, ReloadOutcome};
use todswitch::service::control::{Control, Desk, SocketError};
use todswitch::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot, watch};

const FILE: &str = r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [{ days = "mon-fri", hours = "09:00-12:30, 13:30-17:30" }]
[policies.sales]
uid = 1
schedule = "office"
[policies."front desk"]
uid = 2
schedule = "office"
"#;

const NOTHING: Option<&()> = None;

fn at(time: &str) -> Instant {
    format!("2026-11-23T{time}:00Z").parse().unwrap()
}

/// A daemon's socket, engine and account; the reloads go to the test.
struct Daemon {
    dir: tempfile::TempDir,
    account: Arc<InMemory<SimulatedClock>>,
    reloads: mpsc::Receiver<oneshot::Sender<ReloadOutcome>>,
    facts: watch::Sender<Facts>,
    _control: Control,
    _stop: oneshot::Sender<()>,
}

impl Daemon {
    async fn start() -> Daemon {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SimulatedClock::new(at("11:00"), 1.0));
        let policies = [(1, "Sales", "queue"), (2, "Front desk", "queue")];
        let account = Arc::new(InMemory::new(Arc::clone(&clock), &policies));
        let zones = ZoneTable::embedded();
        let loaded = config::parse(FILE, Path::new("schedule.toml"), at("11:00"), &zones);
        let settings = Settings {
            mode: Mode::Live,
            warm_up: TimeDelta::seconds(10),
            stop_grace: Duration::ZERO,
            batch: 1,
            seed: 7,
        };
        let mut engine = Engine::new(
            clock,
            Arc::clone(&account),
            Store::in_memory().unwrap(),
            Arc::new(loaded.unwrap().config),
            settings,
            Box::new(|_: &Event<'_>| {}),
        );
        let (commands, receiver) = mpsc::channel(8);
        let (reload_sender, reloads) = mpsc::channel(8);
        let facts = watch::Sender::new(Facts {
            started: at("11:00"),
            refused: None,
        });
        let mut snapshots = engine.watch();
        let desk = Desk {
            commands,
            reloads: reload_sender,
            snapshots: snapshots.clone(),
            facts: facts.subscribe(),
        };
        let control = Control::listen(&dir.path().join("control"), desk).unwrap();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move { engine.run(receiver, stopped).await });
        snapshots.changed().await.unwrap();
        Daemon {
            dir,
            account,
            reloads,
            facts,
            _control: control,
            _stop: stop,
        }
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("control")
    }

    async fn status(&self) -> Report {
        let path = self.socket();
        ask(&path, Method::GET, "/status", NOTHING).await.unwrap()
    }

    /// The status once it is as it should become.
    async fn status_where(&self, is_so: impl Fn(&Report) -> bool) -> Report {
        loop {
            let report = self.status().await;
            if is_so(&report) {
                return report;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn hold(&self, body: &HoldBody) -> Result<Vec<HoldPart>, AskError> {
        ask(&self.socket(), Method::POST, "/holds", Some(body)).await
    }
}

fn body(policies: &[&str], until: &str) -> HoldBody {
    HoldBody {
        policies: policies.iter().map(ToString::to_string).collect(),
        all: policies.is_empty(),
        action: "hangup".into(),
        until: until.into(),
        reason: "fire drill".into(),
        set_by: "ada".into(),
    }
}

#[tokio::test]
async fn a_hold_is_set_shown_and_cleared_over_the_socket() {
    let daemon = Daemon::start().await;
    let report = daemon.status().await;
    assert_eq!(report.policies[0].live.as_deref(), Some("queue"));
    assert_eq!(report.policies[0].wanted.rule, "mon-fri 09:00-12:30");
    let held = daemon.hold(&body(&["front desk"], "next-switch")).await;
    let held = held.unwrap();
    assert_eq!(
        String::from(held[0].until.unwrap()),
        "2026-11-23T12:30:00+00:00"
    );
    let desk = |report: &Report| report.policies[1].clone();
    let report = daemon
        .status_where(|report| desk(report).live.as_deref() == Some("hangup"))
        .await;
    assert_eq!(desk(&report).hold.unwrap().set_by, "ada");
    assert_eq!(daemon.account.live(2), "hangup");
    let path = daemon.socket();
    let listed: Vec<HoldPart> = ask(&path, Method::GET, "/holds", NOTHING).await.unwrap();
    assert_eq!(listed.len(), 1);
    let clear = format!("/holds/{}?by=bob", path_part("front desk"));
    let cleared: Cleared = ask(&path, Method::DELETE, &clear, NOTHING).await.unwrap();
    assert_eq!(cleared.cleared, ["front desk"]);
    daemon
        .status_where(|report| desk(report).live.as_deref() == Some("queue"))
        .await;
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_with_its_reason() {
    let daemon = Daemon::start().await;
    let mut both = body(&["sales"], "cleared");
    both.all = true;
    let mut silent = body(&["sales"], "cleared");
    silent.reason = String::new();
    for (asked, status, words) in [
        (both, 400, "name `policies`, or say `all`"),
        (
            silent,
            400,
            "a hold needs a reason, and somebody who sets it",
        ),
        (body(&["sales"], "noon"), 400, "until: not a time"),
        (body(&["sails"], "cleared"), 400, "no policy `sails`"),
    ] {
        match daemon.hold(&asked).await.unwrap_err() {
            AskError::Problem {
                status: found,
                problem: Problem { error, .. },
            } => {
                assert_eq!(found.as_u16(), status, "{error}");
                assert!(error.starts_with(words), "{error}");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(daemon.account.writes(), []);
}

#[tokio::test]
async fn a_reload_is_answered_with_its_outcome() {
    let mut daemon = Daemon::start().await;
    let path = daemon.socket();
    let asked = tokio::spawn(async move {
        let outcome: ReloadOutcome = ask(&path, Method::POST, "/reload", NOTHING).await.unwrap();
        outcome
    });
    let reply = daemon.reloads.recv().await.unwrap();
    let outcome = ReloadOutcome {
        diagnostics: "error: unknown key `opne`\n --> schedule.toml:4:1".into(),
        ..ReloadOutcome::default()
    };
    let refused = Some((at("11:05"), outcome.diagnostics.clone()));
    daemon.facts.send_modify(|facts| facts.refused = refused);
    reply.send(outcome.clone()).unwrap();
    assert_eq!(asked.await.unwrap(), outcome);
    let refused = daemon.status().await.daemon.unwrap().refused.unwrap();
    assert_eq!(refused.error, "error: unknown key `opne`");
}

#[tokio::test]
async fn curl_may_ask_too_and_nonsense_ends_the_connection() {
    let daemon = Daemon::start().await;
    let mut stream = UnixStream::connect(daemon.socket()).await.unwrap();
    let request = b"GET /status HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let mut stream = UnixStream::connect(daemon.socket()).await.unwrap();
    stream.write_all(b"\0\0 nonsense\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    daemon.status().await;
}

#[tokio::test]
async fn the_socket_is_the_groups_and_is_replaced_only_where_nobody_answers() {
    let daemon = Daemon::start().await;
    let path = daemon.socket();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let desk = || Desk {
        commands: mpsc::channel(1).0,
        reloads: mpsc::channel(1).0,
        snapshots: watch::channel(None).1,
        facts: daemon.facts.subscribe(),
    };
    let error = Control::listen(&path, desk()).unwrap_err();
    assert!(matches!(error, SocketError::Answered(_)), "{error}");
    daemon.status().await;

    let stale = daemon.dir.path().join("stale");
    drop(StdListener::bind(&stale).unwrap());
    let control = Control::listen(&stale, desk()).unwrap();
    let report: Report = ask(&stale, Method::GET, "/status", NOTHING).await.unwrap();
    assert_eq!(report.daemon.unwrap().last_pass, None);
    drop(control);
    assert!(!stale.exists(), "removed at the end");
    let error = ask::<Report>(&stale, Method::GET, "/status", NOTHING).await;
    assert!(matches!(error, Err(AskError::Nobody(_))), "{error:?}");

    let file = daemon.dir.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let error = Control::listen(&file, desk()).unwrap_err();
    assert!(matches!(error, SocketError::NoSocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[tokio::test]
async fn the_status_fits_a_page_whatever_it_tells() {
    let daemon = Daemon::start().await;
    daemon.hold(&body(&[], "2026-12-24T17:30")).await.unwrap();
    let mut report = daemon
        .status_where(|report| report.policies.iter().all(|one| one.hold.is_some()))
        .await;
    let refused = Some((
        at("11:05"),
        "error: ".to_owned() + &"long words ".repeat(30),
    ));
    daemon.facts.send_modify(|facts| facts.refused = refused);
    report.daemon = daemon.status().await.daemon;
    report.policies[0].policy = "a policy with a very long name of its own".into();
    report.policies[0].live = Some("ivr:".to_owned() + &"9".repeat(100));
    report.policies[0].lost = Some("no live policy has the description \"Sales\"".repeat(3));
    report.policies[1].wanted.rule = "Stocktaking with everybody in the warehouse all day long, \
                                      and the day after, as every year"
        .into();
    let text = status_text(&report, Style::PLAIN);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(
        text.contains("hold: hangup until Thu 24 Dec 2026 17:30, set by ada"),
        "{text}"
    );
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
