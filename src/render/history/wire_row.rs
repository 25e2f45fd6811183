//! A row of the history with every field it has. Their names and order are part of the format.

use serde::Serialize;

use crate::domain::Line;
use crate::domain::policy::Uid;
use crate::render::wire::{self, WireReason};
use crate::store::{Outcome, SwitchRow};

#[derive(Serialize)]
pub(super) struct WireRow<'a> {
    policy: &'a str,
    uid: Option<u64>,
    from: Option<&'a str>,
    to: String,
    due: String,
    sent: Option<String>,
    settled: Option<String>,
    tries: u32,
    outcome: &'static str,
    error: Option<&'a str>,
    rule: WireReason<'a>,
    file: &'a str,
    tzdata: &'a str,
    dry_run: bool,
    late_ms: Option<i64>,
}

impl<'a> From<&'a SwitchRow> for WireRow<'a> {
    fn from(row: &'a SwitchRow) -> WireRow<'a> {
        WireRow {
            policy: &row.policy,
            uid: row.uid.map(|Uid(id)| id),
            from: row.from.as_deref(),
            to: row.to.to_string(),
            due: wire::instant(row.due),
            sent: row.sent.map(wire::measured),
            settled: row.settled.map(wire::measured),
            tries: row.tries,
            outcome: row.outcome.as_str(),
            error: row.error.as_deref(),
            rule: WireReason {
                kind: &row.rule_kind,
                name: &row.rule_name,
                line: row.rule_line,
            },
            file: &row.file_hash,
            tzdata: &row.zone_version,
            dry_run: row.outcome == Outcome::DryRun,
            late_ms: super::late_ms(row),
        }
    }
}

impl WireRow<'_> {
    /// The names of the columns, in the order of [`WireRow::fields`].
    pub const FIELDS: [&'static str; 17] = [
        "policy",
        "uid",
        "from",
        "to",
        "due",
        "sent",
        "settled",
        "tries",
        "outcome",
        "error",
        "rule_kind",
        "rule_name",
        "rule_line",
        "file",
        "tzdata",
        "dry_run",
        "late_ms",
    ];

    /// The row flat; what is not known is empty.
    pub fn fields(self) -> [String; 17] {
        fn text<T: ToString>(value: Option<T>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        [
            self.policy.to_owned(),
            text(self.uid),
            text(self.from),
            self.to,
            self.due,
            text(self.sent),
            text(self.settled),
            self.tries.to_string(),
            self.outcome.to_owned(),
            text(self.error),
            self.rule.kind.to_owned(),
            self.rule.name.to_owned(),
            text::<Line>(self.rule.line),
            self.file.to_owned(),
            self.tzdata.to_owned(),
            self.dry_run.to_string(),
            text(self.late_ms),
        ]
    }
}
