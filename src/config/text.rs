//! The first stage: a text to a TOML table, with every mistake in its syntax.

use toml::Spanned;
use toml::de::DeTable;

use super::source::{Problems, Span};

/// Reads TOML; what is wrong becomes problems, and what can be understood is given back all the same.
pub fn read<'t>(problems: &Problems<'t>) -> Spanned<DeTable<'t>> {
    let text = problems.source().text();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let end = text.trim_end().len();
        // A mistake at the very end is shown where the text ends, not on an empty line after it.
        let span = if span.start > end { end..end } else { span };
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        problems.at(Span::from(span), message).torn();
    }
    table
}
