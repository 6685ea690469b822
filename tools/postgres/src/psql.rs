//! The tool `psql`: one reading statement, its rows as an aligned table.

use std::borrow::Cow;

use dbwright_contract::{
    Assessment, CallCx, REDACTED, Report, TokenBudget, Tool, ToolError, clip, is_secret_name, null_as_default,
};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::brief;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Databases, Limits, Rows, run_untrusted, table::Table};

/// What the model sees unless it asks for more.
const DEFAULT_ROWS: u32 = 50;
/// The most that one call returns, whatever is asked for.
const MAX_ROWS: u32 = 1_000;
/// Characters of one value in the text face.
const CELL: usize = 200;

/// Runs one read-only statement.
#[derive(Debug, Clone)]
pub struct Psql {
    databases: Databases,
}

/// Arguments of `Psql`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PsqlArgs {
    /// One SELECT, VALUES, TABLE, WITH, SHOW or EXPLAIN statement; literals instead of $1.
    pub sql: String,
    /// 50 unless told, 1000 at most; aggregate in SQL instead.
    #[serde(default)]
    pub max_rows: Option<u32>,
    /// Its configured name; else the default.
    #[serde(default, deserialize_with = "null_as_default")]
    pub database: Option<String>,
}

/// The rows, and where they came from.
#[derive(Debug, Clone, Serialize)]
pub struct PsqlOutput {
    /// The database.
    pub database: String,
    /// The rows.
    #[serde(flatten)]
    pub rows: Rows,
}

impl Psql {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases }
    }
}

impl Tool for Psql {
    const NAME: &'static str = "psql";
    const DESCRIPTION: &'static str = "Runs ONE read-only SQL statement (SELECT, SHOW, EXPLAIN) in a transaction that is always rolled back, \
        and returns its rows. No psql meta-commands: use describe for \\d. Bounded in rows, bytes and time.";
    const SOURCE: &'static str = "database";
    type Args = PsqlArgs;
    type Output = PsqlOutput;

    fn assess(&self, args: &PsqlArgs) -> Assessment {
        let assessment = Assessment::observe(brief(&args.sql, 100));
        match check(&args.sql) {
            Err(ToolError::Refused(reason)) => assessment.refuse(reason),
            // Broken text changes nothing; the call answers with the place of the fault.
            Ok(()) | Err(_) => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, args: PsqlArgs) -> Result<PsqlOutput, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        check(&args.sql)?;
        let rows = args.max_rows.unwrap_or(DEFAULT_ROWS).clamp(1, MAX_ROWS);
        let limits = Limits { rows: rows as usize, ..Limits::default() };
        let mut rows = run_untrusted(database, cx, &args.sql, limits).await?;
        mask(&mut rows);
        Ok(PsqlOutput { database: database.name().to_owned(), rows })
    }
}

/// Values of columns whose name says that they are secret have no shape that would be found later.
fn mask(rows: &mut Rows) {
    let secret: Vec<bool> = rows.columns.iter().map(|column| is_secret_name(&column.name)).collect();
    for row in &mut rows.rows {
        for (value, _) in row.iter_mut().zip(&secret).filter(|(_, secret)| **secret) {
            *value = value.take().map(|_| REDACTED.to_owned());
        }
    }
}

/// The policy's early refusal. Text that the parser cannot read goes on to the server, which
/// refuses it too and knows better why.
fn check(sql: &str) -> Result<(), ToolError> {
    if sql.trim_start().starts_with('\\') {
        return Err(ToolError::Refused(
            "meta_command: psql's backslash commands do not run here; the tool describe answers \\d and \\di"
                .to_owned(),
        ));
    }
    match read_only_refusal(sql) {
        Ok(Some(refusal)) => Err(ToolError::Refused(refusal.to_string())),
        Ok(None) | Err(_) => Ok(()),
    }
}

impl Report for PsqlOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let rows = &self.rows;
        let mut text = if let [column] = rows.columns.as_slice()
            && column.name == "QUERY PLAN"
        {
            rows.first_column() + "\n"
        } else {
            let mut table = Table::new(rows.columns.iter().map(|column| column.name.as_str()), CELL);
            for row in &rows.rows {
                table.row(row.iter().map(|value| value.as_deref()));
            }
            table.to_string()
        };
        let plural = if rows.rows.len() == 1 { "" } else { "s" };
        let mut footer = format!("({} row{plural}, {} ms", rows.rows.len(), rows.elapsed_ms);
        if let Some(cut) = &rows.truncated {
            footer.push_str(&format!("; {cut}"));
        }
        footer.push(')');
        // The footer is worth more than the last rows.
        let room = TokenBudget(budget.0.saturating_sub(footer.len() / 3 + 4));
        text = clip(&text, room, "select fewer columns or aggregate").text.into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&footer);
        Cow::Owned(text)
    }
}

#[cfg(test)]
#[path = "psql_tests.rs"]
mod tests;
