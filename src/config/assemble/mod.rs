//! The third stage: names are looked up, sources read, and the domain's own rules asked.
//!
//! Owns the order in which the parts are put together. Must not know TOML.

mod api;
mod calendars;
mod clock_changes;
mod overrides;
mod policies;
mod schedules;
mod watchers;
mod zones;

use std::path::Path;

use sha2::{Digest, Sha256};

use super::Sources;
use super::forms::FileForm;
use super::settings::Config;
use super::source::{Problems, Span};
use super::zoneinfo::ZoneTable;
use crate::domain::Instant;

/// What a file is read against.
pub struct Context<'c> {
    /// Where the problems go.
    pub problems: &'c Problems<'c>,
    /// The file.
    pub path: &'c Path,
    /// The present, by which dates are past or near.
    pub now: Instant,
    /// The zones.
    pub zones: &'c ZoneTable,
    /// Fetched holidays.
    pub sources: &'c Sources,
}

/// Says what is wrong with single values, for a file that is no TOML in some place: what they are
/// parts of would only seem to be missing.
pub fn values(form: &FileForm, context: &Context<'_>) {
    let zones = zones::Zones::new(form, context);
    for schedule in &form.schedules {
        if let Some(own) = &schedule.timezone {
            zones.named(own);
        }
        schedules::triggers(schedule, context);
    }
    api::daemon(&form.daemon, context);
}

/// What the file means; `None` where a part of it is missing. All that is wrong becomes problems.
pub fn config(form: &FileForm, context: &Context<'_>) -> Option<Config> {
    let zones = zones::Zones::new(form, context);
    let calendars = calendars::all(&form.calendars, context);
    let schedules = schedules::all(form, &zones, &calendars, context);
    zones.warn_of_differences(context);
    let overrides = overrides::Table::new(form, context);
    let policies = policies::all(form, &schedules, &overrides, context);
    overrides.warn(&policies, context);
    if form.policies.is_empty() && !context.problems.any_error() {
        let message = "the file has no `[policies.*]`: nothing would be switched";
        let top = Span { start: 0, end: 0 };
        context.problems.at(top, message).warning();
    }
    let api = api::settings(form.api.as_ref(), context);
    let daemon = api::daemon(&form.daemon, context);
    let text = context.problems.source().text();
    let hash = Sha256::digest(text.as_bytes());
    Some(Config {
        path: context.path.to_owned(),
        hash: hash
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        policies,
        schedules: schedules
            .into_iter()
            .map(|(_, schedule)| schedule)
            .collect::<Option<_>>()?,
        calendars: calendars
            .all
            .into_iter()
            .map(|(_, calendar)| calendar)
            .collect(),
        default_zone: zones.default(),
        zone_data: context.zones.data().clone(),
        api: api?,
        daemon,
        alerts: form.alerts.as_ref().and_then(watchers::alerts),
        web: form.web.as_ref().map(|form| watchers::web(form, context)),
        fetched: calendars.fetched,
    })
}
