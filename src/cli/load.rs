//! Reading the schedule file for a command, and telling what is wrong with it.

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::config::nearest;
use crate::config::{Config, ConfigError, Diagnostic, Loaded, Paint, Severity, Sources, ZoneTable};
use crate::domain::policy::Policy;
use crate::domain::zone::Zone;
use crate::render::Style;
use crate::render::check::of_severity;
use crate::render::text::count;

/// Reads the file without telling anything.
///
/// # Errors
/// As [`crate::config::load_with`] has them.
pub fn read(context: &Context, zones: &ZoneTable) -> Result<Loaded, ConfigError> {
    let sources = Sources {
        cache_dir: Some(context.places.holidays()),
    };
    crate::config::load_with(&context.places.file, context.now, zones, &sources)
}

/// Reads the file; its errors are told in full, of its warnings only that there are some.
///
/// # Errors
/// It cannot be read, or is refused.
pub fn load(context: &Context, zones: &ZoneTable) -> Result<Config, Failure> {
    let loaded = read(context, zones).map_err(|error| refused(context, error))?;
    let warnings = count(loaded.warnings.len(), "warning", "warnings");
    if !loaded.warnings.is_empty() {
        context.note(&format!(
            "the file has {warnings}; `todswitch check` shows what they are"
        ));
    }
    Ok(loaded.config)
}

/// Tells every problem of a file, an empty line between two.
pub fn tell(context: &Context, problems: &[Diagnostic]) {
    let paint = if context.err == Style::COLOUR {
        Paint::Colour
    } else {
        Paint::Plain
    };
    for problem in problems {
        context.talk(&format!("{}\n", problem.render(paint)));
    }
}

/// The failure of a command whose file is refused. Its problems are told now.
pub fn refused(context: &Context, error: ConfigError) -> Failure {
    let file = context.places.file.display();
    match error {
        ConfigError::Refused(problems) => {
            tell(context, &problems);
            let errors = count(of_severity(&problems, Severity::Error), "error", "errors");
            Failure::new(format!("the schedule file is refused: {errors}"))
                .at(file.to_string())
                .exit(Exit::BadConfig)
        }
        ConfigError::Unreadable { path, source } => {
            Failure::new(format!("the schedule file cannot be read: {source}"))
                .at(path.display().to_string())
                .hint("--config FILE or $TODSWITCH_CONFIG says where it is")
                .exit(Exit::BadConfig)
        }
    }
}

/// The policy of a name.
///
/// # Errors
/// There is none of it.
pub fn policy<'c>(config: &'c Config, name: &str) -> Result<&'c Policy, Failure> {
    let found = config.policies.iter().find(|policy| policy.name == name);
    found.ok_or_else(|| {
        let names = config.policies.iter().map(|policy| policy.name.as_str());
        Failure::usage(format!("no policy `{name}` in the file"))
            .at(config.path.display().to_string())
            .expected("the name of a table below [policies]")
            .maybe_hint(nearest::hint(name, names))
    })
}

/// The zone that times are local to: the file's, else that of the first policy shown.
pub fn zone<'c>(config: &'c Config, shown: &[&'c Policy]) -> Option<&'c Zone> {
    let first = shown.first().map(|policy| policy.schedule.zone());
    config.default_zone.as_ref().or(first).map(|zone| &**zone)
}
