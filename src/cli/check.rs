//! `check`: reads the schedule file and says everything that is wrong with it.

use std::io::Write;

use super::args::{CheckArgs, TextOrJson};
use super::context::{Context, finish};
use super::exit::Exit;
use super::failure::Failure;
use super::load;
use crate::config::{Config, ConfigError, ZoneTable, secrets};
use crate::render::check::{check_json, check_text};

/// Reads the file; the answer is its summary.
///
/// # Errors
/// It cannot be read, or is refused.
pub fn check(context: &Context, args: &CheckArgs) -> Result<Exit, Failure> {
    let mut out = context.stdout();
    let file = context.places.file.display().to_string();
    match (load::read(context, &ZoneTable::open()), args.format) {
        (Ok(loaded), TextOrJson::Text) => {
            load::tell(context, &loaded.warnings);
            let around = around(&loaded.config);
            around.iter().for_each(|warning| context.warn(warning));
            let warnings = loaded.warnings.len() + around.len();
            let text = check_text(&loaded.config, warnings, context.out);
            out.write_all(text.as_bytes())?;
        }
        (Ok(loaded), TextOrJson::Json) => {
            let (config, around) = (&loaded.config, around(&loaded.config));
            let json = check_json(&file, Some(config), &loaded.warnings, &around);
            writeln!(out, "{json}")?;
        }
        (Err(ConfigError::Refused(problems)), TextOrJson::Json) => {
            writeln!(out, "{}", check_json(&file, None, &problems, &[]))?;
            finish(out)?;
            return Ok(Exit::BadConfig);
        }
        (Err(error), _) => return Err(load::refused(context, error)),
    }
    finish(out)
}

/// What the file needs around it before it may talk to the API: its secret, its certificate.
fn around(config: &Config) -> Vec<String> {
    let found = config.api.iter().flat_map(secrets::check);
    found.map(|error| error.to_string()).collect()
}
