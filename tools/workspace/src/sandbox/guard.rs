//! What a command may not change although it lies in the workspace: files that make other
//! programs run something later, outside the sandbox.

use std::{fs, io, path::PathBuf};

use crate::Workspace;

/// Folders that are read-only inside, whether they exist or not: what is absent could be created.
const FOLDERS: &[&str] = &[".git", ".dbwright", ".claude", ".vscode", ".idea", ".cursor"];
/// Files that are read-only inside, if they exist.
const FILES: &[&str] = &[".mcp.json", ".envrc", ".gitattributes", ".gitmodules", "agent.md"];

/// The read-only paths of one run. Folders that were made to be covered are removed afterwards.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) read_only: Vec<PathBuf>,
    made: Vec<PathBuf>,
}

impl Guard {
    /// Looks at what is there and makes what must be covered.
    pub(super) fn new(workspace: &Workspace) -> io::Result<Self> {
        let mut guard = Self { read_only: Vec::new(), made: Vec::new() };
        for (name, folder) in FOLDERS.iter().map(|name| (name, true)).chain(FILES.iter().map(|name| (name, false))) {
            let path = workspace.root().join(name);
            match fs::symlink_metadata(&path) {
                // A link would be followed when it is covered, and could be replaced meanwhile.
                Ok(metadata) if metadata.is_symlink() => {
                    return Err(io::Error::other(format!("{name} is a link and cannot be protected")));
                }
                Ok(_) => guard.read_only.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder => {
                    fs::create_dir(&path)?;
                    guard.made.push(path.clone());
                    guard.read_only.push(path);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        for path in &self.made {
            // Only removes an empty folder; anything else is not ours.
            let _ = fs::remove_dir(path);
        }
    }
}
