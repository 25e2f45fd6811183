//! The file of a Unix socket: made for the group, replaced only where nobody answers, removed at
//! the end.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Why the socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another daemon has it.
    #[error("{}: another daemon answers there", .0.display())]
    Answered(PathBuf),
    /// Something else lies there, which is left alone.
    #[error("{}: it is there, and no socket", .0.display())]
    NoSocket(PathBuf),
    /// The system refuses.
    #[error("{}: {source}", path.display())]
    Refused {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file of a socket, as this process made it.
#[derive(Debug)]
pub(super) struct Socket {
    path: PathBuf,
    /// Device and number: another process may have put its own in this place since.
    made: (u64, u64),
}

impl Socket {
    pub fn bind(path: &Path) -> Result<(Socket, UnixListener), SocketError> {
        let refused = |source| SocketError::Refused {
            path: path.to_owned(),
            source,
        };
        clear_the_place(path)?;
        let listener = UnixListener::bind(path).map_err(refused)?;
        let metadata = fs::symlink_metadata(path).map_err(refused)?;
        let socket = Socket {
            path: path.to_owned(),
            made: (metadata.dev(), metadata.ino()),
        };
        fs::set_permissions(path, fs::Permissions::from_mode(0o660)).map_err(refused)?;
        Ok((socket, listener))
    }
}

/// Removes a socket that a daemon left behind.
fn clear_the_place(path: &Path) -> Result<(), SocketError> {
    let refused = |source| SocketError::Refused {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(SocketError::NoSocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(refused)
        }
        Err(error) => Err(refused(error)),
        Ok(_) => Err(SocketError::Answered(path.to_owned())),
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.made) {
            // The next daemon replaces what cannot be removed now.
            let _ = fs::remove_file(&self.path);
        }
    }
}
