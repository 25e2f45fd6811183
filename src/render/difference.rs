//! What an edit of the file changes, in words for the log and for whoever asked.

use super::text::count;
use super::words::{date_time, time};
use crate::domain::difference::{Difference, Differences, Edit};

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

/// `sales Thu 24 Dec 2026 12:30: voicemail, instead of 17:30`.
#[must_use]
pub fn difference(one: &Difference) -> String {
    let what = match one.edit {
        Edit::Comes(to) => format!("{to}, was no switch"),
        Edit::Goes(to) => format!("no switch, was {to}"),
        Edit::Leads { before, after } => format!("{after}, was {before}"),
        Edit::Moves { to, from } if from.date_naive() == one.at.date_naive() => {
            format!("{to}, instead of {}", time(from.time()))
        }
        Edit::Moves { to, from } => format!("{to}, instead of {}", date_time(from)),
    };
    format!("{} {}: {what}", one.policy, date_time(one.at))
}
