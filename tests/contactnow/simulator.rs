//! The simulator by itself: what the documents say of the real one, and its control over HTTP.

use reqwest::Client as Http;
use serde_json::{Value, json};
use todswitch::contactnow::simulator::{Simulator, SimulatorSettings};

use crate::harness::{KEY, Time};

struct Browser {
    http: Http,
    base: String,
}

impl Browser {
    fn new(simulator: &Simulator) -> Browser {
        let http = Http::builder()
            .tls_certs_only([])
            .no_proxy()
            .build()
            .unwrap();
        Browser {
            http,
            base: simulator.base_url(),
        }
    }

    async fn text(&self, path: &str, arguments: &[(&str, &str)], body: Option<&str>) -> String {
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.base)).unwrap();
        url.query_pairs_mut().extend_pairs(arguments);
        let request = match body {
            None => self.http.get(url),
            Some(body) => self.http.post(url).body(body.to_owned()),
        };
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path, &[], None).await).unwrap()
    }

    async fn control(&self, path: &str, body: Value) -> u16 {
        let url = format!("{}/_sim/{path}", self.base);
        let response = self
            .http
            .post(url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        response.status().as_u16()
    }

    async fn token(&self) -> String {
        let arguments = [
            ("action", "get"),
            ("username", "acme-api"),
            ("password", KEY),
        ];
        let answer: Value =
            serde_json::from_str(&self.text("/token.php", &arguments, None).await).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, action: &str, format: &str, body: Option<&str>) -> String {
        let token = self.token().await;
        let arguments = [
            ("token", token.as_str()),
            ("method", "tod_policy"),
            ("action", action),
            ("format", format),
            ("raw", "1"),
        ];
        self.text("/database.php", &arguments, body).await
    }
}

#[tokio::test]
async fn answers_are_spelled_as_documented() {
    let time = Time::new();
    let simulator = time.simulator().await;
    let browser = Browser::new(&simulator);
    assert_eq!(browser.token().await.len(), 40);
    assert_eq!(browser.token().await, browser.token().await);
    for (action, format, body, expected) in [
        (
            "create",
            "json",
            Some(r#"[{"description":"N","default":"queue"}]"#),
            r#"{"success":true,"account_id":"10278","total":1,"bad":0,"key":2172}"#,
        ),
        (
            "update",
            "json",
            Some(r#"[{"uid":2164,"description":"MyTOD","default":"hangup"}]"#),
            r#"{"success":true,"account_id":"10278","total":1,"bad":0}"#,
        ),
        (
            "update",
            "json",
            Some(r#"[{"uid":"2164","description":"MyTOD","default":"jump:0"}]"#),
            r#"{"success":true,"account_id":"10278","total":0,"bad":1,"error":"Invalid queue id [0]"}"#,
        ),
        (
            "update",
            "json",
            None,
            r#"{"success":false,"error":"No file uploaded. Missing 'easycall' section?"}"#,
        ),
        (
            "delete",
            "json",
            None,
            r#"{"success":false,"error":"Bad argument: delete"}"#,
        ),
        (
            "update",
            "xml",
            Some(
                "<?xml version='1.0' encoding='utf-8' ?><dxi><uid>1</uid><description>N</description><default>queue</default></dxi>",
            ),
            "<?xml version='1.0' encoding='utf-8' ?>\n<result><success>1</success><account_id>10278</account_id><total>0</total><bad>1</bad><error>Record id [1] does not exist.</error></result>\n",
        ),
    ] {
        assert_eq!(browser.ask(action, format, body).await, expected);
    }
    let read = browser.ask("read", "json", None).await;
    assert!(read.starts_with(r#"{"success":true,"total":9,"list":[{"uid":"2164","description":"MyTOD","default":"hangup"}"#), "{read}");
}

#[tokio::test]
async fn an_update_that_changes_nothing_may_count_as_nothing() {
    let time = Time::new();
    let settings = SimulatorSettings {
        count_unchanged: false,
        ..time.settings()
    };
    let simulator = Simulator::start(settings).await.unwrap();
    let browser = Browser::new(&simulator);
    let body = r#"[{"uid":"2164","description":"MyTOD","default":"queue"}]"#;
    let answer = browser.ask("update", "json", Some(body)).await;
    assert_eq!(
        answer,
        r#"{"success":true,"account_id":"10278","total":0,"bad":0}"#
    );
}

#[tokio::test]
async fn tests_of_the_binary_drive_it_over_http() {
    let time = Time::new();
    let simulator = time.simulator().await;
    let browser = Browser::new(&simulator);
    let fault = json!({"fault": "status", "status": 503, "retry_after": "3", "action": "update", "uid": 2164, "count": 2});
    assert_eq!(browser.control("faults", fault).await, 200);
    assert_eq!(browser.json("/_sim/faults").await[0]["count"], 2);
    let update = r#"[{"uid":"2164","description":"MyTOD","default":"hangup"}]"#;
    assert!(
        browser
            .ask("update", "json", Some(update))
            .await
            .contains("<html>")
    );
    let other = r#"[{"uid":"2165","description":"Sales","default":"hangup"}]"#;
    assert!(
        browser
            .ask("update", "json", Some(other))
            .await
            .contains("true")
    );
    let log = browser.json("/_sim/log").await;
    let entry = &log[1];
    assert_eq!(
        (
            &entry["method"],
            &entry["action"],
            &entry["uid"],
            &entry["default"],
            &entry["outcome"]
        ),
        (
            &json!("tod_policy"),
            &json!("update"),
            &json!(2164),
            &json!("hangup"),
            &json!("fault: status 503")
        )
    );
    assert_eq!(entry["body_length"], update.len());
    assert_eq!(entry["time"], "2026-12-24T09:00:00.000Z");
    assert!(entry["at_unix_ns"].as_i64().unwrap() > 1_500_000_000_000_000_000);
    assert_eq!(log[3]["outcome"], "stored");

    let url = |path: &str| format!("{}/_sim/{path}", simulator.base_url());
    for path in ["faults", "log"] {
        browser.http.delete(url(path)).send().await.unwrap();
        assert_eq!(browser.json(&format!("/_sim/{path}")).await, json!([]));
    }
    assert_eq!(
        browser
            .control("manual", json!({"uid": 2164, "default": "voicemail"}))
            .await,
        200
    );
    assert_eq!(
        browser.json("/_sim/policies").await[0]["default"],
        "voicemail"
    );
    assert_eq!(
        browser
            .control("manual", json!({"uid": 1, "default": "voicemail"}))
            .await,
        404
    );
    let account = json!([{"uid": 1, "description": "Only", "default": "queue"}]);
    assert_eq!(browser.control("policies", account).await, 200);
    assert_eq!(simulator.policies().len(), 1);
    for wrong in [
        json!({"fault": "htlm"}),
        json!({"fault": "html", "actoin": "read"}),
        json!({"fault": "latency"}),
    ] {
        assert_eq!(browser.control("faults", wrong).await, 400);
    }
}
