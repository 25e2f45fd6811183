//! The bank holidays of the United Kingdom by rule, with the one-off days and moves of each year.
//!
//! Names and dates are those of the published feed, for which see <https://www.gov.uk/bank-holidays>.

use chrono::{Days, NaiveDate, Weekday};

use super::rules::{date, easter, monday_if_weekend, nth_weekday};
use super::{Dated, LAST_YEAR, Table};

/// The calendars that are known by name.
pub const NAMES: [&str; 3] = ["england-and-wales", "scotland", "northern-ireland"];

/// The last date up to which every one-off day is known: the end of what has been published.
const CONFIRMED: (i32, u32, u32) = (2028, 12, 31);

const FIRST_YEAR: i32 = 2015;

/// The dates of a calendar; `None` for a name that is not known.
pub fn table(name: &str) -> Option<Table> {
    let division = match name {
        "england-and-wales" => Division::EnglandAndWales,
        "scotland" => Division::Scotland,
        "northern-ireland" => Division::NorthernIreland,
        _ => return None,
    };
    let mut dates: Vec<Dated> = (FIRST_YEAR..=LAST_YEAR)
        .flat_map(|year| days_of(division, year))
        .collect();
    dates.sort();
    let (year, month, day) = CONFIRMED;
    Some(Table {
        dates,
        reach: Some(date(year, month, day)),
        remarks: Vec::new(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Division {
    EnglandAndWales,
    Scotland,
    NorthernIreland,
}

fn days_of(division: Division, year: i32) -> Vec<Dated> {
    use Division::{EnglandAndWales, NorthernIreland, Scotland};
    let easter_sunday = easter(year);
    let mut days = vec![
        whole(easter_sunday - Days::new(2), "Good Friday"),
        early_may(year),
        spring(year),
    ];
    if division == Scotland {
        days.extend(new_year_in_scotland(year));
        let summer = nth_weekday(year, 8, Weekday::Mon, 1);
        days.extend(summer.map(|day| whole(day, "Summer bank holiday")));
        days.push(or_monday(date(year, 11, 30), "St Andrew’s Day"));
    }
    if matches!(division, EnglandAndWales | NorthernIreland) {
        days.push(or_monday(date(year, 1, 1), "New Year’s Day"));
        days.push(whole(easter_sunday + Days::new(1), "Easter Monday"));
        let summer = nth_weekday(year, 8, Weekday::Mon, -1);
        days.extend(summer.map(|day| whole(day, "Summer bank holiday")));
    }
    if division == NorthernIreland {
        days.push(or_monday(date(year, 3, 17), "St Patrick’s Day"));
        let boyne = "Battle of the Boyne (Orangemen’s Day)";
        days.push(or_monday(date(year, 7, 12), boyne));
    }
    days.extend(christmas(year));
    days.extend(one_off(division, year));
    days
}

/// Days given once, by proclamation.
fn one_off(division: Division, year: i32) -> Vec<Dated> {
    match (year, division) {
        (2022, _) => vec![
            whole(date(2022, 6, 3), "Platinum Jubilee bank holiday"),
            whole(
                date(2022, 9, 19),
                "Bank Holiday for the State Funeral of Queen Elizabeth II",
            ),
        ],
        (2023, _) => vec![whole(
            date(2023, 5, 8),
            "Bank holiday for the coronation of King Charles III",
        )],
        (2026, Division::Scotland) => {
            vec![whole(date(2026, 6, 15), "World Cup bank holiday")]
        }
        _ => Vec::new(),
    }
}

fn early_may(year: i32) -> Dated {
    if year == 2020 {
        // Moved from Monday for the 75th anniversary.
        return whole(date(2020, 5, 8), "Early May bank holiday (VE day)");
    }
    let day = nth_weekday(year, 5, Weekday::Mon, 1).expect("every month has a first Monday");
    whole(day, "Early May bank holiday")
}

fn spring(year: i32) -> Dated {
    const NAME: &str = "Spring bank holiday";
    if year == 2022 {
        // Moved beside the Platinum Jubilee.
        return whole(date(2022, 6, 2), NAME);
    }
    let day = nth_weekday(year, 5, Weekday::Mon, -1).expect("every month has a last Monday");
    whole(day, NAME)
}

/// Of Christmas Day and Boxing Day one on a weekday stays, and a substitute is the next weekday free.
fn christmas(year: i32) -> [Dated; 2] {
    let (day, boxing) = (date(year, 12, 25), date(year, 12, 26));
    let to_27th = |name| substitute(date(year, 12, 27), name);
    let to_28th = |name| substitute(date(year, 12, 28), name);
    let (first, second) = ("Christmas Day", "Boxing Day");
    match chrono::Datelike::weekday(&day) {
        Weekday::Fri => [whole(day, first), to_28th(second)],
        Weekday::Sat => [to_27th(first), to_28th(second)],
        Weekday::Sun => [to_27th(first), whole(boxing, second)],
        _ => [whole(day, first), whole(boxing, second)],
    }
}

/// In Scotland the 2nd follows a New Year's Day that is moved, even from its own Monday.
fn new_year_in_scotland(year: i32) -> [Dated; 2] {
    let january = |day| date(year, 1, day);
    let (first, second) = ("New Year’s Day", "2nd January");
    match chrono::Datelike::weekday(&january(1)) {
        Weekday::Fri => [whole(january(1), first), substitute(january(4), second)],
        Weekday::Sat => [
            substitute(january(3), first),
            substitute(january(4), second),
        ],
        Weekday::Sun => [
            substitute(january(2), first),
            substitute(january(3), second),
        ],
        _ => [whole(january(1), first), whole(january(2), second)],
    }
}

fn or_monday(date: NaiveDate, name: &str) -> Dated {
    let observed = monday_if_weekend(date);
    if observed == date {
        whole(date, name)
    } else {
        substitute(observed, name)
    }
}

fn substitute(date: NaiveDate, name: &str) -> Dated {
    whole(date, &format!("{name} (substitute day)"))
}

fn whole(date: NaiveDate, name: &str) -> Dated {
    Dated {
        date,
        name: name.to_owned(),
        hours: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_calendar_has_its_number_of_days_each_year() {
        for (name, ordinary) in NAMES.into_iter().zip([8, 9, 10]) {
            let table = table(name).unwrap();
            for year in FIRST_YEAR..=LAST_YEAR {
                let of_year = |dated: &&Dated| chrono::Datelike::year(&dated.date) == year;
                let one_offs = match (year, name) {
                    (2022, _) => 2,
                    (2023, _) | (2026, "scotland") => 1,
                    _ => 0,
                };
                let found = table.dates.iter().filter(of_year).count();
                assert_eq!(found, ordinary + one_offs, "{name} {year}");
            }
            assert!(table.twice().is_empty(), "{name}");
        }
    }

    #[test]
    fn a_holiday_on_a_weekend_moves_to_a_weekday() {
        let table = table("scotland").unwrap();
        for (day, name) in [
            ("2026-12-28", "Boxing Day (substitute day)"),
            ("2027-01-04", "2nd January (substitute day)"),
            ("2027-12-27", "Christmas Day (substitute day)"),
            ("2033-12-27", "Christmas Day (substitute day)"),
            ("2033-01-03", "New Year’s Day (substitute day)"),
            ("2034-01-03", "2nd January (substitute day)"),
            ("2030-12-02", "St Andrew’s Day (substitute day)"),
        ] {
            let day: NaiveDate = day.parse().unwrap();
            let found = table.dates.iter().find(|dated| dated.date == day);
            assert_eq!(found.map(|dated| &*dated.name), Some(name), "{day}");
        }
        assert_eq!(super::table("wales"), None);
    }
}
