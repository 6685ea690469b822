//! Writing: the new content takes the file's place at once, or nothing changes.

use std::{
    ffi::OsStr,
    fs::File,
    io::{Read, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, fchmod, fchown, fstat, mkdirat, openat, renameat, unlinkat},
    io::Errno,
};

use dbwright_contract::failpoint;
use dbwright_policy::path::{steering, withheld};

use super::{RelativePath, Version, Workspace, beneath, workspace::plain};
use crate::WorkspaceError;

/// Mode of new files before the umask.
const NEW_FILE: u32 = 0o644;

impl Workspace {
    /// Whether the file at this path may be written at all.
    ///
    /// # Errors
    /// [`WorkspaceError::Withheld`] says why not.
    pub(crate) fn writable(&self, path: &RelativePath) -> Result<(), WorkspaceError> {
        match withheld(path.as_path()).or_else(|| steering(path.as_path())) {
            Some(reason) => Err(WorkspaceError::Withheld { path: path.to_string(), reason }),
            None => Ok(()),
        }
    }

    /// Writes a file: into a new file beside it, synced, then renamed over it. Mode and owner of
    /// an existing file are kept, missing folders are created. What is replaced must still be the
    /// `seen` version.
    pub(crate) fn replace(&self, path: &RelativePath, content: &[u8], seen: Version) -> Result<(), WorkspaceError> {
        self.writable(path)?;
        let Some(name) = path.as_path().file_name() else {
            return Err(WorkspaceError::NotAFile { path: path.to_string(), what: "a folder" });
        };
        let parent = self.parent(path)?;
        // A link inside the workspace may have led to a folder that is closed under its own name.
        self.writable(&self.real(path, &parent, name)?)?;
        let old = self.existing(path, parent.as_fd(), name)?;
        let io_error = |source| WorkspaceError::Io { action: "write", path: path.to_string(), source };
        if version(old.as_ref()).map_err(io_error)? != seen {
            return Err(WorkspaceError::Changed { path: path.to_string() });
        }
        let temporary = temporary_name(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let refused = |error| self.refusal(path, "write", error);
        let created = openat(&parent, &temporary, flags, Mode::from_raw_mode(NEW_FILE)).map_err(refused)?;
        let written =
            fill(created, old.as_ref(), content).and_then(|()| Ok(renameat(&parent, &temporary, &parent, name)?));
        failpoint::reached("file.written");
        if let Err(source) = written {
            // The old file is untouched; a leftover that cannot be removed either is named in the error's path.
            let _ = unlinkat(&parent, &temporary, AtFlags::empty());
            return Err(io_error(source));
        }
        // The rename itself becomes durable with the folder.
        File::from(parent).sync_all().map_err(|source| WorkspaceError::Io {
            action: "sync",
            path: path.to_string(),
            source,
        })
    }

    /// The folder of the file, opened below the root; created as needed.
    fn parent(&self, path: &RelativePath) -> Result<OwnedFd, WorkspaceError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let open = |at: &Path| beneath::open(self.folder().as_fd(), at, flags, Mode::empty());
        let parent = path.as_path().parent().unwrap_or(Path::new(""));
        match open(parent) {
            Err(Errno::NOENT) => {}
            result => return result.map_err(|error| self.refusal(path, "open the folder of", error)),
        }
        let mut made = PathBuf::new();
        for part in parent.components() {
            let here = open(&made).map_err(|error| self.refusal(path, "open the folder of", error))?;
            self.writable(&self.real(path, &here, part.as_os_str())?)?;
            match mkdirat(&here, part.as_os_str(), Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => made.push(part),
                Err(error) => return Err(self.refusal(path, "create the folder of", error)),
            }
        }
        open(parent).map_err(|error| self.refusal(path, "open the folder of", error))
    }

    /// The path that a file in an open folder really has.
    fn real(&self, path: &RelativePath, folder: &OwnedFd, name: &OsStr) -> Result<RelativePath, WorkspaceError> {
        match self.name_of(folder) {
            Some(folder) => Ok(RelativePath::below(&folder, name)),
            // Only Linux follows links here, and tells.
            None if cfg!(target_os = "linux") => Err(WorkspaceError::Outside { path: path.to_string() }),
            None => Ok(path.clone()),
        }
    }

    /// The file that is about to be replaced, if there is one; it must be a plain one.
    fn existing(
        &self,
        path: &RelativePath,
        parent: BorrowedFd<'_>,
        name: &OsStr,
    ) -> Result<Option<File>, WorkspaceError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match openat(parent, name, flags, Mode::empty()) {
            Ok(file) => {
                let file = File::from(file);
                plain(&file, path)?;
                Ok(Some(file))
            }
            Err(Errno::NOENT) => Ok(None),
            // Replacing a link would leave the file behind it unchanged, which nobody means.
            Err(Errno::LOOP) => Err(WorkspaceError::NotAFile { path: path.to_string(), what: "a link" }),
            Err(error) => Err(self.refusal(path, "write", error)),
        }
    }
}

fn version(file: Option<&File>) -> std::io::Result<Version> {
    let Some(mut file) = file else { return Ok(Version::ABSENT) };
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(Version::of(&content))
}

fn fill(created: OwnedFd, old: Option<&File>, content: &[u8]) -> std::io::Result<()> {
    let mut file = File::from(created);
    file.write_all(content)?;
    if let Some(old) = old {
        let (old, new) = (fstat(old)?, fstat(&file)?);
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) {
            use rustix::fs::{Gid, Uid};
            // Not ours to give away for ordinary users: then the content matters more than the owner.
            let _ = fchown(&file, Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)));
        }
        fchmod(&file, Mode::from_raw_mode(old.st_mode & 0o7777))?;
    }
    file.sync_all()
}

fn temporary_name(name: &OsStr) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    let name = name.to_string_lossy();
    let short = name.get(..name.floor_char_boundary(100)).unwrap_or_default();
    PathBuf::from(format!(".{short}.{}-{write}.new", std::process::id()))
}
