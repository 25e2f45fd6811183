//! Policies: each with its schedule and its overrides.

use std::collections::HashMap;
use std::sync::Arc;

use super::Context;
use super::overrides;
use super::schedules::Schedules;
use crate::config::forms::{FileForm, PolicyForm};
use crate::config::nearest;
use crate::config::source::Span;
use crate::domain::policy::{Policy, Selector};
use crate::domain::schedule::Schedule;

/// Puts every policy together that can be.
pub fn all(
    form: &FileForm,
    schedules: &Schedules,
    overrides: &overrides::Table<'_>,
    context: &Context<'_>,
) -> Vec<Policy> {
    let by_name: HashMap<&str, Option<&Arc<Schedule>>> = (schedules.iter())
        .map(|(name, schedule)| (name.as_str(), schedule.as_ref()))
        .collect();
    refuse_twins(&form.policies, context);
    let one = |policy: &PolicyForm| {
        let name = &policy.name.value;
        // Asked for each policy, so that conflicts are told whatever else is wrong with it.
        let overrides = overrides.of_policy(name, context);
        let schedule = policy.schedule.as_ref()?;
        let Some(found) = by_name.get(schedule.value.as_str()) else {
            let message = format!("unknown schedule `{}`", schedule.value);
            let names = schedules.iter().map(|(name, _)| name.as_str());
            let problem = context.problems.at(schedule.span, message);
            let none = format!("there is no `[schedules.{}]`", schedule.value);
            let near = nearest::hint(&schedule.value, names);
            problem.hint(none).maybe_hint(near).error();
            return None;
        };
        Some(Policy {
            name: name.clone(),
            selector: policy.selector.as_ref()?.value.clone(),
            schedule: Arc::clone((*found)?),
            overrides,
            on_drift: policy.on_drift,
            line: context.problems.source().line(policy.name.span),
        })
    };
    form.policies.iter().filter_map(one).collect()
}

/// Two policies of the file that are one live policy would switch it to and fro.
fn refuse_twins(policies: &[PolicyForm], context: &Context<'_>) {
    let mut seen: HashMap<&Selector, Span> = HashMap::new();
    for selector in policies
        .iter()
        .filter_map(|policy| policy.selector.as_ref())
    {
        match seen.get(&selector.value) {
            Some(first) => {
                let message = format!("another policy has the {}", selector.value);
                let problem = context.problems.at(selector.span, message);
                let problem = problem.also(*first, "the other one");
                problem
                    .hint("one live policy is one policy of the file")
                    .error();
            }
            None => {
                seen.insert(&selector.value, selector.span);
            }
        }
    }
}
