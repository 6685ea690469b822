//! The way back that only the catalog knows: what is there before the change.

use dbwright_sql::{quote_ident, quote_literal};
use sqlx::PgConnection;

use super::{
    catalog::{column_options, relation_options, setting, statistics_target},
    judge::render_setting,
    plan::ActionPlan,
    step::StepKind,
};
use crate::PgError;

/// Statements that take the whole action back, last step first. Empty where that is not possible.
pub(super) async fn undo(connection: &mut PgConnection, plan: &ActionPlan) -> Result<Vec<String>, PgError> {
    if !plan.undo.is_empty() {
        return Ok(plan.undo.iter().map(|step| step.sql.clone()).collect());
    }
    let mut undo = Vec::new();
    for step in plan.steps.iter().rev() {
        undo.extend(of_step(connection, &step.kind).await?);
    }
    // Reloading comes last in both directions.
    if plan.steps.iter().any(|step| step.kind == StepKind::Reload) && !undo.is_empty() {
        undo.push("SELECT pg_catalog.pg_reload_conf()".to_owned());
    }
    Ok(undo)
}

async fn of_step(connection: &mut PgConnection, kind: &StepKind) -> Result<Vec<String>, PgError> {
    Ok(match kind {
        StepKind::CreateIndex { index, concurrently, .. } => {
            vec![format!("DROP INDEX {}{index}", if *concurrently { "CONCURRENTLY " } else { "" })]
        }
        StepKind::DropIndex { index, .. } => {
            let definition: Option<String> = sqlx::query_scalar(
                "SELECT /* dbwright */ pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i
                 WHERE i.indexrelid = pg_catalog.to_regclass($1) AND i.indisvalid",
            )
            .bind(index.to_string())
            .fetch_optional(connection)
            .await?;
            definition.iter().filter_map(|definition| Some(super::judge::step(definition).ok()?.sql)).collect()
        }
        StepKind::CreateStatistics { statistics, .. } => vec![format!("DROP STATISTICS {statistics}")],
        StepKind::DropStatistics { statistics } => sqlx::query_scalar(
            "SELECT /* dbwright */ pg_catalog.pg_get_statisticsobjdef(s.oid) FROM pg_catalog.pg_statistic_ext s
               JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
             WHERE s.stxname = $1 AND (n.nspname = $2 OR ($2 IS NULL AND pg_catalog.pg_statistics_obj_is_visible(s.oid)))",
        )
        .bind(&statistics.name)
        .bind(statistics.schema.as_deref())
        .fetch_all(connection)
        .await?,
        StepKind::Options { relation, set, reset } => {
            let now = relation_options(connection, relation).await?;
            back(&now, set, reset).into_iter().map(|list| format!("ALTER TABLE {relation} {list}")).collect()
        }
        StepKind::ColumnOptions { table, column, set, reset } => {
            let now = column_options(connection, table, column).await?;
            let column = quote_ident(column);
            back(&now, set, reset)
                .into_iter()
                .map(|list| format!("ALTER TABLE {table} ALTER COLUMN {column} {list}"))
                .collect()
        }
        StepKind::StatisticsTarget { table, column, .. } => {
            let now = statistics_target(connection, table, column).await?.unwrap_or(-1);
            vec![format!("ALTER TABLE {table} ALTER COLUMN {} SET STATISTICS {now}", quote_ident(column))]
        }
        StepKind::Setting { scope, name, .. } => {
            let now = setting(connection, scope, name).await?;
            vec![render_setting(scope, name, now.as_deref())]
        }
        StepKind::AttachIndex { .. }
        | StepKind::Reindex { .. }
        | StepKind::Vacuum { .. }
        | StepKind::Analyze { .. }
        | StepKind::Validate { .. }
        | StepKind::Reload
        | StepKind::EndSession { .. } => Vec::new(),
    })
}

/// `SET (…)` for options that had a value, `RESET (…)` for those that had none.
fn back(now: &[(String, String)], set: &[(String, String)], reset: &[String]) -> Vec<String> {
    let touched: Vec<&str> = set.iter().map(|(name, _)| name).chain(reset).map(String::as_str).collect();
    let before = |name: &str| now.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let restored: Vec<String> =
        touched.iter().filter_map(|name| Some(format!("{name} = {}", quote_literal(before(name)?)))).collect();
    let unset: Vec<&str> = touched.into_iter().filter(|name| before(name).is_none()).collect();
    let mut lists = Vec::new();
    if !restored.is_empty() {
        lists.push(format!("SET ({})", restored.join(", ")));
    }
    if !unset.is_empty() {
        lists.push(format!("RESET ({})", unset.join(", ")));
    }
    lists
}
