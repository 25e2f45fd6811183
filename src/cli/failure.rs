//! Why a command failed, as people are told: what was found, where, what was expected, what to do.
//!
//! The one presenter of errors. Must not know any command.

use std::io::{self, Write};

use super::exit::Exit;
use crate::render::Style;
use crate::render::style::Ink;
use crate::render::text::{PAGE, plain, wrap};

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    found: String,
    place: Option<String>,
    expected: Option<String>,
    hints: Vec<String>,
    /// Whoever read the output has left: nothing failed.
    unheard: bool,
}

impl Failure {
    /// A failure by what was found.
    pub fn new(found: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::Failed,
            found: found.into(),
            place: None,
            expected: None,
            hints: Vec::new(),
            unheard: false,
        }
    }

    /// A wrong word on the command line.
    pub fn usage(found: impl Into<String>) -> Failure {
        Failure::new(found).exit(Exit::Usage)
    }

    /// With another exit code than 1.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Failure {
        self.exit = exit;
        self
    }

    /// Where it was found.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Failure {
        self.place = Some(place.into());
        self
    }

    /// What was expected instead.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Failure {
        self.expected = Some(expected.into());
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// The same, where there is something to say.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Failure {
        self.hints.extend(hint);
        self
    }

    /// Tells it on stderr; what is left is the exit code.
    pub fn tell(&self, style: Style) -> Exit {
        if self.unheard {
            return Exit::Done;
        }
        // Nobody is there to be told that stderr is closed.
        let _ = io::stderr().lock().write_all(self.text(style).as_bytes());
        self.exit
    }

    fn text(&self, style: Style) -> String {
        let mut out = String::new();
        push(&mut out, style, Ink::Bad, "error:", &self.found);
        let more = [("at:", &self.place), ("expected:", &self.expected)];
        for (word, text) in more {
            if let Some(text) = text {
                push(&mut out, style, Ink::Strong, &format!("  {word}"), text);
            }
        }
        for hint in &self.hints {
            push(&mut out, style, Ink::Name, "  hint:", hint);
        }
        out
    }
}

fn push(out: &mut String, style: Style, ink: Ink, word: &str, text: &str) {
    style.push(out, ink, word);
    let indent = word.chars().count() + 1;
    // A path is copied whole: only words are wrapped.
    let lines = if text.contains(' ') {
        wrap(text, PAGE - indent)
    } else {
        vec![plain(text).into_owned()]
    };
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            out.extend(std::iter::repeat_n(' ', indent - 1));
        }
        out.push(' ');
        out.push_str(line);
        out.push('\n');
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let unheard = error.kind() == io::ErrorKind::BrokenPipe;
        Failure {
            unheard,
            ..Failure::new(format!("the output cannot be written: {error}"))
        }
    }
}
