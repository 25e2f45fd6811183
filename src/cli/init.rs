//! `init`: a first schedule file from the account as it is.
//!
//! Must not know what the file looks like.

use std::fs::OpenOptions;
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{InitArgs, Wire};
use super::context::{Context, finish};
use super::{Exit, Failure, connect, load};
use crate::config::{self, ApiSettings, ConfigError, Credentials, WireFormat, ZoneTable, nearest};
use crate::domain::policy::LiveDefault;
use crate::render::first_file::{Top, first_file};
use crate::render::text::count;

/// Reads the account, and writes the file.
///
/// # Errors
/// The account cannot be read, the zone is unknown, or the file is there already.
pub(super) fn init(context: &Context, args: &InitArgs) -> Result<Exit, Failure> {
    let zones = ZoneTable::open();
    if let Some(zone) = &args.timezone {
        zones.zone(zone).map_err(|_| {
            let names = config::zoneinfo::names();
            Failure::usage(format!("unknown time zone {zone:?}"))
                .at("--timezone")
                .expected("a name of the IANA database, such as Europe/London")
                .maybe_hint(nearest::hint(zone, names))
        })?;
    }
    if let Some(path) = &args.output
        && path.symlink_metadata().is_ok()
    {
        return Err(there_already(path));
    }
    let (api, place, zone) = account(context, args, &zones)?;
    let client = connect::client_of(&api, &place)?;
    let live = connect::ask(connect::read_all(&client, &place))?;
    let top = Top {
        is_chosen: zone.is_some(),
        timezone: zone.unwrap_or_else(|| "UTC".to_owned()),
        api: lines(&api, args),
    };
    let text = first_file(&top, &live);
    check(context, args, &text, &zones)?;

    match &args.output {
        Some(path) => write(path, &text)?,
        None => {
            let mut out = context.stdout();
            out.write_all(text.as_bytes())?;
            finish(out)?;
        }
    }
    let unknown = live.iter();
    let unknown = unknown.filter(|one| matches!(one.default, LiveDefault::Other(_)));
    match unknown.count() {
        0 => {}
        some => context.warn(&format!(
            "{} left out: the default is none that todswitch knows; the file says which",
            count(some, "policy is", "policies are")
        )),
    }
    if !top.is_chosen {
        context.note("timezone is UTC in it; --timezone gives another");
    }
    if let Some(path) = &args.output {
        context.note(&format!(
            "{} lists {}; next: todswitch check --config {0}",
            path.display(),
            count(live.len(), "policy", "policies")
        ));
    }
    Ok(Exit::Done)
}

/// The account that the command line names, else that of the schedule file; where its settings
/// stand; and the zone that is known.
fn account(
    context: &Context,
    args: &InitArgs,
    zones: &ZoneTable,
) -> Result<(ApiSettings, String, Option<String>), Failure> {
    let credentials = match (&args.username, &args.token_file) {
        (Some(username), _) => Credentials::Key {
            username: username.clone(),
            file: args.password_file.clone(),
        },
        (None, Some(file)) => Credentials::Token {
            file: Some(file.clone()),
        },
        (None, None) => {
            if !context.places.file.exists() {
                return Err(Failure::usage("no account to read")
                    .expected("--username with --password-file, or --token-file, or a schedule file with [api]")
                    .at(context.places.file.display().to_string()));
            }
            let config = load::load(context, zones)?;
            let place = connect::place(&config);
            let zone = config.default_zone.as_ref();
            let zone = zone.map(|zone| zone.name().to_owned());
            let Some(api) = config.api else {
                return Err(Failure::new("the file has no [api]")
                    .exit(Exit::BadConfig)
                    .at(config.path.display().to_string()));
            };
            return Ok((api, place, args.timezone.clone().or(zone)));
        }
    };
    let api = ApiSettings {
        base_url: args.base_url.trim_end_matches('/').to_owned(),
        credentials,
        format: match args.wire {
            Wire::Json => WireFormat::Json,
            Wire::Xml => WireFormat::Xml,
        },
        campaign: None,
        address: Vec::new(),
        ca_file: None,
        concurrency: 4,
        batch: 1,
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(20),
    };
    Ok((api, "the command line".to_owned(), args.timezone.clone()))
}

/// The lines of `[api]`. A secret's file is named so that it is found from where the new file lies.
fn lines(api: &ApiSettings, args: &InitArgs) -> Vec<(&'static str, String)> {
    let elsewhere = args.output.as_deref().and_then(Path::parent);
    let elsewhere = elsewhere.is_some_and(|parent| !parent.as_os_str().is_empty());
    let named = |path: &PathBuf| {
        let path = if elsewhere {
            std::path::absolute(path).unwrap_or_else(|_| path.clone())
        } else {
            path.clone()
        };
        path.display().to_string()
    };
    let mut lines = vec![("base_url", api.base_url.clone())];
    match &api.credentials {
        Credentials::Key { username, file } => {
            lines.push(("username", username.clone()));
            lines.extend(file.as_ref().map(|file| ("password_file", named(file))));
        }
        Credentials::Token { file } => {
            lines.extend(file.as_ref().map(|file| ("token_file", named(file))));
        }
    }
    if api.format == WireFormat::Xml {
        lines.push(("format", "xml".to_owned()));
    }
    lines.extend(api.campaign.clone().map(|text| ("campaign", text)));
    lines.extend(api.ca_file.as_ref().map(|file| ("ca_file", named(file))));
    lines
}

/// A file that would be refused is not written.
fn check(context: &Context, args: &InitArgs, text: &str, zones: &ZoneTable) -> Result<(), Failure> {
    let path = args.output.as_deref().unwrap_or(Path::new("schedule.toml"));
    match config::parse(text, path, context.now, zones) {
        Ok(_) => Ok(()),
        Err(ConfigError::Refused(problems)) => {
            load::tell(context, &problems);
            Err(
                Failure::new("the account does not make a file that todswitch takes; see above")
                    .hint("nothing was written"),
            )
        }
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let written = opened.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        IoKind::AlreadyExists => there_already(path),
        _ => Failure::new(format!("the file cannot be written: {error}"))
            .at(path.display().to_string()),
    })
}

fn there_already(path: &Path) -> Failure {
    Failure::new("the file is there already, and none is ever overwritten")
        .at(path.display().to_string())
        .hint("give another --output, or move it away")
}
