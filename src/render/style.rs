//! Colour, or none: a small set of inks, each with one meaning.
//!
//! Must not know terminals or the environment: whoever prints decides.

use crate::domain::action::Action;

/// Whether text is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    painted: bool,
}

/// What a piece of text is, rather than its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// A heading, or the rule that wins.
    Strong,
    /// What is read last.
    Faint,
    /// As wanted; calls are answered.
    Good,
    /// Worth a look; calls are recorded.
    Notice,
    /// Wrong; calls are dropped.
    Bad,
    /// Something named elsewhere.
    Name,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Strong => "\x1b[1m",
            Ink::Faint => "\x1b[2m",
            Ink::Good => "\x1b[32m",
            Ink::Notice => "\x1b[33m",
            Ink::Bad => "\x1b[31m",
            Ink::Name => "\x1b[36m",
        }
    }

    /// The ink of an action.
    pub fn of(action: Action) -> Ink {
        match action {
            Action::Queue => Ink::Good,
            Action::Voicemail => Ink::Notice,
            Action::Hangup => Ink::Bad,
            Action::Jump(_) => Ink::Name,
        }
    }
}

impl Style {
    /// Without any escape code.
    pub const PLAIN: Style = Style { painted: false };
    /// With ANSI colours.
    pub const COLOUR: Style = Style { painted: true };

    /// Adds text in an ink.
    pub fn push(self, out: &mut String, ink: Ink, text: &str) {
        if !self.painted || text.is_empty() {
            out.push_str(text);
            return;
        }
        out.push_str(ink.code());
        out.push_str(text);
        out.push_str("\x1b[0m");
    }

    /// Text in an ink.
    #[must_use]
    pub fn paint(self, ink: Ink, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        self.push(&mut out, ink, text);
        out
    }
}
