//! What both targets check: no panic, and no success on an answer that does not hold the word.

use todswitch::contactnow::Format;
use todswitch::contactnow::wire::{Answer, read_answer};

/// Asks an answer everything.
pub fn check(format: Format, body: &[u8]) {
    let questions: [fn(Answer) -> bool; 7] = [
        |answer| answer.policies().is_ok(),
        |answer| answer.written(1).is_ok(),
        |answer| answer.created().is_ok(),
        |answer| answer.token().is_ok(),
        |answer| answer.validated().is_ok(),
        |answer| answer.queues().is_ok(),
        |answer| answer.rows().is_ok(),
    ];
    // JSON may spell any letter of it as \u….
    let may_succeed = contains(body, b"success") || contains(body, b"\\u");
    for question in questions {
        let succeeds = read_answer(format, body).is_ok_and(question);
        assert!(may_succeed || !succeeds, "success without the word");
    }
}

fn contains(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}
