//! Hours as people write them: `09:00-12:30, 13:30-17:30`.

use super::{Fault, pieces};
use crate::domain::hours::{DAY_MINUTES, Hours};

/// Reads a list of ranges.
///
/// # Errors
/// The first range that is none.
pub fn parse(text: &str) -> Result<Vec<Hours>, Fault> {
    pieces(text)
        .map(|(piece, place)| range(piece).map_err(|fault| fault.part(place)))
        .collect()
}

fn range(text: &str) -> Result<Hours, Fault> {
    const SHAPE: &str = "write a range of hours such as \"09:00-17:30\"";
    if text.is_empty() {
        return Err(Fault::new("a range of hours is missing").hint(SHAPE));
    }
    let Some((start, end)) = text.split_once('-') else {
        return Err(Fault::new(format!("`{text}` is not a range of hours")).hint(SHAPE));
    };
    let (start, end) = (time(start.trim())?, time(end.trim())?);
    if start == DAY_MINUTES {
        return Err(Fault::new("24:00 can only be an end").hint("a day begins at 00:00"));
    }
    Hours::new(start, end).ok_or_else(|| {
        Fault::new(format!("`{text}` starts and ends at the same time"))
            .hint("write 00:00-24:00 for the whole day")
    })
}

fn time(text: &str) -> Result<u16, Fault> {
    let wrong = || {
        Fault::new(format!("`{text}` is not a time of day"))
            .hint("write hours and minutes, 00:00 to 24:00")
    };
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = matches!(hour.len(), 1 | 2) && minute.len() == 2;
    if !shaped || !digits(hour) || !digits(minute) {
        return Err(wrong());
    }
    let number = |part: &str| part.parse::<u16>().map_err(|_| wrong());
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    if minute > 59 || total > DAY_MINUTES {
        return Err(wrong());
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_written() {
        let read = |text| -> Vec<String> {
            let ranges = parse(text).unwrap();
            ranges.iter().map(Hours::to_string).collect()
        };
        assert_eq!(
            read("09:00-12:30, 13:30-17:30"),
            ["09:00-12:30", "13:30-17:30"]
        );
        assert_eq!(read("9:00 - 17:30"), ["09:00-17:30"]);
        assert_eq!(read("22:00-06:00"), ["22:00-06:00"]);
        assert_eq!(read("00:00-24:00"), ["00:00-24:00"]);
        assert_eq!(read("22:00-00:00"), ["22:00-24:00"]);
    }

    #[test]
    fn what_is_no_range_is_refused_with_its_place() {
        for (text, part) in [
            ("", 0..0),
            ("09:00", 0..5),
            ("09:00-12:30,", 12..12),
            ("09:00-12:30, 9-17", 13..17),
            ("25:00-26:00", 0..11),
            ("09:60-10:00", 0..11),
            ("24:00-06:00", 0..11),
            ("09:00-24:01", 0..11),
            ("09:00-09:00", 0..11),
            ("00:00-00:00", 0..11),
            ("+9:00-10:00", 0..11),
            ("09:0-10:00", 0..10),
            ("9am-5pm", 0..7),
            ("09:00–17:00", 0..13),
            ("09:00-12:00-13:00", 0..17),
        ] {
            assert_eq!(parse(text).unwrap_err().part, Some(part), "{text}");
        }
    }
}
