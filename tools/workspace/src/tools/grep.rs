//! `Grep`: lines by content, with ripgrep's engine.

use std::{borrow::Cow, fmt::Write, io};

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkMatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{blocking, glob::matcher, walk};
use crate::{RelativePath, Workspace, WorkspaceError};

/// Matching lines shown unless told, and at most.
const LINES: usize = 100;
const MOST_LINES: usize = 1000;
/// Characters of one line that are kept.
const WIDTH: usize = 300;
/// Lines around each match at most.
const CONTEXT: usize = 10;
/// Files larger than this are passed over.
const LARGEST: u64 = 32 * 1024 * 1024;

/// The tool.
#[derive(Debug, Clone)]
pub struct Grep(Workspace);

impl Grep {
    /// Searches this workspace.
    pub const fn new(workspace: Workspace) -> Self {
        Self(workspace)
    }
}

/// Arguments of `Grep`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GrepArgs {
    /// A regular expression, without look-around and back-references.
    pub pattern: String,
    /// Folder or file to search; the whole workspace unless told.
    #[serde(default, deserialize_with = "null_as_default")]
    pub path: String,
    /// Only files whose path matches: `*.sql`, `src/**/*.py`.
    #[serde(default)]
    pub glob: Option<String>,
    /// Lines around each match.
    #[serde(default, deserialize_with = "null_as_default")]
    pub context: usize,
    /// Case does not matter.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ignore_case: bool,
    /// Matching lines to show; 100 unless told.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One line of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrepLine {
    /// Number, from 1.
    pub line: u64,
    /// Its text, without the line end, cut if very long.
    pub text: String,
    /// Whether it matches, or stands beside a line that does.
    pub matches: bool,
}

/// The lines of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileMatch {
    /// Path in the workspace.
    pub path: String,
    /// In order.
    pub lines: Vec<GrepLine>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrepResult {
    /// Sorted by path.
    pub files: Vec<FileMatch>,
    /// Files searched.
    pub searched: usize,
    /// The limit was reached; there may be more.
    pub more: bool,
}

impl Report for GrepResult {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        if self.files.is_empty() {
            return Cow::Owned(format!("no line matches in {} files", self.searched));
        }
        // Writing to a string cannot fail.
        let mut text = String::new();
        for file in &self.files {
            let mut last = None;
            for line in &file.lines {
                if last.is_some_and(|last| line.line > last + 1) && file.lines.iter().any(|line| !line.matches) {
                    text.push_str("--\n");
                }
                last = Some(line.line);
                let mark = if line.matches { ':' } else { '-' };
                let _ = writeln!(text, "{}{mark}{}{mark}{}", file.path, line.line, line.text);
            }
        }
        if self.more {
            text.push_str("[more lines match: narrow the pattern, or raise limit]\n");
        }
        Cow::Owned(clip(&text, budget, "narrow the pattern, path or glob").text.into_owned())
    }
}

impl Tool for Grep {
    const NAME: &'static str = "Grep";
    const DESCRIPTION: &'static str = "Searches files of the workspace for a regular expression and shows the lines with \
         path and number. Ignored, binary and secret files are left out.";
    const SOURCE: &'static str = "files";
    type Args = GrepArgs;
    type Output = GrepResult;

    fn assess(&self, args: &GrepArgs) -> Assessment {
        let assessment = Assessment::observe(format!("search {} for {}", display(&args.path), args.pattern));
        match self.0.path(&args.path) {
            Err(error) => assessment.refuse(error.to_string()),
            Ok(_) => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, args: GrepArgs) -> Result<GrepResult, ToolError> {
        let (workspace, cancel) = (self.0.clone(), cx.cancel.clone());
        blocking(move || grep(&workspace, &args, &cancel)).await
    }
}

const fn display(path: &str) -> &str {
    if path.is_empty() { "the workspace" } else { path }
}

fn grep(workspace: &Workspace, args: &GrepArgs, cancel: &CancellationToken) -> Result<GrepResult, ToolError> {
    let regex = RegexMatcherBuilder::new()
        .case_insensitive(args.ignore_case)
        .line_terminator(Some(b'\n'))
        .size_limit(4 * 1024 * 1024)
        .build(&args.pattern)
        .map_err(|error| WorkspaceError::Pattern(error.to_string()))?;
    let only = args.glob.as_deref().map(matcher).transpose()?;
    let context = args.context.min(CONTEXT);
    let mut searcher = SearcherBuilder::new()
        .line_number(true)
        .before_context(context)
        .after_context(context)
        .binary_detection(BinaryDetection::quit(0))
        .build();
    let mut room = args.limit.unwrap_or(LINES).clamp(1, MOST_LINES);
    let mut result = GrepResult { files: Vec::new(), searched: 0, more: false };
    for path in walk(workspace, &args.path)? {
        if cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        if only.as_ref().is_some_and(|only| !only.is_match(path.as_path())) {
            continue;
        }
        if room == 0 {
            result.more = true;
            break;
        }
        // A file that cannot be opened now, or may not be, does not end the search.
        let Some(found) = search(workspace, &mut searcher, &regex, &path, room) else { continue };
        result.searched += 1;
        room -= found.matches;
        result.more |= found.more;
        if !found.lines.is_empty() {
            result.files.push(FileMatch { path: path.to_string(), lines: found.lines });
        }
    }
    Ok(result)
}

fn search(
    workspace: &Workspace,
    searcher: &mut Searcher,
    regex: &RegexMatcher,
    path: &RelativePath,
    room: usize,
) -> Option<Found> {
    let (file, size) = workspace.open_plain(path).ok()?;
    if size > LARGEST {
        return None;
    }
    let mut found = Found { lines: Vec::new(), matches: 0, room, more: false, binary: false };
    searcher.search_file(regex, &file, &mut found).ok()?;
    if found.binary {
        found.lines.clear();
        found.matches = 0;
    }
    Some(found)
}

struct Found {
    lines: Vec<GrepLine>,
    matches: usize,
    room: usize,
    more: bool,
    binary: bool,
}

impl Found {
    fn push(&mut self, number: Option<u64>, bytes: &[u8], matches: bool) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        let end = text.floor_char_boundary(WIDTH);
        let mark = if end < text.len() { " […]" } else { "" };
        let text = format!("{}{mark}", text.get(..end).unwrap_or_default());
        self.lines.push(GrepLine { line: number.unwrap_or_default(), text, matches });
    }
}

impl Sink for Found {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        if self.matches == self.room {
            self.more = true;
            return Ok(false);
        }
        self.matches += 1;
        self.push(found.line_number(), found.bytes(), true);
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, context: &SinkContext<'_>) -> Result<bool, io::Error> {
        self.push(context.line_number(), context.bytes(), false);
        Ok(true)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> Result<bool, io::Error> {
        self.binary = true;
        Ok(false)
    }
}
