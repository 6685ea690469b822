//! `Edit`: replaces one exact piece of text.

use std::borrow::Cow;

use dbwright_contract::{
    Assessment, CallCx, Effect, Landed, Report, TokenBudget, Tool, ToolError, clip, null_as_default,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{blocking, landed, previews::Previews, replacement::replace};
use crate::{
    RelativePath, TextFile, Workspace, WorkspaceError,
    root::Version,
    text::{Change, unified},
};

/// The tool.
#[derive(Debug, Clone)]
pub struct Edit {
    workspace: Workspace,
    previews: Previews,
}

impl Edit {
    /// Edits in this workspace.
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, previews: Previews::default() }
    }
}

/// Arguments of `Edit`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditArgs {
    /// Path in the workspace.
    pub path: String,
    /// The text to replace, exactly as it stands in the file, without line numbers.
    pub old: String,
    /// What takes its place.
    pub new: String,
    /// Replace every occurrence; otherwise there must be exactly one.
    #[serde(default, deserialize_with = "null_as_default")]
    pub replace_all: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// Path in the workspace.
    pub path: String,
    /// The change as a unified diff.
    pub diff: String,
    /// Lines added and removed.
    pub change: Change,
    /// The file is new.
    pub created: bool,
}

impl Report for Edited {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let verb = if self.created { "created" } else { "changed" };
        let Change { added, removed } = self.change;
        let text = format!("{verb} {}: {added} lines added, {removed} removed\n{}", self.path, self.diff);
        Cow::Owned(clip(&text, budget, "Read shows the file").text.into_owned())
    }
}

/// A change that was worked out and not yet written.
pub(super) struct Planned {
    path: RelativePath,
    bytes: Vec<u8>,
    edited: Edited,
    /// What it was worked out from.
    seen: Version,
}

impl Planned {
    /// Works out what storing `text` in place of `file` means.
    pub(super) fn new(path: RelativePath, file: &TextFile, text: &str, seen: Version) -> Result<Self, WorkspaceError> {
        let created = seen == Version::ABSENT;
        let bytes = file.encode(text).map_err(|character| WorkspaceError::Unencodable {
            path: path.to_string(),
            encoding: file.encoding.as_str(),
            character,
        })?;
        let (diff, change) = unified(&path.to_string(), &file.text, text);
        let edited = Edited { path: path.to_string(), diff, change, created };
        Ok(Self { path, bytes, edited, seen })
    }

    /// Writes what was worked out, if it still starts from what was `shown`.
    pub(super) fn write(self, workspace: &Workspace, shown: Option<Version>) -> Result<Edited, ToolError> {
        if shown.is_some_and(|shown| shown != self.seen) {
            return Err(WorkspaceError::Changed { path: self.path.to_string() }.into());
        }
        workspace.replace(&self.path, &self.bytes, self.seen)?;
        Ok(self.edited)
    }

    /// The judgement of a call: the diff for the person who decides, or why it will be refused.
    pub(super) fn assessment(
        verb: &str,
        path: &str,
        planned: Result<Self, ToolError>,
        remember: impl FnOnce(Version),
    ) -> Assessment {
        match planned {
            Ok(Self { edited, seen, .. }) => {
                remember(seen);
                let Change { added, removed } = edited.change;
                Assessment::new(Effect::WriteFiles, format!("{verb} {path} (+{added} -{removed})")).preview(edited.diff)
            }
            Err(error @ ToolError::Refused(_)) => {
                Assessment::new(Effect::WriteFiles, format!("{verb} {path}")).refuse(error.to_string())
            }
            // It will fail when it runs, with a sentence for the model; nobody needs to be asked.
            Err(_) => Assessment::observe(format!("{verb} {path}")),
        }
    }
}

impl Tool for Edit {
    const NAME: &'static str = "Edit";
    const DESCRIPTION: &'static str = "Replaces one exact piece of text in a file of the workspace. The text must stand \
         there exactly once, unless replace_all is set. Read the file first.";
    const UNTRUSTED_OUTPUT: bool = false;
    const MOST: dbwright_contract::Effect = dbwright_contract::Effect::WriteFiles;
    type Args = EditArgs;
    type Output = Edited;

    fn assess(&self, args: &EditArgs) -> Assessment {
        Planned::assessment("edit", &args.path, plan(&self.workspace, args), |seen| self.previews.remember(args, seen))
    }

    async fn call(&self, _: &CallCx, args: EditArgs) -> Result<Edited, ToolError> {
        let (workspace, shown) = (self.workspace.clone(), self.previews.take(&args));
        blocking(move || plan(&workspace, &args)?.write(&workspace, shown)).await
    }

    async fn look_up(&self, _: &CallCx, args: EditArgs) -> Result<Landed, ToolError> {
        let workspace = self.workspace.clone();
        blocking(move || landed::edited(&workspace, &args)).await
    }
}

fn plan(workspace: &Workspace, args: &EditArgs) -> Result<Planned, ToolError> {
    let path = workspace.path(&args.path)?;
    workspace.writable(&path)?;
    let (file, seen) = workspace.read_version(&path)?;
    let (text, _) = replace(&file.text, &args.old, &args.new, args.replace_all)
        .map_err(|problem| ToolError::Arguments(format!("{path}: {problem}")))?;
    Ok(Planned::new(path, &file, &text, seen)?)
}
