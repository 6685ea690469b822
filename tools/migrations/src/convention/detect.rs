//! Which tool a project uses, by its file names and the first lines of its files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::convention::naming::{version_of, versioning};
use crate::{Convention, Tool};

static PRISMA: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)migrations/(\d{14})_[^/]+/migration\.sql$"));
static DIESEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)migrations/([\d-]+)_[^/]+/up\.sql$"));
static FLYWAY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)V(\d+(?:[._]\d+)*)__[^/]+\.sql$"));
static PAIR: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)(\d+)_[^/]+\.up\.sql$"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)(\d+)[_-][^/]+\.sql$"));
static RAILS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)db/migrate/(\d{14})_\w+\.rb$"));
static PYTHON: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)(\d{4})_\w+\.py$"));
static KNEX: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|/)(\d{14})_[^/]+\.[cm]?[jt]s$"));
static REVISION: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?m)^(down_)?revision\b[^=]*=\s*['"]([^'"]+)['"]"#));
static RAILS_VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"Migration\[(\d+\.\d+)\]"));

#[expect(clippy::unwrap_used, reason = "the patterns above are constants, and the tests compile them all")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// Votes for a tool: which files look like its migrations, and what else points to it.
#[derive(Default)]
struct Votes<'a> {
    /// Folder and version of each migration.
    files: Vec<(&'a str, &'a str)>,
    score: u32,
    evidence: Vec<String>,
}

/// Recognises the convention of the files; `head` is the first few kilobytes of each. Pass
/// configuration files (`Cargo.toml`, `alembic.ini`, `knexfile.js`, …) along with migrations.
/// `None` where nothing looks like a migration.
pub fn detect(paths: &[(&str, &str)]) -> Option<Convention> {
    let mut votes: BTreeMap<u8, (Tool, Votes<'_>)> = BTreeMap::new();
    for (path, head) in paths {
        for (tool, version, score, evidence) in signals(path, head) {
            let (_, tally) = votes.entry(tool as u8).or_insert_with(|| (tool, Votes::default()));
            tally.score += score;
            if let Some(version) = version {
                tally.files.push((folder(path, tool), version));
            }
            if tally.evidence.len() < 3 {
                tally.evidence.push(evidence);
            }
        }
    }
    let with_files = votes.into_values().filter(|(_, tally)| !tally.files.is_empty());
    let (tool, tally) = with_files.max_by_key(|(_, tally)| tally.score)?;
    Some(describe(tool, tally, paths))
}

type Signal<'a> = (Tool, Option<&'a str>, u32, String);

/// What one file points to: a migration file scores 10, a line that only one tool has 40, a
/// configuration file 25.
fn signals<'a>(path: &'a str, head: &str) -> Vec<Signal<'a>> {
    let mut found = Vec::new();
    let mut vote = |tool, version, score, why: &str| found.push((tool, version, score, format!("{path}: {why}")));
    let version =
        |pattern: &Regex| pattern.captures(path).and_then(|found| found.get(2)).map(|version| version.as_str());
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        "Cargo.toml" if head.contains("sqlx") => vote(Tool::Sqlx, None, 25, "depends on sqlx"),
        "diesel.toml" => vote(Tool::Diesel, None, 25, "configuration"),
        "alembic.ini" => vote(Tool::Alembic, None, 25, "configuration"),
        "schema.prisma" => vote(Tool::Prisma, None, 25, "configuration"),
        "go.mod" if head.contains("golang-migrate/migrate") => vote(Tool::GolangMigrate, None, 25, "dependency"),
        _ if name.starts_with("knexfile.") => vote(Tool::Knex, None, 25, "configuration"),
        _ if name.starts_with("flyway.") => vote(Tool::Flyway, None, 25, "configuration"),
        _ => {}
    }
    if let Some(number) = version(&PRISMA) {
        vote(Tool::Prisma, Some(number), 40, "migration folder");
    } else if let Some(number) = version(&DIESEL) {
        vote(Tool::Diesel, Some(number), 40, "migration folder");
    } else if let Some(number) = version(&FLYWAY) {
        vote(Tool::Flyway, Some(number), 40, "V__ file");
    } else if let Some(number) = version(&PAIR) {
        vote(Tool::Sqlx, Some(number), 10, ".up.sql file");
        vote(Tool::GolangMigrate, Some(number), 11, ".up.sql file");
    } else if let Some(number) = version(&NUMBERED).filter(|_| !name.ends_with(".down.sql")) {
        let score = if head.contains("-- +goose Up") { 40 } else { 0 };
        vote(Tool::Goose, (score > 0).then_some(number), score, "-- +goose Up");
        let score = if head.contains("-- migrate:up") { 40 } else { 0 };
        vote(Tool::Dbmate, (score > 0).then_some(number), score, "-- migrate:up");
        vote(Tool::Sqlx, Some(number), 10, "numbered SQL file");
        vote(Tool::Plain, Some(number), 12, "numbered SQL file");
    } else if let Some(number) = version(&RAILS) {
        vote(Tool::Rails, Some(number), 40, "db/migrate");
    } else if head.contains("down_revision") && name.ends_with(".py") {
        vote(Tool::Alembic, Some(name), 40, "down_revision");
    } else if let Some(number) = version(&PYTHON).filter(|_| head.contains("migrations.Migration")) {
        vote(Tool::Django, Some(number), 40, "migrations.Migration");
    } else if let Some(number) = version(&KNEX).filter(|_| head.contains("exports.up") || head.contains("knex")) {
        vote(Tool::Knex, Some(number), 40, "exports.up");
    }
    found.retain(|(_, _, score, _)| *score > 0);
    found
}

/// The folder that new files go to.
fn folder(path: &str, tool: Tool) -> &str {
    let file = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match tool {
        Tool::Prisma | Tool::Diesel => file.rsplit_once('/').map_or("", |(folder, _)| folder),
        _ => file,
    }
}

fn describe(tool: Tool, tally: Votes<'_>, paths: &[(&str, &str)]) -> Convention {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (folder, _) in &tally.files {
        *folders.entry(folder).or_default() += 1;
    }
    let directory = folders.into_iter().max_by_key(|(_, count)| *count).map_or("", |(folder, _)| folder);
    let versions: Vec<&str> =
        tally.files.iter().filter(|(folder, _)| *folder == directory).map(|file| file.1).collect();
    let numeric = |version: &&str| version_of(version).and_then(|digits| digits.parse::<u128>().ok());
    let last = versions.iter().copied().max_by(|left, right| compare(left, right));
    let here: Vec<(&str, &str)> = paths.iter().copied().filter(|(path, _)| path.starts_with(directory)).collect();
    let reversible = match tool {
        Tool::Sqlx | Tool::Plain | Tool::GolangMigrate => here.iter().any(|(path, _)| path.ends_with(".down.sql")),
        Tool::Flyway => here.iter().any(|(path, _)| path.rsplit('/').next().is_some_and(|name| name.starts_with('U'))),
        Tool::Prisma => false,
        Tool::Goose | Tool::Dbmate | Tool::Diesel | Tool::Knex | Tool::Alembic | Tool::Django | Tool::Rails => true,
    };
    Convention {
        tool,
        directory: directory.to_owned(),
        versioning: versioning(&versions),
        last_version: last.filter(|last| tool != Tool::Alembic && numeric(last).is_some()).map(str::to_owned),
        reversible,
        parent: parent(tool, &here, last),
        now: None,
        evidence: tally.evidence,
    }
}

/// Orders dotted versions by their parts.
fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    let parts =
        |version: &str| -> Vec<u128> { version.split(['.', '_', '-']).filter_map(|part| part.parse().ok()).collect() };
    parts(left).cmp(&parts(right))
}

fn parent(tool: Tool, here: &[(&str, &str)], last: Option<&str>) -> Option<String> {
    match tool {
        Tool::Alembic => {
            let mut revisions = Vec::new();
            let mut parents = Vec::new();
            for (_, head) in here {
                for found in REVISION.captures_iter(head) {
                    let list = if found.get(1).is_some() { &mut parents } else { &mut revisions };
                    list.extend(found.get(2).map(|name| name.as_str()));
                }
            }
            revisions.into_iter().find(|revision| !parents.contains(revision)).map(str::to_owned)
        }
        Tool::Django => {
            let names = here.iter().filter_map(|(path, _)| path.rsplit('/').next()?.strip_suffix(".py"));
            names.into_iter().find(|name| last.is_some_and(|last| name.starts_with(last))).map(str::to_owned)
        }
        Tool::Rails => {
            let versions = here.iter().filter_map(|(_, head)| RAILS_VERSION.captures(head)?.get(1));
            versions.map(|version| version.as_str().to_owned()).max()
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
