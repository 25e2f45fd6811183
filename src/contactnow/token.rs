//! The token that is kept: asked for by one request at a time, used until it expires or is refused.
//!
//! Must not know how it is asked for, nor a clock: `now` is an argument, a function where it may
//! have to wait.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex as Turn;

use super::error::{ApiError, ErrorKind};
use super::retry::AUTHENTICATION_DELAY;
use crate::domain::Instant;

/// How long a token is used that was handed out when it had expired by our clock. The API gives the
/// same token until it expires, so asking again at once would be a loop.
const DYING: TimeDelta = TimeDelta::seconds(30);
/// How long nobody asks again after the API gave the very token that it had refused: of a crowd of
/// requests each would ask otherwise.
const SAME: TimeDelta = TimeDelta::seconds(1);

/// A token to send, and which one it is.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    pub(super) serial: u64,
}

/// Keeps the token of one account.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    turn: Turn<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    /// How often the API was asked.
    asked: u64,
    /// What came of the last time, where it failed.
    failure: Option<ApiError>,
    /// When the credentials were refused.
    refused_at: Option<Instant>,
    /// When the API gave the token that it had refused.
    same_at: Option<Instant>,
}

#[derive(Debug)]
struct Kept {
    token: Token,
    /// When the API first gave it.
    taken: Instant,
    expires: Option<Instant>,
    use_until: Option<Instant>,
}

impl Keeper {
    /// The token that is kept, unless it has expired or is the one that was `refused`; else a fresh
    /// one by `ask`, which is not polled where somebody else's turn brought one.
    ///
    /// # Errors
    /// What `ask` says; the same failure goes to all who waited for it. After refused credentials
    /// nobody asks for five minutes, and after the refused token came again, for a second.
    pub(super) async fn token(
        &self,
        refused: Option<&Token>,
        now: impl Fn() -> Instant,
        ask: impl Future<Output = Result<(SecretString, Option<i64>), ApiError>>,
    ) -> Result<Token, ApiError> {
        let asked_before = {
            let state = self.state();
            if let Some(token) = state.usable(refused, now()) {
                return Ok(token);
            }
            state.asked
        };
        let _turn = self.turn.lock().await;
        {
            let state = self.state();
            if let Some(token) = state.usable(refused, now()) {
                return Ok(token);
            }
            if let Some(failure) = state
                .failure
                .as_ref()
                .filter(|_| state.shares(asked_before, now()))
            {
                return Err(failure.clone());
            }
            if refused.is_some() && within(state.same_at, SAME, now()) {
                return Err(ApiError::new(
                    ErrorKind::Token,
                    "the token was refused, and the API gives no other",
                ));
            }
        }
        let result = ask.await;
        self.state().take(result, refused, now())
    }

    /// Takes note of an expiry that the API told.
    pub(super) fn note_expiry(&self, token: &Token, expire: Option<i64>, now: Instant) {
        let mut state = self.state();
        let kept = state
            .kept
            .as_mut()
            .filter(|kept| kept.token.serial == token.serial);
        if let (Some(kept), Some(expires)) = (kept, expire.and_then(instant)) {
            kept.expires = Some(expires);
            kept.use_until = Some(use_until(expires, now));
        }
    }

    /// When the token that is kept expires.
    pub(super) fn expires(&self) -> Option<Instant> {
        self.state().kept.as_ref().and_then(|kept| kept.expires)
    }

    /// When the API first gave the token that is kept.
    pub(super) fn taken(&self) -> Option<Instant> {
        self.state().kept.as_ref().map(|kept| kept.taken)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable(&self, refused: Option<&Token>, now: Instant) -> Option<Token> {
        let kept = self.kept.as_ref()?;
        let fresh = kept.use_until.is_none_or(|until| now < until);
        let good = fresh && refused.is_none_or(|token| token.serial != kept.token.serial);
        good.then(|| kept.token.clone())
    }

    /// Whether the last failure is an answer to this request too.
    fn shares(&self, asked_before: u64, now: Instant) -> bool {
        let pause = TimeDelta::from_std(AUTHENTICATION_DELAY).unwrap_or_default();
        self.asked != asked_before || within(self.refused_at, pause, now)
    }

    fn take(
        &mut self,
        result: Result<(SecretString, Option<i64>), ApiError>,
        refused: Option<&Token>,
        now: Instant,
    ) -> Result<Token, ApiError> {
        self.asked += 1;
        self.refused_at = None;
        self.same_at = None;
        match result {
            Ok((secret, expire)) => {
                let is_same = |old: &Token| old.secret.expose_secret() == secret.expose_secret();
                self.same_at = refused.is_some_and(is_same).then_some(now);
                let before = self.kept.as_ref().filter(|kept| is_same(&kept.token));
                let taken = before.map_or(now, |kept| kept.taken);
                let token = Token {
                    secret,
                    serial: self.asked,
                };
                let expires = expire.and_then(instant);
                self.failure = None;
                self.kept = Some(Kept {
                    token: token.clone(),
                    taken,
                    expires,
                    use_until: expires.map(|at| use_until(at, now)),
                });
                Ok(token)
            }
            Err(error) => {
                if error.kind == ErrorKind::Authentication {
                    self.refused_at = Some(now);
                }
                self.failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

/// A token that has expired by our clock already is used for a while all the same.
fn use_until(expires: Instant, now: Instant) -> Instant {
    if expires > now { expires } else { now + DYING }
}

/// Whether it was less than so long ago, by a clock that may have been set meanwhile.
fn within(at: Option<Instant>, length: TimeDelta, now: Instant) -> bool {
    at.is_some_and(|at| (now - at).abs() < length)
}

fn instant(unix: i64) -> Option<Instant> {
    Instant::from_timestamp(unix, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn at(unix: i64) -> Instant {
        instant(unix).unwrap()
    }

    struct Server(AtomicU32);

    impl Server {
        async fn gives(
            &self,
            expire: Option<i64>,
        ) -> Result<(SecretString, Option<i64>), ApiError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok((SecretString::from("t"), expire))
        }

        async fn fails(&self, kind: ErrorKind) -> Result<(SecretString, Option<i64>), ApiError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Err(ApiError::new(kind, "x"))
        }

        fn asked(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_it_expires() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        for now in [100, 101, 199] {
            keeper
                .token(None, || at(now), server.gives(Some(200)))
                .await
                .unwrap();
        }
        assert_eq!((server.asked(), keeper.expires()), (1, Some(at(200))));
        keeper
            .token(None, || at(200), server.gives(Some(400)))
            .await
            .unwrap();
        assert_eq!((server.asked(), keeper.expires()), (2, Some(at(400))));
        assert_eq!(keeper.taken(), Some(at(100)), "it is the same token");
    }

    #[tokio::test]
    async fn a_token_that_was_refused_is_asked_for_again_by_one_of_many() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        let first = keeper
            .token(None, || at(0), server.gives(None))
            .await
            .unwrap();
        let again = || keeper.token(Some(&first), || at(0), server.gives(None));
        let (a, b, c) = tokio::join!(again(), again(), again());
        assert_eq!(server.asked(), 2);
        let serials = [a, b, c].map(|token| token.unwrap().serial);
        assert_eq!(serials, [first.serial + 1; 3]);
    }

    #[tokio::test]
    async fn a_dying_token_is_not_asked_for_at_every_turn() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        for now in 100..140 {
            keeper
                .token(None, || at(now), server.gives(Some(90)))
                .await
                .unwrap();
        }
        assert_eq!(server.asked(), 2);
    }

    #[tokio::test]
    async fn a_dying_token_that_was_validated_is_no_reason_to_ask_either() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        for now in 100..140 {
            let ask = server.gives(Some(90));
            let token = keeper.token(None, || at(now), ask).await.unwrap();
            keeper.note_expiry(&token, Some(90), at(now));
        }
        assert_eq!(server.asked(), 1, "each look at it lengthens its use");
    }

    #[tokio::test]
    async fn a_refused_token_that_comes_again_is_asked_for_once_a_second() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        let first = keeper.token(None, || at(0), server.gives(None)).await;
        let mut refused = first.unwrap();
        for (now, asked) in [(10, 2), (10, 2), (11, 3), (11, 3), (13, 4)] {
            let again = || keeper.token(Some(&refused), || at(now), server.gives(None));
            match again().await {
                Ok(token) => refused = token,
                Err(error) => assert_eq!(error.kind, ErrorKind::Token),
            }
            assert_eq!(server.asked(), asked, "at {now}");
        }
    }

    #[tokio::test]
    async fn a_failure_goes_to_all_who_waited_for_it_and_not_to_the_next() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        let ask = || keeper.token(None, || at(0), server.fails(ErrorKind::Unreachable));
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert!(a.is_err() && b.is_err() && c.is_err());
        assert_eq!(server.asked(), 1);
        assert!(ask().await.is_err());
        assert_eq!(server.asked(), 2);
    }

    #[tokio::test]
    async fn refused_credentials_are_not_tried_again_for_five_minutes() {
        let (keeper, server) = (Keeper::default(), Server(AtomicU32::new(0)));
        for (now, asked) in [
            (0, 1),
            (1, 1),
            (299, 1),
            (300, 2),
            (301, 2),
            (599, 2),
            (600, 3),
        ] {
            let ask = server.fails(ErrorKind::Authentication);
            let error = keeper.token(None, || at(now), ask).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Authentication);
            assert_eq!(server.asked(), asked, "at {now}");
        }
    }
}
