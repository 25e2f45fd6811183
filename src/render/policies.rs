//! The live policies of an account, with what drives them, as text, JSON or CSV.

use std::io::{self, Write};

use serde::Serialize;

use super::csv::push_row;
use super::style::{Ink, Style};
use super::text::{PAGE, pad, pad_left, width, wrap};
use crate::domain::action::Action;
use crate::domain::policy::{LiveDefault, Uid};

/// A live policy, or one of the file that is not found in the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLine {
    /// Its id; `None` where it is not found, and the file names it by its description.
    pub uid: Option<Uid>,
    /// Its description; empty where it is not found, and the file names it by its id.
    pub description: String,
    /// Its default; `None` where it is not found.
    pub live: Option<LiveDefault>,
    /// Its name in the file.
    pub name: Option<String>,
    /// The schedule that drives it.
    pub schedule: Option<String>,
    /// What it should be now.
    pub wanted: Option<Action>,
    /// Whether it is.
    pub standing: Standing,
}

/// Whether a policy is as it should be. The words are stable: JSON and CSV carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    AsWanted,
    /// It is not.
    Differs,
    /// Nothing in the file drives it.
    NotDriven,
    /// The file names it, and the account has none such.
    Missing,
    /// The file names it, and the account has more than one such.
    Ambiguous,
}

impl Standing {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::AsWanted => "yes",
            Standing::Differs => "no",
            Standing::NotDriven => "-",
            Standing::Missing => "missing",
            Standing::Ambiguous => "ambiguous",
        }
    }

    fn ink(self) -> Ink {
        match self {
            Standing::AsWanted => Ink::Good,
            Standing::Differs => Ink::Notice,
            Standing::NotDriven => Ink::Faint,
            Standing::Missing | Standing::Ambiguous => Ink::Bad,
        }
    }
}

const HEADINGS: [&str; 6] = ["uid", "description", "live", "schedule", "should be", "ok"];
/// Columns of live defaults, schedules and actions at most; the description takes what is left.
const WIDEST: [usize; 6] = [10, 60, 12, 16, 12, 9];
const GAP: &str = "  ";

/// Writes a table of at most a page's columns, and a sum below it.
///
/// # Errors
/// What the writer reports.
pub fn write_text(lines: &[PolicyLine], style: Style, out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<[String; 6]> = lines.iter().map(cells).collect();
    let mut columns = HEADINGS.map(width);
    for row in &rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    for (column, most) in columns.iter_mut().zip(WIDEST) {
        *column = (*column).min(most);
    }
    let taken: usize = columns.iter().sum::<usize>() + GAP.len() * (columns.len() - 1);
    columns[1] -= taken.saturating_sub(PAGE).min(columns[1] - 1);

    let mut text = String::new();
    let heading = HEADINGS.map(str::to_owned);
    push_line(&mut text, &heading, &columns, |text, _, cell| {
        style.push(text, Ink::Strong, cell);
    });
    out.write_all(text.as_bytes())?;
    for (row, line) in rows.iter().zip(lines) {
        text.clear();
        push_line(&mut text, row, &columns, |text, column, cell| {
            let ink = match column {
                2 => line.live.as_ref().map(|live| match live {
                    LiveDefault::Known(action) => Ink::of(*action),
                    LiveDefault::Other(_) => Ink::Notice,
                }),
                4 => line.wanted.map(Ink::of),
                5 => Some(line.standing.ink()),
                _ => None,
            };
            match ink {
                Some(ink) => style.push(text, ink, cell),
                None => text.push_str(cell),
            }
        });
        out.write_all(text.as_bytes())?;
    }
    for line in wrap(&sum(lines), PAGE) {
        writeln!(out, "{}", style.paint(Ink::Faint, &line))?;
    }
    Ok(())
}

fn cells(line: &PolicyLine) -> [String; 6] {
    let dash = || "-".to_owned();
    let description = match (&line.live, &line.name) {
        (None, Some(name)) if line.description.is_empty() => format!("(policies.{name})"),
        _ => line.description.clone(),
    };
    [
        line.uid.map_or_else(dash, |uid| uid.to_string()),
        description,
        (line.live.as_ref()).map_or_else(dash, ToString::to_string),
        line.schedule.clone().unwrap_or_else(dash),
        line.wanted.map_or_else(dash, |action| action.to_string()),
        line.standing.as_str().to_owned(),
    ]
}

fn push_line(
    out: &mut String,
    cells: &[String; 6],
    columns: &[usize; 6],
    mut paint: impl FnMut(&mut String, usize, &str),
) {
    for (at, (cell, columns)) in cells.iter().zip(columns).enumerate() {
        if at > 0 {
            out.push_str(GAP);
        }
        match at {
            0 => paint(out, at, &pad_left(cell, *columns)),
            // Nothing stands behind the last.
            5 => paint(out, at, cell),
            _ => paint(out, at, &pad(cell, *columns)),
        }
    }
    out.push('\n');
}

fn sum(lines: &[PolicyLine]) -> String {
    let many = |standing| {
        let of = lines.iter().filter(|line| line.standing == standing);
        of.count()
    };
    let mut parts = vec![format!("{} as they should be", many(Standing::AsWanted))];
    for (standing, words) in [
        (Standing::Differs, "not as they should be"),
        (Standing::NotDriven, "without a schedule"),
        (Standing::Missing, "missing in the account"),
        (Standing::Ambiguous, "ambiguous in the account"),
    ] {
        if many(standing) > 0 {
            parts.push(format!("{} {words}", many(standing)));
        }
    }
    parts.join(", ")
}

#[derive(Serialize)]
struct WireLine<'a> {
    uid: Option<u64>,
    description: &'a str,
    live: Option<String>,
    policy: Option<&'a str>,
    schedule: Option<&'a str>,
    should_be: Option<String>,
    ok: &'static str,
}

impl<'a> From<&'a PolicyLine> for WireLine<'a> {
    fn from(line: &'a PolicyLine) -> WireLine<'a> {
        WireLine {
            uid: line.uid.map(|Uid(id)| id),
            description: &line.description,
            live: line.live.as_ref().map(ToString::to_string),
            policy: line.name.as_deref(),
            schedule: line.schedule.as_deref(),
            should_be: line.wanted.map(|action| action.to_string()),
            ok: line.standing.as_str(),
        }
    }
}

/// Writes one JSON object a line.
///
/// # Errors
/// What the writer reports.
pub fn write_json(lines: &[PolicyLine], out: &mut impl Write) -> io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut *out, &WireLine::from(line))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes a heading and a row for each; what is not known is empty.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(lines: &[PolicyLine], out: &mut impl Write) -> io::Result<()> {
    let mut text = String::new();
    push_row(
        &mut text,
        &[
            "uid",
            "description",
            "live",
            "policy",
            "schedule",
            "should_be",
            "ok",
        ],
    );
    for line in lines {
        let line = WireLine::from(line);
        let uid = line.uid.map(|uid| uid.to_string()).unwrap_or_default();
        push_row(
            &mut text,
            &[
                &uid,
                line.description,
                line.live.as_deref().unwrap_or_default(),
                line.policy.unwrap_or_default(),
                line.schedule.unwrap_or_default(),
                line.should_be.as_deref().unwrap_or_default(),
                line.ok,
            ],
        );
    }
    out.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(uid: u64, description: &str, live: &str, wanted: Option<Action>) -> PolicyLine {
        let live = LiveDefault::parse(live);
        PolicyLine {
            uid: Some(Uid(uid)),
            description: description.to_owned(),
            name: wanted.map(|_| "sales".to_owned()),
            schedule: wanted.map(|_| "a-schedule-with-a-long-name".to_owned()),
            wanted,
            standing: match wanted {
                None => Standing::NotDriven,
                Some(action) if live.is(action) => Standing::AsWanted,
                Some(_) => Standing::Differs,
            },
            live: Some(live),
        }
    }

    #[test]
    fn a_table_fits_a_page_whatever_is_in_it() {
        let long = "A description that goes on and on, as people write them, 春節の休み";
        let lines = [
            line(2164, "MyTOD", "queue", Some(Action::Queue)),
            line(12_345_678_901, long, "jump:123456789", Some(Action::Hangup)),
            line(3, "a\nb\x1b[31m", "ivr:something-else", None),
            PolicyLine {
                live: None,
                standing: Standing::Missing,
                ..line(99, "", "", Some(Action::Queue))
            },
            PolicyLine {
                uid: None,
                live: None,
                standing: Standing::Ambiguous,
                ..line(1, "Twice", "", Some(Action::Queue))
            },
        ];
        let mut out = Vec::new();
        write_text(&lines, Style::PLAIN, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), 8, "{out}");
        assert!(out.contains("        99  (policies.sal…  -  "), "{out}");
        assert!(out.contains("         -  Twice "), "{out}");
        assert!(out.lines().all(|line| width(line) <= 80), "{out}");
        assert!(!out.contains('\x1b'), "{out}");
        let end = "\
1 as they should be, 1 not as they should be, 1 without a schedule, 1 missing in
the account, 1 ambiguous in the account
";
        assert!(out.ends_with(end), "{out}");
    }
}
