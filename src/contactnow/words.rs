//! The words of others, made safe to print: no secret, no address, no control character, not long.

use std::borrow::Cow;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// How much of a server's words is kept, in characters.
const MAX_CHARS: usize = 300;
/// The API's tokens are 40 hex digits; whatever looks like most of one is hidden.
const TOKEN_LIKE: usize = 32;
const HIDDEN: &str = "[hidden]";

/// The text without any of these secrets, however it spells them, and without anything that looks
/// like a token or an address.
pub(super) fn safe(text: &str, secrets: &[&SecretString]) -> String {
    let mut text = Cow::Borrowed(text);
    for secret in secrets {
        for spelling in spellings(secret.expose_secret()) {
            if text.contains(&spelling) {
                text = Cow::Owned(text.replace(&spelling, HIDDEN));
            }
        }
    }
    let plain: String = text
        .chars()
        .map(|c| if is_unprintable(c) { ' ' } else { c })
        .collect();
    let words: Vec<Cow<'_, str>> = plain.split_whitespace().map(word).collect();
    shorten(words.join(" "))
}

fn word(word: &str) -> Cow<'_, str> {
    if word.contains("://") {
        return Cow::Borrowed("[address]");
    }
    let mut kept = String::new();
    let mut rest = word;
    while let Some((start, end)) = hex_run(rest) {
        kept.push_str(&rest[..start]);
        kept.push_str(HIDDEN);
        rest = &rest[end..];
    }
    if kept.is_empty() {
        return Cow::Borrowed(word);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// The first run of hex digits that is long enough to be a token.
fn hex_run(text: &str) -> Option<(usize, usize)> {
    let mut start = None;
    for (index, byte) in text.bytes().enumerate() {
        match (byte.is_ascii_hexdigit(), start) {
            (true, None) => start = Some(index),
            (false, Some(first)) if index - first >= TOKEN_LIKE => return Some((first, index)),
            (false, _) => start = None,
            (true, Some(_)) => {}
        }
    }
    start
        .filter(|first| text.len() - first >= TOKEN_LIKE)
        .map(|first| (first, text.len()))
}

/// The ways a server may write a secret back: as it is, as in a URL, in HTML, in JSON. Longest first,
/// so that no spelling leaves a piece of another.
fn spellings(secret: &str) -> Vec<String> {
    let trimmed = secret.trim();
    if trimmed.is_empty() {
        return Vec::new();
    }
    let mut spellings = vec![secret.to_owned(), trimmed.to_owned()];
    for text in [secret, trimmed] {
        let form = form_encoded(text);
        let percent = form.replace('+', "%20");
        spellings.push(lower_hex(&form));
        spellings.push(lower_hex(&percent));
        spellings.push(form);
        spellings.push(percent);
    }
    spellings.push(quick_xml::escape::escape(trimmed).into_owned());
    let json = serde_json::Value::from(trimmed).to_string();
    spellings.push(json.trim_matches('"').to_owned());
    spellings.retain(|spelling| !spelling.trim().is_empty());
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings.dedup();
    spellings
}

fn form_encoded(text: &str) -> String {
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return text.to_owned();
    };
    url.query_pairs_mut().append_pair("", text);
    let query = url.query().unwrap_or_default();
    query.trim_start_matches('=').to_owned()
}

fn lower_hex(encoded: &str) -> String {
    let mut after_percent = 0;
    let lower = |c: char| {
        if c == '%' {
            after_percent = 2;
            return c;
        }
        if after_percent == 0 {
            return c;
        }
        after_percent -= 1;
        c.to_ascii_lowercase()
    };
    encoded.chars().map(lower).collect()
}

/// Control characters, and those that turn the direction of what follows.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn shorten(mut text: String) -> String {
    if let Some((index, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(index);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_secret_is_left() {
        let secret = SecretString::from("p/ä+s s&<w>\"o");
        for text in [
            "Bad argument: p/ä+s s&<w>\"o",
            "password=p%2F%C3%A4%2Bs+s%26%3Cw%3E%22o&x=1",
            "password=p%2f%c3%a4%2bs%20s%26%3cw%3e%22o",
            "<b>p/ä+s s&amp;&lt;w&gt;&quot;o</b>",
            "{\"password\":\"p/ä+s s&<w>\\\"o\"}",
        ] {
            let safe = safe(text, &[&secret]);
            assert!(safe.contains(HIDDEN), "{safe}");
            assert!(!safe.contains("s%26") && !safe.contains("s s&"), "{safe}");
        }
    }

    #[test]
    fn what_looks_like_a_token_or_an_address_is_hidden() {
        let token = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(safe(&format!("x={token}&y"), &[]), "x=[hidden]&y");
        assert_eq!(safe(token, &[]), "[hidden]");
        assert_eq!(
            safe("see https://h/token.php?a=b now", &[]),
            "see [address] now"
        );
        assert_eq!(safe("Invalid queue id [0]", &[]), "Invalid queue id [0]");
    }

    #[test]
    fn words_are_one_short_line() {
        assert_eq!(safe("a\r\n\tb\u{1b}[31mc\u{202e}", &[]), "a b [31mc");
        assert_eq!(safe(&"é ".repeat(1000), &[]).chars().count(), MAX_CHARS + 1);
    }
}
