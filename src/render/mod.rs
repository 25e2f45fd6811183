//! Renderings: a timeline, an explanation, a history or a summary as text, JSON or CSV.
//!
//! Owns every word and column that people and programs read. Pure: what it shows is given to it,
//! and where it goes is a writer's matter. Must not know the command line, the daemon or a clock.

pub mod check;
mod csv;
pub mod difference;
pub mod explain;
#[cfg(test)]
mod fixture;
pub mod history;
pub mod holds;
pub mod preview;
pub mod status;
pub mod style;
pub mod switch_line;
pub mod text;
mod wire;
mod words;

pub use style::Style;
pub use switch_line::{SwitchColumns, SwitchLine, switch_line};
