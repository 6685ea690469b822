//! `migrate new`: zero-downtime migration files in the project's own convention.

use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chrono::Utc;
use dbwright_migrations::{Convention, NewFile, author, parse_intent};

use super::bench::Bench;
use crate::{
    cli::{Format, MigrateArgs, MigrateCommand},
    exit::Exit,
    surface::findings::json,
    tools::{convention, surroundings},
};

/// Where migrations go in a project that has none.
const FOLDER: &str = "migrations";

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &MigrateArgs) -> Result<(), Exit> {
    let MigrateCommand::New { intent, dry_run } = &args.command;
    let format = bench.format("migrate new", &[Format::Text, Format::Json])?;
    let usage = |error: &dyn std::fmt::Display| Exit::Usage(error.to_string());
    let intent = parse_intent(&intent.join(" ")).map_err(|error| usage(&error))?;
    let workspace = bench.workspace()?;
    let mut habits = match convention(&workspace).map_err(|error| usage(&error))? {
        Some(habits) => habits,
        None => {
            bench.console.say(format!("no migrations are here yet: numbered SQL files in {FOLDER}/"));
            Convention::plain(FOLDER)
        }
    };
    habits.now = Some(Utc::now().format("%Y%m%d%H%M%S").to_string());
    let known = surroundings(bench.database(), None).await;
    known.gaps.iter().for_each(|gap| bench.console.say(format!("note: {gap}")));
    let files = author(&intent, &habits, &known.context).map_err(|error| usage(&error))?;
    if !dry_run {
        write_all(workspace.root(), &files)?;
    }
    match format {
        Format::Json => bench.deliver(&json(&files)?),
        _ if *dry_run => {
            let texts: Vec<String> =
                files.iter().map(|file| format!("-- {}\n{}", file.path, file.contents.trim_end())).collect();
            bench.deliver(&texts.join("\n\n"))
        }
        _ => {
            let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
            bench.deliver(&paths.join("\n"))?;
            bench.console.say("check them with `dbwright lint`, then run them with your migration tool");
            Ok(())
        }
    }
}

/// All of the files, or none: each appears whole, and none replaces another.
fn write_all(root: &Path, files: &[NewFile]) -> Result<(), Exit> {
    let mut written: Vec<PathBuf> = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        if let Err(error) = write_new(&path, &file.contents) {
            for path in &written {
                // What cannot be removed is named by the error below only if it was this file.
                let _ = std::fs::remove_file(path);
            }
            return Err(Exit::Failed(match error.kind() {
                std::io::ErrorKind::AlreadyExists => format!("{} exists already; nothing was written", file.path),
                _ => format!("cannot write {}: {error}; nothing was written", path.display()),
            }));
        }
        written.push(path);
    }
    Ok(())
}

fn write_new(path: &Path, contents: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".dbwright-")
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    file.write_all(contents.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
