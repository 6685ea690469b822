//! The files of a workspace that somebody wants to read, one after the other.

use super::language::is_source;
use crate::{RelativePath, Workspace, WorkspaceError, tools::Walk, tools::walk};

/// Bounds of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanLimits {
    /// Files that are read.
    pub files: usize,
    /// Bytes of the largest file that is read; larger ones are generated.
    pub file_bytes: usize,
    /// Bytes that are read in all.
    pub total_bytes: usize,
}

impl Default for ScanLimits {
    /// 20,000 files of up to 512 KiB, 256 MiB in all.
    fn default() -> Self {
        Self { files: 20_000, file_bytes: 512 * 1024, total_bytes: 256 * 1024 * 1024 }
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path in the workspace.
    pub path: String,
    /// Its text, lines ending with `\n`.
    pub text: String,
}

/// An iterator over files, sorted by path.
pub struct SourceFiles {
    workspace: Workspace,
    walk: Walk,
    wanted: fn(&str) -> bool,
    limits: ScanLimits,
    files: usize,
    bytes: usize,
    unread: Vec<String>,
    cut: bool,
}

/// Files remembered by name that could not be read.
const MOST_UNREAD: usize = 100;

/// Folders whose code is somebody else's, or a machine's.
const NOT_OURS: &[&str] = &[
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "site-packages",
    "bower_components",
    "dist",
    "build",
    "target",
    "out",
    "venv",
    ".venv",
    "__pycache__",
    ".tox",
    ".next",
    ".nuxt",
    "coverage",
    "generated",
    "gen",
    "Pods",
    "deps",
];

/// The source files below `path` (empty for all), without vendored and generated ones.
///
/// # Errors
/// When `path` is not in the workspace.
pub fn source_files(workspace: &Workspace, path: &str, limits: ScanLimits) -> Result<SourceFiles, WorkspaceError> {
    files(workspace, path, limits, |path| is_source(path) && !is_generated(path))
}

/// The files below `path` (empty for all) whose path is `wanted`. What `.gitignore` names and what
/// is withheld is left out.
///
/// # Errors
/// When `path` is not in the workspace.
pub fn files(
    workspace: &Workspace,
    path: &str,
    limits: ScanLimits,
    wanted: fn(&str) -> bool,
) -> Result<SourceFiles, WorkspaceError> {
    let walk = walk(workspace, path)?;
    let workspace = workspace.clone();
    Ok(SourceFiles { workspace, walk, wanted, limits, files: 0, bytes: 0, unread: Vec::new(), cut: false })
}

impl SourceFiles {
    /// Whether a limit ended the walk before the last file. Ask after the last item.
    pub const fn was_cut(&self) -> bool {
        self.cut || self.walk.cut
    }

    /// Files that were wanted and not read: larger than the limit, no text, or not for us; the
    /// first hundred.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// Files handed out so far.
    pub const fn count_so_far(&self) -> usize {
        self.files
    }

    fn text_of(&self, path: &RelativePath) -> Option<String> {
        let (_, size) = self.workspace.open_plain(path).ok()?;
        if usize::try_from(size).unwrap_or(usize::MAX) > self.limits.file_bytes {
            return None;
        }
        Some(self.workspace.read_text(&path.to_string()).ok()?.text)
    }
}

impl Iterator for SourceFiles {
    type Item = SourceFile;

    fn next(&mut self) -> Option<SourceFile> {
        loop {
            let path = self.walk.next()?;
            let name = path.to_string();
            if !(self.wanted)(&name) {
                continue;
            }
            if self.files >= self.limits.files || self.bytes >= self.limits.total_bytes {
                self.cut = true;
                return None;
            }
            let Some(text) = self.text_of(&path) else {
                if self.unread.len() < MOST_UNREAD {
                    self.unread.push(name);
                }
                continue;
            };
            self.files += 1;
            self.bytes += text.len();
            return Some(SourceFile { path: name, text });
        }
    }
}

fn is_generated(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or_default();
    let generated = [".min.js", ".bundle.js", ".pb.go", "_pb2.py", ".d.ts", ".generated.ts"];
    generated.iter().any(|end| name.ends_with(end)) || parts.any(|folder| NOT_OURS.contains(&folder))
}
