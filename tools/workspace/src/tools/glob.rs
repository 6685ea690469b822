//! `Glob`: files by name.

use std::{borrow::Cow, fmt::Write};

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use globset::GlobBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{blocking, walk};
use crate::{Workspace, WorkspaceError};

/// Paths that one call lists.
const PATHS: usize = 500;

/// The tool.
#[derive(Debug, Clone)]
pub struct Glob(Workspace);

impl Glob {
    /// Looks in this workspace.
    pub const fn new(workspace: Workspace) -> Self {
        Self(workspace)
    }
}

/// Arguments of `Glob`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GlobArgs {
    /// Pattern of paths: `**/*.sql`, `migrations/*_up.{sql,rb}`. `*` does not cross folders; a
    /// pattern without a slash matches names in any folder.
    pub pattern: String,
    /// Folder to look in; the whole workspace unless told.
    #[serde(default, deserialize_with = "null_as_default")]
    pub path: String,
}

/// The paths that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GlobResult {
    /// Sorted, relative to the workspace.
    pub paths: Vec<String>,
    /// Matches that are not listed, at least.
    pub omitted: usize,
}

impl Report for GlobResult {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        if self.paths.is_empty() {
            return Cow::Borrowed("no file matches");
        }
        let mut text = self.paths.join("\n");
        text.push('\n');
        if self.omitted > 0 {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "[{} more: narrow the pattern or give a path]", self.omitted);
        }
        Cow::Owned(clip(&text, budget, "narrow the pattern or give a path").text.into_owned())
    }
}

impl Tool for Glob {
    const NAME: &'static str = "Glob";
    const DESCRIPTION: &'static str =
        "Lists files of the workspace whose path matches a pattern, sorted. Ignored files are left out.";
    const SOURCE: &'static str = "files";
    type Args = GlobArgs;
    type Output = GlobResult;

    fn assess(&self, args: &GlobArgs) -> Assessment {
        let assessment = Assessment::observe(format!("list {}", args.pattern));
        match self.0.path(&args.path) {
            Err(error) => assessment.refuse(error.to_string()),
            Ok(_) => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, args: GlobArgs) -> Result<GlobResult, ToolError> {
        let (workspace, cancel) = (self.0.clone(), cx.cancel.clone());
        blocking(move || {
            let matcher = matcher(&args.pattern)?;
            let (mut paths, mut omitted) = (Vec::new(), 0);
            let base = workspace.path(&args.path)?;
            for path in walk(&workspace, &args.path)? {
                if cancel.is_cancelled() {
                    return Err(ToolError::Cancelled);
                }
                let below = path.as_path().strip_prefix(base.as_path()).unwrap_or(path.as_path());
                if !matcher.is_match(below) && !matcher.is_match(path.as_path()) {
                    continue;
                }
                if paths.len() < PATHS {
                    paths.push(path.to_string());
                } else {
                    omitted += 1;
                }
            }
            Ok(GlobResult { paths, omitted })
        })
        .await
    }
}

/// A matcher of whole paths; a bare name matches in any folder.
pub(super) fn matcher(pattern: &str) -> Result<globset::GlobMatcher, WorkspaceError> {
    let pattern = pattern.trim_start_matches("./");
    let anywhere = if pattern.contains('/') { pattern.to_owned() } else { format!("**/{pattern}") };
    let glob = GlobBuilder::new(&anywhere).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| WorkspaceError::Pattern(error.to_string()))
}
