//! The repository under review: files inside one folder, and a sandboxed shell.
//!
//! A [`Workspace`] opens nothing outside its root, whatever a path or a link says, and keeps
//! secrets closed. On top of it stand the tools `Read`, `Edit`, `Write`, `Grep`, `Glob` and, where
//! the machine can confine it, `Bash`; and the walker and the scan for queries in loops that
//! reviews use.
//!
//! ```
//! use dbwright_workspace::Workspace;
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("a.txt"), "hello\n")?;
//! let workspace = Workspace::new(folder.path())?;
//! assert_eq!(workspace.read_text("a.txt")?.text, "hello\n");
//! assert!(workspace.read_text("../a.txt").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod code;
mod error;
mod root;
mod sandbox;
mod text;
mod tools;

pub use code::{CodeScan, RULES, ScanLimits, SourceFile, SourceFiles, files, scan_code, scan_source, source_files};
pub use error::WorkspaceError;
pub use root::{RelativePath, Workspace};
pub use sandbox::{Bash, BashArgs, BashResult, SandboxOptions, become_launcher};
pub use text::{Change, Encoding, LineEnding, TextFile};
pub use tools::{
    Edit, EditArgs, Edited, FileMatch, Glob, GlobArgs, GlobResult, Grep, GrepArgs, GrepLine, GrepResult, Read,
    ReadArgs, ReadResult, Write, WriteArgs,
};
