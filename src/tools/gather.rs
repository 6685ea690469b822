//! Reads what a repository holds for the linters, through the workspace only and within bounds,
//! and says what it left out.

use std::{collections::BTreeSet, path::Path};

use dbwright_contract::ToolError;
use dbwright_migrations::{Convention, Script, Tool, detect, load};
use dbwright_workspace::{ScanLimits, SourceFile, Workspace, WorkspaceError, files};

use super::scripts::{Chain, Gathered};

/// Migrations are small and not many: more than this is something else.
const LIMITS: ScanLimits = ScanLimits { files: 5_000, file_bytes: 2 << 20, total_bytes: 64 << 20 };
/// Of each file, what tells the tool.
const HEAD: usize = 4 << 10;
/// Files of these names tell which tool a project uses.
const CONFIGURATION: &[&str] = &[
    "Cargo.toml",
    "diesel.toml",
    "alembic.ini",
    "schema.prisma",
    "go.mod",
    "knexfile.js",
    "knexfile.ts",
    "knexfile.cjs",
    "knexfile.mjs",
    "flyway.conf",
    "flyway.toml",
];
/// Folders in which migrations are programs.
const PROGRAM_FOLDERS: &[&str] = &["migrations", "migrate", "versions"];
/// Numbered SQL files are migrations only in a folder that says so: numbers stand on seeds and
/// benchmarks too.
const MIGRATION_FOLDERS: &[&str] = &["migrat", "versions", "upgrade", "updates", "changes", "deltas"];

/// Reads what there is to lint at `path`: one file with what runs before it, or everything in a
/// folder. Without a path, the migrations of the whole workspace, wherever they are recognised.
///
/// # Errors
/// When the path is missing, leads out of the workspace, or a named file cannot be read.
pub fn gather(workspace: &Workspace, path: Option<&str>) -> Result<Gathered, WorkspaceError> {
    match path {
        None => folder(workspace, "", false),
        Some(path) => {
            let relative = workspace.path(path)?;
            if workspace.root().join(relative.as_path()).is_dir() {
                folder(workspace, &relative.to_string(), true)
            } else {
                file(workspace, &relative.to_string())
            }
        }
    }
}

/// The convention of a workspace's migrations: the one with the most of them.
///
/// # Errors
/// When the workspace cannot be read.
pub fn convention(workspace: &Workspace) -> Result<Option<Convention>, WorkspaceError> {
    let gathered = folder(workspace, "", false)?;
    Ok(gathered.chains.into_iter().next().and_then(|chain| chain.convention))
}

fn folder(workspace: &Workspace, path: &str, named: bool) -> Result<Gathered, WorkspaceError> {
    let mut gathered = Gathered::default();
    let (mut rest, mut configuration) = (Vec::new(), configuration_above(workspace, path));
    let mut walk = files(workspace, path, LIMITS, is_candidate)?;
    for file in walk.by_ref() {
        match extension(&file.path) {
            "lua" => gathered.lua.push(file),
            _ if is_configuration(&file.path) => configuration.push(file),
            _ => rest.push(file),
        }
    }
    if walk.was_cut() {
        gathered
            .gaps
            .push(format!("{} files were read, then the limit was reached: name a folder", walk.count_so_far()));
    }
    let unread = walk.unread();
    if let Some(first) = unread.first() {
        gathered.gaps.push(format!("{} files could not be read as text, {first} among them", unread.len()));
    }
    while let Some(convention) = detect(&heads(&rest, &configuration)) {
        let (members, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|file| is_below(&file.path, &convention.directory));
        rest = others;
        if members.is_empty() {
            break;
        }
        let says_so = MIGRATION_FOLDERS.iter().any(|word| convention.directory.to_lowercase().contains(word));
        if !named && convention.tool == Tool::Plain && !says_so {
            continue;
        }
        gathered.add(&members, Some(convention));
    }
    rest.retain(|file| extension(&file.path) == "sql");
    if named && gathered.chains.is_empty() {
        gathered.add(&rest, None);
    } else if named && let Some(first) = rest.first() {
        let conventions = gathered.conventions().join(", ");
        gathered.gaps.push(format!(
            "{} SQL files are no migrations of {conventions} and were not read, {} among them: name them to have them judged",
            rest.len(),
            first.path
        ));
    }
    Ok(gathered)
}

fn file(workspace: &Workspace, path: &str) -> Result<Gathered, WorkspaceError> {
    let text = workspace.read_text(path)?.text;
    let named = SourceFile { path: path.to_owned(), text };
    let mut gathered = Gathered::default();
    if extension(path) == "lua" {
        gathered.lua.push(named);
        return Ok(gathered);
    }
    let mut siblings: Vec<SourceFile> =
        files(workspace, home(path), LIMITS, is_candidate)?.filter(|file| file.path != path).collect();
    siblings.push(named);
    siblings.sort_by(|left, right| left.path.cmp(&right.path));
    let found = detect(&heads(&siblings, &configuration_above(workspace, home(path))));
    if let Some(convention) = found.filter(|convention| is_below(path, &convention.directory)) {
        siblings.retain(|file| is_below(&file.path, &convention.directory));
        gathered.add(&siblings, Some(convention));
    }
    let is_there = gathered.chains.iter().flat_map(|chain| &chain.scripts).any(|script| script.path == path);
    if !is_there && extension(path) == "sql" {
        // The way back, or no migration at all: judged as it stands.
        siblings.retain(|file| file.path == path);
        gathered = Gathered::default();
        let scripts = siblings.into_iter().map(|file| Script::new(file.path, file.text)).collect();
        gathered.chains.push(Chain { scripts, ..Chain::default() });
    } else if !is_there && gathered.gaps.iter().all(|gap| !gap.starts_with(path)) {
        gathered.gaps.push(format!("{path} holds no SQL and is no migration of a known tool"));
    }
    gathered.gaps.retain(|gap| is_there || gap.starts_with(path));
    for chain in &mut gathered.chains {
        chain.wanted = Some(BTreeSet::from([path.to_owned()]));
    }
    Ok(gathered)
}

impl Gathered {
    fn add(&mut self, members: &[SourceFile], convention: Option<Convention>) {
        let texts: Vec<(&str, &str)> = members.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        let loaded = load(&texts, convention.as_ref());
        self.gaps.extend(loaded.gaps);
        if !loaded.scripts.is_empty() {
            self.chains.push(Chain { convention, scripts: loaded.scripts, ..Chain::default() });
        }
    }
}

/// The folder in which a migration's siblings stand: some tools give each a folder of its own.
fn home(path: &str) -> &str {
    let parent = |path| Path::new(path).parent().and_then(Path::to_str).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    if matches!(name, "migration.sql" | "up.sql" | "down.sql") { parent(parent(path)) } else { parent(path) }
}

/// Configuration in the folders above: it tells the tool of the migrations below.
fn configuration_above(workspace: &Workspace, path: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    for folder in Path::new(path).ancestors().skip(1) {
        for name in CONFIGURATION {
            let path = folder.join(name).display().to_string();
            if let Ok(file) = workspace.read_text(&path) {
                found.push(SourceFile { path, text: file.text });
            }
        }
    }
    found
}

fn heads<'a>(files: &'a [SourceFile], configuration: &'a [SourceFile]) -> Vec<(&'a str, &'a str)> {
    let head = |file: &'a SourceFile| {
        let end = file.text.floor_char_boundary(HEAD);
        (file.path.as_str(), file.text.get(..end).unwrap_or_default())
    };
    configuration.iter().chain(files).map(head).collect()
}

fn is_candidate(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match extension(path) {
        "sql" | "lua" => true,
        "py" | "rb" | "js" | "ts" | "cjs" | "mjs" | "cts" | "mts" => {
            is_configuration(path) || path.split('/').any(|folder| PROGRAM_FOLDERS.contains(&folder))
        }
        _ => name == "metadata.toml" || is_configuration(path),
    }
}

fn is_configuration(path: &str) -> bool {
    CONFIGURATION.contains(&path.rsplit('/').next().unwrap_or(path))
}

fn is_below(path: &str, directory: &str) -> bool {
    match path.strip_prefix(directory) {
        Some(rest) if !directory.is_empty() => rest.starts_with('/'),
        Some(rest) => !rest.contains('/'),
        None => false,
    }
}

fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Runs file work where it may block.
///
/// # Errors
/// What the work failed with.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkspaceError> + Send + 'static,
) -> Result<T, ToolError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| ToolError::Failed(format!("file work was interrupted: {error}")))??)
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
