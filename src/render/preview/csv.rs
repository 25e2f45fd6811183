//! A preview as comma-separated values: a row a switch, policy by policy.

use std::io::{self, Write};

use super::{Group, Kept, Preview};
use crate::render::csv::{push_field, push_row};
use crate::render::wire;

/// Writes a heading, and a row for each switch. What holds at the start is not among them.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(preview: &Preview<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"policy,zone,at,local,from,to,kind,name,line\n")?;
    let mut kept = Kept::new(preview);
    let mut name = String::new();
    for policy in &preview.policies {
        name.clear();
        push_field(&mut name, policy.name);
        name.push(',');
        let group = &preview.groups[policy.group];
        let rows = kept.text(policy.group, || rows(preview, group));
        for row in rows.split_inclusive('\n') {
            out.write_all(name.as_bytes())?;
            out.write_all(row.as_bytes())?;
        }
    }
    Ok(())
}

/// The rows without the policy's name. A field never holds a line's end.
fn rows(preview: &Preview<'_>, group: &Group) -> String {
    let zone = group.zone();
    let mut out = String::new();
    for change in group.timeline.changes(preview.from, preview.to) {
        let line = change.reason.line.map(|line| line.to_string());
        let fields = [
            zone.name(),
            &wire::instant(change.at),
            &wire::local(zone, change.at),
            &change.from.to_string(),
            &change.to.to_string(),
            change.reason.kind.as_str(),
            change.reason.name,
            line.as_deref().unwrap_or_default(),
        ];
        push_row(&mut out, &fields);
    }
    out
}
