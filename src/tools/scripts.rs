//! What a repository holds for the linters: migrations by the convention of their tool, and Lua
//! scripts; which of it is judged, and in which surroundings.

use std::collections::BTreeSet;

use dbwright_finding::Finding;
use dbwright_keyspace::lint_script;
use dbwright_migrations::{Context, Convention, Script, lint_in_turn};
use dbwright_postgres::{Database, PgError, applied_migrations, migration_context};
use dbwright_workspace::SourceFile;

use super::applied::applied;

/// Migrations that are judged where nobody knows which ones have run.
const NEWEST: usize = 25;
/// Migrations of one convention, in the order in which they run.
#[derive(Debug, Default)]
pub struct Chain {
    /// The tool's habits, where a tool was recognised.
    pub convention: Option<Convention>,
    /// All scripts, those included that only run before the ones asked about.
    pub scripts: Vec<Script>,
    /// The paths asked about; all when `None`.
    pub(super) wanted: Option<BTreeSet<String>>,
    /// The paths that are not judged although they belong to what was asked about.
    pub(super) left_out: BTreeSet<String>,
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
