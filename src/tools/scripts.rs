//! What a repository holds for the linters: migrations by the convention of their tool, Lua
//! scripts. Reads through the workspace only, within bounds, and says what it left out.

use std::{collections::BTreeSet, path::Path};

use dbwright_contract::ToolError;
use dbwright_finding::Finding;
use dbwright_keyspace::lint_script;
use dbwright_migrations::{Context, Convention, Script, Tool, detect, lint_in_turn, load};
use dbwright_postgres::{Database, PgError, applied_migrations, migration_context};
use dbwright_workspace::{ScanLimits, SourceFile, Workspace, WorkspaceError, files};

use super::applied::applied;

/// Migrations are small and not many: more than this is something else.
const LIMITS: ScanLimits = ScanLimits { files: 5_000, file_bytes: 2 << 20, total_bytes: 64 << 20 };
/// Migrations that are judged where nobody knows which ones have run.
const NEWEST: usize = 25;
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

/// Migrations of one convention, in the order in which they run.
#[derive(Debug, Default)]
pub struct Chain {
    /// The tool's habits, where a tool was recognised.
    pub convention: Option<Convention>,
    /// All scripts, those included that only run before the ones asked about.
    pub scripts: Vec<Script>,
    /// The paths asked about; all when `None`.
    wanted: Option<BTreeSet<String>>,
    /// The paths that are not judged although they belong to what was asked about.
    left_out: BTreeSet<String>,
}

/// Everything to lint.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Migrations.
    pub chains: Vec<Chain>,
    /// Lua scripts for Redis.
    pub lua: Vec<SourceFile>,
    /// What was not read, and why.
    pub gaps: Vec<String>,
}

/// What the linter knows of the database.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// For the linter.
    pub context: Context,
    /// The database that it was read from.
    pub sharpened_by: Option<String>,
    /// What could not be read, and why.
    pub gaps: Vec<String>,
}

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

/// Reads the catalog where there is a database. One that cannot be reached is a gap: the text
/// alone can be judged too. A version that was asked for wins over the server's.
pub async fn surroundings(database: Option<&Database>, pg_version: Option<u32>) -> Surroundings {
    let mut found = Surroundings::default();
    if let Some(database) = database {
        match migration_context(database).await {
            Ok((context, gaps)) => {
                found = Surroundings { context, sharpened_by: Some(database.name().to_owned()), gaps };
            }
            Err(error) => found.gaps.push(format!("judged without the catalog of {}: {error}", database.name())),
        }
    }
    if pg_version.is_some() {
        found.context.server_major = pg_version;
    }
    found
}

impl Chain {
    /// Shows the scripts under other paths.
    pub fn rename(&mut self, renamed: impl Fn(&str) -> String) {
        for script in &mut self.scripts {
            script.path = renamed(&script.path);
        }
        if let Some(convention) = &mut self.convention {
            convention.directory = renamed(&convention.directory);
        }
        self.wanted = self.wanted.take().map(|wanted| wanted.iter().map(|path| renamed(path)).collect());
        self.left_out = self.left_out.iter().map(|path| renamed(path)).collect();
    }

    /// What was named one by one is judged; of a folder, what is not left out.
    fn is_wanted(&self, path: &str) -> bool {
        match &self.wanted {
            Some(wanted) => wanted.contains(path),
            None => !self.left_out.contains(path),
        }
    }

    /// Leaves out what a database has seen.
    async fn leave_out_applied(&mut self, database: &Database) -> Result<Option<String>, PgError> {
        let Some(convention) = self.convention.as_ref().filter(|_| self.wanted.is_none()) else { return Ok(None) };
        let Some(recorded) = applied_migrations(database, convention.tool).await? else { return Ok(None) };
        let paths: Vec<&str> = self.scripts.iter().map(|script| script.path.as_str()).collect();
        self.left_out = applied(convention.tool, &paths, &recorded).into_iter().map(str::to_owned).collect();
        let (count, of) = (self.left_out.len(), self.scripts.len());
        let name = database.name();
        Ok((count > 0)
            .then(|| format!("{count} of {of} migrations were applied to {name} already: they are only read")))
    }
}

impl Gathered {
    /// Whether nothing was found that could be judged.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty() && self.lua.is_empty()
    }

    /// Leaves out the migrations that the database has seen, where its migration tool records
    /// them: what they did is done.
    pub async fn leave_out_applied(&mut self, database: &Database) {
        for chain in &mut self.chains {
            match chain.leave_out_applied(database).await {
                Ok(note) => self.gaps.extend(note),
                Err(error) => self.gaps.push(format!("which migrations were applied already is not known: {error}")),
            }
        }
    }

    /// Leaves out all but the newest migrations where nobody says which ones are still to run.
    pub fn leave_out_old(&mut self) {
        for chain in self.chains.iter_mut().filter(|chain| chain.wanted.is_none() && chain.left_out.is_empty()) {
            let old = chain.scripts.len().saturating_sub(NEWEST);
            chain.left_out = chain.scripts.iter().take(old).map(|script| script.path.clone()).collect();
            if old > 0 {
                self.gaps.push(format!("the {old} oldest migrations are only read, since they have probably run: name them to have them judged"));
            }
        }
    }

    /// The paths that are judged, in order.
    pub fn paths(&self) -> Vec<String> {
        let migrations = self.chains.iter().flat_map(|chain| {
            chain.scripts.iter().filter(|script| chain.is_wanted(&script.path)).map(|script| script.path.clone())
        });
        migrations.chain(self.lua.iter().map(|file| file.path.clone())).collect()
    }

    /// The conventions in words: `dbmate in db/migrations`.
    pub fn conventions(&self) -> Vec<String> {
        let named = self.chains.iter().filter_map(|chain| chain.convention.as_ref());
        named
            .map(|convention| match convention.directory.as_str() {
                "" => convention.tool.name().to_owned(),
                directory => format!("{} in {directory}", convention.tool.name()),
            })
            .collect()
    }

    /// Judges everything: by file and line.
    pub fn lint(&self, context: &Context) -> Vec<Finding> {
        let mut findings = Vec::new();
        for chain in &self.chains {
            let context = Context { convention: chain.convention.clone(), ..context.clone() };
            let found = lint_in_turn(&chain.scripts, &context);
            findings.extend(
                found
                    .into_iter()
                    .filter(|finding| finding.location.as_ref().is_none_or(|location| chain.is_wanted(&location.file))),
            );
        }
        findings.extend(self.lua.iter().flat_map(|file| lint_script(&file.path, &file.text)));
        findings
    }

    /// Takes in what another path gave. Two files of one folder are one chain.
    pub fn extend(&mut self, other: Self) {
        for chain in other.chains {
            let paths = |chain: &Chain| chain.scripts.iter().map(|script| script.path.clone()).collect::<Vec<_>>();
            match self.chains.iter_mut().find(|known| paths(known) == paths(&chain)) {
                Some(known) => {
                    known.wanted = match (known.wanted.take(), chain.wanted) {
                        (Some(left), Some(right)) => Some(left.into_iter().chain(right).collect()),
                        _ => None,
                    };
                }
                None => self.chains.push(chain),
            }
        }
        for file in other.lua {
            if !self.lua.contains(&file) {
                self.lua.push(file);
            }
        }
        self.gaps.extend(other.gaps);
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
#[path = "scripts_tests.rs"]
mod tests;
