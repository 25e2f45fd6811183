//! An explanation as one JSON object.

use serde::Serialize;

use super::verdict;
use crate::domain::Line;
use crate::domain::explain::{Explanation, LookedAt};
use crate::domain::timeline::Change;
use crate::domain::zone::{Zone, ZoneData};
use crate::render::wire::{self, WireReason, WireZoneData};

#[derive(Serialize)]
struct WireExplanation<'a> {
    policy: &'a str,
    zone: &'a str,
    at: String,
    local: String,
    tzdata: WireZoneData<'a>,
    action: String,
    reason: WireReason<'a>,
    since: Option<Edge<'a>>,
    until: Option<Edge<'a>>,
    rules: Vec<Rule<'a>>,
}

/// A change at one end of the span.
#[derive(Serialize)]
struct Edge<'a> {
    at: String,
    local: String,
    from: String,
    to: String,
    reason: WireReason<'a>,
}

#[derive(Serialize)]
struct Rule<'a> {
    kind: &'a str,
    name: &'a str,
    line: Option<Line>,
    hours: Option<String>,
    action: Option<String>,
    verdict: &'static str,
    by: Option<WireReason<'a>>,
    at: Option<String>,
}

/// The object, without a line's end.
#[must_use]
pub fn explain_json(policy: &str, zone: &Zone, data: &ZoneData, why: &Explanation<'_>) -> String {
    let explanation = WireExplanation {
        policy,
        zone: zone.name(),
        at: wire::instant(why.at),
        local: wire::local(zone, why.at),
        tzdata: data.into(),
        action: why.state.action.to_string(),
        reason: why.state.reason.into(),
        since: why.since.map(|change| Edge::of(change, zone)),
        until: why.until.map(|change| Edge::of(change, zone)),
        rules: why.looked_at.iter().map(Rule::of).collect(),
    };
    serde_json::to_string(&explanation).expect("texts and numbers are always JSON")
}

impl<'a> Edge<'a> {
    fn of(change: Change<'a>, zone: &Zone) -> Edge<'a> {
        Edge {
            at: wire::instant(change.at),
            local: wire::local(zone, change.at),
            from: change.from.to_string(),
            to: change.to.to_string(),
            reason: change.reason.into(),
        }
    }
}

impl<'a> Rule<'a> {
    fn of(one: &LookedAt<'a>) -> Rule<'a> {
        Rule {
            kind: one.rule.kind.as_str(),
            name: one.rule.name,
            line: one.rule.line,
            hours: one.hours.map(|hours| hours.to_string()),
            action: one.action.map(|action| action.to_string()),
            verdict: verdict::name(&one.verdict),
            by: verdict::by(&one.verdict).map(WireReason::from),
            at: verdict::at(&one.verdict).map(wire::instant),
        }
    }
}
