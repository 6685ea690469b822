//! One command at a time in a workspace.
//!
//! Two sandboxes on one folder could take each other's covers away: one replaces a folder by a
//! link while the other is being set up, or removes a placeholder that the other still needs. The
//! lock lies on the folder itself, so it holds between programs too, and ends with its holder.

use std::{fs::File, io, path::Path, time::Duration};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

const PAUSE: Duration = Duration::from_millis(25);

/// Held while a sandbox has the workspace.
#[derive(Debug)]
pub(super) struct Lock {
    _folder: File,
}

/// Waits for the workspace. Ends only by getting it or by an error: select on it.
pub(super) async fn lock(root: &Path) -> io::Result<Lock> {
    let folder = File::open(root)?;
    loop {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Lock { _folder: folder }),
            Err(Errno::WOULDBLOCK | Errno::INTR) => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
}
