//! Words of which there are a few: actions, what to do about drift, and the like.

use super::Fault;
use crate::config::nearest;
use crate::domain::action::{self, Action, ActionError};

/// What the admin interface calls the actions.
const ADMIN_WORDS: [(&str, &str); 3] = [
    ("active", "queue"),
    ("inactive", "hangup"),
    ("jump", "jump:4501"),
];

/// Reads an action as the API spells it.
///
/// # Errors
/// A word that is none, or a queue id that is none.
pub fn action(text: &str) -> Result<Action, Fault> {
    text.parse().map_err(|error| {
        let fault = Fault::new(match &error {
            ActionError::UnknownWord(word) => format!("unknown action `{word}`"),
            ActionError::BadQueueId(id) => format!("`{id}` is not a queue id"),
        });
        match error {
            ActionError::BadQueueId(_) => fault.hint("write a number above 0: `jump:4501`"),
            ActionError::UnknownWord(word) => fault.hint(action_hint(&word)),
        }
    })
}

fn action_hint(word: &str) -> String {
    let admin = ADMIN_WORDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word.trim()));
    let words = action::WORDS.map(|(word, _)| word);
    let near = admin
        .map(|(_, api)| *api)
        .or_else(|| nearest::nearest(word, words));
    near.map_or_else(
        || "known actions: `queue`, `voicemail`, `hangup`, `jump:` with a queue id".to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}

/// Reads one of a few words.
///
/// # Errors
/// Any other word.
pub fn one_of<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Result<T, Fault> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names = words.iter().map(|(word, _)| *word);
        Fault::new(format!("unknown word `{text}`")).maybe_hint(nearest::hint(text, names))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_admin_interface_lead_to_those_of_the_api() {
        for (word, hint) in [
            ("Active", "did you mean `queue`?"),
            ("inactive", "did you mean `hangup`?"),
            ("voicemial", "did you mean `voicemail`?"),
            ("Queue", "did you mean `queue`?"),
            (
                "play music",
                "known actions: `queue`, `voicemail`, `hangup`, `jump:` with a queue id",
            ),
            ("jump:0", "write a number above 0: `jump:4501`"),
        ] {
            assert_eq!(action(word).unwrap_err().hint.as_deref(), Some(hint));
        }
    }
}
