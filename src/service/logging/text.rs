//! A line of the log for people: what it begins with, its words, its fields.
//!
//! Must not know where it goes.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::registry::LookupSpan;

use super::Now;

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// The time and the level.
    Time,
    /// The level as systemd reads it from a stream, on each line of the event.
    Priority,
}

/// The format of the lines.
pub(super) struct Text {
    pub(super) prefix: Prefix,
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let mut words = Words::default();
        event.record(&mut words);

        // The fields go with the first line; a longer message goes on below, indented.
        let mut lines = words.message.lines();
        self.begin(&mut writer, level)?;
        write_plain(&mut writer, lines.next().unwrap_or_default())?;
        for (name, value) in &words.fields {
            let ansi = writer.has_ansi_escapes();
            let (dim, plain) = if ansi { (DIM, PLAIN) } else { ("", "") };
            write!(writer, " {dim}{name}={plain}")?;
            write_value(&mut writer, value)?;
        }
        writer.write_char('\n')?;
        for line in lines {
            if self.prefix == Prefix::Priority {
                self.begin(&mut writer, level)?;
            }
            writer.write_str("  ")?;
            write_plain(&mut writer, line)?;
            writer.write_char('\n')?;
        }
        Ok(())
    }
}

impl Text {
    fn begin(&self, writer: &mut Writer<'_>, level: Level) -> fmt::Result {
        if self.prefix == Prefix::Priority {
            return write!(writer, "<{}>", priority(level));
        }
        if !writer.has_ansi_escapes() {
            Now.format_time(writer)?;
            return write!(writer, " {level:<5} ");
        }
        writer.write_str(DIM)?;
        Now.format_time(writer)?;
        write!(writer, "{PLAIN} {}{level:<5}{PLAIN} ", colour(level))
    }
}

const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}

/// As syslog counts.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

/// The message and the fields of an event.
#[derive(Default)]
struct Words {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.fields.push((field.name(), value.to_owned()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// A value, in quotes unless it is plainly one word.
fn write_value(writer: &mut Writer<'_>, value: &str) -> fmt::Result {
    let is_quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    let is_word = !value.is_empty() && !value.contains([' ', '"', '=']);
    let is_printable = !value.contains(char::is_control);
    if is_printable && (is_word || is_quoted) {
        writer.write_str(value)
    } else {
        write!(writer, "{value:?}")
    }
}

/// A text with nothing in it that a terminal would obey.
fn write_plain(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    for letter in text.chars() {
        if letter.is_control() && letter != '\t' {
            write!(writer, "{}", letter.escape_debug())?;
        } else {
            writer.write_char(letter)?;
        }
    }
    Ok(())
}
