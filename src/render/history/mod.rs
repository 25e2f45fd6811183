//! What was switched: rows of the history as text, JSON or CSV.

mod text;
mod wire_row;

use std::io::{self, Write};

pub use text::write_text;

use super::csv::push_row;
use crate::store::SwitchRow;
use wire_row::WireRow;

/// From the boundary until it was known to be live, in milliseconds; `None` for a switch that was
/// never sent, or never read back.
pub fn late_ms(row: &SwitchRow) -> Option<i64> {
    row.sent?;
    Some((row.settled? - row.due).num_milliseconds())
}

/// Writes one JSON object a line.
///
/// # Errors
/// What the writer reports.
pub fn write_json(rows: &[SwitchRow], out: &mut impl Write) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *out, &WireRow::from(row))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes a heading and a row for each.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(rows: &[SwitchRow], out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    push_row(&mut line, &WireRow::FIELDS);
    out.write_all(line.as_bytes())?;
    for row in rows {
        line.clear();
        let fields = WireRow::from(row).fields();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        push_row(&mut line, &fields);
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}
