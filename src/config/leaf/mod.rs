//! The small languages inside the file: words, hours, days, durations, dates.
//!
//! Each reads one text and knows nothing of the file around it.

pub mod address;
pub mod dates;
pub mod days;
pub mod duration;
pub mod hours;
pub mod words;

use std::ops::Range;

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In one line.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// The bytes of the text that are wrong; all of it unless said.
    pub part: Option<Range<usize>>,
}

impl Fault {
    /// A fault of the whole text.
    pub fn new(message: impl Into<String>) -> Fault {
        Fault {
            message: message.into(),
            hint: None,
            part: None,
        }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }

    /// The same, where there is something to say.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Fault {
        self.hint = hint;
        self
    }

    /// Says which bytes are wrong.
    #[must_use]
    pub fn part(mut self, part: Range<usize>) -> Fault {
        self.part = Some(part);
        self
    }
}

/// The pieces of a list with commas: each without the blanks around it, and its place.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    text.split(',').map(move |piece| {
        let start = at + (piece.len() - piece.trim_start().len());
        at += piece.len() + 1;
        let piece = piece.trim();
        (piece, start..start + piece.len())
    })
}
