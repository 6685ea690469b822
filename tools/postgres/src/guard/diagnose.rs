//! From a refused statement to an error that says where, why and what to do.

use std::time::Duration;

use dbwright_contract::ToolError;

use super::{
    catalog,
    place::{Place, locate},
    rows::Limits,
    statement::{Plan, Statement},
};
use crate::{Database, PgError, error::ServerError};

/// The server's own time limit fires a little before or after ours.
const CLOCK_SLACK: Duration = Duration::from_millis(50);

const PLACEHOLDER: &str = "a placeholder ($1) has no value here: write a literal in its place";

pub(super) async fn explain(
    database: &Database,
    statement: &Statement<'_>,
    plan: &Plan,
    limits: Limits,
    elapsed: Duration,
    error: PgError,
) -> ToolError {
    let PgError::Server(server) = error else { return error.into() };
    let sql = statement.sql();
    match server.code.as_str() {
        "57014" if elapsed + CLOCK_SLACK >= limits.timeout => PgError::Timeout(limits.timeout).into(),
        "57014" => ToolError::Failed("another session cancelled the statement (pg_cancel_backend)".to_owned()),
        "55P03" => ToolError::Timeout(catalog::lock_holders(database, sql).await),
        "42501" => ToolError::Privilege(catalog::missing_grant(database, sql, &server).await),
        "25006" | "0A000" => ToolError::Refused(server.to_string()),
        "08P01" => ToolError::Arguments(format!("{}; {PLACEHOLDER}", server.message)),
        // The server's own refusal of stacked statements carries no position.
        "42601" if server.position.is_none() => ToolError::Refused(format!("{server}; send one statement at a time")),
        _ => ToolError::Failed(with_place(database, sql, plan, &server).await),
    }
}

/// The server's words, the place in the author's text, and what was probably meant.
async fn with_place(database: &Database, sql: &str, plan: &Plan, server: &ServerError) -> String {
    let place = server.position.and_then(|position| locate(sql, position.checked_sub(plan.prefix())?));
    let Some(place) = place else {
        return match &server.context {
            Some(context) => format!("{server}; in {}", context.lines().next().unwrap_or_default()),
            None => server.to_string(),
        };
    };
    let ServerError { code, message, .. } = server;
    let mut text =
        format!("{message} (SQLSTATE {code}) at line {}, column {}\n{}", place.line, place.column, place.drawing);
    for (label, words) in [("detail", &server.detail), ("hint", &server.hint)] {
        if let Some(words) = words {
            text.push_str(&format!("\n{label}: {words}"));
        }
    }
    if let Some(advice) = advice(database, sql, server, &place).await {
        text.push('\n');
        text.push_str(&advice);
    }
    text
}

async fn advice(database: &Database, sql: &str, server: &ServerError, place: &Place) -> Option<String> {
    let meant = match server.code.as_str() {
        "42601" if place.at_start => {
            return Some("one query (SELECT, VALUES, TABLE, WITH), EXPLAIN or SHOW can run here".to_owned());
        }
        "42P02" | "42P18" => return Some(PLACEHOLDER.to_owned()),
        "42P01" => catalog::near_relations(database, place.name.last()?).await,
        // The server's hint is better informed than ours: it knows the scope.
        "42703" if server.hint.is_none() => catalog::near_columns(database, sql, place.name.last()?).await,
        "42883" => catalog::near_functions(database, place.name.last()?).await,
        _ => return None,
    };
    // A failed look-up must not hide the error that it was to explain.
    let meant = meant.unwrap_or_default();
    (!meant.is_empty()).then(|| format!("did you mean {}?", meant.join(" or ")))
}
