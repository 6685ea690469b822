//! `scan_code`: queries in loops and dangerous Redis calls in the application's source.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use dbwright_finding::{Finding, Severity};
use dbwright_keyspace::{lint_code, lint_script};
use dbwright_workspace::{ScanLimits, Workspace, WorkspaceError, scan_code, source_files};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{findings_text, gather::blocking};

/// The tool.
#[derive(Debug, Clone)]
pub struct ScanCode(Workspace);

impl ScanCode {
    /// A tool over the workspace's source files.
    pub const fn new(workspace: Workspace) -> Self {
        Self(workspace)
    }
}

/// Arguments of `scan_code`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanCodeArgs {
    /// A folder or file in the workspace; the whole workspace when left out.
    #[serde(default, deserialize_with = "null_as_default")]
    pub path: Option<String>,
}

/// What was found in source files.
#[derive(Debug, Clone, Serialize)]
pub struct CodeReport {
    /// Most severe first.
    pub findings: Vec<Finding>,
    /// What was not read, and why.
    pub gaps: Vec<String>,
    /// Source files that were read.
    pub files: usize,
}

impl Report for CodeReport {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = format!("{} findings in {} source files\n", self.findings.len(), self.files);
        text.push_str(&findings_text(&self.findings, &self.gaps));
        Cow::Owned(clip(&text, budget, "name a folder with `path`").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Tool for ScanCode {
    const NAME: &'static str = "scan_code";
    const DESCRIPTION: &'static str = "Scans the workspace's source (Python, JavaScript, TypeScript, Ruby, Go, Java, Kotlin, PHP, Rust, Lua) \
        for queries in loops (N+1) and for Redis calls that stop the server, lose data or leave locks behind. Says file and line.";
    const SOURCE: &'static str = "files";
    type Args = ScanCodeArgs;
    type Output = CodeReport;

    fn assess(&self, args: &ScanCodeArgs) -> Assessment {
        Assessment::observe(format!("scan the source in {}", args.path.as_deref().unwrap_or("the workspace")))
    }

    async fn call(&self, cx: &CallCx, args: ScanCodeArgs) -> Result<CodeReport, ToolError> {
        let (workspace, cancel) = (self.0.clone(), cx.cancel.clone());
        let path = args.path.unwrap_or_default();
        let report = blocking(move || scan(&workspace, &path, || cancel.is_cancelled())).await?;
        if cx.cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        Ok(report)
    }
}

fn scan(workspace: &Workspace, path: &str, cancelled: impl Fn() -> bool) -> Result<CodeReport, WorkspaceError> {
    let loops = scan_code(workspace, path, ScanLimits::default())?;
    let mut findings = loops.findings;
    let mut sources = source_files(workspace, path, ScanLimits::default())?;
    for file in sources.by_ref().take_while(|_| !cancelled()) {
        let found = if file.path.ends_with(".lua") {
            lint_script(&file.path, &file.text)
        } else {
            lint_code(&file.path, &file.text)
        };
        // Calls in tests are marked as harmless by the rules themselves.
        findings.extend(found.into_iter().filter(|finding| finding.severity > Severity::Info));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut gaps = Vec::new();
    if loops.cut || sources.was_cut() {
        gaps.push(format!("{} source files were read, then the limit was reached: name a folder", loops.files));
    }
    Ok(CodeReport { findings, gaps, files: loops.files })
}

#[cfg(test)]
#[path = "scan_code_tests.rs"]
mod tests;
