//! The protocol steps of one guarded statement. The only module that asserts foreign text as SQL.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Column as _, Executor, PgConnection, Row, SqlSafeStr, TypeInfo, postgres::PgRow};

use super::{
    rows::{Collector, Column, Limits, Rows},
    statement::Plan,
};
use crate::{PgError, probe::milliseconds};

/// How long a query waits for a lock: readers wait only for ACCESS EXCLUSIVE, and joining that
/// queue helps nobody.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);

/// What identifies the transaction that we opened.
pub(super) struct Opened {
    pub(super) pid: i32,
    began: String,
}

/// What a statement gave, and whether the connection is still at a message border.
pub(super) struct Taken {
    pub(super) rows: Rows,
    pub(super) drained: bool,
}

/// Settings of the transaction; being a query, it also takes the snapshot after which the
/// transaction cannot be made read-write any more. `pg_catalog` goes first on the search path, so
/// that an object of the application cannot stand in for one of the catalog.
/// `client_connection_check_interval` (PG 14+, Linux) ends a query whose client has died.
const OPEN: &str = "SELECT /* dbwright */ pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.transaction_timestamp()::text AS began,
    pg_catalog.set_config('statement_timeout', $1, true),
    pg_catalog.set_config('lock_timeout', $2, true),
    pg_catalog.set_config('idle_in_transaction_session_timeout', '30s', true),
    pg_catalog.set_config('application_name', 'dbwright', true),
    pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ')
         FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s WHERE s <> 'pg_catalog')), true),
    (SELECT pg_catalog.set_config(name, '500ms', true) FROM pg_catalog.pg_settings
     WHERE name = 'client_connection_check_interval' AND pg_catalog.version() ~ 'linux')";

pub(super) async fn open(connection: &mut PgConnection, limits: Limits) -> Result<Opened, PgError> {
    sqlx::raw_sql("BEGIN /* dbwright */ READ ONLY").execute(&mut *connection).await?;
    let row: PgRow = sqlx::query(OPEN)
        .bind(milliseconds(limits.timeout))
        .bind(milliseconds(LOCK_TIMEOUT))
        .fetch_one(connection)
        .await?;
    Ok(Opened { pid: row.try_get("pid")?, began: row.try_get("began")? })
}

/// Runs the plan inside the open transaction.
pub(super) async fn run(connection: &mut PgConnection, plan: &Plan, limits: Limits) -> Result<Taken, PgError> {
    let started = Instant::now();
    let (columns, collector, drained) = match plan {
        Plan::Cursor { text, .. } => {
            // Extended protocol: a second statement in `text` is refused by the server.
            sqlx::query(AssertSqlSafe(text.as_str())).persistent(false).execute(&mut *connection).await?;
            fetch(connection, limits).await?
        }
        Plan::Lines { text, .. } => lines(connection, text, limits).await?,
        Plan::Prepared { text, then, .. } => {
            sqlx::query(AssertSqlSafe(text.as_str())).persistent(false).execute(&mut *connection).await?;
            sqlx::query("SELECT /* dbwright */ pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)")
                .execute(&mut *connection)
                .await?;
            lines(connection, then, limits).await?
        }
    };
    let elapsed_ms = (started.elapsed().as_secs_f64() * 100_000.0).round() / 100.0;
    let (rows, truncated) = collector.finish();
    Ok(Taken { rows: Rows { columns, rows, truncated, elapsed_ms }, drained })
}

/// Whether the transaction that we opened is still the one in force, and still read-only.
pub(super) async fn still_guarded(connection: &mut PgConnection, opened: &Opened) -> Result<bool, PgError> {
    Ok(sqlx::query_scalar(
        "SELECT /* dbwright */ pg_catalog.current_setting('transaction_read_only') = 'on'
             AND pg_catalog.transaction_timestamp()::text = $1",
    )
    .bind(&opened.began)
    .fetch_one(connection)
    .await?)
}

/// Rolls back, and undoes what a rollback does not: session locks and prepared statements. It
/// matters behind a pooler, where the backend outlives our connection.
pub(super) async fn close(connection: &mut PgConnection) -> Result<(), PgError> {
    connection
        .execute(sqlx::raw_sql(
            "ROLLBACK /* dbwright */; SELECT /* dbwright */ pg_catalog.pg_advisory_unlock_all(); DEALLOCATE /* dbwright */ ALL",
        ))
        .await?;
    Ok(())
}

type Part = (Vec<Column>, Collector, bool);

/// Rows of the declared cursor, as text. The first row alone, so that its columns are known
/// before more is asked for; one more than wanted, to know whether there are more.
async fn fetch(connection: &mut PgConnection, limits: Limits) -> Result<Part, PgError> {
    let mut collector = Collector::new(limits);
    let first =
        sqlx::raw_sql("FETCH /* dbwright */ FORWARD 1 FROM dbwright_cursor").fetch_optional(&mut *connection).await?;
    let Some(first) = first else {
        let described =
            connection.prepare("FETCH /* dbwright */ FORWARD 1 FROM dbwright_cursor".into_sql_str()).await?;
        let columns = columns(connection, sqlx::Statement::columns(&described)).await?;
        return Ok((columns, collector, true));
    };
    let columns = columns(connection, first.columns()).await?;
    if !collector.take(values(&first)?) {
        return Ok((columns, collector, true));
    }
    drop(first);
    let more = format!("FETCH /* dbwright */ FORWARD {} FROM dbwright_cursor", limits.rows);
    let mut stream = sqlx::raw_sql(AssertSqlSafe(more)).fetch(connection);
    while let Some(row) = stream.try_next().await? {
        if !collector.take(values(&row)?) {
            // The one row too many is the last that was asked for; after a cut in bytes more may come.
            return Ok((columns, collector, stream.try_next().await.is_ok_and(|next| next.is_none())));
        }
    }
    Ok((columns, collector, true))
}

/// The lines of an EXPLAIN or SHOW. Their binary form is their text.
async fn lines(connection: &mut PgConnection, text: &str, limits: Limits) -> Result<Part, PgError> {
    let mut collector = Collector::new(Limits { rows: usize::MAX, ..limits });
    let mut names = Vec::new();
    // A named statement: for a type that sqlx does not know (xml) it asks the catalog first, which
    // would overwrite the unnamed one. [`close`] deallocates it.
    let query = sqlx::query(AssertSqlSafe(text)).persistent(true);
    let mut stream = query.fetch(connection);
    let mut drained = true;
    while let Some(row) = stream.try_next().await? {
        if names.is_empty() {
            let column = |column: &sqlx::postgres::PgColumn| Column {
                name: column.name().to_owned(),
                type_name: column.type_info().name().to_lowercase(),
            };
            names = row.columns().iter().map(column).collect();
        }
        if !collector.take(values(&row)?) {
            drained = false;
            break;
        }
    }
    Ok((names, collector, drained))
}

fn values(row: &PgRow) -> Result<Vec<Option<&str>>, PgError> {
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index)?;
            if sqlx::ValueRef::is_null(&value) {
                return Ok(None);
            }
            value.as_str().map(Some).map_err(|error| PgError::Answer(error.to_string()))
        })
        .collect()
}

async fn columns(
    connection: &mut PgConnection,
    described: &[sqlx::postgres::PgColumn],
) -> Result<Vec<Column>, PgError> {
    let oids: Vec<i64> =
        described.iter().map(|column| column.type_info().oid().map_or(0, |oid| i64::from(oid.0))).collect();
    let types: Vec<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ pg_catalog.format_type(t.oid::pg_catalog.oid, NULL)
         FROM pg_catalog.unnest($1::int8[]) WITH ORDINALITY AS t(oid, at) ORDER BY t.at",
    )
    .bind(oids)
    .fetch_all(connection)
    .await?;
    Ok(described
        .iter()
        .zip(types)
        .map(|(column, type_name)| Column { name: column.name().to_owned(), type_name })
        .collect())
}
