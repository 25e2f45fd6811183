//! `init`: a first schedule file from the account as it is.
//!
//! Must not know what the file looks like.

use std::fs::OpenOptions;
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use super::args::{InitArgs, Wire};
use super::context::{Context, finish};
use super::{Exit, Failure, connect, load};
use crate::config::{
    self, ApiSettings, ConfigError, Credentials, WireFormat, ZoneTable, nearest, spell_duration,
};
use crate::domain::policy::LiveDefault;
use crate::render::first_file::{Setting, Top, first_file};
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
    let named = match (&args.username, &args.token_file) {
        (Some(username), _) => Some(Credentials::Key {
            username: username.clone(),
            file: args.password_file.clone(),
        }),
        (None, Some(file)) => Some(Credentials::Token {
            file: Some(file.clone()),
        }),
        (None, None) => None,
    };
    let (mut api, place, zone) = match named {
        Some(credentials) => (
            ApiSettings::new(credentials),
            "the command line".to_owned(),
            None,
        ),
        None => account_of_file(context, zones)?,
    };
    if let Some(base) = &args.base_url {
        base.trim_end_matches('/').clone_into(&mut api.base_url);
    }
    match args.wire {
        Some(Wire::Json) => api.format = WireFormat::Json,
        Some(Wire::Xml) => api.format = WireFormat::Xml,
        None => {}
    }
    Ok((api, place, args.timezone.clone().or(zone)))
}

fn account_of_file(
    context: &Context,
    zones: &ZoneTable,
) -> Result<(ApiSettings, String, Option<String>), Failure> {
    let expected =
        "--username with --password-file, or --token-file, or a schedule file with [api]";
    if !context.places.file.exists() {
        return Err(Failure::usage("no account to read")
            .expected(expected)
            .at(context.places.file.display().to_string()));
    }
    let config = load::load(context, zones)?;
    let place = connect::place(&config);
    let zone = config.default_zone.as_ref();
    let zone = zone.map(|zone| zone.name().to_owned());
    let Some(api) = config.api else {
        return Err(Failure::new("the file has no [api]")
            .exit(Exit::BadConfig)
            .expected(expected)
            .at(config.path.display().to_string()));
    };
    Ok((api, place, zone))
}

/// The lines of `[api]`: all that is not as it would be without. A file is named so that it is found
/// from where the new one lies.
fn lines(api: &ApiSettings, args: &InitArgs) -> Vec<(&'static str, Setting)> {
    let elsewhere = args.output.as_deref().and_then(Path::parent);
    let elsewhere = elsewhere.is_some_and(|parent| !parent.as_os_str().is_empty());
    let file = |path: &PathBuf| {
        let path = if elsewhere {
            std::path::absolute(path).unwrap_or_else(|_| path.clone())
        } else {
            path.clone()
        };
        Setting::Text(path.display().to_string())
    };
    let default = ApiSettings::new(api.credentials.clone());
    let mut lines = vec![("base_url", Setting::Text(api.base_url.clone()))];
    match &api.credentials {
        Credentials::Key {
            username,
            file: key,
        } => {
            lines.push(("username", Setting::Text(username.clone())));
            lines.extend(key.as_ref().map(|key| ("password_file", file(key))));
        }
        Credentials::Token { file: token } => {
            lines.extend(token.as_ref().map(|token| ("token_file", file(token))));
        }
    }
    if api.format == WireFormat::Xml {
        lines.push(("format", Setting::Text("xml".to_owned())));
    }
    let campaign = api.campaign.clone();
    lines.extend(campaign.map(|text| ("campaign", Setting::Text(text))));
    if !api.address.is_empty() {
        let addresses = api.address.iter().map(ToString::to_string);
        lines.push(("address", Setting::Texts(addresses.collect())));
    }
    lines.extend(api.ca_file.as_ref().map(|path| ("ca_file", file(path))));
    for (key, given, default) in [
        ("concurrency", api.concurrency, default.concurrency),
        ("batch", api.batch, default.batch),
    ] {
        lines.extend((given != default).then_some((key, Setting::Number(given))));
    }
    for (key, given, default) in [
        (
            "connect_timeout",
            api.connect_timeout,
            default.connect_timeout,
        ),
        ("read_timeout", api.read_timeout, default.read_timeout),
        ("timeout", api.timeout, default.timeout),
    ] {
        let spelled = || (key, Setting::Text(spell_duration(given)));
        lines.extend((given != default).then(spelled));
    }
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
