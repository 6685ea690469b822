//! `lint_migration`: hazards of migrations and of Redis scripts, and their safe forms.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use dbwright_finding::Finding;
use dbwright_migrations::{Script, lint};
use dbwright_postgres::{Databases, until_cancelled};
use dbwright_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    findings_text,
    gather::{blocking, gather},
    scripts::{Gathered, Surroundings, surroundings},
};

/// Name of statements that are no file.
const PASTED: &str = "sql";
/// Paths listed in the text face.
const PATHS: usize = 8;

/// The tool.
#[derive(Debug, Clone)]
pub struct LintMigration {
    workspace: Workspace,
    databases: Databases,
}

impl LintMigration {
    /// A tool over the workspace's files; the catalogs of the databases sharpen it.
    pub const fn new(workspace: Workspace, databases: Databases) -> Self {
        Self { workspace, databases }
    }
}

/// Arguments of `lint_migration`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintMigrationArgs {
    /// A file or folder in the workspace; all migrations when left out.
    #[serde(default, deserialize_with = "null_as_default")]
    pub path: Option<String>,
    /// Statements to judge instead of files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sql: Option<String>,
    /// Major version; the database's when left out.
    #[serde(default)]
    pub pg_version: Option<u32>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}

/// What is hazardous, and what could not be judged.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LintReport {
    /// Most severe first.
    pub findings: Vec<Finding>,
    /// What was not read or not known, and why.
    pub gaps: Vec<String>,
    /// What was judged, in the order in which it runs.
    pub scripts: Vec<String>,
    /// The migration tools that were recognised, with their folders.
    pub convention: Option<String>,
    /// The database whose catalog was used.
    pub sharpened_by: Option<String>,
}

impl LintReport {
    /// Judges what was gathered.
    pub fn of(gathered: &Gathered, surroundings: Surroundings) -> Self {
        let conventions = gathered.conventions();
        Self {
            findings: gathered.lint(&surroundings.context),
            gaps: gathered.gaps.iter().cloned().chain(surroundings.gaps).collect(),
            scripts: gathered.paths(),
            convention: (!conventions.is_empty()).then(|| conventions.join(", ")),
            sharpened_by: surroundings.sharpened_by,
        }
    }
}

impl Report for LintReport {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let (count, files) = (self.findings.len(), self.scripts.len());
        let mut text = format!("{count} findings in {files} scripts");
        let listed: Vec<&str> = self.scripts.iter().take(PATHS).map(String::as_str).collect();
        if !listed.is_empty() {
            text.push_str(&format!(" ({}{})", listed.join(", "), if files > PATHS { ", …" } else { "" }));
        }
        if let Some(convention) = &self.convention {
            text.push_str(&format!("; {convention}"));
        }
        if let Some(database) = &self.sharpened_by {
            text.push_str(&format!("; with the catalog of {database}"));
        }
        text.push('\n');
        text.push_str(&findings_text(&self.findings, &self.gaps));
        Cow::Owned(clip(&text, budget, "name one file with `path`").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Tool for LintMigration {
    const NAME: &'static str = "lint_migration";
    const DESCRIPTION: &'static str = "Finds what is dangerous in migrations (locks, rewrites, scans, lost data, broken deploys) and gives \
        the safe sequence; Lua scripts for Redis too. Judges the workspace's migrations, one file or folder, or given SQL; the catalog \
        of the database adds sizes and types. Nothing runs.";
    const SOURCE: &'static str = "files";
    type Args = LintMigrationArgs;
    type Output = LintReport;

    fn assess(&self, args: &LintMigrationArgs) -> Assessment {
        Assessment::observe(match (&args.sql, &args.path) {
            (Some(sql), _) => format!("lint {}", dbwright_sql::brief(sql, 80)),
            (None, Some(path)) => format!("lint {path}"),
            (None, None) => "lint the migrations of the workspace".to_owned(),
        })
    }

    async fn call(&self, cx: &CallCx, args: LintMigrationArgs) -> Result<LintReport, ToolError> {
        if args.sql.is_some() && args.path.is_some() {
            return Err(ToolError::Arguments("give path or sql, not both".to_owned()));
        }
        let database = match &args.database {
            Some(name) => Some(self.databases.get(Some(name))?),
            None => self.databases.iter().next(),
        };
        let read = async { Ok::<_, ToolError>(surroundings(database, args.pg_version).await) };
        let surroundings = match database {
            Some(database) => until_cancelled(database, cx, read).await?,
            None => read.await?,
        };
        let mut report = match args.sql {
            Some(sql) => LintReport {
                findings: lint(&[Script::new(PASTED, sql)], &surroundings.context),
                gaps: surroundings.gaps,
                scripts: vec![PASTED.to_owned()],
                sharpened_by: surroundings.sharpened_by,
                convention: None,
            },
            None => {
                let (workspace, whole) = (self.workspace.clone(), args.path.is_none());
                let mut gathered = blocking(move || gather(&workspace, args.path.as_deref())).await?;
                if let Some(database) = database.filter(|_| surroundings.sharpened_by.is_some()) {
                    let left_out = async {
                        gathered.leave_out_applied(database).await;
                        Ok::<_, ToolError>(())
                    };
                    until_cancelled(database, cx, left_out).await?;
                }
                if whole {
                    gathered.leave_out_old();
                }
                let mut report = LintReport::of(&gathered, surroundings);
                if whole && gathered.is_empty() {
                    report.gaps.push("no migrations were found in the workspace".to_owned());
                }
                report
            }
        };
        // Stable: within a severity by file and line.
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Ok(report)
    }
}

#[cfg(test)]
#[path = "lint_migration_tests.rs"]
mod tests;
