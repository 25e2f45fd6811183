//! Holidays as comma-separated lines: date, name, and hours for a half-day.

use chrono::NaiveDate;

use super::{Dated, SourceFault, Table};
use crate::config::leaf::{dates::in_reach, hours};

/// Reads `date,name[,hours]` lines; a header, empty lines and lines after `#` are passed over.
pub fn read(text: &str) -> Result<Table, SourceFault> {
    let mut dates = Vec::new();
    let mut header_may_come = true;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells = cells(line).map_err(|fault| fault.line(index + 1))?;
        let is_header = header_may_come && !line.starts_with(|c: char| c.is_ascii_digit());
        header_may_come = false;
        if !is_header {
            dates.push(dated(&cells).map_err(|fault| fault.line(index + 1))?);
        }
    }
    Ok(Table::listed(dates))
}

fn dated(cells: &[String]) -> Result<Dated, SourceFault> {
    let [date, rest @ ..] = cells else {
        return Err(SourceFault::new("a line without a date"));
    };
    let wrong = || {
        SourceFault::new(format!("`{date}` is not a date of 1970 to 2199"))
            .hint("write it as 2026-12-24")
    };
    let date: NaiveDate = date.parse().map_err(|_| wrong())?;
    let [name, hours @ ..] = rest else {
        let fault = SourceFault::new(format!("{date} has no name"));
        return Err(fault.hint("write lines such as 2026-12-24,Christmas Eve,09:00-12:30"));
    };
    if name.is_empty() {
        return Err(SourceFault::new(format!("{date} has no name")));
    }
    // A list of ranges has commas of its own.
    let hours = hours.join(",");
    let hours = if hours.trim().is_empty() {
        Vec::new()
    } else {
        hours::parse(&hours).map_err(|fault| SourceFault {
            message: fault.message,
            line: None,
            hint: fault.hint,
        })?
    };
    Ok(Dated {
        date: in_reach(date).ok_or_else(wrong)?,
        name: name.clone(),
        hours,
    })
}

/// The cells of a line; in quotes a comma is a comma and two quotes are one.
fn cells(line: &str) -> Result<Vec<String>, SourceFault> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().expect("there is always a cell");
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    if quoted {
        return Err(SourceFault::new("a quote that is never closed"));
    }
    Ok(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_and_without_header_and_hours() {
        let text = "date,name,hours\n\n# next year\n2027-01-01,\"New Year, at last\"\n2026-12-24, Christmas Eve ,09:00-12:30\n2026-12-31,\"Old \"\"Year\"\"\",\"09:00-10:00, 11:00-12:00\"\n";
        let table = read(text).unwrap();
        let read: Vec<(String, &str, usize)> = table
            .dates
            .iter()
            .map(|dated| (dated.date.to_string(), &*dated.name, dated.hours.len()))
            .collect();
        let want = [
            ("2026-12-24", "Christmas Eve", 1),
            ("2026-12-31", "Old \"Year\"", 2),
            ("2027-01-01", "New Year, at last", 0),
        ];
        assert_eq!(read, want.map(|(date, name, n)| (date.to_owned(), name, n)));
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_number() {
        for wrong in [
            "24/12/2026,Christmas Eve",
            "2026-12-24",
            "2026-12-24,",
            "2026-12-24,\"Christmas Eve",
            "2026-12-24,Christmas Eve,half",
            "2026-02-30,No day",
            "1066-10-14,Hastings",
        ] {
            let text = format!("date,name\n2026-01-01,New Year\n{wrong}\n");
            assert_eq!(read(&text).unwrap_err().line, Some(3), "{wrong}");
        }
    }
}
