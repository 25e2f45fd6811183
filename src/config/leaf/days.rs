//! Weekdays as people write them: `mon-thu, sat`, `fri-mon`.

use chrono::Weekday;

use super::{Fault, pieces};
use crate::config::nearest;
use crate::domain::hours::DaySet;

/// Every name of a day; the short ones first, for hints.
pub const NAMES: [(&str, Weekday); 14] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Reads names, lists and ranges; a range may run over the week's end.
///
/// # Errors
/// The first word that is no day.
pub fn parse(text: &str) -> Result<DaySet, Fault> {
    let mut days = DaySet::default();
    for (piece, place) in pieces(text) {
        days = match piece.split_once('-') {
            None => days.with(day(piece, place.start)?),
            Some((first, last)) => {
                let last_place = place.end - last.trim_start().len();
                let first = day(first.trim_end(), place.start)?;
                days.with_range(first, day(last.trim_start(), last_place)?)
            }
        };
    }
    Ok(days)
}

fn day(word: &str, at: usize) -> Result<Weekday, Fault> {
    let known = NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    if let Some((_, day)) = known {
        return Ok(*day);
    }
    let place = at..at + word.len();
    if word.is_empty() {
        let fault = Fault::new("a day is missing").hint("write days such as \"mon-fri, sun\"");
        return Err(fault.part(place));
    }
    let near = nearest::nearest(word, NAMES.iter().map(|(name, _)| *name));
    let hint = near.map_or("write days such as \"mon-fri, sun\"".to_owned(), |name| {
        format!("did you mean `{name}`?")
    });
    Err(Fault::new(format!("unknown day `{word}`"))
        .hint(hint)
        .part(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> String {
        let days = parse(text).unwrap();
        let all = NAMES[..7].iter();
        all.map(|(name, day)| if days.contains(*day) { &name[..1] } else { "." })
            .collect()
    }

    #[test]
    fn names_lists_and_ranges_are_read() {
        for (text, want) in [
            ("mon-fri", "mtwtf.."),
            ("mon-thu, sat", "mtwt.s."),
            ("fri-mon", "m...fss"),
            ("Mon, Wednesday ,FRI", "m.w.f.."),
            ("sun", "......s"),
            ("tue - thu", ".twt..."),
            ("mon-sun", "mtwtfss"),
        ] {
            assert_eq!(letters(text), want, "{text}");
        }
    }

    #[test]
    fn every_name_is_read_back_as_its_day() {
        for (name, day) in NAMES {
            assert_eq!(parse(name), Ok(DaySet::default().with(day)));
        }
    }

    #[test]
    fn an_unknown_day_is_refused_with_its_place() {
        for (text, part) in [
            ("", 0..0),
            ("mon,", 4..4),
            ("mon-fry", 4..7),
            ("thrusday, mon", 0..8),
            ("mon-", 4..4),
            ("mon - fri - sun", 6..15),
        ] {
            assert_eq!(parse(text).unwrap_err().part, Some(part), "{text}");
        }
    }
}
