//! The one line for each switch that the demo and the log of a run print, in columns.
//!
//! Must not know whether the switch is simulated.

use chrono::{DateTime, FixedOffset};

use super::style::{Ink, Style};
use super::text::{PAGE, fit, pad, pad_left, width};
use super::words;
use crate::domain::action::Action;

/// One switch as people are told of it.
#[derive(Debug, Clone, Copy)]
pub struct SwitchLine<'a> {
    /// The boundary, in the policy's zone.
    pub local: DateTime<FixedOffset>,
    /// The policy's name.
    pub policy: &'a str,
    /// The live value before, as it was read.
    pub from: &'a str,
    /// The value wanted.
    pub to: Action,
    /// The rule's name.
    pub why: &'a str,
    /// Writes that were sent.
    pub tries: u32,
    /// From the boundary until it was known to be live; `None` where it is not.
    pub late_ms: Option<i64>,
}

/// How wide the columns are: the same for every line of one output.
#[derive(Debug, Clone, Copy)]
pub struct SwitchColumns {
    policy: usize,
}

const WHEN: usize = "Thu 24 Dec 09:00".len();
/// `voicemail → queue`; what is wider takes from the column after it.
const CHANGE: usize = 17;
const TRIES: usize = "3 tries".len();
const LATE: usize = "1234 ms".len();

impl SwitchColumns {
    /// For policies of these names.
    pub fn new<'n>(policies: impl IntoIterator<Item = &'n str>) -> SwitchColumns {
        let widest = policies.into_iter().map(width).max().unwrap_or(0);
        SwitchColumns {
            policy: widest.clamp("policy".len(), 14),
        }
    }

    /// The names of the columns.
    #[must_use]
    pub fn header(&self, style: Style) -> String {
        let mut line = String::new();
        for (name, columns) in [
            ("when", WHEN),
            ("policy", self.policy),
            ("from → to", CHANGE),
            ("why", self.why(CHANGE)),
        ] {
            line.push_str(&pad(name, columns));
            line.push(' ');
        }
        line.push_str(&pad_left("tries", TRIES));
        line.push(' ');
        line.push_str(&pad_left("late", LATE));
        style.paint(Ink::Faint, &line)
    }

    fn why(&self, change: usize) -> usize {
        let fixed = WHEN + 1 + self.policy + 1 + change + 1 + 1 + TRIES + 1 + LATE;
        PAGE.saturating_sub(fixed)
    }
}

/// The line, without its end.
#[must_use]
pub fn switch_line(switch: &SwitchLine<'_>, columns: SwitchColumns, style: Style) -> String {
    let mut line = pad(&switch.local.format("%a %_d %b %H:%M").to_string(), WHEN);
    line.push(' ');
    line.push_str(&pad(switch.policy, columns.policy));
    line.push(' ');
    let from = fit(switch.from, 14);
    let change = width(&from) + 3 + switch.to.to_string().len();
    words::push_change(&mut line, style, &from, switch.to, CHANGE);
    line.push(' ');
    let why = pad(switch.why, columns.why(change.max(CHANGE)));
    style.push(&mut line, Ink::Faint, &why);
    line.push(' ');
    let tries = match switch.tries {
        0 => "-".to_owned(),
        1 => "1 try".to_owned(),
        2..=9 => format!("{} tries", switch.tries),
        many => format!("{many}×"),
    };
    let ink = if switch.tries > 1 {
        Ink::Notice
    } else {
        Ink::Faint
    };
    style.push(&mut line, ink, &pad_left(&tries, TRIES));
    line.push(' ');
    match switch.late_ms {
        Some(ms) => line.push_str(&pad_left(&words::late(ms), LATE)),
        None => style.push(&mut line, Ink::Bad, &pad_left("-", LATE)),
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(policy: &str, from: &str, to: &str, why: &str, tries: u32, late: i64) -> String {
        let switch = SwitchLine {
            local: "2026-12-24T09:00:00+00:00".parse().unwrap(),
            policy,
            from,
            to: to.parse().unwrap(),
            why,
            tries,
            late_ms: Some(late),
        };
        switch_line(
            &switch,
            SwitchColumns::new(["sales", "lobby"]),
            Style::PLAIN,
        )
    }

    #[test]
    fn every_line_is_as_wide_as_a_page_and_its_columns_are_aligned() {
        let header = SwitchColumns::new(["sales", "lobby"]).header(Style::PLAIN);
        let lines = [
            header,
            line("sales", "voicemail", "queue", "Christmas Eve", 1, 3),
            line(
                "lobby",
                "queue",
                "voicemail",
                "mon-fri 09:00-12:30, 13:30-17:30",
                3,
                40_231,
            ),
            line(
                "sales",
                "voicemail",
                "jump:1234567",
                "Stocktaking",
                12,
                1_204,
            ),
            line(
                "a-policy-with-a-long-name",
                "jump:1",
                "hangup",
                "",
                1,
                7_200_000,
            ),
        ];
        let text = lines.join("\n");
        assert!(lines.iter().all(|line| width(line) == PAGE), "{text}");
        let want = "\
when             policy from → to         why                      tries    late
Thu 24 Dec 09:00 sales  voicemail → queue Christmas Eve            1 try    3 ms
Thu 24 Dec 09:00 lobby  queue → voicemail mon-fri 09:00-12:30,…  3 tries  40.2 s
Thu 24 Dec 09:00 sales  voicemail → jump:1234567 Stocktaking         12× 1204 ms
Thu 24 Dec 09:00 a-pol… jump:1 → hangup                            1 try 120 min";
        assert_eq!(text, want);
    }
}
