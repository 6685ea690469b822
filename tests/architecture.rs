//! The house rules that neither the compiler nor clippy knows.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Longest file; beyond it a file holds more than one idea.
const MAX_LINES: usize = 800;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn is_test(path: &Path) -> bool {
    let name = shown(path);
    name.ends_with("_tests.rs") || name.contains("/tests/") || name.starts_with("tests/") || name.contains("/testing/")
}

/// The code of a file without comments, roughly: whole-line comments are left out.
fn code(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn offenders(folder: &str, needle: &[&str], allowed: impl Fn(&str) -> bool) -> Vec<String> {
    files(folder, ".rs")
        .iter()
        .filter(|path| !is_test(path) && !allowed(&shown(path)))
        .filter(|path| {
            let code = code(path);
            needle.iter().any(|needle| code.contains(needle))
        })
        .map(|path| shown(path))
        .collect()
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let long: Vec<String> = ["src", "tools", "memory", "tests"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .filter(|path| !shown(path).contains("/target/"))
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > MAX_LINES).then(|| format!("{} has {lines} lines", shown(&path)))
        })
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// `surface → agent → {model, memory, contract}`; only `assemble` names everything.
#[test]
fn imports_point_downwards() {
    let rules: &[(&str, &[&str])] = &[
        (
            "src/model",
            &["crate::agent", "crate::surface", "crate::assemble", "crate::review", "crate::tools", "crate::config"],
        ),
        (
            "src/agent",
            &[
                "crate::surface",
                "crate::assemble",
                "crate::review",
                "crate::tools",
                "crate::config",
                "dbwright_postgres",
                "dbwright_redis",
            ],
        ),
        ("src/config", &["crate::surface", "crate::assemble", "crate::review"]),
        ("src/review", &["crate::surface"]),
        ("src/tools", &["crate::surface", "crate::assemble", "crate::review", "crate::model"]),
    ];
    for (folder, forbidden) in rules {
        let found = offenders(folder, forbidden, |_| false);
        assert!(found.is_empty(), "{folder} must not use {forbidden:?}: {found:#?}");
    }
}

#[test]
fn pure_engines_do_no_input_or_output_and_know_no_time() {
    let effects = [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "std::net::ToSocket",
        "std::env",
        "std::process",
        "std::time::Instant",
        "SystemTime",
        "Utc::now",
        "tokio::",
        "async fn",
    ];
    for engine in ["sql", "policy", "plan", "indexes", "rewrites", "migrations", "checks", "keyspace", "finding"] {
        let found = offenders(&format!("tools/{engine}/src"), &effects, |_| false);
        assert!(found.is_empty(), "{engine}: {found:#?}");
    }
}

#[test]
fn drivers_and_formats_stay_in_their_rooms() {
    let in_any = |rooms: &'static [&'static str]| move |path: &str| rooms.iter().any(|room| path.starts_with(room));
    let rooms: &[(&[&str], &'static [&'static str])] = &[
        // The code scan names the calls of many drivers in its patterns.
        (&["sqlx::"], &["tools/postgres", "memory/", "tools/workspace/src/code/queries.rs"]),
        (&["redis::aio", "redis::cmd", "redis::Client"], &["tools/redis"]),
        (&["async_openai::"], &["src/model"]),
        (&["pg_query::"], &["tools/sql"]),
        (&["serde_yaml::"], &["src/frontmatter.rs", "src/persona.rs", "src/skills.rs", "src/config", "src/model"]),
        (&["println!", "eprintln!"], &["src/surface"]),
        (&["AssertSqlSafe"], &["tools/postgres/src", "memory/src"]),
    ];
    for (needles, allowed) in rooms {
        for folder in ["src", "tools", "memory"] {
            let found = offenders(folder, needles, in_any(allowed));
            assert!(found.is_empty(), "{needles:?} belongs to {allowed:?}: {found:#?}");
        }
    }
}

#[test]
fn lib_and_mod_files_hold_no_logic() {
    let with_logic: Vec<String> = ["src", "tools", "memory"]
        .iter()
        .flat_map(|folder| files(folder, "/lib.rs"))
        .filter(|path| {
            code(path)
                .lines()
                .any(|line| line.starts_with("fn ") || line.starts_with("pub fn ") || line.starts_with("impl "))
        })
        .map(|path| shown(&path))
        .collect();
    assert!(with_logic.is_empty(), "{with_logic:#?}");
}

/// Bytes are counted at 3.6 a token, as everywhere else.
#[test]
fn prompt_files_stay_within_their_ceilings() {
    let ceilings = [("agent.md", 2_000), ("prompts/system/environment.md", 100), ("prompts/review.md", 300)];
    for (file, ceiling) in ceilings {
        let tokens = fs::read_to_string(root().join(file)).unwrap().len() * 10 / 36;
        assert!(tokens <= ceiling, "{file}: {tokens} tokens, ceiling {ceiling}");
    }
    for skill in files("prompts/skills", "SKILL.md") {
        let tokens = fs::read_to_string(&skill).unwrap().len() * 10 / 36;
        assert!(tokens <= 700, "{}: {tokens} tokens", shown(&skill));
    }
}

/// A dependency without a reason is one nobody can judge.
#[test]
fn every_dependency_states_its_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let silent: BTreeSet<&str> = section
        .lines()
        .filter(|line| {
            line.contains('=') && !line.starts_with("dbwright-") && !line.starts_with('#') && !line.contains(" # ")
        })
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
