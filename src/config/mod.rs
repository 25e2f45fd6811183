//! The schedule file: from TOML to the domain in three named stages, with every problem at once.
//!
//! Owns the file's format and what it means. Must not know the API client, the store or a clock.

mod assemble;
pub mod diagnostic;
mod files;
mod forms;
pub mod holidays;
mod leaf;
pub mod nearest;
mod reader;
pub mod secrets;
pub mod settings;
pub mod source;
mod text;
mod veil;
pub mod zoneinfo;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::Instant;
use source::{Problems, Source, Span};

pub use diagnostic::{Diagnostic, Paint, Severity};
pub use leaf::duration::spell as spell_duration;
pub use settings::{
    AlertSettings, ApiSettings, Config, Credentials, DaemonSettings, FetchedSource, WebSettings,
    WireFormat,
};
pub use zoneinfo::ZoneTable;

/// No schedule is near this size.
const MAX_FILE_BYTES: u64 = 16 << 20;

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

/// After so many problems one more helps nobody.
const MAX_SHOWN: usize = 100;

struct Listed<'d>(&'d [Diagnostic]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, more) = self.0.split_at(self.0.len().min(MAX_SHOWN));
        shown.iter().try_for_each(|one| write!(f, "{one}"))?;
        match more.len() {
            0 => Ok(()),
            n => writeln!(f, "… and {n} more"),
        }
    }
}

/// Reads a schedule file without fetched holidays.
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
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = files::read(path, MAX_FILE_BYTES).map_err(unreadable)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse_with(text, path, now, zones, sources),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let problems = Problems::new(Source::new(path.display().to_string(), &good));
            let end = Span::from(good.len()..good.len());
            let problem = problems.at(end, "what follows is not UTF-8 text");
            problem.hint("save the file as UTF-8").error();
            Err(ConfigError::Refused(problems.into_sorted()))
        }
    }
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
    parse_with(text, path, now, zones, &Sources::default())
}

/// The same, with fetched holidays.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_with(
    text: &str,
    path: &Path,
    now: Instant,
    zones: &ZoneTable,
    sources: &Sources,
) -> Result<Loaded, ConfigError> {
    let problems = Problems::new(Source::new(path.display().to_string(), text));
    let table = text::read(&problems);
    let form = forms::read(&table, &problems);
    let context = assemble::Context {
        problems: &problems,
        path,
        now,
        zones,
        sources,
    };
    let config = if problems.any_torn() {
        assemble::values(&form, &context);
        None
    } else {
        assemble::config(&form, &context)
    };
    let any_error = problems.any_error();
    drop((table, form));
    let found = problems.into_sorted();
    match config.filter(|_| !any_error) {
        Some(config) => Ok(Loaded {
            config,
            warnings: found,
        }),
        None => Err(ConfigError::Refused(found)),
    }
}

/// Every table of the file and the keys that are known in it, for completions and for tests.
pub fn known_keys() -> &'static [(&'static str, &'static [&'static str])] {
    &forms::KEYS
}
