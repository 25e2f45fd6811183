//! What an edit of the file changes, in words for the log and for whoever asked.

use super::text::count;
use super::words::date_time;
use crate::domain::difference::{Difference, Differences};

/// `this edit changes 3 switches in the coming 60 days`, and policies that come or go.
#[must_use]
pub fn summary(found: &Differences, days: u32) -> String {
    let mut words = match found.switches.len() {
        0 => format!("this edit changes no switch in the coming {days} days"),
        many => format!(
            "this edit changes {} in the coming {days} days",
            count(many, "switch", "switches")
        ),
    };
    for (names, what) in [(&found.added, "new"), (&found.removed, "gone")] {
        if !names.is_empty() {
            words.push_str(&format!("; {what}: {}", names.join(", ")));
        }
    }
    words
}

/// `sales Thu 24 Dec 2026 12:30: voicemail, was no switch`.
#[must_use]
pub fn difference(one: &Difference) -> String {
    let action = |action: Option<crate::domain::action::Action>| {
        action.map_or("no switch".to_owned(), |action| action.to_string())
    };
    format!(
        "{} {}: {}, was {}",
        one.policy,
        date_time(one.local),
        action(one.after),
        action(one.before)
    )
}
