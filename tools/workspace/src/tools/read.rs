//! `Read`: a text file, or some of its lines.

use std::{borrow::Cow, fmt::Write};

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking;
use crate::{Encoding, LineEnding, Workspace};

/// Lines shown unless told.
const LINES: usize = 2000;
/// Characters of one line that are shown.
const WIDTH: usize = 2000;

/// The tool.
#[derive(Debug, Clone)]
pub struct Read(Workspace);

impl Read {
    /// Reads in this workspace.
    pub const fn new(workspace: Workspace) -> Self {
        Self(workspace)
    }
}

/// Arguments of `Read`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReadArgs {
    /// Path in the workspace.
    pub path: String,
    /// First line, from 1.
    #[serde(default)]
    pub offset: Option<usize>,
    /// How many lines.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// The lines that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadResult {
    /// Path in the workspace.
    pub path: String,
    /// The text of the lines.
    pub text: String,
    /// Number of the first line.
    pub first_line: usize,
    /// Lines of the whole file.
    pub total_lines: usize,
    /// How the file is stored.
    pub encoding: Encoding,
    /// How its lines end.
    pub line_ending: LineEnding,
}

impl Report for ReadResult {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        if self.total_lines == 0 {
            return Cow::Owned(format!("{} is empty", self.path));
        }
        let mut text = String::with_capacity(self.text.len() + self.text.len() / 8);
        let mut last = self.first_line.saturating_sub(1);
        for line in self.text.lines() {
            last += 1;
            let end = line.floor_char_boundary(WIDTH);
            let mark = if end < line.len() { " […]" } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{last:>5}  {}{mark}", line.get(..end).unwrap_or_default());
        }
        if self.first_line > 1 || last < self.total_lines {
            let _ = writeln!(text, "[lines {} to {last} of {}]", self.first_line, self.total_lines);
        }
        Cow::Owned(clip(&text, budget, "give offset and limit").text.into_owned())
    }
}

impl Tool for Read {
    const NAME: &'static str = "Read";
    const DESCRIPTION: &'static str =
        "Reads a text file of the workspace, with line numbers. Give offset and limit for a part of a long one.";
    const SOURCE: &'static str = "file";
    type Args = ReadArgs;
    type Output = ReadResult;

    fn assess(&self, args: &ReadArgs) -> Assessment {
        let assessment = Assessment::observe(format!("read {}", args.path));
        match self.0.path(&args.path) {
            Err(error) => assessment.refuse(error.to_string()),
            Ok(_) => assessment,
        }
    }

    async fn call(&self, _: &CallCx, args: ReadArgs) -> Result<ReadResult, ToolError> {
        let workspace = self.0.clone();
        blocking(move || read(&workspace, &args)).await
    }
}

fn read(workspace: &Workspace, args: &ReadArgs) -> Result<ReadResult, ToolError> {
    let path = workspace.path(&args.path)?;
    let file = workspace.read_text(&args.path)?;
    let total_lines = file.text.lines().count();
    let first_line = args.offset.unwrap_or(1).max(1);
    if first_line > total_lines.max(1) {
        return Err(ToolError::Arguments(format!("{path} has {total_lines} lines, offset is {first_line}")));
    }
    let limit = args.limit.unwrap_or(LINES).max(1);
    let text = file.text.split_inclusive('\n').skip(first_line - 1).take(limit).collect();
    Ok(ReadResult {
        path: path.to_string(),
        text,
        first_line,
        total_lines,
        encoding: file.encoding,
        line_ending: file.line_ending,
    })
}
