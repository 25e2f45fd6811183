//! Which live policy a word on the command line means. Nothing is guessed.

use std::collections::HashMap;

use super::Desk;
use crate::cli::Failure;
use crate::config::nearest;
use crate::domain::account::Account;
use crate::domain::policy::{LivePolicy, Policy, SelectError, Selector, Uid};
use crate::render::text::plain;

/// Candidates that are listed at most.
const MOST: usize = 20;

/// The policy that was meant.
pub(super) struct Target<'c> {
    /// That of the file, where the file has it.
    pub(super) policy: Option<&'c Policy>,
    /// As it was read.
    pub(super) live: LivePolicy,
}

impl Target<'_> {
    /// Its name in the file, else its description, and its uid.
    pub(super) fn title(&self) -> String {
        let name = (self.policy).map_or(&*self.live.description, |policy| &policy.name);
        format!("{} (uid {})", plain(name), self.live.uid)
    }
}

/// A name from the file, else a uid, else a description that is unique.
///
/// # Errors
/// It means none, or more than one; the candidates are listed.
pub(super) fn target<'c>(
    desk: &'c Desk<'_>,
    word: &str,
    live: &[LivePolicy],
) -> Result<Target<'c>, Failure> {
    let account = Account::new(live.to_vec());
    let all = &desk.config.policies;
    let named = all.iter().find(|policy| policy.name == *word);
    let uid = word.parse().ok().map(Selector::Uid);
    let found = match (named, uid) {
        (Some(policy), _) => account.find(&policy.selector),
        (None, Some(uid)) => account
            .find(&uid)
            .or_else(|error| described(&account, word).map_err(|_| error)),
        (None, None) => described(&account, word),
    };
    let drivers = drivers(all, &account);
    match found {
        Ok(found) => Ok(Target {
            policy: named.or_else(|| drivers.get(&found.uid).copied()),
            live: found.clone(),
        }),
        Err(error) => Err(nobody(desk, word, live, &drivers, &error)),
    }
}

fn described<'a>(account: &'a Account, text: &str) -> Result<&'a LivePolicy, SelectError> {
    account.find(&Selector::Description(text.to_owned()))
}

/// The policies of the file by what they mean in the account.
fn drivers<'c>(all: &'c [Policy], account: &Account) -> HashMap<Uid, &'c Policy> {
    let mut drivers = HashMap::new();
    for policy in all {
        if let Ok(live) = account.find(&policy.selector) {
            drivers.entry(live.uid).or_insert(policy);
        }
    }
    drivers
}

/// Every candidate is listed: those of one description; else those that have the word in them, or
/// something near it; else all.
fn nobody(
    desk: &Desk<'_>,
    word: &str,
    live: &[LivePolicy],
    drivers: &HashMap<Uid, &Policy>,
    error: &SelectError,
) -> Failure {
    let name_of = |one: &LivePolicy| drivers.get(&one.uid).map(|policy| policy.name.as_str());
    let names = |one: &'_ LivePolicy| {
        let described = Some(one.description.clone());
        [described, name_of(one).map(str::to_owned)]
            .into_iter()
            .flatten()
    };
    let needle = word.to_lowercase();
    let holds = |one: &LivePolicy| names(one).any(|name| name.to_lowercase().contains(&needle));
    let is_near = |one: &LivePolicy| {
        let mut names = names(one);
        names.any(|name| nearest::nearest(word, [name.as_str()]).is_some())
    };
    let mut candidates: Vec<&LivePolicy> = match error {
        SelectError::Ambiguous { uids, .. } => {
            let same = live.iter().filter(|one| uids.contains(&one.uid));
            same.collect()
        }
        SelectError::Missing(_) => live.iter().filter(|one| holds(one)).collect(),
    };
    if candidates.is_empty() {
        candidates = live.iter().filter(|one| is_near(one)).collect();
    }
    if candidates.is_empty() {
        candidates = live.iter().collect();
    }
    let mut failure = Failure::usage(match error {
        SelectError::Missing(Selector::Description(_)) => {
            format!("no policy of the file, no uid and no description is {word:?}")
        }
        error => error.to_string(),
    })
    .at(&desk.place)
    .expected("a name from the file, a uid, or a description that is unique");
    for one in candidates.iter().take(MOST) {
        let name = name_of(one).map_or(String::new(), |name| format!(", `{name}` here"));
        failure = failure.hint(format!(
            "uid {} is {:?} ({}){name}",
            one.uid, one.description, one.default
        ));
    }
    match candidates.len().saturating_sub(MOST) {
        0 => failure,
        more => failure.hint(format!("and {more} more: `todswitch policies list`")),
    }
}
