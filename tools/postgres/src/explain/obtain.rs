//! From a statement to its plan: placeholders, execution, fallbacks.

use std::{collections::BTreeMap, time::Duration};

use dbwright_contract::{CallCx, ToolError};
use dbwright_plan::Plan;
use dbwright_sql::{brief, classify, max_parameter, quote_literal, relations};

use super::{ExplainArgs, Mode, ParameterSource, Parameters};
use crate::{
    Database, GuardedSession, Limits, PgError, Statement,
    advise::{
        catalog,
        parameters::{self, Planned, substitute},
    },
    run_statement,
};

/// VERBOSE names schemas and outputs, and prints the statement's id.
const EXECUTE: &str = "ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT JSON";
const ESTIMATE: &str = "VERBOSE, SETTINGS, FORMAT JSON";
/// A plan over thousands of partitions is some megabytes of JSON.
const PLAN_BYTES: usize = 32 * 1024 * 1024;
/// Characters of a statement in errors.
const BRIEF: usize = 120;
/// A statement that runs longer is shown estimated.
const EXECUTION_TIME: Duration = Duration::from_secs(30);

/// A plan and how it came about.
pub(super) struct Obtained {
    pub(super) plan: Plan,
    pub(super) mode: Mode,
    pub(super) parameters: Parameters,
    pub(super) notes: Vec<String>,
}

/// Plans the statement, and executes it where that was asked for and can be done.
pub(super) async fn obtain(database: &Database, cx: &CallCx, args: &ExplainArgs) -> Result<Obtained, ToolError> {
    let mut notes = Vec::new();
    let execute = args.analyze && may_execute(&args.sql, &mut notes);
    let (planned, source) = planned(database, cx, args, execute).await?;
    // What was sampled carries the types of columns; everything else may have none.
    let untyped = matches!(source, ParameterSource::Given | ParameterSource::Generic);
    let explained = |error| if untyped { untyped_placeholders(error, &args.sql) } else { error };
    let execute = match (&planned, execute) {
        (Planned::Generic { .. }, true) => {
            notes.push("not executed: no values could be found for its placeholders; pass parameters".to_owned());
            false
        }
        (_, execute) => execute,
    };
    let parameters = Parameters {
        source,
        statement: matches!(source, ParameterSource::Given | ParameterSource::Sampled)
            .then(|| planned.sql().to_owned()),
    };
    if execute {
        cx.progress("executing the statement");
        match run(database, cx, planned.explain(EXECUTE)).await {
            Ok(plan) => return Ok(Obtained { plan, mode: Mode::Executed, parameters, notes }),
            Err(ToolError::Timeout(why)) => notes.push(format!("executed without result, shown estimated: {why}")),
            Err(error) => return Err(explained(error)),
        }
    }
    let plan = run(database, cx, planned.explain(ESTIMATE)).await.map_err(explained)?;
    let pruned =
        matches!(planned, Planned::Generic { .. }) && plan.nodes().iter().any(|node| node.subplans_removed > 0);
    if !pruned {
        return Ok(Obtained { plan, mode: Mode::Estimated, parameters, notes });
    }
    // Placeholders are bound to NULL, which belongs to no partition: such a plan shows nothing.
    // (GENERIC_PLAN of PG 16 would not prune, but takes placeholders only in the simple protocol,
    // in which foreign text never travels.)
    let Some(planned) = sampled(database, cx, &args.sql).await? else {
        notes.push("partitions are pruned as for NULL and no values could be found; pass parameters".to_owned());
        return Ok(Obtained { plan, mode: Mode::Estimated, parameters, notes });
    };
    notes.push("planned with sampled values: a generic plan would prune all partitions".to_owned());
    let plan = run(database, cx, planned.explain(ESTIMATE)).await?;
    let parameters = Parameters { source: ParameterSource::Sampled, statement: Some(planned.sql().to_owned()) };
    Ok(Obtained { plan, mode: Mode::Estimated, parameters, notes })
}

/// Only what reads is executed: the read-only transaction would refuse the rest.
fn may_execute(sql: &str, notes: &mut Vec<String>) -> bool {
    match classify(sql) {
        Ok(class) if class.writes => {
            notes.push(
                "not executed: the statement changes data; rehearse it on a scratch copy for real figures".to_owned(),
            );
            false
        }
        Ok(class) if class.locks_rows => {
            notes.push("not executed: the statement locks rows".to_owned());
            false
        }
        // What the parser cannot read, the server judges.
        Ok(_) | Err(_) => true,
    }
}

/// The statement with values for its placeholders, where there are any.
async fn planned(
    database: &Database,
    cx: &CallCx,
    args: &ExplainArgs,
    execute: bool,
) -> Result<(Planned, ParameterSource), ToolError> {
    let sql = args.sql.as_str();
    // Unreadable text has no placeholders that we could find; the server names its fault.
    let count = max_parameter(sql).unwrap_or_default() as usize;
    if !args.parameters.is_empty() && args.parameters.len() != count {
        let plural = if count == 1 { "" } else { "s" };
        return Err(ToolError::Arguments(format!(
            "the statement has {count} placeholder{plural} and {} values were given",
            args.parameters.len()
        )));
    }
    if count == 0 {
        return Ok((Planned::Complete { sql: sql.to_owned(), sampled: false }, ParameterSource::None));
    }
    if !args.parameters.is_empty() {
        let values: BTreeMap<i32, String> =
            (1..).zip(args.parameters.iter().map(|value| quote_literal(value))).collect();
        let sql = substitute(sql, &values)
            .ok_or_else(|| ToolError::Arguments("the values could not be put into the statement".to_owned()))?;
        return Ok((Planned::Complete { sql, sampled: false }, ParameterSource::Given));
    }
    if execute && let Some(sampled) = sampled(database, cx, sql).await? {
        return Ok((sampled, ParameterSource::Sampled));
    }
    Ok((Planned::Generic { sql: sql.to_owned(), parameters: count }, ParameterSource::Generic))
}

/// The statement with values from its tables, where every placeholder is compared with a column.
pub(crate) async fn sampled(database: &Database, cx: &CallCx, sql: &str) -> Result<Option<Planned>, ToolError> {
    let Ok(found) = relations(sql) else { return Ok(None) };
    let names = found.into_iter().map(|relation| relation.name).collect();
    let mut session = GuardedSession::open(database).await?;
    let search_path: Vec<String> =
        sqlx::query_scalar("SELECT /* dbwright */ pg_catalog.current_schemas(false)::text[]")
            .fetch_one(session.connection()?)
            .await
            .map_err(PgError::from)?;
    let catalog = catalog::read(database, &names, search_path).await?;
    // A statement without a shape (a set operation of odd form, say) has no keys to sample.
    let planned = match dbwright_indexes::analyze(sql, &catalog) {
        Ok(shape) => Some(parameters::planned(&mut session, cx, sql, &shape, &catalog).await),
        Err(_) => None,
    };
    session.close().await;
    Ok(planned.filter(|planned| matches!(planned, Planned::Complete { .. })))
}

/// What to do where the server finds no type for a placeholder, or too many.
fn untyped_placeholders(error: ToolError, sql: &str) -> ToolError {
    let ToolError::Failed(text) = error else { return error };
    let with = |state: &str| text.contains(&format!("(SQLSTATE {state})"));
    // Ambiguous function or operator; indeterminate type; undefined function, for want of a type.
    if !(with("42725") || with("42P18") || (with("42883") && text.contains("unknown"))) {
        return ToolError::Failed(text);
    }
    ToolError::Failed(format!(
        "{text}; a placeholder of `{}` has no type: cast it in the statement ($1::int, say), or write the values in its place",
        brief(sql, BRIEF)
    ))
}

async fn run(database: &Database, cx: &CallCx, statement: Statement<'_>) -> Result<Plan, ToolError> {
    let limits = Limits { bytes: PLAN_BYTES, timeout: EXECUTION_TIME, ..Limits::default() };
    let rows = run_statement(database, cx, statement, limits).await?;
    if let Some(cut) = &rows.truncated {
        return Err(ToolError::Failed(format!("the plan is too large: {cut}")));
    }
    let mut plan = dbwright_plan::parse_json(&rows.first_column())
        .map_err(|error| ToolError::Failed(format!("the server's plan cannot be read: {error}")))?;
    // Set by us for this one plan: no other session has them.
    plan.settings.retain(|(name, _)| !matches!(name.as_str(), "plan_cache_mode" | "search_path"));
    Ok(plan)
}
