//! What may happen, one thing after another.
//!
//! Must not know what comes of it.

use std::collections::VecDeque;

use todswitch::engine::{ClearOrder, Command, HoldOrder};
use tokio::sync::oneshot;

use super::account::Cut;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Op {
    /// Somebody sets a policy in the admin interface.
    ByHand { uid: u64, default: &'static str },
    /// The API is away.
    Down { minutes: i64 },
    /// The next calls fail.
    Fail { calls: u32 },
    /// Another file.
    Edit { file: usize },
    /// A hold of one policy, or of all.
    Hold {
        policy: Option<&'static str>,
        action: &'static str,
        end: &'static str,
    },
    /// Holds are cleared.
    Clear { policy: Option<&'static str> },
    /// The clock is set.
    Step { minutes: i64 },
    /// The program is killed at a call that is still to come, and its last commits are not on the disk.
    Kill {
        calls: u64,
        cut: Cut,
        lost_commits: usize,
        away_minutes: i64,
    },
    /// The program is stopped cleanly.
    Stop { away_minutes: i64 },
}

/// What happens, and how many seconds after what happened before.
pub type Story = VecDeque<(i64, Op)>;

/// What the engine is told of a hold.
pub fn command(op: &Op) -> Command {
    let names = |policy: &Option<&str>| policy.iter().map(ToString::to_string).collect();
    let (hold, _) = oneshot::channel();
    let (clear, _) = oneshot::channel();
    match op {
        Op::Hold {
            policy,
            action,
            end,
        } => {
            let order = HoldOrder {
                policies: names(policy),
                action: action.parse().unwrap(),
                end: end.parse().unwrap(),
                reason: "fire drill".into(),
                set_by: "ada".into(),
            };
            Command::SetHold(order, hold)
        }
        Op::Clear { policy } => {
            let order = ClearOrder {
                policies: names(policy),
                by: "bob".into(),
            };
            Command::ClearHold(order, clear)
        }
        other => unreachable!("no command: {other:?}"),
    }
}
