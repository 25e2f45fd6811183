//! `check --live`: the file beside the account. Asks only; changes nothing.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::stream;

use super::context::now;
use super::progress::Progress;
use super::{Failure, connect};
use crate::config::Config;
use crate::contactnow::{ApiError, Client, Queue};
use crate::domain::Line;
use crate::domain::account::Account;
use crate::domain::action::{Action, QueueId};
use crate::domain::policy::Uid;
use crate::domain::schedule::Rhythm;
use crate::render::live::{LivePolicyCheck, LiveReport};

/// A clock that is further away than this is worth a warning.
const CLOCK_LIMIT: TimeDelta = TimeDelta::seconds(30);

/// Asks the account about everything that the file names.
///
/// # Errors
/// There is no `[api]` that works, or the policies cannot be read.
pub(super) fn look(config: &Config) -> Result<LiveReport, Failure> {
    let client = connect::client(config)?;
    let place = connect::place(config);
    connect::ask(async {
        let account = Account::new(connect::read_all(&client, &place).await?);
        let mut report = LiveReport {
            in_account: account.len(),
            ..LiveReport::default()
        };
        find(config, &account, &mut report);
        rules(&client, &mut report).await;
        match client.queues(now()).await {
            Ok(queues) => look_at_queues(config, &queues, &mut report),
            Err(error) => report.warnings.push(format!(
                "the queues cannot be read, so no `jump:` target was looked at: {error}"
            )),
        }
        clock(&client, &mut report);
        Ok(report)
    })
}

/// Every policy of the file exists, and is one of its own.
fn find(config: &Config, account: &Account, report: &mut LiveReport) {
    let mut taken: HashMap<Uid, &str> = HashMap::new();
    for policy in &config.policies {
        let (name, line) = (&policy.name, policy.line);
        let mut found = LivePolicyCheck {
            name: name.clone(),
            uid: None,
            description: String::new(),
            rules: None,
            queues: Vec::new(),
        };
        match account.find(&policy.selector) {
            Ok(live) => {
                found.uid = Some(live.uid);
                found.description.clone_from(&live.description);
                if let Some(other) = taken.insert(live.uid, name) {
                    report.errors.push(format!(
                        "policies.{name} (line {line}) and policies.{other} are one live policy, \
                         uid {}",
                        live.uid
                    ));
                }
            }
            Err(error) => report
                .errors
                .push(format!("policies.{name} (line {line}): {error}")),
        }
        report.policies.push(found);
    }
}

/// Counts the rules inside each policy.
async fn rules(client: &Client, report: &mut LiveReport) {
    let found = report.policies.iter();
    let uids: Vec<(usize, Uid)> = found
        .enumerate()
        .filter_map(|(at, one)| Some((at, one.uid?)))
        .collect();
    let progress = Progress::new("counting rules", uids.len());
    let counts: Vec<(usize, Result<usize, ApiError>)> = stream::iter(uids)
        .map(|(at, uid)| {
            let progress = &progress;
            async move {
                let count = client.tod_rules(uid, now()).await;
                progress.advance(1);
                (at, count)
            }
        })
        .buffer_unordered(client.concurrency())
        .collect()
        .await;
    let mut unread = Vec::new();
    for (at, count) in counts {
        match count {
            Ok(count) => report.policies[at].rules = Some(count),
            Err(error) => unread.push(error),
        }
    }
    if let Some(first) = unread.first() {
        report.warnings.push(format!(
            "the rules of {} of {} policies cannot be counted: {first}",
            unread.len(),
            report.policies.len()
        ));
    }
}

fn look_at_queues(config: &Config, queues: &[Queue], report: &mut LiveReport) {
    for one in &mut report.policies {
        let hang = queues.iter().filter(|queue| queue.policy == one.uid);
        one.queues = match one.uid {
            Some(_) => hang.map(title).collect(),
            None => Vec::new(),
        };
    }
    for (target, (whose, line)) in targets(config) {
        match queues.iter().find(|queue| queue.id == target) {
            Some(queue) => report.targets.push(title(queue)),
            None => report.errors.push(format!(
                "{whose} (line {line}): jump:{} leads to no queue of the account",
                target.0
            )),
        }
    }
}

fn title(queue: &Queue) -> String {
    match queue.description.as_str() {
        "" => queue.id.0.to_string(),
        name => format!("{name} ({})", queue.id.0),
    }
}

/// Every queue that the file jumps to, and where it first says so.
fn targets(config: &Config) -> BTreeMap<QueueId, (String, Line)> {
    let mut targets = BTreeMap::new();
    let mut note = |action: Action, whose: String, line: Line| {
        if let Action::Jump(target) = action {
            targets.entry(target).or_insert((whose, line));
        }
    };
    for schedule in &config.schedules {
        let parts = schedule.parts();
        let whose = || format!("schedules.{}", parts.name);
        let settings = [Some(parts.closed), parts.open, parts.on_holiday];
        for setting in settings.into_iter().flatten() {
            note(setting.action, whose(), setting.line);
        }
        match &parts.rhythm {
            Rhythm::Weekly(windows) => windows
                .iter()
                .for_each(|window| note(window.action, whose(), window.line)),
            Rhythm::Triggers(triggers) => triggers
                .iter()
                .for_each(|trigger| note(trigger.action, whose(), trigger.line)),
        }
    }
    for policy in &config.policies {
        for one in policy.overrides.all() {
            note(one.action, format!("override {:?}", one.name), one.line);
        }
    }
    targets
}

fn clock(client: &Client, report: &mut LiveReport) {
    let Some(ahead) = client.clock_difference() else {
        return;
    };
    report.clock_s = Some(ahead.num_seconds());
    if ahead.abs() > CLOCK_LIMIT {
        report.warnings.push(format!(
            "this machine's clock and the server's differ by {} s: switches come so much early or \
             late; look at the time synchronisation here",
            ahead.num_seconds().abs()
        ));
    }
}
