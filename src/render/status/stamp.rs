//! An instant as the clock of its zone showed it: the offset travels with it, so that whoever reads
//! it needs no zone data.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::{Deserialize, Serialize};

use crate::domain::Instant;
use crate::domain::zone::Zone;

/// A local time with its offset: `2026-12-21T09:00:00+00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stamp(pub DateTime<FixedOffset>);

impl Stamp {
    /// An instant on the clock of a zone, or of UTC.
    pub fn of(at: Instant, zone: Option<&Zone>) -> Stamp {
        Stamp(zone.map_or_else(|| at.fixed_offset(), |zone| zone.local(at)))
    }

    /// `Thu 24 Dec 2026 09:00`.
    pub fn words(self) -> String {
        super::super::words::date_time(self.0)
    }
}

impl From<Stamp> for String {
    fn from(stamp: Stamp) -> String {
        stamp.0.to_rfc3339_opts(SecondsFormat::Secs, false)
    }
}

impl TryFrom<String> for Stamp {
    type Error = chrono::ParseError;

    fn try_from(text: String) -> Result<Stamp, chrono::ParseError> {
        DateTime::parse_from_rfc3339(&text).map(Stamp)
    }
}
