//! What the catalog knows about a refused statement: near names, missing grants, lock holders.

use dbwright_sql::{RelationRef, quote_ident, relations};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError, error::ServerError, nearest};

/// Suggestions are for reading, not for choosing from a list.
const SUGGESTIONS: usize = 3;

pub(super) async fn near_relations(database: &Database, wanted: &str) -> Result<Vec<String>, PgError> {
    let mut probe = database.probe().await?;
    let names: Vec<(String, String)> = sqlx::query_as(
        "SELECT /* dbwright */ n.nspname::text, c.relname::text
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
           AND (n.nspname NOT IN ('pg_catalog', 'information_schema') OR $1 LIKE 'pg\\_%') LIMIT 50000",
    )
    .bind(wanted)
    .fetch_all(probe.connection())
    .await?;
    probe.finish().await;
    let near = nearest(wanted, names.iter().map(|(_, name)| name.as_str()), SUGGESTIONS);
    let written = |(schema, name): &(String, String)| match schema.as_str() {
        "public" | "pg_catalog" => quote_ident(name),
        _ => format!("{}.{}", quote_ident(schema), quote_ident(name)),
    };
    let of_name = |near: &&str| names.iter().filter(|(_, name)| name == *near).map(written).collect::<Vec<_>>();
    Ok(near.iter().flat_map(of_name).take(SUGGESTIONS).collect())
}

pub(super) async fn near_columns(database: &Database, sql: &str, wanted: &str) -> Result<Vec<String>, PgError> {
    let mut probe = database.probe().await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ DISTINCT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relname = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped",
    )
    .bind(relation_names(sql))
    .fetch_all(probe.connection())
    .await?;
    probe.finish().await;
    let near = nearest(wanted, names.iter().map(String::as_str), SUGGESTIONS);
    Ok(near.into_iter().map(quote_ident).collect())
}

pub(super) async fn near_functions(database: &Database, wanted: &str) -> Result<Vec<String>, PgError> {
    let mut probe = database.probe().await?;
    // Exact names too: then the argument types are the problem, and the signatures tell.
    let signatures: Vec<(String, String)> = sqlx::query_as(
        "SELECT /* dbwright */ p.proname::text, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
         FROM pg_proc p WHERE p.prokind IN ('f', 'a', 'w') ORDER BY 2",
    )
    .fetch_all(probe.connection())
    .await?;
    probe.finish().await;
    let near = nearest(wanted, signatures.iter().map(|(name, _)| name.as_str()), 1);
    let of_name = |near: &&str| {
        signatures.iter().filter(|(name, _)| name == *near).map(|(_, signature)| signature.clone()).collect::<Vec<_>>()
    };
    Ok(near.iter().flat_map(of_name).take(SUGGESTIONS).collect())
}

/// What is not permitted, and the GRANT that would permit it.
pub(super) async fn missing_grant(database: &Database, sql: &str, server: &ServerError) -> String {
    match grants(database, sql, server).await {
        Ok(grants) if !grants.is_empty() => {
            format!("{}; an owner or administrator can permit it: {}", server.message, grants.join("; "))
        }
        // The server's own words name the object.
        Ok(_) | Err(_) => server.to_string(),
    }
}

async fn grants(database: &Database, sql: &str, server: &ServerError) -> Result<Vec<String>, PgError> {
    let user = quote_ident(&database.identity().await?.user);
    let mut probe = database.probe().await?;
    // The message may be in any language: the catalog is asked what is missing.
    let missing: Vec<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ DISTINCT ON (what) what FROM (
             SELECT 'USAGE ON SCHEMA ' || quote_ident(n.nspname) AS what
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
               AND NOT has_schema_privilege(n.oid, 'USAGE')
             UNION ALL
             SELECT format('SELECT ON %I.%I', n.nspname, c.relname)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
               AND NOT has_table_privilege(c.oid, 'SELECT')
             UNION ALL
             SELECT 'EXECUTE ON FUNCTION ' || p.oid::regprocedure
             FROM pg_proc p WHERE position(p.proname || '(' IN replace(lower($2), ' ', '')) > 0
               AND NOT has_function_privilege(p.oid, 'EXECUTE')) m LIMIT 5",
    )
    .bind(relation_names(sql))
    .bind(sql)
    .fetch_all(probe.connection())
    .await?;
    probe.finish().await;
    let named = |what: &&String| what.rsplit(['.', ' ']).next().is_some_and(|name| server.message.contains(name));
    // Where the message names one of them, the others are noise.
    let exact: Vec<&String> = missing.iter().filter(named).collect();
    let chosen = if exact.is_empty() { missing.iter().collect() } else { exact };
    Ok(chosen.into_iter().map(|what| format!("GRANT {what} TO {user}")).collect())
}

#[derive(Deserialize)]
struct Holder {
    relation: String,
    pid: i32,
    granted: bool,
    who: String,
    state: Option<String>,
    seconds: Option<i64>,
    behind: Vec<i32>,
}

/// Who holds, or waits for, the lock that a reader must wait for.
pub(super) async fn lock_holders(database: &Database, sql: &str) -> String {
    const WHAT: &str = "a relation of this statement is locked, and this session does not queue for it";
    match holders(database, sql).await {
        Ok(holders) if !holders.is_empty() => {
            let told: Vec<String> = holders.iter().map(tell).collect();
            format!("{WHAT}: {}", told.join("; "))
        }
        Ok(_) | Err(_) => format!("{WHAT}; the holder has ended meanwhile or is not visible: try again"),
    }
}

async fn holders(database: &Database, sql: &str) -> Result<Vec<Holder>, PgError> {
    let mut probe = database.probe().await?;
    // Only ACCESS EXCLUSIVE conflicts with reading; a waiting one blocks as a held one does.
    let holders: Vec<Json<Holder>> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(h) FROM (
             SELECT format('%I.%I', n.nspname, c.relname) AS relation, l.pid, l.granted,
                    concat_ws(', ', nullif(a.application_name, ''), a.usename) AS who, a.state,
                    extract(epoch FROM clock_timestamp() - a.xact_start)::int8 AS seconds,
                    pg_blocking_pids(l.pid) AS behind
             FROM pg_locks l
             JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (c.relname = ANY($1) OR $1 = '{}') AND n.nspname <> 'pg_toast'
             ORDER BY l.granted DESC, a.xact_start LIMIT 3) h",
    )
    .bind(relation_names(sql))
    .fetch_all(probe.connection())
    .await?;
    probe.finish().await;
    Ok(holders.into_iter().map(|Json(holder)| holder).collect())
}

fn tell(holder: &Holder) -> String {
    let verb = if holder.granted { "holds" } else { "waits for" };
    let mut text = format!("pid {} ({}) {verb} AccessExclusiveLock on {}", holder.pid, holder.who, holder.relation);
    if let (Some(state), Some(seconds)) = (&holder.state, holder.seconds) {
        text.push_str(&format!(", {state}, transaction open for {seconds} s"));
    }
    if !holder.behind.is_empty() {
        let pids: Vec<String> = holder.behind.iter().map(i32::to_string).collect();
        text.push_str(&format!(", itself behind pid {}", pids.join(", ")));
    }
    text
}

/// Names of the relations in the text; empty where it cannot be parsed.
fn relation_names(sql: &str) -> Vec<String> {
    let found: Vec<RelationRef> = relations(sql).unwrap_or_default();
    found.into_iter().map(|relation| relation.name).collect()
}
