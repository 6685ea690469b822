//! The tool `check_health`: one snapshot, every rule over it.

use std::{borrow::Cow, fmt::Write as _};

use dbwright_checks::{Environment, Group, Part, RULES, Snapshot, Thresholds, cap, gaps, run, run_group};
use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use dbwright_finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Database, Databases, PgError, snapshot, until_cancelled};

/// Findings of one rule in a report: more of the same add nothing to read.
const PER_RULE: usize = 25;
/// Statements of a fix in the text face.
const STATEMENTS: usize = 2;

/// Checks sessions, locks, vacuum, indexes, tables, schema, security, replication, statements and
/// settings of a database.
#[derive(Debug, Clone)]
pub struct CheckHealth {
    databases: Databases,
    thresholds: Thresholds,
}

/// Arguments of `CheckHealth`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckHealthArgs {
    /// One group; all when left out.
    #[serde(default)]
    pub only: Option<Group>,
    /// Days of usage counters that "unused index" needs: 7 unless told.
    #[serde(default)]
    pub unused_window_days: Option<f64>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}

/// What was found, and what could not be looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// The configured name.
    pub database: String,
    /// `PostgreSQL 15.18, database shop`; absent when the server would not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Rules that ran.
    pub rules: usize,
    /// Tables that they looked at.
    pub tables: usize,
    /// Indexes that they looked at.
    pub indexes: usize,
    /// Days that the usage counters cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_days: Option<f64>,
    /// Most severe first.
    pub findings: Vec<Finding>,
    /// What was not looked at and why, and how many findings were left out.
    pub gaps: Vec<String>,
}

impl CheckHealth {
    /// The tool over the configured databases, with the default thresholds.
    pub fn new(databases: Databases) -> Self {
        Self { databases, thresholds: Thresholds::default() }
    }

    /// Sets the thresholds. Their environment is that of each database, whatever they say.
    #[must_use]
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }
}

impl Tool for CheckHealth {
    const NAME: &'static str = "check_health";
    const DESCRIPTION: &'static str = "Checks a PostgreSQL database: locks, sessions, vacuum, indexes, tables, schema, security, \
        replication, statements, settings. Returns findings with evidence and fix SQL, most severe first, and gaps. \
        Never waits for a lock; use it first when something is wrong.";
    const SOURCE: &'static str = "database";
    type Args = CheckHealthArgs;
    type Output = Health;

    fn assess(&self, args: &CheckHealthArgs) -> Assessment {
        Assessment::observe(match args.only {
            Some(group) => format!("check the health of the database: {group}"),
            None => "check the health of the database".to_owned(),
        })
    }

    async fn call(&self, cx: &CallCx, args: CheckHealthArgs) -> Result<Health, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        let mut thresholds = self.thresholds.clone();
        thresholds.environment = match database.environment() {
            crate::Environment::Production => Environment::Production,
            crate::Environment::Staging => Environment::Staging,
            crate::Environment::Development => Environment::Development,
        };
        if let Some(days) = args.unused_window_days {
            if !days.is_finite() || days < 0.0 {
                return Err(ToolError::Arguments("unused_window_days must be zero or more".to_owned()));
            }
            thresholds.unused_window_s = days * 86_400.0;
        }
        cx.progress("reading the catalog and the statistics");
        until_cancelled(database, cx, check(database, &thresholds, args.only)).await
    }
}

/// Reads what the rules of one group need, or of all, and runs them.
///
/// # Errors
/// Fails only when the server cannot be reached or the connection is lost.
pub async fn check(database: &Database, thresholds: &Thresholds, only: Option<Group>) -> Result<Health, PgError> {
    let parts: &[Part] = only.map_or(&Part::ALL, Group::parts);
    let snapshot = snapshot(database, parts).await?;
    Ok(Health::of(database.name(), &snapshot, thresholds, only))
}

impl Health {
    /// The report over a snapshot.
    pub fn of(database: &str, snapshot: &Snapshot, thresholds: &Thresholds, only: Option<Group>) -> Self {
        let found = only.map_or_else(|| run(snapshot, thresholds), |group| run_group(snapshot, thresholds, group));
        let (findings, omitted) = cap(found, PER_RULE);
        let server = snapshot.server.get();
        Self {
            database: database.to_owned(),
            server: server.map(|server| format!("PostgreSQL {}, database {}", server.version, server.database)),
            rules: RULES.iter().filter(|rule| only.is_none_or(|group| rule.group == group.as_str())).count(),
            tables: snapshot.tables.rows().len(),
            indexes: snapshot.indexes.rows().len(),
            window_days: server.map(|server| (server.stats_window_s() / 8_640.0).round() / 10.0),
            findings,
            gaps: gaps(snapshot).into_iter().chain(omitted).collect(),
        }
    }
}

impl Report for Health {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = format!(
            "{}: {} findings by {} rules over {} tables and {} indexes",
            self.server.as_deref().unwrap_or(&self.database),
            self.findings.len(),
            self.rules,
            self.tables,
            self.indexes
        );
        if let Some(days) = self.window_days {
            // Writing to a String cannot fail, here and below.
            let _ = write!(text, "; usage counters cover {days} days");
        }
        text.push('\n');
        for finding in &self.findings {
            let _ = writeln!(text, "{} {} [{}] {}", finding.severity, finding.rule, finding.id, finding.title);
            if let Some(fix) = &finding.fix {
                for statement in fix.statements.iter().take(STATEMENTS) {
                    let _ = writeln!(text, "  fix: {statement}");
                }
                if fix.statements.is_empty()
                    && let Some(notes) = &fix.notes
                {
                    let _ = writeln!(text, "  fix: {notes}");
                }
            }
        }
        for gap in &self.gaps {
            let _ = writeln!(text, "not checked: {gap}");
        }
        let text = clip(&text, budget, "check one group with `only`").text.into_owned();
        Cow::Owned(text)
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
