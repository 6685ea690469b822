//! `Write`: a whole file.

use dbwright_contract::{Assessment, CallCx, Landed, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    blocking,
    edit::{Edited, Planned},
    landed,
    previews::Previews,
};
use crate::{TextFile, Workspace, WorkspaceError, root::Version};

/// The largest file that is written.
const LARGEST: usize = 2 * 1024 * 1024;

/// The tool.
#[derive(Debug, Clone)]
pub struct Write {
    workspace: Workspace,
    previews: Previews,
}

impl Write {
    /// Writes in this workspace.
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, previews: Previews::default() }
    }
}

/// Arguments of `Write`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WriteArgs {
    /// Path in the workspace; missing folders are created.
    pub path: String,
    /// The whole content.
    pub content: String,
}

impl Tool for Write {
    const NAME: &'static str = "Write";
    const DESCRIPTION: &'static str = "Writes a whole text file of the workspace, new or in place of the old one. Use \
         Edit to change a part of a file.";
    const UNTRUSTED_OUTPUT: bool = false;
    const MOST: dbwright_contract::Effect = dbwright_contract::Effect::WriteFiles;
    type Args = WriteArgs;
    type Output = Edited;

    fn assess(&self, args: &WriteArgs) -> Assessment {
        Planned::assessment("write", &args.path, plan(&self.workspace, args), |seen| self.previews.remember(args, seen))
    }

    async fn call(&self, _: &CallCx, args: WriteArgs) -> Result<Edited, ToolError> {
        let (workspace, shown) = (self.workspace.clone(), self.previews.take(&args));
        blocking(move || plan(&workspace, &args)?.write(&workspace, shown)).await
    }

    async fn look_up(&self, _: &CallCx, args: WriteArgs) -> Result<Landed, ToolError> {
        let workspace = self.workspace.clone();
        blocking(move || landed::written(&workspace, &args)).await
    }
}

/// An existing file keeps its encoding and line endings.
fn plan(workspace: &Workspace, args: &WriteArgs) -> Result<Planned, ToolError> {
    let path = workspace.path(&args.path)?;
    workspace.writable(&path)?;
    if args.content.len() > LARGEST {
        return Err(ToolError::Arguments(format!("content has {} bytes, the limit is {LARGEST}", args.content.len())));
    }
    match workspace.read_version(&path) {
        Ok((file, seen)) => Ok(Planned::new(path, &file, &args.content, seen)?),
        Err(WorkspaceError::NotFound { .. }) => {
            Ok(Planned::new(path, &TextFile::new(""), &args.content, Version::ABSENT)?)
        }
        Err(error) => Err(error.into()),
    }
}
