//! A preview as one JSON object. The order of its fields is part of the format.

use std::io::{self, Write};

use serde::Serialize;

use super::{Group, Kept, Preview};
use crate::render::wire::{self, WireReason, WireZoneData};

#[derive(Serialize)]
struct Start<'a> {
    action: String,
    reason: WireReason<'a>,
}

#[derive(Serialize)]
struct Switch<'a> {
    at: String,
    local: String,
    from: String,
    to: String,
    reason: WireReason<'a>,
}

/// Writes it on one line.
///
/// # Errors
/// What the writer reports.
pub fn write_json(preview: &Preview<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut head = String::from("{\"from\":");
    push(&mut head, &wire::instant(preview.from));
    head.push_str(",\"to\":");
    push(&mut head, &wire::instant(preview.to));
    head.push_str(",\"tzdata\":");
    push(&mut head, &WireZoneData::from(preview.zone_data));
    head.push_str(",\"policies\":[");
    out.write_all(head.as_bytes())?;
    let mut kept = Kept::new(preview);
    let mut name = String::new();
    for (index, policy) in preview.policies.iter().enumerate() {
        name.clear();
        name.push_str(if index > 0 {
            ",{\"policy\":"
        } else {
            "{\"policy\":"
        });
        push(&mut name, policy.name);
        out.write_all(name.as_bytes())?;
        let group = &preview.groups[policy.group];
        let body = kept.text(policy.group, || body(preview, group));
        out.write_all(body.as_bytes())?;
    }
    out.write_all(b"]}\n")
}

/// What follows the policy's name.
fn body(preview: &Preview<'_>, group: &Group) -> String {
    let (timeline, zone) = (&group.timeline, group.zone());
    let state = timeline.state_at(preview.from);
    let mut out = String::from(",\"zone\":");
    push(&mut out, zone.name());
    out.push_str(",\"start\":");
    let start = Start {
        action: state.action.to_string(),
        reason: state.reason.into(),
    };
    push(&mut out, &start);
    out.push_str(",\"switches\":[");
    for (index, change) in timeline.changes(preview.from, preview.to).enumerate() {
        if index > 0 {
            out.push(',');
        }
        let switch = Switch {
            at: wire::instant(change.at),
            local: wire::local(zone, change.at),
            from: change.from.to_string(),
            to: change.to.to_string(),
            reason: change.reason.into(),
        };
        push(&mut out, &switch);
    }
    out.push_str("]}");
    out
}

fn push(out: &mut String, value: &(impl Serialize + ?Sized)) {
    let json = serde_json::to_string(value);
    out.push_str(&json.expect("texts and numbers are always JSON"));
}
