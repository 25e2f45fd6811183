//! The simulated tokens: sticky until they expire, bound to addresses.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::Instant;

/// No more tokens than this are remembered.
const MAX_TOKENS: usize = 1000;

/// Every token that was given.
pub(super) struct Tokens {
    given: Vec<Given>,
    random: fastrand::Rng,
}

struct Given {
    token: String,
    addresses: Vec<IpAddr>,
    expires: Instant,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Expired,
    Invalid,
}

impl Tokens {
    pub(super) fn new(seed: Option<u64>) -> Tokens {
        Tokens {
            given: Vec::new(),
            random: seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
        }
    }

    /// The token for these addresses: the same one while it is good.
    pub(super) fn give(
        &mut self,
        addresses: &[IpAddr],
        now: Instant,
        life: Duration,
    ) -> (String, Instant) {
        let good = |given: &&Given| given.addresses == addresses && given.expires > now;
        if let Some(given) = self.given.iter().find(good) {
            return (given.token.clone(), given.expires);
        }
        let high = self.random.u128(..);
        let token = format!("{high:032x}{:08x}", self.random.u32(..));
        let expires = now + TimeDelta::from_std(life).unwrap_or(TimeDelta::MAX);
        if self.given.len() == MAX_TOKENS {
            self.given.remove(0);
        }
        self.given.push(Given {
            token: token.clone(),
            addresses: addresses.to_vec(),
            expires,
        });
        (token, expires)
    }

    /// When a token of this caller expires, or why it is no good.
    pub(super) fn check(
        &self,
        token: &str,
        peer: IpAddr,
        now: Instant,
    ) -> Result<Instant, Refusal> {
        let given = self.given.iter().find(|given| given.token == token);
        match given {
            Some(given) if !given.addresses.contains(&peer) => Err(Refusal::Invalid),
            Some(given) if given.expires <= now => Err(Refusal::Expired),
            Some(given) => Ok(given.expires),
            None => Err(Refusal::Invalid),
        }
    }

    /// Ends the life of one token, or of all.
    pub(super) fn expire(&mut self, token: Option<&str>, now: Instant) {
        for given in &mut self.given {
            if token.is_none_or(|token| token == given.token) {
                given.expires = given.expires.min(now);
            }
        }
    }
}
