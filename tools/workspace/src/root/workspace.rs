//! The workspace: opening and reading.

use std::{
    fs::File,
    io::{self, Read},
    os::{fd::AsFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{FileType, Mode, OFlags},
    io::Errno,
};

use dbwright_policy::path::withheld;

use super::{RelativePath, Version, beneath};
use crate::{TextFile, WorkspaceError};

/// The largest file that is read as a whole.
const LARGEST: u64 = 8 * 1024 * 1024;

/// One folder and everything in it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: Arc<PathBuf>,
    /// Held open: the workspace stays the same folder even if its path comes to mean another.
    folder: Arc<File>,
}

impl Workspace {
    /// The workspace at `root`.
    ///
    /// # Errors
    /// [`WorkspaceError::Root`] when it is no folder that can be read.
    pub fn new(root: &Path) -> Result<Self, WorkspaceError> {
        let fault = |reason: String| WorkspaceError::Root { path: root.display().to_string(), reason };
        let canonical = root.canonicalize().map_err(|error| fault(error.to_string()))?;
        let folder = File::open(&canonical).map_err(|error| fault(error.to_string()))?;
        if !folder.metadata().map_err(|error| fault(error.to_string()))?.is_dir() {
            return Err(fault("it is not a folder".to_owned()));
        }
        Ok(Self { root: Arc::new(canonical), folder: Arc::new(folder) })
    }

    /// The folder, canonical.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a path as given: relative to the root, or absolute below it.
    ///
    /// # Errors
    /// [`WorkspaceError::Outside`] when it climbs out.
    pub fn path(&self, given: &str) -> Result<RelativePath, WorkspaceError> {
        RelativePath::new(&self.root, given)
    }

    /// Reads a text file whole, with what is needed to write it back as it was.
    ///
    /// # Errors
    /// Says why the file stays closed: outside, withheld, missing, not plain, large, binary.
    pub fn read_text(&self, given: &str) -> Result<TextFile, WorkspaceError> {
        Ok(self.read_version(&self.path(given)?)?.0)
    }

    /// [`Self::read_text`], with the version that was read.
    pub(crate) fn read_version(&self, path: &RelativePath) -> Result<(TextFile, Version), WorkspaceError> {
        let bytes = self.read_bytes(path)?;
        let text = TextFile::decode(&bytes).ok_or_else(|| WorkspaceError::Binary { path: path.to_string() })?;
        Ok((text, Version::of(&bytes)))
    }

    /// Whether there is something at this path that no link leads out of the workspace to.
    pub(crate) fn holds(&self, path: &RelativePath) -> bool {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
        match beneath::open(self.folder.as_fd(), path.as_path(), flags, Mode::empty()) {
            Ok(_) => true,
            // There, and ours to know of though not to read.
            Err(error) => error == Errno::ACCESS,
        }
    }

    /// Reads a plain file whole.
    pub(crate) fn read_bytes(&self, path: &RelativePath) -> Result<Vec<u8>, WorkspaceError> {
        let (file, size) = self.open_plain(path)?;
        let too_large = |size| WorkspaceError::TooLarge { path: path.to_string(), size, limit: LARGEST };
        if size > LARGEST {
            return Err(too_large(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // Files in /proc style report no size, and any file may grow while it is read.
        let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
        match read.map_err(|source| WorkspaceError::Io { action: "read", path: path.to_string(), source })? as u64 {
            size if size > LARGEST => Err(too_large(size)),
            _ => Ok(bytes),
        }
    }

    /// Opens a plain file for reading; returns its size.
    pub(crate) fn open_plain(&self, path: &RelativePath) -> Result<(File, u64), WorkspaceError> {
        if let Some(reason) = withheld(path.as_path()) {
            return Err(WorkspaceError::Withheld { path: path.to_string(), reason });
        }
        let opened = beneath::open(self.folder.as_fd(), path.as_path(), OFlags::RDONLY, Mode::empty());
        let file = File::from(opened.map_err(|error| self.refusal(path, "open", error))?);
        let size = plain(&file, path)?;
        // A link inside the workspace may have led to a file that is withheld under its own name.
        match self.name_of(&file) {
            Some(name) => match withheld(&name) {
                Some(reason) => Err(WorkspaceError::Withheld { path: path.to_string(), reason }),
                None => Ok((file, size)),
            },
            // Only Linux follows links here, and tells; moved away meanwhile, it is no longer inside.
            None if cfg!(target_os = "linux") => Err(WorkspaceError::Outside { path: path.to_string() }),
            None => Ok((file, size)),
        }
    }

    /// The path below the root that an open file really has, where the system tells.
    pub(super) fn name_of(&self, file: &impl AsFd) -> Option<PathBuf> {
        use std::os::fd::AsRawFd;
        let real = std::fs::read_link(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd())).ok()?;
        let real = real.strip_prefix(&*self.root).ok()?;
        // The kernel's words for a file that was removed while it was open.
        let name = real.to_str().and_then(|name| name.strip_suffix(" (deleted)"));
        Some(name.map_or_else(|| real.to_owned(), PathBuf::from))
    }

    pub(super) fn folder(&self) -> &File {
        &self.folder
    }

    /// What an error of the operating system means for this path.
    pub(super) fn refusal(&self, path: &RelativePath, action: &'static str, error: Errno) -> WorkspaceError {
        let name = path.to_string();
        match error {
            // XDEV: the kernel saw the path leave the root. LOOP: a link where none may be.
            Errno::XDEV | Errno::LOOP => WorkspaceError::Outside { path: name },
            Errno::NOENT | Errno::NOTDIR => WorkspaceError::NotFound { path: name },
            // Opening a socket, or the writing side of a pipe that nobody reads.
            Errno::NXIO | Errno::NODEV => WorkspaceError::NotAFile { path: name, what: "a socket or a device" },
            error => WorkspaceError::Io { action, path: name, source: io::Error::from(error) },
        }
    }
}

/// The size of a plain file with one name; a second name may stand outside the workspace.
pub(super) fn plain(file: &File, path: &RelativePath) -> Result<u64, WorkspaceError> {
    let metadata =
        file.metadata().map_err(|source| WorkspaceError::Io { action: "examine", path: path.to_string(), source })?;
    let what = match FileType::from_raw_mode(metadata.mode()) {
        FileType::RegularFile if metadata.nlink() > 1 => "a file with several names (hard links)",
        FileType::RegularFile => return Ok(metadata.len()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    Err(WorkspaceError::NotAFile { path: path.to_string(), what })
}
