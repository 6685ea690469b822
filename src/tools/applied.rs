//! Which files belong to the migrations that a tool recorded as applied. Pure.

use std::collections::BTreeSet;

use dbwright_migrations::Tool;

/// The paths, given in the order in which they run, of migrations that are among the recorded.
pub(super) fn applied<'a>(tool: Tool, paths: &[&'a str], recorded: &[String]) -> BTreeSet<&'a str> {
    let recorded: BTreeSet<String> = recorded.iter().map(|name| normal(tool, name)).collect();
    let is_recorded = |path: &str| names(tool, path).iter().any(|name| recorded.contains(name));
    if matches!(tool, Tool::GolangMigrate | Tool::Alembic) {
        // Only the last one is recorded: all before it ran as well.
        let ran = paths.iter().rposition(|path| is_recorded(path)).map_or(0, |last| last + 1);
        return paths.iter().take(ran).copied().collect();
    }
    paths.iter().copied().filter(|path| is_recorded(path)).collect()
}

/// What the tool may call the migration in this file.
fn names(tool: Tool, path: &str) -> Vec<String> {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let folder = parts.next().unwrap_or_default();
    let name = match tool {
        Tool::Sqlx | Tool::Goose | Tool::Dbmate | Tool::Rails | Tool::GolangMigrate => {
            file.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default()
        }
        Tool::Flyway => file.trim_start_matches('V').split("__").next().unwrap_or_default(),
        Tool::Diesel => folder.split('_').next().unwrap_or_default(),
        Tool::Prisma => folder,
        Tool::Knex => file,
        Tool::Alembic => {
            // A revision is any word; the file is called after it, then after what it does.
            let stem = file.strip_suffix(".py").unwrap_or(file);
            return stem
                .match_indices('_')
                .map(|(at, _)| stem.get(..at).unwrap_or_default().to_owned())
                .chain([stem.to_owned()])
                .collect();
        }
        Tool::Django => {
            // The label of an app is the last part of its path, unless the project says otherwise.
            let app = parts.next().unwrap_or_default();
            return vec![format!("{app}/{}", file.strip_suffix(".py").unwrap_or(file))];
        }
        Tool::Plain => return Vec::new(),
    };
    if name.is_empty() { Vec::new() } else { vec![normal(tool, name)] }
}

/// One spelling of what may be written in several.
fn normal(tool: Tool, name: &str) -> String {
    match tool {
        Tool::Sqlx | Tool::Goose | Tool::GolangMigrate => {
            let digits = name.trim_start_matches('0');
            if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
        }
        // Flyway takes both separators and ignores zeros in front of a part.
        Tool::Flyway => {
            let parts = name.split(['.', '_']).map(|part| part.trim_start_matches('0'));
            parts.collect::<Vec<_>>().join(".")
        }
        Tool::Diesel => name.replace('-', ""),
        Tool::Dbmate | Tool::Rails | Tool::Prisma | Tool::Knex | Tool::Alembic | Tool::Django | Tool::Plain => {
            name.to_owned()
        }
    }
}

#[cfg(test)]
#[path = "applied_tests.rs"]
mod tests;
