//! The table of raw answers, one file each: `answers/FORMAT/QUESTION--VERDICT--WHAT`.
//! The verdict is `ok` or the kind of the error. The fuzz targets start from the same files.

use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use todswitch::contactnow::wire::{Answer, read_answer};
use todswitch::contactnow::{ApiError, Format};
use todswitch::domain::policy::Uid;

/// What a question to an answer gives, as text.
fn ask(question: &str, answer: Answer) -> Result<String, ApiError> {
    Ok(match question {
        "read" => {
            let line = |policy: &todswitch::domain::policy::LivePolicy| {
                format!("{} {:?} {}", policy.uid, policy.description, policy.default)
            };
            answer
                .policies()?
                .iter()
                .map(line)
                .collect::<Vec<_>>()
                .join("; ")
        }
        "update" => answer.written(1).map(|()| String::new())?,
        "create" => answer.created()?.to_string(),
        "token" => {
            let (token, expire) = answer.token()?;
            format!("{} {expire:?}", token.expose_secret())
        }
        "validate" => format!("{:?}", answer.validated()?),
        "queues" => format!("{:?}", answer.queues()?),
        "rules" => answer.rows()?.len().to_string(),
        _ => panic!("no such question: {question}"),
    })
}

pub fn folder(format: Format) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/contactnow/answers")
        .join(format.as_str())
}

fn result(format: Format, name: &str) -> Result<String, ApiError> {
    let body = fs::read(folder(format).join(name)).expect(name);
    let (question, _) = name.split_once("--").expect(name);
    read_answer(format, &body).and_then(|answer| ask(question, answer))
}

#[test]
fn every_answer_of_the_table_gets_its_verdict() {
    let mut wrong = Vec::new();
    for format in [Format::Json, Format::Xml] {
        let files = fs::read_dir(folder(format)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let names: Vec<String> = names.collect();
        assert!(names.len() > 50, "the table is not there");
        for name in names {
            let verdict = name.split("--").nth(1).expect(&name);
            let got = match result(format, &name) {
                Ok(_) => "ok",
                Err(error) => error.kind.as_str(),
            };
            if got != verdict {
                wrong.push(format!("{}/{name}: {got}", format.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn both_formats_give_the_same_values() {
    const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567 Some(1307975676)";
    for (name, expected) in [
        (
            "read--ok--documented",
            "2164 \"MyTOD\" queue; 2165 \"Sales\" jump:4501",
        ),
        ("create--ok--documented", "2178"),
        ("token--ok--documented", TOKEN),
        ("validate--ok--documented", "Some(1307975676)"),
        (
            "queues--ok--documented",
            "[Queue { id: QueueId(4501), kind: \"inbound\", description: \"Front desk\", policy: Some(Uid(2164)) }, \
             Queue { id: QueueId(4502), kind: \"\", description: \"\", policy: None }]",
        ),
    ] {
        for format in [Format::Json, Format::Xml] {
            assert_eq!(result(format, name).unwrap(), expected, "{format:?} {name}");
        }
    }
}

#[test]
fn every_encoding_gives_the_same_description() {
    for name in [
        "read--ok--declared-latin1",
        "read--ok--declared-utf8",
        "read--ok--undeclared-utf8",
        "read--ok--undeclared-latin1",
        "read--ok--character-references",
    ] {
        assert_eq!(
            result(Format::Xml, name).unwrap(),
            "1 \"Zürich & Köln\" queue",
            "{name}"
        );
    }
}

#[test]
fn lenient_readings_keep_what_was_said() {
    for (name, expected) in [
        (
            "read--ok--list-as-object",
            "2164 \"MyTOD\" queue; 2165 \"Sales\" jump:4501",
        ),
        ("read--ok--unknown-default", "1 \"\" ivr:9"),
        ("read--ok--same-record-twice", "1 \"a\" queue"),
        ("rules--ok--any-fields", "3"),
    ] {
        assert_eq!(result(Format::Json, name).unwrap(), expected, "{name}");
    }
    let words = |name| result(Format::Json, name).unwrap_err().message;
    assert_eq!(
        words("update--rejected--documented"),
        "the record was rejected: Invalid queue id [0]"
    );
    assert_eq!(
        words("read--bad-answer--cut"),
        "the answer is not the API's JSON: it is cut off"
    );
    assert_eq!(
        words("read--bad-answer--html"),
        "the answer is not the API's JSON: it is an HTML page"
    );
}

#[test]
fn a_total_of_the_account_does_not_hide_the_one_policy_that_was_asked_for() {
    let name = "read--bad-answer--fewer-than-total";
    for format in [Format::Json, Format::Xml] {
        let body = fs::read(folder(format).join(name)).unwrap();
        let one = |uid| {
            read_answer(format, &body)
                .unwrap()
                .policy(Uid(uid))
                .unwrap()
        };
        assert_eq!(one(2165).unwrap().description, "Sales");
        assert_eq!(one(9), None);
    }
}

#[test]
fn a_batch_is_written_only_in_full_or_not_at_all_known() {
    let written = |total: u32, sent| {
        let body = format!("{{\"success\":true,\"total\":{total},\"bad\":0}}");
        let answer = read_answer(Format::Json, body.as_bytes()).unwrap();
        answer.written(sent).map_err(|error| error.kind.as_str())
    };
    assert_eq!(written(3, 3), Ok(()));
    assert_eq!(written(0, 3), Ok(()));
    assert_eq!(written(2, 3), Err("rejected"));
}
