//! A request as the simulated API understands it: its arguments, and the records of its body.

use axum::extract::Query;
use axum::http::{Method, Uri};
use serde::Deserialize;

/// A request that was read.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) post: bool,
    /// `token` for `token.php`, else the argument.
    pub(super) method: String,
    pub(super) action: String,
    pub(super) xml: bool,
    pub(super) arguments: Vec<(String, String)>,
    pub(super) query: String,
    pub(super) body_length: usize,
    /// The records of the body, or the words of the refusal.
    pub(super) records: Result<Vec<Record>, String>,
}

/// A record of the body. What is absent was not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Record {
    #[serde(default, deserialize_with = "scalar")]
    pub(super) uid: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    pub(super) description: Option<String>,
    #[serde(default, deserialize_with = "scalar")]
    pub(super) default: Option<String>,
}

#[derive(Deserialize)]
struct Dxi {
    uid: Option<String>,
    description: Option<String>,
    default: Option<String>,
    #[serde(default)]
    tod_policy: Vec<XmlRecord>,
}

#[derive(Deserialize)]
struct XmlRecord {
    uid: Option<String>,
    description: Option<String>,
    default: Option<String>,
}

impl Call {
    pub(super) fn read(method: &Method, uri: &Uri, body: &[u8], for_token: bool) -> Call {
        let mut arguments = pairs(uri);
        let form = std::str::from_utf8(body).ok().filter(|_| for_token);
        // Arguments of token.php may be POST variables too.
        if let Some(form) = form.and_then(|form| format!("/?{form}").parse().ok()) {
            arguments.extend(pairs(&form));
        }
        let last = |name: &str| last(&arguments, name).unwrap_or_default().to_owned();
        let xml = last("format") == "xml";
        let raw = last("raw") == "1";
        Call {
            post: method == Method::POST,
            method: if for_token {
                "token".into()
            } else {
                last("method")
            },
            action: last("action"),
            xml,
            query: uri.query().unwrap_or_default().to_owned(),
            body_length: body.len(),
            records: if raw && !body.is_empty() {
                records(xml, body)
            } else {
                Err("No file uploaded. Missing 'easycall' section?".into())
            },
            arguments,
        }
    }

    /// An argument; given twice the last one counts.
    pub(super) fn argument(&self, name: &str) -> Option<&str> {
        last(&self.arguments, name)
    }

    /// The policies that it names.
    pub(super) fn uids(&self) -> Vec<u64> {
        let in_body = self
            .records
            .iter()
            .flatten()
            .filter_map(|record| record.uid.as_deref());
        let all = in_body.chain(self.argument("policy"));
        all.filter_map(|uid| uid.parse().ok()).collect()
    }

    pub(super) fn is_write(&self) -> bool {
        self.method == "tod_policy" && self.action == "update"
    }
}

fn last<'a>(arguments: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = arguments.iter().rfind(|(argument, _)| argument == name)?;
    Some(&found.1)
}

fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs)
}

fn records(xml: bool, body: &[u8]) -> Result<Vec<Record>, String> {
    if !xml {
        return serde_json::from_slice(body).map_err(|_| "Bad argument: json".to_owned());
    }
    let bad = || "Bad argument: xml".to_owned();
    let text = std::str::from_utf8(body).map_err(|_| bad())?;
    if !text.contains("<dxi>") || !text.trim_end().ends_with("</dxi>") {
        return Err(bad());
    }
    let dxi: Dxi = quick_xml::de::from_str(text).map_err(|_| bad())?;
    if dxi.tod_policy.is_empty() {
        return Ok(vec![Record {
            uid: dxi.uid,
            description: dxi.description,
            default: dxi.default,
        }]);
    }
    let record = |record: XmlRecord| Record {
        uid: record.uid,
        description: record.description,
        default: record.default,
    };
    Ok(dxi.tod_policy.into_iter().map(record).collect())
}

/// Text or a number.
fn scalar<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) => Ok(Some(text)),
        serde_json::Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(serde::de::Error::custom("not a single value")),
    }
}
