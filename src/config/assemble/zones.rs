//! The zones that a file names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Context;
use crate::config::forms::FileForm;
use crate::config::source::{Span, Spanned};
use crate::domain::zone::Zone;

/// The zones of one file: the one at its top, and where each was first named.
pub struct Zones<'c> {
    context: &'c Context<'c>,
    /// The outer `None` where the file has no zone at its top, the inner where it is unknown.
    top: Option<Option<Arc<Zone>>>,
    used: RefCell<HashMap<String, Span>>,
}

impl<'c> Zones<'c> {
    /// Reads the zone of the top.
    pub fn new(form: &FileForm, context: &'c Context<'c>) -> Zones<'c> {
        let mut zones = Zones {
            context,
            top: None,
            used: RefCell::default(),
        };
        zones.top = form.timezone.as_ref().map(|name| zones.named(name));
        zones
    }

    /// The zone of the top of the file.
    pub fn default(&self) -> Option<Arc<Zone>> {
        self.top.clone().flatten()
    }

    /// The zone of a schedule; `None` where there is none, which has been said.
    pub fn of_schedule(
        &self,
        name: &Spanned<String>,
        own: Option<&Spanned<String>>,
    ) -> Option<Arc<Zone>> {
        match (own, &self.top) {
            (Some(own), _) => self.named(own),
            (None, Some(top)) => top.clone(),
            (None, None) => {
                let message = format!("schedule `{}` has no time zone", name.value);
                let problem = self.context.problems.at(name.span, message);
                let hint =
                    "write timezone = \"Europe/London\" at the top of the file, or in the schedule";
                problem.hint(hint).error();
                None
            }
        }
    }

    /// Warns of zones for which the system's zone data and the program's differ.
    pub fn warn_of_differences(&self, context: &Context<'_>) {
        let used = self.used.borrow();
        let names = used.keys().map(String::as_str);
        for one in context.zones.differences(names, context.now) {
            let offset = |seconds: i32| {
                let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
                format!("UTC{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
            };
            let message = format!(
                "the clocks of {} differ: {} by the system's zone data ({}), {} by the program's ({}), from {}; in use is the {} copy",
                one.zone,
                offset(one.system),
                if one.system_version.is_empty() {
                    "version unknown"
                } else {
                    &one.system_version
                },
                offset(one.embedded),
                one.embedded_version,
                one.at.format("%Y-%m-%d %H:%M UTC"),
                context.zones.data().source,
            );
            if let Some(span) = used.get(&one.zone) {
                let problem = context.problems.at(*span, message);
                problem
                    .hint("bring the older of the two up to date")
                    .warning();
            }
        }
    }

    /// A zone by its name; `None` where it is unknown, which has been said.
    pub fn named(&self, name: &Spanned<String>) -> Option<Arc<Zone>> {
        let context = self.context;
        match context.zones.zone(&name.value) {
            Ok(zone) => {
                let mut used = self.used.borrow_mut();
                used.entry(name.value.clone()).or_insert(name.span);
                Some(zone)
            }
            Err(unknown) => {
                let near = unknown
                    .nearest
                    .map(|near| format!("did you mean `{near}`?"));
                let problem = context.problems.at(name.span, unknown.to_string());
                let problem = problem.hint("zones are named as in \"Europe/London\"");
                problem.maybe_hint(near).error();
                None
            }
        }
    }
}
