//! A first schedule file: every policy of an account, each with a schedule that keeps it as it is.
//!
//! Must not know how the account was read, nor where the file goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::text::plain;
use crate::domain::action::Action;
use crate::domain::policy::{LiveDefault, LivePolicy};

/// What stands at the top of the file.
#[derive(Debug, Clone)]
pub struct Top {
    /// The zone that times are local to.
    pub timezone: String,
    /// Whether somebody chose it.
    pub is_chosen: bool,
    /// The lines of `[api]`: a key, and its value.
    pub api: Vec<(&'static str, Setting)>,
}

/// A value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A number.
    Number(usize),
}

/// The file.
#[must_use]
pub fn first_file(top: &Top, live: &[LivePolicy]) -> String {
    let mut out = String::new();
    push_top(&mut out, top);
    let mut actions: BTreeMap<Action, String> = BTreeMap::new();
    for one in live {
        if let LiveDefault::Known(action) = one.default {
            actions.insert(action, schedule_name(action));
        }
    }
    push_schedules(&mut out, &actions);
    push_policies(&mut out, live, &actions);
    out
}

fn push_top(out: &mut String, top: &Top) {
    out.push_str(
        "# The schedule of todswitch, begun from the account as it was found.\n\
         # As it stands it changes nothing: every policy is kept at what it was.\n\
         # After an edit:  todswitch check   then   todswitch preview\n\n",
    );
    let _ = write!(out, "timezone = {}", quoted(&top.timezone));
    out.push_str(if top.is_chosen {
        "\n"
    } else {
        "   # CHANGE THIS to your own, such as \"Europe/London\"\n"
    });
    out.push_str("# holidays = [\"england\"]   # with a [calendars.england] below\n\n[api]\n");
    for (key, value) in &top.api {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{key} = {}", written(value));
    }
    out.push_str(
        "\n# [calendars.england]\n# built_in = \"england-and-wales\"\n\n\
         # Hours look like this; give a policy below the schedule's name:\n\
         # [schedules.office]\n# open   = \"queue\"\n# closed = \"voicemail\"\n\
         # weekly = [{ days = \"mon-fri\", hours = \"09:00-17:30\" }]\n",
    );
}

fn push_schedules(out: &mut String, actions: &BTreeMap<Action, String>) {
    if !actions.is_empty() {
        out.push_str("\n# These keep a policy as it is, day and night.\n");
    }
    for (action, name) in actions {
        let _ = writeln!(
            out,
            "[schedules.{name}]\nclosed = {}\n",
            quoted(&action.to_string())
        );
    }
}

fn push_policies(out: &mut String, live: &[LivePolicy], actions: &BTreeMap<Action, String>) {
    let mut names = BTreeSet::new();
    for one in live {
        let shared = live.iter().filter(|o| o.description == one.description);
        let mut remark = plain(&one.description).into_owned();
        if shared.count() > 1 {
            remark.push_str("   (others have this description too)");
        }
        let name = key(&policy_name(one, &mut names));
        let schedule = match &one.default {
            LiveDefault::Known(action) => actions.get(action),
            LiveDefault::Other(_) => None,
        };
        let _ = match schedule {
            Some(schedule) => writeln!(
                out,
                "# {remark}\n[policies.{name}]\nuid = {}\nschedule = {}\n",
                one.uid,
                quoted(schedule)
            ),
            None => writeln!(
                out,
                "# {remark}\n# Left out: its default is {}, which todswitch does not know and so \
                 cannot keep.\n# [policies.{name}]\n# uid = {}\n# schedule = \"\"\n",
                quoted(&one.default.to_string()),
                one.uid
            ),
        };
    }
}

fn schedule_name(action: Action) -> String {
    format!("always-{}", action.to_string().replace(':', "-"))
}

/// A name made from a description, in its own letters, and of no other policy.
fn policy_name(policy: &LivePolicy, taken: &mut BTreeSet<String>) -> String {
    let mut name = String::new();
    for c in policy.description.chars() {
        match c {
            c if c.is_alphanumeric() => name.extend(c.to_lowercase()),
            '&' => name.push_str("-and-"),
            '\'' | '’' => {}
            // An accent that stands behind its letter.
            '\u{300}'..='\u{36f}' => name.push(c),
            _ => name.push('-'),
        }
    }
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let mut name: String = words.join("-").chars().take(40).collect();
    name.truncate(name.trim_end_matches('-').len());
    if name.is_empty() {
        name = format!("policy-{}", policy.uid);
    }
    if !taken.insert(name.clone()) {
        name = format!("{name}-{}", policy.uid);
        while !taken.insert(name.clone()) {
            name.push('x');
        }
    }
    name
}

/// A name as a key of TOML: only ASCII letters go without quotes.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.chars().all(is_bare) {
        return name.to_owned();
    }
    quoted(name)
}

/// A value as TOML has it.
fn written(value: &Setting) -> String {
    match value {
        Setting::Text(text) => quoted(text),
        Setting::Texts(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", texts.join(", "))
        }
        Setting::Number(number) => number.to_string(),
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Uid;

    #[test]
    fn names_keep_their_letters_and_are_of_one_policy_each() {
        let mut taken = BTreeSet::new();
        for (uid, description, name) in [
            (1, "Sales & more", "sales-and-more"),
            (2, "Sales and more", "sales-and-more-2"),
            (3, "…", "policy-3"),
            (4, "policy 3", "policy-3-4"),
            (7, "Kundendienst ZÜRICH", "kundendienst-zürich"),
            (8, "春節 (2027)", "春節-2027"),
            (9, "Zu\u{308}rich", "zu\u{308}rich"),
            (5, "  The \"Manager's\" = [x] ", "the-managers-x"),
            (6, "", "policy-6"),
        ] {
            let live = LivePolicy {
                uid: Uid(uid),
                description: description.to_owned(),
                default: LiveDefault::Known(Action::Queue),
            };
            assert_eq!(policy_name(&live, &mut taken), name);
        }
    }

    #[test]
    fn a_key_is_quoted_where_toml_wants_it() {
        assert_eq!(key("night-line-2"), "night-line-2");
        assert_eq!(key("zürich"), "\"zürich\"");
    }

    #[test]
    fn a_text_stays_one_text() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\u000Ad""#);
    }
}
