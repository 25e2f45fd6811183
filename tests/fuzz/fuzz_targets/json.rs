//! Any bytes to the reader of JSON answers.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use parts::contactnow::wire::Format;

fuzz_target!(|body: &[u8]| common::check(Format::Json, body));
