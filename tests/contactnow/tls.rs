//! https: whose certificates are accepted, and in which words the others are refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{CertificateParams, date_time_ymd};
use todswitch::contactnow::simulator::Simulator;
use todswitch::contactnow::{ApiError, Client, ClientSettings, ErrorKind, Format, PolicyApi};

use crate::harness::{KEY, Time, settings};
use crate::secure::{Authority, Front, Proxy, certificate_for};

fn over(simulator: &Simulator, base: String, ca_file: PathBuf) -> ClientSettings {
    ClientSettings {
        base_url: base,
        ca_file: Some(ca_file),
        ..settings(simulator, Format::Json)
    }
}

/// What a client says to a server with this certificate, when it is asked by this name and trusts
/// this authority.
async fn refusal(
    params: CertificateParams,
    host: &str,
    ours: &Authority,
    theirs: &Authority,
) -> ApiError {
    let time = Time::new();
    let simulator = time.simulator().await;
    let front = Front::start(theirs, params, simulator.addr()).await;
    let directory = tempfile::tempdir().unwrap();
    let base = format!("https://{host}:{}", front.addr.port());
    let ca_file = ours.file(directory.path(), "ca.pem");
    let client = Client::new(over(&simulator, base, ca_file)).unwrap();
    let error = client.read(None, time.now()).await.unwrap_err();
    assert!(simulator.log().is_empty());
    for leak in ["://", "token.php", "?", KEY] {
        assert!(!error.message.contains(leak), "{error}");
    }
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(
        error
            .message
            .contains("the server's certificate is refused"),
        "{error}"
    );
    error
}

#[tokio::test]
async fn a_further_authority_is_accepted_by_address_and_by_name() {
    let time = Time::new();
    let authority = Authority::new("Ours");
    let directory = tempfile::tempdir().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let simulator = time.simulator().await;
        let front = Front::start(&authority, certificate_for(host), simulator.addr()).await;
        let base = format!("https://{host}:{}", front.addr.port());
        let ca_file = authority.file(directory.path(), "ca.pem");
        let client = Client::new(over(&simulator, base, ca_file)).unwrap();
        let live = client.read(None, time.now()).await.unwrap();
        assert_eq!(live.len(), simulator.policies().len());
    }
}

#[tokio::test]
async fn one_authority_of_several_in_the_file_is_enough() {
    let time = Time::new();
    let simulator = time.simulator().await;
    let (one, other) = (Authority::new("One"), Authority::new("Other"));
    let front = Front::start(&other, certificate_for("127.0.0.1"), simulator.addr()).await;
    let directory = tempfile::tempdir().unwrap();
    let read = |authority: &Authority| {
        std::fs::read_to_string(authority.file(directory.path(), "one.pem")).unwrap()
    };
    let both = directory.path().join("both.pem");
    std::fs::write(&both, format!("# ours\n{}\n{}", read(&one), read(&other))).unwrap();
    let base = format!("https://{}", front.addr);
    let client = Client::new(over(&simulator, base, both)).unwrap();
    client.read(None, time.now()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    // Also one that bears the name of a known one.
    for name in ["Theirs", "Ours"] {
        let params = certificate_for("127.0.0.1");
        let (ours, theirs) = (Authority::new("Ours"), Authority::new(name));
        let error = refusal(params, "127.0.0.1", &ours, &theirs).await;
        assert!(error.message.contains("no authority known"), "{error}");
        assert!(error.message.contains("ca_file"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let ours = Authority::new("Ours");
    for (host, other) in [
        ("127.0.0.1", "api.example.test"),
        ("localhost", "127.0.0.1"),
    ] {
        let error = refusal(certificate_for(other), host, &ours, &ours).await;
        assert!(error.message.contains("another host"), "{error}");
        assert!(error.message.contains("base_url"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_outside_its_time_is_refused() {
    let ours = Authority::new("Ours");
    let mut old = certificate_for("127.0.0.1");
    old.not_after = date_time_ymd(2001, 1, 1);
    let error = refusal(old, "127.0.0.1", &ours, &ours).await;
    assert!(error.message.contains("expired"), "{error}");
    let mut new = certificate_for("127.0.0.1");
    new.not_before = date_time_ymd(3001, 1, 1);
    let error = refusal(new, "127.0.0.1", &ours, &ours).await;
    assert!(error.message.contains("not valid yet"), "{error}");
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_refused_before_any_request() {
    let simulator = Time::new().simulator().await;
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let broken = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    let hollow = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for file in [
        directory.path().join("missing.pem"),
        Path::to_owned(directory.path()),
        put("empty.pem", b""),
        put("text.pem", b"not a certificate"),
        put("binary.pem", &[0x30, 0x82, 0xff, 0x00]),
        put("broken.pem", broken),
        put("hollow.pem", hollow),
    ] {
        let base = "https://127.0.0.1:9".to_owned();
        let result = Client::new(over(&simulator, base, file.clone()));
        let Err(error) = result else {
            panic!("{} is accepted", file.display());
        };
        assert_eq!(error.kind, ErrorKind::Setup, "{error}");
        assert!(error.message.contains(&*file.to_string_lossy()), "{error}");
    }
    assert!(simulator.log().is_empty());
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_given_up_in_time() {
    let time = Time::new();
    let simulator = time.simulator().await;
    let silent = Proxy::start(None).await;
    let directory = tempfile::tempdir().unwrap();
    let ca_file = Authority::new("Ours").file(directory.path(), "ca.pem");
    let client = Client::new(ClientSettings {
        connect_timeout: Duration::from_millis(200),
        ..over(&simulator, format!("https://{}", silent.addr), ca_file)
    })
    .unwrap();
    let error = client.read(None, time.now()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut, "{error}");
    assert_eq!(error.message, "no connection in time");
}
