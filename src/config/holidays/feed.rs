//! The published feed of bank holidays, `bank-holidays.json`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Dated, SourceFault, Table};
use crate::config::leaf::dates::in_reach;
use crate::config::nearest;

/// The feed, as far as it is read: one list for each division.
type Feed = BTreeMap<String, Division>;

#[derive(serde::Deserialize)]
struct Division {
    events: Vec<Event>,
}

#[derive(serde::Deserialize)]
struct Event {
    title: String,
    date: String,
    #[serde(default)]
    notes: String,
}

/// Reads one division of the feed.
pub fn read(text: &str, division: Option<&str>) -> Result<Table, SourceFault> {
    let feed: Feed = serde_json::from_str(text).map_err(|error| {
        SourceFault::new(format!("not the published feed of bank holidays: {error}"))
            .line(error.line())
    })?;
    let names = feed.keys().map(String::as_str);
    let Some(division) = division else {
        let list: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        let hint = format!("write `division = ` and one of {}", list.join(", "));
        return Err(SourceFault::new("the feed has divisions, and none is chosen").hint(hint));
    };
    let Some(found) = feed.get(division) else {
        let fault = SourceFault::new(format!("the feed has no division `{division}`"));
        return Err(match nearest::hint(division, names) {
            Some(hint) => fault.hint(hint),
            None => fault,
        });
    };
    let dates: Result<Vec<Dated>, SourceFault> = found.events.iter().map(dated).collect();
    Ok(Table::listed(dates?))
}

fn dated(event: &Event) -> Result<Dated, SourceFault> {
    let wrong = || SourceFault::new(format!("`{}` is not a date of 1970 to 2199", event.date));
    let date: NaiveDate = event.date.parse().map_err(|_| wrong())?;
    let notes = event.notes.trim();
    let name = match notes {
        "" => event.title.trim().to_owned(),
        "Substitute day" => format!("{} (substitute day)", event.title.trim()),
        _ => format!("{} ({notes})", event.title.trim()),
    };
    Ok(Dated {
        date: in_reach(date).ok_or_else(wrong)?,
        name,
        hours: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = r#"{
        "north": {"division": "north", "events": [
            {"title": "Boxing Day", "date": "2026-12-28", "notes": "Substitute day", "bunting": true},
            {"title": "Good Friday", "date": "2026-04-03", "notes": "", "bunting": false}]},
        "south": {"division": "south", "events": []}}"#;

    #[test]
    fn a_division_is_read_in_order_with_its_notes() {
        let table = read(FEED, Some("north")).unwrap();
        let names: Vec<&str> = table.dates.iter().map(|dated| &*dated.name).collect();
        assert_eq!(names, ["Good Friday", "Boxing Day (substitute day)"]);
        assert_eq!(table.reach, Some("2026-12-28".parse().unwrap()));
    }

    #[test]
    fn a_division_must_be_chosen_from_those_there_are() {
        let fault = read(FEED, None).unwrap_err();
        assert_eq!(
            fault.hint.as_deref(),
            Some("write `division = ` and one of \"north\", \"south\"")
        );
        let fault = read(FEED, Some("nroth")).unwrap_err();
        assert_eq!(fault.hint.as_deref(), Some("did you mean `north`?"));
    }

    #[test]
    fn a_broken_feed_is_refused_with_its_line() {
        let fault = read("{\n\"north\": 1}", Some("north")).unwrap_err();
        assert_eq!(fault.line, Some(2));
        let bad = FEED.replace("2026-12-28", "2026-02-30");
        assert!(read(&bad, Some("north")).is_err());
    }
}
