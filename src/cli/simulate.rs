//! `simulate`: stands in for the ContactNow API on this machine until it is told to stop.

use std::io::Write;
use std::sync::Arc;

use secrecy::SecretString;

use super::args::SimulateArgs;
use super::context::{self, Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use crate::contactnow::simulator::{Simulator, SimulatorSettings};
use crate::service::signals::{Signal, Signals};

/// The key of the simulated user: it opens nothing, so it may stand here.
const KEY: &str = "simulated-key";

/// Serves until SIGTERM or Ctrl-C. The answer is the base URL, once it can be asked.
///
/// # Errors
/// The address cannot be listened at.
pub fn simulate(context: &Context, args: &SimulateArgs) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("the run time cannot be started: {error}")))?;
    runtime.block_on(serve(context, args))
}

async fn serve(context: &Context, args: &SimulateArgs) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(format!("signals cannot be listened to: {error}")))?;
    let settings = SimulatorSettings {
        listen: args.listen,
        ..SimulatorSettings::new(SecretString::from(KEY), Arc::new(context::now))
    };
    let user = settings.username.clone();
    let simulator = Simulator::start(settings).await.map_err(|error| {
        Failure::new(format!("cannot listen at {}: {error}", args.listen))
            .hint("--listen 127.0.0.1:0 takes a free port")
    })?;
    let mut out = context.stdout();
    writeln!(out, "{}", simulator.base_url())?;
    finish(out)?;
    context.note(&format!(
        "user {user}, key {KEY}; put the address above into [api] as base_url. Ctrl-C ends it."
    ));
    let stopped = async { while signals.next().await != Signal::Stop {} };
    simulator.serve_until(stopped).await;
    Ok(Exit::Done)
}
