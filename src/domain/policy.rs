//! A policy: as the file names it, and as it is live in the account.
//!
//! Must not know how a live value is read or written.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::action::Action;
use super::overlay::Overrides;
use super::schedule::Schedule;
use super::{Instant, Line};

/// A policy of the file: which live record it drives, and by what.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The key below `[policies]`.
    pub name: String,
    /// How the live record is found.
    pub selector: Selector,
    /// What drives it.
    pub schedule: Arc<Schedule>,
    /// The overrides of the file that name this policy, or name none.
    pub overrides: Arc<Overrides>,
    /// What to do when the live value is not the settled one.
    pub on_drift: OnDrift,
    /// The line of its table's header.
    pub line: Line,
}

/// How the live record of a policy is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// By its id.
    Uid(Uid),
    /// By its description, which must be unique in the account.
    Description(String),
}

/// The id of a live policy. The API sends it as text or as a number; its decimal text is canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(pub u64);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Uid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Uid)
    }
}

/// What to do when the live value of a policy is not the settled one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDrift {
    /// Say so; it stands until the next switch.
    #[default]
    Report,
    /// Write the settled value back.
    Restore,
    /// Say nothing.
    Ignore,
}

impl OnDrift {
    /// The words of the file.
    pub const WORDS: [(&'static str, OnDrift); 3] = [
        ("report", OnDrift::Report),
        ("restore", OnDrift::Restore),
        ("ignore", OnDrift::Ignore),
    ];
}

/// A record of the account as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePolicy {
    /// Its id.
    pub uid: Uid,
    /// Its name in the admin interface; not always unique.
    pub description: String,
    /// Its default action.
    pub default: LiveDefault,
}

/// The default of a live policy: an action, or a text this program does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveDefault {
    /// An action.
    Known(Action),
    /// Anything else, kept as it was read.
    Other(String),
}

impl LiveDefault {
    /// Reads the API's spelling; never fails.
    pub fn parse(text: &str) -> LiveDefault {
        let text = text.trim();
        text.parse()
            .map_or_else(|_| LiveDefault::Other(text.to_owned()), LiveDefault::Known)
    }

    /// Whether it is this action.
    pub fn is(&self, action: Action) -> bool {
        *self == LiveDefault::Known(action)
    }
}

impl fmt::Display for LiveDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LiveDefault::Known(action) => action.fmt(f),
            LiveDefault::Other(text) => f.pad(text),
        }
    }
}

/// The live record a selector means, or why there is none. Nothing is guessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No record answers to it.
    #[error("no live policy has the {0}")]
    Missing(Selector),
    /// More than one record has the description.
    #[error("{} live policies have the {selector} (uids {})", uids.len(), list(uids))]
    Ambiguous {
        /// What was looked for.
        selector: Selector,
        /// Every record that answers to it.
        uids: Vec<Uid>,
    },
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Uid(uid) => write!(f, "uid {uid}"),
            Selector::Description(text) => write!(f, "description {text:?}"),
        }
    }
}

fn list(uids: &[Uid]) -> String {
    let texts: Vec<String> = uids.iter().map(Uid::to_string).collect();
    texts.join(", ")
}

/// A hold: an action set by hand at run time, above everything in the file, until it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// When it was set.
    pub from: Instant,
    /// When it ends; `None` for one that stays until it is cleared.
    pub until: Option<Instant>,
    /// What it holds the policy at.
    pub action: Action,
    /// Why, in words.
    pub reason: String,
    /// Who set it.
    pub set_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_live_default_is_kept_as_it_was_read() {
        assert!(LiveDefault::parse(" queue\n").is(Action::Queue));
        assert_eq!(
            LiveDefault::parse("ivr:9"),
            LiveDefault::Other("ivr:9".into())
        );
    }
}
