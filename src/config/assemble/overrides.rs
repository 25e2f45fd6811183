//! Overrides: for which policies each is, and which of them cannot be decided between.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Context;
use super::clock_changes;
use crate::config::forms::{DeedForm, FileForm, OverrideForm};
use crate::config::nearest;
use crate::domain::overlay::{Override, OverrideConflict, Overrides};
use crate::domain::policy::Policy;
use crate::domain::zone::Zone;

/// The overrides of a file. Policies with the same ones share them.
pub struct Table<'f> {
    /// Those of which nothing is missing.
    forms: Vec<(&'f OverrideForm, &'f DeedForm)>,
    all: Vec<Override>,
    /// Those for every policy.
    everywhere: Vec<usize>,
    /// Those for some, by policy.
    named: HashMap<&'f str, Vec<usize>>,
    shared: RefCell<HashMap<Vec<usize>, Arc<Overrides>>>,
    said: RefCell<HashSet<(usize, usize)>>,
}

impl<'f> Table<'f> {
    /// Takes every override; names of policies that there are none of are problems.
    pub fn new(form: &'f FileForm, context: &Context<'_>) -> Table<'f> {
        let known: HashSet<&str> = (form.policies.iter())
            .map(|policy| policy.name.value.as_str())
            .collect();
        let mut table = Table {
            forms: Vec::with_capacity(form.overrides.len()),
            all: Vec::with_capacity(form.overrides.len()),
            everywhere: Vec::new(),
            named: HashMap::new(),
            shared: RefCell::default(),
            said: RefCell::default(),
        };
        for one in &form.overrides {
            let index = one.deed.as_ref().map(|deed| table.push(one, deed, context));
            let Some(policies) = &one.policies else {
                table.everywhere.extend(index);
                continue;
            };
            for name in policies {
                if known.contains(name.value.as_str()) {
                    let indices = table.named.entry(&name.value).or_default();
                    // A policy named twice is still one.
                    indices.extend(index.filter(|index| indices.last() != Some(index)));
                    continue;
                }
                let message = format!("unknown policy `{}`", name.value);
                let names = form
                    .policies
                    .iter()
                    .map(|policy| policy.name.value.as_str());
                let hint = nearest::hint(&name.value, names);
                let problem = context.problems.at(name.span, message);
                problem.maybe_hint(hint).error();
            }
        }
        table
    }

    fn push(&mut self, form: &'f OverrideForm, deed: &'f DeedForm, context: &Context<'_>) -> usize {
        self.forms.push((form, deed));
        self.all.push(Override {
            name: deed.name.clone(),
            from: deed.span.from.value,
            until: deed.span.until.value,
            action: deed.action,
            line: context.problems.source().line(form.place),
        });
        self.all.len() - 1
    }

    /// The overrides of a policy.
    pub fn of_policy(&self, name: &str, context: &Context<'_>) -> Arc<Overrides> {
        let mut indices = self.everywhere.clone();
        indices.extend(self.named.get(name).into_iter().flatten());
        indices.sort_unstable();
        let mut shared = self.shared.borrow_mut();
        if let Some(overrides) = shared.get(&indices) {
            return Arc::clone(overrides);
        }
        let picked = indices.iter().map(|index| self.all[*index].clone());
        let overrides = Overrides::new(picked.collect()).unwrap_or_else(|conflicts| {
            for conflict in conflicts {
                self.report(name, &indices, conflict, context);
            }
            Overrides::default()
        });
        let overrides = Arc::new(overrides);
        shared.insert(indices, Arc::clone(&overrides));
        overrides
    }

    fn report(
        &self,
        policy: &str,
        indices: &[usize],
        conflict: OverrideConflict,
        context: &Context<'_>,
    ) {
        let (first, second) = (indices[conflict.first], indices[conflict.second]);
        if !self.said.borrow_mut().insert((first, second)) {
            return;
        }
        let (a, b) = (&self.all[first], &self.all[second]);
        let how = if (a.from, a.until) == (b.from, b.until) {
            "have the same span"
        } else {
            "overlap in part"
        };
        let at = conflict.at.format("%Y-%m-%d %H:%M");
        let message = format!(
            "the overrides `{}` and `{}` of policy `{policy}` {how} and differ in their actions, first at {at}",
            a.name, b.name
        );
        let (a, b) = (self.forms[first].0, self.forms[second].0);
        let problem = context
            .problems
            .at(b.place, message)
            .also(a.place, "the other one");
        problem
            .hint("of two overrides one may lie wholly inside the other: then the inner one wins")
            .error();
    }

    /// Warns of overrides that are past, and of edges in a clock change.
    pub fn warn(&self, policies: &[Policy], context: &Context<'_>) {
        let by_name: HashMap<&str, &Arc<Zone>> = (policies.iter())
            .map(|policy| (policy.name.as_str(), policy.schedule.zone()))
            .collect();
        let everywhere = distinct(by_name.values().copied());
        for ((form, deed), one) in self.forms.iter().zip(&self.all) {
            let zones = match &form.policies {
                None => everywhere.clone(),
                Some(names) => distinct(
                    (names.iter()).filter_map(|name| by_name.get(name.value.as_str()).copied()),
                ),
            };
            let ends = zones.iter().map(|zone| zone.instant(one.until));
            let Some(end) = ends.max() else { continue };
            if end <= context.now {
                let date = one.until.format("%Y-%m-%d %H:%M");
                let message = format!("the override `{}` has been over since {date}", one.name);
                let problem = context.problems.at(form.place, message);
                problem.hint("it can be removed").warning();
                continue;
            }
            for zone in zones {
                let ends = [("begins", &deed.span.from), ("ends", &deed.span.until)];
                for (verb, end) in ends {
                    let what = format!("the override `{}` {verb} at", one.name);
                    clock_changes::warn_of_edge(&what, end.value, zone, end.span, context);
                }
            }
        }
    }
}

fn distinct<'z>(zones: impl Iterator<Item = &'z Arc<Zone>>) -> Vec<&'z Arc<Zone>> {
    let mut zones: Vec<&Arc<Zone>> = zones.collect();
    zones.sort_by_key(|zone| zone.name());
    zones.dedup_by_key(|zone| zone.name());
    zones
}
