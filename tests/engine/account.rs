//! An account in memory: the test implementation of the policy API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use todswitch::clock::Clock;
use todswitch::contactnow::{ApiError, ErrorKind, PolicyApi, Update};
use todswitch::domain::Instant;
use todswitch::domain::action::Action;
use todswitch::domain::policy::{LiveDefault, LivePolicy, Uid};

/// The account, and what was asked of it.
pub struct InMemory<C> {
    clock: Arc<C>,
    state: Mutex<State>,
    /// Told of every call as it arrives.
    on_call: Mutex<Option<OnCall>>,
}

/// What is told of every call.
pub type OnCall = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct State {
    policies: BTreeMap<u64, (String, String)>,
    writes: Vec<Write>,
    calls: u64,
    down: Option<(Instant, Instant)>,
    cut: Option<(u64, Cut)>,
    rejects: Option<u64>,
    vanishes: Option<u64>,
    forgets: u32,
    fails: u32,
    failures: u64,
    in_work: u32,
    confirms_clock: bool,
}

/// A write that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    pub at: Instant,
    pub uid: u64,
    pub action: Action,
}

/// Where a call stops for ever, as if the program had been killed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    BeforeItCounts,
    AfterItCounts,
}

impl<C: Clock> InMemory<C> {
    pub fn new(clock: Arc<C>, policies: &[(u64, &str, &str)]) -> InMemory<C> {
        let policies = policies
            .iter()
            .map(|(uid, description, default)| {
                (*uid, ((*description).to_owned(), (*default).to_owned()))
            })
            .collect();
        let state = State {
            policies,
            ..State::default()
        };
        InMemory {
            clock,
            state: Mutex::new(state),
            on_call: Mutex::default(),
        }
    }

    /// Has every call told of as it arrives.
    pub fn tell_calls(&self, on_call: OnCall) {
        *self.on_call.lock().unwrap() = Some(on_call);
    }

    pub fn writes(&self) -> Vec<Write> {
        self.state.lock().unwrap().writes.clone()
    }

    pub fn live(&self, uid: u64) -> String {
        self.state.lock().unwrap().policies[&uid].1.clone()
    }

    /// A policy is there no more when it is next to be written.
    pub fn vanish(&self, uid: u64) {
        self.state.lock().unwrap().vanishes = Some(uid);
    }

    /// A change by another hand.
    pub fn change(&self, uid: u64, default: &str) {
        let mut state = self.state.lock().unwrap();
        state.policies.get_mut(&uid).unwrap().1 = default.to_owned();
    }

    /// Every call fails in `[from, to)`.
    pub fn down(&self, from: Instant, to: Instant) {
        self.state.lock().unwrap().down = Some((from, to));
    }

    /// Every call is answered from now on.
    pub fn recover(&self) {
        let mut state = self.state.lock().unwrap();
        (state.down, state.fails) = (None, 0);
    }

    /// The next calls fail, so many of them.
    pub fn fail_next(&self, calls: u32) {
        self.state.lock().unwrap().fails = calls;
    }

    /// How many calls failed so far.
    pub fn failures(&self) -> u64 {
        self.state.lock().unwrap().failures
    }

    /// Whether a call is waiting for its answer.
    pub fn is_in_work(&self) -> bool {
        self.state.lock().unwrap().in_work > 0
    }

    /// Its answers say what the time is: the same as ours.
    pub fn confirm_clock(&self) {
        self.state.lock().unwrap().confirms_clock = true;
    }

    /// The call after so many more never returns.
    pub fn cut_after(&self, calls: u64, cut: Cut) {
        let mut state = self.state.lock().unwrap();
        state.cut = Some((state.calls + calls, cut));
    }

    /// So many writes are accepted and not stored.
    pub fn forget(&self, writes: u32) {
        self.state.lock().unwrap().forgets = writes;
    }

    /// Every write of this policy is rejected.
    pub fn reject(&self, uid: u64) {
        self.state.lock().unwrap().rejects = Some(uid);
    }

    /// Counts a call: whether it is cut off, or fails.
    async fn call(&self, apply: impl FnOnce(&mut State, Instant)) -> Result<(), ApiError> {
        if let Some(on_call) = &mut *self.on_call.lock().unwrap() {
            on_call();
        }
        self.state.lock().unwrap().in_work += 1;
        tokio::task::yield_now().await;
        let now = self.clock.now();
        let cut = {
            let mut state = self.state.lock().unwrap();
            state.calls += 1;
            let down = state.down.is_some_and(|(from, to)| from <= now && now < to);
            if down || state.fails > 0 {
                state.in_work -= 1;
                state.failures += 1;
                state.fails = state.fails.saturating_sub(1);
                return Err(ApiError::new(ErrorKind::HttpStatus, "HTTP status 503"));
            }
            let cut = state.cut.filter(|(call, _)| *call == state.calls);
            if cut.is_none_or(|(_, cut)| cut == Cut::AfterItCounts) {
                apply(&mut state, now);
            }
            state.in_work -= u32::from(cut.is_none());
            cut
        };
        match cut {
            None => Ok(()),
            Some(_) => std::future::pending().await,
        }
    }

    /// Whether the call to be cut off was reached.
    pub fn is_cut(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.cut.is_some_and(|(call, _)| state.calls >= call)
    }

    /// The same; the account then answers again.
    pub fn was_cut(&self) -> bool {
        let was = self.is_cut();
        let mut state = self.state.lock().unwrap();
        (state.cut, state.in_work) = (None, 0);
        was
    }
}

impl<C: Clock> PolicyApi for InMemory<C> {
    async fn read(&self, which: Option<Uid>, _: Instant) -> Result<Vec<LivePolicy>, ApiError> {
        self.call(|_, _| {}).await?;
        let state = self.state.lock().unwrap();
        let policies = state.policies.iter();
        Ok(policies
            .filter(|(uid, _)| which.is_none_or(|which| which.0 == **uid))
            .map(|(uid, (description, default))| LivePolicy {
                uid: Uid(*uid),
                description: description.clone(),
                default: LiveDefault::parse(default),
            })
            .collect())
    }

    fn clock_difference(&self) -> Option<TimeDelta> {
        let confirms = self.state.lock().unwrap().confirms_clock;
        confirms.then(TimeDelta::zero)
    }

    async fn update(&self, updates: &[Update], _: Instant) -> Result<(), ApiError> {
        let (rejects, is_there) = {
            let mut state = self.state.lock().unwrap();
            let vanishes = state.vanishes;
            let gone = |update: &Update| Some(update.uid.0) == vanishes;
            if let Some(gone) = updates.iter().find(|update| gone(update)) {
                state.policies.remove(&gone.uid.0);
            }
            (state.rejects, !updates.iter().any(gone))
        };
        if !is_there {
            self.call(|_, _| {}).await?;
            return Err(ApiError::new(
                ErrorKind::Rejected,
                "Record id does not exist.",
            ));
        }
        if updates.iter().any(|update| Some(update.uid.0) == rejects) {
            self.call(|_, _| {}).await?;
            return Err(ApiError::new(ErrorKind::Rejected, "Invalid queue id [0]"));
        }
        self.call(|state, at| {
            if state.forgets > 0 {
                state.forgets -= 1;
                return;
            }
            for update in updates {
                let uid = update.uid.0;
                let action = update.action;
                state.policies.get_mut(&uid).unwrap().1 = action.to_string();
                state.writes.push(Write { at, uid, action });
            }
        })
        .await
    }
}
