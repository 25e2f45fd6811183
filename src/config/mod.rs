//! The schedule file: from TOML to the domain in three named stages, with every problem at once.
//!
//! Owns the file's format and what it means. Must not know the API client, the store or a clock.

pub mod settings;

pub use settings::{ApiSettings, Config, Credentials, DaemonSettings, WireFormat};
