//! `todswitch simulate`: a stand-in for the API on this machine.

use std::sync::Arc;

use secrecy::SecretString;

use super::args::SimulateArgs;
use super::context::print;
use super::{Context, Exit, Failure};
use crate::clock::{Clock, SystemClock};
use crate::contactnow::{Simulator, SimulatorSettings};
use crate::service::signals::{Signal, Signals};

/// The key that the simulator takes; its user is `acme-api`.
const KEY: &str = "a-key-of-the-simulator";

pub(super) fn simulate(context: &Context, args: &SimulateArgs) -> Result<Exit, Failure> {
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    run_time.block_on(serve(context, args))
}

async fn serve(context: &Context, args: &SimulateArgs) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let settings = SimulatorSettings {
        listen: args.listen,
        ..SimulatorSettings::new(SecretString::from(KEY), Arc::new(|| SystemClock.now()))
    };
    let username = settings.username.clone();
    let simulator = Simulator::start(settings).await.map_err(|error| {
        Failure::new(format!("cannot listen at {}: {error}", args.listen))
            .hint("--listen 127.0.0.1:0 takes a free port")
    })?;
    let base = simulator.base_url();
    print(&format!("{base}\n"));
    context.note(&format!(
        "a simulated account for [api] base_url = {base:?}, username = {username:?}, key {KEY:?}; \
         {base}/_sim/policies shows it, {base}/_sim/log what was asked; Ctrl-C ends it"
    ));
    simulator
        .serve_until(async { while signals.next().await != Signal::Stop {} })
        .await;
    Ok(Exit::Done)
}
