//! Reads the catalog value that the engine works on: the tables that the statements name, those
//! that refer to them, and their statistics. Takes no lock on any table.

use std::collections::BTreeSet;

use dbwright_indexes::{Catalog, Table};
use sqlx::types::Json;

use crate::{Database, PgError, Probe};

/// Reads what the engine must know about the relations of these names. `search_path` is the one
/// that the statements will run with.
pub(crate) async fn read(
    database: &Database,
    names: &BTreeSet<String>,
    search_path: Vec<String>,
) -> Result<Catalog, PgError> {
    let mut probe = database.probe().await?;
    let catalog = Catalog {
        search_path,
        server_version: sqlx::query_scalar::<_, i32>(
            "SELECT /* dbwright */ current_setting('server_version_num')::int",
        )
        .fetch_one(probe.connection())
        .await?
        .unsigned_abs(),
        tables: tables(&mut probe, names).await?,
        extensions: set(&mut probe, "SELECT /* dbwright */ extname::text FROM pg_extension").await?,
        immutable_functions: set(
            &mut probe,
            "SELECT /* dbwright */ DISTINCT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE p.provolatile = 'i' AND p.prokind = 'f' AND n.nspname NOT IN ('pg_catalog', 'information_schema') LIMIT 10000",
        )
        .await?,
    };
    probe.finish().await;
    Ok(catalog)
}

async fn set(probe: &mut Probe, sql: &'static str) -> Result<BTreeSet<String>, PgError> {
    let items: Vec<String> = sqlx::query_scalar(sql).fetch_all(probe.connection()).await?;
    Ok(items.into_iter().collect())
}

async fn tables(probe: &mut Probe, names: &BTreeSet<String>) -> Result<Vec<Table>, PgError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Json<Table>> = sqlx::query_scalar(TABLES).bind(names).fetch_all(probe.connection()).await?;
    let mut tables: Vec<Table> = rows.into_iter().map(|Json(table)| table).collect();
    // The server's collation is not the engine's order.
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

/// One JSON object for each relation, in the shape of the engine's `Table`.
///
/// Sizes come from `pg_class`, since the size functions lock. A table that was never analyzed has
/// no pages there: then the row counters stand in, at fifty rows a page.
const TABLES: &str = r"
WITH RECURSIVE named AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY($1) AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    UNION
    -- What a view reads, and what is below a parent.
    SELECT CASE WHEN d.refobjid IS NULL THEN i.inhrelid ELSE d.refobjid END
    FROM named JOIN pg_class c ON c.oid = named.oid
    LEFT JOIN pg_rewrite r ON r.ev_class = c.oid AND c.relkind IN ('v', 'm') AND r.rulename = '_RETURN'
    LEFT JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid <> c.oid AND c.relkind = 'v'
    LEFT JOIN pg_inherits i ON i.inhparent = c.oid
    WHERE d.refobjid IS NOT NULL OR i.inhrelid IS NOT NULL
), wanted AS (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relpartbound, c.relispartition, c.reloptions,
        c.reltuples::float8 AS tuples, c.relpages
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p', 'v', 'f') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND (c.oid IN (SELECT oid FROM named) OR c.oid IN (
          SELECT k.conrelid FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM named)))
), below AS (
    -- A parent has no pages and no counters of its own.
    SELECT w.oid AS top, i.inhrelid AS oid FROM wanted w JOIN pg_inherits i ON i.inhparent = w.oid WHERE w.relkind = 'p'
    UNION
    SELECT b.top, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
), sums AS (
    SELECT b.top AS oid, sum(greatest(c.reltuples, 0))::float8 AS tuples, sum(c.relpages)::int8 AS pages,
        sum(coalesce(pg_stat_get_live_tuples(b.oid), 0))::int8 AS live,
        sum(coalesce(pg_stat_get_tuples_inserted(b.oid), 0))::int8 AS inserts,
        sum(coalesce(pg_stat_get_tuples_updated(b.oid), 0))::int8 AS updates,
        sum(coalesce(pg_stat_get_tuples_hot_updated(b.oid), 0))::int8 AS hot_updates,
        sum(coalesce(pg_stat_get_tuples_deleted(b.oid), 0))::int8 AS deletes
    FROM below b JOIN pg_class c ON c.oid = b.oid WHERE c.relkind <> 'p' GROUP BY b.top
), database AS (
    -- The provider column came with PostgreSQL 15; before, every database used the C library's.
    SELECT d.datcollate::text AS locale, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') AS provider
    FROM pg_database d WHERE d.datname = current_database()
)
SELECT /* dbwright */ json_build_object(
    'name', json_build_object('schema', w.nspname, 'name', w.relname),
    'kind', CASE w.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'materialized_view' WHEN 'p' THEN 'partitioned'
                           WHEN 'v' THEN 'view' ELSE 'foreign' END,
    'rows', CASE WHEN w.tuples > 0 THEN w.tuples WHEN z.tuples > 0 THEN z.tuples
                 ELSE coalesce(z.live, pg_stat_get_live_tuples(w.oid), 0) END,
    'pages', CASE WHEN w.relpages > 0 THEN w.relpages WHEN z.pages > 0 THEN z.pages
                  ELSE coalesce(z.live, pg_stat_get_live_tuples(w.oid), 0) / 50 END,
    'definition', CASE WHEN w.relkind = 'v' THEN pg_get_viewdef(w.oid) END,
    'partition_key', CASE WHEN w.relkind = 'p' THEN pg_get_partkeydef(w.oid) END,
    'parent', (SELECT json_build_object('schema', pn.nspname, 'name', p.relname)
               FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
               WHERE i.inhrelid = w.oid ORDER BY i.inhseqno LIMIT 1),
    'bound', CASE WHEN w.relispartition THEN pg_get_expr(w.relpartbound, w.oid) END,
    'fillfactor', (SELECT o.option_value::int FROM pg_options_to_table(w.reloptions) o WHERE o.option_name = 'fillfactor'),
    'columns', coalesce((
        SELECT json_agg(json_build_object(
            'name', a.attname,
            'data_type', CASE WHEN t.typtype = 'd' THEN (
                    -- A domain may stand on another domain.
                    WITH RECURSIVE base AS (
                        SELECT t.typbasetype AS oid, t.typtypmod AS typmod
                        UNION ALL
                        SELECT u.typbasetype, CASE WHEN base.typmod = -1 THEN u.typtypmod ELSE base.typmod END
                        FROM base JOIN pg_type u ON u.oid = base.oid WHERE u.typtype = 'd')
                    SELECT format_type(base.oid, base.typmod) FROM base JOIN pg_type u ON u.oid = base.oid WHERE u.typtype <> 'd')
                ELSE format_type(a.atttypid, a.atttypmod) END,
            'nullable', NOT a.attnotnull,
            'n_distinct', s.n_distinct, 'null_frac', s.null_frac, 'avg_width', s.avg_width, 'correlation', s.correlation,
            'byte_order', CASE WHEN a.attcollation = 0 THEN false
                               WHEN o.collname = 'default' THEN d.provider = 'b' OR d.provider = 'c' AND d.locale IN ('C', 'POSIX')
                               ELSE o.collprovider = 'b' OR o.collcollate IN ('C', 'POSIX') END,
            'quantiles', CASE WHEN array_length(h.bounds, 1) >= 2 THEN json_build_array(
                h.bounds[1 + (array_length(h.bounds, 1) - 1) * 5 / 100],
                h.bounds[1 + (array_length(h.bounds, 1) - 1) / 2],
                h.bounds[1 + (array_length(h.bounds, 1) - 1) * 95 / 100]) END,
            'common', coalesce((
                SELECT json_agg(json_build_object('value', m.value, 'frequency', m.frequency) ORDER BY m.at)
                FROM unnest(s.most_common_vals::text::text[], s.most_common_freqs) WITH ORDINALITY AS m(value, frequency, at)
                WHERE m.at <= 30 AND length(m.value) <= 200), '[]'::json)
            ) ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        CROSS JOIN database d
        LEFT JOIN pg_collation o ON o.oid = a.attcollation
        LEFT JOIN pg_stats s ON s.schemaname = w.nspname AND s.tablename = w.relname AND s.attname = a.attname
                            AND s.inherited = (w.relkind = 'p')
        LEFT JOIN LATERAL (SELECT s.histogram_bounds::text::text[] AS bounds) h ON true
        WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json),
    'indexes', coalesce((
        SELECT json_agg(json_build_object(
            'name', ic.relname, 'method', am.amname,
            'keys', (
                SELECT json_agg(json_build_object(
                    'key', CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k, true)
                                ELSE (SELECT a.attname::text FROM pg_attribute a
                                      WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]) END,
                    'expression', i.indkey[k - 1] = 0,
                    'opclass', (SELECT oc.opcname::text FROM pg_opclass oc WHERE oc.oid = i.indclass[k - 1] AND NOT oc.opcdefault),
                    'descending', i.indoption[k - 1] & 1 = 1,
                    'nulls_first', i.indoption[k - 1] & 2 = 2) ORDER BY k)
                FROM generate_series(1, i.indnkeyatts) AS k),
            'include', coalesce((
                SELECT json_agg(a.attname ORDER BY k)
                FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS k
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]), '[]'::json),
            'predicate', pg_get_expr(i.indpred, i.indrelid),
            'unique', i.indisunique,
            'constraint', i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered
                OR EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid),
            'valid', i.indisvalid AND i.indisready,
            'scans', coalesce(pg_stat_get_numscans(i.indexrelid), 0),
            'bytes', ic.relpages::int8 * 8192,
            'definition', pg_get_indexdef(i.indexrelid)) ORDER BY ic.relname)
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
        WHERE i.indrelid = w.oid), '[]'::json),
    'foreign_keys', coalesce((
        SELECT json_agg(json_build_object(
            'name', k.conname,
            'columns', (SELECT json_agg(a.attname ORDER BY x.at)
                        FROM unnest(k.conkey) WITH ORDINALITY AS x(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum),
            'references', json_build_object('schema', pn.nspname, 'name', p.relname),
            'referenced_columns', (SELECT json_agg(a.attname ORDER BY x.at)
                        FROM unnest(k.confkey) WITH ORDINALITY AS x(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.attnum)))
        FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE k.contype = 'f' AND k.conrelid = w.oid), '[]'::json),
    'writes', json_build_object(
        'inserts', coalesce(z.inserts, pg_stat_get_tuples_inserted(w.oid), 0),
        'updates', coalesce(z.updates, pg_stat_get_tuples_updated(w.oid), 0),
        'hot_updates', coalesce(z.hot_updates, pg_stat_get_tuples_hot_updated(w.oid), 0),
        'deletes', coalesce(z.deletes, pg_stat_get_tuples_deleted(w.oid), 0))
    )
FROM wanted w LEFT JOIN sums z ON z.oid = w.oid";
