//! What the account says about a file: for people, and for the JSON of `check`.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::style::{Ink, Style};
use super::text::{PAGE, count, pad, push_hanging, width, wrap};
use crate::domain::policy::Uid;

/// What the account says about a file.
#[derive(Debug, Clone, Default)]
pub struct LiveReport {
    /// How many live policies there are.
    pub in_account: usize,
    /// Every policy of the file.
    pub policies: Vec<LivePolicyCheck>,
    /// The queues that the file jumps to and the account has.
    pub targets: Vec<String>,
    /// The server's clock less this machine's, in seconds.
    pub clock_s: Option<i64>,
    /// What is wrong.
    pub errors: Vec<String>,
    /// What may be.
    pub warnings: Vec<String>,
}

/// A policy of the file beside the account.
#[derive(Debug, Clone)]
pub struct LivePolicyCheck {
    /// Its name in the file.
    pub name: String,
    /// Its id, where it was found.
    pub uid: Option<Uid>,
    /// Its description.
    pub description: String,
    /// How many rules of its own it has, where that could be counted.
    pub rules: Option<usize>,
    /// The queues that hang on it.
    pub queues: Vec<String>,
}

/// What a default decides.
pub const WHAT_DECIDES: &str =
    "A policy's default decides only the calls that none of its own ContactNow rules matches.";

/// The part of the summary about the account.
#[must_use]
pub fn live_text(report: &LiveReport, style: Style) -> String {
    let mut out = String::new();
    style.push(&mut out, Ink::Strong, "the account");
    out.push_str(": ");
    out.push_str(&count(report.in_account, "live policy", "live policies"));
    out.push('\n');
    let names = report.policies.iter().map(|one| width(&one.name));
    let columns = names.max().unwrap_or(0).min(24);
    for one in &report.policies {
        out.push_str("  ");
        out.push_str(&pad(&one.name, columns));
        out.push_str("  ");
        push_hanging(&mut out, columns + 4, &about(one));
        out.push('\n');
    }
    if report.policies.iter().any(|one| one.rules > Some(0)) {
        for line in wrap(WHAT_DECIDES, PAGE) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    for line in [targets(report), clock(report)].into_iter().flatten() {
        push_hanging(&mut out, 0, &line);
        out.push('\n');
    }
    let verdict = match report.errors.len() {
        0 => style.paint(Ink::Good, "the account fits the file"),
        some => style.paint(
            Ink::Bad,
            &format!("{} in the account", count(some, "error", "errors")),
        ),
    };
    out.push_str(&verdict);
    out.push('\n');
    out
}

fn about(one: &LivePolicyCheck) -> String {
    let Some(uid) = one.uid else {
        return "not found".to_owned();
    };
    let rules = match one.rules {
        Some(0) => "no rules of its own".to_owned(),
        Some(some) => format!("{} of its own", count(some, "rule", "rules")),
        None => "rules not known".to_owned(),
    };
    let mut about = format!("uid {uid}, {:?}, {rules}", one.description);
    if !one.queues.is_empty() {
        about.push_str("; queues: ");
        about.push_str(&one.queues.join(", "));
    }
    about
}

fn targets(report: &LiveReport) -> Option<String> {
    let targets = report.targets.join(", ");
    (!targets.is_empty()).then(|| format!("jumps to queues that are there: {targets}"))
}

fn clock(report: &LiveReport) -> Option<String> {
    Some(match report.clock_s? {
        -1..=1 => "the server's clock is this machine's, to a second".to_owned(),
        ahead @ 2.. => format!("the server's clock is {ahead} s ahead of this machine's"),
        behind => format!("the server's clock is {} s behind this machine's", -behind),
    })
}

impl Serialize for LiveReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut live = serializer.serialize_struct("live", 6)?;
        live.serialize_field("in_account", &self.in_account)?;
        live.serialize_field("policies", &self.policies)?;
        live.serialize_field("jump_targets", &self.targets)?;
        live.serialize_field("clock_difference_s", &self.clock_s)?;
        live.serialize_field("errors", &self.errors)?;
        live.serialize_field("warnings", &self.warnings)?;
        live.end()
    }
}

impl Serialize for LivePolicyCheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut one = serializer.serialize_struct("policy", 5)?;
        one.serialize_field("policy", &self.name)?;
        one.serialize_field("uid", &self.uid.map(|Uid(id)| id))?;
        one.serialize_field("description", &self.description)?;
        one.serialize_field("rules", &self.rules)?;
        one.serialize_field("queues", &self.queues)?;
        one.end()
    }
}
