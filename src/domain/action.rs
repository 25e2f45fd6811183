//! What a policy does by default with a call, spelled as the API spells it.
//!
//! Owns the table of words, for reading and for writing. Must not know where a word came from.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// The default action of a time of day policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Calls enter the queue ("Active" in the admin interface).
    Queue,
    /// Calls go to voicemail.
    Voicemail,
    /// Calls are dropped ("Inactive" in the admin interface).
    Hangup,
    /// Calls jump to another queue.
    Jump(QueueId),
}

/// The number of a queue: never 0, which the API rejects (`Invalid queue id [0]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub NonZeroU64);

/// Why a text is not an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Not one of the words the API knows.
    #[error("unknown action {0:?}")]
    UnknownWord(String),
    /// `jump:` with something that is not a queue id after it.
    #[error("{0:?} is not a queue id: a number above 0 is expected")]
    BadQueueId(String),
}

/// The words that stand alone, for parsing, printing and hints.
pub const WORDS: [(&str, Action); 3] = [
    ("queue", Action::Queue),
    ("voicemail", Action::Voicemail),
    ("hangup", Action::Hangup),
];

const JUMP: &str = "jump:";

impl FromStr for Action {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((_, action)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*action);
        }
        let Some(id) = text.strip_prefix(JUMP) else {
            return Err(ActionError::UnknownWord(text.to_owned()));
        };
        let all_digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        match id.parse() {
            Ok(id) if all_digits => Ok(Action::Jump(QueueId(id))),
            _ => Err(ActionError::BadQueueId(id.to_owned())),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Action::Jump(QueueId(id)) = self {
            return f.pad(&format!("{JUMP}{id}"));
        }
        let word = WORDS.iter().find(|(_, action)| action == self);
        f.pad(word.map_or("", |(word, _)| word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_prints_as_it_parses() {
        for text in ["queue", "voicemail", "hangup", "jump:1", "jump:4501"] {
            assert_eq!(text.parse::<Action>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn leading_zeros_of_a_queue_id_are_dropped() {
        assert_eq!("jump:007".parse::<Action>(), "jump:7".parse());
    }

    #[test]
    fn what_is_not_an_action_is_told_apart() {
        for word in ["", "Queue", "voice mail", "jump", "queue "] {
            assert_eq!(
                word.parse::<Action>(),
                Err(ActionError::UnknownWord(word.into()))
            );
        }
        for id in ["", "0", "00", "-1", "+1", "x", "1 ", "99999999999999999999"] {
            assert_eq!(
                format!("jump:{id}").parse::<Action>(),
                Err(ActionError::BadQueueId(id.into()))
            );
        }
    }
}
