//! Files to scripts.

use std::collections::BTreeSet;

use crate::convention::{extract, sections};
use crate::{Convention, Script, Tool, TransactionMode};

/// What could be read of a set of migration files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Forward scripts, in the order in which the tool runs them.
    pub scripts: Vec<Script>,
    /// What was left out, and why.
    pub gaps: Vec<String>,
}

/// Turns files (`path`, text) into forward scripts: down files are left out, down sections
/// blanked, SQL taken out of programs. Without a convention every `.sql` file counts, statement
/// by statement.
pub fn load(files: &[(&str, &str)], convention: Option<&Convention>) -> Loaded {
    let tool = convention.map_or(Tool::Plain, |convention| convention.tool);
    let mut loaded = Loaded::default();
    let mut ordered: Vec<&(&str, &str)> = files.iter().filter(|(path, _)| is_forward(tool, path)).collect();
    ordered.sort_by_key(|(path, _)| order(path));
    if tool == Tool::Alembic {
        ordered = by_parent(ordered);
    }
    for (path, text) in ordered {
        if path.ends_with(".sql") {
            let (sql, mode) = sections::up(tool, text);
            let mode = if outside(tool, path, files) { TransactionMode::OneQuery } else { mode };
            loaded.scripts.push(Script { path: (*path).to_owned(), sql, transactional: mode });
        } else {
            program(path, text, &mut loaded);
        }
    }
    loaded
}

fn program(path: &str, text: &str, loaded: &mut Loaded) {
    let found = extract::extract(text);
    if found.skipped > 0 {
        loaded.gaps.push(format!("{path}: {} SQL texts are put together at run time and were not read", found.skipped));
    }
    if found.builder_calls > 0 {
        loaded.gaps.push(format!("{path}: {} schema calls of the migration tool were not read", found.builder_calls));
    }
    if found.taken > 0 {
        let transactional = if found.transactional { TransactionMode::File } else { TransactionMode::Statement };
        loaded.scripts.push(Script { path: path.to_owned(), sql: found.sql, transactional });
    }
}

fn is_forward(tool: Tool, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let undo = name.ends_with(".down.sql") || name == "down.sql" || name.ends_with(".rollback.sql");
    let flyway_undo = tool == Tool::Flyway && name.starts_with('U');
    let program = [".py", ".rb", ".js", ".ts"].iter().any(|end| name.ends_with(end)) && !name.starts_with("__");
    let programs = matches!(tool, Tool::Alembic | Tool::Django | Tool::Rails | Tool::Knex);
    !undo && !flyway_undo && (name.ends_with(".sql") || (programs && program))
}

/// Diesel keeps the mark in a file beside the script.
fn outside(tool: Tool, path: &str, files: &[(&str, &str)]) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else { return false };
    tool == Tool::Diesel
        && files.iter().any(|(other, text)| {
            other.strip_suffix("/metadata.toml") == Some(folder) && text.contains("run_in_transaction = false")
        })
}

/// Alembic's files are a list linked by `down_revision`; their names say nothing of the order.
/// Files whose parent is not among them come first, a file that nothing leads to comes last.
fn by_parent<'a>(files: Vec<&'a (&'a str, &'a str)>) -> Vec<&'a (&'a str, &'a str)> {
    let links: Vec<Revision<'_>> = files.iter().map(|(_, text)| revision(text)).collect();
    let known: BTreeSet<&str> = links.iter().filter_map(|link| link.name).collect();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<_> = files.into_iter().zip(links).collect();
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready =
            |link: &Revision<'_>| link.parents.iter().all(|parent| placed.contains(parent) || !known.contains(parent));
        let at = left.iter().position(|(_, link)| ready(link)).unwrap_or(0);
        let (file, link) = left.remove(at);
        placed.extend(link.name);
        ordered.push(file);
    }
    ordered
}

/// A file's own revision and those that it follows.
struct Revision<'a> {
    name: Option<&'a str>,
    parents: Vec<&'a str>,
}

fn revision(text: &str) -> Revision<'_> {
    let mut found = Revision { name: None, parents: Vec::new() };
    for line in text.lines() {
        let Some((left, right)) = line.split_once('=') else { continue };
        // `revision: str = "…"` is how newer templates write it.
        let key = left.split(':').next().unwrap_or_default().trim_end();
        let quoted = || right.split(['"', '\'']).skip(1).step_by(2);
        match key {
            "revision" => found.name = quoted().next(),
            "down_revision" => found.parents = quoted().collect(),
            _ => {}
        }
    }
    found
}

/// Versions compare as numbers, so that `V10` follows `V9`.
fn order(path: &str) -> (String, Vec<u128>, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name =
        if matches!(name, "migration.sql" | "up.sql") { folder.rsplit('/').next().unwrap_or(name) } else { name };
    let top = if name == path.rsplit('/').next().unwrap_or(path) {
        folder
    } else {
        folder.rsplit_once('/').map_or("", |(top, _)| top)
    };
    let digits = name.trim_start_matches('V');
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(digits.len());
    let numbers =
        digits.get(..end).unwrap_or_default().split(['.', '_']).filter_map(|part| part.parse().ok()).collect();
    (top.to_owned(), numbers, name.to_owned())
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
