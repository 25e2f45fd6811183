//! What is remembered: what was settled, every switch and event, holds. SQLite.
//!
//! Must not know the API, the file or a clock.

pub mod row;

pub use row::{Outcome, SwitchRow};
