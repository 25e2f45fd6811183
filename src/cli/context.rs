//! What every command starts from: places, colours, now, and where its words go.

use std::io::{self, BufWriter, StdoutLock, Write};

use chrono::SubsecRound;

use super::args::{Colour, Globals};
use super::failure::Failure;
use super::places::Places;
use crate::clock::{Clock, SystemClock};
use crate::domain::Instant;
use crate::render::Style;
use crate::render::style::Ink;
use crate::render::text::plain;

/// What every command starts from.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where the file, the store and the socket lie.
    pub places: Places,
    /// The time at which the command was given, to the second.
    pub now: Instant,
    /// How answers are painted.
    pub out: Style,
    /// How talk is painted.
    pub err: Style,
}

impl Context {
    /// From the options that all commands share, and the environment.
    pub fn new(globals: &Globals) -> Context {
        let stdout = anstream::AutoStream::choice(&io::stdout());
        Context {
            places: Places::new(globals, &|name| std::env::var_os(name), &|path| {
                path.is_dir()
            }),
            now: now().trunc_subsecs(0),
            out: style(globals.color, stdout),
            err: talk(globals.color),
        }
    }

    /// Where answers go. Flushed by [`finish`].
    pub fn stdout(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::with_capacity(1 << 16, io::stdout().lock())
    }

    /// Tells people something that is no answer.
    pub fn talk(&self, text: &str) {
        // Nobody is there to be told that stderr is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Tells people of something that may go wrong later.
    pub fn warn(&self, text: &str) {
        let text = plain(text);
        self.talk(&format!(
            "{} {text}\n",
            self.err.paint(Ink::Notice, "warning:")
        ));
    }

    /// Tells people of something that is wrong, one of several.
    pub fn error(&self, text: &str) {
        let text = plain(text);
        self.talk(&format!("{} {text}\n", self.err.paint(Ink::Bad, "error:")));
    }

    /// Tells people something that they may want to know.
    pub fn note(&self, text: &str) {
        self.talk(&format!("{} {text}\n", self.err.paint(Ink::Name, "note:")));
    }
}

/// Writes a part of an answer that grows while people watch. A reader that left is not missed.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The time on the system's clock, which no command reads by itself.
pub fn now() -> Instant {
    SystemClock.now()
}

/// Writes what is left of an answer.
///
/// # Errors
/// What the writer reports.
pub fn finish(mut out: BufWriter<StdoutLock<'static>>) -> Result<super::Exit, Failure> {
    out.flush()?;
    Ok(super::Exit::Done)
}

/// How talk is painted, the log included.
pub fn talk(asked: Colour) -> Style {
    style(asked, anstream::AutoStream::choice(&io::stderr()))
}

fn style(asked: Colour, found: anstream::ColorChoice) -> Style {
    match asked {
        Colour::Always => Style::COLOUR,
        Colour::Never => Style::PLAIN,
        Colour::Auto if found == anstream::ColorChoice::Never => Style::PLAIN,
        Colour::Auto => Style::COLOUR,
    }
}
