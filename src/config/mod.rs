//! The schedule file: from TOML to the domain in three named stages, with every problem at once.
//!
//! Owns the file's format and what it means. Must not know the API client, the store or a clock.

pub mod diagnostic;
pub mod nearest;
pub mod settings;
pub mod source;
pub mod zoneinfo;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::Instant;

pub use diagnostic::{Diagnostic, Paint, Severity};
pub use settings::{ApiSettings, Config, Credentials, DaemonSettings, FetchedSource, WireFormat};
pub use zoneinfo::ZoneTable;

/// A file that was read without an error, and what is worth saying about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it means.
    pub config: Config,
    /// In the order of the file.
    pub warnings: Vec<Diagnostic>,
}

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read at all.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Everything that is wrong with it, warnings too, in the order of the file.
    #[error("{}", Listed(.0))]
    Refused(Vec<Diagnostic>),
}

/// What the file may refer to besides files.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Where the last good copies of fetched holidays lie.
    pub cache_dir: Option<PathBuf>,
}

struct Listed<'d>(&'d [Diagnostic]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|one| write!(f, "{one}"))
    }
}

/// Reads a schedule file that needs no fetched holidays.
///
/// # Errors
/// A file that cannot be read, or everything that is wrong with it.
pub fn load(path: &Path, now: Instant, zones: &ZoneTable) -> Result<Loaded, ConfigError> {
    load_with(path, now, zones, &Sources::default())
}

/// Reads a schedule file.
///
/// # Errors
/// A file that cannot be read, or everything that is wrong with it.
pub fn load_with(
    path: &Path,
    now: Instant,
    zones: &ZoneTable,
    sources: &Sources,
) -> Result<Loaded, ConfigError> {
    let _ = (path, now, zones, sources);
    todo!("the stages follow")
}

/// Reads the text of a schedule file; `path` names it in messages, and relative paths are relative to it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(
    text: &str,
    path: &Path,
    now: Instant,
    zones: &ZoneTable,
) -> Result<Loaded, ConfigError> {
    let _ = (text, path, now, zones);
    todo!("the stages follow")
}
