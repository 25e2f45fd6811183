//! Recurring chores by cron expressions, run by tokio-cron-scheduler: they only send commands.
//!
//! Its ticks are half a second apart and its zones keep a fixed offset across clock changes (issue
//! 107), so chores are on UTC and nothing that must be on time is among them.

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tracing::debug;

use super::daemon::Chore;

/// When everything but the audit is done: once a day, at quiet minutes (UTC).
const DAILY: [(&str, Chore); 2] = [
    ("43 2 * * *", Chore::RefreshHolidays),
    ("17 3 * * *", Chore::Prune),
];

/// Starts the chores; they end when the scheduler returned is dropped with the run time.
///
/// # Errors
/// A scheduler that cannot start, or a cron expression that it does not read.
pub(super) async fn start(
    audit: &str,
    chores: mpsc::Sender<Chore>,
) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let audit = (audit, Chore::Audit);
    for (cron, chore) in DAILY.into_iter().chain([audit]) {
        let chores = chores.clone();
        // The scheduler's expressions begin with seconds.
        let job = Job::new_async(format!("0 {cron}"), move |_, _| {
            // A chore that is still waiting is not asked for twice.
            if chores.try_send(chore).is_err() {
                debug!(?chore, "skipped: the last one is not done yet");
            }
            Box::pin(std::future::ready(()))
        })?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}
