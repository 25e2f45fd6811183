//! The log: where it goes, how a line looks, and what never gets into it.
//!
//! Only this program's own events follow the level that was asked for. Other crates are heard from
//! warnings up, whatever the level: some print addresses at finer ones, and the API's carry secrets.
//! Events of the `log` crate have no way in at all. Must not know what is logged.

mod text;

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self as log, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::clock::{Clock, SystemClock};
use text::{Prefix, Text};

/// How a line is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: `2026-11-23T09:00:00.012Z INFO  switched policy=sales from=voicemail to=queue`.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The standard error.
    Stderr,
    /// The standard error, which systemd carries to its journal: a text line begins with its
    /// priority, and has no time of its own. The journal keeps the time, and the line stays whole,
    /// fields and all.
    Journal,
}

impl Destination {
    /// Where the standard error of this process goes.
    pub fn detect() -> Destination {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        match stderr_identity() {
            Ok(identity) if identity == stream => Destination::Journal,
            _ => Destination::Stderr,
        }
    }
}

/// Whether a text line is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The level is painted.
    On,
    /// Plain text.
    Off,
}

/// Starts the log of the process. In the journal nothing is coloured, whatever was asked for.
///
/// # Errors
/// It was started before.
pub fn start(
    format: LogFormat,
    level: LevelFilter,
    destination: Destination,
    colour: Colour,
) -> Result<(), TryInitError> {
    let (prefix, colour) = match destination {
        Destination::Stderr => (Prefix::Time, colour),
        Destination::Journal => (Prefix::Priority, Colour::Off),
    };
    subscriber(format, level, prefix, colour, io::stderr).try_init()
}

fn subscriber<W>(
    format: LogFormat,
    level: LevelFilter,
    prefix: Prefix,
    colour: Colour,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = log::layer()
        .with_writer(writer)
        .with_ansi(colour == Colour::On)
        // They would be printed to the same place that just failed, and end the process.
        .log_internal_errors(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => layer.event_format(Text { prefix }).boxed(),
        LogFormat::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_timer(Now)
            .boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(allowed(level)))
}

fn allowed(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level)
}

/// The standard error as `$JOURNAL_STREAM` would name it.
fn stderr_identity() -> io::Result<String> {
    let stderr = io::stderr().as_fd().try_clone_to_owned()?;
    let metadata = std::fs::File::from(stderr).metadata()?;
    Ok(format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// The time at which a line is written.
struct Now;

impl FormatTime for Now {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = SystemClock.now();
        write!(writer, "{}", now.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing::{debug, error, info, trace, warn};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(
        format: LogFormat,
        level: LevelFilter,
        prefix: Prefix,
        colour: Colour,
        events: impl FnOnce(),
    ) -> String {
        let lines = Lines::default();
        let written = lines.clone();
        let subscriber = subscriber(format, level, prefix, colour, move || lines.clone());
        tracing::subscriber::with_default(subscriber, events);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn text(prefix: Prefix, events: impl FnOnce()) -> String {
        logged(
            LogFormat::Text,
            LevelFilter::INFO,
            prefix,
            Colour::Off,
            events,
        )
    }

    fn a_switch() {
        info!(policy = "sales", from = %"voicemail", to = "jump:4501", tries = 2, "switched");
    }

    #[test]
    fn a_line_is_a_time_a_level_words_and_fields() {
        let line = text(Prefix::Time, a_switch);
        let (time, rest) = line.split_once(' ').unwrap();
        assert_eq!(time.len(), "2026-11-23T09:00:00.012Z".len());
        time.parse::<crate::domain::Instant>().unwrap();
        assert_eq!(
            rest,
            "INFO  switched policy=sales from=voicemail to=jump:4501 tries=2\n"
        );
    }

    #[test]
    fn the_journal_gets_priorities_and_no_second_time() {
        let lines = text(Prefix::Priority, || {
            error!("failed");
            warn!(line = 7, "file refused\nline 7: unknown zone");
            a_switch();
        });
        assert_eq!(
            lines,
            "<3>failed\n\
             <4>file refused line=7\n\
             <4>  line 7: unknown zone\n\
             <6>switched policy=sales from=voicemail to=jump:4501 tries=2\n"
        );
    }

    #[test]
    fn what_comes_from_outside_cannot_forge_a_line_or_reach_the_terminal() {
        let lines = text(Prefix::Priority, || {
            info!(live = "a b", empty = "", forged = "x\n<0>fell", shown = ?"a b", "seen\u{1b}[2J");
        });
        assert_eq!(
            lines,
            "<6>seen\\u{1b}[2J live=\"a b\" empty=\"\" forged=\"x\\n<0>fell\" shown=\"a b\"\n"
        );
    }

    #[test]
    fn json_is_one_flat_object_a_line() {
        let level = LevelFilter::INFO;
        let line = logged(LogFormat::Json, level, Prefix::Time, Colour::Off, a_switch);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["message"], "switched");
        assert_eq!(object["policy"], "sales");
        assert_eq!(object["tries"], 2);
        assert_eq!(object["level"], "INFO");
        assert!(object["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let level = LevelFilter::INFO;
        let line = logged(LogFormat::Text, level, Prefix::Time, Colour::On, a_switch);
        assert!(line.contains('\u{1b}'));
        assert!(!text(Prefix::Time, a_switch).contains('\u{1b}'));
    }

    #[test]
    fn the_level_is_that_of_this_program_alone() {
        const ADDRESS: &str = "https://api.example/token.php?action=get&password=hunter2";
        let level = LevelFilter::TRACE;
        let lines = logged(LogFormat::Text, level, Prefix::Time, Colour::Off, || {
            trace!(target: "reqwest::connect", "starting new connection: {ADDRESS}");
            debug!(target: "hyper_util::client::legacy::pool", address = ADDRESS, "reuse idle");
            info!(target: "h2::proto", "{ADDRESS}");
            debug!(target: "rustls::client", "{ADDRESS}");
            info!(target: "tokio_cron_scheduler::job", "{ADDRESS}");
            warn!(target: "hyper::proto", "heard");
            trace!("ours");
        });
        assert!(!lines.contains("hunter2"), "{lines}");
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(lines.contains("heard") && lines.contains("ours"), "{lines}");
    }

    #[test]
    fn a_level_holds_back_what_is_finer() {
        let lines = text(Prefix::Priority, || {
            debug!("finer");
            info!("as fine");
        });
        assert_eq!(lines, "<6>as fine\n");
        let off = LevelFilter::OFF;
        let lines = logged(LogFormat::Text, off, Prefix::Time, Colour::Off, || {
            error!(target: "hyper", "not heard");
            error!("not heard");
        });
        assert_eq!(lines, "");
    }
}
