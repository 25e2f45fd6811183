//! A preview for people: by local day, holidays and clock changes on the day's line.
//!
//! A switch stands under the date of its own policy's zone, as holidays do.

mod day;

use std::collections::BTreeSet;
use std::io::{self, Write};

use chrono::{NaiveDate, NaiveDateTime};

use super::{Group, Preview};
use crate::domain::action::Action;
use crate::domain::schedule::Rhythm;
use crate::domain::timeline::Change;
use crate::render::style::{Ink, Style};
use crate::render::text::{PAGE, fit, pad, push_hanging, width};
use crate::render::words;
use day::Days;

/// Writes what holds at the start, then every switch below its day.
///
/// # Errors
/// What the writer reports.
pub fn write_text(preview: &Preview<'_>, style: Style, out: &mut impl Write) -> io::Result<()> {
    let columns = Columns::of(preview);
    let mut line = String::new();
    heading(preview, style, &mut line);
    out.write_all(line.as_bytes())?;
    for index in 0..preview.policies.len() {
        line.clear();
        start(preview, index, &columns, style, &mut line);
        out.write_all(line.as_bytes())?;
    }
    let names: Vec<String> = (preview.policies.iter())
        .map(|policy| pad(policy.name, columns.policy))
        .collect();
    let members = members(preview);
    let mut days = Days::new(preview);
    while let Some(day) = days.next() {
        line.clear();
        day_line(&day, style, &mut line);
        out.write_all(line.as_bytes())?;
        for slot in day.switches.chunk_by(|a, b| a.local == b.local) {
            let mut lines: Vec<(usize, usize)> = Vec::new();
            let tails: Vec<String> = slot
                .iter()
                .map(|switch| columns.tail(&switch.change, switch.local, style))
                .collect();
            for (place, switch) in slot.iter().enumerate() {
                lines.extend(members[switch.group].iter().map(|policy| (*policy, place)));
            }
            // Runs that are in order already, which a stable sort merges.
            lines.sort();
            let heads: Vec<String> = slot
                .iter()
                .map(|switch| columns.head(switch, &preview.groups[switch.group], preview, style))
                .collect();
            line.clear();
            for (policy, place) in lines {
                line.push_str(&heads[place]);
                line.push_str(&names[policy]);
                line.push_str(&tails[place]);
            }
            out.write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

/// A switch of a group under its local time.
struct Switch<'a> {
    local: NaiveDateTime,
    group: usize,
    change: Change<'a>,
}

/// A date on which something is to be told.
struct Day<'a> {
    date: NaiveDate,
    /// Holidays and clock changes, in words.
    notes: Vec<String>,
    /// By local time.
    switches: Vec<Switch<'a>>,
}

/// For each group the places of its policies.
fn members(preview: &Preview<'_>) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); preview.groups.len()];
    for (index, policy) in preview.policies.iter().enumerate() {
        members[policy.group].push(index);
    }
    members
}

/// Columns for the reason of a switch, at least: `Christm… (line 15)`.
const WHY: usize = 18;

/// Widths that hold for the whole output.
struct Columns {
    policy: usize,
    /// Of the cities before policies of another zone; 0 where there are none.
    city: usize,
    /// Of the full names of zones; 0 where all are of the default one.
    zone: usize,
    action: usize,
    /// Of `voicemail → queue`.
    change: usize,
}

impl Columns {
    fn of(preview: &Preview<'_>) -> Columns {
        let names = preview.policies.iter().map(|policy| width(policy.name));
        let other = |group: &&Group| group.zone().name() != preview.zone.name();
        let others = || preview.groups.iter().filter(other);
        let cities = others().map(|group| width(&words::city(group.zone().name())));
        let zones = others().map(|group| width(group.zone().name()));
        let default_zone = width(preview.zone.name());
        let actions: BTreeSet<Action> = preview.groups.iter().flat_map(actions).collect();
        let mut widths: Vec<usize> = actions.iter().map(|a| a.to_string().len()).collect();
        widths.sort_unstable_by(|a, b| b.cmp(a));
        let action = widths.first().copied().unwrap_or(0);
        // A change is between two actions: the widest two.
        let second = widths.get(1).copied().unwrap_or(action);
        let change = action + 3 + second;
        let city = cities.max().map_or(0, |widest| widest.min(14));
        // A name gives way before the reason and its line do.
        let others = "  09:00  ".len() + city + 2 + 2 + change + 2;
        let room = PAGE.saturating_sub(others + WHY).clamp(12, 24);
        Columns {
            policy: names.max().unwrap_or(0).min(room),
            city,
            zone: zones
                .max()
                .map_or(0, |widest| widest.max(default_zone).min(24)),
            action,
            change,
        }
    }

    /// A switch's line up to the policy's name.
    fn head(
        &self,
        switch: &Switch<'_>,
        group: &Group,
        preview: &Preview<'_>,
        style: Style,
    ) -> String {
        let mut head = String::from("  ");
        head.push_str(&words::time(switch.local.time()));
        head.push_str("  ");
        if self.city > 0 {
            let zone = group.zone().name();
            let city = if zone == preview.zone.name() {
                String::new()
            } else {
                words::city(zone)
            };
            style.push(&mut head, Ink::Name, &pad(&city, self.city));
            head.push_str("  ");
        }
        head
    }

    /// A switch's line from the policy's name on.
    fn tail(&self, change: &Change<'_>, local: NaiveDateTime, style: Style) -> String {
        let mut tail = String::from("  ");
        let from = change.from.to_string();
        let wide = width(&from) + 3 + change.to.to_string().len();
        words::push_change(&mut tail, style, &from, change.to, self.change);
        tail.push_str("  ");
        let city = if self.city > 0 { self.city + 2 } else { 0 };
        let time = words::time(local.time()).len();
        let before = 2 + time + 2 + city + self.policy + 2 + wide.max(self.change) + 2;
        let room = PAGE.saturating_sub(before);
        let why = words::rule(change.reason.name, change.reason.line, room);
        style.push(&mut tail, Ink::Faint, &fit(&why, room));
        tail.push('\n');
        tail
    }
}

/// All actions that a group may ever have.
fn actions(group: &Group) -> Vec<Action> {
    let parts = group.schedule().parts();
    let defaults = [Some(parts.closed), parts.open, parts.on_holiday];
    let mut actions: Vec<Action> = defaults.iter().flatten().map(|one| one.action).collect();
    match &parts.rhythm {
        Rhythm::Weekly(windows) => actions.extend(windows.iter().map(|window| window.action)),
        Rhythm::Triggers(triggers) => actions.extend(triggers.iter().map(|t| t.action)),
    }
    let overrides = group.timeline.overrides().all().iter();
    actions.extend(overrides.map(|one| one.action));
    actions
}

fn heading(preview: &Preview<'_>, style: Style, out: &mut String) {
    let zone = preview.zone;
    let span = format!(
        "{} to {}",
        words::moment(zone, preview.from),
        words::moment(zone, preview.to)
    );
    style.push(out, Ink::Strong, &span);
    let data = preview.zone_data;
    let note = format!(
        "{}, zone data {} ({})",
        zone.name(),
        data.version,
        data.source
    );
    out.push('\n');
    style.push(out, Ink::Faint, &fit(&note, PAGE));
    out.push_str("\n\n");
    style.push(out, Ink::Strong, "At the start");
    out.push('\n');
}

/// What holds for a policy at the start, and for how long where nothing switches it in the span.
fn start(preview: &Preview<'_>, index: usize, columns: &Columns, style: Style, out: &mut String) {
    let policy = &preview.policies[index];
    let group = &preview.groups[policy.group];
    let state = group.timeline.state_at(preview.from);
    let mut column = 2 + columns.policy + 2;
    out.push_str("  ");
    out.push_str(&pad(policy.name, columns.policy));
    out.push_str("  ");
    if columns.zone > 0 {
        style.push(out, Ink::Name, &pad(group.zone().name(), columns.zone));
        out.push_str("  ");
        column += columns.zone + 2;
    }
    let why = |room: usize| words::rule(state.reason.name, state.reason.line, room);
    let next = group.timeline.next_change(preview.from);
    let action = state.action.to_string();
    match next {
        None => {
            style.push(out, Ink::of(state.action), &format!("always {action}"));
            column += "always ".len() + action.len() + 2;
            out.push_str("  ");
            style.push(out, Ink::Faint, &why(PAGE.saturating_sub(column)));
        }
        Some(next) => {
            style.push(out, Ink::of(state.action), &pad(&action, columns.action));
            out.push_str("  ");
            let told = column + columns.action + 2;
            style.push(out, Ink::Faint, &why(PAGE.saturating_sub(told)));
            if next.at >= preview.to {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', column));
                let at = words::moment(group.zone(), next.at);
                push_hanging(out, column, &format!("until {at}, then {}", next.to));
            }
        }
    }
    out.push('\n');
}

fn day_line(day: &Day<'_>, style: Style, out: &mut String) {
    out.push('\n');
    let date = words::date(day.date);
    style.push(out, Ink::Strong, &date);
    let mut column = width(&date);
    let quiet = day.switches.is_empty().then(|| "no switch".to_owned());
    for note in day.notes.iter().chain(&quiet) {
        let note = fit(note, PAGE - 4);
        if column + 3 + width(&note) > PAGE {
            out.push_str("\n ");
            column = 1;
        }
        column += 3 + width(&note);
        out.push_str(" · ");
        let ink = if quiet.as_deref() == Some(&note) {
            Ink::Faint
        } else {
            Ink::Notice
        };
        style.push(out, ink, &note);
    }
    out.push('\n');
}
