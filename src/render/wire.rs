//! What every JSON shares: instants, reasons, the copy of the zone data. Field order is the format.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::domain::timeline::Reason;
use crate::domain::zone::{Zone, ZoneData};
use crate::domain::{Instant, Line};

/// `2026-12-21T09:00:00Z`.
pub fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The same to the millisecond, for what was measured.
pub fn measured(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `2026-12-21T09:00:00+00:00`: local, with the offset.
pub fn local(zone: &Zone, at: Instant) -> String {
    zone.local(at).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// A rule.
#[derive(Debug, Serialize)]
pub struct WireReason<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub line: Option<Line>,
}

impl<'a> From<Reason<'a>> for WireReason<'a> {
    fn from(reason: Reason<'a>) -> WireReason<'a> {
        WireReason {
            kind: reason.kind.as_str(),
            name: reason.name,
            line: reason.line,
        }
    }
}

/// The copy of the zone data in use.
#[derive(Debug, Serialize)]
pub struct WireZoneData<'a> {
    pub source: String,
    pub version: &'a str,
}

impl<'a> From<&'a ZoneData> for WireZoneData<'a> {
    fn from(data: &'a ZoneData) -> WireZoneData<'a> {
        WireZoneData {
            source: data.source.to_string(),
            version: &data.version,
        }
    }
}
