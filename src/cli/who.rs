//! Who asks: the name of the user, for the record.

use std::os::unix::fs::MetadataExt;

/// The user's own name, not that of the account that sudo changed to; else the number.
pub(super) fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| {
        let own = std::fs::metadata("/proc/self");
        own.map_or("unknown".to_owned(), |own| format!("uid {}", own.uid()))
    })
}
