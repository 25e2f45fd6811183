//! The API: raw answers, the client against the simulator in both formats and over TLS.

mod answers;
mod client;
mod faults;
mod harness;
mod properties;
mod proxy;
mod secure;
mod simulator;
mod tls;
