//! `[policies.*]`: which live record, driven by what.

use crate::config::leaf::words;
use crate::config::reader::Fields;
use crate::config::source::Spanned;
use crate::domain::policy::{OnDrift, Selector, Uid};

pub(super) const POLICY: &[&str] = &["uid", "description", "schedule", "on_drift"];

/// A policy as written.
#[derive(Debug)]
pub struct PolicyForm {
    /// Its key.
    pub name: Spanned<String>,
    /// `uid` or `description`; `None` where neither can be read, which has been said.
    pub selector: Option<SelectorForm>,
    /// `schedule`; `None` where it is missing or wrong, which has been said.
    pub schedule: Option<Spanned<String>>,
    /// `on_drift`.
    pub on_drift: OnDrift,
}

/// How the live record is found, and where that is written.
pub type SelectorForm = Spanned<Selector>;

pub(super) fn read(name: Spanned<String>, fields: &Fields<'_>) -> PolicyForm {
    if fields.key("schedule").is_none() {
        let hint = format!(
            "a policy without a schedule is never switched: `[policies.{}]` needs the name of a `[schedules.*]`",
            name.value
        );
        fields.missing("schedule", &hint);
    }
    let schedule = fields.text("schedule");
    let on_drift = fields.word("on_drift", |text| words::one_of(text, &OnDrift::WORDS));
    PolicyForm {
        selector: read_selector(fields),
        schedule: schedule.map(|text| text.map(str::to_owned)),
        on_drift: on_drift.map(|word| word.value).unwrap_or_default(),
        name,
    }
}

fn read_selector(fields: &Fields<'_>) -> Option<SelectorForm> {
    let problems = fields.problems();
    match (fields.key("uid"), fields.key("description")) {
        (None, None) => {
            let hint = "its number in the account, or its name where no other policy has it";
            fields.missing("uid` or `description", hint);
            None
        }
        (Some(uid), Some(description)) => {
            let (first, second) = (uid.min(description), uid.max(description));
            let message = "a policy is found by `uid` or by `description`, not by both";
            let problem = problems.at(second, message).also(first, "the other one");
            problem.hint("keep `uid`: it never changes").error();
            None
        }
        (Some(_), None) => {
            let text = fields.text_or_integer("uid")?;
            let digits = text.value.bytes().all(|byte| byte.is_ascii_digit());
            match text.value.parse::<Uid>() {
                Ok(uid) if digits && uid.0 > 0 => Some(text.map(|_| Selector::Uid(uid))),
                _ => {
                    let message = format!("`{}` is not a uid", text.value);
                    let problem = problems.at(text.span, message);
                    problem.hint("write a number above 0: uid = 2164").error();
                    None
                }
            }
        }
        (None, Some(_)) => {
            let text = fields.text("description")?;
            if text.value.trim().is_empty() {
                let message = "`description` is empty";
                problems.at(text.span, message).error();
                return None;
            }
            Some(text.map(|text| Selector::Description(text.to_owned())))
        }
    }
}
