//! Typed arguments of the writing tools. None takes free SQL: each kind is rendered or judged.

use dbwright_contract::null_as_default;
use dbwright_sql::{quote_ident, quote_literal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    error::ActionError,
    judge::{render_session, render_setting},
    plan::ActionPlan,
    step::{SettingScope, StepKind},
};

/// What to maintain with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// Gather planner statistics.
    Analyze,
    /// Remove dead rows.
    Vacuum,
    /// Rebuild one index CONCURRENTLY.
    ReindexIndex,
    /// Rebuild all indexes of a table CONCURRENTLY.
    ReindexTable,
}

/// Arguments of `maintain`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MaintainArgs {
    /// What to do.
    pub operation: Maintenance,
    /// The table (or index), with its schema.
    pub relation: String,
    /// vacuum: also analyze.
    #[serde(default, deserialize_with = "null_as_default")]
    pub analyze: bool,
    /// vacuum: also freeze.
    #[serde(default, deserialize_with = "null_as_default")]
    pub freeze: bool,
    /// vacuum: clean indexes (`false` skips them in an emergency).
    #[serde(default)]
    pub index_cleanup: Option<bool>,
    /// Database; the default one unless told.
    #[serde(default)]
    pub database: Option<String>,
}

impl MaintainArgs {
    /// The action on the database called `database`.
    ///
    /// # Errors
    /// When `relation` is not one relation.
    pub fn plan(&self, database: &str) -> Result<ActionPlan, ActionError> {
        let relation = &self.relation;
        let statement = match self.operation {
            Maintenance::Analyze => format!("ANALYZE {relation}"),
            Maintenance::ReindexIndex => format!("REINDEX INDEX CONCURRENTLY {relation}"),
            Maintenance::ReindexTable => format!("REINDEX TABLE CONCURRENTLY {relation}"),
            Maintenance::Vacuum => {
                let mut options: Vec<&str> = Vec::new();
                options.extend(self.freeze.then_some("FREEZE"));
                options.extend(self.analyze.then_some("ANALYZE"));
                options
                    .extend(self.index_cleanup.map(|on| if on { "INDEX_CLEANUP TRUE" } else { "INDEX_CLEANUP FALSE" }));
                let options = if options.is_empty() { String::new() } else { format!("({}) ", options.join(", ")) };
                format!("VACUUM {options}{relation}")
            }
        };
        ActionPlan::new(database, &[statement], &[], Vec::new())
    }
}

/// One storage option.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableOption {
    /// `fillfactor`, `autovacuum_vacuum_scale_factor`, …
    pub name: String,
    /// Its value; null resets it.
    #[serde(default)]
    pub value: Option<String>,
}

/// What to change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Build an index, always CONCURRENTLY.
    CreateIndex {
        /// One CREATE INDEX statement.
        statement: String,
    },
    /// Drop an index CONCURRENTLY.
    DropIndex {
        /// The index, with its schema.
        index: String,
    },
    /// Make extended statistics and gather them.
    CreateStatistics {
        /// One CREATE STATISTICS statement with a name.
        statement: String,
    },
    /// Set storage options of a table.
    TableOptions {
        /// The table, with its schema.
        table: String,
        /// The options.
        options: Vec<TableOption>,
    },
    /// Set a column's statistics target and analyze it.
    StatisticsTarget {
        /// The table, with its schema.
        table: String,
        /// The column.
        column: String,
        /// 0 to 10000; null for the default.
        #[serde(default)]
        target: Option<u32>,
    },
    /// Validate a NOT VALID constraint.
    ValidateConstraint {
        /// The table, with its schema.
        table: String,
        /// The constraint.
        constraint: String,
    },
    /// Set a default of a role or a database.
    Setting {
        /// The role; null for the whole database.
        #[serde(default)]
        role: Option<String>,
        /// The database; with a role: only there.
        #[serde(default)]
        in_database: Option<String>,
        /// `statement_timeout`, `work_mem`, …
        name: String,
        /// Its value; null resets it.
        #[serde(default)]
        value: Option<String>,
    },
    /// Cancel a session's statement, or end the session.
    EndSession {
        /// Process id.
        pid: i32,
        /// `backend_start` of pg_stat_activity for that session.
        backend_start: String,
        /// End the session, not only its statement.
        #[serde(default, deserialize_with = "null_as_default")]
        terminate: bool,
    },
    /// The statements of a finding's fix.
    Fix {
        /// As they stand in `fix.statements`.
        statements: Vec<String>,
        /// As they stand in `fix.undo`.
        #[serde(default, deserialize_with = "null_as_default")]
        undo: Vec<String>,
    },
}

/// Arguments of `apply_change`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApplyChangeArgs {
    /// What to change.
    pub change: Change,
    /// SELECT statements measured before and after; the change is taken back when none gains or one loses.
    #[serde(default, deserialize_with = "null_as_default")]
    pub measure: Vec<String>,
    /// Keep the change whatever is measured.
    #[serde(default, deserialize_with = "null_as_default")]
    pub keep: bool,
    /// Database; the default one unless told.
    #[serde(default)]
    pub database: Option<String>,
}

impl ApplyChangeArgs {
    /// The action on the database called `database`.
    ///
    /// # Errors
    /// When a part is not what it should be.
    pub fn plan(&self, database: &str) -> Result<ActionPlan, ActionError> {
        let (statements, undo) = self.change.statements()?;
        let plan = ActionPlan::new(database, &statements, &undo, self.measure.clone())?;
        self.change.check(&plan)?;
        Ok(plan)
    }
}

impl Change {
    /// A kind that takes a statement takes no other kind of statement.
    fn check(&self, plan: &ActionPlan) -> Result<(), ActionError> {
        let first = plan.steps.first().map(|step| &step.kind);
        let fits = match self {
            Self::CreateIndex { .. } => matches!(first, Some(StepKind::CreateIndex { .. })),
            Self::CreateStatistics { .. } => matches!(first, Some(StepKind::CreateStatistics { .. })),
            Self::DropIndex { .. }
            | Self::TableOptions { .. }
            | Self::StatisticsTarget { .. }
            | Self::ValidateConstraint { .. }
            | Self::Setting { .. }
            | Self::EndSession { .. }
            | Self::Fix { .. } => true,
        };
        if fits {
            Ok(())
        } else {
            Err(ActionError::Nothing("the statement is of another kind than the change".to_owned()))
        }
    }

    fn statements(&self) -> Result<(Vec<String>, Vec<String>), ActionError> {
        let statements = match self {
            Self::CreateIndex { statement } => vec![statement.clone()],
            Self::DropIndex { index } => vec![format!("DROP INDEX CONCURRENTLY {index}")],
            Self::CreateStatistics { statement } => {
                let analyze = statistics_table(statement).map(|table| format!("ANALYZE {table}"));
                std::iter::once(statement.clone()).chain(analyze).collect()
            }
            Self::TableOptions { table, options } => table_options(table, options),
            Self::StatisticsTarget { table, column, target } => {
                let column = quote_ident(column);
                let target = target.map_or_else(|| "-1".to_owned(), |target| target.to_string());
                vec![
                    format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}"),
                    format!("ANALYZE {table} ({column})"),
                ]
            }
            Self::ValidateConstraint { table, constraint } => {
                vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", quote_ident(constraint))]
            }
            Self::Setting { role, in_database, name, value } => {
                let scope = match (role, in_database) {
                    (Some(role), database) => SettingScope::Role { role: role.clone(), database: database.clone() },
                    (None, Some(database)) => SettingScope::Database(database.clone()),
                    (None, None) => return Err(ActionError::Nothing("name the role or the database".to_owned())),
                };
                vec![render_setting(&scope, name, value.as_deref())]
            }
            Self::EndSession { pid, backend_start, terminate } => vec![render_session(*pid, backend_start, *terminate)],
            Self::Fix { statements, undo } => return Ok((statements.clone(), undo.clone())),
        };
        Ok((statements, Vec::new()))
    }
}

fn table_options(table: &str, options: &[TableOption]) -> Vec<String> {
    let set: Vec<String> = options
        .iter()
        .filter_map(|option| Some(format!("{} = {}", option.name, quote_literal(option.value.as_deref()?))))
        .collect();
    let reset: Vec<&str> =
        options.iter().filter(|option| option.value.is_none()).map(|option| option.name.as_str()).collect();
    let mut statements = Vec::new();
    if !set.is_empty() {
        statements.push(format!("ALTER TABLE {table} SET ({})", set.join(", ")));
    }
    if !reset.is_empty() {
        statements.push(format!("ALTER TABLE {table} RESET ({})", reset.join(", ")));
    }
    statements
}

/// The table of a CREATE STATISTICS statement: new statistics are empty until it is analyzed.
fn statistics_table(statement: &str) -> Option<String> {
    let step = super::judge::step(statement).ok()?;
    match step.kind {
        StepKind::CreateStatistics { table, .. } => Some(table.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
