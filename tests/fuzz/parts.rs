//! The readers of answers and all that they know, compiled from the program's own sources, and nothing
//! of the rest: a fuzzer's build of the whole program takes minutes.
#![expect(unused_imports, reason = "what the program uses beside the readers")]

#[path = "contactnow.rs"]
pub mod contactnow;
#[path = "../../src/domain/mod.rs"]
pub mod domain;
