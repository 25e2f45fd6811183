//! The commands as people run them: the real binary, its words, its exit codes.

mod help;
mod history;
mod looking;
mod speaking;
mod todswitch;
