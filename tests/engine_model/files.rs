//! The files that are put in force, one for another.

/// The first is in force at the beginning. The last Sunday of March 2026 is near.
pub const FILES: [&str; 5] = [
    // Two windows a day, a night, triggers, and all three ways with a manual change.
    r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [
  { days = "mon-fri", hours = "09:00-12:30, 13:30-17:30" },
  { days = "fri-sun", hours = "22:00-06:00", action = "jump:4501" },
]
[schedules.lobby]
timezone = "America/New_York"
open = "queue"
closed = "hangup"
triggers = [
  { cron = "0 8,16 * * *", action = "queue" },
  { cron = "*/50 9-12 * * *", action = "voicemail" },
]
[policies.sales]
uid = 1
schedule = "office"
[policies.support]
description = "Support"
schedule = "office"
on_drift = "restore"
[policies.lobby]
uid = 3
schedule = "lobby"
on_drift = "ignore"
"#,
    // Other hours, other ways, an override.
    r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "voicemail"
weekly = [{ days = "mon-sun", hours = "08:15-12:30, 13:10-19:00" }]
[policies.sales]
uid = 1
schedule = "office"
on_drift = "restore"
[policies.support]
uid = 2
schedule = "office"
[policies.lobby]
uid = 3
schedule = "office"
[[overrides]]
name = "Summer party"
from = 2026-03-27T10:20:00
until = 2026-03-29T01:30:00
action = "hangup"
"#,
    // One policy less.
    r#"
timezone = "Europe/London"
[schedules.office]
open = "queue"
closed = "jump:7"
weekly = [{ days = "mon-sat", hours = "09:00-11:00, 11:20-14:00, 14:20-24:00" }]
[policies.sales]
uid = 1
schedule = "office"
[policies.support]
uid = 2
schedule = "office"
on_drift = "restore"
"#,
    // Nothing is ever switched.
    r#"
timezone = "UTC"
[schedules.always]
closed = "queue"
[policies.sales]
uid = 1
schedule = "always"
[policies.support]
uid = 2
schedule = "always"
on_drift = "ignore"
[policies.lobby]
uid = 3
schedule = "always"
on_drift = "restore"
"#,
    // Much is switched.
    r#"
timezone = "Pacific/Chatham"
[schedules.busy]
open = "queue"
closed = "voicemail"
triggers = [
  { cron = "0,20,40 * * * *", action = "queue" },
  { cron = "10,30,50 * * * *", action = "hangup" },
]
[policies.sales]
uid = 1
schedule = "busy"
[policies.support]
uid = 2
schedule = "busy"
on_drift = "restore"
[policies.lobby]
uid = 3
schedule = "busy"
on_drift = "ignore"
"#,
];
