//! A queue of the account. Must not know how it was read.

use crate::domain::action::QueueId;
use crate::domain::policy::Uid;

/// A queue of the account, as far as a switch cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its id, which `jump:` names.
    pub id: QueueId,
    /// Its kind, such as `inbound`; empty where the answer has none.
    pub kind: String,
    /// Its name; empty where the answer has none.
    pub description: String,
    /// The policy that hangs on it.
    pub policy: Option<Uid>,
}
