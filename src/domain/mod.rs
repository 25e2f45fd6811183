//! The pure core: what should be true at an instant, and what to do about it.
//!
//! Owns the words of the trade. Must not know serde, tokio, any clock, any file, any log.

pub mod account;
pub mod action;
pub mod calendar;
pub mod difference;
pub mod explain;
pub mod hold;
pub mod hours;
pub mod overlay;
pub mod plan;
pub mod policy;
pub mod schedule;
pub mod timeline;
pub mod trigger;
pub mod zone;

/// An instant: UTC, to the nanosecond. Boundaries of the schedule lie on whole seconds.
pub type Instant = chrono::DateTime<chrono::Utc>;

/// A line of the schedule file, counted from 1.
pub type Line = u32;
