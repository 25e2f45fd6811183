//! `check`: reads the schedule file and says everything that is wrong with it; with `--live` the
//! account is asked too.

use std::io::Write;

use super::args::{CheckArgs, TextOrJson};
use super::context::{Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use super::{live, load};
use crate::config::{Config, ConfigError, ZoneTable, secrets};
use crate::render::check::{check_json, check_text};
use crate::render::live::live_text;

/// Reads the file; the answer is its summary.
///
/// # Errors
/// It cannot be read, or is refused; with `--live`, the account cannot be read.
pub fn check(context: &Context, args: &CheckArgs) -> Result<Exit, Failure> {
    let mut out = context.stdout();
    let mut fits = true;
    let file = context.places.file.display().to_string();
    match (load::read(context, &ZoneTable::open()), args.format) {
        (Ok(loaded), TextOrJson::Text) => {
            load::tell(context, &loaded.warnings);
            let around = around(&loaded.config);
            around.iter().for_each(|warning| context.warn(warning));
            let warnings = loaded.warnings.len() + around.len();
            let text = check_text(&loaded.config, warnings, context.out);
            out.write_all(text.as_bytes())?;
            if args.live {
                // What takes long must not hold up what is known.
                out.flush()?;
                let report = live::look(&loaded.config)?;
                report.warnings.iter().for_each(|text| context.warn(text));
                report.errors.iter().for_each(|text| context.error(text));
                out.write_all(live_text(&report, context.out).as_bytes())?;
                fits = report.errors.is_empty();
            }
        }
        (Ok(loaded), TextOrJson::Json) => {
            let (config, around) = (&loaded.config, around(&loaded.config));
            let report = args.live.then(|| live::look(config)).transpose()?;
            fits = report.as_ref().is_none_or(|one| one.errors.is_empty());
            let report = report.as_ref();
            let json = check_json(&file, Some(config), &loaded.warnings, &around, report);
            writeln!(out, "{json}")?;
        }
        (Err(ConfigError::Refused(problems)), TextOrJson::Json) => {
            writeln!(out, "{}", check_json(&file, None, &problems, &[], None))?;
            finish(out)?;
            return Ok(Exit::BadConfig);
        }
        (Err(error), _) => return Err(load::refused(context, error)),
    }
    let exit = finish(out)?;
    Ok(if fits { exit } else { Exit::Failed })
}

/// What the file needs around it before it may talk to the API: its secret, its certificate.
fn around(config: &Config) -> Vec<String> {
    let found = config.api.iter().flat_map(secrets::check);
    found.map(|error| error.to_string()).collect()
}
