//! How everything stands: as JSON between the daemon and whoever asks, and as a text for people.
//!
//! Must not know by which way it was asked for.

mod report;
mod stamp;
mod text;

pub use report::{DaemonPart, Facts, FilePart, HoldPart, PolicyPart, Report};
pub use stamp::Stamp;
pub use text::status_text;
