//! Lines of a file as they may be shown: a secret written where it does not belong stays hidden.
//!
//! Must not know TOML: a line that is shown may be none.

use std::borrow::Cow;

/// Keys beside which people write secrets by mistake.
const SECRET_KEYS: [&str; 6] = [
    "password", "token", "secret", "api_key", "api-key", "webhook",
];

/// The line, without the value of a secret's key, without user names and queries of addresses.
/// What is hidden becomes as many dots, so that columns stay.
pub fn line(text: &str) -> Cow<'_, str> {
    let Some(hidden) = hidden_part(text) else {
        return Cow::Borrowed(text);
    };
    let dots = "·".repeat(text[hidden.clone()].chars().count());
    let shown = format!("{}{dots}{}", &text[..hidden.start], &text[hidden.end..]);
    Cow::Owned(line(&shown).into_owned())
}

fn hidden_part(text: &str) -> Option<std::ops::Range<usize>> {
    secret_value(text).or_else(|| part_of_address(text))
}

fn secret_value(text: &str) -> Option<std::ops::Range<usize>> {
    let lower = text.to_ascii_lowercase();
    SECRET_KEYS.iter().find_map(|key| {
        lower.match_indices(key).find_map(|(at, _)| {
            let after = &text[at + key.len()..];
            let value = after.trim_start_matches(['"', '\'', ' ', '\t']);
            let value = value.strip_prefix(['=', ':'])?.trim_start();
            let start = text.len() - value.len();
            let bare = value.chars().all(|c| c == '·');
            (!bare).then_some(start..text.len())
        })
    })
}

fn part_of_address(text: &str) -> Option<std::ops::Range<usize>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let mut from = 0;
    while let Some(found) = text[from..].find("://") {
        let start = from + found + 3;
        let rest = &text[start..];
        let end = start + rest.find(ends).unwrap_or(rest.len());
        let address = &text[start..end];
        let user = address.rfind('@').map(|at| start..start + at);
        let query = address.find(['?', '#']).map(|at| start + at + 1..end);
        let shown = |part: &std::ops::Range<usize>| text[part.clone()].chars().any(|c| c != '·');
        if let Some(part) = user.filter(shown).or(query.filter(shown)) {
            return Some(part);
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_dots_and_the_rest_stays() {
        for (text, want) in [
            ("password = \"hunter2\"", "password = ·········"),
            ("  Token=abc # x", "  Token=·······"),
            (
                "api = { \"api_key\" = \"k\" }",
                "api = { \"api_key\" = ·····",
            ),
            (
                "base_url = \"https://me:key@host/x?token=1\"",
                "base_url = \"https://······@host/x?········",
            ),
            (
                "url = \"https://host/feed?key=1\"",
                "url = \"https://host/feed?·····\"",
            ),
            ("webhook = \"https://h/T0\"", "webhook = ··············"),
            ("password_file = \"api-key\"", "password_file = \"api-key\""),
            (
                "timezone = \"Europe/London\"",
                "timezone = \"Europe/London\"",
            ),
            ("password", "password"),
            ("password = ", "password = "),
        ] {
            assert_eq!(line(text), want);
        }
    }
}
