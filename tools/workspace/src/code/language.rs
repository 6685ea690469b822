//! Languages, by file name.

use std::path::Path;

/// A language that the scan knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    Python,
    /// JavaScript and TypeScript.
    Script,
    Ruby,
    Go,
    /// Java and Kotlin.
    Java,
    Php,
    Rust,
}

/// Languages that the walker hands out although the scan has no rules for them.
const OTHER_SOURCES: &[&str] =
    &["lua", "cs", "scala", "ex", "exs", "pl", "sh", "c", "cc", "cpp", "swift", "clj", "erl"];

impl Language {
    pub(super) fn of(path: &str) -> Option<Self> {
        Some(match extension(path)?.as_str() {
            "py" => Self::Python,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Self::Script,
            "rb" | "rake" => Self::Ruby,
            "go" => Self::Go,
            "java" | "kt" => Self::Java,
            "php" => Self::Php,
            "rs" => Self::Rust,
            _ => return None,
        })
    }
}

fn extension(path: &str) -> Option<String> {
    Path::new(path).extension().map(|extension| extension.to_string_lossy().to_lowercase())
}

pub(super) fn is_source(path: &str) -> bool {
    Language::of(path).is_some() || extension(path).is_some_and(|extension| OTHER_SOURCES.contains(&extension.as_str()))
}
