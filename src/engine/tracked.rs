//! One policy under the engine's eyes: its timeline, and the switch that is not settled yet.

use std::sync::Arc;

use super::status::PolicyStatus;
use crate::contactnow::retry::Backoff;
use crate::domain::Instant;
use crate::domain::plan::{self, Due, Settled, effective};
use crate::domain::policy::{Hold, LiveDefault, Policy, SelectError, Selector, Uid};
use crate::domain::timeline::Timeline;
use crate::store::{Outcome, RowId, SwitchRow};

pub(super) struct Tracked {
    pub policy: Policy,
    pub timeline: Timeline,
    /// Its id, once that is known.
    pub uid: Option<Uid>,
    /// The next boundary after the last look.
    pub next: Option<Instant>,
    /// Whether `next` was ever found.
    pub looked_at: bool,
    pub pending: Option<Pending>,
    /// Why it is not found in the account.
    pub lost: Option<SelectError>,
    /// The live value that differs from the settled one, and stands.
    pub drift: Option<Drift>,
    /// The last change that was listed as missed, or taken up.
    pub listed: Instant,
    /// What the status says of it, unless that is to be found out anew.
    pub shown: Option<Arc<PolicyStatus>>,
}

/// A live value that differs from the settled one, and stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drift {
    pub live: LiveDefault,
    /// When it was first seen.
    pub since: Instant,
}

/// A switch that is due and not settled.
pub(super) struct Pending {
    pub row: SwitchRow,
    pub id: Option<RowId>,
    pub retry_at: Instant,
    pub backoff: Backoff,
    pub kind: PendingKind,
}

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PendingKind {
    Switch,
    Restore,
}

/// What the rows of one pass have in common.
pub(super) struct Origin<'a> {
    pub file_hash: &'a str,
    pub zone_version: &'a str,
    pub seed: u64,
}

impl Tracked {
    pub fn new(policy: Policy, holds: Vec<Hold>) -> Tracked {
        let uid = match policy.selector {
            Selector::Uid(uid) => Some(uid),
            Selector::Description(_) => None,
        };
        Tracked {
            timeline: Timeline::new(&policy, holds),
            policy,
            uid,
            next: None,
            looked_at: false,
            pending: None,
            lost: None,
            drift: None,
            listed: Instant::MIN_UTC,
            shown: None,
        }
    }

    /// Puts other holds above its schedule.
    pub fn hold(&mut self, holds: Vec<Hold>) {
        self.timeline = Timeline::new(&self.policy, holds);
        self.shown = None;
    }

    /// The hold that decides at an instant.
    pub fn held(&self, now: Instant) -> Option<&Hold> {
        let stands = |hold: &&Hold| hold.from <= now && hold.until.is_none_or(|until| now < until);
        let standing = self.timeline.holds().iter().filter(stands);
        standing.max_by_key(|hold| hold.from)
    }

    /// Goes on with what was under way for the same live record before an edit of the file; what
    /// was under way for another one is returned. `found` is the record that answers now.
    pub fn take_over(&mut self, old: Tracked, found: Option<Uid>) -> Option<Pending> {
        let is_same_record = old.uid.is_some() && (old.uid == self.uid.or(found));
        if old.policy.selector == self.policy.selector || is_same_record {
            self.uid = old.uid;
            self.pending = old.pending;
            self.lost = old.lost;
            self.listed = old.listed;
            return None;
        }
        old.pending
    }

    /// Goes on with a switch that the run before did not bring to an end.
    pub fn resume(
        &mut self,
        (id, row): (RowId, SwitchRow),
        settled: Option<&Settled>,
        now: Instant,
        seed: u64,
    ) {
        let is_settled = settled.is_some_and(|settled| settled.action == row.to);
        let nothing_is_due = plan::new_switch(&self.timeline, settled, now).is_none();
        let kind = match is_settled && nothing_is_due {
            true => PendingKind::Restore,
            false => PendingKind::Switch,
        };
        self.listed = row.due;
        self.pending = Some(Pending {
            retry_at: now,
            backoff: Backoff::new(seed ^ self.uid.map_or(0, |uid| uid.0)),
            id: Some(id),
            row,
            kind,
        });
    }

    /// Nothing was due or listed later than now: the clock was ahead then.
    pub fn take_back(&mut self, now: Instant) {
        self.listed = self.listed.min(now);
        if let Some(pending) = &mut self.pending {
            pending.row.due = pending.row.due.min(now);
        }
    }

    /// Whether something is due: a boundary, or another try.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.looked_at
            || self.next.is_some_and(|at| at <= now)
            || self.pending.as_ref().is_some_and(|one| one.retry_at <= now)
    }

    /// Looks for the next boundary.
    pub fn look(&mut self, settled: Option<&Settled>, now: Instant) {
        self.looked_at = true;
        let after = effective(settled, now);
        self.next = self.timeline.next_change(after).map(|change| change.at);
    }

    /// Makes `due` the pending switch, unless it is already. The one it replaces is returned.
    pub fn pend(
        &mut self,
        due: Due,
        kind: PendingKind,
        from: Option<String>,
        now: Instant,
        origin: &Origin<'_>,
    ) -> Option<Pending> {
        if let Some(pending) = &mut self.pending
            && pending.is_for(due, kind)
        {
            pending.row.from = pending.row.from.take().or(from);
            return None;
        }
        let row = self.row(due, from, Outcome::Failed, now, origin);
        self.listed = self.listed.max(row.due);
        self.pending.replace(Pending {
            row,
            id: None,
            retry_at: now,
            backoff: Backoff::new(origin.seed ^ self.uid.map_or(0, |uid| uid.0)),
            kind,
        })
    }

    /// Whether it is not settled as it should be.
    pub fn is_failing(&self) -> bool {
        self.pending.is_some() || self.lost.is_some()
    }

    /// A row for a switch of this policy. Without a boundary it is due now.
    pub fn row(
        &self,
        due: Due,
        from: Option<String>,
        outcome: Outcome,
        now: Instant,
        origin: &Origin<'_>,
    ) -> SwitchRow {
        let at = due.boundary.unwrap_or(now);
        let reason = self.timeline.state_at(at).reason;
        SwitchRow {
            policy: self.policy.name.clone(),
            uid: self.uid,
            from,
            to: due.action,
            due: at,
            sent: None,
            settled: None,
            tries: 0,
            outcome,
            error: None,
            rule_kind: reason.kind.as_str().to_owned(),
            rule_name: reason.name.to_owned(),
            rule_line: reason.line,
            file_hash: origin.file_hash.to_owned(),
            zone_version: origin.zone_version.to_owned(),
        }
    }
}

impl Pending {
    pub fn is_for(&self, due: Due, kind: PendingKind) -> bool {
        let same_boundary = due.boundary.is_none_or(|at| at == self.row.due);
        self.kind == kind && self.row.to == due.action && same_boundary
    }
}
