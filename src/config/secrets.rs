//! The secret of the API: where it lies, and that nobody else can read it.
//!
//! Owns the reading of secret files. Must not print what is in them.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::files;
use super::settings::{ApiSettings, Credentials};

/// No key and no token is near this size.
const MAX_BYTES: u64 = 16 << 10;

/// Why a secret cannot be used. It never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file names none, and neither does the service manager.
    #[error("no {name}: the schedule file has no `{key}`, and $CREDENTIALS_DIRECTORY is not set")]
    Nowhere {
        /// What is missing, as the service manager names it.
        name: &'static str,
        /// The key that could name it.
        key: &'static str,
    },
    /// The file cannot be read.
    #[error("[api] names {}, which cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Everybody on the machine can read it.
    #[error("everyone on this machine can read {} (mode {mode:03o}): chmod 600 it", path.display())]
    WorldReadable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is no secret in it.
    #[error("[api] names {}, which is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// What is in it is no secret of one line.
    #[error("[api] names {}, which is not one line of text", path.display())]
    NotOneLine {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the key or the token, without the line's end.
///
/// # Errors
/// A secret that is nowhere, cannot be read, is no line of text, or that everyone can read.
pub fn read(api: &ApiSettings) -> Result<SecretString, SecretError> {
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    read_from(api, directory.as_deref())
}

/// What [`read`] would refuse, and a certificate file that is not there: warnings for a check.
pub fn check(api: &ApiSettings) -> Vec<SecretError> {
    let mut found: Vec<SecretError> = read(api).err().into_iter().collect();
    if let Some(path) = &api.ca_file
        && let Err(source) = std::fs::metadata(path)
    {
        let path = path.clone();
        found.push(SecretError::Unreadable { path, source });
    }
    found
}

fn read_from(api: &ApiSettings, directory: Option<&Path>) -> Result<SecretString, SecretError> {
    let path = place(&api.credentials, directory)?;
    let bytes = match files::read(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(source) => return Err(SecretError::Unreadable { path, source }),
    };
    if let Some(mode) = world_readable(&path) {
        return Err(SecretError::WorldReadable { path, mode });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(SecretError::NotOneLine { path });
    };
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err(SecretError::Empty { path });
    }
    if secret.chars().any(char::is_control) {
        return Err(SecretError::NotOneLine { path });
    }
    Ok(SecretString::from(secret.to_owned()))
}

fn place(credentials: &Credentials, directory: Option<&Path>) -> Result<PathBuf, SecretError> {
    let (file, name, key) = match credentials {
        Credentials::Key { file, .. } => (file, "api-key", "password_file"),
        Credentials::Token { file } => (file, "api-token", "token_file"),
    };
    let given = directory.map(|directory| directory.join(name));
    file.clone()
        .or(given)
        .ok_or(SecretError::Nowhere { name, key })
}

#[cfg(unix)]
fn world_readable(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o004 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn world_readable(_path: &Path) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::settings::WireFormat;

    fn api(file: Option<PathBuf>) -> ApiSettings {
        let second = Duration::from_secs(1);
        ApiSettings {
            base_url: "https://host".into(),
            credentials: Credentials::Key {
                username: "acme".into(),
                file,
            },
            format: WireFormat::Json,
            campaign: None,
            address: Vec::new(),
            ca_file: None,
            concurrency: 1,
            batch: 1,
            connect_timeout: second,
            read_timeout: second,
            timeout: second,
        }
    }

    fn secret(directory: &Path, content: &[u8], mode: u32) -> PathBuf {
        let path = directory.join("api-key");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_secret_is_read_from_its_file_else_from_the_service_manager() {
        let directory = tempfile::tempdir().unwrap();
        let path = secret(directory.path(), b"hunter2\r\n", 0o600);
        let read = |api: &ApiSettings, given| {
            let secret = read_from(api, given).unwrap();
            secret.expose_secret().to_owned()
        };
        assert_eq!(read(&api(Some(path)), None), "hunter2");
        assert_eq!(read(&api(None), Some(directory.path())), "hunter2");
        let nowhere = read_from(&api(None), None).unwrap_err();
        assert!(matches!(nowhere, SecretError::Nowhere { .. }));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        for (content, mode) in [
            (&b"hunter2"[..], 0o644),
            (b"hunter2\nhunter3\n", 0o600),
            (b"hunter2\0", 0o600),
            (b"hunter2\xff", 0o600),
            (b"\n", 0o600),
        ] {
            let path = secret(directory.path(), content, mode);
            let error = read_from(&api(Some(path)), None).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter"));
        }
        let path = directory.path().join("missing");
        assert_eq!(check(&api(Some(path))).len(), 1);
        assert!(read_from(&api(Some(directory.path().to_owned())), None).is_err());
    }
}
