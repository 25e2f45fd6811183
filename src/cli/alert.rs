//! `alert test`: sends one alert, and says whether it was taken.

use super::args::{AlertAction, AlertCommand};
use super::context::print;
use super::{Context, Exit, Failure, load};
use crate::config::ZoneTable;
use crate::service::alerts::{self, Alert};

/// Sends a trial to the webhook of the file.
///
/// # Errors
/// The file names no webhook, or the alert was not taken.
pub fn alert(context: &Context, asked: &AlertCommand) -> Result<Exit, Failure> {
    let AlertAction::Test = asked.command;
    let config = load::load(context, &ZoneTable::open())?;
    let Some(settings) = &config.alerts else {
        return Err(Failure::new("the file has no [alerts]")
            .at(config.path.display().to_string())
            .expected("a table [alerts] with webhook = \"https://…\""));
    };
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let trial = Alert::test(context.now);
    run_time
        .block_on(alerts::send(&settings.webhook, &trial))
        .map_err(|error| {
            Failure::new(format!("the alert was not sent: {error}"))
                .at(format!("[alerts] in {}", config.path.display()))
        })?;
    print("the alert was sent, and taken\n");
    Ok(Exit::Done)
}
