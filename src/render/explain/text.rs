//! An explanation for people: the answer, since when and until when, then every rule.

use super::verdict;
use crate::domain::explain::{Explanation, LookedAt, Verdict};
use crate::domain::timeline::ReasonKind;
use crate::domain::zone::Zone;
use crate::render::style::{Ink, Style};
use crate::render::text::{PAGE, fit, pad, pad_left, plain, width, wrap};
use crate::render::words;

/// The whole text.
#[must_use]
pub fn explain_text(policy: &str, zone: &Zone, why: &Explanation<'_>, style: Style) -> String {
    let mut out = String::new();
    let when = words::date_time(why.local);
    let pass = words::pass(zone, why.at).map_or(String::new(), |pass| format!(", {pass}"));
    let head = format!("{} at {when}{pass} ({})", plain(policy), zone.name());
    style.push(&mut out, Ink::Strong, &fit(&head, PAGE));
    out.push_str("\n\n");
    answer(&mut out, zone, why, style);
    out.push('\n');
    style.push(&mut out, Ink::Strong, "Every rule, highest first");
    out.push('\n');
    rules(&mut out, zone, why, style);
    out
}

fn answer(out: &mut String, zone: &Zone, why: &Explanation<'_>, style: Style) {
    let action = why.state.action.to_string();
    let line = why.state.reason.line;
    let line = line.map_or(String::new(), |line| format!(" (line {line})"));
    let because = match why.state.reason.kind {
        ReasonKind::Closed => format!("because no rule says otherwise: closed{line}"),
        _ => format!("because of {}{line}", words::the_rule(&why.state.reason)),
    };
    let indent = 2 + action.len() + 2;
    out.push_str("  ");
    style.push(out, Ink::of(why.state.action), &action);
    out.push_str("  ");
    out.push_str(&wrap(&because, PAGE - indent).join(&format!("\n{:indent$}", "")));
    out.push('\n');
    let since = match &why.since {
        Some(change) => format!(
            "since {}, before it {}",
            words::moment(zone, change.at),
            change.from
        ),
        None => "it has always been so".to_owned(),
    };
    let until = match &why.until {
        Some(change) => format!(
            "until {}, then {}",
            words::moment(zone, change.at),
            change.to
        ),
        None => "for ever: nothing in the file will change it".to_owned(),
    };
    for line in [since, until] {
        out.push_str("  ");
        style.push(out, Ink::Faint, &line);
        out.push('\n');
    }
}

/// One rule's line before it is laid out.
struct Row {
    kind: ReasonKind,
    name: String,
    line: String,
    action: String,
    verdict: String,
    ink: Ink,
    wins: bool,
}

/// The widest that the column of names gets.
const LONGEST_NAME: usize = 26;
const KIND: usize = "override".len();

fn rules(out: &mut String, zone: &Zone, why: &Explanation<'_>, style: Style) {
    let mut rows: Vec<Row> = (why.looked_at.iter())
        .map(|one| row(one, zone, why))
        .collect();
    for (kind, none) in [
        (ReasonKind::Override, "no override for this policy"),
        (ReasonKind::Holiday, "no calendar"),
        (ReasonKind::Weekly, "no window"),
    ] {
        let rhythm = |kind| [ReasonKind::Weekly, ReasonKind::Trigger].contains(&kind);
        let same = |row: &Row| row.kind == kind || (rhythm(kind) && rhythm(row.kind));
        if !rows.iter().any(same) {
            let at = rows.partition_point(|row| row.kind < kind);
            rows.insert(at, absent(kind, none));
        }
    }
    let widest = |cell: &dyn Fn(&Row) -> &str, heading: &str| {
        let looked_at = rows.iter().filter(|row| !row.verdict.is_empty());
        let cells = looked_at.map(|row| width(cell(row)));
        cells.max().unwrap_or(0).max(heading.len())
    };
    let name = widest(&|row| &row.name, "name");
    let line = widest(&|row| &row.line, "line");
    let action = widest(&|row| &row.action, "action");
    let indent = 2 + KIND + 2 + name + 2 + line + 2 + action + 2;
    let heading = format!(
        "  {}  {}  {}  {}  verdict",
        pad("rule", KIND),
        pad("name", name),
        pad_left("line", line),
        pad("action", action),
    );
    style.push(out, Ink::Faint, &heading);
    out.push('\n');
    for row in &rows {
        let ink = if row.wins { Ink::Strong } else { Ink::Faint };
        out.push_str(if row.wins { "▸ " } else { "  " });
        style.push(out, ink, &pad(row.kind.as_str(), KIND));
        out.push_str("  ");
        if row.verdict.is_empty() {
            style.push(out, Ink::Faint, &row.name);
            out.push('\n');
            continue;
        }
        style.push(out, ink, &pad(&row.name, name));
        out.push_str("  ");
        style.push(out, ink, &pad_left(&row.line, line));
        out.push_str("  ");
        style.push(out, row.ink, &pad(&row.action, action));
        out.push_str("  ");
        for (number, line) in wrap(&row.verdict, PAGE - indent).iter().enumerate() {
            if number > 0 {
                out.push_str(&format!("\n{:indent$}", ""));
            }
            style.push(out, ink, line);
        }
        out.push('\n');
    }
}

fn row(one: &LookedAt<'_>, zone: &Zone, why: &Explanation<'_>) -> Row {
    let hours = one.hours.map_or(String::new(), |hours| format!(" {hours}"));
    let name = match (one.rule.kind, one.rule.line) {
        (ReasonKind::Holiday, None) => format!("calendar {}", one.rule.name),
        _ => one.rule.name.to_owned(),
    };
    let name = fit(&name, LONGEST_NAME - width(&hours)).into_owned() + &hours;
    let wins = one.verdict == Verdict::Wins;
    Row {
        kind: one.rule.kind,
        name,
        line: one
            .rule
            .line
            .map(|line| line.to_string())
            .unwrap_or_default(),
        action: one
            .action
            .map(|action| action.to_string())
            .unwrap_or_default(),
        verdict: verdict::words(&one.verdict, zone, why.local.date_naive()),
        ink: one.action.filter(|_| wins).map_or(Ink::Faint, Ink::of),
        wins,
    }
}

fn absent(kind: ReasonKind, none: &str) -> Row {
    Row {
        kind,
        name: none.to_owned(),
        line: String::new(),
        action: String::new(),
        verdict: String::new(),
        ink: Ink::Faint,
        wins: false,
    }
}
