//! temporary

use std::time::Duration;

use super::ApiError;

/// temporary
#[derive(Debug)]
pub struct Backoff(fastrand::Rng, u32);
impl Backoff {
    /// temporary
    pub fn new(seed: u64) -> Backoff {
        Backoff(fastrand::Rng::with_seed(seed), 0)
    }
    /// temporary
    pub fn next_delay(&mut self, _: &ApiError) -> Option<Duration> {
        let cap = 2_f64.powi(self.1 as i32).min(60.0);
        self.1 += 1;
        Some(Duration::from_secs_f64(self.0.f64() * cap))
    }
}
impl super::ErrorKind {
    /// temporary
    pub fn is_transient(self) -> bool {
        true
    }
}
