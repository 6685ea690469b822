//! The top statements of this database, without those of other databases and our own.

use dbwright_checks::{Probe, Snapshot, Statement, Statements};

use super::reader::{Query, Reader, settle};
use crate::PgError;

// Rows of all databases share one table; nested statements are counted in their callers.
const ITEMS: Query = Query {
    text: "WITH mine AS MATERIALIZED (
        SELECT s.queryid, min(s.query) AS query, sum(s.calls)::int8 AS calls, sum(s.total_exec_time) AS total_ms,
            max(s.stddev_exec_time) AS stddev_ms, max(s.max_exec_time) AS max_ms, sum(s.rows)::int8 AS rows,
            sum(s.shared_blks_hit)::int8 AS shared_hit, sum(s.shared_blks_read)::int8 AS shared_read,
            sum(s.temp_blks_written)::int8 AS temp_written, sum(s.wal_bytes)::int8 AS wal_bytes
        FROM pg_stat_statements s
        WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND {toplevel} AND s.queryid IS NOT NULL AND s.query NOT LIKE '%/* dbwright */%'
        GROUP BY s.queryid),
    ranked AS (
        SELECT *, row_number() OVER (ORDER BY total_ms DESC) AS by_time, row_number() OVER (ORDER BY calls DESC) AS by_calls,
            row_number() OVER (ORDER BY temp_written DESC) AS by_temp,
            row_number() OVER (ORDER BY shared_read DESC) AS by_read
        FROM mine)
    SELECT queryid::text AS query_id, left(query, 8000) AS query, calls, total_ms,
        total_ms / greatest(calls, 1) AS mean_ms, stddev_ms, max_ms, rows, shared_hit, shared_read, temp_written,
        wal_bytes
    FROM ranked WHERE by_time <= 50 OR by_calls <= 50 OR by_temp <= 10 OR by_read <= 10
    ORDER BY total_ms DESC",
    variants: &[("{toplevel}", 14, "s.toplevel", "true")],
};

const TOTALS: Query = Query {
    text: "SELECT coalesce(sum(s.total_exec_time) FILTER (WHERE s.queryid IS NULL OR s.query NOT LIKE '%/* dbwright */%'), 0)
            AS total_ms,
        coalesce(sum(s.calls) FILTER (WHERE s.queryid IS NULL OR s.query NOT LIKE '%/* dbwright */%'), 0)::int8 AS total_calls,
        count(*) AS count, count(*) FILTER (WHERE s.queryid IS NULL) AS hidden,
        current_setting('pg_stat_statements.max', true)::int8 AS max, {info}
    FROM pg_stat_statements s
    WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND {toplevel}",
    variants: &[
        ("{toplevel}", 14, "s.toplevel", "true"),
        (
            "{info}",
            14,
            "(SELECT i.dealloc FROM pg_stat_statements_info i) AS evictions,
        (SELECT extract(epoch FROM clock_timestamp() - i.stats_reset)::float8 FROM pg_stat_statements_info i) AS reset_age_s",
            "NULL::int8 AS evictions, NULL::float8 AS reset_age_s",
        ),
    ],
};

pub(super) async fn read(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    let mut probe = reader.begin().await?;
    let outcome = async {
        if probe.with_extension("pg_stat_statements").await?.is_none() {
            return Ok(None);
        }
        let items: Vec<Statement> = reader.fetch(&mut probe, &ITEMS).await?;
        let totals: Vec<Statements> = reader.fetch(&mut probe, &TOTALS).await?;
        Ok(Some((items, totals)))
    }
    .await;
    probe.finish().await;
    snapshot.statements = match settle(outcome)? {
        Probe::Ok(Some((items, totals))) => {
            let totals = totals.into_iter().next().unwrap_or_default();
            if totals.hidden > 0 {
                snapshot.notes.push(format!(
                    "statements: {} statements of other roles are hidden from {user}; GRANT pg_read_all_stats TO {user} \
                     shows them",
                    totals.hidden,
                    user = dbwright_sql::quote_ident(reader.user())
                ));
            }
            Probe::Ok(Statements { items, ..totals })
        }
        Probe::Ok(None) => Probe::skipped(
            "the extension pg_stat_statements is not in this database; add it to shared_preload_libraries and run \
             CREATE EXTENSION pg_stat_statements",
        ),
        Probe::Skipped { reason } => Probe::Skipped { reason },
        Probe::NotAsked => Probe::NotAsked,
    };
    Ok(())
}
