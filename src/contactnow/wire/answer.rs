//! What an answer says, the same for both wire forms: one reading, lenient where the documents
//! disagree and strict where it matters.
//!
//! Done means: `success`, no `error`, `bad` 0 or absent, and for a write a `total` that does not
//! fall short. The words of the server come out as they are; the client hides secrets in them.

use std::collections::HashMap;
use std::fmt;

use secrecy::SecretString;

use super::node::Node;
use crate::contactnow::error::{ApiError, ErrorKind};
use crate::contactnow::queue::Queue;
use crate::domain::action::QueueId;
use crate::domain::policy::{LiveDefault, LivePolicy, Uid};

/// No token the API gives is longer.
const MAX_TOKEN: usize = 512;

/// An answer that was read. Debug prints neither token nor the server's words.
pub struct Answer {
    success: bool,
    error: Option<String>,
    bad: Option<u64>,
    total: Option<u64>,
    key: Option<u64>,
    token: Option<SecretString>,
    expire: Option<i64>,
    list: Vec<Row>,
    whole: bool,
}

/// One record of a list: its scalar fields; `None` for null.
pub struct Row(Vec<(String, Option<String>)>);

impl Answer {
    pub(super) fn from_tree(tree: Node, whole: bool) -> Result<Answer, String> {
        let Node::Fields(fields) = tree else {
            return Err("it is not an object".into());
        };
        let fields = Named(fields);
        let success = fields.scalar("success")?.map(|text| flag(&text));
        let error = match fields.one("error")? {
            None => None,
            Some(node) if node.is_empty() => None,
            Some(node) => Some(
                node.text()
                    .unwrap_or("an error without words")
                    .trim()
                    .to_owned(),
            ),
        };
        let token = fields.scalar("token")?.map(|text| text.trim().to_owned());
        Ok(Answer {
            success: success.ok_or("it has no `success`")??,
            error,
            bad: fields.number("bad")?,
            total: fields.number("total")?,
            key: fields.number("key")?,
            token: token
                .filter(|text| !text.is_empty())
                .map(SecretString::from),
            expire: fields.signed("expire")?,
            list: fields.one("list")?.map_or(Ok(Vec::new()), rows)?,
            whole,
        })
    }

    /// Whether it says that anything failed.
    fn failed(&self) -> bool {
        !self.success
            || self.error.is_some()
            || self.bad.is_some_and(|bad| bad > 0)
            || self.expire.is_some_and(|expire| expire < 0)
    }

    /// Passes an answer in which nothing failed.
    ///
    /// # Errors
    /// The kind of failure, with the server's words.
    pub(in crate::contactnow) fn good(self) -> Result<Answer, ApiError> {
        if !self.failed() {
            return Ok(self);
        }
        if !self.whole && self.error.is_none() && self.bad.is_none() {
            return Err(cut());
        }
        let words = self.error.as_deref().unwrap_or("it gave no reason");
        // A token that has run out is no fault of the record, whatever is counted.
        let ran_out = self.expire.is_some_and(|expire| expire < 0);
        let rejected = self.bad.is_some_and(|bad| bad > 0) && !ran_out;
        let is = |prefix: &str| words.to_ascii_lowercase().starts_with(prefix);
        let (kind, lead) = if rejected {
            (ErrorKind::Rejected, "the record was rejected")
        } else if is("authentication failure") {
            (ErrorKind::Authentication, "the credentials were refused")
        } else if TOKEN_WORDS.into_iter().any(is) || ran_out {
            (ErrorKind::Token, "the token was refused")
        } else {
            (ErrorKind::Refused, "the request was refused")
        };
        Err(ApiError::new(kind, format!("{lead}: {words}")))
    }

    /// That `sent` records were accepted. A `total` of 0 is accepted too: it may mean that nothing
    /// changed, which only reading back can tell.
    ///
    /// # Errors
    /// A failure, or an answer that does not say so.
    pub fn written(self, sent: usize) -> Result<(), ApiError> {
        let answer = self.good()?;
        let Some(total) = answer.total else {
            return Err(answer.lacks("total"));
        };
        if !answer.whole && answer.bad.is_none() {
            return Err(cut());
        }
        if total == 0 || total >= sent as u64 {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorKind::Rejected,
            format!("only {total} of {sent} records were accepted"),
        ))
    }

    /// The id of the record that was created.
    ///
    /// # Errors
    /// A failure, or an answer that does not name it.
    pub fn created(self) -> Result<Uid, ApiError> {
        let answer = self.good()?;
        let total = answer.total.ok_or_else(|| answer.lacks("total"))?;
        if total == 0 {
            return Err(bad("it says success, and that nothing was created"));
        }
        match answer.key {
            Some(key) if key > 0 => Ok(Uid(key)),
            _ => Err(answer.lacks("key")),
        }
    }

    /// A token, and when it expires in Unix seconds, where it says so.
    ///
    /// # Errors
    /// A failure, or an answer without a usable token.
    pub fn token(self) -> Result<(SecretString, Option<i64>), ApiError> {
        use secrecy::ExposeSecret;
        let answer = self.good()?;
        if !answer.whole && answer.expire.is_none() {
            return Err(cut());
        }
        let missing = answer.lacks("token");
        let token = answer.token.ok_or(missing)?;
        let text = token.expose_secret();
        if text.len() > MAX_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("its `token` is not one"));
        }
        Ok((token, answer.expire))
    }

    /// That a token is good, and when it expires in Unix seconds, where it says so.
    ///
    /// # Errors
    /// A failure, or an answer that is cut off.
    pub fn validated(self) -> Result<Option<i64>, ApiError> {
        let answer = self.good()?;
        if !answer.whole && answer.expire.is_none() {
            return Err(cut());
        }
        Ok(answer.expire)
    }

    /// The records of a list, whole or not at all.
    ///
    /// # Errors
    /// A failure, an answer that is cut off, or fewer records than it says there are.
    pub fn rows(self) -> Result<Vec<Row>, ApiError> {
        let answer = self.good()?;
        if !answer.whole {
            return Err(cut());
        }
        let listed = answer.list.len();
        match answer.total {
            Some(total) if total > listed as u64 => Err(bad(&format!(
                "it says there are {total} records and lists {listed}"
            ))),
            _ => Ok(answer.list),
        }
    }

    /// The policies of a list, each once.
    ///
    /// # Errors
    /// As for [`Answer::rows`]; a record without all three fields; two that differ with one id.
    pub fn policies(self) -> Result<Vec<LivePolicy>, ApiError> {
        each_once(&self.rows()?)
    }

    /// The policy that was asked for by its id. The `total` may count the account, so it says nothing.
    ///
    /// # Errors
    /// As for [`Answer::policies`], but for the number of records.
    pub fn policy(self, uid: Uid) -> Result<Option<LivePolicy>, ApiError> {
        let answer = Answer {
            total: None,
            ..self
        };
        let policies = answer.policies()?;
        Ok(policies.into_iter().find(|policy| policy.uid == uid))
    }

    /// The queues of a list.
    ///
    /// # Errors
    /// As for [`Answer::rows`], or a record without a queue id.
    pub fn queues(self) -> Result<Vec<Queue>, ApiError> {
        let queue = |row: &Row| {
            let text = |name| row.get(name).unwrap_or_default().trim().to_owned();
            let id = std::num::NonZeroU64::new(row.id("qid")?);
            Ok(Queue {
                id: QueueId(id.ok_or_else(|| bad("a record has the `qid` 0"))?),
                kind: text("type"),
                description: text("description"),
                policy: decimal(&text("tod")).filter(|uid| *uid > 0).map(Uid),
            })
        };
        self.rows()?.iter().map(queue).collect()
    }

    fn lacks(&self, field: &str) -> ApiError {
        if self.whole {
            bad(&format!("it says success and has no `{field}`"))
        } else {
            cut()
        }
    }
}

/// The beginnings of the errors that a fresh token cures.
const TOKEN_WORDS: [&str; 3] = ["expired token", "unknown token", "invalid token"];

impl Row {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(field, _)| field == name)?;
        value.as_deref()
    }

    /// A field that must be there; null is empty.
    fn field(&self, name: &str) -> Result<&str, ApiError> {
        let mut found = self.0.iter().filter(|(field, _)| field == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value.as_deref().unwrap_or_default()),
            (None, _) => Err(bad(&format!("a record has no `{name}`"))),
            (Some(_), Some(_)) => Err(bad(&format!("a record has two `{name}`"))),
        }
    }

    fn id(&self, name: &str) -> Result<u64, ApiError> {
        decimal(self.field(name)?)
            .filter(|id| *id > 0)
            .ok_or_else(|| bad(&format!("the `{name}` of a record is not an id")))
    }
}

/// The fields of the answer itself, each of which may be there once.
struct Named(Vec<(String, Node)>);

impl Named {
    fn one(&self, name: &str) -> Result<Option<&Node>, String> {
        let mut found = self.0.iter().filter(|(field, _)| field == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(format!("it has two `{name}`")),
            (first, None) => Ok(first.map(|(_, node)| node)),
        }
    }

    fn scalar(&self, name: &str) -> Result<Option<String>, String> {
        match self.one(name)? {
            None => Ok(None),
            Some(Node::Null) => Ok(None),
            Some(node) => match node.text() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(format!("its `{name}` is not a single value")),
            },
        }
    }

    fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let number = self.signed(name)?;
        let unsigned = number.map(u64::try_from).transpose();
        unsigned.map_err(|_| format!("its `{name}` is below 0"))
    }

    fn signed(&self, name: &str) -> Result<Option<i64>, String> {
        match self.scalar(name)?.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| format!("its `{name}` is not a number")),
        }
    }
}

fn flag(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("its `success` is neither yes nor no".into()),
    }
}

fn each_once(rows: &[Row]) -> Result<Vec<LivePolicy>, ApiError> {
    let mut policies: Vec<LivePolicy> = Vec::new();
    let mut seen = HashMap::new();
    for row in rows {
        let policy = LivePolicy {
            uid: Uid(row.id("uid")?),
            description: row.field("description")?.to_owned(),
            default: LiveDefault::parse(row.field("default")?),
        };
        match seen.get(&policy.uid) {
            None => {
                seen.insert(policy.uid, policies.len());
                policies.push(policy);
            }
            Some(index) if policies[*index] == policy => {}
            Some(_) => {
                let uid = policy.uid;
                return Err(bad(&format!("it lists uid {uid} twice, with two contents")));
            }
        }
    }
    Ok(policies)
}

/// A list as an array, or as an object of records under any names, which is how XML spells it.
fn rows(list: &Node) -> Result<Vec<Row>, String> {
    let row = |node: &Node| match node {
        Node::Fields(fields) => Ok(Row(fields.iter().filter_map(field).collect())),
        _ => Err("its `list` holds something that is no record".to_owned()),
    };
    match list {
        node if node.is_empty() => Ok(Vec::new()),
        Node::List(items) => items.iter().map(row).collect(),
        Node::Fields(items) => items.iter().map(|(_, item)| row(item)).collect(),
        Node::Null | Node::Text(_) => Err("its `list` is not a list".into()),
    }
}

fn field((name, node): &(String, Node)) -> Option<(String, Option<String>)> {
    match node {
        Node::Null => Some((name.clone(), None)),
        Node::Text(text) => Some((name.clone(), Some(text.clone()))),
        Node::List(_) | Node::Fields(_) => None,
    }
}

fn decimal(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn bad(why: &str) -> ApiError {
    ApiError::new(
        ErrorKind::BadAnswer,
        format!("the answer is not usable: {why}"),
    )
}

fn cut() -> ApiError {
    ApiError::new(ErrorKind::BadAnswer, "the answer is cut off")
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("success", &self.success)
            .field("error", &self.error.is_some())
            .field("bad", &self.bad)
            .field("total", &self.total)
            .field("key", &self.key)
            .field("expire", &self.expire)
            .field("list", &self.list.len())
            .field("whole", &self.whole)
            .finish_non_exhaustive()
    }
}
