//! A store that is torn, or somebody else's.

use std::fs;

use super::hook::Hook;
use super::stage::Stage;
use super::{daemon, settled_daemon};
use todswitch::store::EventKind;

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_store_and_a_foreign_one_are_set_aside_loudly_and_whole() {
    let (stage, hook) = (Stage::set().await, Hook::open(&[]));
    let alerts = format!("[alerts]\nwebhook = \"{}\"\n", hook.url);
    settled_daemon(&stage, &alerts).stop();
    let path = stage.path().join("state/todswitch.db");
    let torn = fs::read(&path).unwrap();
    let torn = torn[..torn.len() / 2].to_vec();
    for (number, bytes) in [(1, torn), (2, b"dear diary".to_vec())] {
        fs::write(&path, &bytes).unwrap();
        let daemon = daemon(&stage);
        daemon.line(&["ERROR", "set aside", &format!("set-aside-{number}")]);
        daemon.line(&["pass done", "failing=0"]);
        stage
            .until("it is told", |_| hook.count("store") == number)
            .await;
        daemon.stop();
        let aside = stage
            .path()
            .join(format!("state/todswitch.db.set-aside-{number}"));
        assert_eq!(fs::read(aside).unwrap(), bytes);
        assert_eq!(super::events(&stage, EventKind::Store).len(), 1);
    }
    let told = hook.alert("store", "once");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("torn or not ours"), "{text}");
    assert_eq!(
        stage.updates(11).len(),
        1,
        "what is live already is not written"
    );
}
