//! Whether an interrupted call wrote its file. A file is replaced whole or not at all.

use dbwright_contract::{Landed, ToolError};

use super::{EditArgs, WriteArgs};
use crate::{Workspace, WorkspaceError};

/// Of a `Write`.
pub(super) fn written(workspace: &Workspace, args: &WriteArgs) -> Result<Landed, ToolError> {
    let path = &args.path;
    Ok(match workspace.read_text(path) {
        Ok(file) if file.text == args.content => Landed::Done(format!("{path} has exactly that content")),
        // Somebody may have changed it since.
        Ok(_) => Landed::Unclear(format!("{path} has other content")),
        Err(WorkspaceError::NotFound { .. }) => Landed::NotDone(format!("there is no {path}")),
        Err(error) => return Err(error.into()),
    })
}

/// Of an `Edit`.
pub(super) fn edited(workspace: &Workspace, args: &EditArgs) -> Result<Landed, ToolError> {
    let EditArgs { path, old, new, .. } = args;
    Ok(match workspace.read_text(path) {
        Ok(file) => edited_text(&file.text, old, new, path),
        Err(WorkspaceError::NotFound { .. }) => Landed::Unclear(format!("there is no {path} any more")),
        Err(error) => return Err(error.into()),
    })
}

fn edited_text(text: &str, old: &str, new: &str, path: &str) -> Landed {
    // The new text may itself contain the old one.
    let elsewhere = if new.is_empty() { text.contains(old) } else { text.replace(new, "").contains(old) };
    if elsewhere {
        Landed::NotDone(format!("{path} still holds the old text"))
    } else if text.contains(new) {
        Landed::Done(format!("{path} holds the new text in place of the old one"))
    } else {
        Landed::Unclear(format!("{path} holds neither the old nor the new text"))
    }
}

#[cfg(test)]
#[path = "landed_tests.rs"]
mod tests;
