//! What the simulator remembers, and what it answers when nothing goes wrong.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret;

use super::account::{Account, SimPolicy};
use super::call::{Call, Record};
use super::fault::Faults;
use super::log::Log;
use super::reply::{Reply, Value};
use super::tokens::{Refusal, Tokens};
use super::{Instant, SimulatorSettings};

/// The simulator's memory.
pub(super) struct State {
    pub(super) settings: SimulatorSettings,
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) account: Account,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) log: Log,
}

/// What became of a request, for the log, beside its answer.
pub(super) type Outcome = (Reply, String);

impl State {
    pub(super) fn new(settings: SimulatorSettings) -> State {
        let inner = Inner {
            account: settings.account.clone(),
            tokens: Tokens::new(settings.seed),
            faults: Faults::default(),
            log: Log::default(),
        };
        State {
            settings,
            inner: Mutex::new(inner),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Instant {
        (self.settings.time)()
    }

    /// Answers as the API does. `store` false accepts a write and forgets it.
    pub(super) fn answer(&self, call: &Call, peer: IpAddr, store: bool) -> Outcome {
        let campaign = self.settings.campaign.as_deref();
        if campaign.is_some() && call.argument("campaign") != campaign {
            return refused("Bad argument: campaign");
        }
        let mut inner = self.lock();
        if call.method == "token" {
            return self.token(&mut inner, call, peer);
        }
        let token = call.argument("token").unwrap_or_default();
        if let Err(refusal) = inner.tokens.check(token, peer, self.now()) {
            return refuse_token(refusal);
        }
        match (call.method.as_str(), call.action.as_str()) {
            ("tod_policy", "read") => read_policies(&inner.account, call),
            ("tod_policy", "update" | "create") if !call.post => {
                refused("No file uploaded. Missing 'easycall' section?")
            }
            ("tod_policy", "update" | "create") => match &call.records {
                Err(words) => refused(words),
                Ok(records) => {
                    self.write(&mut inner.account, records, call.action == "create", store)
                }
            },
            ("tod_rules", "read") => read_rules(&inner.account, call),
            ("queues", "read") => read_queues(&inner.account),
            ("tod_policy" | "tod_rules" | "queues", action) => {
                refused(&format!("Bad argument: {action}"))
            }
            (method, _) => refused(&format!("Bad argument: {method}")),
        }
    }

    fn token(&self, inner: &mut Inner, call: &Call, peer: IpAddr) -> Outcome {
        let now = self.now();
        match call.action.as_str() {
            "get" => {
                let known = call.argument("username") == Some(&self.settings.username)
                    && call.argument("password") == Some(self.settings.key.expose_secret());
                if !known {
                    return refused("Authentication failure");
                }
                let Some(addresses) = addresses(call, peer) else {
                    return refused("Bad argument: address");
                };
                let life = self.settings.token_life;
                let (token, expires) = inner.tokens.give(&addresses, now, life);
                let reply = Reply::success()
                    .with("token", Value::Text(token))
                    .with("expire", Value::Number(expires.timestamp()));
                (reply, "ok".into())
            }
            "validate" => {
                let token = call.argument("token").unwrap_or_default();
                match inner.tokens.check(token, peer, now) {
                    Ok(expires) => {
                        let expires = Value::Number(expires.timestamp());
                        (Reply::success().with("expire", expires), "ok".into())
                    }
                    Err(refusal) => refuse_token(refusal),
                }
            }
            action => refused(&format!("Bad argument: {action}")),
        }
    }

    fn write(
        &self,
        account: &mut Account,
        records: &[Record],
        create: bool,
        store: bool,
    ) -> Outcome {
        let mut scratch = None;
        // What is not stored is done to a copy, so that it is checked all the same.
        let account = if store {
            account
        } else {
            scratch.insert(account.clone())
        };
        let (mut total, mut bad, mut changed, mut key) = (0, 0, 0, 0);
        let mut error = None;
        for record in records {
            let done = if create {
                account.create(record).map(|uid| {
                    key = uid;
                    true
                })
            } else {
                account.update(record)
            };
            match done {
                Ok(change) => {
                    total += usize::from(change || self.settings.count_unchanged);
                    changed += usize::from(change);
                }
                Err(words) => {
                    bad += 1;
                    error = Some(words);
                }
            }
        }
        let reply = Reply::written(total, bad);
        if let Some(words) = error {
            let outcome = format!("rejected: {words}");
            return (reply.with("error", Value::Text(words)), outcome);
        }
        let outcome = match (create, changed) {
            (true, _) => "created",
            (false, 0) => "unchanged",
            (false, _) => "stored",
        };
        let reply = if create {
            reply.with("key", Value::Number(key as i64))
        } else {
            reply
        };
        (reply, outcome.into())
    }
}

impl Account {
    fn create(&mut self, record: &Record) -> Result<u64, String> {
        let (description, default) = self.checked(record)?;
        let highest = self.policies.iter().map(|policy| policy.uid).max();
        let uid = highest.unwrap_or(2163) + 1;
        self.policies
            .push(SimPolicy::new(uid, description, default));
        Ok(uid)
    }

    /// Whether anything changed.
    fn update(&mut self, record: &Record) -> Result<bool, String> {
        let uid = record.uid.as_deref().unwrap_or_default();
        let missing = || format!("Record id [{uid}] does not exist.");
        let id: u64 = uid.parse().map_err(|_| missing())?;
        if !self.policies.iter().any(|policy| policy.uid == id) {
            return Err(missing());
        }
        let (description, default) = self.checked(record)?;
        let found = self.policies.iter_mut().find(|policy| policy.uid == id);
        let policy = found.ok_or_else(missing)?;
        let changed = policy.description != description || policy.default != default;
        policy.description = description;
        policy.default = default;
        Ok(changed)
    }

    fn checked(&self, record: &Record) -> Result<(String, String), String> {
        let description = record
            .description
            .clone()
            .ok_or("Missing field [description]")?;
        let default = record.default.clone().ok_or("Missing field [default]")?;
        match default.strip_prefix("jump:") {
            Some(id) if !self.queues.iter().any(|queue| queue.qid.to_string() == id) => {
                Err(format!("Invalid queue id [{id}]"))
            }
            None if !["queue", "voicemail", "hangup"].contains(&default.as_str()) => {
                Err(format!("Invalid default [{default}]"))
            }
            _ => Ok((description, default)),
        }
    }
}

fn read_policies(account: &Account, call: &Call) -> Outcome {
    let wanted = |policy: &&SimPolicy| named(call, policy.uid);
    let row = |policy: &SimPolicy| {
        vec![
            ("uid", Value::Text(policy.uid.to_string())),
            ("description", Value::Text(policy.description.clone())),
            ("default", Value::Text(policy.default.clone())),
        ]
    };
    let rows = account.policies.iter().filter(wanted).map(row).collect();
    (Reply::success().list("tod_policy", rows), "ok".into())
}

fn read_rules(account: &Account, call: &Call) -> Outcome {
    let rows = account
        .policies
        .iter()
        .filter(|policy| named(call, policy.uid));
    let rules = rows.flat_map(|policy| (0..policy.rules).map(|n| (policy.uid, n)));
    let row = |(uid, n): (u64, usize)| {
        vec![
            ("uid", Value::Text((uid * 100 + n as u64).to_string())),
            ("policy", Value::Text(uid.to_string())),
        ]
    };
    let rows = rules.map(row).collect();
    (Reply::success().list("tod_rules", rows), "ok".into())
}

fn read_queues(account: &Account) -> Outcome {
    let row = |queue: &super::SimQueue| {
        vec![
            ("qid", Value::Text(queue.qid.to_string())),
            ("type", Value::Text("inbound".into())),
            ("description", Value::Text(queue.description.clone())),
            ("tod", Value::Text(queue.tod.to_string())),
        ]
    };
    let rows = account.queues.iter().map(row).collect();
    (Reply::success().list("queues", rows), "ok".into())
}

fn named(call: &Call, uid: u64) -> bool {
    call.argument("policy")
        .is_none_or(|policy| policy == uid.to_string())
}

/// The addresses a token is bound to: at most 10, the caller's own where none is given.
fn addresses(call: &Call, peer: IpAddr) -> Option<Vec<IpAddr>> {
    let Some(list) = call.argument("address") else {
        return Some(vec![peer]);
    };
    let addresses: Option<Vec<IpAddr>> = list
        .split(',')
        .map(|text| text.trim().parse().ok())
        .collect();
    addresses.filter(|addresses| addresses.len() <= 10)
}

pub(super) fn refused(words: &str) -> Outcome {
    (Reply::refused(words), format!("refused: {words}"))
}

fn refuse_token(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::Expired => expired(),
        Refusal::Invalid => refused("Invalid token"),
    }
}

pub(super) fn expired() -> Outcome {
    let (reply, outcome) = refused("Expired token");
    (reply.with("expire", Value::Number(-1)), outcome)
}
