//! The bytes of an XML answer to text, by the encoding it declares.

use std::borrow::Cow;

/// The byte order mark of UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How far the declaration may reach.
const DECLARATION: usize = 256;

/// Decodes by the declared encoding. Without one: UTF-8, or ISO-8859-1 where it is not UTF-8.
///
/// ISO-8859-1 is taken at its word: bytes 0x80 to 0x9f are not read as Windows-1252, so that what
/// was read can be sent back unchanged.
pub(super) fn decode(body: &[u8]) -> Result<Cow<'_, str>, String> {
    if let Some(body) = body.strip_prefix(BOM) {
        return utf8(body).ok_or_else(|| "it is not UTF-8".into());
    }
    let Some(encoding) = declared(body) else {
        return Ok(utf8(body).unwrap_or_else(|| latin1(body)));
    };
    match encoding.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" => {
            utf8(body).ok_or_else(|| "it declares UTF-8 and is not".into())
        }
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" => Ok(latin1(body)),
        _ => Err(format!("its encoding {encoding:?} is unknown")),
    }
}

fn utf8(body: &[u8]) -> Option<Cow<'_, str>> {
    std::str::from_utf8(body).ok().map(Cow::Borrowed)
}

fn latin1(body: &[u8]) -> Cow<'_, str> {
    Cow::Owned(body.iter().copied().map(char::from).collect())
}

/// The encoding of `<?xml … encoding="…"?>`.
fn declared(body: &[u8]) -> Option<&str> {
    let start = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let start = &start[..start.len().min(DECLARATION)];
    let end = start.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&start[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_encoding_is_honoured() {
        let decoded = |body: &[u8]| decode(body).map(Cow::into_owned);
        let text = |head: &str, tail: &[u8]| [head.as_bytes(), tail].concat();
        for (head, tail, expected) in [
            (
                "<?xml version='1.0' encoding='ISO-8859-1'?>",
                &b"\xfc\x96"[..],
                Some("\u{fc}\u{96}"),
            ),
            (
                "<?xml version=\"1.0\" encoding = \"utf-8\" ?>",
                b"\xc3\xbc",
                Some("\u{fc}"),
            ),
            ("<?xml version='1.0'?>", b"\xc3\xbc", Some("\u{fc}")),
            ("<?xml version='1.0'?>", b"\xfc", Some("\u{fc}")),
            ("", b"\xfc", Some("\u{fc}")),
            (
                "\u{feff}<?xml version='1.0' encoding='iso-8859-1'?>",
                b"\xc3\xbc",
                Some("\u{fc}"),
            ),
            ("<?xml version='1.0' encoding='utf-8'?>", b"\xfc", None),
            ("<?xml version='1.0' encoding='utf-16'?>", b"x", None),
        ] {
            let result = decoded(&text(head, tail));
            assert_eq!(
                result
                    .ok()
                    .as_deref()
                    .and_then(|text| text.strip_prefix(head.trim_start_matches('\u{feff}'))),
                expected,
                "{head}"
            );
        }
    }
}
