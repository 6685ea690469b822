//! The tool itself.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Tool, ToolError};
use dbwright_plan::{Context, analyze, compact, summary};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::{StatementKind, brief, classify, restore_typed_placeholders};

use super::{
    ExplainArgs, ExplainOutput, ParameterSource, facts,
    obtain::{self, Obtained},
};
use crate::{Database, Databases, until_cancelled};

/// Characters of a statement in reports.
const BRIEF: usize = 160;

/// Shows the plan of one statement and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Explain {
    databases: Databases,
}

impl Explain {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases }
    }
}

impl Tool for Explain {
    const NAME: &'static str = "explain";
    const DESCRIPTION: &'static str = "Plans ONE statement (placeholders allowed) and says what is slow and why, with fixes, then the plan: self \
        time, own buffers, misestimates, removed rows, spills. analyze=true executes a reading statement (rolled back).";
    const SOURCE: &'static str = "database";
    type Args = ExplainArgs;
    type Output = ExplainOutput;

    fn assess(&self, args: &ExplainArgs) -> Assessment {
        let verb = if args.analyze { "EXPLAIN ANALYZE" } else { "EXPLAIN" };
        let assessment = Assessment::observe(format!("{verb} {}", brief(&args.sql, 100)));
        match check(args) {
            Err(ToolError::Refused(reason)) => assessment.refuse(reason),
            // Broken text changes nothing; the call answers with the place of the fault.
            Ok(()) | Err(_) => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, mut args: ExplainArgs) -> Result<ExplainOutput, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        if let Cow::Owned(whole) = restore_typed_placeholders(&args.sql) {
            args.sql = whole;
        }
        check(&args)?;
        let obtained = obtain::obtain(database, cx, &args).await?;
        until_cancelled(database, cx, judge(database, &args, obtained)).await
    }
}

/// Findings need what the catalog knows; where that cannot be read, the plan alone must do.
async fn judge(database: &Database, args: &ExplainArgs, obtained: Obtained) -> Result<ExplainOutput, ToolError> {
    let Obtained { mut plan, mode, parameters, mut notes } = obtained;
    if matches!(parameters.source, ParameterSource::Given | ParameterSource::Sampled) {
        // With values in place it is another statement to pg_stat_statements.
        plan.query_id = None;
    }
    let mut context = Context { label: Some(brief(&args.sql, BRIEF)), ..Context::new("explain") };
    match facts::read(database, &plan).await {
        Ok(relations) => context.relations = relations,
        Err(error) => notes.push(format!("nothing known of the tables: {error}")),
    }
    Ok(ExplainOutput {
        database: database.name().to_owned(),
        mode,
        parameters,
        findings: analyze(&plan, &context),
        compact: compact(&plan),
        summary: summary(&plan),
        notes,
    })
}

/// The policy's early refusal. A write may be planned but not executed; text that the parser
/// cannot read goes on to the server, which refuses it too and knows better why.
fn check(args: &ExplainArgs) -> Result<(), ToolError> {
    let sql = args.sql.trim_start();
    if sql.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("explain")) {
        return Err(ToolError::Arguments(
            "pass the statement without EXPLAIN; analyze says whether to execute it".to_owned(),
        ));
    }
    if let Ok(class) = classify(sql)
        && !matches!(
            class.kind,
            StatementKind::Select
                | StatementKind::Insert
                | StatementKind::Update
                | StatementKind::Delete
                | StatementKind::Merge
        )
    {
        return Err(ToolError::Refused(
            "statement_kind: only SELECT, VALUES, INSERT, UPDATE, DELETE and MERGE have a plan to show".to_owned(),
        ));
    }
    match read_only_refusal(&format!("EXPLAIN {sql}")) {
        // Planning takes no row locks.
        Ok(Some(refusal)) if refusal.rule != "row_locks" => Err(ToolError::Refused(refusal.to_string())),
        Ok(_) | Err(_) => Ok(()),
    }
}
