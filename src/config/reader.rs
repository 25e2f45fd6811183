//! A typed reader of TOML tables that goes on after a mistake, so that all of them are told at once.
//!
//! Owns what is said about unknown keys and wrong types. Must not know which keys there are.

use chrono::{NaiveDate, NaiveDateTime};
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::leaf::{Fault, dates};
use super::nearest;
use super::source::{Problems, Span, Spanned};

/// A key and its value.
pub type Entry<'t> = (&'t str, Span, &'t TomlSpanned<DeValue<'t>>);

/// One table of the file.
pub struct Fields<'t> {
    table: &'t DeTable<'t>,
    place: Span,
    what: String,
    problems: &'t Problems<'t>,
    /// Keys that unknown ones seem to have been meant for: they are not missed as well.
    meant: Vec<String>,
}

impl<'t> Fields<'t> {
    /// Opens a table in which only these keys are known; the others are problems at once.
    /// `place` is where a missing key is missed.
    pub fn open(
        table: &'t DeTable<'t>,
        place: Span,
        what: impl Into<String>,
        known: &[&str],
        problems: &'t Problems<'t>,
    ) -> Fields<'t> {
        let mut fields = Fields {
            table,
            place,
            what: what.into(),
            problems,
            meant: Vec::new(),
        };
        for (key, span, _) in fields.entries() {
            if !known.contains(&key) {
                let message = format!("unknown key `{key}` in {}", fields.what);
                let hint = nearest::hint(key, known.iter().copied());
                let near = nearest::nearest(key, known.iter().copied());
                fields.meant.extend(near.map(str::to_owned));
                problems.at(span, message).maybe_hint(hint).error();
            }
        }
        fields
    }

    /// The same for a value that ought to be a table.
    pub fn of_value(
        value: &'t TomlSpanned<DeValue<'t>>,
        what: &str,
        known: &[&str],
        problems: &'t Problems<'t>,
    ) -> Option<Fields<'t>> {
        let place: Span = value.span().into();
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields::open(table, place, what, known, problems)),
            other => {
                wrong_type(problems, place, what, "a table", other);
                None
            }
        }
    }

    /// Where the table is.
    pub fn place(&self) -> Span {
        self.place
    }

    /// All keys in the order of the file.
    pub fn entries(&self) -> Vec<Entry<'t>> {
        in_order(self.table)
    }

    /// The place of a key.
    pub fn key(&self, key: &str) -> Option<Span> {
        let found = self.table.get_key_value(key);
        found.map(|(key, _)| key.span().into())
    }

    /// Says that a key is missing.
    pub fn missing(&self, key: &str, hint: &str) {
        if !self.problems.any_torn() && !self.meant.iter().any(|meant| meant == key) {
            let message = format!("{} needs `{key}`", self.what);
            self.problems.at(self.place, message).hint(hint).error();
        }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<Spanned<&'t str>> {
        self.table
            .get(key)
            .and_then(|value| as_text(self.problems, key, value))
    }

    /// A text that means something.
    pub fn word<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<Spanned<T>> {
        let text = self.text(key)?;
        parse(self.problems, &text, read)
    }

    /// A whole number.
    pub fn integer(&self, key: &str) -> Option<Spanned<u64>> {
        let value = self.table.get(key)?;
        let span = value.span().into();
        match value.get_ref() {
            DeValue::Integer(number) => {
                let read = u64::from_str_radix(number.as_str(), number.radix());
                if read.is_err() {
                    let message = format!("`{key}` is out of range: {number}");
                    self.problems.at(span, message).error();
                }
                let value = read.ok()?;
                Some(Spanned { value, span })
            }
            other => {
                let what = format!("`{key}`");
                wrong_type(self.problems, span, &what, "a whole number", other);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn integer_in(&self, key: &str, from: u64, to: u64) -> Option<u64> {
        let number = self.integer(key)?;
        if (from..=to).contains(&number.value) {
            return Some(number.value);
        }
        let message = format!("`{key}` must be {from} to {to}, not {}", number.value);
        self.problems.at(number.span, message).error();
        None
    }

    /// Yes or no.
    pub fn truth(&self, key: &str) -> Option<bool> {
        let value = self.table.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            other => {
                let (span, what) = (value.span().into(), format!("`{key}`"));
                wrong_type(self.problems, span, &what, "true or false", other);
                None
            }
        }
    }

    /// A text, or a whole number as its decimal digits.
    pub fn text_or_integer(&self, key: &str) -> Option<Spanned<String>> {
        let value = self.table.get(key)?;
        match value.get_ref() {
            DeValue::String(_) => Some(self.text(key)?.map(str::to_owned)),
            _ => Some(self.integer(key)?.map(|number| number.to_string())),
        }
    }

    /// A date.
    pub fn date(&self, key: &str) -> Option<Spanned<NaiveDate>> {
        as_date(self.problems, key, self.table.get(key)?)
    }

    /// A date and a time of day, without an offset.
    pub fn local_time(&self, key: &str) -> Option<Spanned<NaiveDateTime>> {
        let value = self.table.get(key)?;
        let span = value.span().into();
        match value.get_ref() {
            DeValue::Datetime(found) => {
                let text = Spanned { value: "", span };
                parse(self.problems, &text, |_| dates::local_time(found))
            }
            other => {
                let name = format!("`{key}`");
                let wanted = "a local date and time such as 2026-07-17T15:00:00";
                wrong_type(self.problems, span, &name, wanted, other);
                None
            }
        }
    }

    /// A list of whatever.
    pub fn list(&self, key: &str) -> Option<&'t [TomlSpanned<DeValue<'t>>]> {
        let value = self.table.get(key)?;
        match value.get_ref() {
            DeValue::Array(items) => Some(items),
            DeValue::Table(_) => {
                let above = self.what.strip_prefix("`[");
                let above = above.and_then(|what| what.strip_suffix("]`"));
                let header = above.map_or(key.to_owned(), |above| format!("{above}.{key}"));
                let text = self.problems.source().text();
                let hint = match text.get(value.span()) {
                    Some(inline) if inline.starts_with('{') => {
                        format!("write it in brackets, even alone: {key} = [{{ … }}]")
                    }
                    _ => format!("write the header of each entry as [[{header}]]"),
                };
                let message = format!("`{key}` must be a list, not a table");
                let problem = self.problems.at(value.span().into(), message);
                problem.hint(hint).error();
                None
            }
            other => {
                let span = value.span().into();
                wrong_type(self.problems, span, &format!("`{key}`"), "a list", other);
                None
            }
        }
    }

    /// A list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<Spanned<String>>> {
        let what = format!("an entry of `{key}`");
        let texts = self.list(key)?.iter().filter_map(|value| {
            let text = as_text(self.problems, &what, value)?;
            Some(text.map(str::to_owned))
        });
        Some(texts.collect())
    }

    /// A list of dates.
    pub fn dates(&self, key: &str) -> Vec<Spanned<NaiveDate>> {
        let what = format!("an entry of `{key}`");
        let items = self.list(key).unwrap_or_default().iter();
        items
            .filter_map(|value| as_date(self.problems, &what, value))
            .collect()
    }

    /// A table within.
    pub fn table(&self, key: &str, known: &[&str]) -> Option<Fields<'t>> {
        let value = self.table.get(key)?;
        let mut fields = Fields::of_value(value, &format!("`[{key}]`"), known, self.problems)?;
        fields.place = self.key(key)?;
        Some(fields)
    }

    /// The tables below a key, `[key.*]`: the name of each, its place and its fields.
    pub fn tables(&self, key: &str, known: &[&str]) -> Vec<(Spanned<String>, Fields<'t>)> {
        let Some(value) = self.table.get(key) else {
            return Vec::new();
        };
        let DeValue::Table(table) = value.get_ref() else {
            let (span, what) = (value.span().into(), format!("`{key}`"));
            wrong_type(
                self.problems,
                span,
                &what,
                "tables of names",
                value.get_ref(),
            );
            return Vec::new();
        };
        let named = in_order(table)
            .into_iter()
            .filter_map(|(name, span, value)| {
                let what = format!("`[{key}.{name}]`");
                let mut fields = Fields::of_value(value, &what, known, self.problems)?;
                fields.place = span;
                let value = name.to_owned();
                Some((Spanned { value, span }, fields))
            });
        named.collect()
    }

    /// Where the problems go.
    pub fn problems(&self) -> &'t Problems<'t> {
        self.problems
    }
}

/// Reads a text; what is wrong with it is told with the caret under the wrong part.
pub fn parse<T>(
    problems: &Problems<'_>,
    text: &Spanned<&str>,
    read: impl FnOnce(&str) -> Result<T, Fault>,
) -> Option<Spanned<T>> {
    match read(text.value) {
        Ok(value) => Some(Spanned {
            value,
            span: text.span,
        }),
        Err(fault) => {
            let span = part_of(problems, text, &fault);
            let problem = problems.at(span, fault.message);
            problem.maybe_hint(fault.hint).error();
            None
        }
    }
}

fn part_of(problems: &Problems<'_>, text: &Spanned<&str>, fault: &Fault) -> Span {
    let whole = text.span;
    let Some(part) = &fault.part else {
        return whole;
    };
    let file = problems.source().text();
    let inner = file.get(whole.start + 1..whole.end.saturating_sub(1));
    // With escapes, or in a text of several lines, places inside are not places of the file.
    if inner != Some(text.value) || part.is_empty() {
        return whole;
    }
    Span {
        start: whole.start + 1 + part.start,
        end: whole.start + 1 + part.end,
    }
}

fn in_order<'t>(table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
    let mut entries: Vec<Entry<'t>> = table
        .iter()
        .map(|(key, value)| (&**key.get_ref(), Span::from(key.span()), value))
        .collect();
    entries.sort_by_key(|(_, span, _)| *span);
    entries
}

fn as_text<'t>(
    problems: &Problems<'_>,
    key: &str,
    value: &'t TomlSpanned<DeValue<'t>>,
) -> Option<Spanned<&'t str>> {
    let span = value.span().into();
    match value.get_ref() {
        DeValue::String(text) => Some(Spanned { value: text, span }),
        other => {
            wrong_type(problems, span, &quoted(key), "a text in quotes", other);
            None
        }
    }
}

fn as_date(
    problems: &Problems<'_>,
    key: &str,
    value: &TomlSpanned<DeValue<'_>>,
) -> Option<Spanned<NaiveDate>> {
    let span = value.span().into();
    match value.get_ref() {
        DeValue::Datetime(found) => {
            let text = Spanned { value: "", span };
            parse(problems, &text, |_| dates::date(found))
        }
        other => {
            let wanted = "a date without quotes such as 2026-12-24";
            wrong_type(problems, span, &quoted(key), wanted, other);
            None
        }
    }
}

fn quoted(key: &str) -> String {
    if key.contains('`') {
        key.to_owned()
    } else {
        format!("`{key}`")
    }
}

fn wrong_type(problems: &Problems<'_>, span: Span, what: &str, wanted: &str, found: &DeValue<'_>) {
    let found = match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let message = format!("{what} must be {wanted}, not {found}");
    problems.at(span, message).error();
}
