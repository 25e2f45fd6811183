//! The days of a preview, one after the other: what is switched on them, and what is odd about them.

use std::collections::BTreeMap;
use std::iter::Peekable;

use chrono::NaiveDate;

use super::{Day, Preview, Switch};
use crate::domain::calendar::Holiday;
use crate::domain::schedule::Schedule;
use crate::domain::timeline::Change;
use crate::domain::zone::ClockChange;
use crate::render::text::plain;
use crate::render::words;

/// The days of a preview on which there is something to tell.
pub(super) struct Days<'a> {
    changes: Vec<Peekable<Box<dyn Iterator<Item = Change<'a>> + 'a>>>,
    preview: &'a Preview<'a>,
    /// Each schedule once.
    schedules: Vec<&'a Schedule>,
    clocks: BTreeMap<NaiveDate, Vec<String>>,
    date: NaiveDate,
    last: NaiveDate,
}

impl<'a> Days<'a> {
    pub fn new(preview: &'a Preview<'a>) -> Days<'a> {
        let changes = preview.groups.iter().map(|group| {
            let changes = group.timeline.changes(preview.from, preview.to);
            let boxed: Box<dyn Iterator<Item = Change<'a>> + 'a> = Box::new(changes);
            boxed.peekable()
        });
        let mut schedules: Vec<&Schedule> = Vec::new();
        for group in &preview.groups {
            let known = schedules
                .iter()
                .any(|known| std::ptr::eq(*known, group.schedule()));
            if !known {
                schedules.push(group.schedule());
            }
        }
        let before_end = preview.to - chrono::TimeDelta::seconds(1);
        let zones = preview.groups.iter().map(|group| group.zone());
        let dates = |at| {
            zones
                .clone()
                .map(move |zone| zone.local(at).date_naive())
                .chain([preview.zone.local(at).date_naive()])
        };
        let first = dates(preview.from).min().unwrap_or_default();
        let last = dates(before_end).max().unwrap_or_default();
        Days {
            changes: changes.collect(),
            preview,
            clocks: clock_changes(preview, &schedules),
            schedules,
            date: first,
            last,
        }
    }

    /// The next day with a switch or a note.
    pub fn next(&mut self) -> Option<Day<'a>> {
        while self.date <= self.last {
            let date = self.date;
            self.date = date.succ_opt()?;
            let switches = self.switches(date);
            let mut notes = self.holidays(date);
            notes.extend(self.clocks.remove(&date).unwrap_or_default());
            if !switches.is_empty() || !notes.is_empty() {
                return Some(Day {
                    date,
                    notes,
                    switches,
                });
            }
        }
        None
    }

    fn switches(&mut self, date: NaiveDate) -> Vec<Switch<'a>> {
        let mut switches = Vec::new();
        for (group, changes) in self.changes.iter_mut().enumerate() {
            let zone = self.preview.groups[group].zone();
            let local = |change: &Change<'_>| zone.local(change.at).naive_local();
            while let Some(change) = changes.next_if(|change| local(change).date() <= date) {
                switches.push(Switch {
                    local: local(&change),
                    group,
                    change,
                });
            }
        }
        switches.sort_by_key(|switch| switch.local);
        switches
    }

    /// The holidays of a date, each with the schedules it is for where it is not for all.
    fn holidays(&self, date: NaiveDate) -> Vec<String> {
        let mut found: Vec<(&Holiday, Vec<&str>)> = Vec::new();
        for schedule in &self.schedules {
            let Some(holiday) = schedule.holiday(date) else {
                continue;
            };
            let same = |(other, _): &&mut (&Holiday, Vec<&str>)| {
                other.name == holiday.name && other.hours == holiday.hours
            };
            match found.iter_mut().find(same) {
                Some((_, schedules)) => schedules.push(schedule.name()),
                None => found.push((holiday, vec![schedule.name()])),
            }
        }
        (found.into_iter())
            .map(|(holiday, schedules)| {
                let mut note = plain(&holiday.name).into_owned();
                let hours: Vec<String> = holiday.hours.iter().map(ToString::to_string).collect();
                if !hours.is_empty() {
                    note.push_str(&format!(" {}", hours.join(", ")));
                }
                match schedules.len() {
                    all if all == self.schedules.len() => {}
                    1..=3 => note.push_str(&format!(" ({})", schedules.join(", "))),
                    some => {
                        note.push_str(&format!(" ({some} of {} schedules)", self.schedules.len()))
                    }
                }
                note
            })
            .collect()
    }
}

/// The clock changes of all zones, in words, by the local date of each.
fn clock_changes(
    preview: &Preview<'_>,
    schedules: &[&Schedule],
) -> BTreeMap<NaiveDate, Vec<String>> {
    let mut zones: BTreeMap<&str, &crate::domain::zone::Zone> = BTreeMap::new();
    for schedule in schedules {
        zones.insert(schedule.zone().name(), schedule.zone());
    }
    let mut found: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for (name, zone) in &zones {
        for change in zone.clock_changes(preview.from, preview.to) {
            let mut note = clock_change(&change);
            if zones.len() > 1 || *name != preview.zone.name() {
                note.push_str(&format!(" ({})", words::city(name)));
            }
            let date = change.local_before().date();
            found.entry(date).or_default().push(note);
        }
    }
    found
}

fn clock_change(change: &ClockChange) -> String {
    let way = if change.is_gap() { "forward" } else { "back" };
    let (before, after) = (change.local_before(), change.local_after());
    let day = if before.date() == after.date() {
        String::new()
    } else {
        after.format("%a ").to_string()
    };
    let (before, after) = (words::time(before.time()), words::time(after.time()));
    format!("clocks go {way} {before} → {day}{after}")
}
