//! Text in columns: how wide it is, padded, cut to fit, wrapped.
//!
//! Owns the width of a page. Must not know what the text is about.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a page: whatever the terminal, a line fits a mail and a ticket too.
pub const PAGE: usize = 80;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text that moves no cursor and ends no line, whoever wrote it.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_odd) {
        return Cow::Borrowed(text);
    }
    let one = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        c if is_odd(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(one).collect())
}

/// Control characters, and those that turn the direction of writing.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text, cut with an ellipsis to at most so many columns.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    let text = plain(text);
    if width(&text) <= columns {
        return text;
    }
    let mut cut = String::new();
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        cut.push(c);
    }
    if columns > 0 {
        let kept = cut.trim_end().len();
        cut.truncate(kept);
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// The text cut or filled with spaces to exactly so many columns.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let blank = columns - width(&text);
    let mut padded = text.into_owned();
    padded.extend(std::iter::repeat_n(' ', blank));
    padded
}

/// The text with spaces before it.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let blank = columns - width(&text);
    " ".repeat(blank) + &text
}

/// The text in lines of at most so many columns, broken at spaces; a longer word is cut in two.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = plain(text);
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > columns {
            let (head, tail) = word.split_at(prefix(word, columns));
            lines.push(head.to_owned());
            word = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The bytes of a text that fit so many columns; one character at least.
fn prefix(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > columns && at > 0 {
            return at;
        }
    }
    text.len()
}

/// Puts a text after what is in `out`, whose last line is `column` wide; further lines are indented
/// to the same column.
pub fn push_hanging(out: &mut String, column: usize, text: &str) {
    for (number, line) in wrap(text, PAGE.saturating_sub(column)).iter().enumerate() {
        if number > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', column));
        }
        out.push_str(line);
    }
}

/// A number with its noun, in the plural where it is not one.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_by_columns_not_by_bytes() {
        assert_eq!(fit("Christmas Eve", 13), "Christmas Eve");
        assert_eq!(fit("Christmas Eve", 12), "Christmas E…");
        assert_eq!(fit("Christmas Eve", 11), "Christmas…");
        assert_eq!(fit("春節の休み", 7), "春節の…");
        assert_eq!(pad("é", 3), "é  ");
        assert_eq!(pad("春節の休み", 6), "春節… ");
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(plain("a\x1b[31mb\nc\u{202e}d"), "a\u{fffd}[31mb c\u{fffd}d");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let lines = wrap("outranked by the holiday Christmas Eve", 20);
        assert_eq!(lines, ["outranked by the", "holiday Christmas", "Eve"]);
        assert_eq!(wrap("aaaaabbbbbcc d", 5), ["aaaaa", "bbbbb", "cc d"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
