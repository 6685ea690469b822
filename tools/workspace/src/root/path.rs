//! A path inside the workspace.

use std::{
    ffi::OsStr,
    fmt,
    path::{Component, Path, PathBuf},
};

use crate::WorkspaceError;

/// A path relative to the root, without `.`, `..` and empty parts. That it stays inside after
/// links are followed is checked when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(PathBuf);

impl RelativePath {
    /// Reads a path as a person or model gives it: relative, or absolute below `root`.
    ///
    /// # Errors
    /// [`WorkspaceError::Outside`] when it climbs out.
    pub(super) fn new(root: &Path, given: &str) -> Result<Self, WorkspaceError> {
        let outside = || WorkspaceError::Outside { path: given.to_owned() };
        if given.contains('\0') {
            return Err(outside());
        }
        let path = Path::new(given.trim());
        let path = if path.is_absolute() { path.strip_prefix(root).map_err(|_| outside())? } else { path };
        let mut inside = PathBuf::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => inside.push(name),
                Component::CurDir => {}
                Component::ParentDir => {
                    if !inside.pop() {
                        return Err(outside());
                    }
                }
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        Ok(Self(inside))
    }

    pub(crate) fn from_walk(root: &Path, path: &Path) -> Option<Self> {
        path.strip_prefix(root).ok().map(|inside| Self(inside.to_owned()))
    }

    pub(super) fn below(folder: &Path, name: &OsStr) -> Self {
        Self(folder.join(name))
    }

    /// The path; empty for the root itself.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.as_os_str().is_empty() { f.write_str(".") } else { write!(f, "{}", self.0.display()) }
    }
}
