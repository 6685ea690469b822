//! SQL that was not written here reaches a server through the guard alone: no other file makes a
//! query of a text that is not a literal, but those that are named below with what they send.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{fs, path::Path};

/// Files that assert a text as safe, and what that text is.
const ALLOWED: &[(&str, &str)] = &[
    ("advise/hypothetical.rs", "candidates that the advisor rendered itself, on the copy"),
    ("advise/scratch/host.rs", "definitions of the copied tables, on the throwaway server"),
    ("advise/scratch/server.rs", "definitions of the copied tables, on the throwaway server"),
    ("applied.rs", "look-ups with quoted names"),
    ("change/writer.rs", "the rendered steps of a plan that was approved by its hash"),
    ("guard/execute.rs", "the guard"),
    ("guard/session.rs", "the guard: text that cannot be parsed is described, not run"),
    ("role/apply.rs", "the rendered grants of a plan that was approved by its hash"),
    ("snapshot/reader.rs", "constants of the checks"),
];

#[test]
fn foreign_text_has_one_way_in() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![source.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !path.to_string_lossy().ends_with("_tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                if text.contains("AssertSqlSafe(") {
                    found.push(path.strip_prefix(&source).unwrap().display().to_string());
                }
            }
        }
    }
    found.retain(|file| !ALLOWED.iter().any(|(allowed, _)| allowed == file));
    assert!(found.is_empty(), "send foreign text through `run_untrusted`, or say here what these send: {found:?}");
}

/// In the guard itself the simple protocol, which takes several statements, carries no foreign text.
#[test]
fn the_guard_sends_foreign_text_by_the_extended_protocol() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guard/execute.rs")).unwrap();
    let simple: Vec<&str> = text.match_indices("raw_sql(").filter_map(|(at, _)| text[at..].lines().next()).collect();
    assert!(!simple.is_empty());
    for line in simple {
        let constant =
            line.starts_with("raw_sql(\"") || line == "raw_sql(" || line.starts_with("raw_sql(AssertSqlSafe(more))");
        assert!(constant, "{line}");
    }
    // The one text that is put together counts rows, nothing else.
    assert!(
        text.contains("let more = format!(\"FETCH /* dbwright */ FORWARD {} FROM dbwright_cursor\", limits.rows);")
    );
    // `execute(text)` without a query around it would be the simple protocol too.
    assert!(!text.contains(".execute(text") && !text.contains(".fetch(text"));
}
