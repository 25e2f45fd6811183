//! The commands as people run them: the real binary, its words, its exit codes.

mod help;
mod history;
mod looking;
mod readme;
mod speaking;
mod todswitch;
