//! The part of `contactnow` that reads answers.

#[path = "../../src/contactnow/error.rs"]
pub mod error;
#[path = "../../src/contactnow/queue.rs"]
pub mod queue;
#[path = "../../src/contactnow/wire/mod.rs"]
pub mod wire;
