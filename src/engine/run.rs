//! The loop: sleep to the next thing that is due, make ready before it, pass, and look again.
//!
//! One task owns everything; others send commands, which are taken up between passes.

use std::pin::pin;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::{mpsc, oneshot};

use super::manual::ManualSwitch;
use super::pass::Look;
use super::trust::Trust;
use super::{ClearOrder, Engine, Held, HoldError, HoldOrder};
use crate::clock::{Clock, Wake};
use crate::config::Config;
use crate::contactnow::PolicyApi;
use crate::domain::Instant;
use crate::store::EventKind;

/// What others ask of the loop.
#[derive(Debug)]
pub enum Command {
    /// Put another file in force.
    Reload(Arc<Config>),
    /// Set holds, and switch to them at once.
    SetHold(HoldOrder, oneshot::Sender<Result<Vec<Held>, HoldError>>),
    /// Clear holds, and switch to what is wanted without them at once.
    ClearHold(ClearOrder, oneshot::Sender<Result<Vec<String>, HoldError>>),
    /// Keep a switch by command in the history, and look at what it did.
    Manual(Box<ManualSwitch>, oneshot::Sender<()>),
    /// Keep an event in the store.
    Record(EventKind, String),
    /// Read the account, and look at everything.
    Audit,
    /// Drop what is older than the history is kept.
    Prune,
}

/// What the loop sleeps for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    WarmUp { boundary: Instant },
    Pass(Look),
}

/// Requests that one answer may take, a fresh token and a second try included.
const CALLS: u32 = 5;

impl<C: Clock, A: PolicyApi> Engine<C, A> {
    /// Runs until `stop` resolves. A pass under way then has the settings' grace to end; what it
    /// did not settle is made up for at the next start.
    pub async fn run(
        &mut self,
        mut commands: mpsc::Receiver<Command>,
        stop: oneshot::Receiver<()>,
    ) {
        let mut stop = pin!(stop);
        let grace = self.settings.stop_grace;
        let mut commands_open = true;
        let mut look = Look::Everything;
        let mut pulse = std::mem::take(&mut self.pulse);
        loop {
            {
                let mut pass = pin!(self.pass(look));
                tokio::select! {
                    () = &mut pass => {}
                    _ = &mut stop => {
                        // What is cut off here is found out by reading at the next start.
                        let _ = tokio::time::timeout(grace, pass).await;
                        return;
                    }
                    () = pulse.keep_beating_while_working(grace.saturating_mul(CALLS)) => {}
                }
            }
            look = loop {
                let (at, next) = self.next();
                let clock = Arc::clone(&self.clock);
                tokio::select! {
                    biased;
                    _ = &mut stop => return,
                    command = commands.recv(), if commands_open => match command {
                        Some(Command::Reload(config)) => {
                            self.reload(config);
                            break Look::Everything;
                        }
                        Some(Command::SetHold(order, reply)) => {
                            // Whoever asked may have left: the hold stands all the same.
                            let held = self.set_hold(&order);
                            self.publish_order();
                            let _ = reply.send(held);
                            break Look::Everything;
                        }
                        Some(Command::ClearHold(order, reply)) => {
                            let cleared = self.clear_hold(&order);
                            self.publish_order();
                            let _ = reply.send(cleared);
                            break Look::Everything;
                        }
                        Some(Command::Manual(switch, reply)) => {
                            self.memory.save(None, &switch.row(&self.config));
                            self.report_trouble();
                            let _ = reply.send(());
                            break Look::Everything;
                        }
                        Some(Command::Record(kind, words)) => self.record(kind, &words),
                        Some(Command::Audit) => break Look::Everything,
                        Some(Command::Prune) => self.prune(),
                        None => commands_open = false,
                    },
                    wake = clock.sleep_until(at) => match (wake, next) {
                        (Wake::ClockSet, _) => {
                            self.clock_set();
                            break Look::Everything;
                        }
                        (Wake::Due, Next::Pass(look)) => break look,
                        (Wake::Due, Next::WarmUp { boundary }) => {
                            self.warmed_for = Some(boundary);
                            tokio::select! {
                                biased;
                                _ = &mut stop => return,
                                () = self.warm_up() => {}
                                _ = clock.sleep_until(boundary) => {}
                                () = pulse.keep_beating_while_working(grace.saturating_mul(CALLS)) => {}
                            }
                        }
                    },
                    () = pulse.keep_beating(|| clock.now() < later(at)) => {}
                }
            };
        }
    }

    fn record(&mut self, kind: EventKind, words: &str) {
        let now = self.clock.now();
        self.memory.event(now, kind, None, words);
        self.report_trouble();
    }

    fn prune(&mut self) {
        let difference = self.api.clock_difference().unwrap_or_default();
        if difference.abs() > TimeDelta::days(1) {
            // By a clock that is far ahead everything would be old.
            return;
        }
        let keep = TimeDelta::from_std(self.config.daemon.keep).unwrap_or(TimeDelta::MAX);
        if let Some(before) = self.clock.now().checked_sub_signed(keep) {
            self.memory.prune(before);
            self.report_trouble();
        }
    }

    /// What comes next, and when.
    fn next(&self) -> (Instant, Next) {
        let (pass_at, look) = self.next_pass();
        let boundary = self.tracked.iter().filter_map(|one| one.next).min();
        if let Some(boundary) = boundary
            && self.trust == Trust::Trusted
            && self.warmed_for != Some(boundary)
            && boundary - self.settings.warm_up < pass_at
        {
            return (boundary - self.settings.warm_up, Next::WarmUp { boundary });
        }
        (pass_at, Next::Pass(look))
    }

    /// The next pass, and how much it looks at.
    pub(super) fn next_pass(&self) -> (Instant, Look) {
        if let (Trust::Doubted, Some(again)) = (self.trust, self.look_again_at) {
            return (again, Look::Everything);
        }
        let boundaries = self.tracked.iter().filter_map(|one| one.next);
        let pending = self.tracked.iter().filter_map(|one| one.pending.as_ref());
        let due = boundaries
            .chain(pending.map(|pending| pending.retry_at))
            .min();
        let due = due.unwrap_or(Instant::MAX_UTC);
        match self.look_again_at {
            Some(again) if again <= due => (again, Look::Everything),
            _ => (due, Look::Due),
        }
    }
}

/// What is this much later than it was due is not under way: the loop hangs.
fn later(at: Instant) -> Instant {
    at.checked_add_signed(TimeDelta::seconds(60))
        .unwrap_or(Instant::MAX_UTC)
}
