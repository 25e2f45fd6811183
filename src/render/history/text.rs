//! The history for people: by day, two lines a switch, and the error below where there was one.

use std::io::{self, Write};

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::late_ms;
use crate::domain::Instant;
use crate::domain::zone::Zone;
use crate::render::style::{Ink, Style};
use crate::render::text::{pad, pad_left, push_hanging, width};
use crate::render::words;
use crate::store::{Outcome, SwitchRow};

/// Columns before what stands below a switch.
const BELOW: usize = "  09:00:00  ".len();

/// Writes the rows under the dates of one zone; without a zone, under those of UTC.
///
/// # Errors
/// What the writer reports.
pub fn write_text(
    rows: &[SwitchRow],
    zone: Option<&Zone>,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let local = |at: Instant| zone.map_or_else(|| at.fixed_offset(), |zone| zone.local(at));
    let names = rows.iter().map(|row| width(&row.policy));
    let columns = names.max().unwrap_or(0).clamp(1, 14);
    let mut day: Option<NaiveDate> = None;
    let mut text = String::new();
    let place = zone.map_or("UTC", Zone::name);
    for row in rows {
        text.clear();
        let due = local(row.due);
        if day != Some(due.date_naive()) {
            if day.is_some() {
                text.push('\n');
            }
            style.push(&mut text, Ink::Strong, &words::date(due.date_naive()));
            if day.is_none() {
                style.push(&mut text, Ink::Faint, &format!(" · times of {place}"));
            }
            text.push('\n');
            day = Some(due.date_naive());
        }
        push_switch(&mut text, row, due, columns, style);
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn push_switch(
    out: &mut String,
    row: &SwitchRow,
    due: DateTime<FixedOffset>,
    columns: usize,
    style: Style,
) {
    out.push_str(&due.format("  %H:%M:%S  ").to_string());
    out.push_str(&pad(&row.policy, columns));
    out.push_str("  ");
    let from = row.from.as_deref().unwrap_or("?");
    let from = crate::render::text::fit(from, 14);
    words::push_change(out, style, &from, row.to, 21);
    out.push_str("  ");
    let outcome = row.outcome.as_str();
    style.push(out, ink(row.outcome), &pad(outcome, "already-live".len()));
    if row.tries > 0 {
        let tries = match row.tries {
            1 => "1 try".to_owned(),
            many => format!("{many}×"),
        };
        out.push_str(&pad_left(&tries, 6));
        let late = late_ms(row).map(words::late).unwrap_or_default();
        out.push_str(&pad_left(&late, 9));
    }
    let trimmed = out.trim_end().len();
    out.truncate(trimmed);
    out.push('\n');
    let mut about = words::rule(&row.rule_name, row.rule_line, 60);
    match row.uid {
        Some(uid) => about.push_str(&format!(", uid {uid}")),
        None => about.push_str(", not found in the account"),
    }
    for (ink, text) in [(Ink::Faint, Some(&about)), (Ink::Bad, row.error.as_ref())] {
        if let Some(text) = text {
            let mut below = " ".repeat(BELOW);
            push_hanging(&mut below, BELOW, text);
            for line in below.lines() {
                style.push(out, ink, line);
                out.push('\n');
            }
        }
    }
}

fn ink(outcome: Outcome) -> Ink {
    match outcome {
        Outcome::Settled | Outcome::AlreadyLive => Ink::Good,
        Outcome::Restored | Outcome::DryRun => Ink::Name,
        Outcome::Superseded | Outcome::Missed => Ink::Notice,
        Outcome::Failed => Ink::Bad,
    }
}
