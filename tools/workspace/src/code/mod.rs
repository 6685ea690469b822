//! Reading a repository's source: the walker, and the scan for queries in loops.
//!
//! The scan has no parser for any language. It masks comments and strings, finds the bodies of
//! loops by braces or indentation, and reports a call of a database driver inside one only if it
//! depends on the loop's variable. What it reports is meant to be right; what it misses, the
//! statistics of the database show.

mod language;
mod loops;
mod mask;
mod queries;
mod scan;
mod walker;

pub use scan::{CodeScan, RULES, scan_code, scan_source};
pub use walker::{ScanLimits, SourceFile, SourceFiles, files, source_files};
