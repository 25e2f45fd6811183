//! Lengths of time with units: `30s`, `5m`, `1h30m`, `400d`.

use std::time::Duration;

use super::Fault;

/// The units, longest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads whole numbers with units, the longer unit first.
///
/// # Errors
/// A text that is none, or a length over a thousand years.
pub fn parse(text: &str) -> Result<Duration, Fault> {
    const LONGEST: u64 = 1_000 * 366 * 86_400;
    let wrong = || {
        Fault::new(format!("`{text}` is not a length of time"))
            .hint("write a number and a unit: \"30s\", \"5m\", \"2h\", \"400d\" or \"1h30m\"")
    };
    let mut units = UNITS.iter();
    let mut rest = text;
    let mut seconds: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let (_, length) = units.find(|(sign, _)| *sign == unit).ok_or_else(wrong)?;
        seconds = number
            .checked_mul(*length)
            .and_then(|more| seconds.checked_add(more))
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| Fault::new(format!("`{text}` is too long a time")))?;
        rest = &rest[digits + 1..];
    }
    if text.is_empty() {
        return Err(wrong());
    }
    Ok(Duration::from_secs(seconds))
}

/// The shortest spelling that [`parse`] reads back.
pub fn spell(length: Duration) -> String {
    let mut rest = length.as_secs();
    let mut text = String::new();
    for (sign, unit) in UNITS {
        if rest >= unit {
            text.push_str(&format!("{}{sign}", rest / unit));
            rest %= unit;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_read_back_as_it_is_spelled() {
        for text in ["0s", "30s", "5m", "2h", "400d", "1h30m", "1d1h1m1s"] {
            assert_eq!(spell(parse(text).unwrap()), text);
        }
        assert_eq!(spell(parse("90m").unwrap()), "1h30m");
    }

    #[test]
    fn what_has_no_unit_is_refused() {
        for text in [
            "",
            "30",
            "s",
            "5 m",
            "-5m",
            "1.5h",
            "30m1h",
            "5m5m",
            "1w",
            "1é",
            "99999999999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
