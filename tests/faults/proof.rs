//! Runs the fix and looks whether it works.

use dbwright_servers::Postgres;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::{
    case::{Case, Proof},
    program::Home,
    run::open,
};

/// Carries the fix out and measures; says how it was proven.
pub(crate) async fn prove(
    case: &Case,
    wanted: &Proof,
    finding: &Value,
    server: &Postgres,
    held: Vec<PgConnection>,
    home: &Home,
) -> Result<String, String> {
    let mut session = open(server, None).await;
    let statements: Vec<String> = match &wanted.instead {
        Some(statements) => statements.clone(),
        None => finding["fix"]["statements"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|statement| statement.as_str().map(str::to_owned))
            .collect(),
    };
    if wanted.release {
        for session in held {
            let _ = session.close().await;
        }
    }
    let statement = case.sql.as_deref().or_else(|| case.workload.first().map(|load| load.sql.as_str()));
    let rewritten = finding["fix"]["type"] == "rewrite_query" && wanted.instead.is_none();
    let before = match (wanted.fewer_pages, statement) {
        (Some(_), Some(sql)) => Some(pages(&mut session, sql).await?),
        _ => None,
    };
    if !rewritten {
        for statement in &statements {
            session
                .execute(AssertSqlSafe(statement.clone()))
                .await
                .map_err(|error| format!("the fix fails: {error} in {statement}"))?;
        }
    }
    let mut said = Vec::new();
    if let (Some(least), Some(before), Some(sql)) = (wanted.fewer_pages, before, statement) {
        let after = match statements.first().filter(|_| rewritten) {
            Some(rewrite) => pages(&mut session, rewrite).await?,
            None => pages(&mut session, sql).await?,
        };
        let ratio = before / after.max(1.0);
        if ratio < least {
            return Err(format!("{before:.0} pages before, {after:.0} after"));
        }
        said.push(format!("{before:.0} → {after:.0} pages"));
    }
    if let Some(query) = &wanted.holds {
        let row = session.fetch_one(AssertSqlSafe(query.clone())).await.map_err(|error| format!("{query}: {error}"))?;
        if !row.try_get::<bool, _>(0).map_err(|error| error.to_string())? {
            return Err(format!("not true afterwards: {query}"));
        }
        said.push("holds".to_owned());
    }
    if wanted.gone {
        let url = server.url("postgres");
        let ended = home.run(&["check", "--db", &url, "--format", "json", "--quiet"]).await;
        let again: Value = serde_json::from_str(&ended.stdout).map_err(|error| format!("check: {error}"))?;
        let all = again.as_array().or_else(|| again["findings"].as_array()).cloned().unwrap_or_default();
        if all.iter().any(|other| other["id"] == finding["id"]) {
            return Err("still found after the fix".to_owned());
        }
        said.push("gone".to_owned());
    }
    Ok(said.join(", "))
}

/// Pages touched, temporary files included: the measure that does not flicker.
async fn pages(session: &mut PgConnection, sql: &str) -> Result<f64, String> {
    let sql = sql.trim().trim_end_matches(';');
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}");
    let row = session.fetch_one(AssertSqlSafe(explain)).await.map_err(|error| format!("{sql}: {error}"))?;
    let plan: Value = row.try_get(0).map_err(|error| error.to_string())?;
    let of = |name: &str| plan[0]["Plan"][name].as_f64().unwrap_or_default();
    Ok(["Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks"]
        .iter()
        .map(|name| of(name))
        .sum())
}
