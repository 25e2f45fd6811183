//! What will be switched in a span of time, for any number of policies.
//!
//! Owns which policies share one timeline. Nothing is gathered: every form is written as it is
//! found, so that a year of a thousand policies takes no more room than a day of them.

mod csv;
mod json;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

pub use csv::write_csv;
pub use json::write_json;
pub use text::write_text;

use crate::domain::Instant;
use crate::domain::policy::{Hold, Policy};
use crate::domain::schedule::Schedule;
use crate::domain::timeline::Timeline;
use crate::domain::zone::{Zone, ZoneData};

/// Policies and the span they are shown for.
#[derive(Debug)]
pub struct Preview<'a> {
    from: Instant,
    to: Instant,
    zone: &'a Zone,
    zone_data: &'a ZoneData,
    policies: Vec<Shown<'a>>,
    groups: Vec<Group>,
}

/// A policy and the group it is of.
#[derive(Debug, Clone, Copy)]
struct Shown<'a> {
    name: &'a str,
    group: usize,
}

/// Policies of one schedule and the same overrides: what is true of one is true of all.
#[derive(Debug)]
struct Group {
    timeline: Timeline,
    /// Policies of it that are shown.
    members: usize,
}

impl Group {
    fn schedule(&self) -> &Schedule {
        self.timeline.schedule()
    }

    fn zone(&self) -> &Zone {
        self.timeline.schedule().zone()
    }
}

impl<'a> Preview<'a> {
    /// The switches of `policies` with `from < at < to`, and what holds at `from`.
    /// Policies of another zone than `zone` are shown with theirs.
    pub fn new(
        policies: &[&'a Policy],
        from: Instant,
        to: Instant,
        zone: &'a Zone,
        zone_data: &'a ZoneData,
    ) -> Preview<'a> {
        Preview::held(policies, HashMap::new(), from, to, zone, zone_data)
    }

    /// The same under holds, by the names of their policies.
    pub fn held(
        policies: &[&'a Policy],
        mut holds: HashMap<String, Vec<Hold>>,
        from: Instant,
        to: Instant,
        zone: &'a Zone,
        zone_data: &'a ZoneData,
    ) -> Preview<'a> {
        let mut groups: Vec<(Group, &Policy)> = Vec::new();
        let mut of_schedule: HashMap<*const Schedule, Vec<usize>> = HashMap::new();
        let mut shown = Vec::with_capacity(policies.len());
        for &policy in policies {
            let name = &policy.name;
            if let Some(holds) = holds.remove(name) {
                let timeline = Timeline::new(policy, holds);
                let group = groups.len();
                groups.push((
                    Group {
                        timeline,
                        members: 1,
                    },
                    policy,
                ));
                shown.push(Shown { name, group });
                continue;
            }
            let known = of_schedule
                .entry(Arc::as_ptr(&policy.schedule))
                .or_default();
            let same = |group: &&usize| {
                let other = &groups[**group].1.overrides;
                Arc::ptr_eq(other, &policy.overrides) || other.all() == policy.overrides.all()
            };
            let group = known.iter().find(same).copied().unwrap_or_else(|| {
                known.push(groups.len());
                let timeline = Timeline::new(policy, Vec::new());
                let members = 0;
                groups.push((Group { timeline, members }, policy));
                groups.len() - 1
            });
            groups[group].0.members += 1;
            shown.push(Shown { name, group });
        }
        Preview {
            from,
            to,
            zone,
            zone_data,
            policies: shown,
            groups: groups.into_iter().map(|(group, _)| group).collect(),
        }
    }
}

/// What was written for a group, kept for its other policies while there is room.
struct Kept {
    texts: Vec<Option<Arc<str>>>,
    left: Vec<usize>,
    room: usize,
}

impl Kept {
    /// Bytes that are kept at most.
    const ROOM: usize = 12 << 20;

    fn new(preview: &Preview<'_>) -> Kept {
        let members = preview.groups.iter().map(|group| group.members);
        Kept {
            texts: vec![None; preview.groups.len()],
            left: members.collect(),
            room: Kept::ROOM,
        }
    }

    /// The text of a group, made now unless it was kept.
    fn text(&mut self, group: usize, make: impl FnOnce() -> String) -> Arc<str> {
        self.left[group] -= 1;
        let kept = self.texts[group].take();
        let was_kept = kept.is_some();
        let text = kept.unwrap_or_else(|| make().into());
        match (was_kept, self.left[group] > 0) {
            (true, true) => self.texts[group] = Some(Arc::clone(&text)),
            (true, false) => self.room += text.len(),
            (false, true) if text.len() <= self.room => {
                self.room -= text.len();
                self.texts[group] = Some(Arc::clone(&text));
            }
            (false, _) => {}
        }
        text
    }
}

#[cfg(test)]
mod tests;
