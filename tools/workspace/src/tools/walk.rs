//! Walking the workspace by ripgrep's rules: `.gitignore` counts, links are not followed, and
//! what is withheld is passed over.

use std::path::Path;

use ignore::WalkBuilder;

use dbwright_policy::path::withheld;

use crate::{RelativePath, Workspace, WorkspaceError};

/// Entries that one walk looks at before it stops.
const ENTRIES: usize = 200_000;

/// A walk over files, sorted by path.
pub(crate) struct Walk {
    workspace: Workspace,
    inner: ignore::Walk,
    looked_at: usize,
    /// The walk stopped before the end.
    pub(crate) cut: bool,
}

/// Files below `start`, which must be in the workspace.
pub(crate) fn walk(workspace: &Workspace, start: &str) -> Result<Walk, WorkspaceError> {
    let start = workspace.path(start)?;
    if let Some(reason) = withheld(start.as_path()) {
        return Err(WorkspaceError::Withheld { path: start.to_string(), reason });
    }
    let from = workspace.root().join(start.as_path());
    // The start itself must not be a link out: the walker would follow that one.
    let real = from.canonicalize().map_err(|_| WorkspaceError::NotFound { path: start.to_string() })?;
    if !real.starts_with(workspace.root()) {
        return Err(WorkspaceError::Outside { path: start.to_string() });
    }
    let inner = WalkBuilder::new(real)
        .hidden(false)
        .require_git(false)
        .parents(false)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| !is_withheld_folder(entry.path(), entry.file_type().is_some_and(|kind| kind.is_dir())))
        .sort_by_file_path(Path::cmp)
        .build();
    Ok(Walk { workspace: workspace.clone(), inner, looked_at: 0, cut: false })
}

fn is_withheld_folder(path: &Path, folder: bool) -> bool {
    folder && path.file_name().is_some_and(|name| withheld(Path::new(name)).is_some())
}

impl Iterator for Walk {
    type Item = RelativePath;

    fn next(&mut self) -> Option<RelativePath> {
        loop {
            if self.looked_at >= ENTRIES {
                self.cut = true;
                return None;
            }
            self.looked_at += 1;
            // Folders that cannot be read are as good as absent.
            let Ok(entry) = self.inner.next()? else { continue };
            if entry.file_type().is_some_and(|kind| kind.is_file())
                && let Some(path) = RelativePath::from_walk(self.workspace.root(), entry.path())
                && withheld(path.as_path()).is_none()
                // The walker goes by names: a folder may have become a link out meanwhile.
                && self.workspace.holds(&path)
            {
                return Some(path);
            }
        }
    }
}
