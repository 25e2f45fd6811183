//! Holds, for people: one a line, or as part of a sentence.

use super::status::HoldPart;
use super::style::{Ink, Style};
use super::text::{pad, push_hanging, width};

/// The holds that stand, one each.
#[must_use]
pub fn holds_text(holds: &[HoldPart], style: Style) -> String {
    let names = holds.iter().map(|hold| width(&hold.policy));
    let column = names.max().unwrap_or(0).min(16);
    let mut out = String::new();
    for hold in holds {
        style.push(&mut out, Ink::Strong, &pad(&hold.policy, column));
        out.push_str("  ");
        push_hanging(&mut out, column + 2, &hold_words(hold));
        out.push('\n');
    }
    out
}

/// `hangup until Mon 23 Nov 2026 17:30, set by ada Mon 23 Nov 2026 11:00: fire drill`.
#[must_use]
pub fn hold_words(hold: &HoldPart) -> String {
    let until = match hold.until {
        Some(until) => format!("until {}", until.words()),
        None => "until it is cleared".to_owned(),
    };
    format!(
        "{} {until}, set by {} {}: {}",
        hold.action,
        hold.set_by,
        hold.from.words(),
        hold.reason
    )
}
