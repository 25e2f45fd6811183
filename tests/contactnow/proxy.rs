//! Proxies and roots come from the environment, so the real program is run with one of its own.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use chrono::Utc;
use todswitch::contactnow::simulator::{Simulator, SimulatorSettings};

use crate::harness::KEY;
use crate::secure::{Authority, Front, Proxy, certificate_for};

const HOST: &str = "api.example.test";

struct Stage {
    simulator: Simulator,
    front: Front,
    proxy: Proxy,
    directory: tempfile::TempDir,
}

impl Stage {
    /// The account behind TLS as this host, and a proxy that leads there.
    async fn set(host: &str) -> Stage {
        let settings = SimulatorSettings::new(KEY.into(), Arc::new(Utc::now));
        let simulator = Simulator::start(settings).await.unwrap();
        let authority = Authority::new("Ours");
        let front = Front::start(&authority, certificate_for(host), simulator.addr()).await;
        let proxy = Proxy::start(Some(front.addr)).await;
        let directory = tempfile::tempdir().unwrap();
        authority.file(directory.path(), "ca.pem");
        Authority::new("Other").file(directory.path(), "other.pem");
        fs::create_dir(directory.path().join("none")).unwrap();
        Stage {
            simulator,
            front,
            proxy,
            directory,
        }
    }

    /// One pass of the program, which wants one policy at `hangup`.
    async fn run(&self, base: &str, api: &str, environment: &[(&str, String)]) -> Output {
        let text = format!(
            "timezone = \"UTC\"\n[api]\nbase_url = \"{base}\"\nusername = \"acme-api\"\n\
             password_file = \"api-key\"\n{api}\n[schedules.shut]\nclosed = \"hangup\"\n\
             [policies.one]\nuid = 2168\nschedule = \"shut\"\n"
        );
        let directory = self.directory.path();
        fs::write(directory.join("schedule.toml"), text).unwrap();
        let key = directory.join("api-key");
        fs::write(&key, KEY).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_todswitch"));
        command
            .current_dir(directory)
            .env_clear()
            .env("HOME", directory)
            .env("SSL_CERT_FILE", directory.join("other.pem"))
            .env("SSL_CERT_DIR", directory.join("none"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .args(["--config", "schedule.toml", "--state-dir", "state"])
            .args(["run", "--once", "--timeout", "3s"])
            .stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    fn is_switched(&self) -> bool {
        self.simulator.default_of(2168).unwrap() == "hangup"
    }
}

/// All that a run said; its key and its URLs are never in it.
fn said(output: &Output) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!text.contains(KEY), "{text}");
    assert!(!text.contains("token.php"), "{text}");
    text
}

fn at(proxy: SocketAddr) -> String {
    format!("http://{proxy}")
}

const CA_FILE: &str = "ca_file = \"ca.pem\"";

#[tokio::test]
async fn a_proxy_of_the_environment_leads_to_the_account() {
    for (name, port) in [
        ("HTTPS_PROXY", ""),
        ("https_proxy", ":443"),
        ("ALL_PROXY", ""),
    ] {
        let stage = Stage::set(HOST).await;
        let environment = [(name, at(stage.proxy.addr))];
        let base = format!("https://{HOST}{port}");
        let output = stage.run(&base, CA_FILE, &environment).await;
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert!(stage.is_switched());
        let asked = stage.proxy.asked();
        assert!(!asked.is_empty());
        for line in asked {
            assert_eq!(line, format!("CONNECT {HOST}:443 HTTP/1.1"));
        }
    }
}

#[tokio::test]
async fn the_roots_of_the_system_count_with_and_without_a_further_one() {
    let stage = Stage::set(HOST).await;
    let roots = |name| stage.directory.path().join(name).display().to_string();
    let proxy = ("HTTPS_PROXY", at(stage.proxy.addr));
    let base = format!("https://{HOST}");
    let ours = ("SSL_CERT_FILE", roots("ca.pem"));
    for api in ["", "ca_file = \"other.pem\""] {
        let output = stage.run(&base, api, &[proxy.clone(), ours.clone()]).await;
        assert!(output.status.success(), "{api}: {}", said(&output));
    }
    let output = stage.run(&base, "", std::slice::from_ref(&proxy)).await;
    assert!(!output.status.success());
    let text = said(&output);
    assert!(
        text.contains("the server's certificate is refused"),
        "{text}"
    );
    assert!(text.contains("ca_file"), "{text}");
}

#[tokio::test]
async fn a_machine_without_roots_says_so_and_needs_none_beside_a_ca_file() {
    let stage = Stage::set(HOST).await;
    let proxy = ("HTTPS_PROXY", at(stage.proxy.addr));
    let none = stage.directory.path().join("none.pem");
    fs::write(&none, "").unwrap();
    let none = ("SSL_CERT_FILE", none.display().to_string());
    let environment = [proxy, none];
    let base = format!("https://{HOST}");
    let output = stage.run(&base, "", &environment).await;
    assert!(!output.status.success());
    let text = said(&output);
    assert!(text.contains("ca-certificates"), "{text}");
    assert!(stage.proxy.asked().is_empty());
    let output = stage.run(&base, CA_FILE, &environment).await;
    assert!(output.status.success(), "{}", said(&output));
}

/// `0.0.0.0` reaches this machine, and yet is no loopback address.
#[tokio::test]
async fn no_proxy_names_the_hosts_that_are_reached_directly() {
    for (name, list, expected) in [
        ("NO_PROXY", "0.0.0.0", false),
        ("no_proxy", "other.test, 0.0.0.0", false),
        ("NO_PROXY", "0.0.0.0/8", false),
        ("NO_PROXY", "other.test", true),
    ] {
        let stage = Stage::set("0.0.0.0").await;
        let base = format!("https://0.0.0.0:{}", stage.front.addr.port());
        let environment = [
            ("HTTPS_PROXY", at(stage.proxy.addr)),
            (name, list.to_owned()),
        ];
        let output = stage.run(&base, CA_FILE, &environment).await;
        assert!(output.status.success(), "{list}: {}", said(&output));
        assert!(stage.is_switched());
        assert_eq!(!stage.proxy.asked().is_empty(), expected, "{list}");
    }
}

#[tokio::test]
async fn loopback_is_reached_past_every_proxy() {
    let stage = Stage::set("localhost").await;
    let environment = [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
    ]
    .map(|name| (name, at(stage.proxy.addr)));
    for base in [
        format!("https://localhost:{}", stage.front.addr.port()),
        stage.simulator.base_url(),
    ] {
        let output = stage.run(&base, CA_FILE, &environment).await;
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(stage.is_switched());
    assert_eq!(stage.proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_never_answers_is_given_up_in_time() {
    let stage = Stage::set(HOST).await;
    let silent = Proxy::start(None).await;
    let environment = [("HTTPS_PROXY", at(silent.addr))];
    let api = format!("{CA_FILE}\nconnect_timeout = \"1s\"");
    let output = stage
        .run(&format!("https://{HOST}"), &api, &environment)
        .await;
    assert!(!output.status.success());
    let text = said(&output);
    assert!(text.contains("no connection in time"), "{text}");
    assert!(!silent.asked().is_empty());
    assert!(stage.simulator.log().is_empty());
}
