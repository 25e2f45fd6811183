//! The API: raw answers, the client against the simulator in both formats, and what must never leak.

mod answers;
mod client;
mod faults;
mod harness;
mod properties;
mod secrets;
mod simulator;
