//! What both targets check: no panic, and no success on an answer that does not say so, as far as a
//! second and simpler reading can tell.

use parts::contactnow::wire::{Answer, Format, read_answer};
use serde_json::Value;

/// Asks an answer everything.
pub fn check(format: Format, body: &[u8]) {
    let questions: [fn(Answer) -> bool; 7] = [
        |answer| answer.policies().is_ok(),
        |answer| answer.written(1).is_ok(),
        |answer| answer.created().is_ok(),
        |answer| answer.token().is_ok(),
        |answer| answer.validated().is_ok(),
        |answer| answer.queues().is_ok(),
        |answer| answer.rows().is_ok(),
    ];
    let may_succeed = match format {
        Format::Json => json_may_succeed(body),
        Format::Xml => xml_may_succeed(body),
    };
    for question in questions {
        let succeeds = read_answer(format, body).is_ok_and(question);
        assert!(may_succeed || !succeeds, "success where none is said");
    }
}

fn json_may_succeed(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let text = |name: &str| match &answer[name] {
        Value::String(text) => text.trim().to_lowercase(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let succeeds = ["1", "1.0", "true"].contains(&text("success").as_str());
    let fails = !["", "[]", "{}"].contains(&text("error").as_str());
    let bad = text("bad").trim_start_matches('+').parse::<f64>();
    succeeds && !fails && bad.unwrap_or(0.0) == 0.0
}

fn xml_may_succeed(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    // A declaration ends at the first end of one, whatever stands in it.
    let declaration = text.trim_start().starts_with("<?").then(|| text.split_once("?>"));
    let text = match declaration.flatten() {
        Some((_, rest)) => rest.to_owned(),
        None => text.into_owned(),
    };
    // Other ways to spell a text are left to the reader.
    if ["<!", "<?", "&"].iter().any(|odd| text.contains(odd)) {
        return text.contains("success");
    }
    let values = |name: &str| {
        let start = format!("<{name}");
        let starts = text.split(&start).skip(1);
        let contents = starts.filter_map(|rest| rest.split_once('>'));
        let words = contents.map(|(_, rest)| rest.split('<').next().unwrap_or(rest));
        words.map(|words| words.trim().to_lowercase()).collect::<Vec<_>>()
    };
    let succeeds = values("success").iter().any(|value| value == "1" || value == "true");
    // A record may have an `error` of its own.
    let fails = !text.contains("<list") && values("error").iter().any(|words| !words.is_empty());
    succeeds && !fails
}
