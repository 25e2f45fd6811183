//! What is wrong with a file, and where: the problems, their order, and how they are shown.
//!
//! Owns the shape of a message on the terminal. Must not know what the file means.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::domain::Line;

/// Whether a problem refuses the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

impl Severity {
    /// The word in front of the message.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One problem of a file. Its `Display` is the plain text of [`Diagnostic::render`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it refuses the file.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: String,
    /// Its line, from 1.
    pub line: Line,
    /// Its column in characters, from 1.
    pub column: u32,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// The line itself, and the others that belong to the problem.
    pub excerpts: Vec<Excerpt>,
}

/// A line of the file with a mark under a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Its number, from 1.
    pub line: Line,
    /// The first marked character, from 1.
    pub column: u32,
    /// Marked characters, at least 1.
    pub width: u32,
    /// The line, without what a terminal would act on.
    pub text: String,
    /// What the mark says.
    pub label: Option<String>,
    /// Whether it is the place of the problem, or one that belongs to it.
    pub primary: bool,
}

/// How a problem is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// With ANSI colours.
    Colour,
}

impl Diagnostic {
    /// The problem as text of several lines, the last one ended:
    /// `file:line:column: error: message`, the lines with their carets, the hint.
    pub fn render(&self, paint: Paint) -> String {
        let ink = Ink(paint);
        let (place, word) = (
            format!("{}:{}:{}:", printable(&self.file), self.line, self.column),
            format!("{}:", self.severity.as_str()),
        );
        let colour = match self.severity {
            Severity::Error => RED,
            Severity::Warning => YELLOW,
        };
        let mut out = format!(
            "{} {} {}\n",
            ink.of(BOLD, &place),
            ink.of(colour, &word),
            printable(&self.message)
        );
        let lines = self.excerpts.iter().map(|excerpt| excerpt.line);
        let gutter = lines.max().map_or(1, |line| line.to_string().len());
        let bar = |number: &str| ink.of(BLUE, &format!("{number:>gutter$} |"));
        if !self.excerpts.is_empty() {
            out.push_str(&format!("{}\n", bar("")));
        }
        for excerpt in &self.excerpts {
            let (text, column, width) = excerpt.cut();
            let (sign, colour) = if excerpt.primary {
                ("^", colour)
            } else {
                ("-", BLUE)
            };
            let label = excerpt.label.as_deref().map(|label| format!(" {label}"));
            let mark = sign.repeat(width) + &label.unwrap_or_default();
            let number = bar(&excerpt.line.to_string());
            out.push_str(&format!("{number} {text}\n"));
            let indent = " ".repeat(column);
            out.push_str(&format!("{} {indent}{}\n", bar(""), ink.of(colour, &mark)));
        }
        if let Some(hint) = &self.hint {
            let equals = ink.of(BLUE, &format!("{:>gutter$} =", ""));
            out.push_str(&format!("{equals} hint: {}\n", printable(hint)));
        }
        out
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Paint::Plain))
    }
}

impl Excerpt {
    /// The part of the line that fits a terminal, with the mark's place and width in it, in columns
    /// of the terminal: a letter of some scripts takes two.
    fn cut(&self) -> (String, usize, usize) {
        let (text, place, width) = self.cut_by_letters();
        let columns = |letters: &mut dyn Iterator<Item = char>| -> usize {
            letters.map(|c| c.width().unwrap_or_default()).sum()
        };
        let mut letters = text.chars();
        let indent = columns(&mut letters.by_ref().take(place));
        let marked = text.chars().count().saturating_sub(place).min(width);
        let mark = columns(&mut letters.take(width)) + (width - marked);
        (text, indent, mark.max(1))
    }

    /// The same, in letters.
    fn cut_by_letters(&self) -> (String, usize, usize) {
        const LONGEST: usize = 160;
        let text: Vec<char> = self.text.chars().collect();
        let column = (self.column as usize).saturating_sub(1).min(text.len());
        let width = (self.width as usize).max(1);
        if text.len() <= LONGEST {
            return (self.text.trim_end().to_owned(), column, width);
        }
        let start = column.saturating_sub(LONGEST / 4);
        let shown: String = text[start..].iter().take(LONGEST).collect();
        let before = if start > 0 { "…" } else { "" };
        let place = column - start + before.chars().count();
        (format!("{before}{shown}…"), place, width.min(LONGEST / 2))
    }
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";

struct Ink(Paint);

impl Ink {
    fn of(&self, colour: &str, text: &str) -> String {
        match self.0 {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("{colour}{text}\x1b[0m"),
        }
    }
}

/// A text in which nothing moves a terminal's cursor: one character for one character.
pub(super) fn printable(text: &str) -> String {
    let one = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(text: &str, column: u32, width: u32) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: "schedule.toml".into(),
            line: 12,
            column,
            message: "unknown zone `Europe/Londn`".into(),
            hint: Some("did you mean `Europe/London`?".into()),
            span: 0..1,
            excerpts: vec![Excerpt {
                line: 12,
                column,
                width,
                text: text.into(),
                label: None,
                primary: true,
            }],
        }
    }

    #[test]
    fn the_caret_is_under_the_fault_after_letters_of_any_width() {
        for (text, column, width, want) in [
            ("name = \"é\" x", 12, 1, (11, 1)),
            ("name = \"日本\" x", 13, 1, (14, 1)),
            ("name = \"日本\"", 8, 4, (7, 6)),
            ("name = \"e\u{301}\" x", 13, 1, (11, 1)),
            ("name =", 7, 1, (6, 1)),
        ] {
            let (_, indent, mark) = diagnostic(text, column, width).excerpts[0].cut();
            assert_eq!((indent, mark), want, "{text}");
        }
    }

    #[test]
    fn the_first_line_can_be_grepped_and_the_caret_is_under_the_fault() {
        let text = diagnostic("timezone = \"Europe/Londn\"", 12, 14).to_string();
        let want = "\
schedule.toml:12:12: error: unknown zone `Europe/Londn`
   |
12 | timezone = \"Europe/Londn\"
   |            ^^^^^^^^^^^^^^
   = hint: did you mean `Europe/London`?
";
        assert_eq!(text, want);
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let diagnostic = diagnostic("timezone = \"Europe/Londn\"", 12, 14);
        let mut coloured = diagnostic.render(Paint::Colour);
        for code in [BOLD, RED, YELLOW, BLUE, "\x1b[0m"] {
            coloured = coloured.replace(code, "");
        }
        assert_eq!(coloured, diagnostic.to_string());
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_fault() {
        let line = format!("{}XYZ{}", " ".repeat(50_000), "y".repeat(50_000));
        let text = diagnostic(&line, 50_001, 3).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].chars().count() < 200, "{}", lines[2]);
        let caret = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[2].chars().nth(caret), Some('X'));
    }
}
