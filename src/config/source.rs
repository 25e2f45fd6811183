//! A file's text, and where a byte of it is: line, column, excerpt. Problems are gathered here.
//!
//! Must not know TOML.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Excerpt, Severity, printable};
use super::veil;
use crate::domain::Line;

/// Bytes `[start, end)` of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first.
    pub start: usize,
    /// The first after it.
    pub end: usize,
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Span {
        Span {
            start: range.start,
            end: range.end,
        }
    }
}

/// A value of the file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// The same place, another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: change(self.value),
            span: self.span,
        }
    }
}

/// A file's text under the name it was asked for by.
#[derive(Debug)]
pub struct Source<'a> {
    name: String,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Finds the lines once, so that each look-up is a binary search.
    pub fn new(name: impl Into<String>, text: &'a str) -> Source<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = [0].into_iter().chain(breaks.map(|(at, _)| at + 1));
        Source {
            name: name.into(),
            text,
            line_starts: line_starts.collect(),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The line on which a span begins.
    pub fn line(&self, span: Span) -> Line {
        let line = self
            .line_starts
            .partition_point(|start| *start <= span.start);
        Line::try_from(line).unwrap_or(Line::MAX)
    }

    /// The line of a span with a mark under it; of a span over several lines the first counts.
    fn excerpt(&self, span: Span, label: Option<String>) -> Excerpt {
        let line = self.line(span);
        let start = self.line_starts[line as usize - 1];
        let text = self.text[start..].lines().next().unwrap_or_default();
        let chars_before = |byte: usize| {
            let byte = byte.saturating_sub(start);
            let before = text.char_indices().take_while(|(at, _)| *at < byte);
            u32::try_from(before.count()).unwrap_or(u32::MAX)
        };
        let (from, to) = (chars_before(span.start), chars_before(span.end));
        Excerpt {
            line,
            column: from.saturating_add(1),
            width: to.saturating_sub(from).max(1),
            text: printable(&veil::line(text)),
            label,
            primary: true,
        }
    }
}

/// The problems of one file as they are found.
#[derive(Debug)]
pub struct Problems<'a> {
    source: Source<'a>,
    found: RefCell<Vec<Diagnostic>>,
    /// Lines that are no TOML: what is read from them means nothing.
    torn: RefCell<BTreeSet<Line>>,
}

/// What is to be said at a place; dropped without [`Problem::error`] or [`Problem::warning`] it is nothing.
#[must_use]
pub struct Problem<'p, 'a> {
    problems: &'p Problems<'a>,
    span: Span,
    message: String,
    hint: Option<String>,
    label: Option<String>,
    related: Vec<Excerpt>,
}

impl<'a> Problems<'a> {
    /// None yet.
    pub fn new(source: Source<'a>) -> Problems<'a> {
        Problems {
            source,
            found: RefCell::default(),
            torn: RefCell::default(),
        }
    }

    /// The file they are problems of.
    pub fn source(&self) -> &Source<'a> {
        &self.source
    }

    /// Begins one.
    pub fn at(&self, span: Span, message: impl Into<String>) -> Problem<'_, 'a> {
        Problem {
            problems: self,
            span,
            message: message.into(),
            hint: None,
            label: None,
            related: Vec::new(),
        }
    }

    /// Whether the file is no TOML in some place, so that what is missing may be there all the same.
    pub fn any_torn(&self) -> bool {
        !self.torn.borrow().is_empty()
    }

    /// Whether any of them refuses the file.
    pub fn any_error(&self) -> bool {
        let found = self.found.borrow();
        found.iter().any(|one| one.severity == Severity::Error)
    }

    /// All of them in the order of the file.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|one| (one.line, one.column));
        found
    }
}

impl Problem<'_, '_> {
    /// Says what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, where there is something to say.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Writes beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Shows another place that belongs to it.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        let mut excerpt = self.problems.source.excerpt(span, Some(label.into()));
        excerpt.primary = false;
        self.related.push(excerpt);
        self
    }

    /// It refuses the file.
    pub fn error(self) {
        self.push(Severity::Error);
    }

    /// It refuses the file, and nothing else is said about its line.
    pub fn torn(self) {
        let line = self.problems.source.line(self.span);
        let problems = self.problems;
        self.push(Severity::Error);
        problems.torn.borrow_mut().insert(line);
    }

    /// It does not refuse the file.
    pub fn warning(self) {
        self.push(Severity::Warning);
    }

    fn push(self, severity: Severity) {
        let source = &self.problems.source;
        if self
            .problems
            .torn
            .borrow()
            .contains(&source.line(self.span))
        {
            return;
        }
        let primary = source.excerpt(self.span, self.label);
        let (line, column) = (primary.line, primary.column);
        let mut excerpts = self.related;
        excerpts.push(primary);
        excerpts.sort_by_key(|excerpt| (excerpt.line, excerpt.column));
        self.problems.found.borrow_mut().push(Diagnostic {
            severity,
            file: source.name.clone(),
            line,
            column,
            message: self.message,
            hint: self.hint,
            span: self.span.start..self.span.end,
            excerpts,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters_from_one() {
        let problems = Problems::new(Source::new("x.toml", "a = 1\r\né = \"ü\" # z\r\n"));
        let at = problems.source().text().find("\"ü\"").unwrap();
        problems
            .at((at..at + 4).into(), "wrong")
            .also((0..1).into(), "the other")
            .error();
        problems.at((23..23).into(), "at the end").warning();
        let found = problems.into_sorted();
        assert_eq!((found[0].line, found[0].column), (2, 5));
        let want = "\
x.toml:2:5: error: wrong
  |
1 | a = 1
  | - the other
2 | é = \"ü\" # z
  |     ^^^
";
        assert_eq!(found[0].to_string(), want);
        assert_eq!((found[1].line, found[1].column), (3, 1));
    }
}
