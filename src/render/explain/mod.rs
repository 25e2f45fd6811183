//! Why an action holds, for people and for programs.

mod json;
mod text;
mod verdict;

pub use json::explain_json;
pub use text::explain_text;
